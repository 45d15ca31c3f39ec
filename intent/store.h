/*
 * What must outlive the process: an SQLite database in the state directory, of
 * which one agent at a time is the user. To the store an object is a key and a
 * text; what they mean is known above.
 *
 * How much is promised: a committed transaction survives the death of the
 * process at once, and the loss of power from the next store_sync() on. The
 * network's state does not survive the latter either, so the order "journal
 * first, kernel second" needs no more than the former, and one sync serves all
 * that waits for an answer.
 *
 * All functions are for one thread at a time.
 */
#ifndef INTENT_STORE_H
#define INTENT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netops/buffer.h"
#include "netops/error.h"

struct store;

/* An object as it is wanted. All texts are borrowed, UTF-8, and never NULL. */
struct store_object {
	const char *key, *type, *owner, *labels, *document;
	uint64_t revision;  /* of the change that made it what it is */
	int64_t created_ms; /* since the epoch */
	bool may_wait;	    /* for what it needs, see struct intent_wish */
};

/* How to undo one step of a change that is under way. */
struct store_before {
	struct store_object object; /* where it was not there: as it was to be */
	bool existed;
	const char *shown; /* what the kernel had, in the form of a document; "" nothing */
};

/* One revision of an object. */
struct store_revision {
	const char *key, *action, *owner, *members;
	uint64_t revision;
	int64_t time_ms;
};

enum {
	STORE_REVISIONS = 20,	   /* that are kept of one object */
	STORE_HISTORY_ALL = 20000, /* of all, those that are gone too */
};

/*
 * Opens or makes FOLDER/tunneld.db and keeps others out. fresh: there was none
 * before. What is damaged, cannot be written, or comes from a newer tunneld is
 * an error that says what to do, never an empty store.
 */
int store_open(const char *folder, struct store **ret, bool *ret_fresh, struct error *error);
/* The same for looking alone, also beside a running agent. ERROR_ABSENT: there is none. */
int store_open_to_check(const char *folder, struct store **ret, struct error *error);
void store_close(struct store *store);
/* All of it is read and compared with its indexes. */
int store_check(struct store *store, struct error *error);
int store_count(struct store *store, uint64_t *ret, struct error *error);

/* What was written since it was opened. Any thread, as long as it is open. */
struct store_figures {
	uint64_t transactions, journaled; /* committed; steps that were put into the journal */
	uint64_t syncs, sync_us;	  /* to the disk, and how long they took */
	uint64_t database_bytes, log_bytes; /* its files, now */
};
void store_figures(const struct store *store, struct store_figures *ret);
/* Of SQLite. */
const char *store_library_version(void);

int store_begin(struct store *store, struct error *error);
/* Once it is committed all that there is is safe from loss of power. */
int store_begin_safe(struct store *store, struct error *error);
int store_commit(struct store *store, struct error *error);
void store_rollback(struct store *store);
/*
 * Until here nothing is lost with the power. Costs nothing where nothing was written.
 * clear_journal: what it has stands from here on.
 */
int store_sync(struct store *store, bool clear_journal, struct error *error);

/* When there is time: what is in the log moves into the database. */
void store_rest(struct store *store);

/* Within a transaction. */
int store_put(struct store *store, const struct store_object *object, struct error *error);
int store_remove(struct store *store, const char *key, struct error *error);
int store_journal(struct store *store, const struct store_before *before, struct error *error);
/* All objects of this revision are new: how to undo their making. In place of a line for each. */
int store_journal_made(struct store *store, uint64_t revision, struct error *error);
/*
 * The same where they have no rows yet: instead there is a text of them, made by
 * store_pack() for each in the order of their making.
 */
void store_pack(struct buffer *pack, const char *type, const char *key, const char *document);
int store_journal_packed(struct store *store, uint64_t revision, const struct buffer *pack,
			 struct error *error);
int store_clear_journal(struct store *store, struct error *error);
int store_add_revision(struct store *store, const struct store_revision *revision,
		       struct error *error);
/* The last one of the key did not come to be. */
int store_take_back_revision(struct store *store, const char *key, struct error *error);
/* A value of its own; NULL removes it. */
int store_set(struct store *store, const char *name, const char *value, struct error *error);
/* "" where there is none. */
int store_get(struct store *store, const char *name, char *ret, size_t size,
	      struct error *error);

typedef int store_object_hook(const struct store_object *object, void *context,
			      struct error *error);
typedef int store_before_hook(const struct store_before *before, void *context,
			      struct error *error);
typedef int store_revision_hook(const struct store_revision *revision, void *context,
				struct error *error);
/* In the order in which they were first put; the journal's newest first, as are revisions. */
int store_each(struct store *store, store_object_hook *hook, void *context,
	       struct error *error);
int store_each_before(struct store *store, store_before_hook *hook, void *context,
		      struct error *error);
int store_history(struct store *store, const char *key, store_revision_hook *hook,
		  void *context, struct error *error);

#endif
