/*
 * Changing a link in place, in steps that each send only what differs. When a
 * step fails, what is there by then is read and brought back by the same steps.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netops/datapath_private.h"
#include "netops/kind.h"
#include "netops/link_private.h"
#include "netops/netops_private.h"

/* Of a kind that resets, MTU and all go along with the first difference. */
static bool alter_data_rows(const struct link *from, const struct link *to,
			    struct link_options *options, struct given *changes)
{
	bool found = false;

	for (unsigned int i = 0; link_table_is_data(to->kind, i); i++)
		found |= rows_changes(to->kind->tables[i], to->kind->resets, &to->options,
				      &to->given, &from->options, &from->given, options,
				      changes);
	return found;
}

static int alter_data_message(struct nl_msg *message, const struct link *to,
			      const struct link_options *options, const struct given *changes,
			      struct error *error)
{
	struct nlattr *info, *data;

	if (to->kind->resets && LINK_GIVEN(to, mtu))
		nla_put_u32(message, IFLA_MTU, to->options.mtu);
	info = nla_nest_start(message, IFLA_LINKINFO);
	if (!info || nla_put_string(message, IFLA_INFO_KIND, to->kind->netlink_name) ||
	    !(data = nla_nest_start(message, IFLA_INFO_DATA)))
		return error_errno(error, ENOBUFS, "building a netlink message");
	for (unsigned int i = 0; link_table_is_data(to->kind, i); i++) {
		if (rows_put(message, to->kind->tables[i], options, changes))
			return error_errno(error, ENOBUFS, "building a netlink message");
	}
	if (to->kind->put && to->kind->put(message, to, error))
		return -1;
	nla_nest_end(message, data);
	nla_nest_end(message, info);
	return 0;
}

static int alter_data(const struct link_call *call, const struct link *from,
		      const struct link *to, struct error *error)
{
	struct link_options options = to->options;
	struct given changes = { { 0 } };
	struct nl_msg *message CLEANUP_MESSAGE = NULL;

	if (!alter_data_rows(from, to, &options, &changes))
		return 0;
	message = link_change_message(call->index, error);
	if (!message || alter_data_message(message, to, &options, &changes, error))
		return -1;
	if (from->status.userspace ?
		    datapath_alter(call, from, to, nlmsg_hdr(message), error) :
		    netlink_request(call->netlink, message, error))
		return link_explain_change(call->netops, to, nlmsg_hdr(message), error);
	return 0;
}

static int alter_outer(const struct link_call *call, const struct link *from,
		       const struct link *to, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE = link_change_message(call->index, error);
	struct link_options options = to->options;
	const struct row *rows;
	bool found = false;

	for (unsigned int i = 0; message && (rows = link_table(to->kind, i)); i++) {
		struct given changes = { { 0 } };

		if (link_table_is_data(to->kind, i))
			continue;
		(void)rows_changes(rows, false, &to->options, &to->given, &from->options,
				   &from->given, &options, &changes);
		ungive_at(&changes, offsetof(struct link_options, master));
		for (int word = 0; word < GIVEN_WORDS; word++)
			found |= changes.words[word] != 0;
		if (rows_put(message, rows, &options, &changes))
			return error_errno(error, ENOBUFS, "building a netlink message");
	}
	if (!message || !found)
		return message ? 0 : -1;
	if (netlink_request(call->netlink, message, error))
		return link_explain_change(call->netops, to, nlmsg_hdr(message), error);
	return 0;
}

static int alter_master(const struct link_call *call, const struct link *from,
			const struct link *to, struct error *error)
{
	if (row_settled(row_find(link_rows, "master"), &to->options, &to->given, &from->options,
			&from->given))
		return 0;
	return link_settle_master(call, to, "", error);
}

static int alter_addresses(const struct link_call *call, const struct link *from,
			   const struct link *to, struct error *error)
{
	struct device link = { .index = call->index };

	memcpy(link.name, to->name, sizeof(link.name));
	return address_list_alter(call->netlink, to->namespace, &link, &from->addresses,
				  to->given_addresses ? &to->addresses : &from->addresses,
				  "/addresses", error);
}

static int alter_kind(const struct link_call *call, const struct link *from,
		      const struct link *to, struct error *error)
{
	return to->kind && to->kind->alter ? to->kind->alter(call, from, to, error) : 0;
}

static int alter_up(const struct link_call *call, const struct link *from,
		    const struct link *to, struct error *error)
{
	if (!LINK_GIVEN(to, up) || to->options.up == from->options.up)
		return 0;
	if (link_set_up(call->netlink, call->index, to->options.up, error))
		return -1;
	if (to->options.up && from->status.userspace)
		datapath_link_local(call, to);
	return 0;
}

typedef int alter_step(const struct link_call *call, const struct link *from,
		       const struct link *to, struct error *error);
static alter_step *const alter_steps[] = { alter_outer, alter_master, alter_data,
					   alter_kind,	alter_up,     alter_addresses };
enum { ALTER_STEPS = sizeof(alter_steps) / sizeof(alter_steps[0]) };

int link_alter(const struct link_call *call, const struct link *from, const struct link *to,
	       struct error *error)
{
	for (int i = 0; i < ALTER_STEPS; i++) {
		if (alter_steps[i](call, from, to, error))
			return -1;
	}
	return 0;
}

static bool link_wants(const struct link *wanted, const struct address *address)
{
	for (size_t i = 0; wanted && i < wanted->addresses.count; i++) {
		if (address_same(&wanted->addresses.items[i], address))
			return true;
	}
	return false;
}

/*
 * The list as the client knows it: what others added to a link of ours is not in
 * it, unless it is wanted, too. Then it is there, and theirs to take away.
 */
static void link_own_addresses(struct link *link, const struct link *wanted)
{
	size_t count = link_is_ours(link) ? 0 : link->addresses.count;

	for (size_t i = 0; i < link->addresses.count && link_is_ours(link); i++) {
		if (address_is_ours(&link->addresses.items[i]) ||
		    link_wants(wanted, &link->addresses.items[i]))
			link->addresses.items[count++] = link->addresses.items[i];
	}
	link->addresses.count = count;
	link->given_addresses = true;
}

/* The error that led here is the one to be told; what fails now is not. */
static void link_set_back(const struct link_call *call, const struct link *old)
{
	struct link now CLEANUP_LINK = LINK_EMPTY;
	struct error ignored;

	error_clear(&ignored);
	if (link_read_whole(call->netops, old->namespace, old->name, &now, &ignored))
		return;
	link_own_addresses(&now, old);
	for (int i = 0; i < ALTER_STEPS; i++) {
		error_clear(&ignored);
		(void)alter_steps[i](call, &now, old, &ignored);
	}
}

static int link_keep_addresses(struct link *wanted, const struct link *current,
			       struct error *error)
{
	for (size_t i = 0; !wanted->given_addresses && i < current->addresses.count; i++) {
		if (address_list_add(&wanted->addresses, &current->addresses.items[i], error))
			return -1;
	}
	return 0;
}

static int link_keep_members(struct link *wanted, const struct link *current,
			     struct error *error)
{
	if (wanted->given_members || wanted->kind != current->kind || !current->member_count)
		return 0;
	wanted->members = calloc(current->member_count, sizeof(*wanted->members));
	if (!wanted->members)
		return error_errno(error, ENOMEM, "keeping the members of a bridge");
	memcpy(wanted->members, current->members,
	       current->member_count * sizeof(*wanted->members));
	wanted->member_count = current->member_count;
	wanted->given_members = true;
	return 0;
}

static int link_keep_routers(struct link *wanted, const struct link *current,
			     struct error *error)
{
	size_t size = current->potential_router_count * sizeof(*wanted->potential_routers);

	if (wanted->given_potential_routers || wanted->kind != current->kind || !size)
		return 0;
	wanted->potential_routers = malloc(size);
	if (!wanted->potential_routers)
		return error_errno(error, ENOMEM, "keeping potential routers");
	memcpy(wanted->potential_routers, current->potential_routers, size);
	wanted->potential_router_count = current->potential_router_count;
	wanted->given_potential_routers = true;
	return 0;
}

/* What a change leaves alone when it is not said, a new link has to be told. */
static int link_keep_rest(struct link *wanted, const struct link *current, struct error *error)
{
	wanted->changes = false;
	if (link_keep_addresses(wanted, current, error) ||
	    link_keep_members(wanted, current, error) ||
	    link_keep_routers(wanted, current, error))
		return -1;
	if (!wanted->peer)
		return 0;
	wanted->peer->changes = false;
	return current->peer ? link_keep_addresses(wanted->peer, current->peer, error) : 0;
}

/* Nothing is deleted that could not be made again, should the new one fail. */
static int link_check_makeable(struct link *current, struct error *error)
{
	struct error why;

	if (!current->kind)
		return error_set(error, ERROR_REFUSED,
				 "the daemon does not know how to make a link of kind \"%s\", "
				 "so it deletes none for another",
				 current->kernel_kind);
	if (link_has_underlay(current) && !link_underlay(current))
		return error_set(error, ERROR_REFUSED,
				 "what \"%s\" runs over is in a namespace without a name: it "
				 "could not be made anew there",
				 current->name);
	error_clear(&why);
	if (!link_check(current, &why))
		return 0;
	return error_set(error, ERROR_REFUSED,
			 "\"%s\" could not be made again as it is, should the new one fail "
			 "(%s: %s)",
			 current->name, why.members[0].pointer, why.members[0].detail);
}

/* Deleted and made anew; if that fails, the old one is. */
static int link_recreate(struct netops *netops, struct link *current, struct link *wanted,
			 struct link *ret, struct error *error)
{
	struct link old CLEANUP_LINK = LINK_EMPTY;
	struct error again;

	if (link_keep_rest(wanted, current, error) || link_check_makeable(current, error) ||
	    link_check(wanted, error) ||
	    link_delete(netops, current->namespace, current->name, false, true, error))
		return -1;
	if (!link_create(netops, wanted, ret, error))
		return 0;
	error_clear(&again);
	if (link_create(netops, current, &old, &again))
		return error_set(
			error, ERROR_INTERNAL,
			"the link was deleted, and neither the new one (%.200s) nor the "
			"old one (%.200s) could be made",
			error->detail, again.detail);
	return -1;
}

/* What was there already need not have been asked for: then it is the kernel's to say. */
static void link_unask(struct link *wanted, const struct link *current)
{
	const struct row *rows;

	for (unsigned int i = 0; (rows = link_table(wanted->kind, i)); i++) {
		for (const struct row *row = rows; row->name; row++) {
			if (row_settled(row, &wanted->options, &wanted->given,
					&current->options, &current->given))
				ungive_at(&wanted->given, row->offset);
		}
	}
}

static int link_alter_here(struct netops *netops, struct link *current, struct link *wanted,
			   struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct link_call call = { .netops = netops, .index = current->status.index };

	if (namespace_enter(netops, wanted->namespace, &socket, error))
		return -1;
	call.netlink = socket.netlink;
	if (!link_alter(&call, current, wanted, error))
		return 0;
	if (!netlink_rehearses(call.netlink))
		link_set_back(&call, current);
	return -1;
}

int link_update(struct netops *netops, struct link *current, struct link *wanted, bool recreate,
		struct link *ret, struct error *error)
{
	int result;

	link_own_addresses(current, wanted);
	current->given_members = current->given_potential_routers = true;
	if (current->peer)
		link_own_addresses(current->peer, wanted->peer);
	result = link_prepare(netops, wanted, error);
	link_release(wanted);
	if (result)
		return -1;
	if (link_check_fixed(current, wanted, error)) {
		if (!recreate || netops->rehearsal.on)
			return -1;
		error_clear(error);
		return link_recreate(netops, current, wanted, ret, error);
	}
	if (link_alter_here(netops, current, wanted, error) ||
	    (current->status.group == OWNED_GROUP_GOING && link_mark(netops, current, error)))
		return -1;
	/* In a rehearsal all of it is still to be asked for. */
	if (!netops->rehearsal.on)
		link_unask(wanted, current);
	return link_read(netops, wanted->namespace, wanted->name, ret, error);
}

int link_mark(struct netops *netops, struct link *link, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct nl_msg *message CLEANUP_MESSAGE = NULL;

	if (namespace_enter(netops, link->namespace, &socket, error))
		return -1;
	message = link_change_message(link->status.index, error);
	if (!message)
		return -1;
	nla_put_u32(message, IFLA_GROUP, OWNED_GROUP);
	if (netlink_request(socket.netlink, message, error))
		return -1;
	link->status.group = OWNED_GROUP;
	return link->peer ? link_mark(netops, link->peer, error) : 0;
}

int link_read_whole(struct netops *netops, const char *namespace, const char *name,
		    struct link *ret, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct link_call call = { .netops = netops };

	if (link_enter(netops, namespace, &socket, error))
		return -1;
	call.netlink = socket.netlink;
	if (link_read_on(&call, namespace, name, ret, error))
		return -1;
	return ret->kind && ret->kind->load ? ret->kind->load(&call, ret, error) : 0;
}
