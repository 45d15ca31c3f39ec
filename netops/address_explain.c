/* Why the kernel did not take an address: its few words, turned into ours. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "netops/address_private.h"

struct address_conflict {
	const struct address *wanted;
	char *url;
};

/*
 * IPv6 has an address once per link. IPv4 has it once per subnet, and the peer
 * says which subnet that is.
 */
static int address_conflicts(const struct address *address, void *context, struct error *error)
{
	struct address_conflict *conflict = context;
	const struct address *wanted = conflict->wanted;
	const struct ip *own = &wanted->options.address;
	const struct ip *peer = ADDRESS_GIVEN(wanted, peer) ? &wanted->options.peer : own;
	const struct ip *other = ADDRESS_GIVEN(address, peer) ? &address->options.peer :
								&address->options.address;

	(void)error;
	if (ip_equal(&address->options.address, own) &&
	    (own->family == AF_INET6 ||
	     (address_prefix_length(address) == address_prefix_length(wanted) &&
	      ip_contains(peer, other))))
		address_url(address, conflict->url);
	return 0;
}

static int address_exists(struct netlink *netlink, const struct address *address,
			  struct error *error)
{
	struct address_conflict conflict = { .wanted = address, .url = error->conflict };
	char text[IP_TEXT_SIZE];
	struct error ignored;

	ip_format(&address->options.address, text);
	error_set(error, ERROR_EXISTS, "link \"%.15s\" has the address %s already",
		  address->link.name, text);
	/* Without the name of the one in the way the answer is still right. */
	error_clear(&ignored);
	(void)address_dump(netlink, address->namespace, address->link.index,
			   address->options.address.family, address_conflicts, NULL, &conflict,
			   &ignored);
	return -1;
}

int address_explain(struct netlink *netlink, const struct address *address, struct error *error)
{
	const char *link = address->link.name;

	switch (error->number) {
	case EEXIST:
		return address_exists(netlink, address, error);
	case ENODEV:
		return error_missing(error, "/link", "the link \"%.15s\" is gone", link);
	case EACCES:
		return error_set(error, ERROR_REFUSED,
				 "IPv6 is switched off on \"%.15s\" (net.ipv6.conf.%.15s."
				 "disable_ipv6)",
				 link, link);
	case EOPNOTSUPP:
	case EAFNOSUPPORT:
		return error_set(error, ERROR_UNSUPPORTED,
				 "this kernel does not have this address family");
	case EINVAL:
		break;
	default:
		return -1;
	}
	/* Kernel 6.1 has no words for it; what else IPv4 refuses, the checks have refused before. */
	if (strstr(error->kernel, "scope") ||
	    (address->options.address.family == AF_INET && !error->kernel[0]))
		return error_member(error, "/scope", "scope",
				    "all addresses of one subnet on a link have one scope");
	if (address->options.address.family == AF_INET6 && !error->kernel[0])
		return error_set(
			error, ERROR_REFUSED,
			"\"%.15s\" takes no IPv6 address: its MTU is below 1280 bytes, "
			"or the address cannot be one of a host",
			link);
	return -1;
}
