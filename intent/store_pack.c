/*
 * The journal of a change that makes many: one line with all their texts, from which they
 * can be undone before they have rows of their own. The texts stand in one blob, each with its NUL, since
 * neither keys nor documents can have one.
 */
#include <errno.h>
#include <string.h>

#include "intent/store_private.h"

void store_pack(struct buffer *pack, const char *type, const char *key, const char *document)
{
	const char *const texts[] = { type, key, document };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		buffer_append(pack, texts[i], strlen(texts[i]) + 1);
}

int store_journal_packed(struct store *store, uint64_t revision, const struct buffer *pack,
			 struct error *error)
{
	sqlite3_stmt *statement = store->statements[STORE_JOURNAL_PACKED];
	int result;

	sqlite3_bind_blob64(statement, 1, pack->data, pack->length, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, (int64_t)revision);
	result = sqlite3_step(statement);
	if (result != SQLITE_DONE)
		store_failed(store, "writing", error);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return result == SQLITE_DONE ? 0 : -1;
}

/* Where the text begins that ends before end. */
static const char *store_pack_back(const char *begin, const char *end)
{
	const char *text = end - 1;

	while (text > begin && text[-1])
		text--;
	return text;
}

/* The last of them first. */
static int store_unpack(const struct buffer *pack, store_before_hook *hook, void *context,
			struct error *error)
{
	struct store_before before = { .object = { .owner = "", .labels = "" }, .shown = "" };
	const char *at = pack->data + pack->length;
	int result = 0;

	while (!result && pack->length && at > pack->data) {
		before.object.document = at = store_pack_back(pack->data, at);
		before.object.key = at = store_pack_back(pack->data, at);
		before.object.type = at = store_pack_back(pack->data, at);
		result = hook(&before, context, error);
	}
	return result;
}

/* What is walked is a copy: the hook may write into the store. */
static int store_take_pack(struct store *store, struct buffer *ret, struct error *error)
{
	sqlite3_stmt *statement = store->statements[STORE_EACH_PACKED];
	int result = sqlite3_step(statement);

	if (result == SQLITE_ROW)
		buffer_append(ret, sqlite3_column_blob(statement, 0),
			      (size_t)sqlite3_column_bytes(statement, 0));
	else if (result != SQLITE_DONE)
		store_failed(store, "reading", error);
	sqlite3_reset(statement);
	if (ret->failed)
		return error_errno(error, ENOMEM, "reading the journal");
	return result == SQLITE_ROW || result == SQLITE_DONE ? 0 : -1;
}

int store_each_packed(struct store *store, store_before_hook *hook, void *context,
		      struct error *error)
{
	struct buffer pack = { 0 };
	int result = store_take_pack(store, &pack, error);

	if (!result)
		result = store_unpack(&pack, hook, context, error);
	buffer_free(&pack);
	return result;
}
