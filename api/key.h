/*
 * From the path and query of a URL to the record that names one object. A
 * segment that can name nothing (too long, no number, no address) is
 * ERROR_ABSENT: no such object can be there. A parameter that can name nothing
 * is ERROR_MALFORMED and names it. Nothing is ever cut or converted into
 * something that could name another object.
 */
#ifndef API_KEY_H
#define API_KEY_H

#include "api/api.h"
#include "netops/address.h"
#include "netops/error.h"
#include "netops/neighbor.h"
#include "netops/route.h"
#include "netops/rule.h"

/* Of /addresses/{namespace}/{link}/{address}/{prefix_length}?peer=, for address_read(). */
int key_read_address(const struct api_call *call, struct address *ret, struct error *error);

/*
 * Of /routes/{namespace}/{table}/{address}/{prefix_length} and what of metric,
 * tos, source, gateway, device, protocol and type is given, for route_find().
 * Nothing to clear.
 */
int key_read_route(const struct api_call *call, struct route *ret, struct error *error);

/*
 * Of /rules/{namespace}/{family}/{priority} and what of source, destination,
 * mark, table, action, protocol and input_device is given, for rule_find().
 */
int key_read_rule(const struct api_call *call, struct rule *ret, struct error *error);

/* Of /neighbors/{namespace}/{link}/{address}?proxy=, for neighbor_find(). */
int key_read_neighbor(const struct api_call *call, struct neighbor *ret, struct error *error);

#endif
