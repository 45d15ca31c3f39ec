/*
 * Opening the store: one user at a time, by a lock on a file beside it; a
 * schema with a version, brought up to date step by step; and every reason not
 * to trust what is there said in words.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "intent/store_private.h"

enum { STORE_APPLICATION = 0x74756e6c }; /* "tunl": SQLite's application_id */

#define STORE_ADVICE                                                                        \
	"; put a backup in its place, or move it away: what carries tunneld's mark in the " \
	"kernel is then taken over as it is"

/* Step i leads from version i to i + 1. What is released is not changed, but added to. */
static const char *const store_migrations[] = {
	"CREATE TABLE objects(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,"
	" type TEXT NOT NULL, owner TEXT NOT NULL, labels TEXT NOT NULL, document TEXT NOT NULL,"
	" revision INTEGER NOT NULL, created_ms INTEGER NOT NULL, may_wait INTEGER NOT NULL);"
	"CREATE TABLE journal(id INTEGER PRIMARY KEY, key TEXT NOT NULL, type TEXT NOT NULL,"
	" owner TEXT NOT NULL, labels TEXT NOT NULL, document TEXT NOT NULL, revision INTEGER NOT NULL,"
	" created_ms INTEGER NOT NULL, may_wait INTEGER NOT NULL, existed INTEGER NOT NULL,"
	" shown TEXT NOT NULL);"
	"CREATE TABLE history(id INTEGER PRIMARY KEY, key TEXT NOT NULL, action TEXT NOT NULL,"
	" owner TEXT NOT NULL, members TEXT NOT NULL, revision INTEGER NOT NULL,"
	" time_ms INTEGER NOT NULL);"
	"CREATE INDEX history_of_key ON history(key, id);"
	"CREATE TABLE settings(name TEXT PRIMARY KEY, value TEXT NOT NULL);",
};
enum { STORE_VERSION = sizeof(store_migrations) / sizeof(store_migrations[0]) };

static int store_number(struct store *store, const char *sql, int *ret, struct error *error)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL);

	if (!result)
		result = sqlite3_step(statement);
	*ret = result == SQLITE_ROW ? sqlite3_column_int(statement, 0) : 0;
	sqlite3_finalize(statement);
	return result == SQLITE_ROW ? 0 : store_failed(store, "reading", error);
}

static int store_migrate(struct store *store, int from, struct error *error)
{
	char pragma[96];

	if (store_execute(store, "BEGIN IMMEDIATE", error))
		return -1;
	for (int version = from; version < STORE_VERSION; version++) {
		if (store_execute(store, store_migrations[version], error))
			return -1;
	}
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version=%d; PRAGMA application_id=%d",
		 STORE_VERSION, STORE_APPLICATION);
	return store_execute(store, pragma, error) || store_execute(store, "COMMIT", error) ?
		       -1 :
		       0;
}

static int store_check_version(struct store *store, int *ret, struct error *error)
{
	int application, tables;

	/* Only the last of these looks beyond the file's head. */
	if (store_number(store, "PRAGMA user_version", ret, error) ||
	    store_number(store, "PRAGMA application_id", &application, error) ||
	    store_number(store, "SELECT count(*) FROM sqlite_master", &tables, error))
		return -1;
	if (*ret > STORE_VERSION)
		return error_set(error, ERROR_REFUSED,
				 "%s is of version %d, from a newer tunneld; this one knows "
				 "versions up to %d",
				 store->path, *ret, STORE_VERSION);
	if (application == STORE_APPLICATION)
		return 0;
	return error_set(error, ERROR_REFUSED, "%s is not a store of tunneld" STORE_ADVICE,
			 store->path);
}

static int store_check_pages(struct store *store, struct error *error)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(store->database, "PRAGMA quick_check(1)", -1,
					&statement, NULL);
	const char *said = NULL;

	if (!result && sqlite3_step(statement) == SQLITE_ROW)
		said = (const char *)sqlite3_column_text(statement, 0);
	if (!said)
		result = store_failed(store, "checking", error);
	else if (strcmp(said, "ok"))
		result = error_set(error, ERROR_REFUSED, "%s is damaged (%.200s)" STORE_ADVICE,
				   store->path, said);
	sqlite3_finalize(statement);
	return result;
}

int store_check(struct store *store, struct error *error)
{
	return store_check_pages(store, error);
}

enum {
	STORE_LOG_PAGES = 1000, /* from so many on they are moved when there is time */
	STORE_LOG_MOST = 16000, /* and at once, whoever waits for it: 64 MB */
};

static void store_move_log(struct store *store)
{
	int left = 0;

	/* Of what cannot be moved now some is moved the next time. */
	if (!sqlite3_wal_checkpoint_v2(store->database, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL,
				       &left))
		store->log_pages = 0;
}

static int store_logged(void *context, sqlite3 *database, const char *name, int pages)
{
	struct store *store = context;

	(void)database;
	(void)name;
	store->log_pages = pages;
	if (pages >= STORE_LOG_MOST)
		store_move_log(store);
	return SQLITE_OK;
}

void store_rest(struct store *store)
{
	if (store->log_pages >= STORE_LOG_PAGES)
		store_move_log(store);
}

static int store_setup(struct store *store, struct error *error)
{
	int version;

	if (store_check_version(store, &version, error) || store_check_pages(store, error))
		return -1;
	if (sqlite3_db_readonly(store->database, "main") == 1)
		return error_set(error, ERROR_REFUSED, "%s cannot be written", store->path);
	if (store_execute(store, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", error) ||
	    (version < STORE_VERSION && store_migrate(store, version, error)) ||
	    store_execute(store, "PRAGMA synchronous=NORMAL", error))
		return -1;
	/* Instead of SQLite's own rule, which has somebody wait who only wants an answer. */
	(void)sqlite3_wal_hook(store->database, store_logged, store);
	return store_prepare(store, error);
}

enum { STORE_PATIENCE_MS = 1000, STORE_STEP_MS = 10 };

/*
 * One that was killed a moment ago may have it yet: while the kernel takes it down, or by a child
 * that was on its way to become another program.
 */
static bool store_take_lock(int fd)
{
	const struct timespec step = { .tv_nsec = STORE_STEP_MS * 1000000L };

	for (int i = 0; i < STORE_PATIENCE_MS / STORE_STEP_MS; i++) {
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return true;
		nanosleep(&step, NULL);
	}
	return false;
}

static int store_lock(struct store *store, const char *folder, struct error *error)
{
	char path[sizeof(store->path) + 8];

	snprintf(path, sizeof(path), "%s/lock", folder);
	store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (store->lock_fd < 0)
		return error_errno(error, errno, "opening %.300s", path);
	if (store_take_lock(store->lock_fd))
		return 0;
	return error_set(error, ERROR_BUSY,
			 "another tunneld uses %.300s: one state directory is for one agent",
			 folder);
}

static struct store *store_new(const char *folder, struct error *error)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store) {
		error_errno(error, ENOMEM, "opening the store");
		return NULL;
	}
	store->lock_fd = -1;
	snprintf(store->path, sizeof(store->path) - 8, "%s/tunneld.db", folder);
	return store;
}

static int store_connect(struct store *store, int flags, struct error *error)
{
	if (sqlite3_open_v2(store->path, &store->database, flags | SQLITE_OPEN_NOMUTEX, NULL))
		return store_failed(store, "opening", error);
	sqlite3_busy_timeout(store->database, 2000);
	return 0;
}

/* SQLite would make the file with the umask's mode; what lies beside it takes after it. */
static int store_make_file(const char *path, struct error *error)
{
	int fd;

	if (unlink(path) && errno != ENOENT)
		return error_errno(error, errno, "removing %.300s", path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(error, errno, "making %.300s", path);
	close(fd);
	return 0;
}

/* It gets its name when it is whole: an empty file of that name is a damaged store. */
static int store_make(struct store *store, bool *ret_fresh, struct error *error)
{
	char path[sizeof(store->path)];
	int result;

	*ret_fresh = access(store->path, F_OK) != 0;
	if (!*ret_fresh)
		return 0;
	memcpy(path, store->path, sizeof(path));
	strcat(store->path, ".new"); /* there is room: see store_new() */
	result = store_make_file(store->path, error) ||
				 store_connect(store, SQLITE_OPEN_READWRITE, error) ||
				 store_migrate(store, 0, error) ?
			 -1 :
			 0;
	sqlite3_close(store->database);
	store->database = NULL;
	if (!result && rename(store->path, path))
		result = error_errno(error, errno, "making %.300s", path);
	memcpy(store->path, path, sizeof(path));
	return result;
}

int store_open(const char *folder, struct store **ret, bool *ret_fresh, struct error *error)
{
	struct store *store = store_new(folder, error);

	if (!store)
		return -1;
	if (!store_lock(store, folder, error) && !store_make(store, ret_fresh, error) &&
	    !store_connect(store, SQLITE_OPEN_READWRITE, error) && !store_setup(store, error)) {
		*ret = store;
		return 0;
	}
	store_close(store);
	return -1;
}

int store_open_to_check(const char *folder, struct store **ret, struct error *error)
{
	struct store *store = store_new(folder, error);
	int version;

	if (!store)
		return -1;
	if (access(store->path, F_OK)) {
		error_set(error, ERROR_ABSENT, "there is no store at %s", store->path);
	} else if (!store_connect(store, SQLITE_OPEN_READONLY, error) &&
		   !store_check_version(store, &version, error) &&
		   !store_prepare(store, error)) {
		*ret = store;
		return 0;
	}
	store_close(store);
	return -1;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	for (int i = 0; i < STORE_STATEMENTS; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->database);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	free(store);
}
