/*
 * A record goes three ways: with the others, where the kernel takes it; by itself, where it has
 * to be looked at first; and back, where a later one fails. While a window of messages is under
 * way nothing else can be asked on the socket: so all is prepared before.
 */
#include "netops/pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netops/netlink_batch.h"

enum pipeline_state { PIPELINE_WAITS, PIPELINE_MADE, PIPELINE_TOLD };

struct pipeline {
	const struct pipeline_way *way;
	struct netlink *netlink;
	void *const *records;
	unsigned char *states; /* enum pipeline_state */
	unsigned char *fates;  /* of the messages under way */
	size_t *places;	       /* whose they are */
	void *known;
	size_t count; /* of one namespace */
};

static const struct pipeline_record *pipeline_of(const void *record)
{
	return record;
}

/* ---- together ---- */

static struct nl_msg *pipeline_creation(size_t index, void *context, struct error *error)
{
	const struct pipeline *pipeline = context;

	return pipeline->way->creation(pipeline->records[pipeline->places[index]], error);
}

static struct nl_msg *pipeline_question(size_t index, void *context, struct error *error)
{
	const struct pipeline *pipeline = context;

	return pipeline->way->question(pipeline->records[pipeline->places[index]], error);
}

static int pipeline_heard(size_t index, const struct nlmsghdr *header, void *context,
			  struct error *error)
{
	const struct pipeline *pipeline = context;
	size_t place = pipeline->places[index];

	(void)error;
	if (pipeline->way->told(header, pipeline->records[place]))
		pipeline->states[place] = PIPELINE_TOLD;
	return 0;
}

/* What was not told is looked at by itself. */
static bool pipeline_whatever(const struct error *error)
{
	(void)error;
	return true;
}

/* What the kernel did: an echo is heard before it says so. */
static void pipeline_note_fates(struct pipeline *pipeline, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned char *state = &pipeline->states[pipeline->places[i]];

		if (*state == PIPELINE_WAITS && (pipeline->fates[i] == NETLINK_DONE ||
						 pipeline->fates[i] == NETLINK_UNKNOWN))
			*state = PIPELINE_MADE;
	}
}

static int pipeline_make_together(struct pipeline *pipeline, size_t *ret_failed,
				  struct error *error)
{
	const struct pipeline_way *way = pipeline->way;
	const struct netlink_batch batch = { .message = pipeline_creation,
					     .echo = pipeline_heard,
					     .forgives = way->forgives,
					     .context = pipeline };
	size_t count = 0, failed;
	int result;

	for (size_t i = 0; i < pipeline->count; i++) {
		if (!way->is_apart || !way->is_apart(pipeline->records[i]))
			pipeline->places[count++] = i;
	}
	result = netlink_batch(pipeline->netlink, &batch, count, pipeline->fates, &failed,
			       error);
	pipeline_note_fates(pipeline, count);
	if (!result)
		return 0;
	*ret_failed = failed < count ? pipeline->places[failed] : pipeline->count;
	return failed < count && pipeline->fates[failed] == NETLINK_REFUSED ?
		       way->explain(pipeline->netlink, pipeline->records[*ret_failed], error) :
		       -1;
}

static int pipeline_ask_together(struct pipeline *pipeline, struct error *error)
{
	const struct netlink_batch batch = { .message = pipeline_question,
					     .echo = pipeline_heard,
					     .forgives = pipeline_whatever,
					     .context = pipeline };
	size_t count = 0, failed;

	for (size_t i = 0; i < pipeline->count; i++) {
		if (pipeline->states[i] != PIPELINE_TOLD)
			pipeline->places[count++] = i;
	}
	return netlink_batch(pipeline->netlink, &batch, count, pipeline->fates, &failed, error);
}

/* ---- one by one ---- */

static int pipeline_prepare(struct pipeline *pipeline, size_t *ret_failed, struct error *error)
{
	memset(pipeline->known, 0, pipeline->way->known_size);
	for (*ret_failed = 0; *ret_failed < pipeline->count; ++*ret_failed) {
		if (pipeline->way->prepare(pipeline->netlink, pipeline->records[*ret_failed],
					   pipeline->known, error))
			return -1;
	}
	return 0;
}

static int pipeline_make_rest(struct pipeline *pipeline, size_t *ret_failed,
			      struct error *error)
{
	for (*ret_failed = 0; *ret_failed < pipeline->count; ++*ret_failed) {
		if (pipeline->states[*ret_failed] != PIPELINE_WAITS)
			continue;
		if (pipeline->way->make_apart(pipeline->netlink, pipeline->records[*ret_failed],
					      error))
			return -1;
		pipeline->states[*ret_failed] = PIPELINE_MADE;
	}
	return 0;
}

static int pipeline_verify_rest(struct pipeline *pipeline, size_t *ret_failed,
				struct error *error)
{
	for (*ret_failed = 0; *ret_failed < pipeline->count; ++*ret_failed) {
		if (pipeline->states[*ret_failed] != PIPELINE_TOLD &&
		    pipeline->way->verify(pipeline->netlink, pipeline->records[*ret_failed],
					  error))
			return -1;
	}
	return 0;
}

static int pipeline_run(struct pipeline *pipeline, size_t *ret_failed, struct error *error)
{
	if (pipeline_prepare(pipeline, ret_failed, error) ||
	    pipeline_make_together(pipeline, ret_failed, error) ||
	    pipeline_make_rest(pipeline, ret_failed, error))
		return -1;
	*ret_failed = pipeline->count;
	/* In a rehearsal there is nothing to be asked for. */
	return netlink_rehearses(pipeline->netlink) ?
		       0 :
	       pipeline_ask_together(pipeline, error) ?
		       -1 :
		       pipeline_verify_rest(pipeline, ret_failed, error);
}

/* ---- namespaces ---- */

/* How many from here on are in one namespace. */
static size_t pipeline_run_length(void *const *records, size_t count)
{
	const char *namespace = pipeline_of(records[0])->namespace;
	size_t length = 1;

	while (length < count && !strcmp(pipeline_of(records[length])->namespace, namespace))
		length++;
	return length;
}

static void pipeline_move(struct pipeline *pipeline, size_t length)
{
	pipeline->records += length;
	pipeline->states += length;
}

static int pipeline_each_run(struct netops *netops, struct pipeline *pipeline, size_t count,
			     size_t *ret_failed, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	size_t failed = 0;

	for (*ret_failed = 0; *ret_failed < count; *ret_failed += pipeline->count) {
		pipeline->count = pipeline_run_length(pipeline->records, count - *ret_failed);
		namespace_leave(&socket);
		if (namespace_enter_to_make(netops, pipeline_of(*pipeline->records)->namespace,
					    &socket, error))
			return -1;
		pipeline->netlink = socket.netlink;
		if (pipeline_run(pipeline, &failed, error)) {
			*ret_failed = failed < pipeline->count ? *ret_failed + failed : count;
			return -1;
		}
		pipeline_move(pipeline, pipeline->count);
	}
	return 0;
}

/* ---- back ---- */

/* The last one first: what the kernel would take along with one came after it. */
static void pipeline_undo(struct netops *netops, const struct pipeline *pipeline, size_t count)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	const char *in = "";
	struct error ignored;

	error_clear(&ignored);
	for (size_t i = count; i--;) {
		const struct pipeline_record *record = pipeline->records[i];

		if (pipeline->states[i] == PIPELINE_WAITS)
			continue;
		if (strcmp(in, record->namespace)) {
			namespace_leave(&socket);
			in = record->namespace;
			if (namespace_enter(netops, in, &socket, &ignored))
				socket.netlink = NULL;
		}
		if (socket.netlink)
			pipeline->way->take_back(socket.netlink, record);
	}
}

/* The one in the way may be an item of the list, which is gone by now: then it is said so. */
static void pipeline_name_twin(const struct pipeline *pipeline, size_t count,
			       struct error *error)
{
	char url[ERROR_URL_SIZE];

	for (size_t i = 0; i < count && error->conflict[0]; i++) {
		if (pipeline->states[i] == PIPELINE_WAITS)
			continue;
		pipeline->way->url(pipeline->records[i], url);
		if (strcmp(url, error->conflict))
			continue;
		error->conflict[0] = '\0';
		error_set(error, ERROR_EXISTS,
			  "the list has this %s twice: item /%zu is the other",
			  pipeline->way->noun, i);
	}
}

static int pipeline_make_all(struct netops *netops, const struct pipeline *all, size_t count,
			     size_t *ret_failed, struct error *error)
{
	struct pipeline pipeline = *all;

	if (!all->states || !all->fates || !all->places || !all->known)
		return error_errno(error, ENOMEM, "making many");
	if (!pipeline_each_run(netops, &pipeline, count, ret_failed, error))
		return 0;
	pipeline_undo(netops, all, count);
	pipeline_name_twin(all, count, error);
	return -1;
}

int pipeline_create(struct netops *netops, const struct pipeline_way *way, void *const *wanted,
		    void *const *ret, size_t count, size_t *ret_failed, struct error *error)
{
	struct pipeline pipeline = { .way = way,
				     .records = ret,
				     .states = calloc(count + 1, 1),
				     .fates = calloc(count + 1, 1),
				     .places = calloc(count + 1, sizeof(size_t)),
				     .known = calloc(1, way->known_size + 1) };
	int result;

	*ret_failed = count;
	for (size_t i = 0; i < count; i++)
		memcpy(ret[i], wanted[i], way->size);
	result = pipeline_make_all(netops, &pipeline, count, ret_failed, error);
	free(pipeline.states);
	free(pipeline.fates);
	free(pipeline.places);
	free(pipeline.known);
	return result;
}
