/*
 * What happened in the kernel: one ear for all who want to know. What the monitor
 * hears becomes events in the ring and, where something is wanted, a reason for the
 * reconciler to look. Any thread may take in what waits; the loop does so when the
 * descriptor says so, and whoever compares a version with an older one does so
 * before. Links and addresses are mirrored for that; nothing else is.
 *
 * What is heard follows from who asks. Where something is wanted: links, addresses,
 * rules and our own routes, always. Beyond that only while somebody watches, or has
 * asked for a version within a minute: then links, addresses and rules of all
 * namespaces, or of one; and of those that are asked for all routes, or neighbours.
 * What nobody asks for the kernel keeps to itself.
 *
 * What is told: everything that the kernel tells, but for what tunneld does itself,
 * of which the event of the intent tells. Where the kernel takes something away or
 * changes it without a word (routes, mostly) an event says that it is to be read again.
 */
#ifndef INTENT_CHANGES_H
#define INTENT_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "intent/versions.h"

struct changes;
struct error;
struct events;
struct names;
struct netops;

/* Both are borrowed. The caller frees with changes_close(); NULL is legal there. */
int changes_open(struct netops *netops, struct events *events, struct changes **ret,
		 struct error *error);
void changes_close(struct changes *changes);

/* ---- the loop: none of these waits ---- */

/* Readable while something waits; for EPOLLET too. */
int changes_fd(const struct changes *changes);
/* Takes in some of what waits. True: there is something for changes_take(). */
bool changes_hear(struct changes *changes);
/* Mounts have changed: sockets in namespaces that are gone are closed. */
void changes_mounts_changed(struct changes *changes);
/* Is there something for changes_tend() to do now? */
bool changes_untended(struct changes *changes);
/* Milliseconds until there will be; -1: nothing is due. */
int changes_due_ms(struct changes *changes);

/*
 * For classes below: what is shown of links beside their names and states, or addresses;
 * of those that are down the kernel does not tell all. And then: what is shown of their
 * peers, which may be elsewhere.
 */
enum { CHANGES_QUIET = 128, CHANGES_WHOLE_LINKS = 256 | CHANGES_QUIET };

/* How good a sequence number is. */
enum changes_known {
	CHANGES_UNKNOWN,
	CHANGES_RESTLESS, /* something that has happened may be told in a moment: not to be compared */
	CHANGES_KNOWN,
};

/*
 * The newest sequence number of these, once everything that has happened so far is
 * taken in. False where that cannot be told at once. Of a device only what is shown of it
 * alone may be asked for: links and addresses.
 */
bool changes_current(struct changes *changes, const struct versions_scope *of, uint64_t *ret);

/* ---- any thread; these may wait for the kernel ---- */

/*
 * The same, and from now on it is heard what has to be. compare: it is to be compared,
 * for which what follows from the last changes is waited a little. begin: false where
 * it is not to be begun with.
 */
enum changes_known changes_follow(struct changes *changes, const struct versions_scope *of,
				  bool compare, bool begin, uint64_t *ret);

/* What a watcher wants to be heard, as long as he is there. */
struct changes_watcher {
	unsigned int classes;
	char namespace[256]; /* "": all */
	bool arranged;	     /* the rest is for changes alone */
	struct changes_watcher *next, **link;
};
void changes_watch(struct changes *changes, struct changes_watcher *watcher);
void changes_leave(struct changes *changes, struct changes_watcher *watcher);

/* Namespaces that have come, what has to be read again, what nobody asks for any more. */
void changes_tend(struct changes *changes);

/* ---- the writer ---- */

/* Something is wanted there. ERROR_MISSING. */
int changes_keep(struct changes *changes, const char *namespace, struct error *error);
/* Takes in all; namespaces of changes_keep() where something happened, and that are gone. */
void changes_take(struct changes *changes, struct names *ret_dirty, struct names *ret_gone);

/*
 * What is heard of the object of this URL until changes_own_end() is our own doing, and
 * not told: who does it tells it. Where nothing was done until then (by the count of
 * netops_changes()) it was another's, and is told.
 */
void changes_own(struct changes *changes, const char *url);
void changes_own_end(struct changes *changes);
/* The same of what is to be deleted, sooner or later, until changes_doom_end(). */
void changes_doom(struct changes *changes, const char *url);
void changes_doom_end(struct changes *changes);

#endif
