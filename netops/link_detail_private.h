/* The tables of link_detail.h. */
#ifndef NETOPS_LINK_DETAIL_PRIVATE_H
#define NETOPS_LINK_DETAIL_PRIVATE_H

#include "netops/link_detail.h"
#include "netops/netlink.h"

/* How the kernel says it, and what becomes of it. */
enum detail_form {
	FORM_NUMBER,
	FORM_BE16,
	FORM_BOOL,
	FORM_BIT, /* of a word: the row's bit */
	FORM_TEXT,
	FORM_WORD,     /* the row's words, else the number as text */
	FORM_HARDWARE, /* as ip-link(8) writes it: of IPv4 tunnels an address of IPv4 … */
	FORM_HEX,
	FORM_BRIDGE_ID, /* "8000.02:00:00:00:00:01" */
	FORM_NAMES,	/* a nest of alternative names */
};

struct detail_row {
	const char *name; /* NULL ends a table */
	uint16_t attribute;
	enum detail_form form;
	uint32_t bit;
	const struct row_word *words;
	bool runs; /* changes without a word */
};

/* Where the attributes of a table stand, and the group that they are shown in. */
struct detail_table {
	const char *group;
	const char *kind; /* of the link, or of what it is a port of; NULL: no matter */
	bool slave;
	uint16_t path[3]; /* nests on the way, outermost first; ended by 0 */
	const struct detail_row *rows;
	uint16_t needs; /* an attribute without which the table says nothing; 0: none */
};

extern const struct detail_row link_detail_bridge[], link_detail_port[];

#endif
