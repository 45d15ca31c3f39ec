/*
 * What should be: the objects that clients asked for, kept in the store, made
 * so in the kernel, and kept so.
 *
 * One thread, the writer's, calls whatever changes or reconciles; the functions
 * that say so may be called from any. What an object looks like as a document
 * is not known here: the caller brings the functions that read and write one.
 */
#ifndef INTENT_INTENT_H
#define INTENT_INTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "intent/type.h"
#include "netops/buffer.h"

struct events;
struct intent;
struct changes;

enum intent_state {
	INTENT_APPLIED, /* the kernel has it */
	INTENT_PENDING, /* what it needs is not there */
	INTENT_RETRYING, /* the kernel refused, or another manager undoes it; it is tried again */
	INTENT_FAILED,	 /* this kernel cannot, or something else is in its place */
	INTENT_STATES,
};

/* Documents, for which the caller stands. All return 0, or -1 with the error filled. */
struct intent_documents {
	void *context;
	/* The record that a document wants. current: what is there, found whole, or NULL. */
	int (*read)(void *context, const struct intent_type *type, const char *document,
		    const void *current, void *ret, struct error *error);
	/*
	 * What a client may set of what is there, for the caller to free. steady: without
	 * what runs by itself; whole: with secrets, and all that it takes to make it again.
	 */
	int (*show)(void *context, const struct intent_type *type, const void *actual,
		    bool steady, bool whole, struct buffer *ret, struct error *error);
	/* Do two documents say the same? */
	bool (*same)(void *context, const char *one, const char *other);
	/* document, with the secrets of old that it does not say; the caller frees. NULL: no memory. */
	char *(*keep)(void *context, const char *document, const char *old);
	/* Names of the members in which they differ: "ttl, tos"; the caller frees. */
	char *(*differences)(void *context, const char *one, const char *other);
	/* document over shown: its members win. */
	int (*overlay)(void *context, const char *shown, const char *document,
		       struct buffer *ret, struct error *error);
};

/* All are borrowed, and outlive the intent. */
struct intent_settings {
	struct netops *netops;
	struct events *events; /* what happens is told here */
	struct changes
		*changes;   /* what happens in the kernel is heard here; NULL: nothing is */
	const char *folder; /* of the store */
	struct intent_documents documents;
	unsigned int full_pass_ms; /* between two looks at everything; 0: a minute */
};

#define INTENT_DEFAULT_OWNER "default"

/* Opens the store and reads it; the kernel is not touched. */
int intent_open(const struct intent_settings *settings, struct intent **ret,
		struct error *error);
/*
 * On the writer's thread, before anything else there: what a crash left half
 * done is undone, a lost store filled with what carries our mark, and the kernel
 * made to follow.
 */
int intent_start(struct intent *intent, struct error *error);
void intent_close(struct intent *intent);

/* ---- changes ---- */

enum intent_action { INTENT_CREATE, INTENT_CHANGE, INTENT_DELETE };

/*
 * One object to be made, changed or given up. The caller fills what stands
 * before the line, frees with intent_step_clear(), and finds the rest filled.
 */
struct intent_step {
	enum intent_action action;
	const struct intent_type *type;
	char *key;			 /* allocated; see intent_step_name() */
	char *owner, *labels, *document; /* allocated; as it will be; not for INTENT_DELETE */
	char *members;			 /* those that differ, for the history; or NULL */
	char where[32];			 /* a note of the caller's */
	bool may_wait;		/* for what is missing: then it is pending, and no error */
	bool patient;		/* also where nothing else waits that might bring it */
	bool recreate;		/* where the kernel cannot change it in place */
	bool recreates;		/* by intent_plan(): it cannot, and so it will be */
	bool known;		/* current and wanted are filled already */
	bool adopt;		/* also what is somebody else's by now */
	void *current, *wanted; /* records, or NULL: then they are found and read */
	/* ---- */
	void *actual; /* what the kernel has now; NULL: nothing */
	enum intent_state state;
	char *shown;			    /* what the kernel had, as a document */
	struct intent_object *ready;	    /* for the table, or NULL */
	struct entry *creation;		    /* the event of it, or NULL */
	const struct intent_object *object; /* see intent_peek() */
};
void intent_step_clear(struct intent_step *step);
/* Of one piece of memory, which is freed, too. */
void intent_steps_free(struct intent_step *steps, size_t count);
/*
 * The same, where they are many at the next intent_rest(): it takes as long as to write the
 * answer, which need not wait for it. For the thread that changes.
 */
void intent_steps_leave(struct intent *intent, struct intent_step *steps, size_t count);
/* Gives it a copy of the key. */
int intent_step_name(struct intent_step *step, const char *key, struct error *error);

/*
 * All of them in their order, or none: what was done before a failure is undone
 * in reverse. Journaled before the kernel is touched: after a crash the next
 * start undoes what was under way. A 2xx may be told after intent_sync().
 * ret_failed: the step that failed (count: none of them did).
 * ERROR_REFUSED while a change waits for its confirmation. hold_seconds: this one
 * is to wait for one, and is undone after so long; 0: it stands.
 */
int intent_run(struct intent *intent, struct intent_step *steps, size_t count,
	       uint32_t hold_seconds, size_t *ret_failed, struct error *error);

/* A change that came together with others; what stands before the line is the caller's. */
struct intent_together {
	struct intent_step *steps;
	size_t count;
	struct error *error; /* one of its own */
	/* ---- */
	int result; /* as of intent_run(), with the error */
	size_t failed;
	bool meets; /* it was not tried: another is about the same objects */
};
/*
 * The same for several changes of one kind: all that create, or all that delete.
 * Each stands or falls by itself, but where all go well they cost about what one does.
 */
void intent_run_together(struct intent *intent, struct intent_together *changes, size_t count);

/* When nothing waits to be done: what may take a while, and what a large change took in memory is given back. */
void intent_rest(struct intent *intent);

/* Those of intent_run() since the last call are safe from loss of power. */
int intent_sync(struct intent *intent, struct error *error);

/*
 * What is to be deleted, and with it what cannot be without: what is in a
 * namespace, or runs over a link, and may not wait for another.
 */
struct intent_victims;
/* NULL: no memory. To be ended by intent_victims_free(). */
struct intent_victims *intent_victims_new(struct intent *intent);
void intent_victims_free(struct intent_victims *victims);
/*
 * One of them, by a record of what it is. key: of an object that is wanted; "" for one
 * that is not. False: it was among them already.
 */
bool intent_victims_add(struct intent_victims *victims, const struct intent_type *type,
			const char *key, const void *record);
/*
 * Steps that give up all that is wanted of it, in an order in which they can be
 * done; for the caller to free.
 */
int intent_victims_steps(struct intent_victims *victims, struct intent_step **ret,
			 size_t *ret_count, struct error *error);

/* Sorted into the order in which they can be done: deletions first, needs before needers. */
int intent_order(struct intent *intent, struct intent_step *steps, size_t count,
		 struct error *error);

/*
 * From what is wanted (steps that create, documents and all) to what is to be
 * done, ordered: what is as wanted is left out, what is there is changed, and
 * where exact, what else belongs to the owner is deleted. The array grows, and
 * is the caller's to clear and to free all the same. ERROR_EXISTS: one is
 * another owner's, or in the kernel and not ours; ret_failed is its place then.
 */
struct intent_plan {
	struct intent_step *steps;
	size_t count;
};
void intent_plan_clear(struct intent_plan *plan);
#define CLEANUP_PLAN __attribute__((cleanup(intent_plan_clear)))
int intent_plan(struct intent *intent, struct intent_plan *plan, const char *owner, bool exact,
		size_t *ret_failed, struct error *error);

/*
 * Makes what a plan creates or changes in namespaces that are thrown away again,
 * with stand-ins for the links that it needs and that are there already. The hook
 * is told of each step in turn: why is NULL where the kernel took it, and actual
 * is what it made of it.
 */
typedef void intent_verdict(const struct intent_step *step, const void *actual,
			    const struct error *why, void *context);
int intent_try(struct intent *intent, const struct intent_plan *plan, intent_verdict *hook,
	       void *context, struct error *error);

/* ---- a change that undoes itself ---- */

/* ERROR_REFUSED where nothing waits. */
int intent_confirm(struct intent *intent, struct error *error);
int intent_roll_back(struct intent *intent, struct error *error);
/* 0, or ERROR_REFUSED with the time that is left: for changes that are not steps. */
int intent_may_change(struct intent *intent, struct error *error);
/* Any thread. True while one waits: how many milliseconds more. */
bool intent_held(struct intent *intent, int64_t *ret_ms);

/* ---- the kernel follows ---- */

/*
 * Looks at what was heard of, or at everything when that is due, and makes it
 * so again. On the writer's thread, as often as it likes.
 */
void intent_reconcile(struct intent *intent);
/* Any thread: everything is to be looked at. */
void intent_suspect(struct intent *intent);
/* Any thread: namespaces came or went. */
void intent_mounts_changed(struct intent *intent);
/* Any thread: milliseconds until intent_reconcile() is due by itself. */
int intent_due_ms(struct intent *intent);

/* ---- what is wanted (any thread) ---- */

/* A copy, to be ended by intent_view_clear(). */
struct intent_view {
	const struct intent_type *type;
	char *key, *owner, *labels, *document;
	uint64_t revision;
	int64_t created_ms, since_ms; /* since the epoch; since: in this state */
	bool may_wait;
	enum intent_state state;
	bool contested; /* another manager keeps undoing it */
	unsigned int repairs;
	char *reason; /* a sentence, "" where all is well */
	int number;   /* errno of the kernel's last refusal, or 0 */
	char *words;  /* the kernel's own, or "" */
};
/* False: there is none of this key. The other end of a veth is found under its own key. */
bool intent_get(struct intent *intent, const char *key, struct intent_view *ret);
/*
 * What a step that is done has made, with borrowed texts, for who makes changes and none
 * meanwhile: there is nothing to clear.
 */
bool intent_peek(const struct intent_step *step, struct intent_view *ret);
void intent_view_clear(struct intent_view *view);
#define CLEANUP_VIEW __attribute__((cleanup(intent_view_clear)))

/* Copies of those that fit, in the order of their making; NULL or "": no matter. */
struct intent_query {
	const struct intent_type *type;
	const struct intent_type *rank_of; /* those of its rank: links and tunnels are */
	const char *namespace, *owner;
	bool unsettled; /* only those that are not applied */
	bool contested; /* only those that another manager keeps undoing */
};
int intent_list(struct intent *intent, const struct intent_query *query,
		struct intent_view **ret, size_t *ret_count, struct error *error);
void intent_views_free(struct intent_view *views, size_t count);
/* Their keys alone, one behind the other, each with its NUL; for the caller to free(). */
int intent_keys(struct intent *intent, const struct intent_query *query, char **ret,
		size_t *ret_count, struct error *error);

/* Figures for metrics and health. */
struct intent_counts {
	uint64_t objects[8][INTENT_STATES]; /* by the place in intent_types */
	uint64_t contested, passes, repairs, pass_us;
	uint64_t revision;
};
void intent_count(struct intent *intent, struct intent_counts *ret);

/* ---- on the writer's thread ---- */

struct store;
/* For the history of an object. */
struct store *intent_store(struct intent *intent);

/*
 * Removes from the kernel what is ours and only that, deletions in reverse
 * order, and empties the store. Those that the kernel keeps are counted.
 */
int intent_flush(struct intent *intent, unsigned int *ret_removed, unsigned int *ret_kept,
		 struct error *error);

#endif
