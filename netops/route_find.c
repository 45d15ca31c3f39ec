/*
 * The one route that a URL means. The kernel has no question for it (a look-up
 * answers for an address, not for a prefix), so the table is dumped, narrowed
 * as far as the kernel can.
 */
#include <stdlib.h>
#include <string.h>

#include "netops/device.h"
#include "netops/route_private.h"

struct route_candidate {
	char url[ERROR_URL_SIZE], full[ERROR_URL_SIZE];
};

struct route_search {
	struct netlink *netlink;
	const struct route *key;
	struct route found[ERROR_CANDIDATES];
	unsigned int count; /* may exceed those that are kept */
};

static void search_forget(void *context)
{
	struct route_search *search = context;

	for (unsigned int i = 0; i < search->count && i < ERROR_CANDIDATES; i++)
		route_clear(&search->found[i]);
	search->count = 0;
}

/* What the filter of a dump does not know. */
static bool key_fits(const struct route *key, const struct route *route)
{
	const struct route_options *wanted = &key->options, *options = &route->options;

	if (ROUTE_GIVEN(key, metric) && wanted->metric != options->metric)
		return false;
	if (ROUTE_GIVEN(key, tos) && wanted->tos != options->tos)
		return false;
	return !ROUTE_GIVEN(key, source) ||
	       (wanted->source.prefix_length == options->source.prefix_length &&
		(ip_is_any(&wanted->source) || ip_equal(&wanted->source, &options->source)));
}

static int search_compare(const struct route *route, void *context, struct error *error)
{
	struct route_search *search = context;

	if (!key_fits(search->key, route))
		return 0;
	if (search->count < ERROR_CANDIDATES &&
	    route_copy(route, &search->found[search->count], error))
		return -1;
	search->count++;
	return 0;
}

static struct route_filter key_filter(const struct route *key)
{
	struct route_filter filter = { .family = key->options.destination.family,
				       .table = route_table(key),
				       .destination = key->options.destination };

	if (ROUTE_GIVEN(key, protocol)) {
		filter.with_protocol = true;
		filter.protocol = key->options.protocol;
	}
	if (ROUTE_GIVEN(key, type))
		filter.type = key->options.type;
	if (ROUTE_GIVEN(key, device))
		filter.device = key->options.device.name;
	if (ROUTE_GIVEN(key, gateway))
		filter.gateway = key->options.gateway;
	return filter;
}

static int route_absent(const struct route *key, struct error *error)
{
	char text[IP_TEXT_SIZE];

	ip_format_prefix(&key->options.destination, text);
	return error_set(error, ERROR_ABSENT,
			 "table %u of namespace \"%.64s\" has no such route to %s",
			 route_table(key), key->namespace, text);
}

/* True if another one has the same short URL. */
static bool candidate_shared(const struct route_candidate *all, unsigned int count,
			     unsigned int self)
{
	for (unsigned int i = 0; i < count; i++) {
		if (i != self && !strcmp(all[i].url, all[self].url))
			return true;
	}
	return false;
}

static int route_ambiguous(struct route_search *search, struct error *error)
{
	unsigned int kept = search->count < ERROR_CANDIDATES ? search->count : ERROR_CANDIDATES;
	struct route_candidate candidates[ERROR_CANDIDATES];

	error_set(error, ERROR_AMBIGUOUS,
		  "%u routes fit; the candidates say what tells them apart", search->count);
	error->candidate_count = search->count;
	for (unsigned int i = 0; i < kept; i++) {
		if (route_name_devices(search->netlink, &search->found[i], error))
			return -1;
		route_url(&search->found[i], candidates[i].url);
		route_url_full(&search->found[i], candidates[i].full);
	}
	for (unsigned int i = 0; i < kept; i++)
		memcpy(error->candidates[i],
		       candidate_shared(candidates, kept, i) ? candidates[i].full :
							       candidates[i].url,
		       ERROR_URL_SIZE);
	return -1;
}

static int search_verdict(struct route_search *search, struct route *ret, struct error *error)
{
	if (!search->count)
		return route_absent(search->key, error);
	if (search->count > 1)
		return route_ambiguous(search, error);
	if (route_name_devices(search->netlink, &search->found[0], error))
		return -1;
	*ret = search->found[0]; /* given away, with its next hops */
	search->count = 0;
	return 0;
}

int route_find_on(struct netlink *netlink, const struct route *key, struct route *ret,
		  struct error *error)
{
	struct route_filter filter = key_filter(key);
	struct route_search search;
	int result;

	search.netlink = netlink;
	search.key = key;
	search.count = 0;
	result = route_scan(netlink, key->namespace, &filter, NULL, search_compare,
			    search_forget, &search, error);
	if (!result)
		result = search_verdict(&search, ret, error);
	search_forget(&search);
	return result;
}

void route_identify(const struct route *route, struct route *ret)
{
	static const size_t known_by[] = { ROUTE_AT(destination), ROUTE_AT(source),
					   ROUTE_AT(table),	  ROUTE_AT(metric),
					   ROUTE_AT(tos),	  ROUTE_AT(protocol) };
	struct route whole = *route; /* shares the next hops, which say the family */

	route_choose_family(&whole);
	*ret = (struct route){ 0 };
	memcpy(ret->namespace, whole.namespace, sizeof(ret->namespace));
	ret->options = whole.options;
	ret->options.table = route_table(&whole);
	ret->options.metric = route_metric(&whole);
	if (!ROUTE_GIVEN(&whole, protocol))
		ret->options.protocol = OWNED_PROTOCOL;
	if (!ROUTE_GIVEN(&whole, tos))
		ret->options.tos = 0;
	if (!ROUTE_GIVEN(&whole, source))
		ret->options.source = (struct ip){ 0 };
	for (size_t i = 0; i < sizeof(known_by) / sizeof(known_by[0]); i++) {
		if (known_by[i] != ROUTE_AT(source) || ROUTE_GIVEN(&whole, source))
			give_at(&ret->given, known_by[i]);
	}
}

/* A leg of several counts. */
static bool device_fits(const struct route *route, const char *name)
{
	if (!name || (ROUTE_GIVEN(route, device) && !strcmp(route->options.device.name, name)))
		return true;
	for (size_t i = 0; i < route->nexthop_count; i++) {
		if (!strcmp(route->nexthops[i].options.device.name, name))
			return true;
	}
	return false;
}

bool route_gateway_fits(const struct route *route, const struct ip *gateway)
{
	if (!gateway->family ||
	    (ROUTE_GIVEN(route, gateway) && ip_equal(&route->options.gateway, gateway)))
		return true;
	for (size_t i = 0; i < route->nexthop_count; i++) {
		const struct route_nexthop *leg = &route->nexthops[i];

		if (NEXTHOP_GIVEN(leg, gateway) && ip_equal(&leg->options.gateway, gateway))
			return true;
	}
	return false;
}

bool route_fits(const struct route *route, const struct route_filter *filter)
{
	const struct ip *destination = &filter->destination;
	struct route known;

	/* The best is one that is there. */
	if (filter->contains.family)
		return false;

	route_identify(route, &known);
	if ((filter->family && known.options.destination.family != filter->family) ||
	    (filter->table && known.options.table != filter->table) ||
	    (filter->with_protocol && known.options.protocol != filter->protocol) ||
	    (filter->type && route_type(route) != filter->type) ||
	    (filter->with_default && known.options.destination.prefix_length))
		return false;
	if (!device_fits(route, filter->device) || !route_gateway_fits(route, &filter->gateway))
		return false;
	return !destination->family ||
	       (destination->prefix_length == known.options.destination.prefix_length &&
		ip_equal(destination, &known.options.destination));
}

int route_collect(const struct route *route, void *context, struct error *error)
{
	struct route_list *list = context;
	struct route *one = route_list_add(list, error);

	if (!one)
		return -1;
	if (!route_copy(route, one, error))
		return 0;
	list->count--;
	return -1;
}

void route_collect_again(void *context)
{
	route_list_free(context);
}

int route_list_ours(struct netops *netops, const char *namespace, struct route_list *ret,
		    struct error *error)
{
	const struct route_filter filter = { .with_protocol = true,
					     .protocol = OWNED_PROTOCOL };
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	*ret = (struct route_list){ 0 };
	if (namespace_enter(netops, namespace, &socket, error))
		return -1;
	if (!route_dump(socket.netlink, namespace, &filter, route_collect, route_collect_again,
			ret, error))
		return 0;
	route_list_free(ret);
	return -1;
}

int route_find(struct netops *netops, const struct route *key, struct route *ret,
	       struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };

	if (namespace_enter_to_find(netops, key->namespace, &socket, error))
		return -1;
	return route_find_on(socket.netlink, key, ret, error);
}

static int name_device(struct device *device, const char *pointer, void *context,
		       struct error *error)
{
	(void)pointer;
	return device_name_ask(context, device, error);
}

int route_name_devices(struct netlink *netlink, struct route *route, struct error *error)
{
	return route_each_device(route, name_device, netlink, error);
}
