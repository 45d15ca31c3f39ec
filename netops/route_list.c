/*
 * Many routes at once. Their messages leave together, and what was made comes back
 * as the echoes of them, so the cost of each does not grow with the table or the
 * list; a dump would have to be matched, and would show routes of others meanwhile.
 * Devices and gateways, which many of them share, are asked for once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netops/device.h"
#include "netops/hash_set.h"
#include "netops/netlink_batch.h"
#include "netops/route_private.h"

enum { LIST_KNOWN = 256 };

/* What was asked of the kernel meanwhile, each at the place that its hash gives it. */
struct list_known {
	struct device by_name[LIST_KNOWN], by_index[LIST_KNOWN];
	struct ip gateways[LIST_KNOWN]; /* that are none of our own addresses */
};

/* Routes of one namespace that are next to each other in the list. */
struct list_run {
	struct netlink *netlink;
	const struct route *const *routes;
	struct route *const *ret; /* NULL: they are removed */
	unsigned char *fates;
	bool *heard;
	struct route_reader reader;
	struct list_known known;
};

/* ---- devices ---- */

static int list_index_device(struct device *device, const char *pointer, void *context,
			     struct error *error)
{
	struct list_run *run = context;
	struct device *known =
		&run->known
			 .by_name[hash_of(device->name, strlen(device->name), 0) % LIST_KNOWN];

	if (known->index && !strcmp(known->name, device->name)) {
		device->index = known->index;
		return 0;
	}
	if (route_index_device(run->netlink, device, run->routes[0]->namespace, pointer, error))
		return -1;
	*known = *device;
	return 0;
}

static int list_name_device(struct device *device, const char *pointer, void *context,
			    struct error *error)
{
	struct list_run *run = context;
	struct device *known = &run->known.by_index[device->index % LIST_KNOWN];

	(void)pointer;
	if (known->index != device->index || !device->index) {
		if (device_name_ask(run->netlink, device, error))
			return -1;
		*known = *device;
	}
	*device = *known;
	return 0;
}

/* ---- making ---- */

/* One gateway is what most have; several are asked for each time. */
static int list_check_gateways(struct list_run *run, const struct route *route,
			       struct error *error)
{
	const struct ip *gateway = &route->options.gateway;
	struct ip *known =
		&run->known.gateways[hash_of(gateway->bytes, sizeof(gateway->bytes), 0) %
				     LIST_KNOWN];
	bool one = ROUTE_GIVEN(route, gateway) && !route->nexthop_count;

	if (one && known->family && known->family == gateway->family &&
	    ip_equal(known, gateway))
		return 0;
	if (route_check_gateways(run->netlink, route, error))
		return -1;
	if (one && route_checks_gateways(route))
		*known = *gateway;
	return 0;
}

static struct nl_msg *list_creation(size_t index, void *context, struct error *error)
{
	struct list_run *run = context;
	struct route route CLEANUP_ROUTE = { 0 };

	if (route_prepare(run->routes[index], &route, error) ||
	    route_each_device(&route, list_index_device, run, error) ||
	    list_check_gateways(run, &route, error))
		return NULL;
	return route_message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ECHO, &route,
			     error);
}

/* One message may be told leg by leg; the last one has them all. */
static int list_created(size_t index, const struct nlmsghdr *header, void *context,
			struct error *error)
{
	struct list_run *run = context;
	int parsed = route_parse(header, &run->reader, error);

	if (parsed <= 0)
		return parsed;
	route_clear(run->ret[index]);
	run->heard[index] = true;
	return route_copy(&run->reader.route, run->ret[index], error);
}

/* ---- removing ---- */

static struct nl_msg *list_removal(size_t index, void *context, struct error *error)
{
	const struct list_run *run = context;

	return route_message(RTM_DELROUTE, NLM_F_ECHO, run->routes[index], error);
}

static int list_removed(size_t index, const struct nlmsghdr *header, void *context,
			struct error *error)
{
	struct list_run *run = context;

	(void)error;
	run->heard[index] |= header->nlmsg_type == RTM_DELROUTE;
	return 0;
}

static bool list_was_gone(const struct error *error)
{
	return error->number == ESRCH || error->number == ENODEV;
}

/* ---- runs ---- */

static const struct netlink_batch list_creations = { .message = list_creation,
						     .echo = list_created };
static const struct netlink_batch list_removals = { .message = list_removal,
						    .echo = list_removed,
						    .forgives = list_was_gone };

/* What the kernel made, and did not tell: it is looked for. */
static int list_read_back(struct list_run *run, size_t index, struct error *error)
{
	return run->heard[index] ?
		       route_each_device(run->ret[index], list_name_device, run, error) :
		       route_find_made(run->netlink, run->routes[index], run->ret[index],
				       error);
}

/* What it said yes to, and did not tell, may be there still. */
static int list_verify(struct list_run *run, size_t index, struct error *error)
{
	if (!run->ret)
		return run->heard[index] || run->fates[index] == NETLINK_REFUSED ?
			       0 :
			       route_verify_gone(run->netlink, run->routes[index], error);
	return list_read_back(run, index, error);
}

static int list_explain(struct list_run *run, const struct route *wanted, struct error *error)
{
	struct route route CLEANUP_ROUTE = { 0 };
	struct error ignored;

	error_clear(&ignored);
	return route_prepare(wanted, &route, &ignored) ||
			       route_index_devices(run->netlink, &route, &ignored) ?
		       -1 :
		       route_explain(run->netlink, &route, error);
}

static int list_send(struct list_run *run, size_t count, size_t *ret_failed,
		     struct error *error)
{
	struct netlink_batch batch = run->ret ? list_creations : list_removals;

	batch.context = run;
	if (netlink_batch(run->netlink, &batch, count, run->fates, ret_failed, error))
		return run->ret && *ret_failed < count &&
				       run->fates[*ret_failed] == NETLINK_REFUSED ?
			       list_explain(run, run->routes[*ret_failed], error) :
			       -1;
	for (*ret_failed = 0; *ret_failed < count; ++*ret_failed) {
		if (!netlink_rehearses(run->netlink) && list_verify(run, *ret_failed, error))
			return -1;
	}
	return 0;
}

/* How many from here on are in one namespace. */
static size_t list_run_length(const struct route *const *routes, size_t count)
{
	size_t length = 1;

	while (length < count && !strcmp(routes[length]->namespace, routes[0]->namespace))
		length++;
	return length;
}

/* All of the list, run by run; fates and heard have room for them. */
static int list_each_run(struct netops *netops, struct list_run *run, size_t count,
			 size_t *ret_failed, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	size_t length, failed;

	for (*ret_failed = 0; *ret_failed < count; *ret_failed += length) {
		const char *namespace = run->routes[0]->namespace;

		length = list_run_length(run->routes, count - *ret_failed);
		namespace_leave(&socket);
		if (namespace_enter_to_make(netops, namespace, &socket, error))
			return -1;
		run->netlink = socket.netlink;
		memset(&run->known, 0, sizeof(run->known));
		memcpy(run->reader.route.namespace, namespace, NAMESPACE_NAME_SIZE);
		if (list_send(run, length, &failed, error)) {
			*ret_failed += failed;
			return -1;
		}
		run->routes += length;
		run->ret += run->ret ? length : 0;
		run->fates += length;
		run->heard += length;
	}
	return 0;
}

struct list_notes {
	unsigned char *fates;
	bool *heard;
};

static void list_notes_free(struct list_notes *notes)
{
	free(notes->fates);
	free(notes->heard);
}
#define CLEANUP_NOTES __attribute__((cleanup(list_notes_free)))

static int list_run_all(struct netops *netops, const struct route *const *routes,
			struct route *const *ret, const struct list_notes *notes, size_t count,
			size_t *ret_failed, struct error *error)
{
	struct list_run *run = notes->fates && notes->heard ? calloc(1, sizeof(*run)) : NULL;
	int result;

	*ret_failed = count;
	if (!run)
		return error_errno(error, ENOMEM, "changing routes");
	run->routes = routes;
	run->ret = ret;
	run->fates = notes->fates;
	run->heard = notes->heard;
	result = list_each_run(netops, run, count, ret_failed, error);
	free(run->reader.legs);
	free(run);
	return result;
}

static struct list_notes list_notes_new(size_t count)
{
	return (struct list_notes){ calloc(count + 1, 1), calloc(count + 1, sizeof(bool)) };
}

/* ---- all or nothing ---- */

/* What was made and not told is removed by what was asked for. */
static void list_take_back(struct netops *netops, const struct route *wanted)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct route route CLEANUP_ROUTE = { 0 };
	struct error ignored;

	error_clear(&ignored);
	if (!namespace_enter(netops, wanted->namespace, &socket, &ignored) &&
	    !route_prepare(wanted, &route, &ignored) &&
	    !route_index_devices(socket.netlink, &route, &ignored))
		(void)route_remove(socket.netlink, &route, &ignored);
}

static void list_undo(struct netops *netops, const struct route *const *wanted,
		      struct route *const *made, const struct list_notes *notes, size_t count)
{
	const struct route **told = calloc(count + 1, sizeof(*told));
	size_t told_count = 0, failed;
	struct error ignored;

	for (size_t i = count; i--;) {
		bool done = notes->fates[i] == NETLINK_DONE ||
			    notes->fates[i] == NETLINK_UNKNOWN;

		if (done && told && notes->heard[i])
			told[told_count++] = made[i];
		else if (done)
			list_take_back(netops, wanted[i]);
	}
	error_clear(&ignored);
	if (told_count)
		(void)route_remove_many(netops, told, told_count, &failed, &ignored);
	free(told);
	for (size_t i = 0; i < count; i++)
		route_clear(made[i]);
}

int route_create_many(struct netops *netops, const struct route *const *wanted,
		      struct route *const *ret, size_t count, size_t *ret_failed,
		      struct error *error)
{
	struct list_notes notes CLEANUP_NOTES = list_notes_new(count);

	if (!list_run_all(netops, wanted, ret, &notes, count, ret_failed, error))
		return 0;
	if (notes.fates && notes.heard)
		list_undo(netops, wanted, ret, &notes, count);
	return -1;
}

int route_remove_many(struct netops *netops, const struct route *const *known, size_t count,
		      size_t *ret_failed, struct error *error)
{
	struct list_notes notes CLEANUP_NOTES = list_notes_new(count);

	return list_run_all(netops, known, NULL, &notes, count, ret_failed, error);
}

/* ---- lists that own ---- */

void route_list_free(struct route_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		route_clear(&list->items[i]);
	free(list->items);
	*list = (struct route_list){ 0 };
}

struct route *route_list_add(struct route_list *list, struct error *error)
{
	struct route *items = list->items;

	/* The room grows at each power of two. */
	if (!(list->count & (list->count - 1)))
		items = reallocarray(items, list->count ? 2 * list->count : 1, sizeof(*items));
	if (!items) {
		error_errno(error, ENOMEM, "collecting routes");
		return NULL;
	}
	list->items = items;
	items[list->count] = (struct route){ 0 };
	return &items[list->count++];
}
