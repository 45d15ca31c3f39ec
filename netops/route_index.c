/*
 * A dump tells the routes of a prefix one behind the other, so what has several
 * is seen by comparing with the one before. What is added while it runs is heard
 * and doubted. What is removed meanwhile may make the kernel skip others: of IPv4
 * only of the same address, which is doubted, too; of IPv6 any. Links and
 * addresses take routes along without a word. Then the index is given up.
 *
 * Once it is there removals do not matter: less than one at most is one at most.
 */
#include "netops/route_index.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netops/netlink.h"
#include "netops/route_index_private.h"

enum {
	INDEX_BUFFER = 2 * 1024 * 1024, /* the kernel takes twice this: some 5,000 changes */
	INDEX_DOUBTS = 64 * 1024,
	RECEIVE_SIZE = 16 * 1024,
};

static uint64_t prefix_hash(const struct ip *prefix)
{
	return hash_of(prefix->bytes, ip_size(prefix->family), prefix->prefix_length);
}

bool route_message_prefix(const struct nlmsghdr *header, struct ip *ret, uint32_t *ret_table)
{
	const struct rtmsg *message = nlmsg_data(header);
	const struct nlattr *attribute;
	int rest;

	if (nlmsg_datalen(header) < (int)sizeof(*message) || !ip_size(message->rtm_family) ||
	    (message->rtm_flags & RTM_F_CLONED))
		return false;
	*ret = (struct ip){ .family = message->rtm_family };
	*ret_table = message->rtm_table;
	nlmsg_for_each_attr(attribute, (struct nlmsghdr *)(uintptr_t)header, sizeof(*message),
			    rest)
	{
		if (nla_type(attribute) == RTA_TABLE)
			*ret_table = netlink_number(attribute);
		else if (nla_type(attribute) == RTA_DST &&
			 nla_len(attribute) == (int)ip_size(ret->family))
			memcpy(ret->bytes, nla_data(attribute), ip_size(ret->family));
	}
	ret->prefix_length = message->rtm_dst_len;
	return true;
}

/* False: of another table. */
static bool index_prefix(const struct route_index *index, const struct nlmsghdr *header,
			 struct ip *ret)
{
	uint32_t table;

	return route_message_prefix(header, ret, &table) && table == index->table &&
	       ret->family == index->family;
}

/* The fuller it is, the more does it know wrongly: here about one of seven. */
static bool index_full(const struct route_index *index)
{
	return index->count > index->known.bits / 4;
}

static void index_doubt(struct route_index *index, uint64_t hash)
{
	if (index->doubted.count == INDEX_DOUBTS || !hash_set_add(&index->doubted, hash))
		index->broken = true;
}

/* What replaces another one does not make them more. */
static void heard_new(struct route_index *index, const struct nlmsghdr *header)
{
	int replaces = header->nlmsg_flags & (NLM_F_REPLACE | NLM_F_CREATE);
	struct ip prefix;
	uint64_t hash;

	if (!index_prefix(index, header, &prefix))
		return;
	hash = prefix_hash(&prefix);
	if (hash_filter_has(&index->known, hash)) {
		if (index->building || replaces != NLM_F_REPLACE)
			index_doubt(index, hash);
		return;
	}
	hash_filter_add(&index->known, hash);
	index->count++;
	index->broken |= index_full(index);
}

/* Those whose place in the kernel's table is the same one. */
static void heard_gone(struct route_index *index, const struct nlmsghdr *header)
{
	struct ip prefix;

	if (!index_prefix(index, header, &prefix))
		return;
	if (index->family != AF_INET) {
		index->broken = true;
		return;
	}
	for (prefix.prefix_length = 0; prefix.prefix_length <= 32; prefix.prefix_length++) {
		if (!ip_has_host_bits(&prefix))
			index_doubt(index, prefix_hash(&prefix));
	}
}

static void index_heard(struct route_index *index, const struct nlmsghdr *header)
{
	if (header->nlmsg_type == RTM_NEWROUTE)
		heard_new(index, header);
	else if (index->building && header->nlmsg_type == RTM_DELROUTE)
		heard_gone(index, header);
	else if (index->building)
		index->broken = true;
}

/* Reads all that has been told until now. An overrun is an error of the socket, too. */
static void index_drain(struct route_index *index)
{
	_Alignas(struct nlmsghdr) char data[RECEIVE_SIZE];
	const struct nlmsghdr *header;
	ssize_t length = 0;
	int rest;

	while (!index->broken && length >= 0) {
		length = recv(index->fd, data, sizeof(data), MSG_DONTWAIT | MSG_TRUNC);
		if (length < 0 && errno == EINTR) {
			length = 0;
			continue;
		}
		index->broken = length < 0 ? errno != EAGAIN : length > RECEIVE_SIZE;
		rest = index->broken ? 0 : (int)length;
		for (header = (const struct nlmsghdr *)data; nlmsg_ok(header, rest);
		     header = nlmsg_next((struct nlmsghdr *)(uintptr_t)header, &rest))
			index_heard(index, header);
	}
}

void route_index_hear(struct route_index *index, const struct nlmsghdr *header)
{
	uint64_t hash;
	struct ip prefix;

	if (index->broken || header->nlmsg_type != RTM_NEWROUTE ||
	    !index_prefix(index, header, &prefix))
		return;
	hash = prefix_hash(&prefix);
	index->count++;
	if (index->last != hash)
		hash_filter_add(&index->known, hash);
	else
		index->broken = index->several.count == INDEX_DOUBTS ||
				!hash_set_add(&index->several, hash);
	index->last = hash;
}

void route_index_restart(struct route_index *index)
{
	index->count = 0;
	index->last = 0;
	hash_set_free(&index->several);
	hash_filter_clear(&index->known);
}

/* From now on only what is added to this table matters. */
static void index_listen_less(const struct route_index *index)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 0, 3),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
			 NLMSG_HDRLEN + offsetof(struct rtmsg, rtm_table)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			 index->table < 256 ? index->table : RT_TABLE_COMPAT, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	/* Without it more is heard than is needed. */
	(void)setsockopt(index->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

bool route_index_complete(struct route_index *index)
{
	if (index->broken || index_full(index))
		return false;
	index->building = true;
	index_drain(index);
	index->building = false;
	index_listen_less(index);
	return !index->broken;
}

enum route_index_answer route_index_of(struct route_index *index, const struct ip *prefix)
{
	uint64_t hash = prefix_hash(prefix);

	if (index->fd >= 0)
		index_drain(index);
	if (index->fd < 0 || index->broken || hash_set_has(&index->doubted, hash))
		return ROUTE_INDEX_WANTED;
	if (hash_set_has(&index->several, hash))
		return ROUTE_INDEX_SEVERAL;
	return hash_filter_has(&index->known, hash) ? ROUTE_INDEX_ONE : ROUTE_INDEX_NONE;
}

int route_index_listen(void *context, struct error *error)
{
	struct route_index *index = context;
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
			     (index->family == AF_INET ? RTMGRP_IPV4_ROUTE : RTMGRP_IPV6_ROUTE)
	};
	int size = INDEX_BUFFER;

	index->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (index->fd < 0)
		return error_errno(error, errno, "opening a netlink socket");
	if (setsockopt(index->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		(void)setsockopt(index->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(index->fd, (const struct sockaddr *)&address, sizeof(address)))
		return error_errno(error, errno, "listening to the kernel");
	return 0;
}

void route_index_discard(struct route_index *index)
{
	if (!index)
		return;
	if (index->fd >= 0)
		close(index->fd);
	hash_set_free(&index->several);
	hash_set_free(&index->doubted);
	hash_filter_free(&index->known);
	free(index);
}
