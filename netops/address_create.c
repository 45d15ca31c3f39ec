/*
 * Making one address or many. What was made is read back without a dump, so that
 * the cost of each does not grow with the link's table: IPv4 echoes its message
 * (NLM_F_ECHO); IPv6 does not, but answers for a single address, and has to be
 * asked anyway: its addresses can be taken and go nowhere.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "netops/address_private.h"
#include "netops/device.h"
#include "netops/pipeline.h"

/* The error that led here is the one to be told. */
static void address_take_back(struct netlink *netlink, const struct address *address)
{
	struct error ignored;

	error_clear(&ignored);
	(void)address_send_removal(netlink, address, &ignored);
}

/* The kernel said yes, and it is not there. */
static int address_lost(const struct address *address, struct error *error)
{
	char text[IP_TEXT_SIZE];

	ip_format(&address->options.address, text);
	return error_set(
		error, ERROR_BUSY,
		"%s was added to \"%.15s\" of \"%.64s\" and taken away by somebody else", text,
		address->link.name, address->namespace);
}

/* What comes back, as a record. */
struct address_echo {
	const struct address *wanted;
	struct address *ret;
	bool heard;
};

static int address_echoed(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct address_echo *echo = context;
	struct address address = { 0 };

	(void)error;
	if (header->nlmsg_type != RTM_NEWADDR || !address_parse(header, &address) ||
	    address.link.index != echo->wanted->link.index ||
	    !address_same(&address, echo->wanted))
		return 0;
	memcpy(address.namespace, echo->wanted->namespace, sizeof(address.namespace));
	address.link = echo->wanted->link;
	address_drop_own_label(&address);
	*echo->ret = address;
	echo->heard = true;
	return 0;
}

/* IPv6 alone has an answer for one address (net/ipv6/addrconf.c: inet6_rtm_getaddr). */
static struct nl_msg *address_get_message(const struct address *address, struct error *error)
{
	const struct ip *ip = &address->options.address;
	struct ifaddrmsg header = { .ifa_family = (uint8_t)ip->family,
				    .ifa_index = address->link.index };
	struct nl_msg *message =
		netlink_message(RTM_GETADDR, 0, &header, sizeof(header), error);

	if (message)
		nla_put(message, IFA_LOCAL, (int)ip_size(ip->family), ip->bytes);
	return message;
}

static int address_ask_one(struct netlink *netlink, struct address_echo *echo,
			   struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE = address_get_message(echo->wanted, error);

	if (!message)
		return -1;
	if (!netlink_get(netlink, message, address_echoed, echo, error) && echo->heard)
		return 0;
	return error->number == ENOMEM ? -1 : address_lost(echo->wanted, error);
}

static int address_no_link(const struct address *address, struct error *error)
{
	return error_missing(error, "/link",
			     "there is no link \"%.15s\" in namespace \"%.64s\"",
			     address->link.name, address->namespace);
}

/* The link's index is filled in. What fails leaves nothing. */
static int address_make(struct netlink *netlink, struct address *address, struct address *ret,
			struct error *error)
{
	struct address_echo echo = { .wanted = address, .ret = ret };
	bool found;

	if (device_index_ask(netlink, &address->link, &found, error))
		return -1;
	if (!found)
		return address_no_link(address, error);
	if (address_send(netlink, address, address_echoed, &echo, error))
		return -1;
	if (echo.heard || !address_ask_one(netlink, &echo, error))
		return 0;
	address_take_back(netlink, address);
	return -1;
}

int address_create(struct netops *netops, const struct address *wanted, struct address *ret,
		   struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	struct address address = *wanted;

	if (namespace_enter_to_make(netops, wanted->namespace, &socket, error))
		return -1;
	return address_make(socket.netlink, &address, ret, error);
}

/* ---- many ---- */

static int address_prepare(struct netlink *netlink, void *record, void *known,
			   struct error *error)
{
	struct address *address = record;
	struct device *link = known;
	bool found;

	if (!link->index || strcmp(link->name, address->link.name)) {
		*link = address->link;
		if (device_index_ask(netlink, link, &found, error))
			return -1;
		if (!found)
			return address_no_link(address, error);
	}
	address->link = *link;
	return 0;
}

static struct nl_msg *address_creation(const void *record, struct error *error)
{
	return address_new_message(record, error);
}

static struct nl_msg *address_question(const void *record, struct error *error)
{
	return address_get_message(record, error);
}

static bool address_told(const struct nlmsghdr *header, void *record)
{
	struct address wanted = *(const struct address *)record;
	struct address_echo echo = { .wanted = &wanted, .ret = record };
	struct error ignored;

	error_clear(&ignored);
	(void)address_echoed(header, &echo, &ignored);
	return echo.heard;
}

static int address_verify(struct netlink *netlink, void *record, struct error *error)
{
	struct address wanted = *(const struct address *)record;
	struct address_echo echo = { .wanted = &wanted, .ret = record };

	return address_ask_one(netlink, &echo, error);
}

static int address_refused(struct netlink *netlink, const void *record, struct error *error)
{
	return address_explain(netlink, record, error);
}

static void address_undo(struct netlink *netlink, const void *record)
{
	address_take_back(netlink, record);
}

static void address_record_url(const void *record, char ret[ERROR_URL_SIZE])
{
	address_url(record, ret);
}

int address_create_many(struct netops *netops, void *const *wanted, void *const *ret,
			size_t count, size_t *ret_failed, struct error *error)
{
	static const struct pipeline_way way = {
		.size = sizeof(struct address),
		.known_size = sizeof(struct device),
		.prepare = address_prepare,
		.creation = address_creation,
		.question = address_question,
		.told = address_told,
		.verify = address_verify,
		.explain = address_refused,
		.take_back = address_undo,
		.url = address_record_url,
		.noun = "address",
	};

	return pipeline_create(netops, &way, wanted, ret, count, ret_failed, error);
}
