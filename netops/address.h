/*
 * Addresses of links. The kernel keeps one prefix length for an address: its
 * own, or that of the peer where it has one (IFA_LOCAL, IFA_ADDRESS). Identity
 * is (address, prefix length, peer).
 */
#ifndef NETOPS_ADDRESS_H
#define NETOPS_ADDRESS_H

#include "netops/namespace.h"
#include "netops/row.h"

#define ADDRESS_FOR_EVER UINT32_MAX /* a lifetime that does not end (RFC 4861, 4.6.2) */

/* The members that rows reach; see row.h. Booleans stand for a bit IFA_F_… each. */
struct address_options {
	struct ip address;   /* its prefix_length counts without a peer, else it is a host's */
	struct ip peer;	     /* its prefix_length counts, if given */
	struct ip broadcast; /* IPv4 */
	uint32_t scope;	 /* rtnetlink.h: RT_SCOPE_…; for IPv6 it follows from the address */
	uint32_t metric; /* of the connected route; 0: the kernel's */
	uint32_t valid_lifetime_seconds,
		preferred_lifetime_seconds; /* left; ADDRESS_FOR_EVER */
	uint32_t no_prefix_route;	    /* the kernel adds no connected route */
	uint32_t no_dad;       /* IPv6: usable at once (RFC 4862, 5.4 is skipped) */
	uint32_t optimistic;   /* IPv6: RFC 4429 */
	uint32_t home_address; /* IPv6: RFC 6275 */
	uint32_t manage_temporary_addresses; /* IPv6: RFC 8981 */
	uint32_t auto_join;   /* join the group: the only use of a multicast one */
	char label[IFNAMSIZ]; /* IPv4 */
};

/* Plain data: nothing to free. Zeroed is empty. */
struct address {
	char namespace[NAMESPACE_NAME_SIZE];
	struct device link;
	struct given given; /* of options */
	struct address_options options;
	/* What the kernel adds: read only. */
	uint8_t protocol; /* IFA_PROTO (kernel 5.18); 0 where the kernel does not keep it */
	uint32_t flags;	  /* if_addr.h: IFA_F_…; see address_flag_words */
};

struct address_list {
	struct address *items;
	size_t count;
};

/*
 * "address" and "peer" are prefixes in a record. In JSON an address that has a
 * peer is written without a length (address_format()) and read as a host's.
 * Reading gives scope always, and of the others those that say something: no
 * endless lifetime, no false flag, no label that is the link's name.
 */
extern const struct row address_rows[];
/* RT_SCOPE_… by name: global, site, link, host, nowhere. Of routes as well. */
extern const struct row_word scope_words[];
/* One bit IFA_F_… each, of those that only the kernel sets: "tentative" … */
extern const struct row_word address_flag_words[];

static inline bool address_given(const struct address *address, size_t offset)
{
	return given_at(&address->given, offset);
}
#define ADDRESS_GIVEN(address, member) \
	address_given(address, offsetof(struct address_options, member))

#define CLEANUP_ADDRESS_LIST __attribute__((cleanup(address_list_free)))
void address_list_free(struct address_list *list);
/* Adds a copy; -1: out of memory, the error is filled. */
int address_list_add(struct address_list *list, const struct address *address,
		     struct error *error);

/* True for one that carries our mark. Never true where the kernel does not keep marks. */
bool address_is_ours(const struct address *address);
/* True for one that ends some time: how long that is yet, nobody tells. */
bool address_runs(const struct address *address);
/* True if address, prefix length and peer agree: the kernel's identity on one link. */
bool address_same(const struct address *a, const struct address *b);
/* The prefix length that the kernel keeps: the peer's where there is one. */
uint16_t address_prefix_length(const struct address *address);
/* The JSON form of member "address": "10.0.0.1/24", with a peer "10.0.0.1". */
void address_format(const struct address *address, char text[IP_TEXT_SIZE]);
/* Its URL below the root: "/addresses/ns1/v1/10.0.0.1/24", with ?peer= where there is one. */
void address_url(const struct address *address, char ret[ERROR_URL_SIZE]);

/*
 * All checks that need no kernel; link.name is known. Pointers begin with
 * prefix ("" or "/addresses/0"). The sum of it: error_verdict().
 */
void address_check(const struct address *address, const char *prefix, struct error *error);

/* Calls record for each address in a namespace; link_index 0: of all links. */
typedef int address_record(const struct address *address, void *context, struct error *error);
int address_dump(struct netlink *netlink, const char *namespace, uint32_t link_index,
		 uint16_t family, address_record *record, void (*restart)(void *context),
		 void *context, struct error *error);
/* Those of one link (0: of all) into a list that the caller frees; empty on failure. */
int address_list_read(struct netlink *netlink, const char *namespace, uint32_t link_index,
		      struct address_list *ret, struct error *error);

/* The same as a reading (netops/reading.h) of struct address. */
struct reading;
struct address_filter {
	uint16_t family;  /* 0: both */
	const char *link; /* by name; "": of all */
};
int address_reading(struct netops *netops, const char *namespace,
		    const struct address_filter *filter, struct reading **ret,
		    struct error *error);

/* The same of all links of a namespace, by its name, with the links' names. */
int address_list_of(struct netops *netops, const char *namespace, struct address_list *ret,
		    struct error *error);

/*
 * On an open socket, namespace, link.name and link.index known: adds with our
 * mark. The address has passed address_check(). ERROR_EXISTS with the one in
 * the way; ERROR_REFUSED where IPv6 is switched off; what the kernel holds
 * against one member is a wrong member of the address ("/scope").
 */
int address_add(struct netlink *netlink, const struct address *address, struct error *error);
/*
 * Removes just this one, and verifies it. The kernel would take the secondary
 * IPv4 addresses of its subnet along (and routes with them): they are promoted.
 */
int address_remove(struct netlink *netlink, const struct address *address, struct error *error);

/*
 * The whole operations, by names. Namespace or link not there: ERROR_MISSING on
 * creation, else ERROR_ABSENT. address_create fills ret with what the kernel
 * has now.
 */
int address_create(struct netops *netops, const struct address *wanted, struct address *ret,
		   struct error *error);
/*
 * Many (pointers to struct address), in their order and in any namespaces, or none: at the first
 * failure those that were made are removed again, the last one first. The error is that of
 * address_create(). Two that cannot stand beside each other are ERROR_EXISTS at the second.
 * ret_failed: whose error it is; count: none is to blame.
 */
int address_create_many(struct netops *netops, void *const *wanted, void *const *ret,
			size_t count, size_t *ret_failed, struct error *error);
/*
 * A key is namespace, link.name, options.address with the prefix length of the
 * URL, and maybe options.peer (its length does not matter). Without a peer it
 * means the address that has none, else the only one that fits; several:
 * ERROR_AMBIGUOUS with candidates.
 */
int address_read(struct netops *netops, const struct address *key, struct address *ret,
		 struct error *error);
/*
 * Makes current what is wanted; their identity is the same. What is not given
 * becomes what a new one would have. ERROR_FIXED names what the kernel cannot
 * change, unless recreate: then it is removed and made anew.
 */
int address_update(struct netops *netops, const struct address *current,
		   const struct address *wanted, bool recreate, struct address *ret,
		   struct error *error);
/*
 * The same for those of one link, on an open socket: what is not in to is
 * removed, what is not in from is made, and so is what is in both, is ours, and
 * is not there any more. Pointers begin with pointer and the position in to.
 */
int address_list_alter(struct netlink *netlink, const char *namespace,
		       const struct device *link, const struct address_list *from,
		       const struct address_list *to, const char *pointer, struct error *error);

/* ERROR_REFUSED if it is not ours (unless foreign_too). */
int address_need_ours(const struct address *address, bool foreign_too, struct error *error);
/* The same, or if the kernel keeps it. */
int address_delete(struct netops *netops, const struct address *key, bool foreign_too,
		   struct error *error);

#endif
