/* The command line and the file of options: what is taken, and what is refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "agent/options.h"
#include "netops/error.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(text) text, sizeof(text) - 1

static char path[64];

static const struct {
	const char *bytes;
	size_t length;
	const char *refusal; /* a part of it; NULL: the file is taken */
} files[] = {
	{ BYTES(""), NULL },
	{ BYTES("# only this"), NULL },
	{ BYTES("\n \t\nsocket = /a#b # c\r\n"), NULL },
	{ BYTES("socket=/a=b"), NULL },
	{ BYTES("host = a\nhost = b\n"), NULL },
	{ BYTES("socket\n"), ":1: 'socket' is not 'name = value'" },
	{ BYTES("socket =\n"), ":1: 'socket' needs a value" },
	{ BYTES("\nsockets = /a\n"), ":2: unknown option 'sockets'" },
	{ BYTES("--socket = /a\n"), "unknown option '--socket'" },
	{ BYTES("config = /a\n"), "unknown option 'config'" },
	{ BYTES("help = yes\n"), "unknown option 'help'" },
	{ BYTES("listen = 127.0.0.1:80\n"), "--token-file" },
	{ BYTES("log-level = loud\n"), "no log level" },
	{ BYTES("max-connections = 1x\n"), "no number" },
	/* A reader of C strings would take the half in front of the NUL. */
	{ BYTES("socket = /a\0b\n"), ":1: a NUL" },
	{ BYTES("\0socket = /a\n"), ":1: a NUL" },
};

static void write_file(const void *bytes, size_t length)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

/* words: ended by NULL. NULL, or what is wrong. */
static const char *fault(const char *const *words, const char *refusal)
{
	static struct error error;
	struct options options;
	int argc = 0, result;

	while (words[argc])
		argc++;

	error_clear(&error);
	result = options_parse(argc, (char **)words, &options, &error);
	options_free(&options);
	if (!result)
		return refusal ? "taken" : NULL;
	return refusal && strstr(error.detail, refusal) ? NULL : error.detail;
}

static void files_are_read_by_the_line(void **state)
{
	const char *const words[] = { "tunneld", "--config", path, NULL };

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		const char *said;

		write_file(files[i].bytes, files[i].length);
		said = fault(words, files[i].refusal);
		if (said)
			fail_msg("%s: %s", files[i].bytes, said);
	}
	assert_int_equal(unlink(path), 0);
	assert_null(fault(words, "cannot read"));
}

static const struct {
	const char *words[4];
	const char *refusal;
} lines[] = {
	{ { "tunneld" }, NULL },
	{ { "tunneld", "--socket", "/a" }, NULL },
	{ { "tunneld", "--socket=/a=b" }, NULL },
	{ { "tunneld", "--socket" }, "needs a value" },
	{ { "tunneld", "--socket=" }, "needs a value" },
	{ { "tunneld", "--sock", "/a" }, "unknown option" },
	{ { "tunneld", "-s", "/a" }, "unknown option" },
	{ { "tunneld", "-" }, "unknown option" },
	{ { "tunneld", "--" }, "unknown option" },
	{ { "tunneld", "x" }, "unknown option" },
	{ { "tunneld", "--version=1" }, "takes no value" },
	{ { "tunneld", "--host", "a b" }, "no name of a host" },
	{ { "tunneld", "--host", "a:1" }, "no name of a host" },
	{ { "tunneld", "--listen", "127.0.0.1" }, "ADDR:PORT" },
	{ { "tunneld", "--listen", "127.0.0.1:65536" }, "ADDR:PORT" },
	{ { "tunneld", "--max-connections", "0" }, "no number" },
};

static void words_are_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		const char *said = fault(lines[i].words, lines[i].refusal);

		if (said)
			fail_msg("line %zu: %s", i, said);
	}
}

static void the_command_line_beats_the_file(void **state)
{
	const char *const words[] = { "tunneld", "--config", path, "--socket", "/line", NULL };
	struct options options;
	struct error error;

	(void)state;
	write_file(BYTES("socket = /file\nstate-dir = /state\n"));
	error_clear(&error);
	assert_int_equal(options_parse(5, (char **)words, &options, &error), 0);
	assert_string_equal(options.socket, "/line");
	assert_string_equal(options.state_dir, "/state");
	options_free(&options);
	assert_int_equal(unlink(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_read_by_the_line),
		cmocka_unit_test(words_are_options),
		cmocka_unit_test(the_command_line_beats_the_file),
	};

	snprintf(path, sizeof(path), "/tmp/test_options.%ld", (long)getpid());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
