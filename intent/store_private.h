/* What the two sources of the store share. */
#ifndef INTENT_STORE_PRIVATE_H
#define INTENT_STORE_PRIVATE_H

#include <sqlite3.h>

#include "intent/store.h"

enum store_statement {
	STORE_BEGIN,
	STORE_COMMIT,
	STORE_ROLLBACK,
	STORE_PUT,
	STORE_REMOVE,
	STORE_JOURNAL,
	STORE_JOURNAL_PACKED,
	STORE_CLEAR_JOURNAL,
	STORE_ADD_REVISION,
	STORE_TRIM_REVISIONS,
	STORE_TRIM_HISTORY,
	STORE_TAKE_BACK,
	STORE_SET,
	STORE_UNSET,
	STORE_GET,
	STORE_EACH,
	STORE_EACH_BEFORE,
	STORE_EACH_PACKED,
	STORE_HISTORY,
	STORE_COUNT,
	STORE_SYNC,
	STORE_STATEMENTS,
};

struct store {
	sqlite3 *database;
	sqlite3_stmt *statements[STORE_STATEMENTS];
	int lock_fd;
	int log_pages; /* that are in the write-ahead log and not in the database */
	bool dirty;    /* something was committed since the last sync */
	bool safe;     /* the transaction is one of store_begin_safe() */
	_Atomic uint64_t transactions, journaled, syncs, sync_us;
	char path[4096];
};

/* Fills the error with what SQLite says; "what" is what was about to be done. Returns -1. */
int store_failed(struct store *store, const char *what, struct error *error);
int store_execute(struct store *store, const char *sql, struct error *error);
/* Statements are made once the schema is there. */
int store_prepare(struct store *store, struct error *error);

/* store_each_before() of what stands in a pack (intent/store_pack.c). */
int store_each_packed(struct store *store, store_before_hook *hook, void *context,
		      struct error *error);

#endif
