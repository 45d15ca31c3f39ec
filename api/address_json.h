/* Addresses inside a body: a plain string, or an object with a peer and options. */
#ifndef API_ADDRESS_JSON_H
#define API_ADDRESS_JSON_H

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "netops/address.h"

/* "10.0.0.1/24", or {"address", "peer", …}; unknown members are refused. */
int address_json_read(const struct json_place *place, struct address *ret);
int address_list_json_read(const struct json_place *array, struct address_list *ret);

/* An object of its own with namespace and link, checked; pointers begin where it stands. */
int address_json_read_object(const struct json_place *place, struct address *ret);
/* An array of such objects, all of them, so that one answer names all that is wrong. */
int address_json_read_objects(const struct json_place *array, struct address_list *ret);
/*
 * The members of its options, without namespace and link and unchecked: what
 * PUT and PATCH have of it. Members that are there replace those of ret.
 */
int address_json_read_members(const struct json_place *place, struct address *ret);

/* The members of its options, into the object that the writer is in. */
void address_json_write(struct json_writer *writer, const struct address *address);

#endif
