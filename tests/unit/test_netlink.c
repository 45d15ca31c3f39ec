/* The socket itself: what it forgets, and what it does not. Needs no rights. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/rtnetlink.h>
#include <malloc.h>
#include <stdint.h>
#include <string.h>

#include "netops/netlink.h"

/* ---- memory as it is given back ---- */

enum { RECEIVED_SIZE = 64 * 1024, RECEIVED = 256 }; /* any link takes more than that */

static bool freed, had_bytes, watching;

static bool has_bytes(const void *pointer)
{
	const char *bytes = pointer;

	for (size_t i = 0; i < RECEIVED; i++) {
		if (bytes[i])
			return true;
	}
	return false;
}

void __real_free(void *pointer);
void __wrap_free(void *pointer);
void __wrap_free(void *pointer)
{
	if (watching && pointer && malloc_usable_size(pointer) >= RECEIVED_SIZE) {
		freed = true;
		had_bytes = has_bytes(pointer);
	}
	__real_free(pointer);
}

/* ---- */

static int refuse(const struct nlmsghdr *header, void *context, struct error *error)
{
	(void)header;
	(void)context;
	return error_set(error, ERROR_INTERNAL, "enough");
}

static int take(const struct nlmsghdr *header, void *context, struct error *error)
{
	(void)header;
	(void)context;
	(void)error;
	return 0;
}

static int dump(struct netlink *netlink, netlink_record *record, struct error *error)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(RTM_GETLINK, 0, &header, sizeof(header), error);

	assert_non_null(message);
	return netlink_dump(netlink, message, record, NULL, NULL, error);
}

static struct netlink *open_route(struct error *error)
{
	struct netlink *netlink = NULL;

	error_clear(error);
	assert_int_equal(netlink_open(NETLINK_ROUTE, &netlink, error), 0);
	return netlink;
}

/* A later answer that was read to its end does not mend it: what was left is still there. */
static void test_spoiled_for_ever(void **state)
{
	struct error error;
	struct netlink *netlink = open_route(&error);

	(void)state;
	assert_int_equal(dump(netlink, take, &error), 0);
	assert_false(netlink_spoiled(netlink));
	assert_int_equal(dump(netlink, refuse, &error), -1);
	assert_true(netlink_spoiled(netlink));
	/* The kernel goes on with the abandoned dump first, and may refuse another meanwhile. */
	for (int i = 0; i < 3; i++) {
		error_clear(&error);
		(void)dump(netlink, take, &error);
	}
	assert_true(netlink_spoiled(netlink));
	netlink_close(netlink);
}

static void test_errno_of_open(void **state)
{
	struct netlink *netlink = NULL;
	struct error error;

	(void)state;
	error_clear(&error);
	assert_int_equal(netlink_open(MAX_LINKS - 1, &netlink, &error), -1);
	assert_int_equal(error.number, EPROTONOSUPPORT);
}

static void test_close_wipes(void **state)
{
	struct error error;
	struct netlink *netlink = open_route(&error);

	(void)state;
	assert_int_equal(dump(netlink, take, &error), 0);
	watching = true;
	netlink_close(netlink);
	watching = false;
	assert_true(freed);
	assert_false(had_bytes);
}

static struct nl_msg *links_question(struct error *error)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };

	return netlink_message(RTM_GETLINK, 0, &header, sizeof(header), error);
}

/* A dump that is left half read spoils its socket, one that was read to its end does not. */
static void test_cursor(void **state)
{
	struct error error;
	struct netlink *netlink = open_route(&error);
	struct nl_msg *message CLEANUP_MESSAGE = links_question(&error);
	const struct nlmsghdr *header;
	struct netlink_cursor cursor;
	int count = 0, more;

	(void)state;
	assert_int_equal(netlink_cursor_begin(&cursor, netlink, message, &error), 0);
	while ((more = netlink_cursor_next(&cursor, &header, &error)) > 0)
		count += header->nlmsg_type == RTM_NEWLINK;
	assert_int_equal(more, 0);
	assert_true(count >= 1);
	assert_int_equal(netlink_cursor_next(&cursor, &header, &error), 0);
	netlink_cursor_end(&cursor);
	netlink_cursor_end(&cursor);
	assert_false(netlink_spoiled(netlink));

	assert_int_equal(netlink_cursor_begin(&cursor, netlink, message, &error), 0);
	assert_int_equal(netlink_cursor_next(&cursor, &header, &error), 1);
	netlink_cursor_end(&cursor);
	assert_true(netlink_spoiled(netlink));
	netlink_close(netlink);
}

/* What is taken away from under its user fails for him, and hurts nobody else. */
static void test_cut(void **state)
{
	struct error error;
	struct netlink *netlink = open_route(&error);
	struct nl_msg *message CLEANUP_MESSAGE = links_question(&error);
	const struct nlmsghdr *header;
	struct netlink_cursor cursor;

	(void)state;
	assert_int_equal(netlink_cursor_begin(&cursor, netlink, message, &error), 0);
	netlink_cut(netlink);
	assert_int_equal(netlink_cursor_next(&cursor, &header, &error), -1);
	assert_int_equal(error.number, ENOTSOCK);
	netlink_cursor_end(&cursor);
	assert_int_equal(dump(netlink, take, &error), -1);
	assert_int_equal(error.number, ENOTSOCK);
	netlink_close(netlink);
}

static void assert_attribute(const void *bytes, int length, uint32_t number, const char *text)
{
	struct nl_msg *message = nlmsg_alloc();
	const struct nlattr *attribute;
	char found[5];

	assert_int_equal(nla_put(message, 1, length, bytes), 0);
	attribute = nlmsg_find_attr(nlmsg_hdr(message), 0, 1);
	assert_int_equal(netlink_number(attribute), number);
	netlink_text(attribute, found, sizeof(found));
	assert_string_equal(found, text);
	nlmsg_free(message);
}

/* The kernel's attributes are trusted in what they say, not in how long they are. */
static void test_attributes_of_any_length(void **state)
{
	(void)state;
	assert_int_equal(netlink_number(NULL), 0);
	assert_attribute("", 0, 0, "");
	assert_attribute("\1", 1, 1, "\1");
	assert_attribute("\1\1", 2, 0x101, "\1\1");
	assert_attribute("\1\1\1", 3, 0, "\1\1\1");
	assert_attribute("aaaa", 4, 0x61616161, "aaaa");
	assert_attribute("abcdef", 6, 0, "abcd");
	assert_attribute("a\0cdefgh", 8, 0, "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spoiled_for_ever),
		cmocka_unit_test(test_errno_of_open),
		cmocka_unit_test(test_close_wipes),
		cmocka_unit_test(test_cursor),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_attributes_of_any_length),
	};

	return cmocka_run_group_tests_name("netlink", tests, NULL, NULL);
}
