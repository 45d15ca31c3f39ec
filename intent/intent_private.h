/* What the sources of intent share behind the opaque struct intent. */
#ifndef INTENT_INTENT_PRIVATE_H
#define INTENT_INTENT_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "intent/clock.h"
#include "intent/events.h"
#include "intent/intent.h"
#include "intent/names.h"
#include "intent/store.h"

enum {
	INTENT_NEEDS = 24,
	INTENT_REPAIRS = 8, /* within a minute: then another manager works against us */
};

/* One that is wanted. It lives in the table; texts are its own. */
/* A key of an object in the table. */
struct intent_node {
	const char *key; /* the object's; NULL: it is not in the table */
	uint64_t hash;
	struct intent_object *object;
	struct intent_node *next;
};

struct intent_object {
	const struct intent_type *type;
	struct intent_node name, other_name; /* of key and other_key */
	char *key, *owner, *labels, *document, *namespace;
	char *other_key, *other_namespace; /* of a veth's other end, or NULL */
	uint64_t revision;
	int64_t created_ms, since_ms;
	bool may_wait;
	enum intent_state state;
	char *reason, *words;
	int number;
	unsigned int repairs;
	bool contested;
	/* The reconciler's, on the writer's thread alone. */
	char **needs; /* places: "ns1" or "ns1/v1"; ended by NULL */
	char *via;    /* "ns1/v1": the device that the kernel chose for a route, or NULL */
	/* Of what the kernel had when it was last found right; 0: look. other: of a veth's. */
	uint64_t tag, other_tag, other_seen; /* seen: in this pass */
	uint64_t cookie;		     /* a namespace's, when it was last found right */
	uint32_t index;			     /* a link's */
	uint32_t mtu;			     /* what the kernel gave it */
	bool seen, suspect;
	bool broken;	   /* it was right once, and its repair does not succeed at once */
	bool eager;	   /* to be tried whenever something happens where it is */
	int64_t try_at_ms; /* boot time; not before */
	unsigned int tries;
	int64_t repaired_ms[INTENT_REPAIRS];   /* boot time of the last repairs, a ring */
	struct intent_object *next, *previous; /* in the order of their making */
	struct intent_object *next_to_do;
};

struct intent_table {
	struct intent_node **buckets;
	size_t bucket_count, count;
	struct intent_object *first, *last;
};

struct intent {
	struct intent_settings settings;
	struct store *store;
	bool fresh;    /* there was no store before */
	bool undo_due; /* the journal of a change that failed could not be cleared yet */
	size_t undo_not_done;
	bool large;	       /* a change of many objects was made since intent_rest() */
	/* For what the kernel will have of the change under way; NULL: it takes its own. */
	struct intent_records *room;
	struct intent_step *left; /* by intent_steps_leave() */
	size_t left_count;
	bool rows_due;	       /* the journal has a pack, and the store no rows yet */
	bool journal_done;     /* what it has stands, and goes with the next transaction */
	int claim_fd;	       /* see rebuild.c; -1: none */
	pthread_mutex_t mutex; /* of the table and the figures */
	struct intent_table table;
	uint64_t revision;
	uint64_t passes, repairs, pass_us;
	/* A change that waits for its confirmation: boot time, 0: none. */
	atomic_llong held_until_ms;
	atomic_bool suspect_all, mounts_changed;
	atomic_llong due_ms;			/* boot time */
	int64_t full_pass_at_ms, pass_after_ms; /* boot time */
	int64_t next_try_ms; /* boot time; before then no object's try_at_ms is over */
	struct names dirty;  /* namespaces in which something happened */
	struct names watched;
};

/* Into a new store: what carries our mark in the kernel (intent/rebuild.c). */
int rebuild_from_marks(struct intent *intent, struct error *error);

/* ---- reconciling (intent/pass.c) ---- */
/* One look at the namespaces that are dirty, or at all. */
void pass_run(struct intent *intent, bool all);
/*
 * The namespace is another one of this name, or will be: nothing in it is known to
 * be ours by its index, for those begin anew there.
 */
void pass_forget_inside(struct intent *intent, const char *namespace);
/* From now on it is heard what happens where the object is. */
void pass_watch_object(struct intent *intent, const struct intent_object *object);
/* ---- repairs (intent/repair.c) ---- */
/* It was right, and had to be made right again. */
void repair_note(struct intent *intent, struct intent_object *object, bool missing);
/* It is contested, and not yet to be made right again. */
void repair_later(struct intent *intent, struct intent_object *object);
/* It is not to be tried before. */
void repair_try_at(struct intent *intent, struct intent_object *object, int64_t at_ms);
/* It was, and for a while nobody undid it. */
void repair_calm(struct intent *intent, struct intent_object *object, int64_t now);
/* It is not right: what state that is, and when to try again. */
void repair_failed(struct intent *intent, struct intent_object *object,
		   const struct error *why);

/* ---- the table (intent/table.c); the mutex is held by the caller ---- */
struct intent_object *table_find(const struct intent_table *table, const char *key);
/* The one of the same key, if any. */
struct intent_object *table_find_like(const struct intent_table *table,
				      const struct intent_object *object);
/* One that is in no table yet; NULL: no memory. */
struct intent_object *table_new(const struct intent_type *type, const char *key);
void table_free(struct intent_object *object);
/* It becomes the last one. -1: no memory. */
int table_insert(struct intent_table *table, struct intent_object *object);
/* A new one at the end; NULL: no memory. */
struct intent_object *table_add(struct intent_table *table, const struct intent_type *type,
				const char *key);
void table_remove(struct intent_table *table, struct intent_object *object);
/* The key of the other end is one of its names, too. */
int table_set_other(struct intent_table *table, struct intent_object *object, const char *key);
void table_clear(struct intent_table *table);
/* False: no memory, and the text is as it was. */
bool table_set_text(char **text, const char *value);

/* ---- one object (intent/wanted.c) ---- */
/*
 * Owner, labels, document as they are to be; what it needs is worked out anew.
 * record: what the document says, where that was read already, or NULL.
 */
int wanted_set(struct intent *intent, struct intent_object *object,
	       const struct store_object *wanted, const void *record, struct error *error);
/* The step that gives it up. */
int wanted_deletion(const struct intent_object *object, struct intent_step *ret,
		    struct error *error);
struct store_object wanted_stored(const struct intent_object *object);
/* why: NULL or an error, in whose words the reason is. */
void wanted_set_state(struct intent *intent, struct intent_object *object,
		      enum intent_state state, const struct error *why);
/* The state that an error of the kernel means. */
enum intent_state wanted_state_of(const struct error *error);
/* True where others may bring what is missing: a namespace, a link, a way to a gateway. */
bool wanted_may_come(const struct error *error);
/* What the kernel has now is right: notes how to tell that it still is. */
void wanted_settle(struct intent *intent, struct intent_object *object, void *actual);
/* 0: no memory, or it cannot be shown. */
uint64_t wanted_tag(struct intent *intent, const struct intent_type *type, const void *actual);
void wanted_tell(struct intent *intent, const struct intent_object *object,
		 enum event_type type, const char *detail);
/* The same of one whose members ("ttl, tos"; NULL: not known) are wanted otherwise. */
/* The event that it was created, for events_publish_entry(). NULL: no memory. */
struct entry *wanted_creation(const struct intent_object *object, const char *members);
void wanted_tell_change(struct intent *intent, const struct intent_object *object,
			enum event_type type, const char *members);
/* Something of it that answers show has changed, and is worth no event. */
void wanted_touch(struct intent *intent, const struct intent_object *object);
/* Tells that it is deleted, and takes it out of the table. */
void wanted_forget(struct intent *intent, struct intent_object *object, const char *detail);
/*
 * What the kernel tells of it until wanted_own_end() is what we do ourselves, and
 * is told here. record: of it, for a veth's other end; or NULL.
 */
void wanted_own(struct intent *intent, const struct intent_type *type, const char *key,
		const void *record);
void wanted_own_end(struct intent *intent);
/* The same of what is to be deleted: it may go with something else before its turn. */
void wanted_doom(struct intent *intent, const struct intent_type *type, const char *key,
		 const void *record);
void wanted_doom_end(struct intent *intent);
void place_text(const struct intent_place *place, char *ret, size_t size);
enum { PLACE_SIZE = NAMESPACE_NAME_SIZE + 20 };

/* ---- undoing (intent/undo.c) ---- */
/* Newest first; what cannot be undone is left to the reconciler. */
/*
 * All of the journal: in the kernel (but for the newest not_done), in the table,
 * in the store; it is empty then.
 */
int undo_journal(struct intent *intent, size_t not_done, struct error *error);
/* Once more where that failed: until it is done, no other change may be journaled. */
int undo_again(struct intent *intent, struct error *error);

/* ---- addresses beside those of their link (intent/apart.c) ---- */
/* A wanted link names also those of its addresses that are objects. Other types: nothing. */
int apart_keep(struct intent *intent, const struct intent_type *type, const void *current,
	       void *wanted, struct error *error);

/* ---- making one so (intent/settle.c) ---- */
/*
 * Makes the kernel have what the object wants, and notes it. current: what there
 * is, if that is known, whole; else NULL. absent: there is none, so that nobody
 * needs to look. 0: it is so; *ret_changed: something was done for it. -1: it is
 * not.
 */
int settle_object(struct intent *intent, struct intent_object *object, void *current,
		  bool absent, bool *ret_changed, struct error *error);
/* What one that is gone has left behind is cleared away. */
int settle_sweep(struct intent *intent, const struct intent_type *type, const char *document,
		 struct error *error);
/* True for what we made: also where somebody took our mark from it. */
bool settle_is_ours(const struct intent_object *object, const void *current);
/* Fills the error; returns -1. */
int settle_in_the_way(const struct intent_type *type, const void *current, struct error *error);
/*
 * The same for a document, whoever's it is; ret is the caller's record. exact: what
 * the document does not say is not kept, where it can be told to be gone.
 */
int settle_document(struct intent *intent, const struct intent_type *type, const char *document,
		    void *current, bool exact, uint32_t mtu, void *ret, bool *ret_changed,
		    struct error *error);

/* ---- a change that waits for its confirmation (intent/hold.c) ---- */
/* The change that was just done; its journal is kept. */
int hold_begin(struct intent *intent, uint32_t seconds, struct error *error);
/* At start: it goes on waiting, or the journal that is there is undone. */
int hold_resume(struct intent *intent, struct error *error);
/* Undoes it when its time is over. */
void hold_expire(struct intent *intent);

#endif
