/*
 * Whoever reads the token may do what the agent may. So its file must be
 * private to its owner, as ssh wants it of keys, and the comparison takes
 * equally long wherever the first wrong byte stands.
 */
#include "agent/token.h"

#include <ctype.h>
#include <errno.h>
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

/* Spaces around it go; what stays must be printable and in one piece. */
static int token_check(char *line, const char *path, char **ret, struct error *error)
{
	char *begin = line + strspn(line, " \t\r\n"), *end = begin + strlen(begin);

	while (end > begin && isspace((unsigned char)end[-1]))
		*--end = '\0';
	for (const char *at = begin; at < end; at++) {
		if (!isgraph((unsigned char)*at))
			return error_set(error, ERROR_INVALID,
					 "the token in %s has spaces or unprintable bytes",
					 path);
	}
	if (end - begin < TOKEN_MINIMUM)
		return error_set(
			error, ERROR_INVALID,
			"the token in %s (its first line) is shorter than %d characters", path,
			TOKEN_MINIMUM);
	*ret = strdup(begin);
	return *ret ? 0 : error_errno(error, ENOMEM, "cannot keep the token");
}

int token_read(const char *path, char **ret, struct error *error)
{
	CLEANUP_FILE FILE *file = fopen(path, "re");
	CLEANUP_FREE char *line = NULL;
	size_t size = 0;

	if (!file)
		return error_errno(error, errno, "cannot read the token file %s", path);
	if (token_check_file(file, path, error) < 0)
		return -1;
	if (getline(&line, &size, file) < 0)
		return error_set(error, ERROR_INVALID, "the token file %s is empty", path);
	return token_check(line, path, ret, error);
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
