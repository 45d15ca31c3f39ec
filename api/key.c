/* Keys are read as strictly as self writes them. */
#include "api/key.h"

#include <string.h>

#include "api/operations.h"
#include "netops/text.h"

static int key_absent(const struct api_call *call, const char *name, struct error *error)
{
	return error_set(error, ERROR_ABSENT, "there is no such object: \"%.60s\" can be no %s",
			 api_segment(call, name), name);
}

static int key_text(const struct api_call *call, const char *name, char *ret, size_t size,
		    struct error *error)
{
	return text_copy(ret, size, api_segment(call, name)) ? 0 :
							       key_absent(call, name, error);
}

/* {address}/{prefix_length} */
static int key_prefix(const struct api_call *call, struct ip *ret, struct error *error)
{
	uint32_t length;

	if (!ip_parse(ret, api_segment(call, "address")))
		return key_absent(call, "address", error);
	if (!text_number(api_segment(call, "prefix_length"), 0, ip_bits(ret->family), &length))
		return key_absent(call, "prefix_length", error);
	ret->prefix_length = (uint16_t)length;
	return 0;
}

/* The kernel's one length stands in the path; where the peer says it too, it agrees. */
static int key_peer(const struct api_call *call, struct address *key, struct error *error)
{
	const char *text = query_text(call, "peer");

	if (!text)
		return 0;
	if (query_prefix(call, "peer", &key->options.peer, error))
		return -1;
	if (strchr(text, '/') &&
	    key->options.peer.prefix_length != key->options.address.prefix_length)
		return error_set(error, ERROR_MALFORMED,
				 "the query parameter \"peer\" has another prefix length than "
				 "the path: leave it out");
	give_at(&key->given, offsetof(struct address_options, peer));
	return 0;
}

int key_read_address(const struct api_call *call, struct address *ret, struct error *error)
{
	*ret = (struct address){ 0 };
	if (key_text(call, "namespace", ret->namespace, sizeof(ret->namespace), error) ||
	    key_text(call, "link", ret->link.name, sizeof(ret->link.name), error) ||
	    key_prefix(call, &ret->options.address, error))
		return -1;
	give_at(&ret->given, offsetof(struct address_options, address));
	return key_peer(call, ret, error);
}

/* Tables have numbers from 1; main, local and default have names as well. */
static int key_table(const struct api_call *call, uint32_t *ret, struct error *error)
{
	const char *text = api_segment(call, "table");

	if (row_word_value(route_table_words, text, ret) ||
	    text_number(text, 1, UINT32_MAX, ret))
		return 0;
	return key_absent(call, "table", error);
}

#define KEY(member) offsetof(struct route_options, member)

struct key_parameter {
	const char *name;
	size_t offset; /* in the options */
};

/* A parameter that is there narrows the key. */
static void key_narrow(const struct api_call *call, const struct key_parameter *parameters,
		       struct given *given)
{
	for (; parameters->name; parameters++) {
		if (query_text(call, parameters->name))
			give_at(given, parameters->offset);
	}
}

static const struct key_parameter route_parameters[] = {
	{ "metric", KEY(metric) },     { "tos", KEY(tos) },
	{ "source", KEY(source) },     { "gateway", KEY(gateway) },
	{ "device", KEY(device) },     { "type", KEY(type) },
	{ "protocol", KEY(protocol) }, { 0 },
};

static int key_parameters(const struct api_call *call, struct route_options *options,
			  struct error *error)
{
	if (query_number(call, "metric", 0, UINT32_MAX, &options->metric, error) ||
	    query_number(call, "tos", 0, 255, &options->tos, error) ||
	    query_prefix(call, "source", &options->source, error) ||
	    query_address(call, "gateway", &options->gateway, error) ||
	    query_name(call, "device", options->device.name, sizeof(options->device.name),
		       error) ||
	    query_named(call, "protocol", route_protocol_words, 0, 255, &options->protocol,
			error))
		return -1;
	return query_word(call, "type", route_type_words, &options->type, error);
}

int key_read_route(const struct api_call *call, struct route *ret, struct error *error)
{
	*ret = (struct route){ 0 };
	if (key_text(call, "namespace", ret->namespace, sizeof(ret->namespace), error) ||
	    key_table(call, &ret->options.table, error) ||
	    key_prefix(call, &ret->options.destination, error) ||
	    key_parameters(call, &ret->options, error))
		return -1;
	give_at(&ret->given, KEY(destination));
	give_at(&ret->given, KEY(table));
	key_narrow(call, route_parameters, &ret->given);
	return 0;
}

#define RULE_KEY(member) offsetof(struct rule_options, member)

static const struct key_parameter rule_parameters[] = {
	{ "source", RULE_KEY(source) },
	{ "destination", RULE_KEY(destination) },
	{ "mark", RULE_KEY(mark) },
	{ "table", RULE_KEY(table) },
	{ "action", RULE_KEY(action) },
	{ "protocol", RULE_KEY(protocol) },
	{ "input_device", RULE_KEY(input_device) },
	{ 0 },
};

/* A table of 0 is that of a rule which looks nothing up. */
static int key_rule_parameters(const struct api_call *call, struct rule_options *options,
			       struct error *error)
{
	if (query_prefix(call, "source", &options->source, error) ||
	    query_prefix(call, "destination", &options->destination, error) ||
	    query_number(call, "mark", 0, UINT32_MAX, &options->mark, error) ||
	    query_named(call, "table", route_table_words, 0, UINT32_MAX, &options->table,
			error) ||
	    query_word(call, "action", rule_action_words, &options->action, error) ||
	    query_named(call, "protocol", route_protocol_words, 0, 255, &options->protocol,
			error))
		return -1;
	return query_name(call, "input_device", options->input_device,
			  sizeof(options->input_device), error);
}

int key_read_rule(const struct api_call *call, struct rule *ret, struct error *error)
{
	*ret = (struct rule){ .flags = 0 };
	if (key_text(call, "namespace", ret->namespace, sizeof(ret->namespace), error))
		return -1;
	if (!row_word_value(rule_family_words, api_segment(call, "family"),
			    &ret->options.family))
		return key_absent(call, "family", error);
	if (!text_number(api_segment(call, "priority"), 0, UINT32_MAX, &ret->options.priority))
		return key_absent(call, "priority", error);
	if (key_rule_parameters(call, &ret->options, error))
		return -1;
	give_at(&ret->given, RULE_KEY(family));
	give_at(&ret->given, RULE_KEY(priority));
	key_narrow(call, rule_parameters, &ret->given);
	return 0;
}

int key_read_neighbor(const struct api_call *call, struct neighbor *ret, struct error *error)
{
	bool proxy = false;

	*ret = (struct neighbor){ .flags = 0 };
	if (key_text(call, "namespace", ret->namespace, sizeof(ret->namespace), error) ||
	    key_text(call, "link", ret->link.name, sizeof(ret->link.name), error) ||
	    query_boolean(call, "proxy", &proxy, error))
		return -1;
	if (!ip_parse(&ret->options.address, api_segment(call, "address")))
		return key_absent(call, "address", error);
	give_at(&ret->given, offsetof(struct neighbor_options, address));
	ret->options.proxy = proxy;
	if (proxy)
		give_at(&ret->given, offsetof(struct neighbor_options, proxy));
	return 0;
}
