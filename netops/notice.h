/*
 * What a notification is about, as clients know it: the object's URL, and what it is
 * filtered by. For records of addresses, routes, rules and neighbours; what is told of
 * links the mirror knows.
 */
#ifndef NETOPS_NOTICE_H
#define NETOPS_NOTICE_H

#include "netops/mirror.h"
#include "netops/monitor.h"

struct notice {
	char url[ERROR_URL_SIZE];
	char device[IFNAMSIZ]; /* "": none, or several */
	uint16_t family;       /* AF_INET, AF_INET6 */
	uint32_t table, protocol;
	bool has_table, has_protocol;
	const char *state; /* of a neighbour: its NUD state in iproute2's word; else NULL */
	bool replaces;	   /* (routes) it is in the place of one of the same URL */
};

/* Takes messages apart, again and again. Opaque; notices_free(NULL) is legal. */
struct notices;
struct notices *notices_new(void); /* NULL: no memory */
void notices_free(struct notices *notices);

/* False: it is about nothing that has a URL, or was cut. mirror is of its namespace. */
bool notice_read(struct notices *notices, const struct monitor_record *record,
		 struct mirror *mirror, struct notice *ret);

#endif
