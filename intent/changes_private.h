/* What the sources of changes share. */
#ifndef INTENT_CHANGES_PRIVATE_H
#define INTENT_CHANGES_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "intent/changes.h"
#include "intent/event_entry.h"
#include "intent/names.h"
#include "netops/hash_set.h"
#include "netops/mirror.h"
#include "netops/monitor.h"
#include "netops/notice.h"

/* What can be asked for. Each but the first brings the first along. */
enum demand {
	DEMAND_LINKS, /* and addresses, rules, settings */
	DEMAND_ROUTES,
	DEMAND_NEIGHBORS,
	DEMANDS,
};

enum {
	CHANGES_MINUTE = 60 * 1000, /* so long is heard what nobody asks for any more */
	CHANGES_HEAR_BATCHES = 8,   /* of 64: a millisecond or two of the loop */
	CHANGES_HELD = 256,
	CHANGES_RESTING_BYTES = 1 << 20, /* of events that are kept then */
};

enum {
	/* net/core/link_watch.c: a carrier is told at once where the link stands on another, */
	TELL_QUICK_MS = 20,
	/* and at most once a second where it does not: a bridge's. */
	TELL_SLOW_MS = 1200,
};

/* A namespace that is heard. */
struct place {
	char name[NAMESPACE_NAME_SIZE];
	struct mirror *mirror; /* NULL: nobody asks for it, and nothing is told */
	bool kept;	       /* something is wanted there */
	bool stale;	       /* the mirror is to be filled */
	unsigned int
		untold; /* what has begun to be heard, and is to be told (bits of demands) */
	bool unsettled; /* routes may be going just now, without a word */
	/* By the count of place_unsettle(): when last, but of one device; until when it is settled. */
	uint64_t unsettled_at, settled_at;
	int extent;
	bool ready[DEMANDS];		 /* it is heard from first to last */
	int64_t until_ms[DEMANDS];	 /* somebody has asked for it */
	int forwarding[2];		 /* IPv4, IPv6; -1: not known */
	uint32_t told_batch, told_index; /* of the last invalidation */
	unsigned int told;		 /* what it was of */
};

/* What was heard of a device alone; two of one hash share it. */
struct device_news {
	uint64_t unsettled; /* by the count of place_unsettle() */
	int64_t until_ms;   /* something may follow, and be told a little later */
};

struct changes {
	struct netops *netops;
	struct events *events;
	struct monitor *monitor;
	int mounts_fd;
	atomic_bool mounts_changed;
	atomic_bool deaf;     /* whoever held the mutex has to hear once more */
	atomic_bool untended; /* see changes_untended() */
	_Atomic int64_t tend_at_ms;
	/* Something may follow from what was heard, and be told a little later. */
	_Atomic int64_t quick_until_ms, slow_until_ms;
	pthread_mutex_t mutex; /* of all below */
	int64_t wide_until_ms; /* the later of them, but for what is of one device */
	uint64_t unsettled;
	struct device_news devices[VERSIONS_DEVICES]; /* by versions_device() */
	struct notices *notices;
	struct place **places; /* in the order of their names */
	size_t count, room;
	struct place *last;  /* of which was heard last, or NULL */
	bool surveyed;	     /* all namespaces that there were are places */
	bool ready[DEMANDS]; /* all places are */
	int64_t until_ms[DEMANDS];
	struct names dirty, gone;
	struct hash_set own, doomed; /* see changes_own() */
	unsigned int own_before;
	struct entry *held[CHANGES_HELD]; /* what was heard of those */
	unsigned int held_count;
	pthread_mutex_t watchers_mutex; /* of what follows */
	struct changes_watcher *watchers;
};

/* ---- places (intent/changes_places.c); the mutex is held ---- */
struct place *place_find(struct changes *changes, const char *name);
/* NULL: no memory. */
struct place *place_add(struct changes *changes, const char *name);
void place_remove(struct changes *changes, struct place *place);
void place_blind(struct changes *changes,
		 struct place *place); /* it is not ready for anything */
/* What was told may not be done yet. device: it is nothing to others; NULL: it may be. */
void place_unsettle(struct changes *changes, struct place *place, const char *device);

/* What is to be heard of these classes; the first always. */
bool demand_of(unsigned int classes, enum demand demand);
/*
 * Makes what is heard in a namespace (NULL: in all) what is asked for. The mutex is let
 * go now and then: places may have come or gone.
 */
void changes_arrange(struct changes *changes, const char *namespace);
/* Is all that these need heard? */
bool changes_ready(struct changes *changes, const struct versions_scope *of);
/* Does a watcher want to hear of links there, or of all namespaces? */
bool changes_is_watched(struct changes *changes, const char *namespace);
void changes_ask(struct changes *changes, const struct versions_scope *of);

/* ---- telling (intent/changes_tell.c); the mutex is held ---- */
/* A monitor_hook. */
void changes_heard(const struct monitor_record *record, void *context);
/* Forgets, or tells after all, what was heard of our own objects. */
void changes_let_go(struct changes *changes, bool tell);
/* All of a kind ("": of any) in a namespace (NULL: in all) is to be read again. */
void changes_tell_loss(struct changes *changes, const char *namespace, const char *kind);
/* What the kernel takes away or changes without a word. */
enum invalidation {
	ROUTES_OF_IPV4 = 1,
	ROUTES_OF_IPV6 = 2,
	ROUTES_OF_BOTH = 3,
	NEIGHBORS = 4,
};

void changes_tell_invalid_once(struct changes *changes, const struct place *place,
			       enum invalidation what, const char *device, const char *detail);
/* Bits of it, and only of what is heard there. device NULL: of any. */
void changes_tell_invalid(struct changes *changes, struct place *place,
			  const struct monitor_record *record, unsigned int what,
			  const char *device, const char *detail);
/* An event, but not of our own doing. */
void changes_tell(struct changes *changes, const char *namespace, struct event *event);
/* Of a device alone (device; "": of any) something may follow, and be told a little later. */
void changes_restless(struct changes *changes, const struct place *place, const char *device,
		      bool slow);
void changes_heard_link(struct changes *changes, struct place *place,
			const struct monitor_record *record);
void changes_tell_namespace(struct changes *changes, const char *name, enum event_type type,
			    const char *members);

/* Takes in what waits, up to so many batches; true: nothing is left. */
bool changes_drain(struct changes *changes, int batches);
/* False: there is no end of it. The mutex is let go now and then. */
bool changes_drain_all(struct changes *changes);
/* A namespace may have come or gone, and the loop not have been told yet. */
void changes_look_at_mounts(struct changes *changes);
/* For the loop, which does not wait. */
bool changes_try_lock(struct changes *changes);
/* Who has found the mutex taken meanwhile is woken. */
void changes_unlock(struct changes *changes);
/* Lets go of the mutex, and takes it again. */
void changes_let_others(struct changes *changes);

#endif
