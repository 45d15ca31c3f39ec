/*
 * One row per kernel attribute: what JSON calls it, what kind of value it is,
 * where it lies in the record and how netlink carries it. Four walkers read the
 * rows: record to netlink and back (row.c, row_put.c), JSON to record and back (api/). The
 * test that holds openapi.yaml against the code reads them as well.
 *
 * A record is a plain struct whose members are all at least four bytes large
 * and aligned; a struct given beside it says which members carry a value, so
 * that absent and zero stay apart. To netops a row's name is plain text.
 */
#ifndef NETOPS_ROW_H
#define NETOPS_ROW_H

#include <linux/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netops/ip.h"
#include "netops/link_address.h"

struct nl_msg;
struct nlattr;

/* What a value means; the type of its place in the record stands behind it. */
enum row_type {
	ROW_BOOL,    /* uint32_t */
	ROW_NUMBER,  /* uint32_t, minimum … maximum */
	ROW_TTL,     /* uint32_t: 0 … 255, 0 says "inherit" */
	ROW_TOS,     /* uint32_t: 0 … 255, 1 says "inherit" */
	ROW_KEY,     /* uint32_t: a number, or dotted like an IPv4 address */
	ROW_WORD,    /* uint32_t: one of words */
	ROW_NAMED,   /* uint32_t: a number, or one of words on input */
	ROW_ADDRESS, /* struct ip */
	ROW_PREFIX,  /* struct ip */
	ROW_DEVICE,  /* struct device: the name of a link in JSON, its index in netlink */
	ROW_MAC,     /* struct mac */
	ROW_LINK_ADDRESS, /* struct link_address */
	ROW_TEXT,    /* char[maximum + 1] */
};

/* How netlink carries it. */
enum row_wire {
	WIRE_NONE, /* not by the walkers */
	WIRE_U8,
	WIRE_U16,
	WIRE_U32,
	WIRE_BE16,
	WIRE_BE32,
	WIRE_FLAG,	 /* there or not */
	WIRE_BIT16,	 /* bit of a 16-bit word in host order */
	WIRE_BIT_BE16,	 /* bit of a 16-bit word in network order */
	WIRE_KEY,	 /* be32, and it counts only if bit is set in attribute2, a be16 word */
	WIRE_IP,	 /* IPv4 in attribute, IPv6 in attribute2; 0: not that family */
	WIRE_PREFIX,	 /* the address in attribute, its length as u16 in attribute2 */
	WIRE_U8_OR_FLAG, /* u8 in attribute; ROW_INHERIT as flag in attribute2 */
	WIRE_LOW_BE16,	 /* the first or the second half of a pair of be16 */
	WIRE_HIGH_BE16,
	WIRE_MAC,
	WIRE_LINK_ADDRESS, /* all its bytes */
	WIRE_TEXT,
};

enum {
	ROW_INHERIT = 0x100, /* a ROW_TTL that has "inherit" beside 0 */
	GIVEN_WORDS = 5,
};

enum row_flags {
	ROW_REQUIRED = 1,    /* a create without it is refused */
	ROW_CREATE_ONLY = 2, /* the kernel cannot change it in place */
	ROW_IDENTITY = 4,    /* two links of a kind cannot agree in all of these */
	ROW_QUIET = 8,	     /* 0 says "not in use" and is not reported */
	ROW_SHORTHAND = 16,  /* JSON only: stands for the two members at offset and twin */
	ROW_UNDERLAY = 32,   /* a device: looked up where the outer packets live */
	ROW_KEEP = 64,	     /* a change that does not say it leaves it as it is */
	ROW_RUNS = 128,	     /* time that is left: another at each look */
	ROW_ANY = 256,	     /* its initial value leaves the choice to us */
};

struct row_word {
	const char *name;
	uint32_t value;
};

struct row {
	const char
		*name; /* JSON member, with '/' for a member of a member; NULL ends a table */
	enum row_type type;
	enum row_wire wire;
	uint16_t attribute, attribute2, bit;
	uint16_t offset, twin;
	uint16_t flags;
	uint32_t minimum, maximum;
	uint32_t initial;	      /* a number that the kernel takes where none is said */
	const struct row_word *words; /* ended by a NULL name */
};

struct device {
	uint32_t index; /* 0: not known (yet) */
	char name[IFNAMSIZ];
};

struct mac {
	uint8_t bytes[8]; /* the first six count */
};

struct given {
	uint64_t words[GIVEN_WORDS];
};

/* Presence, by the place of a member in its record. */
static inline bool given_at(const struct given *given, size_t offset)
{
	return given->words[offset / 256] >> (offset / 4 % 64) & 1;
}

static inline void give_at(struct given *given, size_t offset)
{
	given->words[offset / 256] |= UINT64_C(1) << (offset / 4 % 64);
}

static inline void ungive_at(struct given *given, size_t offset)
{
	given->words[offset / 256] &= ~(UINT64_C(1) << (offset / 4 % 64));
}

/* A record's place in which a row keeps its value. */
static inline void *row_place(const struct row *row, void *record)
{
	return (char *)record + row->offset;
}

static inline const void *row_value(const struct row *row, const void *record)
{
	return (const char *)record + row->offset;
}

static inline uint32_t row_number(const struct row *row, const void *record)
{
	return *(const uint32_t *)row_value(row, record);
}

/* The row of this name, or NULL. */
const struct row *row_find(const struct row *rows, const char *name);

/* The word for a value, or NULL; the value of a word into ret, or false. */
const char *row_word_name(const struct row_word *words, uint32_t value);
bool row_word_value(const struct row_word *words, const char *name, uint32_t *ret);

/* True if the row's member says the same in two records; absent equals absent. */
bool row_equal(const struct row *row, const void *a, const struct given *given_a, const void *b,
	       const struct given *given_b);

/*
 * True if the kernel, having actual, need not hear of wanted: what is absent is
 * the initial value, or with ROW_KEEP whatever there is. (row_change.c)
 */
bool row_settled(const struct row *row, const void *wanted, const struct given *given_wanted,
		 const void *actual, const struct given *given_actual);
/*
 * Gives in changes what must be sent for one table so that the kernel's actual
 * becomes wanted, and puts initial values into record for what is absent. whole:
 * the kernel forgets what a change does not name, so everything wanted is sent
 * with the first difference. ROW_CREATE_ONLY is never sent. True: there is one.
 */
bool rows_changes(const struct row *rows, bool whole, const void *wanted,
		  const struct given *given_wanted, const void *actual,
		  const struct given *given_actual, void *record, struct given *changes);

/* Record to netlink: everything that is given. -1: the message is full. */
int rows_put(struct nl_msg *message, const struct row *rows, const void *record,
	     const struct given *given);

/* Netlink to record: attributes by type, up to and including max. */
void rows_parse(const struct row *rows, struct nlattr *const *attributes, unsigned int max,
		void *record, struct given *given);

/* Copies what is given in one record over another of the same shape. */
void rows_merge(const struct row *rows, const void *from, const struct given *given_from,
		void *into, struct given *given_into);

/* The row that speaks by this attribute type, or NULL: for the kernel's error offsets. */
const struct row *row_of_attribute(const struct row *rows, uint16_t attribute);

#endif
