/*
 * Links: everything the kernel lists as a network device, tunnels among them.
 * One record serves all kinds; a kind's rows say which of its options mean
 * something.
 */
#ifndef NETOPS_LINK_H
#define NETOPS_LINK_H

#include "netops/address.h"
#include "netops/ipsec.h"
#include "netops/namespace.h"
#include "netops/potential_router.h"
#include "netops/row.h"

enum { LINK_ALIAS_LENGTH = 255 };

/* The members that rows reach. Numbers and booleans are uint32_t; see row.h. */
struct link_options {
	/* of every link */
	uint32_t up, mtu, tx_queue_length;
	struct mac mac;
	struct device master, device;
	/* of tunnels */
	struct ip local, remote;
	uint32_t ttl, tos, path_mtu_discovery, ignore_df;
	uint32_t input_key, output_key, input_checksum, output_checksum;
	uint32_t input_sequence, output_sequence;
	uint32_t fwmark, external, mode;
	uint32_t encapsulation_type, encapsulation_source_port, encapsulation_destination_port;
	uint32_t encapsulation_checksum, encapsulation_checksum6, encapsulation_remote_checksum;
	struct ip sixrd_prefix, sixrd_relay_prefix;
	/* vxlan */
	uint32_t vni, port, source_port_low, source_port_high, df, flow_label;
	uint32_t learning, ageing_seconds, address_limit, proxy, route_short_circuit;
	uint32_t l2_miss, l3_miss, udp_checksum, udp6_zero_checksum_tx, udp6_zero_checksum_rx;
	uint32_t remote_checksum_tx, remote_checksum_rx, remote_checksum_no_partial;
	uint32_t gbp, gpe, vni_filter;
	/* bridge, vlan, macvlan, vrf */
	uint32_t stp, vlan_filtering, vlan_default_id, forward_delay_cs, hello_time_cs,
		max_age_cs;
	uint32_t bridge_ageing_cs, bridge_priority, multicast_snooping;
	uint32_t vlan_id, vlan_protocol, macvlan_mode, table;
	uint32_t datapath; /* datapath.h: enum datapath_choice */
	char alias[LINK_ALIAS_LENGTH + 1];
};

/* What the kernel adds: read only. */
struct link_status {
	uint32_t index, flags; /* if.h: IFF_… */
	uint32_t group;
	uint8_t operstate; /* linux/if.h: IF_OPER_… */
	bool carrier;
	bool userspace; /* it is carried by tunneld-datapath */
	uint16_t type;	      /* if_arp.h: ARPHRD_… */
	uint32_t lower_index; /* IFLA_LINK, 0: none */
	bool lower_elsewhere; /* the link below, or the underlay, is in another namespace: */
	int32_t lower_namespace_id; /* IFLA_LINK_NETNSID; -1: it has no number here */
	/* Of the link below, or a veth's other end: "" where it has none that is known here. */
	char lower_name[IFNAMSIZ], lower_namespace[NAMESPACE_NAME_SIZE];
};

typedef char link_name[IFNAMSIZ];

struct link {
	char namespace[NAMESPACE_NAME_SIZE];
	char name[IFNAMSIZ];
	const struct kind *kind; /* NULL: one that we do not know how to make */
	char kernel_kind[32];	 /* the kernel's word; "" for physical ones and lo */
	struct given given;
	struct link_options options;
	struct link_status status;
	void *message; /* of the kernel, as it came; NULL: it was not read (link_detail.h) */
	char underlay_namespace[NAMESPACE_NAME_SIZE]; /* "": see link_underlay() */

	bool given_addresses;
	struct address_list addresses; /* wanted; after reading: all of them */

	bool given_members; /* a bridge's */
	link_name *members;
	size_t member_count;

	bool given_potential_routers; /* isatap's */
	struct potential_router *potential_routers;
	size_t potential_router_count;

	bool changes; /* it is for a link that is there */
	/* In a change: members that were null, and so are to be the kernel's again. */
	struct given nulled;
	bool nulled_ipsec;

	struct ipsec *ipsec;   /* vti's, or NULL */
	struct link *peer;     /* veth's other end, or NULL */
	int peer_namespace_fd; /* while a veth is made */
};

/* What a hook of a kind works with. */
struct link_call {
	struct netops *netops;
	struct netlink *netlink;	/* in the link's namespace */
	const struct link_names *names; /* of that one's links; NULL: each is asked for */
	uint32_t index;
	bool deleting; /* what is read is to be deleted: with all that is only its own */
};

extern const struct row link_rows[];	 /* IFLA_…, of every link */
extern const struct row ethernet_rows[]; /* those of links with a MAC address */
extern const struct row tunnel_rows[];	 /* those of tunnels */

static inline bool link_given(const struct link *link, size_t offset)
{
	return given_at(&link->given, offset);
}
#define LINK_GIVEN(link, member) link_given(link, offsetof(struct link_options, member))
#define LINK_ROW(member) .offset = offsetof(struct link_options, member)

/* ^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$ and not host, all, default. */
bool link_name_valid(const char *name);

/* Makes it an empty one, to be ended by link_clear(). */
#define CLEANUP_LINK __attribute__((cleanup(link_clear)))
#define LINK_EMPTY                                                             \
	{                                                                      \
		.peer_namespace_fd = -1, .status = {.lower_namespace_id = -1 } \
	}
void link_init(struct link *link);
void link_clear(struct link *link);

/* True for one that carries our mark. */
bool link_is_ours(const struct link *link);
/* True for the device that a tunnel module brings into each namespace (tunl0, gre0 …). */
bool link_is_fallback(const struct link *link);
/* True where what is read of it changes without a notification: IPsec, lifetimes … */
bool link_runs(const struct link *link);
/* "/tunnels/ns1/tun1" or "/links/ns1/v1". */
void link_url(const struct link *link, char ret[ERROR_URL_SIZE]);

/*
 * The namespace of the outer packets (of a vlan or macvlan: of its device): the
 * link's own, another, or NULL if that is one that has no name here.
 */
const char *link_underlay(const struct link *link);

/*
 * The row tables that apply to a link of this kind (NULL: one we do not know),
 * one after the other; NULL behind the last. Their order is the order of the
 * members in JSON.
 */
const struct row *link_table(const struct kind *kind, unsigned int index);
/* True if that one is of the kind alone, and not of links (its IFLA_INFO_DATA). */
bool link_table_is_data(const struct kind *kind, unsigned int index);
/* The row of this name in any of them, or NULL. */
const struct row *link_row(const struct kind *kind, const char *name);

/* All checks of a wanted link that need no kernel. */
int link_check(const struct link *link, struct error *error);

/*
 * Makes it: namespace and peers must be there (ERROR_MISSING), the name and the
 * endpoints free (ERROR_EXISTS with the one in the way). All or nothing: what
 * cannot be read back is taken away again. ret is what the kernel has now, and
 * is the caller's to clear.
 */
int link_create(struct netops *netops, struct link *wanted, struct link *ret,
		struct error *error);

/* ERROR_ABSENT if there is none of this name. With addresses and what the kind reads. */
int link_read(struct netops *netops, const char *namespace, const char *name, struct link *ret,
	      struct error *error);

/* The same with what a change needs beside it: secrets, and a veth's other end whole. */
int link_read_whole(struct netops *netops, const char *namespace, const char *name,
		    struct link *ret, struct error *error);

/* ERROR_REFUSED if it is not ours (unless foreign_too). */
int link_need_ours(const struct link *link, bool foreign_too, struct error *error);

/* Gives our mark to a link that is there, and to a veth's other end where it can be seen. */
int link_mark(struct netops *netops, struct link *link, struct error *error);

/*
 * What a change keeps although nobody says it: secrets, an ipsec that was not
 * null, the other end of a veth. current is from link_read_whole(). -1: no memory.
 */
int link_inherit(struct link *wanted, const struct link *current, struct error *error);

/*
 * Makes the link that is there match: sends what differs, and nothing where
 * nothing does. What is not given becomes the kernel's default, except rows of
 * ROW_KEEP, addresses and members. ERROR_FIXED names what cannot be changed in
 * place, unless recreate: then it is deleted and made anew. All or nothing:
 * what fails half way is set back. ret is what the kernel has now.
 */
int link_update(struct netops *netops, struct link *current, struct link *wanted, bool recreate,
		struct link *ret, struct error *error);

/* ERROR_REFUSED if it is not ours (unless foreign_too), or if the kernel keeps it. */
int link_delete(struct netops *netops, const char *namespace, const char *name,
		bool tunnels_only, bool foreign_too, struct error *error);
/*
 * The same of many that were read before, whoever's they are, in any namespaces;
 * what is gone already is no failure. Up to the first that fails: others may be
 * gone, too. ret_failed: its place, or count where none is to blame.
 */
int link_delete_many(struct netops *netops, const struct link *const *links, size_t count,
		     size_t *ret_failed, struct error *error);
/*
 * Removes what stays in the kernel when somebody else has deleted the link, and
 * would be in its way: IPsec. link: as it was wanted.
 */
int link_sweep(struct netops *netops, const struct link *link, struct error *error);

/* What a list asks for; NULL or false: no matter. */
struct link_filter {
	const char *name, *kind; /* kind: our word or the kernel's */
	const char *master;
	bool by_up, up;
	bool tunnels_only;
	bool bare; /* no addresses, names of devices, and what takes a question per link */
};
bool link_fits(const struct link *link, const struct link_filter *filter);
typedef int link_record(struct link *link, void *context, struct error *error);
/*
 * Calls for each link of a namespace, with addresses, names of devices, peers;
 * one that vanishes meanwhile is left out.
 */
int link_list(struct netops *netops, const char *namespace, const struct link_filter *filter,
	      link_record *record, void *context, struct error *error);

/* The same as a reading (netops/reading.h) of struct link; the filter is borrowed until its end. */
struct reading;
int link_reading(struct netops *netops, const char *namespace, const struct link_filter *filter,
		 struct reading **ret, struct error *error);

/*
 * Returns when what was being done to links and addresses of the namespace when it was
 * called is done, with all that follows from it at once. ERROR_MISSING.
 */
int link_wait(struct netops *netops, const char *namespace, struct error *error);

/* The index of a name in netlink's namespace; 0 if there is none. */
int link_index_of(struct netlink *netlink, const char *name, uint32_t *ret,
		  struct error *error);

/* A small map of a namespace's names by index. Opaque; link_names_free(NULL) is legal. */
struct link_names;
int link_names_read(struct netlink *netlink, struct link_names **ret, struct error *error);
void link_names_free(struct link_names *names);
/* The name, or NULL. It belongs to the map. */
const char *link_names_get(const struct link_names *names, uint32_t index);

#endif
