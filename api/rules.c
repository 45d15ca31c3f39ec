/* The collection /rules. Rows say all of a rule but its namespace. */
#include <json-c/json.h>
#include <string.h>

#include "api/deletion.h"
#include "api/json_rows.h"
#include "api/key.h"
#include "api/listing.h"

static void write_rule(struct json_writer *writer, const void *wanted, const void *actual)
{
	const struct rule *rule = actual;

	(void)wanted;
	json_member_string(writer, "namespace", rule->namespace);
	json_rows_write(writer, rule_rows, &rule->options, &rule->given);
}

static void write_rule_status(struct json_writer *writer, const void *wanted,
			      const void *actual)
{
	const struct rule *rule = actual;

	(void)wanted;
	json_member_array(writer, "flags");
	for (const struct row_word *word = rule_flag_words; word->name; word++) {
		if (rule->flags & word->value)
			json_write_string(writer, word->name);
	}
	json_write_array_end(writer);
}

static int find_rule(struct api *api, const struct api_call *call, bool change, void *ret,
		     struct error *error)
{
	struct rule key;

	(void)change;
	return key_read_rule(call, &key, error) || rule_find(api->netops, &key, ret, error) ?
		       -1 :
		       0;
}

/* To the rows an object without members is nothing; a range has both its ends. */
static void need_ranges(const struct json_place *top)
{
	static const char *const ranges[] = { "source_port_range", "destination_port_range",
					      "uid_range" };
	struct json_place range, end;

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (!json_find(top, ranges[i], &range) || !json_is_object(&range))
			continue;
		json_need(&range, "low", &end);
		json_need(&range, "high", &end);
	}
}

/* The rows alone, unchecked; complaints are made. */
static int read_members(const struct json_place *place, struct rule *ret)
{
	static const struct row *const tables[] = { rule_rows, NULL };
	static const char *const more[] = { "namespace", "self", "status", NULL };
	unsigned int before = place->error->member_count;

	if (json_value_object(place))
		return -1;
	json_rows_unknown(place, tables, more);
	need_ranges(place);
	json_rows_read(place, rule_rows, &ret->options, &ret->given);
	return place->error->member_count == before ? 0 : -1;
}

/* A document, or a body that says all. */
static int read_new_rule(const struct json_place *top, struct rule *ret)
{
	unsigned int before = top->error->member_count;
	struct json_place member;

	if (json_is_object(top) && json_need(top, "namespace", &member))
		json_value_text(&member, ret->namespace, sizeof(ret->namespace));
	if (read_members(top, ret) || top->error->member_count != before)
		return -1;
	rule_choose_family(ret);
	rule_check(ret, top->pointer, top->error);
	return top->error->member_count == before ? 0 : -1;
}

/* Whose a rule is stays; only a new one must be ours. */
static void drop_protocol(const struct json_place *top, const struct rule *current)
{
	struct json_place place;
	uint32_t number;

	if (current && json_find(top, "protocol", &place) && !json_is_string(&place) &&
	    !json_value_number(&place, 0, 255, &number) && number == current->options.protocol)
		json_object_object_del(top->value, "protocol");
}

/* The priority of the URL, where the body does not say it; and no other. */
static void priority_of_url(const struct json_place *top, uint32_t priority)
{
	struct json_place place;
	uint32_t said;

	if (!json_find(top, "priority", &place))
		json_object_object_add(top->value, "priority", json_object_new_int64(priority));
	else if (!json_value_number(&place, 0, UINT32_MAX, &said) && said != priority)
		json_complain(&place, "url",
			      "the URL says %u, and what a rule is known by cannot be changed",
			      priority);
}

static int read_named_rule(const struct api_call *call, const struct object_source *source,
			   const struct json_place *top, struct rule *ret, struct error *error)
{
	struct rule key;

	if (key_read_rule(call, &key, error))
		return -1;
	if (json_is_object(top)) {
		object_member_of_url(top, "namespace", key.namespace);
		object_member_of_url(top, "family",
				     row_word_name(rule_family_words, key.options.family));
		priority_of_url(top, key.options.priority);
		drop_protocol(top, source->current);
	}
	if (error_verdict(error))
		return -1;
	return read_new_rule(top, ret);
}

static int read_rule(const struct api_call *call, const struct object_source *source, void *ret,
		     struct error *error)
{
	struct json_place top = json_top_place(source->body, "", error);

	if (call && call->segment_count > 1)
		return read_named_rule(call, source, &top, ret, error);
	return read_new_rule(&top, ret);
}

static int key_of_rule(const struct api_call *call, unsigned int index,
		       char ret[ERROR_URL_SIZE], struct error *error)
{
	struct rule key;

	if (index || key_read_rule(call, &key, error))
		return index ? 0 : -1;
	rule_url(&key, ret);
	return 1;
}

const struct object_type rule_objects = {
	.intent = &intent_rule,
	.find = find_rule,
	.key = key_of_rule,
	.read = read_rule,
	.write = write_rule,
	.write_status = write_rule_status,
};

OBJECT_HANDLERS(rule, rule_objects)

struct rule_listing {
	struct listing listing; /* first */
	struct rule filter;	/* what is given of family, table, priority and protocol */
};

static bool filter_passes(const struct listing *listing, const void *actual)
{
	const struct rule *filter = &((const struct rule_listing *)listing)->filter;
	const struct rule *rule = actual;

	for (const struct row *row = rule_rows; row->name; row++) {
		if (rule_given(filter, row->offset) &&
		    !row_equal(row, &filter->options, &filter->given, &rule->options,
			       &rule->given))
			return false;
	}
	return true;
}

/* What is not there is compared as it would be there. */
static bool wanted_passes(const struct listing *listing, const void *wanted)
{
	struct rule rule = *(const struct rule *)wanted;

	rule_complete(&rule);
	return filter_passes(listing, &rule);
}

static int list_namespace(struct listing *listing, const char *namespace, struct reading **ret,
			  struct error *error)
{
	const struct rule *filter = &((const struct rule_listing *)listing)->filter;

	return rule_reading(listing->api->netops, namespace, filter->options.family, ret,
			    error);
}

#define AT(member) offsetof(struct rule_options, member)

static int read_filter(struct listing *listing, struct error *error)
{
	static const struct {
		const char *name;
		size_t offset;
	} parameters[] = {
		{ "family", AT(family) },
		{ "table", AT(table) },
		{ "priority", AT(priority) },
		{ "protocol", AT(protocol) },
	};
	struct rule *filter = &((struct rule_listing *)listing)->filter;
	struct rule_options *options = &filter->options;
	const struct api_call *call = &listing->call;

	if (query_word(call, "family", rule_family_words, &options->family, error) ||
	    query_named(call, "table", route_table_words, 1, UINT32_MAX, &options->table,
			error) ||
	    query_number(call, "priority", 0, UINT32_MAX, &options->priority, error) ||
	    query_named(call, "protocol", route_protocol_words, 0, 255, &options->protocol,
			error))
		return -1;
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
		if (query_text(call, parameters[i].name))
			give_at(&filter->given, parameters[i].offset);
	}
	return 0;
}

static const struct listing_source rule_source = {
	.type = &rule_objects,
	.size = sizeof(struct rule_listing),
	.filter = read_filter,
	.open = list_namespace,
	.passes = filter_passes,
	.fits = wanted_passes,
};

LISTING_HANDLER(list_rules, rule_source)
DELETION_HANDLER(clear_rules, rule_source)

/* What a list is narrowed by; and what is deleted of a collection. */
#define FILTERS "namespace", "family", "table", "priority", "protocol", LISTING_FILTERS
static const char *const list_query[] = { FILTERS, LISTING_PAGES, NULL };
static const char *const clear_query[] = { FILTERS, "foreign", NULL };
static const char *const make_query[] = { "pending", NULL };
#define RULE_QUERY \
	"source", "destination", "mark", "table", "action", "protocol", "input_device"
static const char *const get_query[] = { RULE_QUERY, NULL };
static const char *const change_query[] = { RULE_QUERY, "foreign", NULL };

#define RULE_PATH "/rules/{namespace}/{family}/{priority}"

/* clang-format off */
const struct api_operation rules_operations[] = {
	{ "GET", "/rules", "listRules", API_LANE_READER, API_BODY_NONE, API_OUTPUT_LIST, list_query, list_rules },
	{ "POST", "/rules", "createRule", API_LANE_WRITER, API_BODY_OBJECT_OR_SHORT_ARRAY, API_OUTPUT_JSON, make_query, post_rule },
	{ "DELETE", "/rules", "deleteRules", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, clear_query, clear_rules },
	{ "GET", RULE_PATH, "getRule", API_LANE_READER, API_BODY_NONE, API_OUTPUT_JSON, get_query, get_rule },
	{ "PUT", RULE_PATH, "putRule", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, put_rule },
	{ "PATCH", RULE_PATH, "patchRule", API_LANE_WRITER, API_BODY_OBJECT, API_OUTPUT_JSON, change_query, patch_rule },
	{ "DELETE", RULE_PATH, "deleteRule", API_LANE_WRITER, API_BODY_NONE, API_OUTPUT_JSON, change_query, delete_rule },
	{ 0 },
};
/* clang-format on */
