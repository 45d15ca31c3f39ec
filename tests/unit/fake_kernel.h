/*
 * A kernel that is not there: namespaces, links and routes as a list in memory,
 * for the intent to work on. The fakes stand for intent_types[] at link time.
 *
 * Documents are words: "NS" (a namespace), "NS NAME MTU DEVICE" (a link),
 * "NS TABLE METRIC DEVICE" (a route); "-" is no device.
 */
#ifndef TESTS_UNIT_FAKE_KERNEL_H
#define TESTS_UNIT_FAKE_KERNEL_H

#include "intent/intent.h"

enum fake_call { FAKE_FIND, FAKE_CREATE, FAKE_CHANGE, FAKE_REMOVE, FAKE_LIST, FAKE_CALLS };

/* What goes wrong. */
struct fake_fault {
	enum fake_call call;
	const char *key; /* of this object; NULL: of any */
	int number;	 /* errno, or 0: kind says what */
	enum error_kind kind;
	unsigned int times;
	bool done;	    /* it fails, and is done all the same */
	void (*hook)(void); /* instead of failing */
};
extern struct fake_fault fake_fault;

extern int64_t fake_now_ms;	       /* CLOCK_BOOTTIME, as the intent sees it */
extern char fake_log[8192];	       /* "create /links/a/v1;…" */
extern unsigned int fake_commits_fail; /* so many of the next commits of the store */

void fake_reset(void);
bool fake_has(const char *key);
unsigned int fake_count(void);
uint32_t fake_value(const char *key);
/* As somebody else does it. */
void fake_set(const char *key, uint32_t value, bool ours);
void fake_take(const char *key);

extern const struct intent_documents fake_documents;

#endif
