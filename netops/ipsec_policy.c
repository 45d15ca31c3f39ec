/*
 * Policies: one is looked up, made and removed by its direction, its mark and
 * a selector that fits everything of one family. No dump is needed, however
 * many the namespace has.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "netops/netlink.h"
#include "netops/ipsec_private.h"

xfrm_address_t ipsec_address(const struct ip *ip)
{
	xfrm_address_t address = { 0 };

	memcpy(&address, ip->bytes, ip_size(ip->family));
	return address;
}

static int put_mark(struct nl_msg *message, uint32_t value)
{
	struct xfrm_mark mark = { .v = value, .m = UINT32_MAX };

	return nla_put(message, XFRMA_MARK, sizeof(mark), &mark);
}

/* What a packet needs that has the mark: ESP in tunnel mode between the ends. */
static int put_template(struct nl_msg *message, const struct ipsec_side *side, uint32_t reqid)
{
	struct xfrm_user_tmpl template = {
		.id = { .daddr = ipsec_address(&side->destination), .proto = IPPROTO_ESP },
		.family = side->source.family,
		.saddr = ipsec_address(&side->source),
		.reqid = reqid,
		.mode = XFRM_MODE_TUNNEL,
		.aalgos = UINT32_MAX,
		.ealgos = UINT32_MAX,
		.calgos = UINT32_MAX,
	};

	return nla_put(message, XFRMA_TMPL, sizeof(template), &template);
}

static struct nl_msg *policy_message(int type, const struct ipsec_side *side, uint16_t family,
				     uint32_t index, struct error *error)
{
	struct xfrm_userpolicy_id id = { .sel = { .family = family },
					 .index = index,
					 .dir = side->direction };
	struct nl_msg *message = netlink_message(type, 0, &id, sizeof(id), error);

	if (message && put_mark(message, side->mark)) {
		nlmsg_free(message);
		error_errno(error, ENOMEM, "building a netlink message");
		return NULL;
	}
	return message;
}

int ipsec_policy_add(struct netlink *netlink, const struct ipsec_side *side, uint16_t family,
		     uint32_t reqid, struct error *error)
{
	struct xfrm_userpolicy_info info = {
		.sel = { .family = family },
		.lft = { .soft_byte_limit = XFRM_INF,
			 .hard_byte_limit = XFRM_INF,
			 .soft_packet_limit = XFRM_INF,
			 .hard_packet_limit = XFRM_INF },
		.priority = IPSEC_PRIORITY,
		.dir = side->direction,
		.action = XFRM_POLICY_ALLOW,
	};
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(XFRM_MSG_NEWPOLICY, 0, &info, sizeof(info), error);

	if (!message)
		return -1;
	if (put_template(message, side, reqid) || put_mark(message, side->mark))
		return error_errno(error, ENOMEM, "building a netlink message");
	return netlink_request(netlink, message, error);
}

int ipsec_policy_remove(struct netlink *netlink, const struct ipsec_side *side, uint16_t family,
			uint32_t index, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE =
		policy_message(XFRM_MSG_DELPOLICY, side, family, index, error);

	if (!message)
		return -1;
	if (netlink_request(netlink, message, error)) {
		if (error->number != ENOENT)
			return -1;
		error_clear(error);
	}
	return 0;
}

static void template_read(const struct nlattr *attribute, struct ipsec_policy *ret)
{
	struct xfrm_user_tmpl template;

	if (!attribute || nla_len(attribute) < (int)sizeof(template))
		return;
	memcpy(&template, nla_data(attribute), sizeof(template));
	(void)ip_from_bytes(&ret->source, &template.saddr, ip_size(template.family));
	(void)ip_from_bytes(&ret->destination, &template.id.daddr, ip_size(template.family));
	ret->reqid = template.reqid;
}

static int policy_record(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct ipsec_policy *policy = context;
	struct xfrm_userpolicy_info info;

	(void)error;
	if (header->nlmsg_type != XFRM_MSG_NEWPOLICY ||
	    nlmsg_datalen(header) < (int)sizeof(info))
		return 0;
	memcpy(&info, nlmsg_data(header), sizeof(info));
	policy->found = true;
	policy->priority = info.priority;
	policy->index = info.index;
	template_read(
		nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)header, sizeof(info), XFRMA_TMPL),
		policy);
	return 0;
}

int ipsec_policy_find(struct netlink *netlink, const struct ipsec_side *side, uint16_t family,
		      struct ipsec_policy *ret, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE =
		policy_message(XFRM_MSG_GETPOLICY, side, family, 0, error);

	*ret = (struct ipsec_policy){ 0 };
	if (!message)
		return -1;
	if (netlink_get(netlink, message, policy_record, ret, error)) {
		if (error->number != ENOENT)
			return -1;
		error_clear(error);
	}
	ret->ours = ret->found && ret->priority == IPSEC_PRIORITY &&
		    ip_equal(&ret->source, &side->source) &&
		    ip_equal(&ret->destination, &side->destination);
	return 0;
}
