/*
 * Routes of IPv4 and IPv6. Identity in the kernel is (table, destination,
 * metric), with tos for IPv4 and source for IPv6; several routes may share it
 * (append), and then only their next hops, type or protocol tell them apart.
 */
#ifndef NETOPS_ROUTE_H
#define NETOPS_ROUTE_H

#include "netops/namespace.h"
#include "netops/row.h"

struct reading;

/* The members that rows reach; see row.h. */
struct route_options {
	struct ip destination; /* family 0: "default" of the family that follows */
	struct ip source;      /* IPv6: only packets from there (ip route … from) */
	struct ip gateway;     /* of the other family, too: RFC 8950 */
	struct device device;
	uint32_t table, metric; /* IPv6: a metric that is not asked for becomes 1024 */
	uint32_t type, scope;	/* rtnetlink.h: RTN_…, RT_SCOPE_… */
	uint32_t protocol;	/* rtnetlink.h: RTPROT_…; OWNED_PROTOCOL marks ours */
	struct ip preferred_source;
	uint32_t tos;		  /* IPv4; the two ECN bits are 0 (RFC 2474) */
	uint32_t onlink;	  /* bool */
	uint32_t preference;	  /* IPv6: ICMPV6_ROUTER_PREF_…, RFC 4191 */
	uint32_t expires_seconds; /* IPv6: left until it goes; rounded up */
	uint32_t nexthop_id;	  /* of a nexthop object; then no gateway, device, nexthops */
	uint32_t realm;		  /* RTA_FLOW: ip-route(8), realms */
	uint32_t encapsulation;	  /* lwtunnel.h: LWTUNNEL_ENCAP_…; read only for now */
	/* RTA_METRICS */
	uint32_t mtu, mtu_locked;
	uint32_t advertised_mss_bytes, advertised_mss_locked;
	uint32_t window_bytes, window_locked;
	uint32_t rtt_us, rtt_locked;				    /* in steps of 125 µs */
	uint32_t rtt_variance_us, rtt_variance_locked;		    /* in steps of 250 µs */
	uint32_t slow_start_threshold, slow_start_threshold_locked; /* packets, as all below */
	uint32_t congestion_window, congestion_window_locked;
	uint32_t initial_congestion_window, initial_receive_window, reordering;
	uint32_t hop_limit;
	uint32_t minimum_rto_ms, minimum_rto_locked;
	uint32_t quick_ack, fast_open_no_cookie;  /* bool */
	uint32_t ecn, tcp_microsecond_timestamps; /* bool */
	char congestion_control[16];
};

/* One leg of a multipath route. */
struct route_nexthop_options {
	struct ip gateway;
	struct device device;
	uint32_t weight; /* 1 … 256; absent: 1 */
	uint32_t onlink; /* bool */
	uint32_t realm;
	uint32_t encapsulation; /* read only for now */
};

struct route_nexthop {
	struct given given; /* of options */
	struct route_nexthop_options options;
	uint32_t flags; /* rtnetlink.h: RTNH_F_…; read only */
	const struct nlattr *raw_encapsulation; /* RTA_ENCAP, or NULL; as the route's */
};

/*
 * Zeroed is empty. A wanted route owns its nexthops: route_clear() frees them. In
 * the record of a dump they are borrowed, like raw_…, and gone when it returns; a copy
 * owns both.
 */
struct route {
	char namespace[NAMESPACE_NAME_SIZE];
	struct given given; /* of options */
	struct route_options options;
	struct route_nexthop *nexthops;
	size_t nexthop_count;
	/* What the kernel adds: read only. */
	uint32_t flags; /* RTNH_F_…, RTM_F_…; see route_flag_words */
	const struct nlattr *raw_encapsulation; /* RTA_ENCAP, or NULL; see route_encapsulation.h */
	/* In a reading: of the same number are those that differ in their destination alone. */
	uint32_t shape; /* 0: of none */
};

/*
 * "destination" is "default" (route_parse_destination()) or a prefix on input,
 * a prefix on output. The last rows are those of RTA_METRICS. The list of next
 * hops, JSON member "nexthops", has rows of its own.
 */
extern const struct row route_rows[];
extern const struct row route_nexthop_rows[]; /* of struct route_nexthop_options */

/* Names that are accepted for numbers. Types and scopes are written by name. */
extern const struct row_word route_table_words[];    /* main, local, default */
extern const struct row_word route_protocol_words[]; /* kernel, static, …, tunneld */
extern const struct row_word route_type_words[];     /* unicast, blackhole, … */
extern const struct row_word route_preference_words[];
extern const struct row_word route_encapsulation_words[];
/* One bit each, of struct route.flags and struct route_nexthop.flags: "linkdown" … */
extern const struct row_word route_flag_words[];

static inline bool route_given(const struct route *route, size_t offset)
{
	return given_at(&route->given, offset);
}
#define ROUTE_GIVEN(route, member) route_given(route, offsetof(struct route_options, member))

static inline bool nexthop_given(const struct route_nexthop *nexthop, size_t offset)
{
	return given_at(&nexthop->given, offset);
}
#define NEXTHOP_GIVEN(nexthop, member) \
	nexthop_given(nexthop, offsetof(struct route_nexthop_options, member))

#define CLEANUP_ROUTE __attribute__((cleanup(route_clear)))
/* Frees the next hops and empties it. */
void route_clear(struct route *route);
/* Adds a copy; -1: out of memory, the error is filled. */
int route_add_nexthop(struct route *route, const struct route_nexthop *nexthop,
		      struct error *error);

/* True for one that carries our mark. */
bool route_is_ours(const struct route *route);
/* Of what a client may set and what does not run by itself; devices by their index. Never 0. */
uint64_t route_hash(const struct route *route);
/* "default" (any family: family 0), or a prefix. */
bool route_parse_destination(const char *text, struct ip *ret);
/*
 * Gives a "default" its family: that of the gateway, the first next hop's, the
 * source, the preferred source, else IPv4. To be called before route_check().
 */
void route_choose_family(struct route *route);
/*
 * Its URL below the root: "/routes/ns1/254/10.0.0.0/8?metric=0&tos=0", for IPv6
 * "…?metric=1024" (and "&source=" where it has one). It always names what the
 * identity consists of, so that it fits no second one unless routes were
 * appended. route_url_full() tells these apart as well: gateway, device,
 * protocol and type.
 */
void route_url(const struct route *route, char ret[ERROR_URL_SIZE]);
void route_url_full(const struct route *route, char ret[ERROR_URL_SIZE]);

/*
 * All checks that need no kernel; pointers begin with prefix ("" or "/0"). The
 * sum of it: error_verdict().
 */
void route_check(const struct route *route, const char *prefix, struct error *error);

/* What a list asks for; zeroed: everything of both families. */
struct route_filter {
	uint16_t family; /* 0: both */
	uint32_t table;	 /* 0: all */
	bool with_protocol;
	uint32_t protocol;
	uint32_t type;	       /* RTN_…, 0: all */
	const char *device;    /* by name, NULL: no matter; a leg of several counts */
	struct ip destination; /* exactly this prefix; bits of a length, family 0: no matter */
	struct ip contains; /* the best route to this address; family 0: no matter */
	bool with_default; /* the default routes of family (or both): destination is unused */
	struct ip gateway; /* family 0: no matter; a leg of several counts */
};

/* Would a wanted route be among those? */
bool route_fits(const struct route *route, const struct route_filter *filter);

/*
 * Calls record for each route that fits; cloned ones (of the IPv6 exception
 * table) are no routes. The record and all it points to are borrowed. restart:
 * see netlink_dump(). No such table, no such device: no routes.
 */
typedef int route_record(const struct route *route, void *context, struct error *error);
int route_dump(struct netlink *netlink, const char *namespace,
	       const struct route_filter *filter, route_record *record,
	       void (*restart)(void *context), void *context, struct error *error);

/* The same as a reading (netops/reading.h) of struct route; the filter is borrowed until its end. */
int route_reading(struct netops *netops, const char *namespace,
		  const struct route_filter *filter, struct reading **ret, struct error *error);

/*
 * Makes it with our mark; wanted has passed route_check(). What is not given
 * becomes what ip-route(8) makes of it: table main (local for the types local,
 * broadcast, nat, anycast), type unicast, and the scope that fits.
 * ERROR_MISSING: namespace or device; ERROR_EXISTS: with the one in the way;
 * what the kernel holds against one member is a wrong member of the route
 * ("/gateway"). ret is what the kernel has now, the caller's to clear.
 */
int route_create(struct netops *netops, const struct route *wanted, struct route *ret,
		 struct error *error);

/* Routes that it owns. Zeroed is empty. */
struct route_list {
	struct route *items;
	size_t count;
};

#define CLEANUP_ROUTE_LIST __attribute__((cleanup(route_list_free)))
void route_list_free(struct route_list *list);
/* A new empty route at the end, until the next one is added; NULL: out of memory, the error is filled. */
struct route *route_list_add(struct route_list *list, struct error *error);

/*
 * All of them, in their order and in any namespaces, or none: at the first
 * failure those that were made are removed again. The error is that of
 * route_create(), ret_failed its place (count: no single one is to blame). ret are
 * empty records for what the kernel has now, the caller's to clear.
 */
int route_create_many(struct netops *netops, const struct route *const *wanted,
		      struct route *const *ret, size_t count, size_t *ret_failed,
		      struct error *error);
/*
 * route_delete_known() of each, in their order, up to the first that fails: those
 * before it are gone. What is not there any more is no failure.
 */
int route_remove_many(struct netops *netops, const struct route *const *known, size_t count,
		      size_t *ret_failed, struct error *error);

/*
 * Exactly one. A key is namespace and, given: table, destination, and what is
 * to narrow it: metric, tos, source, gateway, device.name, protocol, type.
 * ERROR_ABSENT (namespace included), or ERROR_AMBIGUOUS with candidates. ret is
 * the caller's to clear.
 */
int route_find(struct netops *netops, const struct route *key, struct route *ret,
	       struct error *error);
/*
 * The key by which route_find() finds what a wanted or an actual route of ours
 * is in the kernel: what it is known by, and its protocol, which is our mark where
 * it has none yet. It borrows nothing.
 */
void route_identify(const struct route *route, struct route *ret);
/* All of a namespace that carry our mark, with names of devices; for the caller to free. */
int route_list_ours(struct netops *netops, const char *namespace, struct route_list *ret,
		    struct error *error);
/*
 * Makes current (as route_find() told it) what is wanted, with its identity and
 * protocol; nothing is sent where nothing differs. ERROR_AMBIGUOUS: others
 * share its key, and the kernel would replace the first of them.
 */
int route_update(struct netops *netops, const struct route *current, const struct route *wanted,
		 struct route *ret, struct error *error);
/* ERROR_REFUSED if it is not ours (unless foreign_too). */
int route_need_ours(const struct route *route, bool foreign_too, struct error *error);
/* Exactly the one that was read, whoever's it is, without looking for it. ERROR_ABSENT. */
int route_delete_known(struct netops *netops, const struct route *route, struct error *error);
/* The same, or if the kernel keeps it. */
int route_delete(struct netops *netops, const struct route *key, bool foreign_too,
		 struct error *error);

#endif
