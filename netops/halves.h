/*
 * Half of a large work is done by a thread of its own, meanwhile. Who calls waits
 * for both, so that nobody else needs to know of it.
 */
#ifndef NETOPS_HALVES_H
#define NETOPS_HALVES_H

typedef void halves_work(void *context);

/* Both, which share nothing that either changes. */
void halves_run(halves_work *here, void *context, halves_work *there, void *there_context);

#endif
