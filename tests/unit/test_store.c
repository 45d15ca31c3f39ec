/* The store: what it makes, keeps and refuses; what it cannot be trusted with it says. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "intent/store.h"

static char folder[64], path[96];
static struct error error;

/* How often SQLite waited for the disk: ours stand before the C library's. */
static int syncs;

int fdatasync(int fd)
{
	syncs++;
	return (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
	syncs++;
	return (int)syscall(SYS_fsync, fd);
}

static int setup(void **state)
{
	(void)state;
	error_clear(&error);
	strcpy(folder, "/tmp/tunneld-store.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/tunneld.db", folder);
	return 0;
}

/* In the folder. */
static void command(const char *text)
{
	char line[512];

	snprintf(line, sizeof(line), "cd %s && { %s; } >/dev/null 2>&1", folder, text);
	assert_int_equal(system(line), 0);
}

static int teardown(void **state)
{
	(void)state;
	command("cd / && rm -rf \"$OLDPWD\"");
	return 0;
}

static struct store *opened(bool *ret_fresh)
{
	struct store *store = NULL;

	if (store_open(folder, &store, ret_fresh, &error))
		fail_msg("%s", error.detail);
	return store;
}

static void sql(const char *statement)
{
	sqlite3 *database;

	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	assert_int_equal(sqlite3_exec(database, statement, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(database);
}

static struct store_object object_of(const char *key)
{
	return (struct store_object){ .key = key,
				      .type = "link",
				      .owner = "me",
				      .labels = "{\"a\":\"b\"}",
				      .document = "{\"name\":\"\xc3\xa4\"}",
				      .revision = 1ULL << 40,
				      .created_ms = 1LL << 41,
				      .may_wait = true };
}

static const char *numbered(int number)
{
	static char key[32];

	snprintf(key, sizeof(key), "/links/a/v%d", number);
	return key;
}

static void put(struct store *store, const char *key)
{
	const struct store_object object = object_of(key);

	assert_int_equal(store_begin(store, &error), 0);
	assert_int_equal(store_put(store, &object, &error), 0);
	assert_int_equal(store_commit(store, &error), 0);
}

/* Keys one after the other. */
static int add_key(const struct store_object *object, void *context, struct error *ignored)
{
	(void)ignored;
	strcat(context, object->key);
	return 0;
}

static void expect_keys(struct store *store, const char *wanted)
{
	char keys[512] = "";

	assert_int_equal(store_each(store, add_key, keys, &error), 0);
	assert_string_equal(keys, wanted);
}

/* ---- opening ---- */

static void a_new_one_is_fresh_and_private(void **state)
{
	struct stat status;
	bool fresh = false;
	struct store *store;

	(void)state;
	umask(0);
	store = opened(&fresh);
	assert_true(fresh);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	put(store, "/a");
	command("test -z \"$(find . -name 'tunneld.db*' ! -perm 600)\"");
	store_close(store);
	store = opened(&fresh);
	assert_false(fresh);
	expect_keys(store, "/a");
	store_close(store);
}

static void it_is_for_one_at_a_time(void **state)
{
	struct store *store, *second = NULL;
	bool fresh;

	(void)state;
	store = opened(&fresh);
	assert_int_equal(store_open(folder, &second, &fresh, &error), -1);
	assert_int_equal(error.kind, ERROR_BUSY);
	assert_non_null(strstr(error.detail, "another tunneld"));
	error_clear(&error);
	assert_int_equal(store_open_to_check(folder, &second, &error), 0);
	assert_int_equal(store_check(second, &error), 0);
	store_close(second);
	store_close(store);
	store_close(opened(&fresh));
}

/* Its lock is held yet, by a process that it had begun to start. */
static void one_that_was_killed_may_hold_it_a_moment(void **state)
{
	struct store *store;
	bool fresh;
	pid_t child;

	(void)state;
	store = opened(&fresh);
	child = fork();
	if (!child) {
		usleep(200 * 1000);
		_exit(0);
	}
	/* The child's copy of the descriptor holds it on. */
	store_close(store);
	store = opened(&fresh);
	store_close(store);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void nothing_to_check_is_said(void **state)
{
	struct store *store;

	(void)state;
	assert_int_equal(store_open_to_check(folder, &store, &error), -1);
	assert_int_equal(error.kind, ERROR_ABSENT);
}

static void an_empty_schema_is_migrated(void **state)
{
	struct store *store;
	bool fresh;

	(void)state;
	/* One that died while it made a new one. */
	command("head -c 9000 /dev/urandom >tunneld.db.new");
	store = opened(&fresh);
	assert_true(fresh);
	put(store, "/a");
	store_close(store);
	/* As an older one would have left it: tables are made where they are missing. */
	sql("DROP TABLE objects; DROP TABLE journal; DROP TABLE history; DROP TABLE settings;"
	    "PRAGMA user_version=0");
	store = opened(&fresh);
	assert_false(fresh);
	expect_keys(store, "");
	store_close(store);
}

static const struct {
	const char *command, *words;
} damages[] = {
	{ "truncate -s 5000 tunneld.db", "damaged" },
	{ "truncate -s 60 tunneld.db", "damaged" },
	{ "truncate -s 0 tunneld.db; rm -f tunneld.db-wal", "not a store" },
	{ "head -c 4096 /dev/urandom | dd of=tunneld.db conv=notrunc", "damaged" },
	{ "head -c 9000 /dev/urandom | dd of=tunneld.db conv=notrunc bs=1 seek=4096",
	  "damaged" },
	{ "rm tunneld.db && mkdir tunneld.db", "tunneld.db" },
	{ "cp foreign.db tunneld.db", "is not a store of tunneld" },
	{ "cp newer.db tunneld.db", "newer tunneld" },
};

static void what_cannot_be_trusted_is_refused(void **state)
{
	struct store *store;
	bool fresh;

	(void)state;
	sql("CREATE TABLE t(a)");
	command("mv tunneld.db foreign.db");
	store = opened(&fresh);
	for (int i = 0; i < 50; i++)
		put(store, numbered(i));
	store_close(store);
	command("cp tunneld.db good.db");
	sql("PRAGMA user_version=77");
	command("mv tunneld.db newer.db");
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		command("rm -rf tunneld.db*; cp good.db tunneld.db");
		command(damages[i].command);
		error_clear(&error);
		if (!store_open(folder, &store, &fresh, &error) ||
		    !strstr(error.detail, damages[i].words))
			fail_msg("%s: %s", damages[i].command, error.detail);
	}
	command("rm -rf tunneld.db*; cp good.db tunneld.db");
	store_close(opened(&fresh));
}

static void a_folder_that_cannot_be_written_is_said(void **state)
{
	struct store *store;
	bool fresh;

	(void)state;
	strcat(folder, "/none");
	assert_int_equal(store_open(folder, &store, &fresh, &error), -1);
	assert_non_null(strstr(error.detail, "/none/lock"));
	folder[strlen(folder) - strlen("/none")] = '\0';
}

/* ---- keeping ---- */

static int expect_object(const struct store_object *object, void *context,
			 struct error *ignored)
{
	const struct store_object wanted = object_of("/a");

	(void)ignored;
	++*(int *)context;
	assert_string_equal(object->key, wanted.key);
	assert_string_equal(object->type, wanted.type);
	assert_string_equal(object->owner, wanted.owner);
	assert_string_equal(object->labels, wanted.labels);
	assert_string_equal(object->document, wanted.document);
	assert_int_equal(object->revision, wanted.revision);
	assert_int_equal(object->created_ms, wanted.created_ms);
	assert_true(object->may_wait);
	return 0;
}

static void an_object_comes_back_as_it_was(void **state)
{
	struct store *store;
	int count = 0;
	bool fresh;

	(void)state;
	store = opened(&fresh);
	put(store, "/a");
	store_close(store);
	store = opened(&fresh);
	assert_int_equal(store_each(store, expect_object, &count, &error), 0);
	assert_int_equal(count, 1);
	store_close(store);
}

static void order_is_that_of_the_first_put(void **state)
{
	struct store *store;
	uint64_t count;
	bool fresh;

	(void)state;
	store = opened(&fresh);
	put(store, "/c");
	put(store, "/a");
	put(store, "/b");
	put(store, "/c");
	expect_keys(store, "/c/a/b");
	assert_int_equal(store_begin(store, &error), 0);
	assert_int_equal(store_remove(store, "/a", &error), 0);
	assert_int_equal(store_remove(store, "/unknown", &error), 0);
	store_rollback(store);
	expect_keys(store, "/c/a/b");
	assert_int_equal(store_count(store, &count, &error), 0);
	assert_int_equal(count, 3);
	store_close(store);
}

static int add_before(const struct store_before *before, void *context, struct error *ignored)
{
	char *text = context;

	(void)ignored;
	sprintf(text + strlen(text), "%s %d %s;", before->object.key, before->existed,
		before->shown);
	return 0;
}

static void the_journal_is_read_newest_first(void **state)
{
	const struct store_before one = { object_of("/a"), true, "shown" };
	const struct store_before two = { object_of("/b"), false, "" };
	char text[256] = "";
	struct store *store;
	bool fresh;

	(void)state;
	store = opened(&fresh);
	assert_int_equal(store_begin(store, &error) || store_journal(store, &one, &error) ||
				 store_journal(store, &two, &error) ||
				 store_journal(store, &one, &error) ||
				 store_commit(store, &error),
			 0);
	store_close(store);
	store = opened(&fresh);
	assert_int_equal(store_each_before(store, add_before, text, &error), 0);
	assert_string_equal(text, "/a 1 shown;/b 0 ;/a 1 shown;");
	assert_int_equal(store_begin(store, &error) || store_clear_journal(store, &error) ||
				 store_commit(store, &error),
			 0);
	text[0] = '\0';
	assert_int_equal(store_each_before(store, add_before, text, &error), 0);
	assert_string_equal(text, "");
	store_close(store);
}

/* One line of the journal for all that a change has made, and nothing else of the store. */
static void a_revision_is_undone_newest_first(void **state)
{
	struct store_object made[] = { object_of("/a"), object_of("/b"), object_of("/c") };
	struct store *store;
	char text[256] = "";
	bool fresh;

	(void)state;
	store = opened(&fresh);
	made[0].revision = 7;
	made[1].revision = made[2].revision = 8;
	assert_int_equal(store_begin(store, &error) || store_put(store, &made[0], &error) ||
				 store_put(store, &made[1], &error) ||
				 store_put(store, &made[2], &error) ||
				 store_journal_made(store, 8, &error) ||
				 store_commit(store, &error),
			 0);
	assert_int_equal(store_each_before(store, add_before, text, &error), 0);
	assert_string_equal(text, "/c 0 ;/b 0 ;");
	store_close(store);
}

/* What has no rows yet is undone by the texts in one line, which the rows' line replaces. */
static void a_pack_is_undone_newest_first(void **state)
{
	struct store_object made = object_of("/b");
	struct buffer pack = { 0 };
	struct store *store;
	char text[256] = "";
	bool fresh;

	(void)state;
	store = opened(&fresh);
	store_pack(&pack, "tunnel", "/a", "{}");
	store_pack(&pack, "tunnel", "/b", "");
	store_pack(&pack, "tunnel", "/c", "{\"a\":1}");
	made.revision = 8;
	assert_false(pack.failed);
	assert_int_equal(store_begin(store, &error) ||
				 store_journal_packed(store, 8, &pack, &error) ||
				 store_put(store, &made, &error) || store_commit(store, &error),
			 0);
	buffer_free(&pack);
	assert_int_equal(store_each_before(store, add_before, text, &error), 0);
	assert_string_equal(text, "/c 0 ;/b 0 ;/a 0 ;");
	text[0] = '\0';
	assert_int_equal(store_begin(store, &error) || store_clear_journal(store, &error) ||
				 store_journal_made(store, 8, &error) ||
				 store_commit(store, &error),
			 0);
	assert_int_equal(store_each_before(store, add_before, text, &error), 0);
	assert_string_equal(text, "/b 0 ;");
	store_close(store);
}

static int add_revision(const struct store_revision *revision, void *context,
			struct error *ignored)
{
	uint64_t *last = context;

	(void)ignored;
	assert_true(!*last || revision->revision == *last - 1);
	*last = revision->revision;
	return 0;
}

static void history_is_trimmed(void **state)
{
	struct store *store;
	uint64_t last = 0;
	bool fresh;

	(void)state;
	store = opened(&fresh);
	assert_int_equal(store_begin(store, &error), 0);
	for (uint64_t i = 1; i <= 50; i++) {
		const struct store_revision revision = { "/a", "changed", "me", "mtu", i, 0 };
		const struct store_revision other = { "/b", "changed", "me", "mtu", i, 0 };

		assert_int_equal(store_add_revision(store, &revision, &error), 0);
		if (i <= 3)
			assert_int_equal(store_add_revision(store, &other, &error), 0);
	}
	assert_int_equal(store_commit(store, &error), 0);
	assert_int_equal(store_history(store, "/a", add_revision, &last, &error), 0);
	assert_int_equal(last, 50 - STORE_REVISIONS + 1);
	last = 0;
	assert_int_equal(store_history(store, "/b", add_revision, &last, &error), 0);
	assert_int_equal(last, 1);
	store_close(store);
}

static void settings_are_set_and_unset(void **state)
{
	struct store *store;
	char value[16];
	bool fresh;

	(void)state;
	store = opened(&fresh);
	assert_int_equal(store_set(store, "held", "5 boot", &error), 0);
	assert_int_equal(store_get(store, "held", value, sizeof(value), &error), 0);
	assert_string_equal(value, "5 boot");
	assert_int_equal(store_set(store, "held", NULL, &error), 0);
	assert_int_equal(store_get(store, "held", value, sizeof(value), &error), 0);
	assert_string_equal(value, "");
	store_close(store);
}

/* ---- dying ---- */

/* In a child that ends without a word to SQLite. */
static void in_a_child(void (*run)(struct store *store))
{
	struct store *store;
	bool fresh;
	int status;
	pid_t child = fork();

	if (!child) {
		if (store_open(folder, &store, &fresh, &error))
			_exit(1);
		run(store);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

static void commit_one(struct store *store)
{
	put(store, "/committed");
}

static void begin_one(struct store *store)
{
	const struct store_object object = object_of("/begun");

	if (store_begin(store, &error) || store_put(store, &object, &error))
		_exit(1);
}

static void what_is_committed_survives_a_kill(void **state)
{
	struct store *store;
	bool fresh;

	(void)state;
	in_a_child(commit_one);
	in_a_child(begin_one);
	store = opened(&fresh);
	assert_false(fresh);
	expect_keys(store, "/committed");
	store_close(store);
}

static void a_sync_costs_nothing_without_a_commit(void **state)
{
	struct store *store;
	bool fresh;
	int before;

	(void)state;
	store = opened(&fresh);
	put(store, "/a");
	assert_int_equal(store_sync(store, false, &error), 0);
	before = syncs;
	assert_int_equal(store_sync(store, false, &error), 0);
	assert_int_equal(syncs, before);
	put(store, "/b");
	assert_int_equal(syncs, before);
	assert_int_equal(store_sync(store, false, &error), 0);
	assert_true(syncs > before);
	store_close(store);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_new_one_is_fresh_and_private),
		CASE(it_is_for_one_at_a_time),
		CASE(one_that_was_killed_may_hold_it_a_moment),
		CASE(nothing_to_check_is_said),
		CASE(an_empty_schema_is_migrated),
		CASE(what_cannot_be_trusted_is_refused),
		CASE(a_folder_that_cannot_be_written_is_said),
		CASE(an_object_comes_back_as_it_was),
		CASE(order_is_that_of_the_first_put),
		CASE(the_journal_is_read_newest_first),
		CASE(a_pack_is_undone_newest_first),
		CASE(a_revision_is_undone_newest_first),
		CASE(history_is_trimmed),
		CASE(settings_are_set_and_unset),
		CASE(what_is_committed_survives_a_kill),
		CASE(a_sync_costs_nothing_without_a_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
