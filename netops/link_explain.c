/*
 * Why the kernel refused a new link. It says EEXIST for a taken name, for taken
 * endpoints and for the fallback device alike; here the one in the way is found.
 */
#include <errno.h>
#include <string.h>

#include "netops/link_private.h"

static bool identity_same(const struct row *row, const struct link *wanted,
			  const struct link *other)
{
	return row_settled(row, &wanted->options, &wanted->given, &other->options,
			   &other->given);
}

static bool same_identity(const struct link *wanted, const struct link *other)
{
	bool external = LINK_GIVEN(wanted, external) && wanted->options.external;
	const struct row *rows;

	if (external)
		return LINK_GIVEN(other, external) && other->options.external;
	for (unsigned int i = 0; (rows = link_table(wanted->kind, i)); i++) {
		for (const struct row *row = rows; row->name; row++) {
			if ((row->flags & ROW_IDENTITY) && !identity_same(row, wanted, other))
				return false;
		}
	}
	return true;
}

/* Without rows of its own that say so, links of a kind are as many as one likes. */
static bool has_identity(const struct kind *kind)
{
	for (unsigned int i = 0; kind->tables[i]; i++) {
		for (const struct row *row = kind->tables[i]; row->name; row++) {
			if (row->flags & ROW_IDENTITY)
				return true;
		}
	}
	return false;
}

struct search {
	struct netops *netops;
	const struct link *wanted;
	struct link *found; /* name "": not yet */
};

static int search_link(struct link *link, void *context, struct error *error)
{
	struct search *search = context;

	(void)error;
	if (search->found->name[0] || !link->kind ||
	    strcmp(link->kernel_kind, search->wanted->kind->netlink_name) ||
	    !link_underlay(link) ||
	    strcmp(link_underlay(link), link_underlay(search->wanted)) ||
	    !same_identity(search->wanted, link))
		return 0;
	*search->found = *link;
	link_init(link); /* it was given away */
	return 0;
}

/* Endpoints are unique in the underlay; the link that has them may live anywhere. */
static int search_namespace(const char *name, void *context, struct error *error)
{
	static const struct link_filter filter = { .bare = true };
	struct search *search = context;
	struct error ignored;

	(void)error;
	error_clear(&ignored);
	if (!search->found->name[0])
		(void)link_list(search->netops, name, &filter, search_link, search, &ignored);
	return 0;
}

static int explain_name(struct netlink *netlink, const struct link *wanted, const char *pointer,
			struct error *error)
{
	struct link other CLEANUP_LINK = LINK_EMPTY;
	struct error ignored;

	error_clear(&ignored);
	if (link_get(netlink, wanted->namespace, wanted->name, 0, &other, &ignored))
		return 0;
	link_url(&other, error->conflict);
	error_member(error, pointer, "taken", "namespace \"%s\" has a link \"%s\" already",
		     wanted->namespace, wanted->name);
	return error_set(error, ERROR_EXISTS, "namespace \"%s\" has a link \"%s\" already",
			 wanted->namespace, wanted->name);
}

static int explain_peer_name(struct netops *netops, const struct link *wanted,
			     struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	if (!wanted->peer)
		return 0;
	if (namespace_enter(netops, wanted->peer->namespace, &socket, error))
		return -1;
	return explain_name(socket.netlink, wanted->peer, "/peer/name", error);
}

static const char *identity_words(const struct link *wanted)
{
	if (LINK_GIVEN(wanted, external) && wanted->options.external)
		return "the one place for an external tunnel of this kind";
	return wanted->kind->tunnel ? "these endpoints" : "this id on this device";
}

static int explain_identity(struct netops *netops, const struct link *wanted,
			    struct error *error)
{
	struct link found CLEANUP_LINK = LINK_EMPTY;
	struct search search = { netops, wanted, &found };
	const char *what = identity_words(wanted);

	namespace_list(search_namespace, &search, error);
	if (!found.name[0])
		return error_set(error, ERROR_EXISTS,
				 "the kernel says that it exists already; what is in the way "
				 "could not be found");
	link_url(&found, error->conflict);
	if (link_is_fallback(&found))
		return error_set(
			error, ERROR_EXISTS,
			"the fallback device \"%s\" of namespace \"%s\" has %s (none): "
			"give local or remote",
			found.name, found.namespace, what);
	return error_set(error, ERROR_EXISTS, "%s \"%s\" in namespace \"%s\" has %s already",
			 found.kind->name, found.name, found.namespace, what);
}

static int explain_kind(const struct link *wanted, struct error *error)
{
	return error_set(error, ERROR_UNSUPPORTED,
			 "this kernel cannot make links of kind %s: module %s (%s) is missing",
			 wanted->kind->name, wanted->kind->module, wanted->kind->config);
}

/* The offset of an extended error points at an attribute, and its row knows the member. */
static void explain_offset(const struct link *wanted, const struct nlmsghdr *request,
			   struct error *error)
{
	uint16_t path[4];
	unsigned int depth =
		netlink_path_at(request, sizeof(struct ifinfomsg), error->offset, path, 4);
	const struct row *row = NULL;
	char pointer[96];

	if (depth == 1)
		row = row_of_attribute(link_rows, path[0]);
	for (unsigned int i = 0; depth == 3 && !row && link_table_is_data(wanted->kind, i); i++)
		row = row_of_attribute(wanted->kind->tables[i], path[2]);
	if (!row)
		return;
	snprintf(pointer, sizeof(pointer), "/%s", row->name);
	error_member(error, pointer, "kernel", "%s",
		     error->kernel[0] ? error->kernel : "the kernel refused this value");
}

/* net/ipv4/ip_tunnel_core.c: an encapsulation that nobody offers is EINVAL, without a word. */
static int explain_encapsulation(const struct link *wanted, struct error *error)
{
	const char *name =
		row_word_name(encapsulation_words, wanted->options.encapsulation_type);

	return error_set(error, ERROR_UNSUPPORTED,
			 "this kernel cannot put tunnels into %s: module fou or "
			 "CONFIG_NET_FOU_IP_TUNNELS is missing",
			 name ? name : "this");
}

static bool is_encapsulated(const struct link *link)
{
	return LINK_GIVEN(link, encapsulation_type) && link->options.encapsulation_type;
}

/* net/ethernet/eth.c: is_valid_ether_addr(). Unasked, the kernel makes good ones. */
static void explain_mac(const struct link *link, const char *pointer, struct error *error)
{
	static const uint8_t none[6];
	const uint8_t *mac = link->options.mac.bytes;

	if (LINK_GIVEN(link, mac) && (mac[0] & 1 || !memcmp(mac, none, sizeof(none))))
		error_member(error, pointer, "unicast",
			     "a link has the address of one station: not a group's, not 0");
}

static int explain_macs(const struct link *wanted, struct error *error)
{
	explain_mac(wanted, "/mac", error);
	if (wanted->peer)
		explain_mac(wanted->peer, "/peer/mac", error);
	return -1;
}

int link_explain(struct netops *netops, struct netlink *netlink, const struct link *wanted,
		 const struct nlmsghdr *request, struct error *error)
{
	if (error->number == EEXIST || error->number == EBUSY) {
		if (explain_name(netlink, wanted, "/name", error) ||
		    explain_peer_name(netops, wanted, error))
			return -1;
		/* Where nothing clashes, the kernel's errno is all that is known. */
		return has_identity(wanted->kind) ? explain_identity(netops, wanted, error) :
						    -1;
	}
	if (error->number == EADDRNOTAVAIL)
		return explain_macs(wanted, error);
	if (error->number == EOPNOTSUPP && strstr(error->kernel, "Unknown device type"))
		return explain_kind(wanted, error);
	if (error->number == EINVAL && !error->kernel[0] && is_encapsulated(wanted))
		return explain_encapsulation(wanted, error);
	if (error->offset && wanted->kind)
		explain_offset(wanted, request, error);
	return -1;
}

int link_explain_change(struct netops *netops, const struct link *wanted,
			const struct nlmsghdr *request, struct error *error)
{
	if ((error->number == EEXIST || error->number == EBUSY) && wanted->kind &&
	    has_identity(wanted->kind))
		return explain_identity(netops, wanted, error);
	if (error->number == EADDRNOTAVAIL)
		return explain_macs(wanted, error);
	if (error->number == EINVAL && !error->kernel[0] && is_encapsulated(wanted))
		return explain_encapsulation(wanted, error);
	if (error->offset && wanted->kind)
		explain_offset(wanted, request, error);
	return -1;
}
