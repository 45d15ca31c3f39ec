/* Which files hold a token, and who shows the right one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "agent/token.h"
#include "netops/error.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TOKEN "0123456789abcdef"
#define BYTES(text) text, sizeof(text) - 1

static char path[64];

static const struct {
	const char *bytes;
	size_t length;
	const char *token; /* NULL: the file is refused */
} files[] = {
	{ BYTES(TOKEN), TOKEN },
	{ BYTES(TOKEN "\n"), TOKEN },
	{ BYTES(" \t" TOKEN " \r\nmore of it\n"), TOKEN },
	{ BYTES(""), NULL },
	{ BYTES("\n" TOKEN "\n"), NULL },
	{ BYTES("0123456789abcde\n"), NULL },
	{ BYTES("01234567 89abcdef\n"), NULL },
	{ BYTES("0123456789abcde\xc3\xbc\n"), NULL },
	/* A reader of C strings would take the half in front of the NUL. */
	{ BYTES(TOKEN "\0" TOKEN "\n"), NULL },
	{ BYTES(TOKEN "\0"), NULL },
	{ BYTES("\0" TOKEN), NULL },
};

static void write_file(const void *bytes, size_t length)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static char *read_token(void)
{
	struct error error;
	char *token = NULL;

	error_clear(&error);
	if (!token_read(path, &token, &error))
		return token;
	assert_non_null(strstr(error.detail, path));
	return NULL;
}

static void first_lines_are_tokens(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		char *token;

		write_file(files[i].bytes, files[i].length);
		token = read_token();
		if (!token != !files[i].token || (token && strcmp(token, files[i].token) != 0))
			fail_msg("file %zu: %s", i, token ? token : "refused");
		free(token);
	}
}

static void the_longest_token_fits_into_a_head(void **state)
{
	char bytes[TOKEN_MAXIMUM + 1], *token;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	write_file(bytes, TOKEN_MAXIMUM);
	token = read_token();
	assert_non_null(token);
	assert_int_equal(strlen(token), TOKEN_MAXIMUM);
	free(token);
	write_file(bytes, TOKEN_MAXIMUM + 1);
	assert_null(read_token());
}

/* None of them keeps the start waiting. */
static void only_private_files_are_read(void **state)
{
	(void)state;
	write_file(BYTES(TOKEN));
	assert_int_equal(chmod(path, 0640), 0);
	assert_null(read_token());
	assert_int_equal(unlink(path), 0);
	assert_null(read_token());
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(read_token());
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_null(read_token());
	assert_int_equal(rmdir(path), 0);
}

static void the_right_one_is_known(void **state)
{
	static const char *const wrong[] = {
		"",
		"Bearer",
		"Bearer ",
		TOKEN,
		"Basic " TOKEN,
		"Bearer 0123456789abcde",
		"Bearer " TOKEN "0",
		"Bearer " TOKEN TOKEN,
		"Bearer 0123456789abcdeF",
		"Bearer\t" TOKEN,
		"Bearer " TOKEN " ",
		"Bearer " TOKEN ", Bearer " TOKEN,
	};

	(void)state;
	assert_true(token_fits(TOKEN, "Bearer " TOKEN));
	assert_true(token_fits(TOKEN, "bEARER   " TOKEN));
	assert_false(token_fits(TOKEN, NULL));
	for (size_t i = 0; i < COUNT(wrong); i++) {
		if (token_fits(TOKEN, wrong[i]))
			fail_msg("\"%s\" was taken", wrong[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_lines_are_tokens),
		cmocka_unit_test(the_longest_token_fits_into_a_head),
		cmocka_unit_test(only_private_files_are_read),
		cmocka_unit_test(the_right_one_is_known),
	};

	umask(077);
	snprintf(path, sizeof(path), "/tmp/test_token.%ld", (long)getpid());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
