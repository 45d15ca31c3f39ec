/*
 * Requests of one operation that wait for the writer one behind the other may be
 * done together. Only for some operations it pays: where the kernel waits long for
 * each and once for many, or where most of a request's time is its transaction.
 */
#include <stdlib.h>
#include <string.h>

#include "api/answer.h"
#include "api/object.h"
#include "api/problem.h"

/* A link takes the kernel some 20 ms, and many of them no longer. */
enum { COMPANY_LINKS_US = 2000 };

static const struct company {
	struct api_company company; /* first */
	const char *id;		    /* of the operation */
	void (*perform)(const struct object_type *type, struct api *api,
			struct api_together *all, size_t count);
	const struct object_type *type;
} companies[] = {
	{ { 0 }, "createRoute", object_post_together, &route_objects },
	{ { 0 }, "deleteRoute", object_delete_together, &route_objects },
	{ { 0 }, "createAddress", object_post_together, &address_objects },
	{ { 0 }, "deleteAddress", object_delete_together, &address_objects },
	{ { COMPANY_LINKS_US }, "deleteLink", object_delete_together, &link_objects },
	{ { COMPANY_LINKS_US }, "deleteTunnel", object_delete_together, &tunnel_objects },
};

static const struct company *company_of(const struct api_call *call)
{
	for (size_t i = 0; i < sizeof(companies) / sizeof(companies[0]); i++) {
		if (!strcmp(companies[i].id, call->operation->id))
			return &companies[i];
	}
	return NULL;
}

const struct api_company *api_company(const struct api_call *call)
{
	return (const struct api_company *)company_of(call);
}

static void company_answer(struct api_together *one)
{
	if (one->result < 0)
		problem_answer(one->answer, &one->error, one->call->prefix, one->call->target);
	answer_end_line(one->answer);
}

void api_perform_many(struct api *api, struct api_call *const *calls,
		      struct api_answer *const *answers, size_t count)
{
	const struct company *company = company_of(calls[0]);
	struct api_together *all = count > 1 ? malloc(count * sizeof(*all)) : NULL;

	for (size_t i = 0; i < count; i++) {
		if (!all) {
			api_perform(api, calls[i], answers[i]);
			continue;
		}
		all[i].call = calls[i];
		all[i].answer = answers[i];
		all[i].result = 0;
		error_clear(&all[i].error);
		*answers[i] = (struct api_answer){ 0 };
	}
	if (all)
		company->perform(company->type, api, all, count);
	for (size_t i = 0; all && i < count; i++)
		company_answer(&all[i]);
	free(all);
}
