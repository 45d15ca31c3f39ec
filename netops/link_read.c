/*
 * Reading links: a message becomes a record, and what the message only hints at
 * (names behind indexes, the other end, addresses) is asked for.
 */
#include <errno.h>
#include <net/if_arp.h>
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>

#include "netops/netlink.h"
#include "netops/buffer.h"
#include "netops/datapath_private.h"
#include "netops/device.h"
#include "netops/link_private.h"

enum { DATA_MAX = 63 }; /* more attributes than any kind has */

static struct nl_msg *link_message(int type, uint32_t index, struct error *error)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = (int)index };
	struct nl_msg *message = netlink_message(type, 0, &header, sizeof(header), error);

	if (message)
		nla_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return message;
}

struct nl_msg *link_dump_message(struct error *error)
{
	return link_message(RTM_GETLINK, 0, error);
}

static void link_parse_kind(struct link *link, struct nlattr *const *attributes)
{
	struct nlattr *info[IFLA_INFO_MAX + 1] = { 0 }, *data[DATA_MAX + 1] = { 0 };
	unsigned int i = 0;
	const struct row *rows;

	if (attributes[IFLA_LINKINFO])
		nla_parse_nested(info, IFLA_INFO_MAX, attributes[IFLA_LINKINFO], NULL);
	netlink_text(info[IFLA_INFO_KIND], link->kernel_kind, sizeof(link->kernel_kind));
	if (info[IFLA_INFO_DATA])
		nla_parse_nested(data, DATA_MAX, info[IFLA_INFO_DATA], NULL);
	link->kind = kind_of(link->kernel_kind, data, DATA_MAX);
	for (; link->kind && (rows = link->kind->tables[i]); i++)
		rows_parse(rows, data, DATA_MAX, &link->options, &link->given);
	if (link->kind && link->kind->outer)
		rows_parse(link->kind->outer, attributes, IFLA_MAX, &link->options,
			   &link->given);
}

static void link_parse_status(struct link *link, const struct ifinfomsg *header,
			      struct nlattr *const *attributes)
{
	struct link_status *status = &link->status;

	status->index = (uint32_t)header->ifi_index;
	status->flags = header->ifi_flags;
	status->type = header->ifi_type;
	status->group = netlink_number(attributes[IFLA_GROUP]);
	status->operstate = (uint8_t)netlink_number(attributes[IFLA_OPERSTATE]);
	status->carrier = netlink_number(attributes[IFLA_CARRIER]) != 0;
	status->lower_index = netlink_number(attributes[IFLA_LINK]);
	status->lower_elsewhere = attributes[IFLA_LINK_NETNSID] != NULL;
	status->lower_namespace_id =
		status->lower_elsewhere ?
			(int32_t)netlink_number(attributes[IFLA_LINK_NETNSID]) :
			-1;
	link->options.up = (header->ifi_flags & IFF_UP) != 0;
	give_at(&link->given, offsetof(struct link_options, up));
}

/* The message is kept for its details; where the datapath carries the tunnel, as the kernel would tell it. */
static const struct nlmsghdr *link_keep_message(const struct nlmsghdr *header,
						const char *namespace, struct link *link)
{
	free(link->message);
	link->message = datapath_message(namespace, header);
	link->status.userspace = link->message != NULL;
	if (link->message)
		return link->message;
	link->message = malloc(header->nlmsg_len);
	if (link->message)
		memcpy(link->message, header, header->nlmsg_len);
	return header;
}

static void link_parse_datapath(struct link *link)
{
	if (!link->kind || !link->kind->tunnel)
		return;
	link->options.datapath = link->status.userspace ? DATAPATH_USERSPACE : DATAPATH_KERNEL;
	give_at(&link->given, offsetof(struct link_options, datapath));
}

bool link_parse(const struct nlmsghdr *header, const char *namespace, struct link *link)
{
	struct nlattr *attributes[IFLA_MAX + 1];
	const struct ifinfomsg *info;

	if (header->nlmsg_type != RTM_NEWLINK)
		return false;
	header = link_keep_message(header, namespace, link);
	info = nlmsg_data(header);
	if (nlmsg_parse((struct nlmsghdr *)(uintptr_t)header, sizeof(*info), attributes,
			IFLA_MAX, NULL) ||
	    !attributes[IFLA_IFNAME])
		return false;
	snprintf(link->namespace, sizeof(link->namespace), "%s", namespace);
	netlink_text(attributes[IFLA_IFNAME], link->name, sizeof(link->name));
	link_parse_status(link, info, attributes);
	rows_parse(link_rows, attributes, IFLA_MAX, &link->options, &link->given);
	if (info->ifi_type == ARPHRD_ETHER)
		rows_parse(ethernet_rows, attributes, IFLA_MAX, &link->options, &link->given);
	link_parse_kind(link, attributes);
	link_parse_datapath(link);
	return true;
}

struct get_context {
	const char *namespace;
	struct link *link;
	bool found;
};

static int link_get_record(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct get_context *get = context;

	(void)error;
	get->found = link_parse(header, get->namespace, get->link) || get->found;
	return 0;
}

static int link_absent(const char *namespace, const char *name, struct error *error)
{
	error_clear(error);
	return error_set(error, ERROR_ABSENT, "namespace \"%s\" has no link \"%s\"", namespace,
			 name);
}

/* Answers by an alternative name are somebody else's: only the name itself counts. */
int link_get(struct netlink *netlink, const char *namespace, const char *name, uint32_t index,
	     struct link *ret, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE = link_message(RTM_GETLINK, index, error);
	struct get_context get = { namespace, ret, false };

	if (!message)
		return -1;
	if (name && strlen(name) < IFNAMSIZ)
		nla_put_string(message, IFLA_IFNAME, name);
	if ((!name || strlen(name) < IFNAMSIZ) &&
	    netlink_get(netlink, message, link_get_record, &get, error) &&
	    error->number != ENODEV)
		return -1;
	if (get.found && (!name || !strcmp(name, ret->name)))
		return 0;
	return link_absent(namespace, name ? name : "of this index", error);
}

int link_index_of(struct netlink *netlink, const char *name, uint32_t *ret, struct error *error)
{
	struct link link CLEANUP_LINK = LINK_EMPTY;

	*ret = 0;
	if (link_get(netlink, "", name, 0, &link, error)) {
		if (error->kind != ERROR_ABSENT)
			return -1;
		error_clear(error);
		return 0;
	}
	*ret = link.status.index;
	return 0;
}

/* "" where it has no name, or no number to ask by: then it is about to go. */
static int link_lower_namespace(const struct link_call *call, const struct link *link,
				char ret[NAMESPACE_NAME_SIZE], struct error *error)
{
	int32_t id = link->status.lower_namespace_id;

	ret[0] = '\0';
	return id < 0 ? 0 : namespace_name_of_id(call->netops, call->netlink, id, ret, error);
}

int link_lower_name(const struct link_call *call, const struct link *link,
		    char namespace[NAMESPACE_NAME_SIZE], char name[IFNAMSIZ],
		    struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct device device = { .index = link->status.lower_index };
	const char *known;
	struct error ignored;

	snprintf(namespace, NAMESPACE_NAME_SIZE, "%s", link->namespace);
	if (link->status.lower_elsewhere && link_lower_namespace(call, link, namespace, error))
		return -1;
	if (!namespace[0] || !device.index)
		return 0;
	known = call->names && !link->status.lower_elsewhere ?
			link_names_get(call->names, device.index) :
			NULL;
	if (known) {
		snprintf(name, IFNAMSIZ, "%s", known);
		return 1;
	}
	/* It may be gone by now; then its name is not known, and that is all. */
	error_clear(&ignored);
	if (namespace_enter(call->netops, namespace, &socket, &ignored) ||
	    device_name_ask(socket.netlink, &device, &ignored))
		return 0;
	snprintf(name, IFNAMSIZ, "%s", device.name);
	return name[0] != '\0';
}

/*
 * Devices of an underlay in another namespace are indexes of that namespace. In
 * one without a name they have none either.
 */
static int link_name_underlay_device(const struct link_call *call, struct link *link,
				     struct device *device, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	if (!link->underlay_namespace[0])
		return 0;
	if (!namespace_enter(call->netops, link->underlay_namespace, &socket, error))
		return device_name_ask(socket.netlink, device, error);
	if (error->kind != ERROR_MISSING)
		return -1;
	error_clear(error); /* it lost its name just now */
	link->underlay_namespace[0] = '\0';
	return 0;
}

static int link_name_devices(const struct link_call *call, struct link *link,
			     const struct row *rows, struct error *error)
{
	for (const struct row *row = rows; row->name; row++) {
		struct device *device = row_place(row, &link->options);

		if (row->type != ROW_DEVICE || !given_at(&link->given, row->offset))
			continue;
		if ((row->flags & ROW_UNDERLAY) && link->status.lower_elsewhere) {
			if (link_name_underlay_device(call, link, device, error))
				return -1;
		} else if (call->names) {
			device_name(device, call->names);
		} else if (device_name_ask(call->netlink, device, error)) {
			return -1;
		}
	}
	return 0;
}

bool link_has_underlay(const struct link *link)
{
	const struct row *rows;

	for (unsigned int i = 0; link->kind && (rows = link_table(link->kind, i)); i++) {
		for (; rows->name; rows++) {
			if (rows->flags & ROW_UNDERLAY)
				return true;
		}
	}
	return false;
}

int link_read_underlay(const struct link_call *call, struct link *link, struct error *error)
{
	if (!link->status.lower_elsewhere || !link_has_underlay(link))
		return 0;
	return link_lower_namespace(call, link, link->underlay_namespace, error);
}

/* A veth's other end was asked for already. */
static int link_read_lower(const struct link_call *call, struct link *link, struct error *error)
{
	struct link_status *status = &link->status;

	if (!link->peer)
		return link_lower_name(call, link, status->lower_namespace, status->lower_name,
				       error) < 0 ?
			       -1 :
			       0;
	memcpy(status->lower_name, link->peer->name, IFNAMSIZ);
	memcpy(status->lower_namespace, link->peer->namespace, NAMESPACE_NAME_SIZE);
	return 0;
}

int link_read_rest(const struct link_call *call, struct link *link, struct error *error)
{
	const struct row *rows;

	if (link_read_underlay(call, link, error))
		return -1;
	for (unsigned int i = 0; (rows = link_table(link->kind, i)); i++) {
		if (link_name_devices(call, link, rows, error))
			return -1;
	}
	if (link->kind && link->kind->read && link->kind->read(call, link, error))
		return -1;
	return link_read_lower(call, link, error);
}

bool link_vanished(const struct error *error)
{
	return error->kind == ERROR_MISSING || error->kind == ERROR_ABSENT ||
	       (error->kind == ERROR_KERNEL && error->number == ENODEV);
}

int link_enter(struct netops *netops, const char *namespace, struct namespace_socket *ret,
	       struct error *error)
{
	if (!namespace_enter(netops, namespace, ret, error))
		return 0;
	if (error->kind == ERROR_MISSING)
		error->kind = ERROR_ABSENT;
	return -1;
}

int link_read_on(struct link_call *call, const char *namespace, const char *name,
		 struct link *ret, struct error *error)
{
	if (link_get(call->netlink, namespace, name, 0, ret, error))
		return -1;
	call->index = ret->status.index;
	if (!address_list_read(call->netlink, namespace, call->index, &ret->addresses, error) &&
	    !link_read_rest(call, ret, error))
		return 0;
	return link_vanished(error) ? link_absent(namespace, name, error) : -1;
}

int link_read(struct netops *netops, const char *namespace, const char *name, struct link *ret,
	      struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct link_call call = { .netops = netops };

	if (link_enter(netops, namespace, &socket, error))
		return -1;
	call.netlink = socket.netlink;
	return link_read_on(&call, namespace, name, ret, error);
}

/* A question that the kernel answers only while nobody changes anything; lo is always there. */
int link_wait(struct netops *netops, const char *namespace, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct link link CLEANUP_LINK = LINK_EMPTY;

	if (namespace_enter(netops, namespace, &socket, error))
		return -1;
	return link_get(socket.netlink, namespace, NULL, 1, &link, error);
}
