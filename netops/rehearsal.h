/*
 * The gate that every change of the kernel passes on its way out, for
 * netops_rehearse(): closed, it counts what comes and lets nothing through. Only
 * the thread that changes things touches it; readers have no business here.
 */
#ifndef NETOPS_REHEARSAL_H
#define NETOPS_REHEARSAL_H

#include <stdbool.h>

struct rehearsal {
	bool on;
	unsigned int withheld, passed;
};

/* To be asked right before a change is sent; true: do not, and go on as after success. */
static inline bool rehearsal_withholds(struct rehearsal *rehearsal)
{
	rehearsal->withheld += rehearsal->on;
	rehearsal->passed += !rehearsal->on;
	return rehearsal->on;
}

#endif
