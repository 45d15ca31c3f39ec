/*
 * A trial: what a plan would make is made for real, where it does no harm. Each
 * namespace that is named gets one to be thrown away; a link that is needed and
 * not in the plan gets a stand-in there: the same once more where we can make
 * it, else a plain one of its name with its addresses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intent/intent_private.h"
#include "netops/kind.h"
#include "netops/link.h"
#include "netops/text.h"

enum { TRIAL_NAMESPACES = 1024, TRIAL_STAND_INS = 256 };

struct trial_namespace {
	char real[NAMESPACE_NAME_SIZE], trial[48];
};

struct trial {
	struct intent *intent;
	struct trial_namespace *namespaces;
	size_t count;
	struct names made; /* places that the plan gives, or that have a stand-in */
	unsigned int stand_ins;
	bool failed;
};

/* "" where there can be no more: the trial has failed then. */
static const char *trial_map(const char *namespace, void *context)
{
	struct trial *trial = context;
	struct namespace wanted = { .given_ipv4 = false };
	struct error error;
	size_t i = 0;

	while (i < trial->count && strcmp(trial->namespaces[i].real, namespace))
		i++;
	if (i < trial->count)
		return trial->namespaces[i].trial;
	snprintf(wanted.name, sizeof(wanted.name), NAMESPACE_TRIAL "%zu", i);
	error_clear(&error);
	if (i == TRIAL_NAMESPACES ||
	    !text_copy(trial->namespaces[i].real, sizeof(trial->namespaces[i].real),
		       namespace) ||
	    namespace_create(trial->intent->settings.netops, &wanted, &error)) {
		trial->failed = true;
		return "";
	}
	trial->count++;
	text_copy(trial->namespaces[i].trial, sizeof(trial->namespaces[i].trial), wanted.name);
	return trial->namespaces[i].trial;
}

static void trial_end(struct trial *trial)
{
	struct error ignored;

	for (size_t i = 0; i < trial->count; i++) {
		error_clear(&ignored);
		(void)namespace_delete(trial->intent->settings.netops,
				       trial->namespaces[i].trial, &ignored);
	}
	names_clear(&trial->made);
	free(trial->namespaces);
}

/* ---- stand-ins ---- */

static void trial_note(const struct intent_place *place, void *context)
{
	struct trial *trial = context;
	char text[PLACE_SIZE];

	place_text(place, text, sizeof(text));
	trial->failed |= !names_add(&trial->made, text);
}

/* Without what it stands on, and the kernel's own link-local addresses. */
static bool trial_make_plain(struct trial *trial, const struct link *real)
{
	static const char *const kinds_to_try[] = { "dummy", "ifb", "bridge" };
	struct netops *netops = trial->intent->settings.netops;
	struct error ignored;

	for (size_t i = 0; i < sizeof(kinds_to_try) / sizeof(kinds_to_try[0]); i++) {
		struct link plain CLEANUP_LINK = LINK_EMPTY, made CLEANUP_LINK = LINK_EMPTY;

		error_clear(&ignored);
		plain.kind = kind_find(kinds_to_try[i]);
		memcpy(plain.name, real->name, sizeof(plain.name));
		text_copy(plain.namespace, sizeof(plain.namespace),
			  trial_map(real->namespace, trial));
		plain.options.up = true;
		give_at(&plain.given, offsetof(struct link_options, up));
		for (size_t j = 0; j < real->addresses.count; j++) {
			if (!ip_is_link_local(&real->addresses.items[j].options.address))
				(void)address_list_add(&plain.addresses,
						       &real->addresses.items[j], &ignored);
		}
		if (plain.kind && !link_create(netops, &plain, &made, &ignored))
			return true;
	}
	return false;
}

static void trial_stand_in(struct trial *trial, const struct intent_place *place)
{
	struct netops *netops = trial->intent->settings.netops;
	struct link real CLEANUP_LINK = LINK_EMPTY, made CLEANUP_LINK = LINK_EMPTY;
	struct link copy CLEANUP_LINK = LINK_EMPTY;
	struct error ignored;

	error_clear(&ignored);
	if (trial->stand_ins++ >= TRIAL_STAND_INS ||
	    link_read(netops, place->namespace, place->link, &real, &ignored))
		return;
	copy.kind = real.kind;
	if (copy.kind && copy.kind->tunnel &&
	    !link_read_whole(netops, place->namespace, place->link, &copy, &ignored)) {
		copy.status.lower_elsewhere = false;
		intent_tunnel.rename(&copy, trial_map, trial);
		error_clear(&ignored);
		if (!link_create(netops, &copy, &made, &ignored))
			return;
	}
	(void)trial_make_plain(trial, &real);
}

static void trial_need(const struct intent_place *place, void *context)
{
	struct trial *trial = context;
	char text[PLACE_SIZE];

	place_text(place, text, sizeof(text));
	if (!place->link[0] || names_has(&trial->made, text))
		return;
	trial_note(place, trial);
	trial_stand_in(trial, place);
}

static int trial_needed_link(struct link *link, void *context, struct error *error)
{
	(void)error;
	if (link->addresses.count && strcmp(link->name, "lo"))
		trial_need(&(struct intent_place){ link->namespace, link->name, false },
			   context);
	return 0;
}

/* A route may name a gateway alone: any link with an address may be the way to it. */
static void trial_need_all(struct trial *trial, const char *namespace)
{
	const struct link_filter filter = { .name = NULL };
	struct error ignored;

	error_clear(&ignored);
	(void)link_list(trial->intent->settings.netops, namespace, &filter, trial_needed_link,
			trial, &ignored);
}

/* ---- steps ---- */

static int trial_read(struct trial *trial, const struct intent_step *step, void *ret,
		      struct error *error)
{
	const struct intent_documents *documents = &trial->intent->settings.documents;

	return documents->read(documents->context, step->type, step->document, NULL, ret,
			       error);
}

static void trial_give(struct trial *trial, const struct intent_step *step)
{
	struct error ignored;
	INTENT_RECORD(wanted, step->type);

	error_clear(&ignored);
	if (step->action != INTENT_DELETE && step->type->gives &&
	    !trial_read(trial, step, wanted.bytes, &ignored))
		step->type->gives(wanted.bytes, trial_note, trial);
}

static void trial_prepare(struct trial *trial, const struct intent_step *step)
{
	struct error ignored;
	INTENT_RECORD(wanted, step->type);

	error_clear(&ignored);
	if (step->action == INTENT_DELETE || trial_read(trial, step, wanted.bytes, &ignored))
		return;
	(void)trial_map(step->type->namespace(wanted.bytes), trial);
	if (step->type->needs)
		step->type->needs(wanted.bytes, trial_need, trial);
	if (step->type->late && step->type->late(wanted.bytes))
		trial_need_all(trial, step->type->namespace(wanted.bytes));
}

/* A namespace is there since it was named. */
static int trial_make(struct trial *trial, const struct intent_step *step, void *wanted,
		      void *actual, struct error *error)
{
	struct netops *netops = trial->intent->settings.netops;

	if (step->type->rank != INTENT_RANK_NAMESPACE)
		return step->type->create(netops, wanted, actual, error);
	return namespace_read(netops, ((struct namespace *)wanted)->name, actual, error) ||
			       namespace_change(netops, actual, wanted, error) ?
		       -1 :
		       0;
}

static void trial_do(struct trial *trial, const struct intent_step *step, intent_verdict *hook,
		     void *context)
{
	struct error why;
	INTENT_RECORD(wanted, step->type);
	INTENT_RECORD(actual, step->type);
	int result;

	error_clear(&why);
	result = trial_read(trial, step, wanted.bytes, &why);
	if (!result) {
		step->type->rename(wanted.bytes, trial_map, trial);
		result = trial_make(trial, step, wanted.bytes, actual.bytes, &why);
	}
	hook(step, actual.bytes, result ? &why : NULL, context);
}

int intent_try(struct intent *intent, const struct intent_plan *plan, intent_verdict *hook,
	       void *context, struct error *error)
{
	struct trial trial = { .intent = intent };

	trial.namespaces = calloc(TRIAL_NAMESPACES, sizeof(*trial.namespaces));
	if (!trial.namespaces)
		return error_set(error, ERROR_BUSY, "out of memory");
	for (size_t i = 0; i < plan->count; i++)
		trial_give(&trial, &plan->steps[i]);
	for (size_t i = 0; i < plan->count; i++)
		trial_prepare(&trial, &plan->steps[i]);
	for (size_t i = 0; i < plan->count && !trial.failed; i++) {
		if (plan->steps[i].action == INTENT_DELETE)
			hook(&plan->steps[i], NULL, NULL, context);
		else
			trial_do(&trial, &plan->steps[i], hook, context);
	}
	trial_end(&trial);
	return trial.failed ? error_set(error, ERROR_BUSY,
					"the namespaces for a trial could not be made") :
			      0;
}
