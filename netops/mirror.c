/*
 * Links are an array in the order of their indexes. A message is kept without the
 * attributes that only count, so that two of them can be compared byte by byte
 * before anything is taken apart.
 */
#include "netops/mirror.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netops/buffer.h"
#include "netops/hash_set.h"
#include "netops/link_private.h"
#include "netops/mirror_private.h"
#include "netops/monitor_private.h"

struct mirror *mirror_new(const char *namespace)
{
	struct mirror *mirror = calloc(1, sizeof(*mirror));

	if (mirror)
		snprintf(mirror->namespace, sizeof(mirror->namespace), "%s", namespace);
	return mirror;
}

void mirror_clear(struct mirror *mirror)
{
	for (size_t i = 0; i < mirror->count; i++)
		buffer_free(&mirror->links[i].message);
	mirror->up = mirror->outward = mirror->quiet = 0;
	mirror->count = mirror->address_count = 0;
}

void mirror_free(struct mirror *mirror)
{
	if (!mirror)
		return;
	mirror_clear(mirror);
	free(mirror->links);
	free(mirror->addresses);
	free(mirror);
}

/* Where it stands in an ordered array, or would. */
#define PLACE(name, type, member)                                                   \
	static size_t name(const struct type *items, size_t count, uint64_t sought) \
	{                                                                           \
		size_t low = 0, high = count;                                       \
                                                                                    \
		while (low < high) {                                                \
			size_t middle = low + (high - low) / 2;                     \
                                                                                    \
			if (items[middle].member < sought)                          \
				low = middle + 1;                                   \
			else                                                        \
				high = middle;                                      \
		}                                                                   \
		return low;                                                         \
	}
PLACE(link_place, mirror_link, index)
PLACE(address_place, mirror_address, key)

/* With room for one more; NULL: no memory, and nothing has changed. */
static void *grown(void *items, size_t *room, size_t count, size_t size)
{
	size_t more = *room ? 2 * *room : 8;
	void *larger = count < *room ? items : reallocarray(items, more, size);

	if (larger && count == *room)
		*room = more;
	return larger;
}

/* ---- links ---- */

struct mirror_link *mirror_find(const struct mirror *mirror, uint32_t index)
{
	size_t place = link_place(mirror->links, mirror->count, index);
	struct mirror_link *link = &mirror->links[place];

	return place < mirror->count && link->index == index ? link : NULL;
}

static struct mirror_link *mirror_add(struct mirror *mirror, uint32_t index)
{
	size_t place = link_place(mirror->links, mirror->count, index);
	struct mirror_link *links =
		grown(mirror->links, &mirror->room, mirror->count, sizeof(*links));

	if (!links)
		return NULL;
	mirror->links = links;
	memmove(links + place + 1, links + place, (mirror->count - place) * sizeof(*links));
	links[place] = (struct mirror_link){ .index = index };
	mirror->count++;
	return &links[place];
}

static void count_link(struct mirror *mirror, const struct mirror_link *link, int by)
{
	mirror->up += (link->flags & IFF_UP) && !(link->flags & IFF_LOOPBACK) ? by : 0;
	mirror->outward += link->reaches_out ? by : 0;
	mirror->quiet += link->quiet ? by : 0;
}

static void mirror_remove(struct mirror *mirror, struct mirror_link *link)
{
	size_t place = (size_t)(link - mirror->links);

	count_link(mirror, link, -1);
	buffer_free(&link->message);
	mirror->count--;
	memmove(link, link + 1, (mirror->count - place) * sizeof(*link));
}

/* What a message says beside what is shown: counters, and the reason for which it came. */
static bool only_counts(const struct nlattr *attribute)
{
	switch (nla_type(attribute)) {
	case IFLA_STATS:
	case IFLA_STATS64:
	case IFLA_EVENT:
	case IFLA_VFINFO_LIST:
		return true;
	default:
		return false;
	}
}

static bool attribute_kept(struct buffer *into, const struct nlattr *attribute)
{
	static const char nothing[NLA_ALIGNTO];

	buffer_append(into, attribute, attribute->nla_len);
	buffer_append(into, nothing, NLA_ALIGN(attribute->nla_len) - attribute->nla_len);
	return !into->failed;
}

/* Of IPv6 only the settings: its counters come with them. */
static void keep_families(struct buffer *into, const struct nlattr *families)
{
	const struct nlattr *inet6 = nla_find(nla_data(families), nla_len(families), AF_INET6);
	const struct nlattr *mode =
		inet6 ? nla_find(nla_data(inet6), nla_len(inet6), IFLA_INET6_ADDR_GEN_MODE) :
			NULL;
	struct nlattr nest = { .nla_type = IFLA_AF_SPEC };

	if (!mode)
		return;
	nest.nla_len = (uint16_t)(2 * NLA_HDRLEN + NLA_ALIGN(mode->nla_len));
	buffer_append(into, &nest, sizeof(nest));
	nest = (struct nlattr){ .nla_type = AF_INET6 };
	nest.nla_len = (uint16_t)(NLA_HDRLEN + NLA_ALIGN(mode->nla_len));
	buffer_append(into, &nest, sizeof(nest));
	attribute_kept(into, mode);
}

static bool keep_message(const struct nlmsghdr *header, struct buffer *into)
{
	struct ifinfomsg info = *(const struct ifinfomsg *)nlmsg_data(header);
	struct nlmsghdr own = { .nlmsg_type = RTM_NEWLINK };
	const struct nlattr *attribute;
	int rest;

	info.ifi_change = 0;
	into->length = 0;
	buffer_append(into, &own, sizeof(own));
	buffer_append(into, &info, sizeof(info));
	nlmsg_for_each_attr(attribute, (struct nlmsghdr *)(uintptr_t)header, sizeof(info), rest)
	{
		if (nla_type(attribute) == IFLA_AF_SPEC)
			keep_families(into, attribute);
		else if (!only_counts(attribute))
			attribute_kept(into, attribute);
	}
	if (!into->failed)
		((struct nlmsghdr *)into->data)->nlmsg_len = (uint32_t)into->length;
	return !into->failed;
}

/* drivers/net/veth.c, can/vxcan.c, netkit.c. */
static bool is_paired(struct nlmsghdr *header)
{
	static const char *const pairs[] = { "veth", "vxcan", "netkit" };
	struct nlattr *info = nlmsg_find_attr(header, sizeof(struct ifinfomsg), IFLA_LINKINFO);
	char kind[IFNAMSIZ];

	netlink_text(info ? nla_find(nla_data(info), nla_len(info), IFLA_INFO_KIND) : NULL,
		     kind, sizeof(kind));
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (!strcmp(kind, pairs[i]))
			return true;
	}
	return false;
}

static void note_link(struct mirror *mirror, struct mirror_link *link, struct buffer *message)
{
	struct nlmsghdr *header = (void *)message->data;
	const struct ifinfomsg *info = nlmsg_data(header);

	count_link(mirror, link, -1);
	link->flags = info->ifi_flags;
	link->quiet = !(info->ifi_flags & (IFF_UP | IFF_LOOPBACK));
	link->reaches_out = nlmsg_find_attr(header, sizeof(*info), IFLA_LINK_NETNSID) != NULL;
	link->lower = netlink_number(nlmsg_find_attr(header, sizeof(*info), IFLA_LINK));
	link->paired = is_paired(header);
	link->master = netlink_number(nlmsg_find_attr(header, sizeof(*info), IFLA_MASTER));
	netlink_text(nlmsg_find_attr(header, sizeof(*info), IFLA_IFNAME), link->name,
		     sizeof(link->name));
	count_link(mirror, link, 1);
	buffer_free(&link->message);
	link->message = *message;
	*message = (struct buffer){ 0 };
}

static void take_deletion(struct mirror *mirror, struct mirror_link *link,
			  const struct nlmsghdr *header, struct mirror_change *ret)
{
	const bool alone = link && mirror_is_alone(mirror, link);
	struct buffer message = { 0 };

	/* One that was not known is told all the same. */
	if (link)
		mirror_compare(mirror->namespace, (const void *)link->message.data, NULL, ret);
	else if (keep_message(header, &message))
		mirror_compare(mirror->namespace, (const void *)message.data, NULL, ret);
	buffer_free(&message);
	ret->alone = alone;
	if (link)
		mirror_remove(mirror, link);
}

bool mirror_take_link(struct mirror *mirror, const struct monitor_record *record,
		      struct mirror_change *ret)
{
	struct mirror_link *link = mirror_find(mirror, record->index);
	struct buffer message = { 0 };
	bool was_alone;

	*ret = (struct mirror_change){ .news = MIRROR_NOTHING };
	if (record->gone) {
		take_deletion(mirror, link, record->message, ret);
		return true;
	}
	if (record->cut || !keep_message(record->message, &message)) {
		buffer_free(&message);
		return false;
	}
	if (link && link->message.length == message.length &&
	    !memcmp(link->message.data, message.data, message.length)) {
		buffer_free(&message);
		return true;
	}
	was_alone = !link || mirror_is_alone(mirror, link);
	mirror_compare(mirror->namespace, link ? (const void *)link->message.data : NULL,
		       (const void *)message.data, ret);
	if (!link)
		link = mirror_add(mirror, record->index);
	if (link)
		note_link(mirror, link, &message);
	ret->alone = link && ret->news != MIRROR_RENAMED && was_alone &&
		     mirror_is_alone(mirror, link);
	buffer_free(&message);
	return link != NULL;
}

/* ---- addresses ---- */

static bool runs_out(const struct nlattr *attribute)
{
	const struct ifa_cacheinfo *info = nla_data(attribute);

	return nla_len(attribute) >= (int)sizeof(*info) &&
	       (info->ifa_valid != UINT32_MAX || info->ifa_prefered != UINT32_MAX);
}

/* When it was made, and when it ends, is no part of what it is. */
static struct mirror_address address_of(const struct nlmsghdr *header)
{
	const struct ifaddrmsg *message = nlmsg_data(header);
	struct mirror_address ret = { .runs = false };
	uint64_t key = hash_of(&message->ifa_family, sizeof(message->ifa_family), 1);
	uint64_t value = hash_of(message, sizeof(*message), 1);
	const struct nlattr *attribute;
	int rest;

	key = hash_of(&message->ifa_prefixlen, sizeof(message->ifa_prefixlen), key);
	key = hash_of(&message->ifa_index, sizeof(message->ifa_index), key);
	nlmsg_for_each_attr(attribute, (struct nlmsghdr *)(uintptr_t)header, sizeof(*message),
			    rest)
	{
		int type = nla_type(attribute);

		if (type == IFA_LOCAL || type == IFA_ADDRESS)
			key = hash_of(attribute, attribute->nla_len, key);
		if (type == IFA_CACHEINFO)
			ret.runs = runs_out(attribute);
		else
			value = hash_of(attribute, attribute->nla_len, value);
	}
	value = hash_of(&ret.runs, sizeof(ret.runs), value);
	ret.key = key;
	ret.value = value;
	return ret;
}

bool mirror_take_address(struct mirror *mirror, const struct monitor_record *record,
			 struct mirror_change *ret)
{
	struct mirror_address address = address_of(record->message);
	size_t place = address_place(mirror->addresses, mirror->address_count, address.key);
	struct mirror_address *at = &mirror->addresses[place];
	bool known = place < mirror->address_count && at->key == address.key;
	size_t behind = mirror->address_count - place;

	*ret = (struct mirror_change){ .news = MIRROR_DELETED };
	if (record->gone) {
		if (known)
			memmove(at, at + 1, (behind - 1) * sizeof(*at));
		mirror->address_count -= known;
		return true;
	}
	ret->news = !known		       ? MIRROR_CREATED :
		    at->value != address.value ? MIRROR_CHANGED :
		    address.runs	       ? MIRROR_UNSEEN :
						 MIRROR_NOTHING;
	if (known) {
		*at = address;
		return true;
	}
	at = grown(mirror->addresses, &mirror->address_room, mirror->address_count,
		   sizeof(*at));
	if (!at)
		return false;
	mirror->addresses = at;
	at += place;
	memmove(at + 1, at, behind * sizeof(*at));
	*at = address;
	mirror->address_count++;
	return true;
}
