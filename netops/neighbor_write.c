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
#include "netops/pipeline.h"

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

static int neighbor_link_need(struct netlink *netlink, const struct neighbor *neighbor,
			      struct neighbor_link *ret, struct error *error)
{
	if (neighbor_link_ask(netlink, neighbor->link.name, ret, error))
		return -1;
	return ret->device.index ?
		       0 :
		       error_missing(error, "/link",
				     "there is no link \"%.15s\" in namespace \"%.64s\"",
				     neighbor->link.name, neighbor->namespace);
}

/* What fails leaves nothing. */
static int neighbor_make(struct netlink *netlink, const struct neighbor *wanted,
			 struct neighbor *ret, struct error *error)
{
	struct neighbor neighbor = *wanted;
	struct neighbor_link link;
	struct error ignored;

	neighbor_complete(&neighbor);
	if (neighbor_link_need(netlink, wanted, &link, error))
		return -1;
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

static int neighbor_prepare(struct netlink *netlink, void *record, void *known,
			    struct error *error)
{
	struct neighbor *neighbor = record;
	struct neighbor_link *link = known;

	neighbor_complete(neighbor);
	if ((!link->device.index || strcmp(link->device.name, neighbor->link.name)) &&
	    neighbor_link_need(netlink, neighbor, link, error))
		return -1;
	neighbor->link = link->device;
	return neighbor_check_link(neighbor, link, error);
}

/* Of a proxy the kernel would make one anew without a word. */
static bool neighbor_is_apart(const void *record)
{
	return neighbor_is_proxy(record);
}

static struct nl_msg *neighbor_creation(const void *record, struct error *error)
{
	return neighbor_message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL, record, error);
}

/* It may be what the kernel learned by itself. */
static bool neighbor_stands(const struct error *error)
{
	return error->number == EEXIST;
}

static int neighbor_make_apart(struct netlink *netlink, const void *record, struct error *error)
{
	struct neighbor_link link;

	return neighbor_link_need(netlink, record, &link, error) ||
			       neighbor_add(netlink, record, &link, error) ?
		       -1 :
		       0;
}

static struct nl_msg *neighbor_question(const void *record, struct error *error)
{
	return neighbor_message(RTM_GETNEIGH, 0, record, error);
}

static bool neighbor_told(const struct nlmsghdr *header, void *record)
{
	struct neighbor *wanted = record, told = *wanted;

	if (!neighbor_parse(header, &told))
		return false;
	told.link = wanted->link;
	if (!neighbor_settled(wanted, &told))
		return false;
	*wanted = told;
	return true;
}

static int neighbor_verify_one(struct netlink *netlink, void *record, struct error *error)
{
	const struct neighbor wanted = *(const struct neighbor *)record;

	return neighbor_verify(netlink, &wanted, record, error);
}

static int neighbor_refused(struct netlink *netlink, const void *record, struct error *error)
{
	(void)netlink;
	return neighbor_explain(record, error);
}

/* What fails here has been removed by somebody else, or cannot be helped. */
static void neighbor_take_back(struct netlink *netlink, const void *record)
{
	struct error ignored;

	error_clear(&ignored);
	(void)neighbor_remove(netlink, record, &ignored);
}

static void neighbor_record_url(const void *record, char ret[ERROR_URL_SIZE])
{
	neighbor_url(record, ret);
}

int neighbor_create_many(struct netops *netops, void *const *wanted, void *const *ret,
			 size_t count, size_t *ret_failed, struct error *error)
{
	static const struct pipeline_way way = {
		.size = sizeof(struct neighbor),
		.known_size = sizeof(struct neighbor_link),
		.prepare = neighbor_prepare,
		.is_apart = neighbor_is_apart,
		.creation = neighbor_creation,
		.forgives = neighbor_stands,
		.make_apart = neighbor_make_apart,
		.question = neighbor_question,
		.told = neighbor_told,
		.verify = neighbor_verify_one,
		.explain = neighbor_refused,
		.take_back = neighbor_take_back,
		.url = neighbor_record_url,
		.noun = "neighbour",
	};

	return pipeline_create(netops, &way, wanted, ret, count, ret_failed, error);
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
