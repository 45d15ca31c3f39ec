/*
 * Namespaces as objects. A namespace carries no mark: it is ours because the
 * store says so. host is nobody's to make or remove, and everybody's to set.
 */
#include <string.h>

#include "intent/type.h"
#include "netops/text.h"
#include "netops/url.h"

static const char *namespace_of(const void *record)
{
	return ((const struct namespace *)record)->name;
}

static bool namespace_is_host(const void *record)
{
	return !strcmp(namespace_of(record), NAMESPACE_HOST);
}

static void namespace_key(const void *record, char ret[ERROR_URL_SIZE])
{
	ret[0] = '\0';
	url_format(ret, "/namespaces/");
	url_escape(ret, namespace_of(record));
}

/* Here the namespace is the object, not something that one needs. */
static int namespace_absent(struct error *error)
{
	if (error->kind == ERROR_MISSING)
		error->kind = ERROR_ABSENT;
	return -1;
}

static int namespace_find(struct netops *netops, const void *wanted, bool whole, void *ret,
			  struct error *error)
{
	(void)whole;
	return namespace_read(netops, namespace_of(wanted), ret, error) ?
		       namespace_absent(error) :
		       0;
}

static int namespace_make(struct netops *netops, void *wanted, void *ret, struct error *error)
{
	if (!namespace_create(netops, wanted, error))
		return namespace_read(netops, namespace_of(wanted), ret, error);
	if (error->kind == ERROR_EXISTS)
		namespace_key(wanted, error->conflict);
	return -1;
}

static int namespace_alter(struct netops *netops, void *current, void *wanted, bool recreate,
			   void *ret, struct error *error)
{
	(void)recreate;
	if (namespace_change(netops, current, wanted, error))
		return -1;
	return namespace_read(netops, namespace_of(wanted), ret, error);
}

static int namespace_remove(struct netops *netops, const void *actual, struct error *error)
{
	return namespace_delete(netops, namespace_of(actual), error) ? namespace_absent(error) :
								       0;
}

static int namespace_clear_away(struct netops *netops, const void *wanted, struct error *error)
{
	(void)netops;
	return namespace_sweep(namespace_of(wanted), error);
}

static int namespace_need_ours(const void *actual, bool foreign_too, struct error *error)
{
	if (foreign_too || namespace_is_host(actual))
		return 0;
	namespace_key(actual, error->conflict);
	return error_set(error, ERROR_REFUSED,
			 "namespace \"%.64s\" was not made here; \"?foreign=true\" insists",
			 namespace_of(actual));
}

static void namespace_gives(const void *record, intent_place_hook *hook, void *context)
{
	hook(&(struct intent_place){ namespace_of(record), "", false }, context);
}

static void namespace_rename(void *wanted,
			     const char *(*map)(const char *namespace, void *context),
			     void *context)
{
	struct namespace *namespace = wanted;

	text_copy(namespace->name, sizeof(namespace->name), map(namespace->name, context));
}

const struct intent_type intent_namespace = {
	.name = "namespace",
	.collection = "namespaces",
	.rank = INTENT_RANK_NAMESPACE,
	.size = sizeof(struct namespace),
	.namespace = namespace_of,
	.key = namespace_key,
	.rename = namespace_rename,
	.find = namespace_find,
	.create = namespace_make,
	.change = namespace_alter,
	.remove = namespace_remove,
	.sweep = namespace_clear_away,
	.is_ours = namespace_is_host,
	.need_ours = namespace_need_ours,
	.gives = namespace_gives,
};
