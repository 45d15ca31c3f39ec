/* Names by index: a map where many are needed, one question where it is one. */
#include "netops/netlink.h"
#include "netops/device.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "netops/link.h"

static void device_name_unknown(struct device *device)
{
	snprintf(device->name, sizeof(device->name), "if%u", device->index);
}

void device_name(struct device *device, const struct link_names *names)
{
	const char *name = link_names_get(names, device->index);

	if (name)
		snprintf(device->name, sizeof(device->name), "%s", name);
	else
		device_name_unknown(device);
}

static int device_heard(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct device *device = context;
	const struct nlattr *name = nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)header,
						    sizeof(struct ifinfomsg), IFLA_IFNAME);

	(void)error;
	if (name)
		netlink_text(name, device->name, sizeof(device->name));
	return 0;
}

int device_name_ask(struct netlink *netlink, struct device *device, struct error *error)
{
	struct ifinfomsg header = { .ifi_index = (int)device->index };
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(RTM_GETLINK, 0, &header, sizeof(header), error);

	if (!message)
		return -1;
	nla_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	device_name_unknown(device);
	if (!netlink_get(netlink, message, device_heard, device, error))
		return 0;
	if (error->number != ENODEV)
		return -1;
	error_clear(error); /* it went away meanwhile */
	return 0;
}

int device_index_ask(struct netlink *netlink, struct device *device, bool *ret,
		     struct error *error)
{
	device->index = 0;
	if (link_index_of(netlink, device->name, &device->index, error))
		return -1;
	*ret = device->index != 0;
	return 0;
}
