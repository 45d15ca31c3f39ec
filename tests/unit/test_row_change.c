/* What a change of a record has to say to the kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "netops/row.h"

struct sample {
	uint32_t ttl, key, mtu, fixed, learning;
};

#define AT(member) .offset = offsetof(struct sample, member)

static const struct row rows[] = {
	{ "ttl", ROW_TTL, WIRE_U8, AT(ttl), .initial = 64 },
	{ "key", ROW_KEY, WIRE_KEY, AT(key) },
	{ "mtu", ROW_NUMBER, WIRE_U32, AT(mtu), .flags = ROW_KEEP },
	{ "fixed", ROW_NUMBER, WIRE_U32, AT(fixed), .flags = ROW_CREATE_ONLY },
	{ "learning", ROW_BOOL, WIRE_U8, AT(learning), .initial = 1 },
	{ 0 },
};

enum { TTL = 1, KEY = 2, MTU = 4, FIXED = 8, LEARNING = 16 };

static struct given given_of(unsigned int members)
{
	struct given given = { { 0 } };

	for (unsigned int i = 0; rows[i].name; i++) {
		if (members & 1u << i)
			give_at(&given, rows[i].offset);
	}
	return given;
}

static const struct {
	const char *what;
	struct sample wanted;
	unsigned int given_wanted;
	struct sample actual;
	unsigned int given_actual;
	bool whole, differs;
	unsigned int sent;
} cases[] = {
	{ "equal", { .ttl = 5 }, TTL, { .ttl = 5 }, TTL, false, false, 0 },
	{ "absent is the initial value",
	  { 0 },
	  0,
	  { .ttl = 64, .learning = 1 },
	  TTL | LEARNING,
	  false,
	  false,
	  0 },
	{ "said, and the initial value", { .ttl = 64 }, TTL, { 0 }, 0, false, false, 0 },
	{ "absent, and not the initial value", { 0 }, 0, { .ttl = 5 }, TTL, false, true, TTL },
	{ "kept where not said", { 0 }, 0, { .mtu = 1400 }, MTU, false, false, 0 },
	{ "kept, and said", { .mtu = 1300 }, MTU, { .mtu = 1400 }, MTU, false, true, MTU },
	{ "a key of zero is a key", { 0 }, KEY, { 0 }, 0, false, true, KEY },
	{ "only silence removes a key", { 0 }, 0, { .key = 7 }, KEY, true, true, 0 },
	{ "what is made once is not sent",
	  { .fixed = 1 },
	  FIXED,
	  { .fixed = 2 },
	  FIXED,
	  true,
	  false,
	  0 },
	{ "one of two differs",
	  { .ttl = 5, .key = 7 },
	  TTL | KEY,
	  { .ttl = 6, .key = 7 },
	  TTL | KEY,
	  false,
	  true,
	  TTL },
	{ "one of two differs, and all is sent",
	  { .ttl = 5, .key = 7 },
	  TTL | KEY,
	  { .ttl = 6, .key = 7 },
	  TTL | KEY,
	  true,
	  true,
	  TTL | KEY },
};

static void sends_what_differs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct given wanted = given_of(cases[i].given_wanted);
		struct given actual = given_of(cases[i].given_actual);
		struct given sent = { { 0 } }, expected = given_of(cases[i].sent);
		struct sample record = cases[i].wanted;
		bool differs = rows_changes(rows, cases[i].whole, &cases[i].wanted, &wanted,
					    &cases[i].actual, &actual, &record, &sent);

		if (differs != cases[i].differs)
			fail_msg("%s: differs %d", cases[i].what, differs);
		/* Sent with the first difference only: without one nothing is. */
		if (differs && sent.words[0] != expected.words[0])
			fail_msg("%s: sent %#lx, not %#lx", cases[i].what,
				 (unsigned long)sent.words[0],
				 (unsigned long)expected.words[0]);
	}
}

static void absent_becomes_initial(void **state)
{
	struct sample wanted = { 0 }, actual = { .ttl = 5, .learning = 0 }, record = { 0 };
	struct given none = { { 0 } }, some = given_of(TTL | LEARNING), sent = { { 0 } };

	(void)state;
	assert_true(rows_changes(rows, false, &wanted, &none, &actual, &some, &record, &sent));
	assert_int_equal(record.ttl, 64);
	assert_int_equal(record.learning, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_what_differs),
		cmocka_unit_test(absent_becomes_initial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
