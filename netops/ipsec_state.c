/*
 * States: one has the keys of one direction. Messages with keys are wiped, in
 * both directions: the kernel tells keys to whoever may read states at all.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "netops/netlink.h"
#include "netops/ipsec_private.h"

enum {
	/* The layouts of struct xfrm_algo, and of xfrm_algo_auth and xfrm_algo_aead. */
	PLAIN_SIZE = sizeof(struct xfrm_algo),
	BITS_SIZE = sizeof(struct xfrm_algo_auth),
};

_Static_assert(sizeof(struct xfrm_algo_auth) == sizeof(struct xfrm_algo_aead) &&
		       offsetof(struct xfrm_algo_auth, alg_trunc_len) ==
			       offsetof(struct xfrm_algo_aead, alg_icv_len),
	       "one layout serves both");

static void message_wipe(struct nl_msg **message)
{
	if (*message)
		explicit_bzero(nlmsg_hdr(*message), nlmsg_hdr(*message)->nlmsg_len);
	nlmsg_free(*message);
}
#define CLEANUP_SECRET __attribute__((cleanup(message_wipe)))

static int put_algorithm(struct nl_msg *message, int type,
			 const struct ipsec_algorithm *algorithm, uint32_t bits)
{
	size_t size = type == XFRMA_ALG_CRYPT ? PLAIN_SIZE : BITS_SIZE;
	struct nlattr *attribute;
	struct xfrm_algo_auth *data;

	if (!algorithm->given)
		return 0;
	attribute = nla_reserve(message, type, (int)(size + algorithm->key_length));
	if (!attribute)
		return -1;
	data = nla_data(attribute);
	snprintf(data->alg_name, sizeof(data->alg_name), "%s", algorithm->name);
	data->alg_key_len = 8 * algorithm->key_length;
	if (type != XFRMA_ALG_CRYPT)
		data->alg_trunc_len = bits;
	memcpy((char *)data + size, algorithm->key, algorithm->key_length);
	return 0;
}

static int put_algorithms(struct nl_msg *message, const struct ipsec_direction *direction)
{
	const struct ipsec_algorithm *authentication = &direction->authentication;
	const struct ipsec_algorithm *aead = &direction->aead;

	/* Zero bits of truncation are the kernel's default; a tag needs its length. */
	return put_algorithm(message, XFRMA_ALG_CRYPT, &direction->encryption, 0) ||
	       put_algorithm(message, XFRMA_ALG_AUTH_TRUNC, authentication,
			     authentication->given_bits ? authentication->bits : 0) ||
	       put_algorithm(message, XFRMA_ALG_AEAD, aead,
			     aead->given_bits ? aead->bits : IPSEC_ICV_DEFAULT);
}

int ipsec_state_add(struct netlink *netlink, const struct ipsec_side *side, uint32_t reqid,
		    const struct ipsec_direction *direction, struct error *error)
{
	struct xfrm_mark mark = { .v = side->mark, .m = UINT32_MAX };
	struct xfrm_usersa_info info = {
		.id = { .daddr = ipsec_address(&side->destination),
			.spi = htonl(direction->spi),
			.proto = IPPROTO_ESP },
		.saddr = ipsec_address(&side->source),
		.lft = { .soft_byte_limit = XFRM_INF,
			 .hard_byte_limit = XFRM_INF,
			 .soft_packet_limit = XFRM_INF,
			 .hard_packet_limit = XFRM_INF },
		.reqid = reqid,
		.family = side->source.family,
		.mode = XFRM_MODE_TUNNEL,
		/* Both families may be inside, whatever the outer one is. */
		.flags = XFRM_STATE_AF_UNSPEC,
	};
	struct nl_msg *message CLEANUP_SECRET =
		netlink_message(XFRM_MSG_NEWSA, 0, &info, sizeof(info), error);

	if (!message)
		return -1;
	if (put_algorithms(message, direction) ||
	    nla_put(message, XFRMA_MARK, sizeof(mark), &mark))
		return error_errno(error, ENOMEM, "building a netlink message");
	if (netlink_request(netlink, message, error))
		return ipsec_state_explain(side, direction, error);
	return 0;
}

int ipsec_state_remove(struct netlink *netlink, const struct ipsec_side *side, uint32_t spi,
		       struct error *error)
{
	struct xfrm_mark mark = { .v = side->mark, .m = UINT32_MAX };
	struct nl_msg *message CLEANUP_MESSAGE = NULL;
	struct xfrm_usersa_id id;

	memset(&id, 0, sizeof(id)); /* it has a hole, and the kernel is told all of it */
	id.daddr = ipsec_address(&side->destination);
	id.spi = htonl(spi);
	id.family = side->destination.family;
	id.proto = IPPROTO_ESP;
	message = netlink_message(XFRM_MSG_DELSA, 0, &id, sizeof(id), error);
	if (!message)
		return -1;
	if (nla_put(message, XFRMA_MARK, sizeof(mark), &mark))
		return error_errno(error, ENOMEM, "building a netlink message");
	if (netlink_request(netlink, message, error)) {
		if (error->number != ESRCH)
			return -1;
		error_clear(error);
	}
	return 0;
}

struct listing {
	const struct ipsec_side *side;
	uint32_t reqid;
	bool with_keys;
	ipsec_state_each *each;
	void (*restart)(void *context);
	void *context;
};

/* The secret goes where it is asked for, and is not left behind in the receive buffer. */
static void algorithm_take_key(struct nlattr *attribute, size_t size, bool with_keys,
			       struct ipsec_algorithm *ret)
{
	unsigned char *key = (unsigned char *)nla_data(attribute) + size;
	size_t length = (size_t)nla_len(attribute) - size;

	if (with_keys && ret->key_length <= length && ret->key_length <= sizeof(ret->key)) {
		memcpy(ret->key, key, ret->key_length);
		ret->given_key = true;
	}
	explicit_bzero(key, length);
}

static void algorithm_take(struct nlattr *attribute, bool has_bits, bool with_keys,
			   struct ipsec_algorithm *ret)
{
	size_t size = has_bits ? BITS_SIZE : PLAIN_SIZE;
	const struct xfrm_algo_auth *data;

	if (!attribute || nla_len(attribute) < (int)size)
		return;
	data = nla_data(attribute);
	snprintf(ret->name, sizeof(ret->name), "%.*s", (int)sizeof(data->alg_name) - 1,
		 data->alg_name);
	ret->given = true;
	ret->key_set = data->alg_key_len;
	ret->key_length = (data->alg_key_len + 7) / 8;
	ret->given_bits = has_bits;
	ret->bits = has_bits ? data->alg_trunc_len : 0;
	algorithm_take_key(attribute, size, with_keys, ret);
}

static bool state_named(const struct listing *listing, const struct xfrm_usersa_info *info,
			const struct nlattr *attribute)
{
	const struct ipsec_side *side = listing->side;
	struct xfrm_mark mark = { 0 };
	struct ip source, destination;

	if (attribute && nla_len(attribute) >= (int)sizeof(mark))
		memcpy(&mark, nla_data(attribute), sizeof(mark));
	return mark.v == side->mark && mark.m == UINT32_MAX && info->reqid == listing->reqid &&
	       info->id.proto == IPPROTO_ESP && info->mode == XFRM_MODE_TUNNEL &&
	       info->id.spi && ip_from_bytes(&source, &info->saddr, ip_size(info->family)) &&
	       ip_from_bytes(&destination, &info->id.daddr, ip_size(info->family)) &&
	       ip_equal(&source, &side->source) && ip_equal(&destination, &side->destination);
}

static int state_record(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct listing *listing = context;
	struct nlattr *attributes[XFRMA_MAX + 1] = { 0 };
	struct ipsec_direction found = { .given = true, .given_spi = true };
	struct ipsec_algorithm ignored;
	struct xfrm_usersa_info info;
	bool keys = listing->with_keys;

	(void)error;
	if (header->nlmsg_type != XFRM_MSG_NEWSA || nlmsg_datalen(header) < (int)sizeof(info) ||
	    nlmsg_parse((struct nlmsghdr *)(uintptr_t)header, sizeof(info), attributes,
			XFRMA_MAX, NULL))
		return 0;
	memcpy(&info, nlmsg_data(header), sizeof(info));
	algorithm_take(attributes[XFRMA_ALG_CRYPT], false, keys, &found.encryption);
	algorithm_take(attributes[XFRMA_ALG_AUTH], false, false,
		       &ignored); /* the same again, for old programs */
	algorithm_take(attributes[XFRMA_ALG_AUTH_TRUNC], true, keys, &found.authentication);
	algorithm_take(attributes[XFRMA_ALG_AEAD], true, keys, &found.aead);
	found.spi = ntohl(info.id.spi);
	if (state_named(listing, &info, attributes[XFRMA_MARK]))
		listing->each(&found, listing->context);
	explicit_bzero(&found, sizeof(found));
	return 0;
}

static void state_restart(void *context)
{
	struct listing *listing = context;

	listing->restart(listing->context);
}

int ipsec_state_list(struct netlink *netlink, const struct ipsec_side *side, uint32_t reqid,
		     bool with_keys, ipsec_state_each *each, void (*restart)(void *context),
		     void *context, struct error *error)
{
	struct listing listing = { .side = side,
				   .reqid = reqid,
				   .with_keys = with_keys,
				   .each = each,
				   .restart = restart,
				   .context = context };
	struct xfrm_address_filter filter = { .saddr = ipsec_address(&side->source),
					      .daddr = ipsec_address(&side->destination),
					      .family = side->source.family,
					      .splen = (uint8_t)ip_bits(side->source.family),
					      .dplen = (uint8_t)ip_bits(side->source.family) };
	/* A dump has no header of its own here, attributes follow at once. */
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(XFRM_MSG_GETSA, 0, &filter, 0, error);

	if (!message)
		return -1;
	if (nla_put(message, XFRMA_ADDRESS_FILTER, sizeof(filter), &filter) ||
	    nla_put_u8(message, XFRMA_PROTO, IPPROTO_ESP))
		return error_errno(error, ENOMEM, "building a netlink message");
	return netlink_dump(netlink, message, state_record, state_restart, &listing, error);
}
