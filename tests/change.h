/* Changes over HTTP and what must be so afterwards, for the tests of PUT and PATCH. */
#ifndef TESTS_CHANGE_H
#define TESTS_CHANGE_H

#include "tests/agent_under_test.h"

struct change {
	const char *method, *url, *body;
	long status;
	/* Then this command succeeds. */
	const char *holds;
	const char *pointer; /* or this member is named */
};

void change_expect(const struct agent *agent, const struct change *change);
/* What GET shows, sent back: the same answer, the same tag, and no word to the kernel. */
void change_nothing(const struct agent *agent, const char *url);

#endif
