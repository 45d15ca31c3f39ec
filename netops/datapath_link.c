/*
 * Tunnels in user space, made and changed by the very messages that the kernel would get:
 * their IFLA_LINKINFO goes to the datapath, the rest is done to the device.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "netops/datapath_private.h"
#include "netops/kind.h"
#include "netops/link_private.h"

enum { TX_QUEUE_LENGTH = 1000 }; /* as a tunnel of the kernel's has it */

void datapath_as_link(const struct control_tunnel *tunnel, struct link *ret)
{
	struct nlattr *info[IFLA_INFO_MAX + 1] = { 0 }, *data[64] = { 0 };
	const struct row *rows;
	unsigned int i = 0;

	snprintf(ret->namespace, sizeof(ret->namespace), "%s", tunnel->namespace);
	snprintf(ret->name, sizeof(ret->name), "%.15s", tunnel->name);
	snprintf(ret->underlay_namespace, sizeof(ret->underlay_namespace), "%s",
		 tunnel->underlay);
	nla_parse(info, IFLA_INFO_MAX, (struct nlattr *)(uintptr_t)tunnel->info,
		  (int)tunnel->info_length, NULL);
	netlink_text(info[IFLA_INFO_KIND], ret->kernel_kind, sizeof(ret->kernel_kind));
	if (info[IFLA_INFO_DATA])
		nla_parse_nested(data, 63, info[IFLA_INFO_DATA], NULL);
	ret->kind = kind_of(ret->kernel_kind, data, 63);
	for (; ret->kind && (rows = ret->kind->tables[i]); i++)
		rows_parse(rows, data, 63, &ret->options, &ret->given);
}

static int info_take(struct control_tunnel *control, const struct nlmsghdr *message,
		     struct error *error)
{
	const struct nlattr *info = nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)message,
						    sizeof(struct ifinfomsg), IFLA_LINKINFO);
	int length = info ? nla_len(info) : -1;

	if (length < 0 || length > CONTROL_INFO_SIZE)
		return error_set(error, ERROR_INTERNAL, "a tunnel of %d bytes", length);
	memcpy(control->info, nla_data(info), (size_t)length);
	control->info_length = (uint32_t)length;
	return 0;
}

/* ---- what may not be there twice ---- */

static bool identity_same(const struct link *wanted, const struct link *other)
{
	const struct row *rows;

	for (unsigned int i = 0; (rows = link_table(wanted->kind, i)); i++) {
		for (const struct row *row = rows; row->name; row++) {
			if ((row->flags & ROW_IDENTITY) &&
			    !row_settled(row, &wanted->options, &wanted->given, &other->options,
					 &other->given))
				return false;
		}
	}
	return true;
}

static bool is_taken_by(const struct link *wanted, const struct datapath_tunnel *tunnel,
			uint32_t but)
{
	const char *under = wanted->underlay_namespace[0] ? wanted->underlay_namespace :
							    wanted->namespace;
	struct link other;
	bool taken;

	link_init(&other);
	datapath_as_link(&tunnel->control, &other);
	taken = other.kind && !strcmp(other.kind->netlink_name, wanted->kind->netlink_name) &&
		!strcmp(under, other.underlay_namespace[0] ? other.underlay_namespace :
							     other.namespace) &&
		!(but == tunnel->control.index &&
		  !strcmp(wanted->namespace, tunnel->control.namespace)) &&
		identity_same(wanted, &other);
	link_clear(&other);
	return taken;
}

/* Whether one stood in the way whose device somebody deleted: it is none, and nobody told. */
static bool forget_stale(struct netops *netops, const struct datapath_tunnel *wanted)
{
	struct link link CLEANUP_LINK = LINK_EMPTY;
	struct datapath_tunnel other;

	datapath_as_link(&wanted->control, &link);
	for (size_t i = 0; link.kind && datapath_table_at(i, &other); i++) {
		const struct control_tunnel *control = &other.control;

		if (!is_taken_by(&link, &other, wanted->control.index) ||
		    !datapath_device_is_gone(netops, control))
			continue;
		datapath_forget(netops, control->namespace, control->index, "");
		return true;
	}
	return false;
}

/* ---- giving it to the process ---- */

static int give(struct netops *netops, struct datapath_tunnel *tunnel,
		const struct datapath_fds *fds, struct error *error)
{
	struct datapath *datapath = netops->datapath;
	int result;

	pthread_mutex_lock(&datapath->mutex);
	result = datapath_need(datapath, error) ||
				 datapath_ask(datapath, CONTROL_SET, &tunnel->control, fds,
					      error) ||
				 datapath_get(datapath, &tunnel->control, error) ?
			 -1 :
			 0;
	tunnel->process = datapath->pid;
	/* Before anybody else may talk: the watcher gives back what the table has. */
	if (!result && !datapath_table_set(tunnel))
		result = error_errno(error, ENOMEM, "keeping the tunnel");
	pthread_mutex_unlock(&datapath->mutex);
	return result;
}

int datapath_give(struct netops *netops, struct datapath_tunnel *tunnel,
		  const struct datapath_fds *fds, struct error *error)
{
	if (!give(netops, tunnel, fds, error))
		return 0;
	if (error->number != EEXIST || !forget_stale(netops, tunnel))
		return -1;
	error_clear(error);
	return give(netops, tunnel, fds, error);
}

/* ---- the device ---- */

/* IPv6 gives it no address of its own choice: those of tunnels are made of the IPv4 one. */
static void put_no_addresses(struct nl_msg *message)
{
	struct nlattr *families = nla_nest_start(message, IFLA_AF_SPEC);
	struct nlattr *six = families ? nla_nest_start(message, AF_INET6) : NULL;

	if (!six)
		return;
	nla_put_u8(message, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	nla_nest_end(message, six);
	nla_nest_end(message, families);
}

/* Where IPv6 is off the message with its part is refused whole. */
static int device_set(const struct link_call *call, const struct link *wanted, uint32_t mtu,
		      bool six, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE = link_change_message(call->index, error);
	uint32_t length = LINK_GIVEN(wanted, tx_queue_length) ?
				  wanted->options.tx_queue_length :
				  TX_QUEUE_LENGTH;

	if (!message)
		return -1;
	nla_put_u32(message, IFLA_GROUP, OWNED_GROUP);
	nla_put_u32(message, IFLA_MTU, mtu);
	nla_put_u32(message, IFLA_TXQLEN, length);
	if (wanted->kind->ethernet && LINK_GIVEN(wanted, mac))
		nla_put(message, IFLA_ADDRESS, 6, wanted->options.mac.bytes);
	if (six && !wanted->kind->ethernet)
		put_no_addresses(message);
	return netlink_request(call->netlink, message, error);
}

static int device_settle(const struct link_call *call, const struct link *wanted,
			 struct datapath_tunnel *tunnel, struct error *error)
{
	uint32_t mtu = wanted->options.mtu;

	if (!LINK_GIVEN(wanted, mtu) && datapath_mtu(call->netops, wanted, &mtu, error))
		return -1;
	tunnel->control.mtu = mtu;
	if (!device_set(call, wanted, mtu, true, error))
		return 0;
	error_clear(error);
	return device_set(call, wanted, mtu, false, error);
}

static void fill(struct control_tunnel *control, const struct link *wanted)
{
	const char *under = wanted->underlay_namespace;

	snprintf(control->namespace, sizeof(control->namespace), "%s", wanted->namespace);
	snprintf(control->name, sizeof(control->name), "%s", wanted->name);
	if (under[0] && strcmp(under, wanted->namespace))
		snprintf(control->underlay, sizeof(control->underlay), "%s", under);
}

/* An older one of this name is gone, or the device could not have been made. */
static void forget_older(struct netops *netops, const struct link *wanted)
{
	struct datapath_tunnel older;

	if (datapath_table_find(wanted->namespace, 0, wanted->name, &older))
		datapath_forget(netops, wanted->namespace, older.control.index, "");
}

static int make_device(struct link_call *call, const struct link *wanted,
		       struct datapath_tunnel *tunnel, struct datapath_fds *fds,
		       struct error *error)
{
	if (datapath_device_open(call->netops, wanted->namespace, wanted->name,
				 wanted->kind->ethernet, true, &fds->queue, error) ||
	    link_index_of(call->netlink, wanted->name, &call->index, error))
		return -1;
	if (!call->index)
		return error_set(error, ERROR_BUSY, "\"%s\" was taken away while it was made",
				 wanted->name);
	forget_older(call->netops, wanted);
	tunnel->control.index = call->index;
	return device_settle(call, wanted, tunnel, error) ||
			       datapath_sockets_open(call->netops, wanted, tunnel, fds,
						     error) ||
			       datapath_device_keep(fds->queue, error) ?
		       -1 :
		       0;
}

static int make_and_give(struct link_call *call, const struct link *wanted,
			 struct datapath_tunnel *tunnel, struct error *error)
{
	struct datapath_fds fds CLEANUP_FDS = DATAPATH_NO_FDS;
	struct error ignored;

	if (!make_device(call, wanted, tunnel, &fds, error) &&
	    !datapath_give(call->netops, tunnel, &fds, error))
		return 0;
	error_clear(&ignored);
	if (call->index)
		(void)link_remove(call->netlink, call->index, NULL, &ignored);
	return -1;
}

/* Whoever insists is told his wrong members; else it is what this machine cannot do. */
static int check_serves(const struct link_call *call, const struct link *wanted,
			struct error *error)
{
	bool insists = LINK_GIVEN(wanted, datapath) &&
		       wanted->options.datapath == DATAPATH_USERSPACE;

	return insists ? datapath_serves(call->netops, wanted, error) :
			 datapath_stands_in(call->netops, wanted, error);
}

int datapath_make(struct link_call *call, const struct link *wanted, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE = NULL;
	struct datapath_tunnel tunnel = { .underlay_id = -1 };

	if (check_serves(call, wanted, error))
		return -1;
	message = link_build(call->netlink, wanted, error);
	if (!message || info_take(&tunnel.control, nlmsg_hdr(message), error))
		return -1;
	if (rehearsal_withholds(&call->netops->rehearsal))
		return 0;
	fill(&tunnel.control, wanted);
	if (tunnel.control.underlay[0] &&
	    namespace_id_of_name(call->netlink, tunnel.control.underlay, &tunnel.underlay_id,
				 error))
		return -1;
	return make_and_give(call, wanted, &tunnel, error);
}

/* ---- changes ---- */

/* One that was chosen stays; the kernel's choice follows what it was made of. */
static int wanted_mtu(const struct link_call *call, const struct link *from,
		      const struct link *to, uint32_t *ret, struct error *error)
{
	uint32_t before;

	*ret = to->options.mtu;
	if (LINK_GIVEN(to, mtu))
		return 0;
	if (datapath_mtu(call->netops, from, &before, error))
		return -1;
	*ret = from->options.mtu;
	return from->options.mtu == before ? datapath_mtu(call->netops, to, ret, error) : 0;
}

static int alter_mtu(const struct link_call *call, const struct link *from, uint32_t mtu,
		     struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE = NULL;

	if (mtu == from->options.mtu)
		return 0;
	message = link_change_message(call->index, error);
	if (!message)
		return -1;
	nla_put_u32(message, IFLA_MTU, mtu);
	return netlink_request(call->netlink, message, error);
}

int datapath_alter(const struct link_call *call, const struct link *from, const struct link *to,
		   const struct nlmsghdr *message, struct error *error)
{
	struct datapath_fds fds CLEANUP_FDS = DATAPATH_NO_FDS;
	struct datapath_tunnel tunnel;
	uint32_t mtu;

	if (!datapath_table_find(to->namespace, call->index, "", &tunnel))
		return error_set(error, ERROR_BUSY, "\"%s\" is gone from the datapath",
				 to->name);
	if (datapath_serves(call->netops, to, error) ||
	    info_take(&tunnel.control, message, error) ||
	    wanted_mtu(call, from, to, &mtu, error))
		return -1;
	if (rehearsal_withholds(&call->netops->rehearsal))
		return 0;
	return datapath_sockets_open(call->netops, to, &tunnel, &fds, error) ||
			       datapath_give(call->netops, &tunnel, &fds, error) ||
			       alter_mtu(call, from, mtu, error) ?
		       -1 :
		       0;
}

void datapath_let_go(struct datapath *datapath, struct datapath_tunnel *tunnel)
{
	struct error ignored;

	error_clear(&ignored);
	datapath_table_remove(tunnel->control.namespace, tunnel->control.index);
	if (datapath->fd >= 0)
		(void)datapath_get(datapath, &tunnel->control, &ignored);
	datapath_counters_add(&datapath->gone, &tunnel->before);
	datapath_counters_add(&datapath->gone, &tunnel->control.counters);
	tunnel->control.info_length = 0;
	if (datapath->fd >= 0)
		(void)datapath_ask(datapath, CONTROL_REMOVE, &tunnel->control, NULL, &ignored);
	error_clear(&ignored);
	if (datapath->fd >= 0 && !datapath_table_count())
		datapath_stop(datapath);
}

void datapath_forget(struct netops *netops, const char *namespace, uint32_t index,
		     const char *name)
{
	struct datapath *datapath = netops->datapath;
	struct datapath_tunnel tunnel;

	if (!datapath || !datapath_table_find(namespace, index, name, &tunnel))
		return;
	pthread_mutex_lock(&datapath->mutex);
	datapath_let_go(datapath, &tunnel);
	pthread_mutex_unlock(&datapath->mutex);
}
