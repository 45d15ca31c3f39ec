/*
 * From the record to a message and back. The header carries the state and the
 * bits; more bits stand in an attribute, which kernels before 5.16 do not know
 * and refuse.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "netops/neighbor_private.h"

/* The bits that were asked for. */
static uint32_t asked_bits(const struct neighbor *neighbor)
{
	uint32_t bits = 0;

	for (const struct row *row = neighbor_rows; row->name; row++) {
		if (row->bit && neighbor_given(neighbor, row->offset) &&
		    row_number(row, &neighbor->options))
			bits |= row->bit;
	}
	return bits;
}

/* Of the states that the kernel runs through it takes those that need nothing to be done. */
static uint16_t asked_state(const struct neighbor *neighbor)
{
	uint32_t nud = neighbor->options.nud;

	if (!NEIGHBOR_GIVEN(neighbor, nud))
		return NUD_NONE;
	if (nud & (NEIGHBOR_STAYS | NEIGHBOR_HAS_MAC) || !NEIGHBOR_GIVEN(neighbor, mac))
		return (uint16_t)nud;
	return NUD_STALE;
}

static int put_all(struct nl_msg *message, const struct neighbor *neighbor, uint32_t bits)
{
	if (bits >> NEIGHBOR_EXT_SHIFT &&
	    nla_put_u32(message, NDA_FLAGS_EXT, bits >> NEIGHBOR_EXT_SHIFT))
		return -1;
	return rows_put(message, neighbor_rows, &neighbor->options, &neighbor->given);
}

struct nl_msg *neighbor_message(int type, int flags, const struct neighbor *neighbor,
				struct error *error)
{
	const struct ip *ip = &neighbor->options.address;
	bool whole = type == RTM_NEWNEIGH;
	uint32_t bits = asked_bits(neighbor) & (whole ? UINT32_MAX : NTF_PROXY);
	struct ndmsg header = { .ndm_family = (uint8_t)ip->family,
				.ndm_ifindex = (int)neighbor->link.index,
				.ndm_state = whole ? asked_state(neighbor) : 0,
				.ndm_flags = (uint8_t)bits };
	struct nl_msg *message = netlink_message(type, flags, &header, sizeof(header), error);

	if (!message)
		return NULL;
	if (!nla_put(message, NDA_DST, (int)ip_size(ip->family), ip->bytes) &&
	    (!whole || !put_all(message, neighbor, bits)))
		return message;
	nlmsg_free(message);
	error_errno(error, ENOMEM, "building a netlink message");
	return NULL;
}

static void take_bits(struct neighbor *neighbor, uint32_t bits)
{
	neighbor->flags = bits;
	for (const struct row *row = neighbor_rows; row->name; row++) {
		if (!(row->bit & bits))
			continue;
		*(uint32_t *)row_place(row, &neighbor->options) = 1;
		give_at(&neighbor->given, row->offset);
	}
}

/* The kernel counts in ticks of the user's clock. */
static uint64_t milliseconds(uint32_t ticks)
{
	long hertz = sysconf(_SC_CLK_TCK);

	return UINT64_C(1000) * ticks / (uint64_t)(hertz > 0 ? hertz : 100);
}

/* Who sets several at once has the kernel go by the first of these. */
static void take_state(struct neighbor *neighbor, uint32_t state)
{
	const struct row_word *word = neighbor_nud_words;

	while (word[1].name && !(word->value & state))
		word++;
	neighbor->options.nud = word->value;
	give_at(&neighbor->given, NEIGHBOR_AT(nud));
}

static void take_statistics(struct neighbor *neighbor, struct nlattr *const *attributes)
{
	struct neighbor_statistics *ret = &neighbor->statistics;
	const struct nlattr *attribute = attributes[NDA_CACHEINFO];
	struct nda_cacheinfo info;

	if (!attribute || nla_len(attribute) < (int)sizeof(info))
		return;
	memcpy(&info, nla_data(attribute), sizeof(info));
	*ret = (struct neighbor_statistics){
		.given = true,
		.used_ms = milliseconds(info.ndm_used),
		.confirmed_ms = milliseconds(info.ndm_confirmed),
		.updated_ms = milliseconds(info.ndm_updated),
		.references = info.ndm_refcnt,
		.probes = netlink_number(attributes[NDA_PROBES]),
	};
}

bool neighbor_parse(const struct nlmsghdr *message, struct neighbor *ret)
{
	const struct ndmsg *header = nlmsg_data(message);
	struct nlattr *attributes[NDA_MAX + 1];
	struct ip *ip = &ret->options.address;

	if (message->nlmsg_type != RTM_NEWNEIGH ||
	    nlmsg_datalen(message) < (int)sizeof(*header) || !ip_size(header->ndm_family) ||
	    nlmsg_parse((struct nlmsghdr *)(uintptr_t)message, sizeof(*header), attributes,
			NDA_MAX, NULL) < 0 ||
	    !attributes[NDA_DST])
		return false;
	memset(&ret->given, 0, sizeof(*ret) - offsetof(struct neighbor, given));
	if (!ip_from_bytes(ip, nla_data(attributes[NDA_DST]),
			   (size_t)nla_len(attributes[NDA_DST])) ||
	    ip->family != header->ndm_family)
		return false;
	give_at(&ret->given, NEIGHBOR_AT(address));
	ret->link = (struct device){ .index = (uint32_t)header->ndm_ifindex };
	rows_parse(neighbor_rows, attributes, NDA_MAX, &ret->options, &ret->given);
	give_at(&ret->given, NEIGHBOR_AT(protocol)); /* 0 is not told */
	take_bits(ret, header->ndm_flags | netlink_number(attributes[NDA_FLAGS_EXT])
						   << NEIGHBOR_EXT_SHIFT);
	if (neighbor_is_proxy(ret))
		return true;
	take_state(ret, header->ndm_state);
	take_statistics(ret, attributes);
	return true;
}
