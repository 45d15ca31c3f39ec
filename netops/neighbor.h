/*
 * Neighbours: which link-layer address belongs to an IP address on a link, and for
 * which addresses a link answers in another's place (proxies). The kernel has two
 * tables, so that an address can be in each of them once per link.
 *
 * Most of what stands there is the kernel's own cache: it learns entries and drops
 * them again. Those are shown, and are in nobody's way; what somebody set stays.
 */
#ifndef NETOPS_NEIGHBOR_H
#define NETOPS_NEIGHBOR_H

#include "netops/namespace.h"
#include "netops/row.h"

/* The members that rows reach; see row.h. Booleans stand for a bit NTF_… each. */
struct neighbor_options {
	struct ip address;
	struct link_address mac;
	uint32_t
		nud; /* neighbour.h: NUD_… (neighbour unreachability detection, RFC 4861, 7.3) */
	uint32_t router; /* bool: it routes (RFC 4861, 4.4) */
	uint32_t proxy;	 /* bool: it is an entry of the other table */
	uint32_t
		external_learn; /* bool: another control plane learned it; never dropped to make room */
	uint32_t managed;  /* bool: the kernel finds out the rest, and keeps it (5.16) */
	uint32_t protocol; /* rtnetlink.h: RTPROT_…; OWNED_PROTOCOL marks ours */
};

/* What changes without a word: ages in milliseconds, and counts. */
struct neighbor_statistics {
	bool given;
	uint64_t used_ms, confirmed_ms, updated_ms;
	uint32_t references, probes;
};

/* Plain data: nothing to free. Zeroed is empty. */
struct neighbor {
	char namespace[NAMESPACE_NAME_SIZE];
	struct device link;
	struct given given; /* of options */
	struct neighbor_options options;
	uint32_t flags; /* what the kernel adds: bits NTF_…; see neighbor_flag_words */
	struct neighbor_statistics statistics;
};

extern const struct row neighbor_rows[];
extern const struct row_word neighbor_nud_words[];  /* iproute2's */
extern const struct row_word neighbor_flag_words[]; /* one bit each: "offloaded" … */

static inline bool neighbor_given(const struct neighbor *neighbor, size_t offset)
{
	return given_at(&neighbor->given, offset);
}
#define NEIGHBOR_GIVEN(neighbor, member) \
	neighbor_given(neighbor, offsetof(struct neighbor_options, member))

struct neighbor_list {
	struct neighbor *items;
	size_t count;
};

#define CLEANUP_NEIGHBOR_LIST __attribute__((cleanup(neighbor_list_free)))
void neighbor_list_free(struct neighbor_list *list);
/* Adds a copy; -1: out of memory, the error is filled. */
int neighbor_list_add(struct neighbor_list *list, const struct neighbor *neighbor,
		      struct error *error);

/*
 * True for one that carries our mark. What the kernel keeps of a removed one that
 * was in use (it has failed, and goes by itself) is nobody's.
 */
bool neighbor_is_ours(const struct neighbor *neighbor);
/* True for a state that the kernel goes on from by itself. */
bool neighbor_nud_runs(uint32_t nud);
/* True for an entry of the table of proxies. */
bool neighbor_is_proxy(const struct neighbor *neighbor);
/* Gives what a new one has unsaid: it is permanent, and ours. */
void neighbor_complete(struct neighbor *neighbor);
/* Its URL below the root: "/neighbors/ns1/v1/10.0.0.2", of a proxy with ?proxy=true. */
void neighbor_url(const struct neighbor *neighbor, char ret[ERROR_URL_SIZE]);
/* True if the kernel, having current, need not hear of wanted: its own doings do not count. */
bool neighbor_settled(const struct neighbor *wanted, const struct neighbor *current);

/*
 * All checks that need no kernel; link.name is known. Pointers begin with prefix
 * ("" or "/0"). The sum of it: error_verdict().
 */
void neighbor_check(const struct neighbor *neighbor, const char *prefix, struct error *error);

/* What the kernel narrows its dumps to. */
enum neighbor_tables { NEIGHBOR_BOTH, NEIGHBOR_NO_PROXIES, NEIGHBOR_PROXIES };
struct neighbor_filter {
	uint32_t family;       /* 0: both */
	char link[IFNAMSIZ];   /* by name; "": of all */
	char master[IFNAMSIZ]; /* the link's bridge, VRF …; "": of any, and without */
	enum neighbor_tables tables;
};

/* A reading (netops/reading.h) of struct neighbor: proxies come behind the others. */
struct reading;
int neighbor_reading(struct netops *netops, const char *namespace,
		     const struct neighbor_filter *filter, struct reading **ret,
		     struct error *error);

/*
 * Makes it with our mark, and as one that stays where nothing else is said; wanted
 * has passed neighbor_check(). What the kernel learned by itself is replaced.
 * ERROR_MISSING: namespace or link; ERROR_EXISTS with the one in the way; a wrong
 * member where the link needs another "/mac". ret is what the kernel has now.
 */
int neighbor_create(struct netops *netops, const struct neighbor *wanted, struct neighbor *ret,
		    struct error *error);
/*
 * Many (pointers to struct neighbor), in any namespaces, or none: at the first failure those that
 * were made are removed again. The error is that of neighbor_create(). ret_failed: whose
 * it is; count: none is to blame.
 */
int neighbor_create_many(struct netops *netops, void *const *wanted, void *const *ret,
			 size_t count, size_t *ret_failed, struct error *error);

/*
 * Exactly one, without a dump. A key is namespace, link.name, address and proxy.
 * ERROR_ABSENT (namespace and link included).
 */
int neighbor_find(struct netops *netops, const struct neighbor *key, struct neighbor *ret,
		  struct error *error);
/* The same for one that somebody set: what the kernel learned by itself is ERROR_ABSENT. */
int neighbor_find_set(struct netops *netops, const struct neighbor *key, struct neighbor *ret,
		      struct error *error);
/* All of a namespace that carry our mark, for the caller to free. */
int neighbor_list_ours(struct netops *netops, const char *namespace, struct neighbor_list *ret,
		       struct error *error);

/*
 * Makes current (as it was found) what is wanted, with its protocol; nothing is
 * sent where nothing differs. ret is what the kernel has then.
 */
int neighbor_update(struct netops *netops, const struct neighbor *current,
		    const struct neighbor *wanted, struct neighbor *ret, struct error *error);

/* ERROR_REFUSED if it is not ours (unless foreign_too). */
int neighbor_need_ours(const struct neighbor *neighbor, bool foreign_too, struct error *error);
/* Removes what was read. ERROR_ABSENT. */
int neighbor_delete_known(struct netops *netops, const struct neighbor *neighbor,
			  struct error *error);

#endif
