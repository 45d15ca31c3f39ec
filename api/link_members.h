/*
 * Members of links that are no single value and so have no row: one record
 * each, with a function for either direction.
 */
#ifndef API_LINK_MEMBERS_H
#define API_LINK_MEMBERS_H

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "netops/link.h"

struct link_member {
	const char *name; /* NULL ends the table */
	const char *kind; /* whose it is; "" of all tunnels */
	/* place stands on the value; -1: complaints were made. */
	int (*read)(const struct json_place *place, struct link *link);
	/* Writes name and value, or nothing if there is none. */
	void (*write)(struct json_writer *writer, const struct link *link);
};

extern const struct link_member link_members[];

/* True if a link of this kind has the member. */
bool link_member_fits(const struct link_member *member, const struct kind *kind);

/* What is made comes up; what is changed does so only where it is said. */
void link_up_by_default(struct link *link);
/* What each end of a veth has: rows and addresses. */
int link_read_common(const struct json_place *place, struct link *link);

/* The ipsec member; writing never shows a key. */
int ipsec_json_read(const struct json_place *place, struct link *link);
/* Keys that a change takes away: a key that is absent stays. */
void ipsec_json_read_nulls(struct json_object *asked, struct ipsec *ipsec);
void ipsec_json_write(struct json_writer *writer, const struct link *link);
/* Elements of status.secrets: pointers to the keys that are set. */
void ipsec_json_secrets(struct json_writer *writer, const struct ipsec *ipsec);

/* The member "addresses". */
void link_addresses_write(struct json_writer *writer, const struct address_list *list,
			  bool ours_only);

#endif
