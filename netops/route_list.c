/*
 * Many routes in one request. They are sent one after the other and come back
 * as the echoes of their messages, so the cost of each does not grow with the
 * table or the list. A dump would have to be matched, and would show routes of
 * others meanwhile.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netops/member.h"
#include "netops/route_private.h"

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

/* Into the namespace of a route, unless the socket is there already. */
static int list_enter(struct netops *netops, const struct route *route,
		      const struct route *before, struct namespace_socket *socket,
		      struct error *error)
{
	if (socket->netlink && !strcmp(route->namespace, before->namespace))
		return 0;
	namespace_leave(socket);
	return namespace_enter_to_make(netops, route->namespace, socket, error);
}

/* What fails here has been removed by somebody else, or cannot be helped. */
static void list_undo(struct netops *netops, struct route_list *made)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	const struct route *before = NULL;
	struct error ignored;

	for (size_t i = made->count; i--;) {
		struct route *route = &made->items[i];

		error_clear(&ignored);
		if (!list_enter(netops, route, before, &socket, &ignored))
			(void)route_remove(socket.netlink, route, &ignored);
		before = route;
	}
}

/* The one in the way may be an item of the list, which is gone by now: then it is said so. */
static void list_name_twin(const struct route_list *made, struct error *error)
{
	char url[ERROR_URL_SIZE];

	for (size_t i = 0; i < made->count && error->conflict[0]; i++) {
		route_url(&made->items[i], url);
		if (strcmp(url, error->conflict))
			continue;
		error->conflict[0] = '\0';
		error_set(error, ERROR_EXISTS,
			  "the list has this route twice: item /%zu has the same "
			  "destination, table and metric",
			  i);
	}
}

static int list_make(struct netops *netops, const struct route_list *wanted,
		     struct route_list *made, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	for (size_t i = 0; i < wanted->count; i++) {
		const struct route *route = &wanted->items[i];
		struct route *one = route_list_add(made, error);

		if (!one)
			return -1;
		if (!list_enter(netops, route, i ? route - 1 : NULL, &socket, error) &&
		    !route_make(socket.netlink, route, one, error))
			continue;
		made->count--;
		return -1;
	}
	return 0;
}

int route_create_list(struct netops *netops, const struct route_list *wanted,
		      struct route_list *ret, struct error *error)
{
	*ret = (struct route_list){ 0 };
	if (!list_make(netops, wanted, ret, error))
		return 0;
	list_undo(netops, ret);
	list_name_twin(ret, error);
	member_of_item(error, ret->count);
	route_list_free(ret);
	return -1;
}
