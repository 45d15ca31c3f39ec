/*
 * What the kernel wraps the packets of a route into (lwtunnel.h), as plain values:
 * it can be seen and not asked for. Of a type that no table knows the bytes are told.
 */
#ifndef NETOPS_ROUTE_ENCAPSULATION_H
#define NETOPS_ROUTE_ENCAPSULATION_H

#include "netops/detail.h"
#include "netops/route.h"

/* type: LWTUNNEL_ENCAP_…; content: RTA_ENCAP, or NULL: nothing is told. */
void route_encapsulation(uint32_t type, const struct nlattr *content, detail_told *told,
			 void *context);

#endif
