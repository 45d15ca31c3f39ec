/*
 * A type of object that can be wanted is one constant record: how to find one
 * in the kernel, make it, change it, remove it, and what it needs. Records are
 * those of netops; what they look like as a document is known above.
 */
#ifndef INTENT_TYPE_H
#define INTENT_TYPE_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netops/error.h"
#include "netops/namespace.h"

/* The order in which things are made: each may need what stands before it. */
enum intent_rank {
	INTENT_RANK_NAMESPACE,
	INTENT_RANK_LINK,
	INTENT_RANK_ADDRESS,
	INTENT_RANK_ROUTE,
	INTENT_RANK_RULE,
	INTENT_RANK_NEIGHBOR,
	INTENT_RANKS,
};

/* A namespace (link ""), or a link in one. soft: its loss takes nobody along, only its making matters. */
struct intent_place {
	const char *namespace, *link;
	bool soft;
};
typedef void intent_place_hook(const struct intent_place *place, void *context);
typedef int intent_record_hook(void *actual, void *context, struct error *error);

struct intent_type {
	const char *name;	/* "tunnel" */
	const char *collection; /* "tunnels" */
	enum intent_rank rank;
	size_t size;		     /* of a record */
	void (*init)(void *record);  /* NULL: zeroed */
	void (*clear)(void *record); /* NULL: nothing to free */
	const char *(*namespace)(const void *record);
	/* The URL below the root that means just this one, of a wanted or an actual record. */
	void (*key)(const void *record, char ret[ERROR_URL_SIZE]);
	/*
	 * What the kernel has of this key; ERROR_ABSENT. whole: with all that a change
	 * needs.
	 */
	int (*find)(struct netops *netops, const void *wanted, bool whole, void *ret,
		    struct error *error);
	int (*create)(struct netops *netops, void *wanted, void *ret, struct error *error);
	/* Sends what differs; nothing where nothing does. */
	int (*change)(struct netops *netops, void *current, void *wanted, bool recreate,
		      void *ret, struct error *error);
	/* ERROR_ABSENT where there is none. Whose it is was looked at before. */
	int (*remove)(struct netops *netops, const void *actual, struct error *error);
	/*
	 * The same for many, in their order. create_many: all or none; remove_many: up to
	 * the first that fails, what is gone already being no failure. ret_failed: its
	 * place, or count where none is to blame. NULL: one by one.
	 */
	int (*create_many)(struct netops *netops, void *const *wanted, void *const *ret,
			   size_t count, size_t *ret_failed, struct error *error);
	int (*remove_many)(struct netops *netops, const void *const *actual, size_t count,
			   size_t *ret_failed, struct error *error);
	/* What outlives it in the kernel, and is in the way of a new one. NULL: nothing does. */
	int (*sweep)(struct netops *netops, const void *wanted, struct error *error);
	/* A hash of what documents show of it; NULL: it is made of a document. 0: none. */
	uint64_t (*tag)(const void *actual);
	/* True for one that carries our mark, or needs none. */
	bool (*is_ours)(const void *actual);
	/* 0, or ERROR_REFUSED in the words of the type. */
	int (*need_ours)(const void *actual, bool foreign_too, struct error *error);
	/* Gives it our mark; NULL: it has none, or it cannot be given later. */
	int (*mark)(struct netops *netops, void *actual, struct error *error);
	/* All of a namespace that may be ours; the hook may take a record, and leaves it zeroed. */
	int (*list)(struct netops *netops, const char *namespace, intent_record_hook *hook,
		    void *context, struct error *error);
	/* True for a listed one that is all that find would tell of it; NULL: all are. */
	bool (*is_whole)(const void *actual);
	/*
	 * What nobody asked for, and others may have set on purpose, is wanted as it is; a
	 * tunnel's MTU as it was when it was made (0: not known). NULL: nothing is.
	 */
	void (*keep)(void *wanted, const void *current, uint32_t mtu);
	/* Each namespace that a wanted record names becomes what map says, whose texts it copies. */
	void (*rename)(void *wanted, const char *(*map)(const char *namespace, void *context),
		       void *context);
	/* Places that must be there, and those that it brings along. May be NULL. */
	void (*needs)(const void *record, intent_place_hook *hook, void *context);
	/* True for one that is made after the others of its rank. NULL: none is. */
	bool (*late)(const void *record);
	void (*gives)(const void *record, intent_place_hook *hook, void *context);
};

extern const struct intent_type intent_namespace;
extern const struct intent_type intent_link;
extern const struct intent_type intent_tunnel;
extern const struct intent_type intent_address;
extern const struct intent_type intent_route;
extern const struct intent_type intent_rule;
extern const struct intent_type intent_neighbor;

/* All of them in the order of their ranks, ended by NULL. */
extern const struct intent_type *const intent_types[];
const struct intent_type *intent_type_find(const char *name);

/* Room for a record of any type, ended by itself. */
enum { INTENT_RECORD_SIZE = 8192 };
struct intent_record {
	const struct intent_type *type;
	alignas(max_align_t) unsigned char bytes[INTENT_RECORD_SIZE];
};
/* One of nothing, in room for it. */
void intent_record_empty(const struct intent_type *type, void *record);
void intent_record_init(struct intent_record *record, const struct intent_type *type);
void intent_record_clear(struct intent_record *record);
#define INTENT_RECORD(name, of)                                                  \
	struct intent_record name __attribute__((cleanup(intent_record_clear))); \
	intent_record_init(&name, of)

/*
 * The same on the heap, for those that outlive a function. NULL: no memory. Moved: what
 * the record holds is the new one's, and it is empty.
 */
void *intent_record_new(const struct intent_type *type);
void *intent_record_moved(struct intent_record *record);
void *intent_record_taken(const struct intent_type *type, void *record); /* another's */
void intent_record_free(const struct intent_type *type, void *record);

/*
 * Room for many that come together, which the kernel gives in one piece: for ten
 * thousand malloc() asks it thousands of times. They are taken from it by any thread as
 * long as it is open, and each is freed by itself. NULL is legal everywhere, and stands
 * for the heap; so few come from there.
 */
struct intent_records;
struct intent_records *intent_records_open(const struct intent_type *type, size_t count);
/* All of its memory is had from the kernel now, by a thread that has the time. */
void intent_records_touch(struct intent_records *records);
void intent_records_close(struct intent_records *records);
void *intent_record_new_in(struct intent_records *records, const struct intent_type *type);
void *intent_record_moved_to(struct intent_records *records, struct intent_record *record);

#endif
