/* Checks speak of their object alone; who knows where it stands moves their pointers. */
#include "netops/member.h"

#include <stdio.h>
#include <string.h>

void member_add_all(struct error *error, const struct error *more)
{
	if (more->kind && more->kind != ERROR_INVALID)
		*error = *more;
	if (more->kind != ERROR_INVALID || (error->kind && error->kind != ERROR_INVALID))
		return;
	error->kind = ERROR_INVALID;
	for (unsigned int i = 0; i < more->member_count; i++, error->member_count++) {
		if (error->member_count < ERROR_MEMBERS)
			error->members[error->member_count] = more->members[i];
	}
}

void member_prefix(struct error *error, unsigned int first, const char *prefix)
{
	size_t length = strlen(prefix);

	for (unsigned int i = first; i < error->member_count && i < ERROR_MEMBERS; i++) {
		struct error_member *member = &error->members[i];
		char pointer[sizeof(member->pointer)];

		memcpy(pointer, member->pointer, sizeof(pointer));
		snprintf(member->pointer, sizeof(member->pointer), "%s%.*s", prefix,
			 length < sizeof(pointer) ? (int)(sizeof(pointer) - 1 - length) : 0,
			 pointer);
	}
}

/* What a failure is called that no member of an item is to blame for. */
static const char *member_code(enum error_kind kind)
{
	static const char *const codes[] = {
		[ERROR_ABSENT] = "absent",	     [ERROR_MISSING] = "missing",
		[ERROR_EXISTS] = "exists",	     [ERROR_AMBIGUOUS] = "ambiguous",
		[ERROR_REFUSED] = "refused",	     [ERROR_BUSY] = "busy",
		[ERROR_UNSUPPORTED] = "unsupported", [ERROR_KERNEL] = "kernel",
		[ERROR_INTERNAL] = "internal",
	};

	return codes[kind] ? codes[kind] : "invalid";
}

void member_of_item(struct error *error, size_t index)
{
	enum error_kind kind = error->kind;
	char prefix[24];

	snprintf(prefix, sizeof(prefix), "/%zu", index);
	if (!error->member_count)
		error_member(error, "", member_code(kind), "%.199s", error->detail);
	error->kind = kind;
	member_prefix(error, 0, prefix);
}

void member_check_host_bits(const struct ip *prefix, const char *pointer, struct error *error)
{
	const struct ip network = ip_network(prefix);
	char text[IP_TEXT_SIZE];

	if (!ip_has_host_bits(prefix))
		return;
	ip_format_prefix(&network, text);
	error_member(error, pointer, "host_bits",
		     "bits are set behind the prefix length: the network is %s", text);
}
