/* An Ethernet bridge and the links that are its members: net/bridge. */
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netops/netlink.h"
#include "netops/kind.h"
#include "netops/link_private.h"

/* clang-format off */
static const struct row bridge_rows[] = {
	{ "stp", ROW_BOOL, WIRE_U32, IFLA_BR_STP_STATE, LINK_ROW(stp) },
	{ "priority", ROW_NUMBER, WIRE_U16, IFLA_BR_PRIORITY, LINK_ROW(bridge_priority), .initial = 32768, .maximum = 65535 },
	{ "vlan_filtering", ROW_BOOL, WIRE_U8, IFLA_BR_VLAN_FILTERING, LINK_ROW(vlan_filtering) },
	{ "multicast_snooping", ROW_BOOL, WIRE_U8, IFLA_BR_MCAST_SNOOPING, LINK_ROW(multicast_snooping), .initial = 1 },
	{ 0 },
};
/* clang-format on */

/* A member that has a master already is not taken away from it. */
static int bridge_member_index(const struct link_call *call, const struct link *bridge,
			       size_t position, uint32_t *ret, struct error *error)
{
	const char *name = bridge->members[position];
	struct link member CLEANUP_LINK = LINK_EMPTY;
	char pointer[32];

	snprintf(pointer, sizeof(pointer), "/members/%zu", position);
	if (link_get(call->netlink, bridge->namespace, name, 0, &member, error)) {
		if (error->kind != ERROR_ABSENT)
			return -1;
		return error_missing(error, pointer, "namespace \"%s\" has no link \"%s\"",
				     bridge->namespace, name);
	}
	*ret = member.status.index;
	if (!LINK_GIVEN(&member, master))
		return 0;
	link_url(&member, error->conflict);
	error_member(error, pointer, "exists", "link \"%s\" belongs to another link already",
		     name);
	return error_set(error, ERROR_EXISTS, "link \"%s\" belongs to another link already",
			 name);
}

/* The kernel's word on one member: what it says of a link is said of that link. */
static int bridge_member_refused(const struct link *bridge, size_t position,
				 struct error *error)
{
	char pointer[32];

	snprintf(pointer, sizeof(pointer), "/members/%zu", position);
	if (error->number == EBUSY) {
		error_member(error, pointer, "busy", "a macvlan or the like has its packets");
		return error_set(error, ERROR_REFUSED,
				 "link \"%s\" cannot be in a bridge: a macvlan or the like "
				 "has its packets",
				 bridge->members[position]);
	}
	if (error->number != EINVAL && error->number != ELOOP && error->number != EOPNOTSUPP)
		return -1;
	error->detail[0] = '\0';
	return error_member(error, pointer, "kernel", "link \"%s\" cannot be in a bridge: %s",
			    bridge->members[position],
			    error->kernel[0] ? error->kernel : strerrordesc_np(error->number));
}

static int bridge_member_take(const struct link_call *call, const struct link *bridge,
			      size_t position, struct error *error)
{
	uint32_t index = 0;

	if (bridge_member_index(call, bridge, position, &index, error))
		return -1;
	if (link_set_master(call->netlink, index, call->index, error))
		return bridge_member_refused(bridge, position, error);
	return 0;
}

static bool bridge_has(const struct link *bridge, const char *name)
{
	for (size_t i = 0; i < bridge->member_count; i++) {
		if (!strcmp(bridge->members[i], name))
			return true;
	}
	return false;
}

/* One that is gone by now, or has another master, is no member any more. */
static int bridge_let_go(const struct link_call *call, const char *name, struct error *error)
{
	struct link member CLEANUP_LINK = LINK_EMPTY;

	if (link_get(call->netlink, "", name, 0, &member, error)) {
		if (!link_vanished(error))
			return -1;
		error_clear(error);
		return 0;
	}
	if (member.options.master.index != call->index)
		return 0;
	return link_set_master(call->netlink, member.status.index, 0, error);
}

static int bridge_alter(const struct link_call *call, const struct link *from,
			const struct link *to, struct error *error)
{
	for (size_t i = 0; to->given_members && i < from->member_count; i++) {
		if (!bridge_has(to, from->members[i]) &&
		    bridge_let_go(call, from->members[i], error))
			return -1;
	}
	for (size_t i = 0; to->given_members && i < to->member_count; i++) {
		if (!bridge_has(from, to->members[i]) && bridge_member_take(call, to, i, error))
			return -1;
	}
	return 0;
}

static int bridge_finish(const struct link_call *call, const struct link *wanted,
			 struct error *error)
{
	static const struct link none;

	return bridge_alter(call, &none, wanted, error);
}

static int bridge_member_add(struct link *bridge, const struct nlattr *name,
			     struct error *error)
{
	link_name *members =
		reallocarray(bridge->members, bridge->member_count + 1, sizeof(*members));

	if (!members)
		return error_errno(error, ENOMEM, "reading the members of a bridge");
	bridge->members = members;
	netlink_text(name, members[bridge->member_count++], sizeof(*members));
	return 0;
}

static int bridge_member_record(const struct nlmsghdr *header, void *context,
				struct error *error)
{
	const struct nlattr *name = nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)header,
						    sizeof(struct ifinfomsg), IFLA_IFNAME);

	return name ? bridge_member_add(context, name, error) : 0;
}

static void bridge_forget(void *context)
{
	((struct link *)context)->member_count = 0;
}

/* The kernel filters by master. */
static int bridge_read(const struct link_call *call, struct link *link, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE = link_dump_message(error);

	if (!message)
		return -1;
	bridge_forget(link);
	nla_put_u32(message, IFLA_MASTER, call->index);
	return netlink_dump(call->netlink, message, bridge_member_record, bridge_forget, link,
			    error);
}

const struct kind kind_bridge = {
	.name = "bridge",
	.netlink_name = "bridge",
	.ethernet = true,
	.tables = { bridge_rows },
	.module = "bridge",
	.symbol = "br_dev_setup",
	.config = "CONFIG_BRIDGE",
	.finish = bridge_finish,
	.read = bridge_read,
	.alter = bridge_alter,
};
