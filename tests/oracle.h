/*
 * What tunneld and ip(8) say of the same things, brought to one line each and
 * compared as sorted lists: both must have the same things with the same fields.
 */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

#include <json-c/json.h>
#include <stdbool.h>

enum { ORACLE_FIELD_SIZE = 512 };

/* Brings a value (NULL: none) to the text that is compared; ret is never longer. */
typedef void oracle_form(struct json_object *value, char ret[ORACLE_FIELD_SIZE]);

struct oracle_field {
	const char *name;
	const char *kinds;	  /* " vxlan veth " or NULL: all */
	const char *ours, *theirs; /* JSON pointers, alternatives after a '|' */
	oracle_form *our_form, *their_form;
	bool near; /* a number that passes with time: one more or less is the same */
};

struct oracle_table {
	const struct oracle_field *fields; /* ended by a NULL name */
	/* Where their list has its things: NULL in the list itself, else in members of it. */
	const char *inner;
	const char *only_kinds; /* NULL: all of theirs; else only those */
};

extern const struct oracle_table oracle_links, oracle_tunnels, oracle_addresses, oracle_routes,
	oracle_routers;

/* A kind as the kernel names it, of either side: isatap is sit. */
oracle_form oracle_kind;

/* 0: they agree; -1: not, and if tell is true the differences are printed. */
int oracle_compare(struct json_object *ours, struct json_object *theirs,
		   const struct oracle_table *table, bool tell);

#endif
