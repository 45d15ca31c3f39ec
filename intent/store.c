/* The statements, each prepared once, and the one way to run one. */
#include "intent/store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "intent/clock.h"
#include "intent/store_private.h"

#define OBJECT_COLUMNS "key, type, owner, labels, document, revision, created_ms, may_wait"

static const char *const store_sql[STORE_STATEMENTS] = {
	[STORE_BEGIN] = "BEGIN IMMEDIATE",
	[STORE_COMMIT] = "COMMIT",
	[STORE_ROLLBACK] = "ROLLBACK",
	[STORE_PUT] =
		"INSERT INTO objects(" OBJECT_COLUMNS ") VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT(key) DO UPDATE SET type = excluded.type,"
		" owner = excluded.owner, labels = excluded.labels, document = excluded.document,"
		" revision = excluded.revision, created_ms = excluded.created_ms,"
		" may_wait = excluded.may_wait",
	[STORE_REMOVE] = "DELETE FROM objects WHERE key = ?",
	[STORE_JOURNAL] = "INSERT INTO journal(" OBJECT_COLUMNS ", existed, shown)"
			  " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STORE_JOURNAL_PACKED] = "INSERT INTO journal(" OBJECT_COLUMNS ", existed, shown)"
				 " VALUES('', 'pack', '', '', ?, ?, 0, 0, 0, '')",
	[STORE_EACH_PACKED] = "SELECT document FROM journal WHERE key = '' AND type = 'pack'",
	[STORE_CLEAR_JOURNAL] = "DELETE FROM journal",
	[STORE_ADD_REVISION] = "INSERT INTO history(key, action, owner, members, revision,"
			       " time_ms) VALUES(?, ?, ?, ?, ?, ?)",
	[STORE_TRIM_REVISIONS] = "DELETE FROM history WHERE key = ? AND id NOT IN (SELECT id"
				 " FROM history WHERE key = ?1 ORDER BY id DESC LIMIT ?)",
	[STORE_TRIM_HISTORY] =
		"DELETE FROM history WHERE id <= (SELECT max(id) FROM history) - ?",
	[STORE_TAKE_BACK] = "DELETE FROM history WHERE id = (SELECT max(id) FROM history"
			    " WHERE key = ?)",
	[STORE_SET] = "INSERT OR REPLACE INTO settings(name, value) VALUES(?, ?)",
	[STORE_UNSET] = "DELETE FROM settings WHERE name = ?",
	[STORE_GET] = "SELECT value FROM settings WHERE name = ?",
	[STORE_EACH] = "SELECT " OBJECT_COLUMNS " FROM objects ORDER BY id",
	/* Without a key: all objects of the revision were made by it. */
	[STORE_EACH_BEFORE] = "SELECT " OBJECT_COLUMNS ", existed, shown, id AS place"
			      " FROM journal WHERE key <> '' UNION ALL SELECT o.key, o.type,"
			      " o.owner, o.labels, o.document, o.revision, o.created_ms,"
			      " o.may_wait, 0, '', o.id FROM journal j JOIN objects o"
			      " ON o.revision = j.revision WHERE j.key = ''"
			      " AND j.type = ''"
			      " ORDER BY place DESC",
	[STORE_HISTORY] = "SELECT key, action, owner, members, revision, time_ms FROM history"
			  " WHERE key = ? ORDER BY id DESC",
	[STORE_COUNT] = "SELECT count(*) FROM objects",
	[STORE_SYNC] = "INSERT OR REPLACE INTO settings(name, value) VALUES('synced',"
		       " (SELECT coalesce(max(revision), 0) FROM objects))",
};

int store_failed(struct store *store, const char *what, struct error *error)
{
	const char *words = store->database ? sqlite3_errmsg(store->database) : "out of memory";
	int code = store->database ? sqlite3_errcode(store->database) : SQLITE_NOMEM;

	if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
		return error_set(error, ERROR_REFUSED,
				 "%.200s is damaged (%.120s); put a backup in its place, or "
				 "move it away: what carries tunneld's mark in the kernel is "
				 "then taken over as it is",
				 store->path, words);
	if (code == SQLITE_READONLY || code == SQLITE_CANTOPEN || code == SQLITE_PERM)
		return error_set(error, ERROR_REFUSED, "%.200s cannot be written (%.120s)",
				 store->path, words);
	return error_set(error, code == SQLITE_FULL ? ERROR_BUSY : ERROR_INTERNAL,
			 "%s the store %.200s: %.120s", what, store->path, words);
}

int store_execute(struct store *store, const char *sql, struct error *error)
{
	return sqlite3_exec(store->database, sql, NULL, NULL, NULL) ?
		       store_failed(store, "preparing", error) :
		       0;
}

int store_prepare(struct store *store, struct error *error)
{
	for (int i = 0; i < STORE_STATEMENTS; i++) {
		if (sqlite3_prepare_v3(store->database, store_sql[i], -1,
				       SQLITE_PREPARE_PERSISTENT, &store->statements[i], NULL))
			return store_failed(store, "preparing", error);
	}
	return 0;
}

/* The texts stay until the statement is through. One letter a value: t a text, i an int64_t, b a bool. */
static void store_bind(sqlite3_stmt *statement, const char *types, va_list values)
{
	for (int i = 1; *types; types++, i++) {
		if (*types == 't')
			sqlite3_bind_text(statement, i, va_arg(values, const char *), -1,
					  SQLITE_STATIC);
		else if (*types == 'i')
			sqlite3_bind_int64(statement, i, va_arg(values, int64_t));
		else
			sqlite3_bind_int(statement, i, va_arg(values, int));
	}
}

static int store_run(struct store *store, enum store_statement which, struct error *error,
		     const char *types, ...)
{
	sqlite3_stmt *statement = store->statements[which];
	va_list values;
	int result;

	va_start(values, types);
	store_bind(statement, types, values);
	va_end(values);
	result = sqlite3_step(statement);
	if (result != SQLITE_DONE && result != SQLITE_ROW)
		store_failed(store, "writing", error);
	sqlite3_reset(statement);
	return result == SQLITE_DONE || result == SQLITE_ROW ? 0 : -1;
}

/* Later transactions need not be safe by themselves; where that cannot be said they just take longer. */
static void store_ended(struct store *store)
{
	struct error ignored;

	error_clear(&ignored);
	if (store->safe)
		(void)store_execute(store, "PRAGMA synchronous=NORMAL", &ignored);
	store->safe = false;
}

int store_begin(struct store *store, struct error *error)
{
	return store_run(store, STORE_BEGIN, error, "");
}

/* It is of the connection, and cannot be changed in a transaction. */
int store_begin_safe(struct store *store, struct error *error)
{
	if (store_execute(store, "PRAGMA synchronous=FULL", error))
		return -1;
	store->safe = true;
	if (!store_begin(store, error))
		return 0;
	store_ended(store);
	return -1;
}

static void store_note(_Atomic uint64_t *figure, uint64_t count)
{
	atomic_fetch_add_explicit(figure, count, memory_order_relaxed);
}

int store_commit(struct store *store, struct error *error)
{
	store->dirty = true;
	if (store_run(store, STORE_COMMIT, error, "")) {
		store_rollback(store);
		return -1;
	}
	store->dirty = !store->safe;
	store_note(&store->transactions, 1);
	store_ended(store);
	return 0;
}

/* SQLite may have ended the transaction by itself; there is nothing to say then. */
void store_rollback(struct store *store)
{
	struct error ignored;

	error_clear(&ignored);
	if (!sqlite3_get_autocommit(store->database))
		(void)store_run(store, STORE_ROLLBACK, &ignored, "");
	store_ended(store);
}

/* One transaction, so that the journal is not cleared of what is not safe. */
static int store_sync_all(struct store *store, bool clear_journal, struct error *error)
{
	if (store_begin_safe(store, error))
		return -1;
	if ((!clear_journal || !store_clear_journal(store, error)) &&
	    !store_run(store, STORE_SYNC, error, ""))
		return store_commit(store, error);
	store_rollback(store);
	return -1;
}

int store_sync(struct store *store, bool clear_journal, struct error *error)
{
	int64_t begun = intent_clock_us();
	int result;

	if (!store->dirty && !clear_journal)
		return 0;
	result = store_sync_all(store, clear_journal, error);
	store_note(&store->syncs, 1);
	store_note(&store->sync_us, (uint64_t)(intent_clock_us() - begun));
	return result;
}

int store_put(struct store *store, const struct store_object *object, struct error *error)
{
	return store_run(store, STORE_PUT, error, "tttttiib", object->key, object->type,
			 object->owner, object->labels, object->document,
			 (int64_t)object->revision, object->created_ms, object->may_wait);
}

int store_remove(struct store *store, const char *key, struct error *error)
{
	return store_run(store, STORE_REMOVE, error, "t", key);
}

int store_journal(struct store *store, const struct store_before *before, struct error *error)
{
	const struct store_object *object = &before->object;

	store_note(&store->journaled, 1);
	return store_run(store, STORE_JOURNAL, error, "tttttiibbt", object->key, object->type,
			 object->owner, object->labels, object->document,
			 (int64_t)object->revision, object->created_ms, object->may_wait,
			 before->existed, before->shown);
}

int store_journal_made(struct store *store, uint64_t revision, struct error *error)
{
	const struct store_before all = { .object = { "", "", "", "", "", revision, 0, false },
					  .shown = "" };

	return store_journal(store, &all, error);
}

int store_clear_journal(struct store *store, struct error *error)
{
	return store_run(store, STORE_CLEAR_JOURNAL, error, "");
}

int store_add_revision(struct store *store, const struct store_revision *revision,
		       struct error *error)
{
	if (store_run(store, STORE_ADD_REVISION, error, "ttttii", revision->key,
		      revision->action, revision->owner, revision->members,
		      (int64_t)revision->revision, revision->time_ms))
		return -1;
	if (store_run(store, STORE_TRIM_REVISIONS, error, "ti", revision->key,
		      (int64_t)STORE_REVISIONS))
		return -1;
	return store_run(store, STORE_TRIM_HISTORY, error, "i", (int64_t)STORE_HISTORY_ALL);
}

int store_take_back_revision(struct store *store, const char *key, struct error *error)
{
	return store_run(store, STORE_TAKE_BACK, error, "t", key);
}

int store_set(struct store *store, const char *name, const char *value, struct error *error)
{
	return value ? store_run(store, STORE_SET, error, "tt", name, value) :
		       store_run(store, STORE_UNSET, error, "t", name);
}

static const char *store_text(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text ? text : "";
}

int store_get(struct store *store, const char *name, char *ret, size_t size,
	      struct error *error)
{
	sqlite3_stmt *statement = store->statements[STORE_GET];
	int result;

	ret[0] = '\0';
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_TRANSIENT);
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		snprintf(ret, size, "%s", store_text(statement, 0));
	else if (result != SQLITE_DONE)
		store_failed(store, "reading", error);
	sqlite3_reset(statement);
	return result == SQLITE_ROW || result == SQLITE_DONE ? 0 : -1;
}

int store_count(struct store *store, uint64_t *ret, struct error *error)
{
	sqlite3_stmt *statement = store->statements[STORE_COUNT];
	int result = sqlite3_step(statement);

	*ret = result == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(statement, 0) : 0;
	if (result != SQLITE_ROW)
		store_failed(store, "reading", error);
	sqlite3_reset(statement);
	return result == SQLITE_ROW ? 0 : -1;
}

static struct store_object store_object_of(sqlite3_stmt *statement)
{
	return (struct store_object){ .key = store_text(statement, 0),
				      .type = store_text(statement, 1),
				      .owner = store_text(statement, 2),
				      .labels = store_text(statement, 3),
				      .document = store_text(statement, 4),
				      .revision = (uint64_t)sqlite3_column_int64(statement, 5),
				      .created_ms = sqlite3_column_int64(statement, 6),
				      .may_wait = sqlite3_column_int(statement, 7) != 0 };
}

struct store_walk {
	store_object_hook *object;
	store_before_hook *before;
	store_revision_hook *revision;
	void *context;
};

static int store_visit(const struct store_walk *walk, sqlite3_stmt *statement,
		       struct error *error)
{
	struct store_before before;
	struct store_revision revision;

	if (walk->revision) {
		revision = (struct store_revision){
			.key = store_text(statement, 0),
			.action = store_text(statement, 1),
			.owner = store_text(statement, 2),
			.members = store_text(statement, 3),
			.revision = (uint64_t)sqlite3_column_int64(statement, 4),
			.time_ms = sqlite3_column_int64(statement, 5)
		};
		return walk->revision(&revision, walk->context, error);
	}
	before.object = store_object_of(statement);
	if (walk->object)
		return walk->object(&before.object, walk->context, error);
	before.existed = sqlite3_column_int(statement, 8) != 0;
	before.shown = store_text(statement, 9);
	return walk->before ? walk->before(&before, walk->context, error) : 0;
}

/* The statement has its values. */
static int store_walk(struct store *store, enum store_statement which,
		      const struct store_walk *walk, struct error *error)
{
	sqlite3_stmt *statement = store->statements[which];
	int result, failed = 0;

	while (!failed && (result = sqlite3_step(statement)) == SQLITE_ROW)
		failed = store_visit(walk, statement, error);
	if (!failed && result != SQLITE_DONE)
		failed = store_failed(store, "reading", error);
	sqlite3_reset(statement);
	return failed ? -1 : 0;
}

int store_each(struct store *store, store_object_hook *hook, void *context, struct error *error)
{
	const struct store_walk walk = { .object = hook, .context = context };

	return store_walk(store, STORE_EACH, &walk, error);
}

int store_each_before(struct store *store, store_before_hook *hook, void *context,
		      struct error *error)
{
	const struct store_walk walk = { .before = hook, .context = context };

	return store_walk(store, STORE_EACH_BEFORE, &walk, error) ||
			       store_each_packed(store, hook, context, error) ?
		       -1 :
		       0;
}

int store_history(struct store *store, const char *key, store_revision_hook *hook,
		  void *context, struct error *error)
{
	const struct store_walk walk = { .revision = hook, .context = context };

	sqlite3_bind_text(store->statements[STORE_HISTORY], 1, key, -1, SQLITE_TRANSIENT);
	return store_walk(store, STORE_HISTORY, &walk, error);
}
