/*
 * What the datapath serves, as this process knows it. The kernel has one table for all
 * who ask it, and so has this: messages are parsed on many threads, which know a
 * namespace and an index and no more.
 */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "netops/buffer.h"
#include "netops/datapath_private.h"
#include "netops/kind.h"

struct held {
	struct held *next;
	struct datapath_tunnel tunnel;
};

static struct held *first;
static size_t held_count;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static bool held_is(const struct held *held, const char *namespace, uint32_t index,
		    const char *name)
{
	const struct control_tunnel *control = &held->tunnel.control;

	return (index ? control->index == index : !strcmp(control->name, name)) &&
	       !strcmp(control->namespace, namespace);
}

static struct held **held_place(const char *namespace, uint32_t index, const char *name)
{
	struct held **place = &first;

	while (*place && !held_is(*place, namespace, index, name))
		place = &(*place)->next;
	return place;
}

bool datapath_table_set(const struct datapath_tunnel *tunnel)
{
	struct held **place, *held;

	pthread_rwlock_wrlock(&lock);
	place = held_place(tunnel->control.namespace, tunnel->control.index, "");
	held = *place;
	if (!held) {
		held = calloc(1, sizeof(*held));
		if (held) {
			held->next = first;
			first = held;
			held_count++;
		}
	}
	if (held)
		held->tunnel = *tunnel;
	pthread_rwlock_unlock(&lock);
	return held != NULL;
}

bool datapath_table_remove(const char *namespace, uint32_t index)
{
	struct held **place, *held;

	pthread_rwlock_wrlock(&lock);
	place = held_place(namespace, index, "");
	held = *place;
	if (held) {
		*place = held->next;
		held_count--;
	}
	pthread_rwlock_unlock(&lock);
	free(held);
	return held != NULL;
}

bool datapath_table_find(const char *namespace, uint32_t index, const char *name,
			 struct datapath_tunnel *ret)
{
	const struct held *held;

	pthread_rwlock_rdlock(&lock);
	held = *held_place(namespace, index, name);
	if (held)
		*ret = held->tunnel;
	pthread_rwlock_unlock(&lock);
	return held != NULL;
}

bool datapath_table_at(size_t n, struct datapath_tunnel *ret)
{
	const struct held *held;

	pthread_rwlock_rdlock(&lock);
	for (held = first; held && n; n--)
		held = held->next;
	if (held)
		*ret = held->tunnel;
	pthread_rwlock_unlock(&lock);
	return held != NULL;
}

size_t datapath_table_count(void)
{
	size_t count;

	pthread_rwlock_rdlock(&lock);
	count = held_count;
	pthread_rwlock_unlock(&lock);
	return count;
}

void datapath_table_count_set(const struct control_tunnel *control)
{
	struct held *held;

	pthread_rwlock_wrlock(&lock);
	held = *held_place(control->namespace, control->index, "");
	if (held)
		held->tunnel.control.counters = control->counters;
	pthread_rwlock_unlock(&lock);
}

/* ---- a message of the kernel's ---- */

static void put(struct buffer *into, int type, const void *data, size_t length)
{
	static const char nothing[NLA_ALIGNTO];
	const struct nlattr head = { .nla_type = (uint16_t)type,
				     .nla_len = (uint16_t)(NLA_HDRLEN + length) };

	buffer_append(into, &head, sizeof(head));
	buffer_append(into, data, length);
	buffer_append(into, nothing, NLA_ALIGN(length) - length);
}

/* The device below, as the kernel tells it of a tunnel: where its data has one. */
static void put_lower(struct buffer *into, const struct datapath_tunnel *tunnel)
{
	struct link link;

	link_init(&link);
	datapath_as_link(&tunnel->control, &link);
	put(into, IFLA_LINK, &link.options.device.index, sizeof(uint32_t));
	if (tunnel->underlay_id >= 0)
		put(into, IFLA_LINK_NETNSID, &tunnel->underlay_id, sizeof(int32_t));
	link_clear(&link);
}

static void put_statistics(struct buffer *into, const struct nlattr *attribute,
			   const struct datapath_tunnel *tunnel)
{
	struct rtnl_link_stats64 stats = { 0 };
	size_t length = (size_t)nla_len(attribute);

	/* Other kernels have more of them, or fewer. */
	if (length < sizeof(stats)) {
		put(into, IFLA_STATS64, nla_data(attribute), length);
		return;
	}
	memcpy(&stats, nla_data(attribute), sizeof(stats));
	datapath_statistics(tunnel, &stats);
	put(into, IFLA_STATS64, &stats, sizeof(stats));
}

static struct nlmsghdr *exchange(const struct nlmsghdr *header,
				 const struct datapath_tunnel *tunnel)
{
	struct buffer into = { 0 };
	const struct nlattr *attribute;
	int rest;

	buffer_append(&into, header, NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct ifinfomsg)));
	nlmsg_for_each_attr(attribute, (struct nlmsghdr *)(uintptr_t)header,
			    sizeof(struct ifinfomsg), rest)
	{
		int type = nla_type(attribute);

		if (type == IFLA_STATS64)
			put_statistics(&into, attribute, tunnel);
		else if (type != IFLA_LINKINFO && type != IFLA_LINK &&
			 type != IFLA_LINK_NETNSID)
			put(&into, attribute->nla_type, nla_data(attribute),
			    (size_t)nla_len(attribute));
	}
	put(&into, IFLA_LINKINFO, tunnel->control.info, tunnel->control.info_length);
	put_lower(&into, tunnel);
	if (into.failed) {
		buffer_free(&into);
		return NULL;
	}
	((struct nlmsghdr *)into.data)->nlmsg_len = (uint32_t)into.length;
	return (struct nlmsghdr *)into.data;
}

static bool is_tun(const struct nlmsghdr *header)
{
	const struct nlattr *info = nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)header,
						    sizeof(struct ifinfomsg), IFLA_LINKINFO);
	char kind[16];

	netlink_text(info ? nla_find(nla_data(info), nla_len(info), IFLA_INFO_KIND) : NULL,
		     kind, sizeof(kind));
	return !strcmp(kind, "tun");
}

struct nlmsghdr *datapath_message(const char *namespace, const struct nlmsghdr *header)
{
	const struct ifinfomsg *info = nlmsg_data(header);
	struct datapath_tunnel tunnel;

	if (header->nlmsg_type != RTM_NEWLINK || !datapath_table_count() || !is_tun(header) ||
	    info->ifi_index <= 0 ||
	    !datapath_table_find(namespace, (uint32_t)info->ifi_index, "", &tunnel))
		return NULL;
	return exchange(header, &tunnel);
}
