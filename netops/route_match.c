/*
 * The look-up is for an address, so an address of the prefix is asked for, and the
 * answer counts if it has the very prefix and table. Then, and not before, the
 * index is asked whether there is a second one: what was added before the look-up
 * is seen by one of the two.
 */
#include "netops/route_match.h"

#include <string.h>
#include <time.h>

#include "netops/route_index.h"
#include "netops/route_private.h"

/* A dump that takes longer is worth an index. */
enum { MATCH_PATIENCE_NS = 2000000 };

/* One question, and who asked. */
struct match {
	struct route_index_key key;
	struct ip prefix;
	enum route_index_answer answer;
	struct route_index *index; /* that the dump makes, or NULL */
	size_t count;		   /* of messages */
	bool found;
	_Alignas(struct nlmsghdr) char message[4096]; /* of the look-up */
	netlink_record *record;
	void (*restart)(void *context);
	void *context;
};

bool route_match_exact(const struct route_filter *filter, struct ip *ret)
{
	*ret = filter->destination;
	if (filter->with_default)
		*ret = (struct ip){ .family = filter->family };
	return ret->family && filter->table &&
	       (!filter->family || filter->family == ret->family);
}

static struct nl_msg *match_question(const struct ip *address, struct error *error)
{
	struct rtmsg header = {
		.rtm_family = (uint8_t)address->family,
		.rtm_dst_len = (uint8_t)ip_bits(address->family),
		/* Of IPv4 the answer tells the table only if asked; IPv6 knows no such flag. */
		.rtm_flags = address->family == AF_INET ? RTM_F_FIB_MATCH | RTM_F_LOOKUP_TABLE :
							  RTM_F_FIB_MATCH,
	};
	struct nl_msg *message =
		netlink_message(RTM_GETROUTE, 0, &header, sizeof(header), error);

	if (message)
		nla_put(message, RTA_DST, (int)ip_size(address->family), address->bytes);
	return message;
}

int route_match_address(struct netlink *netlink, const struct ip *address,
			netlink_record *record, void *context, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE = match_question(address, error);

	return message ? netlink_get(netlink, message, record, context, error) : -1;
}

/* Of IPv6 the first of several next hops is the one that was looked up, not that of a dump. */
static bool match_same(const struct nlmsghdr *header, const struct match *match)
{
	struct ip prefix;
	uint32_t table;

	return route_message_prefix(header, &prefix, &table) && table == match->key.table &&
	       prefix.family == match->key.family && ip_prefix_equal(&prefix, &match->prefix) &&
	       (prefix.family == AF_INET ||
		!nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)header, sizeof(struct rtmsg),
				 RTA_MULTIPATH));
}

static int match_answered(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct match *match = context;

	(void)error;
	if (header->nlmsg_type != RTM_NEWROUTE || header->nlmsg_len > sizeof(match->message) ||
	    !match_same(header, match))
		return 0;
	memcpy(match->message, header, header->nlmsg_len);
	match->found = true;
	return 0;
}

/*
 * The first address, which longer prefixes cover most often (networks are numbered
 * from there), then the last; of a default route one that is in no network.
 */
static struct ip match_probe(const struct ip *prefix, int attempt)
{
	static const uint8_t nowhere[] = { 192, 0, 2, 1 };			  /* RFC 5737 */
	static const uint8_t nowhere6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }; /* RFC 3849 */
	struct ip address = *prefix;

	if (!prefix->prefix_length) {
		memcpy(address.bytes, prefix->family == AF_INET ? nowhere : nowhere6,
		       ip_size(prefix->family));
	} else if (attempt) {
		for (unsigned int bit = prefix->prefix_length; bit < ip_bits(prefix->family);
		     bit++)
			address.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
	return address;
}

/* No answer of the kernel is an error: then only a dump can tell. */
static bool match_look_up(struct netlink *netlink, struct match *match)
{
	uint16_t length = match->prefix.prefix_length;
	int attempts = !length || length == ip_bits(match->prefix.family) ? 1 : 2;
	struct error ignored;

	for (int attempt = 0; attempt < attempts && !match->found; attempt++) {
		struct ip address = match_probe(&match->prefix, attempt);

		error_clear(&ignored);
		(void)route_match_address(netlink, &address, match_answered, match, &ignored);
	}
	return match->found;
}

/* 1: it is told; 0: only a dump tells; -1: record failed. */
static int match_try(struct netlink *netlink, struct match *match, struct error *error)
{
	struct netops *netops = netlink_home(netlink);

	match->answer = route_index_ask(netops, &match->key, &match->prefix);
	if (match->answer == ROUTE_INDEX_NONE)
		return 1;
	if (match->answer != ROUTE_INDEX_ONE || !match_look_up(netlink, match))
		return 0;
	match->answer = route_index_ask(netops, &match->key, &match->prefix);
	if (match->answer != ROUTE_INDEX_ONE)
		return 0;
	return match->record((const struct nlmsghdr *)match->message, match->context, error) ?
		       -1 :
		       1;
}

static int match_dumped(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct match *match = context;

	match->count++;
	if (match->index)
		route_index_hear(match->index, header);
	return match->record(header, match->context, error);
}

static void match_restarted(void *context)
{
	struct match *match = context;

	match->count = 0;
	if (match->index)
		route_index_restart(match->index);
	if (match->restart)
		match->restart(match->context);
}

/* The table whole, in place of what the caller would have narrowed. */
static int match_dump_whole(struct netlink *netlink, struct match *match, struct error *error)
{
	const struct route_filter whole = { .family = match->key.family,
					    .table = match->key.table };
	struct nl_msg *message CLEANUP_MESSAGE = route_dump_message(&whole, 0, error);
	int result = message ? netlink_dump(netlink, message, match_dumped, match_restarted,
					    match, error) :
			       -1;

	if (result)
		route_index_discard(match->index);
	else
		route_index_keep(netlink_home(netlink), match->index);
	return result;
}

static int64_t match_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * (int64_t)1000000000 + now.tv_nsec;
}

static int match_dump(struct netlink *netlink, struct match *match, struct nl_msg *dump,
		      struct error *error)
{
	int64_t start = match_clock_ns();
	int result = netlink_dump(netlink, dump, match_dumped, match_restarted, match, error);

	if (!result && match->answer == ROUTE_INDEX_UNKNOWN &&
	    match_clock_ns() - start > MATCH_PATIENCE_NS)
		route_index_want(netlink_home(netlink), &match->key, match->count);
	return result;
}

int route_match(struct netlink *netlink, const char *namespace,
		const struct route_filter *filter, struct nl_msg *dump, netlink_record *record,
		void (*restart)(void *context), void *context, struct error *error)
{
	struct match match = { .record = record, .restart = restart, .context = context };
	int told;

	if (!netlink_home(netlink) || !route_match_exact(filter, &match.prefix))
		return netlink_dump(netlink, dump, record, restart, context, error);
	match.key = (struct route_index_key){ namespace, match.prefix.family, filter->table };
	told = match_try(netlink, &match, error);
	if (told)
		return told < 0 ? -1 : 0;
	if (match.answer == ROUTE_INDEX_WANTED)
		match.index = route_index_begin(netlink_home(netlink), &match.key);
	return match.index ? match_dump_whole(netlink, &match, error) :
			     match_dump(netlink, &match, dump, error);
}
