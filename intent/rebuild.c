/*
 * When the store is lost: what carries our mark in the kernel is taken over as
 * it is. Namespaces carry none. Where another agent of this machine holds the
 * marks, they are its.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "intent/intent_private.h"
#include "netops/url.h"

/* An abstract name is one per network namespace, and goes with the process. */
static bool rebuild_claim(struct intent *intent)
{
	static const char name[] = "\0tunneld-marks";
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, name, sizeof(name) - 1);
	intent->claim_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return intent->claim_fd >= 0 &&
	       !bind(intent->claim_fd, (struct sockaddr *)&address,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof(name) - 1));
}

struct rebuilding {
	struct intent *intent;
	const struct intent_type *type;
	bool has;
};

static const struct intent_type *rebuild_type(const struct intent_type *type,
					      const void *actual)
{
	char key[ERROR_URL_SIZE];

	type->key(actual, key);
	return type == &intent_link && !strncmp(key, "/tunnels/", 9) ? &intent_tunnel : type;
}

static void rebuild_on_link(const struct intent_place *place, void *context)
{
	struct rebuilding *rebuilding = context;
	static const char *const views[] = { "/links/", "/tunnels/" };
	char key[ERROR_URL_SIZE];

	for (int i = 0; i < 2 && place->link[0]; i++) {
		key[0] = '\0';
		url_format(key, "%s", views[i]);
		url_escape(key, place->namespace);
		url_format(key, "/");
		url_escape(key, place->link);
		rebuilding->has |= table_find(&rebuilding->intent->table, key) != NULL;
	}
}

/* The addresses of a link that is taken over are its members. */
static bool rebuild_has(struct rebuilding *rebuilding, const struct intent_type *type,
			const void *actual)
{
	char key[ERROR_URL_SIZE];

	type->key(actual, key);
	rebuilding->has = table_find(&rebuilding->intent->table, key) != NULL;
	if (type->rank == INTENT_RANK_ADDRESS)
		type->needs(actual, rebuild_on_link, rebuilding);
	return rebuilding->has;
}

static int rebuild_put(struct intent *intent, const struct intent_type *type,
		       const void *actual, const char *document, struct error *error)
{
	char key[ERROR_URL_SIZE];
	struct store_object object = { .key = key,
				       .type = type->name,
				       .owner = INTENT_DEFAULT_OWNER,
				       .labels = "",
				       .document = document,
				       .revision = intent->revision,
				       .created_ms = intent_epoch() };
	struct intent_object *added;

	type->key(actual, key);
	if (store_put(intent->store, &object, error))
		return -1;
	pthread_mutex_lock(&intent->mutex);
	added = table_add(&intent->table, type, key);
	if (added)
		added->state = INTENT_PENDING;
	pthread_mutex_unlock(&intent->mutex);
	return added ? wanted_set(intent, added, &object, NULL, error) :
		       error_errno(error, ENOMEM, "taking over what carries our mark");
}

static int rebuild_take(void *actual, void *context, struct error *error)
{
	struct rebuilding *rebuilding = context;
	struct intent *intent = rebuilding->intent;
	const struct intent_documents *documents = &intent->settings.documents;
	const struct intent_type *type = rebuild_type(rebuilding->type, actual);
	struct buffer text = { 0 };
	INTENT_RECORD(whole, type);
	int result = 0;

	if (!type->is_ours(actual) || rebuild_has(rebuilding, type, actual) ||
	    type->find(intent->settings.netops, actual, true, whole.bytes, error)) {
		error_clear(error);
		return 0;
	}
	if (documents->show(documents->context, type, whole.bytes, false, true, &text, error)) {
		error_clear(error);
		buffer_free(&text);
		return 0;
	}
	buffer_append(&text, "", 1);
	if (!text.failed)
		result = rebuild_put(intent, type, whole.bytes, text.data, error);
	buffer_free(&text);
	return result;
}

static int rebuild_namespace(const char *namespace, void *context, struct error *error)
{
	struct intent *intent = context;

	for (int i = 0; intent_types[i]; i++) {
		struct rebuilding rebuilding = { intent, intent_types[i], false };

		if (intent_types[i]->list &&
		    intent_types[i]->list(intent->settings.netops, namespace, rebuild_take,
					  &rebuilding, error)) {
			if (error->kind != ERROR_MISSING)
				return -1;
			error_clear(error);
		}
	}
	return 0;
}

int rebuild_from_marks(struct intent *intent, struct error *error)
{
	bool claimed = rebuild_claim(intent);
	char filled[8];

	if (store_get(intent->store, "filled", filled, sizeof(filled), error))
		return -1;
	if (filled[0] && !intent->fresh)
		return 0;
	if (!intent->revision)
		intent->revision = 1;
	if (store_begin(intent->store, error))
		return -1;
	/* One that died before it had filled its new store has not done so. */
	if ((!claimed || !namespace_list(rebuild_namespace, intent, error)) &&
	    !store_set(intent->store, "filled", "1", error))
		return store_commit(intent->store, error);
	store_rollback(intent->store);
	return -1;
}
