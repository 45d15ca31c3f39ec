/*
 * The log: one line per message on stderr. Journald's priority prefixes
 * ("<6>") stand before it unless stderr is a terminal. Safe from any thread.
 */
#ifndef AGENT_LOG_H
#define AGENT_LOG_H

#include <stdarg.h>
#include <stdbool.h>

struct error;

/* The values are journald's priorities. */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/* Before there are threads; LOG_LEVEL_INFO until then. */
void log_set_level(enum log_level level);
bool log_wanted(enum log_level level);

/* "error", "warning", "info" or "debug"; -1 with the error filled for another word. */
int log_parse_level(const char *word, enum log_level *ret, struct error *error);

/*
 * Control bytes, backslashes and bytes beyond ASCII are shown as \xNN, so that
 * what clients send can neither begin a line nor speak to a terminal. A long
 * message is cut.
 */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_message(enum log_level level, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

#endif
