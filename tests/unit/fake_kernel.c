/* One list of objects by key; the types differ in how a record makes a key. */
#include "tests/unit/fake_kernel.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "intent/store.h"
#include "netops/link.h"
#include "netops/netops.h"
#include "netops/route.h"
#include "netops/text.h"

enum { OBJECTS = 64 };

static struct fake_object {
	char key[96];
	char device[IFNAMSIZ];
	uint32_t value;
	bool ours;
} objects[OBJECTS];

struct fake_fault fake_fault;
int64_t fake_now_ms;
char fake_log[8192];
unsigned int fake_commits_fail;
static unsigned int changes;

static struct fake_object *look(const char *key)
{
	for (int i = 0; i < OBJECTS; i++) {
		if (!strcmp(objects[i].key, key))
			return &objects[i];
	}
	return NULL;
}

void fake_reset(void)
{
	memset(objects, 0, sizeof(objects));
	fake_fault = (struct fake_fault){ 0 };
	fake_log[0] = '\0';
	fake_now_ms = 1000000;
	fake_commits_fail = 0;
}

bool fake_has(const char *key)
{
	return look(key) != NULL;
}

unsigned int fake_count(void)
{
	unsigned int count = 0;

	for (int i = 0; i < OBJECTS; i++)
		count += objects[i].key[0] != '\0';
	return count;
}

uint32_t fake_value(const char *key)
{
	return look(key) ? look(key)->value : 0;
}

void fake_set(const char *key, uint32_t value, bool ours)
{
	struct fake_object *object = look(key) ? look(key) : look("");

	assert_non_null(object);
	(void)text_copy(object->key, sizeof(object->key), key);
	object->value = value;
	object->ours = ours;
}

/* With a namespace goes what is in it, with a link what is on it. */
void fake_take(const char *key)
{
	char inside[2][128] = { "", "" };

	if (!strncmp(key, "/namespaces/", 12)) {
		snprintf(inside[0], sizeof(inside[0]), "/links/%s/", key + 12);
		snprintf(inside[1], sizeof(inside[1]), "/routes/%s/", key + 12);
	}
	for (int i = 0; i < OBJECTS; i++) {
		for (int j = 0; j < 2; j++) {
			if (inside[j][0] &&
			    !strncmp(objects[i].key, inside[j], strlen(inside[j])))
				memset(&objects[i], 0, sizeof(objects[i]));
		}
		if (!strcmp(objects[i].key, key))
			memset(&objects[i], 0, sizeof(objects[i]));
	}
}

/* ---- faults ---- */

static int broken(struct error *error)
{
	fake_fault.times--;
	if (fake_fault.number)
		return error_errno(error, fake_fault.number, "a fault");
	return error_set(error, fake_fault.kind, "a fault");
}

/* -1: the call fails before it does anything. */
static int called(enum fake_call call, const char *key, struct error *error)
{
	static const char *const words[] = { "find", "create", "change", "remove", "list" };
	size_t length = strlen(fake_log);

	if (call == FAKE_CREATE || call == FAKE_CHANGE || call == FAKE_REMOVE)
		snprintf(fake_log + length, sizeof(fake_log) - length, "%s %s;", words[call],
			 key);
	if (!fake_fault.times || fake_fault.call != call ||
	    (fake_fault.key && strcmp(fake_fault.key, key)))
		return 0;
	if (fake_fault.hook)
		fake_fault.hook();
	return fake_fault.done ? 0 : broken(error);
}

static int came_back(enum fake_call call, const char *key, struct error *error)
{
	bool hit = fake_fault.times && fake_fault.done && fake_fault.call == call &&
		   (!fake_fault.key || !strcmp(fake_fault.key, key));

	return hit ? broken(error) : 0;
}

/* ---- records ---- */

static bool is_link(const struct intent_type *type)
{
	return type == &intent_link;
}

static const char *record_device(const struct intent_type *type, const void *record)
{
	return is_link(type)	     ? ((const struct link *)record)->options.master.name :
	       type == &intent_route ? ((const struct route *)record)->options.device.name :
				       "";
}

static uint32_t record_value(const struct intent_type *type, const void *record)
{
	return is_link(type)	     ? ((const struct link *)record)->options.mtu :
	       type == &intent_route ? ((const struct route *)record)->options.metric :
				       1;
}

static void record_set(const struct intent_type *type, const struct fake_object *object,
		       void *ret)
{
	struct link *link = ret;
	struct route *route = ret;

	if (is_link(type)) {
		link->options.mtu = object->value;
		link->status.group = object->ours ? OWNED_GROUP : 0;
		link->status.index = (uint32_t)(object - objects) + 1;
		memcpy(link->options.master.name, object->device, sizeof(object->device));
	} else if (type == &intent_route) {
		route->options.metric = object->value;
		route->options.protocol = object->ours ? 116 : 4;
		memcpy(route->options.device.name, object->device, sizeof(object->device));
	}
}

static int place_missing(const char *namespace, const char *device, struct error *error)
{
	char key[96];

	snprintf(key, sizeof(key), "/namespaces/%s", namespace);
	if (!look(key))
		return error_set(error, ERROR_MISSING, "there is no %s", key);
	snprintf(key, sizeof(key), "/links/%s/%s", namespace, device);
	return device[0] && !look(key) ?
		       error_set(error, ERROR_MISSING, "there is no %s", key) :
		       0;
}

/* ---- calls, of any type ---- */

static int any_find(const struct intent_type *type, const void *wanted, void *ret,
		    struct error *error)
{
	char key[ERROR_URL_SIZE];

	type->key(wanted, key);
	if (called(FAKE_FIND, key, error))
		return -1;
	if (!look(key))
		return error_set(error, ERROR_ABSENT, "there is none");
	memcpy(ret, wanted, type->size);
	record_set(type, look(key), ret);
	return 0;
}

static int any_create(const struct intent_type *type, const void *wanted, void *ret,
		      struct error *error)
{
	const char *device = record_device(type, wanted);
	char key[ERROR_URL_SIZE];

	type->key(wanted, key);
	if (called(FAKE_CREATE, key, error) ||
	    (type != &intent_namespace &&
	     place_missing(type->namespace(wanted), device, error)))
		return -1;
	if (look(key))
		return error_set(error, ERROR_EXISTS, "it is there");
	fake_set(key, record_value(type, wanted), true);
	(void)text_copy(look(key)->device, IFNAMSIZ, device);
	changes++;
	memcpy(ret, wanted, type->size);
	record_set(type, look(key), ret);
	return came_back(FAKE_CREATE, key, error);
}

static int any_change(const struct intent_type *type, const void *current, const void *wanted,
		      void *ret, struct error *error)
{
	char key[ERROR_URL_SIZE];

	type->key(wanted, key);
	if (record_value(type, current) != record_value(type, wanted)) {
		if (called(FAKE_CHANGE, key, error))
			return -1;
		look(key)->value = record_value(type, wanted);
		changes++;
	}
	memcpy(ret, wanted, type->size);
	if (look(key))
		record_set(type, look(key), ret);
	return came_back(FAKE_CHANGE, key, error);
}

static int any_remove(const struct intent_type *type, const void *actual, struct error *error)
{
	char key[ERROR_URL_SIZE];

	type->key(actual, key);
	if (called(FAKE_REMOVE, key, error))
		return -1;
	if (!look(key))
		return error_set(error, ERROR_ABSENT, "there is none");
	fake_take(key);
	changes++;
	return came_back(FAKE_REMOVE, key, error);
}

static int any_list(const struct intent_type *type, const char *namespace,
		    intent_record_hook *hook, void *context, struct error *error)
{
	char start[96];
	int result = called(FAKE_LIST, namespace, error);

	snprintf(start, sizeof(start), "/%s/%s/", type->collection, namespace);
	for (int i = 0; i < OBJECTS && !result; i++) {
		INTENT_RECORD(record, type);

		if (strncmp(objects[i].key, start, strlen(start)))
			continue;
		if (is_link(type)) {
			struct link *link = (void *)record.bytes;

			(void)text_copy(link->namespace, sizeof(link->namespace), namespace);
			(void)text_copy(link->name, sizeof(link->name),
					objects[i].key + strlen(start));
		} else {
			struct route *route = (void *)record.bytes;

			(void)text_copy(route->namespace, sizeof(route->namespace), namespace);
			route->options.table = (uint32_t)atoi(objects[i].key + strlen(start));
		}
		record_set(type, &objects[i], record.bytes);
		result = hook(record.bytes, context, error);
	}
	return result;
}

/* ---- types ---- */

static const char *namespace_of(const void *record)
{
	return ((const struct namespace *)record)->name;
}

static void fake_namespace_key(const void *record, char ret[ERROR_URL_SIZE])
{
	snprintf(ret, ERROR_URL_SIZE, "/namespaces/%s", namespace_of(record));
}

static const char *link_namespace(const void *record)
{
	return ((const struct link *)record)->namespace;
}

static void fake_link_key(const void *record, char ret[ERROR_URL_SIZE])
{
	snprintf(ret, ERROR_URL_SIZE, "/links/%s/%s", link_namespace(record),
		 ((const struct link *)record)->name);
}

static bool link_ours(const void *actual)
{
	return ((const struct link *)actual)->status.group == OWNED_GROUP;
}

static const char *route_namespace(const void *record)
{
	return ((const struct route *)record)->namespace;
}

static void fake_route_key(const void *record, char ret[ERROR_URL_SIZE])
{
	snprintf(ret, ERROR_URL_SIZE, "/routes/%s/%u", route_namespace(record),
		 ((const struct route *)record)->options.table);
}

static bool route_ours(const void *actual)
{
	return ((const struct route *)actual)->options.protocol == 116;
}

static bool nobodys(const void *actual)
{
	(void)actual;
	return false;
}

static int refuse(const void *actual, bool foreign_too, struct error *error)
{
	(void)actual;
	return foreign_too ? 0 : error_set(error, ERROR_REFUSED, "not ours");
}

static void namespace_gives(const void *record, intent_place_hook *hook, void *context)
{
	hook(&(struct intent_place){ namespace_of(record), "", false }, context);
}

static void link_gives(const void *record, intent_place_hook *hook, void *context)
{
	hook(&(struct intent_place){ link_namespace(record),
				     ((const struct link *)record)->name, false },
	     context);
}

static void link_needs(const void *record, intent_place_hook *hook, void *context)
{
	const char *device = record_device(&intent_link, record);

	hook(&(struct intent_place){ link_namespace(record), "", false }, context);
	if (device[0])
		hook(&(struct intent_place){ link_namespace(record), device, false }, context);
}

static void route_needs(const void *record, intent_place_hook *hook, void *context)
{
	const char *device = record_device(&intent_route, record);

	hook(&(struct intent_place){ route_namespace(record), "", false }, context);
	if (device[0])
		hook(&(struct intent_place){ route_namespace(record), device, false }, context);
}

/* The calls of one type, which say which it is. */
#define CALLS(prefix, type)                                                                    \
	static int fake_##prefix##_find(struct netops *netops, const void *wanted, bool whole, \
					void *ret, struct error *error)                        \
	{                                                                                      \
		(void)netops;                                                                  \
		(void)whole;                                                                   \
		return any_find(&(type), wanted, ret, error);                                  \
	}                                                                                      \
	static int fake_##prefix##_create(struct netops *netops, void *wanted, void *ret,      \
					  struct error *error)                                 \
	{                                                                                      \
		(void)netops;                                                                  \
		return any_create(&(type), wanted, ret, error);                                \
	}                                                                                      \
	static int fake_##prefix##_change(struct netops *netops, void *current, void *wanted,  \
					  bool recreate, void *ret, struct error *error)       \
	{                                                                                      \
		(void)netops;                                                                  \
		(void)recreate;                                                                \
		return any_change(&(type), current, wanted, ret, error);                       \
	}                                                                                      \
	static int fake_##prefix##_remove(struct netops *netops, const void *actual,           \
					  struct error *error)                                 \
	{                                                                                      \
		(void)netops;                                                                  \
		return any_remove(&(type), actual, error);                                     \
	}                                                                                      \
	static int fake_##prefix##_list(struct netops *netops, const char *namespace,          \
					intent_record_hook *hook, void *context,               \
					struct error *error)                                   \
	{                                                                                      \
		(void)netops;                                                                  \
		return any_list(&(type), namespace, hook, context, error);                     \
	}
CALLS(namespace, intent_namespace)
CALLS(link, intent_link)
CALLS(route, intent_route)

#define TYPE(prefix, one, many, at, of, whose)                                           \
	{                                                                                \
		.name = one, .collection = many, .rank = at, .size = sizeof(of),         \
		.key = fake_##prefix##_key, .find = fake_##prefix##_find,                \
		.create = fake_##prefix##_create, .change = fake_##prefix##_change,      \
		.remove = fake_##prefix##_remove, .is_ours = whose, .need_ours = refuse, \
		.list = fake_##prefix##_list,
const struct intent_type intent_namespace = TYPE(namespace, "namespace", "namespaces",
						 INTENT_RANK_NAMESPACE, struct namespace,
						 nobodys)
						    .namespace = namespace_of,
			 .gives = namespace_gives,
}
;
const struct intent_type intent_link = TYPE(link, "link", "links", INTENT_RANK_LINK,
					    struct link, link_ours)
					       .namespace = link_namespace,
			 .gives = link_gives, .needs = link_needs,
}
;
const struct intent_type intent_route = TYPE(route, "route", "routes", INTENT_RANK_ROUTE,
					     struct route, route_ours)
						.namespace = route_namespace,
			 .needs = route_needs,
}
;
/* Nothing is of these. */
const struct intent_type intent_tunnel = { .name = "tunnel", .rank = INTENT_RANK_LINK };
static int none(struct netops *netops, const char *namespace, intent_record_hook *hook,
		void *context, struct error *error)
{
	(void)netops;
	(void)namespace;
	(void)hook;
	(void)context;
	(void)error;
	return 0;
}
const struct intent_type intent_address = { .name = "address",
					    .rank = INTENT_RANK_ADDRESS,
					    .list = none };

const struct intent_type *const intent_types[] = { &intent_namespace, &intent_link,
						   &intent_route, NULL };

const struct intent_type *intent_type_find(const char *name)
{
	const struct intent_type *const *type = intent_types;

	while (*type && strcmp((*type)->name, name))
		type++;
	return *type;
}

/* ---- documents ---- */

static int documents_read(void *context, const struct intent_type *type, const char *document,
			  const void *current, void *ret, struct error *error)
{
	char namespace[32] = "", name[16] = "", device[16] = "-";
	struct namespace *space = ret;
	struct link *link = ret;
	struct route *route = ret;
	unsigned int value = 0;

	(void)context;
	(void)current;
	(void)error;
	sscanf(document, "%31s %15s %u %15s", namespace, name, &value, device);
	if (type == &intent_namespace) {
		strcpy(space->name, namespace);
	} else if (type == &intent_link) {
		strcpy(link->namespace, namespace);
		strcpy(link->name, name);
		link->options.mtu = value;
		strcpy(link->options.master.name, device[0] == '-' ? "" : device);
	} else {
		strcpy(route->namespace, namespace);
		route->options.table = (uint32_t)atoi(name);
		route->options.metric = value;
		strcpy(route->options.device.name, device[0] == '-' ? "" : device);
	}
	return 0;
}

static int documents_show(void *context, const struct intent_type *type, const void *actual,
			  bool steady, bool whole, struct buffer *ret, struct error *error)
{
	const char *device = record_device(type, actual);
	const struct link *link = actual;
	const struct route *route = actual;

	(void)context;
	(void)steady;
	(void)whole;
	(void)error;
	buffer_format(ret, "%s", type->namespace(actual));
	if (type == &intent_link)
		buffer_format(ret, " %s", link->name);
	if (type == &intent_route)
		buffer_format(ret, " %u", route->options.table);
	if (type != &intent_namespace)
		buffer_format(ret, " %u %s", record_value(type, actual),
			      device[0] ? device : "-");
	return 0;
}

static int documents_overlay(void *context, const char *shown, const char *document,
			     struct buffer *ret, struct error *error)
{
	(void)context;
	(void)shown;
	(void)error;
	buffer_format(ret, "%s", document);
	return 0;
}

static bool documents_same(void *context, const char *one, const char *other)
{
	(void)context;
	return !strcmp(one, other);
}

static char *documents_keep(void *context, const char *document, const char *old)
{
	(void)context;
	(void)old;
	return strdup(document);
}

static char *documents_differences(void *context, const char *one, const char *other)
{
	(void)context;
	(void)one;
	(void)other;
	return strdup("value");
}

const struct intent_documents fake_documents = { .read = documents_read,
						 .show = documents_show,
						 .same = documents_same,
						 .keep = documents_keep,
						 .differences = documents_differences,
						 .overlay = documents_overlay };

/* ---- what else is replaced ---- */

unsigned int __wrap_netops_changes(const struct netops *netops);
unsigned int __wrap_netops_changes(const struct netops *netops)
{
	(void)netops;
	return changes;
}

int __wrap_namespace_list(namespace_each *each, void *context, struct error *error);
int __wrap_namespace_list(namespace_each *each, void *context, struct error *error)
{
	int result = 0;

	for (int i = 0; i < OBJECTS && !result; i++) {
		if (!strncmp(objects[i].key, "/namespaces/", 12))
			result = each(objects[i].key + 12, context, error);
	}
	return result;
}

int64_t __wrap_intent_clock(void);
int64_t __wrap_intent_clock(void)
{
	return fake_now_ms;
}

int __real_store_commit(struct store *store, struct error *error);
int __wrap_store_commit(struct store *store, struct error *error);
int __wrap_store_commit(struct store *store, struct error *error)
{
	if (!fake_commits_fail)
		return __real_store_commit(store, error);
	fake_commits_fail--;
	store_rollback(store);
	return error_set(error, ERROR_INTERNAL, "writing the store: disk I/O error");
}
