/*
 * The potential router list of an isatap tunnel (RFC 5214, 8.3): the IPv4
 * addresses of those whose packets are believed to come from a router. The
 * kernel has it behind ioctls only (linux/if_tunnel.h, net/ipv6/sit.c).
 *
 * All calls: ERROR_MISSING without the namespace, ERROR_ABSENT without the
 * device, ERROR_REFUSED if it has no such list (not a sit device, or sit0).
 */
#ifndef NETOPS_POTENTIAL_ROUTER_H
#define NETOPS_POTENTIAL_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "netops/error.h"
#include "netops/ip.h"
#include "netops/netops.h"

/* Two entries cannot have one address. */
struct potential_router {
	struct ip address; /* IPv4 */
	bool is_default;   /* its advertisements may make it a default router */
};

/* Adds what is wrong with it to the error; pointer is its own place in the body. */
int potential_router_check(const struct potential_router *router, const char *pointer,
			   struct error *error);

/* The whole list, in the kernel's order. The caller frees it with free(); NULL if it is empty. */
int potential_router_list(struct netops *netops, const char *namespace, const char *device,
			  struct potential_router **ret, size_t *ret_count,
			  struct error *error);

/* ERROR_EXISTS if the address is in the list. */
int potential_router_add(struct netops *netops, const char *namespace, const char *device,
			 const struct potential_router *router, struct error *error);

/* Sets is_default of the entry with this address; ERROR_ABSENT without one. */
int potential_router_change(struct netops *netops, const char *namespace, const char *device,
			    const struct potential_router *router, struct error *error);

/* Removes the entry with this address; ERROR_ABSENT without one. */
int potential_router_remove(struct netops *netops, const char *namespace, const char *device,
			    const struct ip *address, struct error *error);

#endif
