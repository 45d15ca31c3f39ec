/* What the kernel has, read whole: into the mirror, or beside it as if it were news. */
#include <errno.h>
#include <net/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "netops/link_private.h"
#include "netops/mirror_private.h"
#include "netops/monitor_private.h"

static int fill_record(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct monitor_record record;
	struct mirror_change ignored;

	if (!monitor_parse(header, header->nlmsg_len, &record) || record.aside)
		return 0;
	if (record.subject == MONITOR_LINK ? mirror_take_link(context, &record, &ignored) :
					     mirror_take_address(context, &record, &ignored))
		return 0;
	return error_errno(error, ENOMEM, "listing links");
}

static void fill_again(void *context)
{
	(void)context; /* what is told twice is known once; what went meanwhile is told */
}

static int dump(struct netlink *netlink, struct nl_msg *message, netlink_record *record,
		void *context, struct error *error)
{
	int result =
		message ? netlink_dump(netlink, message, record, fill_again, context, error) :
			  -1;

	nlmsg_free(message);
	return result;
}

static struct nl_msg *address_dump_message(struct error *error)
{
	const struct ifaddrmsg all = { .ifa_family = AF_UNSPEC };

	return netlink_message(RTM_GETADDR, 0, &all, sizeof(all), error);
}

int mirror_fill(struct mirror *mirror, struct netops *netops, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	if (namespace_enter(netops, mirror->namespace, &socket, error))
		return -1;
	mirror_clear(mirror);
	return dump(socket.netlink, link_dump_message(error), fill_record, mirror, error) ||
			       dump(socket.netlink, address_dump_message(error), fill_record,
				    mirror, error) ?
		       -1 :
		       0;
}

struct asking {
	const struct mirror *mirror;
	void (*hook)(const struct monitor_record *record, void *context);
	void *context;
};

static int ask_record(const struct nlmsghdr *header, void *context, struct error *error)
{
	const struct asking *asking = context;
	struct monitor_record record;

	(void)error;
	/* Of the others all is told; and what counts in them is no news. */
	if (!monitor_parse(header, header->nlmsg_len, &record) || record.aside ||
	    !mirror_is_quiet(asking->mirror, record.index))
		return 0;
	record.namespace = asking->mirror->namespace;
	asking->hook(&record, asking->context);
	return 0;
}

int mirror_ask(const struct mirror *mirror, struct netops *netops,
	       void (*hook)(const struct monitor_record *record, void *context), void *context,
	       struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct asking asking = { mirror, hook, context };

	if (namespace_enter(netops, mirror->namespace, &socket, error))
		return -1;
	return dump(socket.netlink, link_dump_message(error), ask_record, &asking, error) ||
			       dump(socket.netlink, address_dump_message(error), ask_record,
				    &asking, error) ?
		       -1 :
		       0;
}
