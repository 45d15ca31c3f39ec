/*
 * Making, changing and removing a neighbour. The kernel echoes none of it, but
 * answers for a single one, so what was made is asked for. Of proxies it makes one
 * anew without a word where there is one: that is looked at before.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "netops/member.h"
#include "netops/neighbor_private.h"

int neighbor_explain(const struct neighbor *neighbor, struct error *error)
{
	const char *link = neighbor->link.name;
	bool ipv6 = neighbor->options.address.family == AF_INET6;

	if (error->kind != ERROR_KERNEL)
		return -1;
	switch (error->number) {
	case ENODEV:
		return error_missing(error, "/link", "the link \"%.15s\" is gone", link);
	case ENOBUFS:
		return error_set(error, ERROR_BUSY,
				 "the kernel's table of %s neighbours is full (net.%s.neigh."
				 "default.gc_thresh3); permanent ones do not count",
				 ipv6 ? "IPv6" : "IPv4", ipv6 ? "ipv6" : "ipv4");
	case EAFNOSUPPORT:
	case EOPNOTSUPP:
		return error_set(error, ERROR_UNSUPPORTED,
				 "this kernel does not have this address family");
	case EINVAL:
		break;
	default:
		return -1;
	}
	if (strcasestr(error->kernel, "link address"))
		return error_member(error, "/mac", "kernel", "%s", error->kernel);
	if (error->kernel[0] && !strcasestr(error->kernel, "disabled"))
		return -1;
	return error_set(error, ERROR_REFUSED,
			 "\"%.15s\" takes no %s neighbours: its MTU is below %s, or the "
			 "protocol is switched off there",
			 link, ipv6 ? "IPv6" : "IPv4", ipv6 ? "1280" : "68");
}

static int neighbor_exists(const struct neighbor *other, struct error *error)
{
	char text[IP_TEXT_SIZE];

	ip_format(&other->options.address, text);
	error_set(error, ERROR_EXISTS, "link \"%.15s\" has the %s %s already", other->link.name,
		  neighbor_is_proxy(other) ? "proxy" : "neighbour", text);
	neighbor_url(other, error->conflict);
	return -1;
}

static int neighbor_send(struct netlink *netlink, int type, int flags,
			 const struct neighbor *neighbor, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE = neighbor_message(type, flags, neighbor, error);

	return message ? netlink_request(netlink, message, error) : -1;
}

static int neighbor_remove(struct netlink *netlink, const struct neighbor *neighbor,
			   struct error *error)
{
	if (!neighbor_send(netlink, RTM_DELNEIGH, 0, neighbor, error))
		return 0;
	if (error->number != ENOENT && error->number != ENODEV)
		return -1;
	error_clear(error);
	return neighbor_absent(neighbor, error);
}

/* Also where it is there and does not have all that was asked for. */
static int neighbor_verify(struct netlink *netlink, const struct neighbor *wanted,
			   struct neighbor *ret, struct error *error)
{
	*ret = *wanted;
	if (netlink_rehearses(netlink))
		return 0;
	if (neighbor_ask(netlink, wanted, ret, error)) {
		if (error->kind != ERROR_ABSENT)
			return -1;
		error_clear(error);
		return error_set(error, ERROR_BUSY,
				 "it was taken away by somebody else right after it was made");
	}
	return neighbor_settled(wanted, ret) ?
		       0 :
		       error_set(error, ERROR_UNSUPPORTED,
				 "this kernel does not keep all of such a neighbour on "
				 "\"%.15s\"",
				 wanted->link.name);
}

/* ---- making ---- */

/* What stands there: nothing, something of the kernel's own, or somebody's. */
static int look_before(struct netlink *netlink, const struct neighbor *neighbor,
		       const struct neighbor_link *link, struct error *error)
{
	struct neighbor other;

	if (!neighbor_ask(netlink, neighbor, &other, error))
		return neighbor_is_cache(&other, link) ||
				       (other.options.protocol == OWNED_PROTOCOL &&
					!neighbor_is_ours(&other)) ?
			       0 :
			       neighbor_exists(&other, error);
	if (error->kind != ERROR_ABSENT)
		return -1;
	error_clear(error);
	return 0;
}

static int neighbor_add(struct netlink *netlink, const struct neighbor *neighbor,
			const struct neighbor_link *link, struct error *error)
{
	if (neighbor_is_proxy(neighbor) && look_before(netlink, neighbor, link, error))
		return -1;
	if (!neighbor_send(netlink, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL, neighbor, error))
		return 0;
	if (error->number != EEXIST)
		return neighbor_explain(neighbor, error);
	error_clear(error);
	if (look_before(netlink, neighbor, link, error))
		return -1;
	return neighbor_send(netlink, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, neighbor,
			     error) ?
		       neighbor_explain(neighbor, error) :
		       0;
}

/* What fails leaves nothing. */
static int neighbor_make(struct netlink *netlink, const struct neighbor *wanted,
			 struct neighbor *ret, struct error *error)
{
	struct neighbor neighbor = *wanted;
	struct neighbor_link link;
	struct error ignored;

	neighbor_complete(&neighbor);
	if (neighbor_link_ask(netlink, wanted->link.name, &link, error))
		return -1;
	if (!link.device.index)
		return error_missing(error, "/link",
				     "there is no link \"%.15s\" in namespace \"%.64s\"",
				     wanted->link.name, wanted->namespace);
	neighbor.link = link.device;
	if (neighbor_check_link(&neighbor, &link, error) ||
	    neighbor_add(netlink, &neighbor, &link, error))
		return -1;
	if (!neighbor_verify(netlink, &neighbor, ret, error))
		return 0;
	error_clear(&ignored);
	(void)neighbor_remove(netlink, &neighbor, &ignored);
	return -1;
}

int neighbor_create(struct netops *netops, const struct neighbor *wanted, struct neighbor *ret,
		    struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	return namespace_enter_to_make(netops, wanted->namespace, &socket, error) ||
			       neighbor_make(socket.netlink, wanted, ret, error) ?
		       -1 :
		       0;
}

/* ---- many ---- */

/* Into the namespace of a neighbour, unless the socket is there already. */
static int list_enter(struct netops *netops, const struct neighbor *neighbor,
		      const struct neighbor *before, struct namespace_socket *socket,
		      struct error *error)
{
	if (socket->netlink && !strcmp(neighbor->namespace, before->namespace))
		return 0;
	namespace_leave(socket);
	return namespace_enter_to_make(netops, neighbor->namespace, socket, error);
}

static int list_make(struct netops *netops, const struct neighbor_list *wanted,
		     struct neighbor_list *made, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	for (size_t i = 0; i < wanted->count; i++) {
		const struct neighbor *neighbor = &wanted->items[i];
		struct neighbor one;
		struct error ignored;

		if (list_enter(netops, neighbor, i ? neighbor - 1 : NULL, &socket, error) ||
		    neighbor_make(socket.netlink, neighbor, &one, error))
			return -1;
		if (!neighbor_list_add(made, &one, error))
			continue;
		error_clear(&ignored);
		(void)neighbor_remove(socket.netlink, &one, &ignored);
		return -1;
	}
	return 0;
}

/* What fails here has been removed by somebody else, or cannot be helped. */
static void list_undo(struct netops *netops, const struct neighbor_list *made)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	const struct neighbor *before = NULL;
	struct error ignored;

	for (size_t i = made->count; i--;) {
		const struct neighbor *neighbor = &made->items[i];

		error_clear(&ignored);
		if (!list_enter(netops, neighbor, before, &socket, &ignored))
			(void)neighbor_remove(socket.netlink, neighbor, &ignored);
		before = neighbor;
	}
}

/* The one in the way may be an item of the list, which is gone by now: then it is said so. */
static void list_name_twin(const struct neighbor_list *made, struct error *error)
{
	char url[ERROR_URL_SIZE];

	for (size_t i = 0; i < made->count && error->conflict[0]; i++) {
		neighbor_url(&made->items[i], url);
		if (strcmp(url, error->conflict))
			continue;
		error->conflict[0] = '\0';
		error_set(error, ERROR_EXISTS,
			  "the list has this neighbour twice: item /%zu is the other", i);
	}
}

int neighbor_create_list(struct netops *netops, const struct neighbor_list *wanted,
			 struct neighbor_list *ret, struct error *error)
{
	*ret = (struct neighbor_list){ 0 };
	if (!list_make(netops, wanted, ret, error))
		return 0;
	list_undo(netops, ret);
	list_name_twin(ret, error);
	member_of_item(error, ret->count);
	neighbor_list_free(ret);
	return -1;
}

/* ---- changing and removing ---- */

/* As managed the kernel takes over all but one that it thinks needs no resolving. */
static int neighbor_replace(struct netlink *netlink, const struct neighbor *current,
			    const struct neighbor *wanted, struct error *error)
{
	struct error ignored;
	bool anew = neighbor_is_managed(wanted) && current->options.nud & NUD_NOARP;

	if (anew && neighbor_remove(netlink, current, error))
		return -1;
	if (!neighbor_send(netlink, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, wanted, error))
		return 0;
	error_clear(&ignored);
	if (anew)
		(void)neighbor_send(netlink, RTM_NEWNEIGH, NLM_F_CREATE, current, &ignored);
	return neighbor_explain(wanted, error);
}

int neighbor_update(struct netops *netops, const struct neighbor *current,
		    const struct neighbor *wanted, struct neighbor *ret, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct neighbor neighbor = *wanted;
	struct neighbor_link link;

	neighbor.options.protocol = current->options.protocol;
	give_at(&neighbor.given, NEIGHBOR_AT(protocol));
	neighbor_complete(&neighbor);
	*ret = *current;
	if (neighbor_settled(&neighbor, current))
		return 0;
	if (namespace_enter_to_find(netops, current->namespace, &socket, error) ||
	    neighbor_link_ask(socket.netlink, current->link.name, &link, error))
		return -1;
	if (!link.device.index)
		return neighbor_absent(current, error);
	neighbor.link = link.device;
	if (neighbor_check_link(&neighbor, &link, error) ||
	    neighbor_replace(socket.netlink, current, &neighbor, error))
		return -1;
	return neighbor_verify(socket.netlink, &neighbor, ret, error);
}

int neighbor_need_ours(const struct neighbor *neighbor, bool foreign_too, struct error *error)
{
	if (neighbor_is_ours(neighbor) || foreign_too)
		return 0;
	return error_set(error, ERROR_REFUSED,
			 "this neighbour was not made through tunneld (its protocol is %u); "
			 "?foreign=true insists",
			 neighbor->options.protocol);
}

int neighbor_delete_known(struct netops *netops, const struct neighbor *neighbor,
			  struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	return namespace_enter_to_find(netops, neighbor->namespace, &socket, error) ||
			       neighbor_remove(socket.netlink, neighbor, error) ?
		       -1 :
		       0;
}
