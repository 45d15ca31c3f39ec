/*
 * Whoever reads the token may do what the agent may. So its file must be
 * private to its owner, as ssh wants it of keys, and the comparison takes
 * equally long wherever the first wrong byte stands.
 */
#include "agent/token.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "agent/cleanup.h"
#include "netops/error.h"

static int token_check_file(FILE *file, const char *path, struct error *error)
{
	struct stat status;

	if (fstat(fileno(file), &status) < 0)
		return error_errno(error, errno, "cannot look at %s", path);
	if (!S_ISREG(status.st_mode))
		return error_set(error, ERROR_INVALID, "the token file %s is no regular file",
				 path);
	if (status.st_mode & 077)
		return error_set(error, ERROR_INVALID,
				 "the token file %s is open to others than its owner "
				 "(mode %03o): chmod 600 it",
				 path, (unsigned int)(status.st_mode & 0777));
	return 0;
}

/* Spaces around it go; what stays must be printable and in one piece, without NULs. */
static int token_check(const char *line, size_t length, const char *path, char **ret,
		       struct error *error)
{
	while (length && isspace((unsigned char)line[length - 1]))
		length--;
	while (length && isspace((unsigned char)*line)) {
		line++;
		length--;
	}
	for (size_t i = 0; i < length; i++) {
		if (!isgraph((unsigned char)line[i]))
			return error_set(error, ERROR_INVALID,
					 "the token in %s has spaces or unprintable bytes",
					 path);
	}
	if (length < TOKEN_MINIMUM || length > TOKEN_MAXIMUM)
		return error_set(
			error, ERROR_INVALID,
			"the token in %s (its first line) has %zu characters, not %d to %d",
			path, length, TOKEN_MINIMUM, TOKEN_MAXIMUM);
	*ret = strndup(line, length);
	return *ret ? 0 : error_errno(error, ENOMEM, "cannot keep the token");
}

/* A pipe would keep the start waiting for whoever writes into it. */
static FILE *token_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (fd >= 0 && !file)
		close(fd);
	return file;
}

int token_read(const char *path, char **ret, struct error *error)
{
	CLEANUP_FILE FILE *file = token_open(path);
	CLEANUP_FREE char *line = NULL;
	size_t size = 0;
	ssize_t length;

	if (!file)
		return error_errno(error, errno, "cannot read the token file %s", path);
	if (token_check_file(file, path, error) < 0)
		return -1;
	length = getline(&line, &size, file);
	if (length < 0)
		return error_set(error, ERROR_INVALID, "the token file %s is empty", path);
	return token_check(line, (size_t)length, path, ret, error);
}

static bool token_same(const char *token, const char *given)
{
	size_t length = strlen(token), given_length = strlen(given);
	unsigned char difference = length != given_length;

	for (size_t i = 0; i < given_length; i++)
		difference |= (unsigned char)(token[i % length] ^ given[i]);
	return difference == 0;
}

bool token_fits(const char *token, const char *authorization)
{
	const char *scheme = "Bearer ";

	if (!authorization || strncasecmp(authorization, scheme, strlen(scheme)) != 0)
		return false;
	authorization += strlen(scheme);
	return token_same(token, authorization + strspn(authorization, " "));
}
