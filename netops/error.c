/* Filling the error value. Texts are cut at their field's size, never lost. */
#include "netops/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void error_clear(struct error *error)
{
	error->kind = ERROR_NONE;
	error->number = 0;
	error->detail[0] = '\0';
	error->kernel[0] = '\0';
	error->offset = 0;
	error->conflict[0] = '\0';
	error->member_count = 0;
	error->candidate_count = 0;
}

int error_set(struct error *error, enum error_kind kind, const char *format, ...)
{
	va_list arguments;

	error->kind = kind;
	va_start(arguments, format);
	vsnprintf(error->detail, sizeof(error->detail), format, arguments);
	va_end(arguments);
	return -1;
}

/* The kernel has some that no program is meant to see, and lets a few of them out (ENOTSUPP). */
const char *error_words(int number)
{
	const char *words = strerrordesc_np(number);

	return words ? words : "an error without a name";
}

int error_errno(struct error *error, int number, const char *format, ...)
{
	va_list arguments;
	size_t length;

	error->kind = ERROR_KERNEL;
	error->number = number;
	va_start(arguments, format);
	vsnprintf(error->detail, sizeof(error->detail), format, arguments);
	va_end(arguments);
	length = strlen(error->detail);
	snprintf(error->detail + length, sizeof(error->detail) - length, ": %s",
		 error_words(number));
	return -1;
}

static struct error_member *error_add(struct error *error, const char *pointer,
				      const char *code)
{
	struct error_member *member;

	/* What was said of a member first is nearest to its cause. */
	for (unsigned int i = 0; i < error->member_count && i < ERROR_MEMBERS; i++) {
		if (!strcmp(error->members[i].pointer, pointer))
			return NULL;
	}
	if (error->member_count++ >= ERROR_MEMBERS)
		return NULL;
	member = &error->members[error->member_count - 1];
	snprintf(member->pointer, sizeof(member->pointer), "%s", pointer);
	snprintf(member->code, sizeof(member->code), "%s", code);
	return member;
}

int error_member(struct error *error, const char *pointer, const char *code, const char *format,
		 ...)
{
	struct error_member *member = error_add(error, pointer, code);
	va_list arguments;

	error->kind = ERROR_INVALID;
	if (!member)
		return -1;
	va_start(arguments, format);
	vsnprintf(member->detail, sizeof(member->detail), format, arguments);
	va_end(arguments);
	return -1;
}

int error_missing(struct error *error, const char *pointer, const char *format, ...)
{
	struct error_member *member = error_add(error, pointer, "missing");
	va_list arguments;

	error->kind = ERROR_MISSING;
	va_start(arguments, format);
	vsnprintf(error->detail, sizeof(error->detail), format, arguments);
	va_end(arguments);
	if (member)
		snprintf(member->detail, sizeof(member->detail), "%.199s", error->detail);
	return -1;
}

int error_fixed(struct error *error, const char *pointer, const char *format, ...)
{
	struct error_member *member = error_add(error, pointer, "fixed");
	va_list arguments;

	error_set(
		error, ERROR_FIXED,
		"the kernel cannot change this in place; \"?recreate=true\" deletes the object "
		"and makes it anew, without the routes and addresses that others gave it");
	if (!member)
		return -1;
	va_start(arguments, format);
	vsnprintf(member->detail, sizeof(member->detail), format, arguments);
	va_end(arguments);
	return -1;
}

int error_verdict(const struct error *error)
{
	return error->member_count ? -1 : 0;
}
