/*
 * One write() per line, so that lines of several threads do not mix. Who reads
 * them decides what stands before: a person at a terminal gets a word, the
 * journal (or whatever collects stderr) a priority.
 */
#include "agent/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "netops/error.h"

enum { LOG_MESSAGE_SIZE = 1024, LOG_LINE_SIZE = 4 * LOG_MESSAGE_SIZE + 32 };

static enum log_level log_level = LOG_LEVEL_INFO;

static const struct log_word {
	const char *word;
	enum log_level level;
} log_words[] = {
	{ "error", LOG_LEVEL_ERROR },
	{ "warning", LOG_LEVEL_WARNING },
	{ "info", LOG_LEVEL_INFO },
	{ "debug", LOG_LEVEL_DEBUG },
};

void log_set_level(enum log_level level)
{
	log_level = level;
}

bool log_wanted(enum log_level level)
{
	return level <= log_level;
}

int log_parse_level(const char *word, enum log_level *ret, struct error *error)
{
	for (size_t i = 0; i < sizeof(log_words) / sizeof(log_words[0]); i++) {
		if (strcmp(word, log_words[i].word) == 0) {
			*ret = log_words[i].level;
			return 0;
		}
	}
	return error_set(error, ERROR_INVALID,
			 "'%s' is no log level: it is error, warning, info or debug", word);
}

/* What stands before the message; returns its length. */
static size_t log_prefix(char *line, enum log_level level)
{
	if (!isatty(STDERR_FILENO))
		return (size_t)sprintf(line, "<%d>", (int)level);
	if (level == LOG_LEVEL_ERROR || level == LOG_LEVEL_WARNING)
		return (size_t)sprintf(line,
				       "%s: ", level == LOG_LEVEL_ERROR ? "error" : "warning");
	return 0;
}

static size_t log_escape(char *line, const char *message)
{
	char *at = line;

	for (const unsigned char *byte = (const unsigned char *)message; *byte; byte++) {
		if (*byte < 0x20 || *byte > 0x7e || *byte == '\\')
			at += sprintf(at, "\\x%02x", *byte);
		else
			*at++ = (char)*byte;
	}
	return (size_t)(at - line);
}

void log_message(enum log_level level, const char *format, va_list arguments)
{
	char message[LOG_MESSAGE_SIZE], line[LOG_LINE_SIZE];
	size_t length;
	ssize_t written;

	if (!log_wanted(level))
		return;
	vsnprintf(message, sizeof(message), format, arguments);
	length = strlen(message);
	if (length && message[length - 1] == '\n')
		message[length - 1] = '\0';
	length = log_prefix(line, level);
	length += log_escape(line + length, message);
	line[length++] = '\n';
	written = write(STDERR_FILENO, line, length);
	(void)written; /* nobody is left to be told */
}

void log_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_message(LOG_LEVEL_ERROR, format, arguments);
	va_end(arguments);
}

void log_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_message(LOG_LEVEL_WARNING, format, arguments);
	va_end(arguments);
}

void log_info(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_message(LOG_LEVEL_INFO, format, arguments);
	va_end(arguments);
}

void log_debug(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_message(LOG_LEVEL_DEBUG, format, arguments);
	va_end(arguments);
}
