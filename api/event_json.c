/*
 * An event's id is its place, so that whoever saw it last can go on behind it.
 * The start in it tells a daemon's run from the next one, whose numbers begin
 * again.
 */
#include "api/event_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "api/timestamp.h"
#include "intent/clock.h"

const struct row_word event_types[] = {
	{ "created", EVENT_CREATED },
	{ "changed", EVENT_CHANGED },
	{ "deleted", EVENT_DELETED },
	{ "applied", EVENT_APPLIED },
	{ "repaired", EVENT_REPAIRED },
	{ "pending", EVENT_PENDING },
	{ "retrying", EVENT_RETRYING },
	{ "failed", EVENT_FAILED },
	{ "contested", EVENT_CONTESTED },
	{ "rolled_back", EVENT_ROLLED_BACK },
	{ "confirmed", EVENT_CONFIRMED },
	{ "invalidated", EVENT_INVALIDATED },
	{ 0 },
};
_Static_assert(sizeof(event_types) / sizeof(event_types[0]) == EVENT_TYPES + 1,
	       "each type has a word");

const struct row_word event_kinds[] = {
	{ "namespace", 1 }, { "link", 2 },     { "tunnel", 3 },
	{ "address", 4 },   { "route", 5 },    { "rule", 6 },
	{ "config", 7 },    { "neighbor", 8 }, { 0 },
};

void event_id_write(const struct events *events, uint64_t sequence, char ret[EVENT_ID_SIZE])
{
	snprintf(ret, EVENT_ID_SIZE, "%" PRIx64 "-%" PRIu64, events_start(events), sequence);
}

/* Up to 16 digits of a start, up to 19 of a sequence: both fit into 64 bits. */
static bool event_id_scan(const char *text, uint64_t *ret_start, uint64_t *ret_sequence,
			  const char **ret_end)
{
	size_t start = strspn(text, "0123456789abcdef"), sequence;

	if (!start || start > 16 || text[start] != '-')
		return false;
	sequence = strspn(text + start + 1, "0123456789");
	if (!sequence || sequence > 19)
		return false;
	*ret_end = text + start + 1 + sequence;
	return sscanf(text, "%" SCNx64 "-%" SCNu64, ret_start, ret_sequence) == 2;
}

bool event_id_read(const struct events *events, const char *text, bool *ret_known,
		   uint64_t *ret_sequence)
{
	const char *end;
	uint64_t start;
	bool quoted;

	if (!strncmp(text, "W/\"", 3))
		text += 2;
	quoted = *text == '"';
	if (!event_id_scan(text + quoted, &start, ret_sequence, &end) ||
	    strcmp(end, quoted ? "\"" : "") != 0)
		return false;
	*ret_known = start == events_start(events);
	return true;
}

/* ---- objects ---- */

static void event_write_head(struct json_writer *writer, const struct events *events,
			     uint64_t sequence, const char *type, int64_t time_ms)
{
	char id[EVENT_ID_SIZE];

	event_id_write(events, sequence, id);
	json_write_object(writer);
	json_member_string(writer, "id", id);
	json_member_string(writer, "type", type);
	timestamp_member(writer, "time", time_ms);
}

static void event_write_text(struct json_writer *writer, const char *name, const char *text)
{
	if (*text)
		json_member_string(writer, name, text);
}

const struct row_word event_families[] = { { "ipv4", AF_INET }, { "ipv6", AF_INET6 }, { 0 } };

/* "mtu, status.carrier" as an array. */
static void event_write_members(struct json_writer *writer, const char *members)
{
	char name[128];

	if (!*members)
		return;
	json_member_array(writer, "members");
	while (*members) {
		size_t length = strcspn(members, ",");

		snprintf(name, sizeof(name), "%.*s", (int)length, members);
		json_write_string(writer, name);
		members += length;
		members += strspn(members, ", ");
	}
	json_write_array_end(writer);
}

/* What it can be filtered by beside where it is and whose. */
static void event_write_facets(struct json_writer *writer, const struct event *event)
{
	event_write_text(writer, "device", event->device);
	if (event->family)
		event_write_text(writer, "family",
				 row_word_name(event_families, event->family));
	if (event->has_table)
		json_member_number(writer, "table", event->table);
	if (event->has_protocol)
		json_member_number(writer, "protocol", event->protocol);
	event_write_text(writer, "nud", event->state);
	event_write_members(writer, event->members);
}

void event_write(struct json_writer *writer, const struct events *events,
		 const struct event *event, const char *prefix)
{
	char url[EVENTS_OBJECT_SIZE + 8];

	event_write_head(writer, events, event->sequence,
			 row_word_name(event_types, event->type), event->time_ms);
	snprintf(url, sizeof(url), "%s%s", prefix, event->object);
	event_write_text(writer, "object", *event->object ? url : "");
	event_write_text(writer, "kind", event->kind);
	event_write_text(writer, "namespace", event->namespace);
	event_write_text(writer, "owner", event->owner);
	event_write_facets(writer, event);
	event_write_text(writer, "detail", event->detail);
	json_write_object_end(writer);
}

void event_write_gap(struct json_writer *writer, const struct events *events, uint64_t sequence)
{
	event_write_head(writer, events, sequence, "gap", intent_epoch());
	json_member_string(writer, "detail",
			   "Events before this place are lost: what matters has to be read "
			   "again.");
	json_write_object_end(writer);
}
