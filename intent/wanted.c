/* One object that is wanted: its texts, what it needs, its state. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intent/changes.h"
#include "intent/intent_private.h"
#include "netops/hash_set.h"
#include "netops/link.h"
#include "netops/route.h"
#include "netops/text.h"

void place_text(const struct intent_place *place, char *ret, size_t size)
{
	const size_t length = strnlen(place->namespace, size - 1);
	char *end = mempcpy(ret, place->namespace, length);

	*end = '\0';
	if (!place->link[0] || size - length < 2)
		return;
	*end++ = '/';
	(void)text_copy(end, size - length - 1, place->link);
}

struct wanted_collecting {
	char *needs[INTENT_NEEDS + 1];
	size_t count;
	bool failed;
};

static void wanted_collect(const struct intent_place *place, void *context)
{
	struct wanted_collecting *collecting = context;
	char text[PLACE_SIZE];

	if (place->soft)
		return;
	place_text(place, text, sizeof(text));
	for (size_t i = 0; i < collecting->count; i++) {
		if (!strcmp(collecting->needs[i], text))
			return;
	}
	if (collecting->count == INTENT_NEEDS)
		return;
	collecting->needs[collecting->count] = strdup(text);
	if (collecting->needs[collecting->count])
		collecting->count++;
	else
		collecting->failed = true;
}

static void wanted_take_needs(struct intent_object *object,
			      struct wanted_collecting *collecting)
{
	char **needs = calloc(collecting->count + 1, sizeof(*needs));

	for (char **need = object->needs; need && *need; need++)
		free(*need);
	free(object->needs);
	object->needs = needs;
	for (size_t i = 0; i < collecting->count; i++) {
		if (needs)
			needs[i] = collecting->needs[i];
		else
			free(collecting->needs[i]);
	}
}

/* The other end of a veth has a URL of its own. */
static int wanted_name_other(struct intent *intent, struct intent_object *object,
			     const void *record)
{
	const struct link *peer = object->type->rank == INTENT_RANK_LINK ?
					  ((const struct link *)record)->peer :
					  NULL;
	char key[ERROR_URL_SIZE];

	free(object->other_namespace);
	object->other_namespace = NULL;
	if (!peer)
		return table_set_other(&intent->table, object, NULL);
	if (!table_set_text(&object->other_namespace, peer->namespace))
		return -1;
	object->type->key(peer, key);
	return table_set_other(&intent->table, object, key);
}

static int wanted_no_memory(struct error *error)
{
	return error_errno(error, ENOMEM, "keeping an object");
}

/* The reading is done before the lock is taken. */
static int wanted_learn(struct intent *intent, struct intent_object *object, const void *record,
			const char *namespace, struct error *error)
{
	struct wanted_collecting collecting = { .count = 0 };
	int result;

	if (object->type->needs)
		object->type->needs(record, wanted_collect, &collecting);
	pthread_mutex_lock(&intent->mutex);
	wanted_take_needs(object, &collecting);
	result = !table_set_text(&object->namespace, namespace) ||
		 wanted_name_other(intent, object, record) || collecting.failed;
	pthread_mutex_unlock(&intent->mutex);
	return result ? wanted_no_memory(error) : 0;
}

static bool wanted_set_texts(struct intent_object *object, const struct store_object *wanted)
{
	return table_set_text(&object->owner, wanted->owner) &&
	       table_set_text(&object->labels, wanted->labels) &&
	       table_set_text(&object->document, wanted->document);
}

int wanted_set(struct intent *intent, struct intent_object *object,
	       const struct store_object *wanted, const void *record, struct error *error)
{
	const struct intent_documents *documents = &intent->settings.documents;
	bool done;

	pthread_mutex_lock(&intent->mutex);
	done = wanted_set_texts(object, wanted);
	object->revision = wanted->revision;
	object->created_ms = wanted->created_ms;
	object->may_wait = wanted->may_wait;
	object->tag = object->other_tag = 0;
	object->suspect = true;
	pthread_mutex_unlock(&intent->mutex);
	if (!done)
		return wanted_no_memory(error);
	if (record)
		return wanted_learn(intent, object, record, object->type->namespace(record),
				    error);
	INTENT_RECORD(read, object->type);
	if (documents->read(documents->context, object->type, object->document, NULL,
			    read.bytes, error))
		return -1;
	return wanted_learn(intent, object, read.bytes, object->type->namespace(read.bytes),
			    error);
}

int wanted_deletion(const struct intent_object *object, struct intent_step *ret,
		    struct error *error)
{
	*ret = (struct intent_step){ .action = INTENT_DELETE, .type = object->type };
	return intent_step_name(ret, object->key, error);
}

struct store_object wanted_stored(const struct intent_object *object)
{
	return (struct store_object){ .key = object->key,
				      .type = object->type->name,
				      .owner = object->owner,
				      .labels = object->labels,
				      .document = object->document,
				      .revision = object->revision,
				      .created_ms = object->created_ms,
				      .may_wait = object->may_wait };
}

/* A sentence even where only members were told, or only an errno. */
static void wanted_explain(const struct error *why, char *ret, size_t size)
{
	const struct error_member *first = &why->members[0];

	if (why->detail[0])
		snprintf(ret, size, "%s", why->detail);
	else if (why->member_count)
		snprintf(ret, size, "%s: %s", first->pointer, first->detail);
	else
		snprintf(ret, size, "%s", error_words(why->number));
}

enum intent_state wanted_state_of(const struct error *error)
{
	switch (error->kind) {
	case ERROR_MISSING:
	case ERROR_ABSENT:
		return INTENT_PENDING;
	case ERROR_INVALID:
		/* What the kernel holds against a member may pass: a gateway that is not reached. */
		return error->number ? INTENT_RETRYING : INTENT_FAILED;
	case ERROR_UNSUPPORTED:
	case ERROR_MALFORMED:
	case ERROR_TOO_LARGE:
		return INTENT_FAILED;
	default:
		return INTENT_RETRYING;
	}
}

bool wanted_may_come(const struct error *error)
{
	bool all = error->kind == ERROR_INVALID && error->member_count > 0;

	for (unsigned int i = 0; i < error->member_count && i < ERROR_MEMBERS; i++)
		all = all && (!strcmp(error->members[i].code, "unreachable") ||
			      !strcmp(error->members[i].code, "down"));
	return all || wanted_state_of(error) == INTENT_PENDING;
}

void wanted_set_state(struct intent *intent, struct intent_object *object,
		      enum intent_state state, const struct error *why)
{
	static const enum event_type types[INTENT_STATES] = {
		[INTENT_APPLIED] = EVENT_APPLIED,
		[INTENT_PENDING] = EVENT_PENDING,
		[INTENT_RETRYING] = EVENT_RETRYING,
		[INTENT_FAILED] = EVENT_FAILED,
	};
	char reason[512] = "";
	bool changed;

	if (why)
		wanted_explain(why, reason, sizeof(reason));
	pthread_mutex_lock(&intent->mutex);
	changed = state != object->state ||
		  strcmp(object->reason ? object->reason : "", reason) != 0;
	if (state != object->state)
		object->since_ms = intent_epoch();
	object->state = state;
	object->number = why ? why->number : 0;
	(void)table_set_text(&object->reason, reason);
	(void)table_set_text(&object->words, why ? why->kernel : "");
	pthread_mutex_unlock(&intent->mutex);
	if (changed)
		wanted_tell(intent, object, types[state], reason);
	else if (why)
		wanted_touch(intent, object);
}

uint64_t wanted_tag(struct intent *intent, const struct intent_type *type, const void *actual)
{
	const struct intent_documents *documents = &intent->settings.documents;
	uint64_t hash = 0;
	struct buffer text = { 0 };
	struct error ignored;

	if (type->tag)
		return type->tag(actual);
	error_clear(&ignored);
	if (!documents->show(documents->context, type, actual, true, false, &text, &ignored) &&
	    !text.failed)
		hash = hash_of(text.data, text.length, 0);
	buffer_free(&text);
	return hash;
}

static void wanted_note_device(struct intent_object *object, const struct route *route)
{
	char text[PLACE_SIZE];

	if (!ROUTE_GIVEN(route, device) || !route->options.device.name[0])
		return;
	place_text(
		&(struct intent_place){ route->namespace, route->options.device.name, false },
		text, sizeof(text));
	(void)table_set_text(&object->via, text);
}

void wanted_settle(struct intent *intent, struct intent_object *object, void *actual)
{
	object->tag = wanted_tag(intent, object->type, actual);
	object->tries = 0;
	object->try_at_ms = 0;
	object->suspect = object->eager = object->broken = false;
	switch (object->type->rank) {
	case INTENT_RANK_NAMESPACE:
		object->cookie = ((const struct namespace *)actual)->cookie;
		break;
	case INTENT_RANK_LINK:
		object->index = ((const struct link *)actual)->status.index;
		object->mtu = ((const struct link *)actual)->options.mtu;
		break;
	case INTENT_RANK_ROUTE:
		wanted_note_device(object, actual);
		break;
	case INTENT_RANK_ADDRESS:
	case INTENT_RANK_RULE:
	case INTENT_RANK_NEIGHBOR:
	case INTENT_RANKS:
		break;
	}
}

/* The object's own URL and, of a veth, that of the other end. */
static void wanted_each_url(const struct intent_type *type, const char *key, const void *record,
			    struct changes *changes,
			    void (*hook)(struct changes *changes, const char *url))
{
	const struct link *peer = type->rank == INTENT_RANK_LINK && record ?
					  ((const struct link *)record)->peer :
					  NULL;
	char other[ERROR_URL_SIZE];

	/* Of our own routes and neighbours the kernel tells us nothing anyway. */
	if (!changes || type->rank == INTENT_RANK_ROUTE || type->rank == INTENT_RANK_NEIGHBOR)
		return;
	hook(changes, key);
	if (!peer)
		return;
	type->key(peer, other);
	hook(changes, other);
}

void wanted_own(struct intent *intent, const struct intent_type *type, const char *key,
		const void *record)
{
	wanted_each_url(type, key, record, intent->settings.changes, changes_own);
}

void wanted_own_end(struct intent *intent)
{
	if (intent->settings.changes)
		changes_own_end(intent->settings.changes);
}

void wanted_doom(struct intent *intent, const struct intent_type *type, const char *key,
		 const void *record)
{
	wanted_each_url(type, key, record, intent->settings.changes, changes_doom);
}

void wanted_doom_end(struct intent *intent)
{
	if (intent->settings.changes)
		changes_doom_end(intent->settings.changes);
}
