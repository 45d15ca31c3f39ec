/* A route as a record: its life, its identity as a URL, the values it has unsaid. */
#include "netops/route.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netops/route_private.h"
#include "netops/url.h"

void route_clear(struct route *route)
{
	for (size_t i = 0; i < route->nexthop_count; i++)
		free((void *)(uintptr_t)route->nexthops[i].raw_encapsulation);
	free(route->nexthops);
	free((void *)(uintptr_t)route->raw_encapsulation);
	*route = (struct route){ 0 };
}

int route_add_nexthop(struct route *route, const struct route_nexthop *nexthop,
		      struct error *error)
{
	struct route_nexthop *nexthops = route->nexthops;
	size_t count = route->nexthop_count;

	/* The room grows at each power of two. */
	if (!(count & (count - 1)))
		nexthops = reallocarray(nexthops, count ? 2 * count : 1, sizeof(*nexthops));
	if (!nexthops)
		return error_errno(error, ENOMEM, "collecting next hops");
	route->nexthops = nexthops;
	nexthops[route->nexthop_count++] = *nexthop;
	return 0;
}

/* *place becomes a copy of what it points to. */
static int route_keep(const struct nlattr **place, struct error *error)
{
	const struct nlattr *attribute = *place;
	void *copy = attribute ? malloc(attribute->nla_len) : NULL;

	if (copy)
		memcpy(copy, attribute, attribute->nla_len);
	*place = copy;
	return attribute && !copy ? error_errno(error, ENOMEM, "copying a route") : 0;
}

static int route_copy_legs(const struct route *route, struct route *ret, struct error *error)
{
	struct route_nexthop leg;

	for (size_t i = 0; i < route->nexthop_count; i++) {
		leg = route->nexthops[i];
		if (route_keep(&leg.raw_encapsulation, error))
			return -1;
		if (!route_add_nexthop(ret, &leg, error))
			continue;
		free((void *)(uintptr_t)leg.raw_encapsulation);
		return -1;
	}
	return 0;
}

int route_copy(const struct route *route, struct route *ret, struct error *error)
{
	*ret = *route;
	ret->nexthops = NULL;
	ret->nexthop_count = 0;
	if (!route_keep(&ret->raw_encapsulation, error) && !route_copy_legs(route, ret, error))
		return 0;
	route_clear(ret);
	return -1;
}

bool route_is_ours(const struct route *route)
{
	return route->options.protocol == OWNED_PROTOCOL;
}

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;
	uint64_t word;

	for (; size; size -= size < sizeof(word) ? size : sizeof(word), byte += sizeof(word)) {
		word = 0;
		memcpy(&word, byte, size < sizeof(word) ? size : sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	return hash;
}

/* Of a device its index says enough, and what stands behind the name's end nothing. */
static void hash_forget_name(struct device *device)
{
	memset(device->name, 0, sizeof(device->name));
}

uint64_t route_hash(const struct route *route)
{
	struct route_options options = route->options;
	struct given given = route->given;
	uint64_t hash;

	hash_forget_name(&options.device);
	options.expires_seconds = 0;
	ungive_at(&given, ROUTE_AT(expires_seconds));
	hash = hash_bytes(1, &given, sizeof(given));
	hash = hash_bytes(hash, &options, sizeof(options));
	for (size_t i = 0; i < route->nexthop_count; i++) {
		struct route_nexthop_options leg = route->nexthops[i].options;

		hash_forget_name(&leg.device);
		hash = hash_bytes(hash, &route->nexthops[i].given, sizeof(given));
		hash = hash_bytes(hash, &leg, sizeof(leg));
	}
	return hash ? hash : 1;
}

uint32_t route_type(const struct route *route)
{
	return ROUTE_GIVEN(route, type) ? route->options.type : RTN_UNICAST;
}

bool route_type_discards(uint32_t type)
{
	return type == RTN_BLACKHOLE || type == RTN_UNREACHABLE || type == RTN_PROHIBIT ||
	       type == RTN_THROW;
}

uint32_t route_table(const struct route *route)
{
	if (ROUTE_GIVEN(route, table))
		return route->options.table;
	switch (route_type(route)) {
	case RTN_LOCAL:
	case RTN_BROADCAST:
	case RTN_NAT:
	case RTN_ANYCAST:
		return RT_TABLE_LOCAL;
	default:
		return RT_TABLE_MAIN;
	}
}

uint32_t route_metric(const struct route *route)
{
	enum { IPV6_METRIC = 1024 }; /* linux/ipv6_route.h: IP6_RT_PRIO_USER */

	if (ROUTE_GIVEN(route, metric))
		return route->options.metric;
	return route->options.destination.family == AF_INET6 ? IPV6_METRIC : 0;
}

bool route_parse_destination(const char *text, struct ip *ret)
{
	*ret = (struct ip){ 0 };
	return !strcmp(text, "default") || ip_parse_prefix(ret, text);
}

void route_choose_family(struct route *route)
{
	const struct route_nexthop *first = route->nexthops;
	uint16_t family = AF_INET;

	if (!ROUTE_GIVEN(route, destination) || route->options.destination.family)
		return;
	if (ROUTE_GIVEN(route, gateway))
		family = route->options.gateway.family;
	else if (route->nexthop_count && NEXTHOP_GIVEN(first, gateway))
		family = first->options.gateway.family;
	else if (ROUTE_GIVEN(route, source))
		family = route->options.source.family;
	else if (ROUTE_GIVEN(route, preferred_source))
		family = route->options.preferred_source.family;
	route->options.destination.family = family;
}

void route_url(const struct route *route, char ret[ERROR_URL_SIZE])
{
	const struct route_options *options = &route->options;

	ret[0] = '\0';
	url_text(ret, "/routes/");
	url_escape(ret, route->namespace);
	url_text(ret, "/");
	url_number(ret, route_table(route));
	url_text(ret, "/");
	url_prefix(ret, &options->destination);
	url_text(ret, "?metric=");
	url_number(ret, route_metric(route));
	if (options->destination.family == AF_INET) {
		url_text(ret, "&tos=");
		url_number(ret, ROUTE_GIVEN(route, tos) ? options->tos : 0);
	}
	if (ROUTE_GIVEN(route, source)) {
		url_text(ret, "&source=");
		url_prefix(ret, &options->source);
	}
}

/* The first leg stands for a route of several. */
static void route_url_hop(char url[ERROR_URL_SIZE], const struct ip *gateway,
			  const struct device *device)
{
	char text[IP_TEXT_SIZE];

	if (gateway) {
		ip_format(gateway, text);
		url_format(url, "&gateway=%s", text);
	}
	if (device) {
		url_format(url, "&device=");
		url_escape(url, device->name);
	}
}

void route_url_full(const struct route *route, char ret[ERROR_URL_SIZE])
{
	const struct route_nexthop *leg = route->nexthops;
	const struct route_options *options = &route->options;
	const char *type = row_word_name(route_type_words, route_type(route));

	route_url(route, ret);
	if (route->nexthop_count)
		route_url_hop(ret, NEXTHOP_GIVEN(leg, gateway) ? &leg->options.gateway : NULL,
			      NEXTHOP_GIVEN(leg, device) ? &leg->options.device : NULL);
	else
		route_url_hop(ret, ROUTE_GIVEN(route, gateway) ? &options->gateway : NULL,
			      ROUTE_GIVEN(route, device) ? &options->device : NULL);
	url_format(ret, "&protocol=%u", options->protocol);
	if (type)
		url_format(ret, "&type=%s", type);
}
