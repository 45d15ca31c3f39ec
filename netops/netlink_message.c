/* What can be said of messages without a socket: making them, and what their parts mean. */
#include <errno.h>
#include <stdio.h>

#include "netops/netlink_private.h"

struct nl_msg *netlink_message(int type, int flags, const void *header, size_t length,
			       struct error *error)
{
	struct nl_msg *message = nlmsg_alloc_simple(type, NLM_F_REQUEST | flags);

	if (message && !nlmsg_append(message, (void *)(uintptr_t)header, length, NLMSG_ALIGNTO))
		return message;
	nlmsg_free(message);
	error_errno(error, ENOMEM, "building a netlink message");
	return NULL;
}

void netlink_message_cleanup(struct nl_msg **message)
{
	nlmsg_free(*message);
}

uint32_t netlink_number(const struct nlattr *attribute)
{
	switch (attribute ? nla_len(attribute) : 0) {
	case 1:
		return nla_get_u8(attribute);
	case 2:
		return nla_get_u16(attribute);
	case 4:
		return nla_get_u32(attribute);
	default:
		return 0;
	}
}

void netlink_text(const struct nlattr *attribute, char *ret, size_t size)
{
	snprintf(ret, size, "%.*s", attribute ? nla_len(attribute) : 0,
		 attribute ? (const char *)nla_data(attribute) : "");
}

/* The type-length-values behind an acknowledgement: the kernel's words, and where it stumbled. */
static void netlink_extended(const struct nlmsghdr *header, struct error *error)
{
	const struct nlmsgerr *ack = nlmsg_data(header);
	size_t length = (size_t)nlmsg_datalen(header), skip = sizeof(*ack);
	const struct nlattr *attribute;
	int rest;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS) || length < skip)
		return;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		skip += (size_t)ack->msg.nlmsg_len - sizeof(ack->msg);
	if (skip > length)
		return;
	nlmsg_for_each_attr(attribute, (struct nlmsghdr *)(uintptr_t)header, (int)skip, rest)
	{
		if (nla_type(attribute) == NLMSGERR_ATTR_MSG)
			netlink_text(attribute, error->kernel, sizeof(error->kernel));
		else if (nla_type(attribute) == NLMSGERR_ATTR_OFFS)
			error->offset = netlink_number(attribute);
	}
}

/* The end of a dump carries an errno, too. */
int netlink_verdict(const struct nlmsghdr *header, struct error *error)
{
	const struct nlmsgerr *ack = nlmsg_data(header);

	if (nlmsg_datalen(header) < (int)sizeof(ack->error) || !ack->error)
		return 0;
	error_errno(error, ack->error < 0 && ack->error > -4096 ? -ack->error : EPROTO,
		    "the kernel refused");
	if (header->nlmsg_type == NLMSG_ERROR)
		netlink_extended(header, error);
	return -1;
}

unsigned int netlink_path_at(const struct nlmsghdr *header, size_t header_length,
			     uint32_t offset, uint16_t *path, unsigned int size)
{
	const char *start = (const char *)header;
	const struct nlattr *attribute = nlmsg_attrdata(header, (int)header_length);
	int rest = nlmsg_attrlen(header, (int)header_length);
	unsigned int depth = 0;

	while (depth < size && nla_ok(attribute, rest)) {
		uint32_t at = (uint32_t)((const char *)attribute - start);

		if (offset >= at + (uint32_t)NLA_ALIGN(attribute->nla_len)) {
			attribute = nla_next(attribute, &rest);
			continue;
		}
		if (offset < at)
			return 0;
		path[depth++] = (uint16_t)nla_type(attribute);
		if (offset < at + NLA_HDRLEN)
			return depth;
		rest = nla_len(attribute);
		attribute = nla_data(attribute);
	}
	return 0;
}
