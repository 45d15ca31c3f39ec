/*
 * promote_secondaries of one link. With 0, the kernel's default, the deletion of
 * a primary IPv4 address takes the secondaries of its subnet along, and if
 * these were all the link had, every IPv4 route of the link. With 1 the first
 * secondary takes its place and nothing else happens. IFLA_AF_SPEC carries the
 * same switch as /proc/sys/net/ipv4/conf.
 */
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "netops/netlink.h"
#include "netops/address_private.h"

static const struct nlattr *nested(const struct nlattr *outer, int type)
{
	return outer ? nla_find(nla_data(outer), nla_len(outer), type) : NULL;
}

/* IFLA_INET_CONF is an array of numbers here, counted from 1. */
static int address_promotes_heard(const struct nlmsghdr *header, void *context,
				  struct error *error)
{
	const struct nlattr *spec = nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)header,
						    sizeof(struct ifinfomsg), IFLA_AF_SPEC);
	const struct nlattr *conf = nested(nested(spec, AF_INET), IFLA_INET_CONF);
	const int32_t *values = conf ? nla_data(conf) : NULL;

	(void)error;
	if (conf && nla_len(conf) >= (int)(IPV4_DEVCONF_PROMOTE_SECONDARIES * sizeof(*values)))
		*(bool *)context = values[IPV4_DEVCONF_PROMOTE_SECONDARIES - 1] != 0;
	return 0;
}

int address_promotes(struct netlink *netlink, uint32_t link_index, bool *ret,
		     struct error *error)
{
	struct ifinfomsg header = { .ifi_index = (int)link_index };
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(RTM_GETLINK, 0, &header, sizeof(header), error);

	*ret = false;
	if (!message)
		return -1;
	nla_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return netlink_get(netlink, message, address_promotes_heard, ret, error);
}

int address_set_promotes(struct netlink *netlink, uint32_t link_index, bool on,
			 struct error *error)
{
	struct ifinfomsg header = { .ifi_index = (int)link_index };
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(RTM_SETLINK, 0, &header, sizeof(header), error);
	struct nlattr *spec, *inet, *conf;

	if (!message)
		return -1;
	/* A new message has room for these few bytes. */
	spec = nla_nest_start(message, IFLA_AF_SPEC);
	inet = nla_nest_start(message, AF_INET);
	conf = nla_nest_start(message, IFLA_INET_CONF);
	nla_put_u32(message, IPV4_DEVCONF_PROMOTE_SECONDARIES, on);
	nla_nest_end(message, conf);
	nla_nest_end(message, inet);
	nla_nest_end(message, spec);
	return netlink_request(netlink, message, error);
}
