/*
 * A pass: what the kernel has in some namespaces is listed, rank after rank, and
 * compared with what it had when it was last found right. Only what differs, or
 * is not there, is looked at closely and made right.
 *
 * Each rank waits for the one before it: a link that comes up again gets its
 * addresses and routes back in the same pass. Within a rank those that stand on
 * others of it are tried again as long as anything gets better.
 */
#include <stdlib.h>
#include <string.h>

#include "intent/changes.h"
#include "intent/intent_private.h"

struct pass {
	struct intent *intent;
	bool all;	   /* every namespace */
	bool look_closely; /* also at what seems right */
	bool blind;	   /* a list of this rank could not be had */
	enum intent_rank rank;
	int64_t now;
};

/* Where one of a veth's ends is, something may have happened to the whole. */
static bool pass_covers(const struct pass *pass, const struct intent_object *object)
{
	const struct names *dirty = &pass->intent->dirty;

	return object->type->rank == pass->rank &&
	       (pass->all || names_has(dirty, object->namespace) ||
		(object->other_namespace && names_has(dirty, object->other_namespace)));
}

/* ---- listing and comparing ---- */

/* Whose list is that of the rank: tunnels are among the links. */
static const struct intent_type *const pass_types[INTENT_RANKS] = {
	[INTENT_RANK_LINK] = &intent_link,	   [INTENT_RANK_ADDRESS] = &intent_address,
	[INTENT_RANK_ROUTE] = &intent_route,	   [INTENT_RANK_RULE] = &intent_rule,
	[INTENT_RANK_NEIGHBOR] = &intent_neighbor,
};

static bool pass_settled(const struct pass *pass, struct intent_object *object, bool other,
			 const void *actual)
{
	uint64_t tag = wanted_tag(pass->intent, object->type, actual);
	uint64_t known = other ? object->other_tag : object->tag;

	if (other)
		object->other_seen = tag;
	return tag && tag == known && !pass->look_closely;
}

/* Not before its time: see repair.c. */
static bool pass_may_try(const struct pass *pass, const struct intent_object *object)
{
	return object->try_at_ms <= pass->now || object->eager;
}

static void pass_settle(struct pass *pass, struct intent_object *object, void *current,
			bool final);

static int pass_saw(void *actual, void *context, struct error *error)
{
	struct pass *pass = context;
	struct intent_object *object;
	char key[ERROR_URL_SIZE];
	bool other;

	(void)error;
	pass_types[pass->rank]->key(actual, key);
	object = table_find(&pass->intent->table, key);
	if (!object || object->type->rank != pass->rank)
		return 0;
	other = strcmp(object->key, key) != 0;
	/* The mark is no part of what is compared. */
	if (!pass_settled(pass, object, other, actual) ||
	    (!other && !object->type->is_ours(actual)))
		object->suspect = true;
	if (!other)
		object->seen = true;
	/* A link would have to be read whole; what else was listed is all there is to know. */
	if (object->suspect && pass->rank > INTENT_RANK_LINK && pass_may_try(pass, object))
		pass_settle(pass, object, actual, false);
	return 0;
}

static void pass_list(struct pass *pass, const char *namespace)
{
	struct error ignored;

	/* A namespace that is not there has nothing; what fails otherwise is tried by itself. */
	error_clear(&ignored);
	if (pass_types[pass->rank]->list(pass->intent->settings.netops, namespace, pass_saw,
					 pass, &ignored))
		pass->blind |= ignored.kind != ERROR_MISSING;
}

static void pass_list_once(struct pass *pass, struct names *listed, const char *namespace)
{
	if (namespace && !names_has(listed, namespace) && names_add(listed, namespace))
		pass_list(pass, namespace);
}

static void pass_list_all(struct pass *pass)
{
	struct names listed = { 0 };

	for (struct intent_object *object = pass->intent->table.first; object;
	     object = object->next) {
		if (!pass_covers(pass, object))
			continue;
		pass_list_once(pass, &listed, object->namespace);
		pass_list_once(pass, &listed, object->other_namespace);
	}
	names_clear(&listed);
}

/* ---- making right ---- */

static void pass_settle(struct pass *pass, struct intent_object *object, void *current,
			bool final)
{
	struct intent *intent = pass->intent;
	bool was_right = object->state == INTENT_APPLIED || object->contested || object->broken;
	struct error error;
	bool absent, changed;

	/* To find a route takes a dump: what its list did not have is not looked for again. */
	absent = !current && !object->seen && !pass->blind && pass_covers(pass, object) &&
		 pass->rank > INTENT_RANK_LINK;
	error_clear(&error);
	if (settle_object(intent, object, current, absent, &changed, &error)) {
		object->broken = was_right;
		wanted_touch(intent, object);
		if (final)
			repair_failed(intent, object, &error);
		return;
	}
	/* How the other end looked is right only if nothing had to be done for it. */
	object->other_tag = changed ? 0 : object->other_seen;
	wanted_set_state(intent, object, INTENT_APPLIED, NULL);
	if (was_right && changed) {
		/* Whoever was at it may not have been through: the next pass looks closely. */
		object->tag = 0;
		repair_note(intent, object, !object->seen);
	}
	object->seen = true;
}

/*
 * What a link waits for may come elsewhere; what is on a link waits for something
 * that is heard of where it is, if that can be heard.
 */
static bool pass_may_have_come(const struct pass *pass, const struct intent_object *object)
{
	return object->type->rank <= INTENT_RANK_LINK ||
	       !names_has(&pass->intent->watched, object->namespace);
}

/* What is there and seems right is left alone; what waits is tried. */
static bool pass_is_to_do(struct pass *pass, struct intent_object *object)
{
	bool waits = object->type->rank == pass->rank && object->state == INTENT_PENDING;

	if (waits)
		return pass_covers(pass, object) ? object->suspect || !object->seen :
						   pass_may_have_come(pass, object);
	if (!pass_covers(pass, object) || (object->seen && !object->suspect))
		return false;
	if (pass_may_try(pass, object))
		return true;
	if (object->contested)
		repair_later(pass->intent, object);
	return false;
}

static struct intent_object *pass_collect(struct pass *pass)
{
	struct intent_object *first = NULL, **last = &first;

	for (struct intent_object *object = pass->intent->table.first; object;
	     object = object->next) {
		object->next_to_do = NULL;
		if (!pass_is_to_do(pass, object))
			continue;
		*last = object;
		last = &object->next_to_do;
	}
	return first;
}

/* One round; returns whether anything got better, and leaves those that did not. */
static bool pass_round(struct pass *pass, struct intent_object **list, bool final)
{
	struct intent_object **place = list;
	bool better = false;

	while (*place) {
		struct intent_object *object = *place;

		pass_settle(pass, object, NULL, final);
		if (object->suspect) {
			place = &object->next_to_do;
		} else {
			*place = object->next_to_do;
			better = true;
		}
	}
	return better;
}

static void pass_rank(struct pass *pass)
{
	struct intent_object *list;

	for (struct intent_object *object = pass->intent->table.first; object;
	     object = object->next) {
		repair_calm(pass->intent, object, pass->now);
		if (!pass_covers(pass, object))
			continue;
		object->seen = false;
		object->other_seen = 0;
	}
	pass->blind = false;
	pass_list_all(pass);
	list = pass_collect(pass);
	for (struct intent_object *object = list; object; object = object->next_to_do)
		object->suspect = true;
	while (list && pass_round(pass, &list, false))
		;
	if (list)
		(void)pass_round(pass, &list, true);
}

/* ---- namespaces have no list: each is asked for ---- */

void pass_forget_inside(struct intent *intent, const char *namespace)
{
	for (struct intent_object *object = intent->table.first; object;
	     object = object->next) {
		if (!strcmp(object->namespace, namespace)) {
			object->tag = object->other_tag = 0;
			object->index = object->mtu = 0;
		}
	}
}

static void pass_namespaces(struct pass *pass)
{
	struct intent *intent = pass->intent;

	for (struct intent_object *object = intent->table.first; object;
	     object = object->next) {
		uint64_t cookie = object->cookie;

		if (object->type->rank != INTENT_RANK_NAMESPACE ||
		    (!pass_covers(pass, object) && object->state != INTENT_PENDING))
			continue;
		object->suspect = true; /* until it is found right: it is come back to */
		if (!pass_may_try(pass, object))
			continue;
		pass_settle(pass, object, NULL, true);
		if (object->cookie == cookie)
			continue;
		pass_forget_inside(intent, object->namespace);
		(void)names_add(&intent->dirty, object->namespace);
	}
}

/* What happened before it was watched nobody told. */
static void pass_watch(struct intent *intent, const char *namespace)
{
	struct error ignored;

	if (!namespace || names_has(&intent->watched, namespace))
		return;
	error_clear(&ignored);
	if (changes_keep(intent->settings.changes, namespace, &ignored))
		return;
	(void)names_add(&intent->watched, namespace);
	(void)names_add(&intent->dirty, namespace);
	atomic_store(&intent->due_ms, 0);
}

void pass_watch_object(struct intent *intent, const struct intent_object *object)
{
	if (!intent->settings.changes)
		return;
	pass_watch(intent, object->namespace);
	pass_watch(intent, object->other_namespace);
}

static void pass_watch_all(struct intent *intent)
{
	for (struct intent_object *object = intent->table.first; object; object = object->next)
		pass_watch_object(intent, object);
}

void pass_run(struct intent *intent, bool all)
{
	struct pass pass = { .intent = intent, .all = all, .now = intent_clock() };

	pass.rank = INTENT_RANK_NAMESPACE;
	pass_namespaces(&pass);
	pass_watch_all(intent);
	for (pass.rank = INTENT_RANK_LINK; pass.rank < INTENT_RANKS; pass.rank++)
		pass_rank(&pass);
	names_clear(&intent->dirty);
}
