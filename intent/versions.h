/*
 * Of what kind and where the newest event was: the sequence number of the last one of
 * each kind, in each namespace and in all. So it can be told, without keeping events,
 * whether anything that an answer shows has happened since it was made.
 *
 * What is shown of one device alone is told apart further: of events that concern no
 * other one it is kept which device it was, by a hash of its name, so that two of one hash share
 * their fate.
 *
 * Not for several threads at once.
 */
#ifndef INTENT_VERSIONS_H
#define INTENT_VERSIONS_H

#include <stddef.h>
#include <stdint.h>

/* Kinds of objects, as bits; links and tunnels are one. */
enum event_class {
	EVENTS_OF_NAMESPACES = 1,
	EVENTS_OF_LINKS = 2,
	EVENTS_OF_ADDRESSES = 4,
	EVENTS_OF_ROUTES = 8,
	EVENTS_OF_RULES = 16,
	EVENTS_OF_NEIGHBORS = 32,
	EVENTS_OF_CONFIG = 64, /* everything that is wanted */
	EVENTS_OF_ALL = 127,
};
enum { EVENT_CLASSES = 7 };

enum { VERSIONS_DEVICES = 4096 };

struct version_place;

/* Zeroed is empty. */
struct versions {
	struct version_place *places; /* in the order of their names */
	size_t count, room;
	uint64_t all[EVENT_CLASSES];	    /* of any namespace */
	uint64_t everywhere[EVENT_CLASSES]; /* of those that were of none, and so concern all */
	uint64_t floor;			    /* of namespaces of which nothing is known */
	uint64_t devices[VERSIONS_DEVICES]; /* links and addresses, by versions_device() */
};

/* What is asked for. */
struct versions_scope {
	unsigned int classes;  /* bits of enum event_class */
	const char *namespace; /* NULL: any */
	const char *device;    /* NULL: any, and itself */
};

/* Where a device stands in a table of VERSIONS_DEVICES. */
unsigned int versions_device(const char *namespace, const char *device);

void versions_clear(struct versions *versions);
/*
 * An event of these classes (bits) in a namespace; "": in none. device: that of which
 * alone it changed what is shown; "": it may be more than one. Never fails: it may say
 * too much.
 */
void versions_note(struct versions *versions, unsigned int classes, const char *namespace,
		   const char *device, uint64_t sequence);
/* The newest of these. What happens to namespaces themselves counts for all. */
uint64_t versions_newest(const struct versions *versions, const struct versions_scope *of);

#endif
