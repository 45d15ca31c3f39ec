/*
 * What happens to objects, as a ring of the last events: whoever makes something
 * happen publishes it here, and readers follow at their own pace. A reader that
 * falls behind by more than the ring holds learns that he missed something; he
 * never makes a publisher wait.
 *
 * Each event has a sequence number, one more than the one before it. All
 * functions but events_close() may be called from any thread.
 */
#ifndef INTENT_EVENTS_H
#define INTENT_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "intent/versions.h"

struct error;
struct events;

enum event_type {
	/* the intent, by a client; or the kernel, by anybody else */
	EVENT_CREATED,
	EVENT_CHANGED,
	EVENT_DELETED,
	/* the kernel, by the reconciler */
	EVENT_APPLIED,
	EVENT_REPAIRED,
	EVENT_PENDING,
	EVENT_RETRYING,
	EVENT_FAILED,
	EVENT_CONTESTED,
	/* the whole intent */
	EVENT_ROLLED_BACK,
	EVENT_CONFIRMED,
	/* what the kernel does not tell one by one: it is to be read again */
	EVENT_INVALIDATED,
	EVENT_TYPES,
};

enum {
	EVENTS_CAPACITY = 65536,	 /* what an agent keeps at most, and of that: */
	EVENTS_BYTES = 16 * 1024 * 1024, /* usually 40,000 to 60,000 events */
	/* Bytes of the texts, with NUL. */
	EVENTS_OBJECT_SIZE = 1152, /* any URL of ours */
	EVENTS_NAME_SIZE = 256,
	EVENTS_DETAIL_SIZE = 512,
	EVENTS_RENDERINGS = 2,
};

/*
 * To publish, sequence and time_ms do not count, and a text may be NULL for "".
 * A detail that is too long is cut, any other text left out: cut, it would name
 * something else.
 */
struct event {
	uint64_t sequence;
	int64_t time_ms; /* since the epoch */
	enum event_type type;
	const char *object; /* its URL below the root: "/tunnels/ns1/tun1"; "": none */
	const char *kind;   /* "tunnel", "link", "namespace", "address", "route", "config" */
	const char *namespace, *owner;
	const char *detail;  /* a sentence for people */
	const char *members; /* those that changed: "mtu, status.carrier" */
	const char *device;  /* the link that it is, or is on; "": none, or not known */
	const char *state;   /* of a neighbour, in a word */
	uint16_t family;     /* AF_INET, AF_INET6; 0: none, or both */
	uint32_t table, protocol;
	bool has_table, has_protocol;
	bool seen;  /* in the kernel: it is nothing that tunneld did or decided */
	bool alone; /* it is of a device, and nothing that is shown of others has changed */
	const struct event_extra *extra; /* the ring's own */
};

/* The class (a bit of enum event_class) of a kind of objects; all of "", 0 of an unknown one. */
unsigned int event_class(const char *kind);

/* That of which alone it is; "": others may be concerned. */
const char *event_device(const struct event *event);

/* The event belongs to the ring, and stays during the call. */
typedef void events_hook(const struct event *event, void *context);

/* The caller frees with events_close(), once nobody publishes or reads any more. */
int events_open(unsigned int capacity, struct events **ret, struct error *error);
void events_close(struct events *events); /* NULL is legal */

/* An eventfd: readable after a publication. Whoever waits for it reads it empty. */
int events_fd(const struct events *events);

/* Differs for each ring that was ever opened on this machine: nanoseconds since the epoch. */
uint64_t events_start(const struct events *events);

/*
 * Until it is let go nobody is woken: for those who publish many in a row, and not for
 * long. One thread at a time.
 */
void events_hold(struct events *events, bool on);

/*
 * Copies the event, and numbers and dates it. Never blocks for long and never
 * fails: without memory the event is lost, and readers learn so.
 */
void events_publish(struct events *events, const struct event *event);

/*
 * Something happened that nobody is to be told: the sequence moves on, and versions of
 * these classes (bits of enum event_class) in a namespace ("": in all) with it. device:
 * see versions_note(). Where nobody has asked for them since they last moved nothing is
 * done.
 */
void events_touch(struct events *events, unsigned int classes, const char *namespace,
		  const char *device);

/* The newest sequence number; 0: none yet. */
uint64_t events_last(struct events *events);

/* That of the newest event, or touch, of these: see versions_newest(). */
uint64_t events_version(struct events *events, const struct versions_scope *of);

/* Gives memory back: of the oldest ones, until what is kept has that many bytes. */
void events_trim(struct events *events, size_t bytes);

/*
 * A text made of an event, kept with it for the next who wants it: of the kinds 0 to
 * EVENTS_RENDERINGS - 1. Borrowed as long as the event; NULL: there is none yet.
 */
const char *events_rendering(const struct event *event, unsigned int kind, size_t *ret_length);
void events_keep_rendering(struct events *events, const struct event *event, unsigned int kind,
			   const char *text, size_t length);

/*
 * Calls hook for at most `most` of the events after `after`, oldest first, while
 * no publisher waits; *ret_last is the last that was read, or after. False: what
 * follows after is lost (overrun, or after was never published), and nothing was
 * read; *ret_last is the place from which it goes on.
 */
bool events_read(struct events *events, uint64_t after, unsigned int most, events_hook *hook,
		 void *context, uint64_t *ret_last);

/* How many of a type were published since events_open(), lost ones too; but not what was only seen. */
uint64_t events_count(const struct events *events, enum event_type type);
/* How many of all could not be kept, for want of memory. */
uint64_t events_lost(const struct events *events);

#endif
