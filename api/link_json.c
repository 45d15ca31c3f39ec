/*
 * A link in JSON. On the way in: kind first, for it says which members there
 * are. On the way out: what was asked for at the top, what the kernel adds in
 * status, and where the two differ in status.effective.
 */
#include "api/link_json.h"

#include <json-c/json.h>
#include <linux/if.h>
#include <stdio.h>
#include <string.h>

#include "api/address_json.h"
#include "api/detail_json.h"
#include "api/json_rows.h"
#include "api/link_members.h"
#include "netops/kind.h"
#include "netops/link_detail.h"

enum { TABLES = 8, NAMES = 16 };

const struct row_word link_operstate_words[] = {
	{ "unknown", IF_OPER_UNKNOWN }, { "notpresent", IF_OPER_NOTPRESENT },
	{ "down", IF_OPER_DOWN },	{ "lowerlayerdown", IF_OPER_LOWERLAYERDOWN },
	{ "testing", IF_OPER_TESTING }, { "dormant", IF_OPER_DORMANT },
	{ "up", IF_OPER_UP },		{ NULL, 0 },
};

void link_kinds_text(bool tunnel, char *ret, size_t size)
{
	size_t length = 0;

	ret[0] = '\0';
	for (const struct kind *const *kind = kinds; *kind; kind++) {
		if ((*kind)->tunnel != tunnel || length >= size)
			continue;
		length += (size_t)snprintf(ret + length, size - length, "%s%s",
					   length ? ", " : "", (*kind)->name);
	}
}

/* A link of a kind that we cannot make may keep it. */
static bool keeps_kind(const struct json_place *top, const struct link *current)
{
	struct json_place place;
	const char *name = "";

	if (!current || current->kind)
		return false;
	return (!json_find(top, "kind", &place) || !json_value_string(&place, &name)) &&
	       !strcmp(name, current->kernel_kind);
}

static int read_kind(const struct json_place *top, bool tunnel, const struct link *current,
		     struct link *link)
{
	struct json_place place;
	char list[128];
	const char *name;

	if (keeps_kind(top, current))
		return 0;
	if (!json_need(top, "kind", &place) || json_value_string(&place, &name))
		return -1;
	link->kind = kind_find(name);
	if (link->kind && link->kind->tunnel == tunnel)
		return 0;
	link_kinds_text(tunnel, list, sizeof(list));
	if (link->kind)
		return json_complain(&place, "word", "%s is made at /%s; here: %s", name,
				     tunnel ? "links" : "tunnels", list);
	return json_complain(&place, "word", "there is no kind \"%.32s\"; here: %s", name,
			     list);
}

/* Every name that an object of this kind may have, beside those of rows. */
static void known_names(const struct kind *kind, const char *names[NAMES])
{
	static const char *const always[] = { "namespace", "name", "kind",
					      "addresses", "self", "status" };
	size_t count = 0;

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		names[count++] = always[i];
	for (const struct link_member *member = link_members; member->name; member++) {
		if (link_member_fits(member, kind))
			names[count++] = member->name;
	}
	names[count] = NULL;
}

/* A patch that names another kind does not mean the options of the one that is there. */
static void refuse_unknown(const struct json_place *top, const struct object_source *source,
			   const struct kind *kind)
{
	const struct link *current = source->current;
	const struct row *tables[TABLES] = { NULL };
	const char *names[NAMES];

	for (unsigned int i = 0; i + 1 < TABLES && (tables[i] = link_table(kind, i)); i++)
		;
	known_names(kind, names);
	if (current && current->kind != kind)
		json_rows_forget(top, tables, names, source->asked);
	json_rows_unknown(top, tables, names);
}

static void read_identity(const struct json_place *top, struct link *link)
{
	struct json_place place;

	if (json_need(top, "namespace", &place))
		json_value_text(&place, link->namespace, sizeof(link->namespace));
	if (json_need(top, "name", &place))
		json_value_text(&place, link->name, sizeof(link->name));
}

/* null asks for the kernel's default; where absent says nothing, that is a difference. */
static void read_nulls(struct json_object *asked, struct link *link)
{
	const struct row *rows;

	for (unsigned int i = 0; (rows = link_table(link->kind, i)); i++) {
		for (const struct row *row = rows; row->name; row++) {
			if (json_is_null_member(asked, row->name) &&
			    !given_at(&link->given, row->offset))
				give_at(&link->nulled, row->offset);
		}
	}
	link->nulled_ipsec = json_is_null_member(asked, "ipsec");
	if (link->ipsec)
		ipsec_json_read_nulls(asked, link->ipsec);
	link->given_addresses |= json_is_null_member(asked, "addresses");
	link->given_members |= json_is_null_member(asked, "members");
	link->given_potential_routers |= json_is_null_member(asked, "potential_routers");
}

static void read_peer_nulls(struct json_object *asked, const struct link *current,
			    struct link *link, struct error *error)
{
	if (current->peer && json_is_null_member(asked, "peer"))
		error_fixed(error, "/peer", "a veth keeps its other end");
	if (link->peer)
		read_nulls(json_object_object_get(asked, "peer"), link->peer);
}

/* A text is shown in UTF-8; sent back, it is the one that is there. */
static bool shows_same(const char *one, const char *other)
{
	struct buffer a = { 0 }, b = { 0 };
	struct json_writer writer;
	bool same;

	json_writer_start(&writer, &a);
	json_write_string(&writer, one);
	json_writer_start(&writer, &b);
	json_write_string(&writer, other);
	same = !a.failed && !b.failed && a.length == b.length &&
	       !memcmp(a.data, b.data, a.length);
	buffer_free(&a);
	buffer_free(&b);
	return same;
}

static void keep_shown_alias(struct link *link, const struct link *current)
{
	if (LINK_GIVEN(link, alias) && LINK_GIVEN(current, alias) &&
	    shows_same(link->options.alias, current->options.alias))
		memcpy(link->options.alias, current->options.alias,
		       sizeof(link->options.alias));
}

int link_json_read(const struct object_source *source, bool tunnel, struct link *link,
		   struct error *error)
{
	struct json_place top = json_top_place(source->body, "", error), place;
	const struct row *rows;

	read_identity(&top, link);
	if (read_kind(&top, tunnel, source->current, link))
		return -1;
	refuse_unknown(&top, source, link->kind);
	for (unsigned int i = 0; (rows = link_table(link->kind, i)); i++)
		json_rows_settle_shorthand(rows, source->body, source->asked);
	link->changes = source->current != NULL;
	link_up_by_default(link);
	link_read_common(&top, link);
	for (const struct link_member *member = link_members; member->name; member++) {
		if (link_member_fits(member, link->kind) &&
		    json_find(&top, member->name, &place))
			member->read(&place, link);
	}
	if (source->current) {
		read_nulls(source->asked, link);
		read_peer_nulls(source->asked, source->current, link, error);
		keep_shown_alias(link, source->current);
		if (link_inherit(link, source->current, error))
			return -1;
	}
	/* Also after complaints: one answer names all that is wrong. */
	if (!error->kind || error_verdict(error))
		link_check(link, error);
	return error->kind ? -1 : 0;
}

static bool is_number(const struct row *row)
{
	return row->type != ROW_ADDRESS && row->type != ROW_PREFIX && row->type != ROW_DEVICE &&
	       row->type != ROW_MAC && row->type != ROW_LINK_ADDRESS && row->type != ROW_TEXT;
}

/* True for a wanted value that says "none", which the kernel tells by saying nothing. */
static bool means_none(const struct row *row, const struct link *link)
{
	if (row->type == ROW_ADDRESS)
		return ip_is_any(row_value(row, &link->options));
	return (row->flags & ROW_QUIET) && is_number(row) && !row_number(row, &link->options);
}

/* What was chosen is told beside it. */
static bool leaves_choice(const struct row *row, const struct link *link)
{
	return (row->flags & ROW_ANY) && row_number(row, &link->options) == row->initial;
}

/* A wanted value that the kernel does not report at all is shown as null, a group once. */
static void write_ignored(struct json_writer *writer, const struct row *row, size_t *group)
{
	size_t length = strcspn(row->name, "/");

	if (row->name[length] && *group == length)
		return;
	*group = row->name[length] ? length : 0;
	json_write_name_bytes(writer, row->name, length);
	json_write_null(writer);
}

static void write_differences(struct json_writer *writer, const struct row *rows,
			      const struct link *wanted, const struct link *actual)
{
	struct given differs = { { 0 } };
	size_t group = 0;

	for (const struct row *row = rows; row->name; row++) {
		if ((row->flags & ROW_SHORTHAND) || !given_at(&wanted->given, row->offset) ||
		    means_none(row, wanted) || leaves_choice(row, wanted) ||
		    row_equal(row, &wanted->options, &wanted->given, &actual->options,
			      &actual->given))
			continue;
		if (given_at(&actual->given, row->offset))
			give_at(&differs, row->offset);
		else
			write_ignored(writer, row, &group);
	}
	json_rows_write(writer, rows, &actual->options, &differs);
}

void link_json_write_effective(struct json_writer *writer, const struct link *wanted,
			    const struct link *actual)
{
	const struct row *rows;

	json_member_object(writer, "effective");
	for (unsigned int i = 0; wanted && (rows = link_table(actual->kind, i)); i++)
		write_differences(writer, rows, wanted, actual);
	json_write_object_end(writer);
}

static void write_flags(struct json_writer *writer, uint32_t flags)
{
	static const struct row_word words[] = {
		{ "UP", IFF_UP },		    { "BROADCAST", IFF_BROADCAST },
		{ "DEBUG", IFF_DEBUG },		    { "LOOPBACK", IFF_LOOPBACK },
		{ "POINTOPOINT", IFF_POINTOPOINT }, { "NOTRAILERS", IFF_NOTRAILERS },
		{ "RUNNING", IFF_RUNNING },	    { "NOARP", IFF_NOARP },
		{ "PROMISC", IFF_PROMISC },	    { "ALLMULTI", IFF_ALLMULTI },
		{ "MASTER", IFF_MASTER },	    { "SLAVE", IFF_SLAVE },
		{ "MULTICAST", IFF_MULTICAST },	    { "PORTSEL", IFF_PORTSEL },
		{ "AUTOMEDIA", IFF_AUTOMEDIA },	    { "DYNAMIC", IFF_DYNAMIC },
		{ "LOWER_UP", IFF_LOWER_UP },	    { "DORMANT", IFF_DORMANT },
		{ "ECHO", IFF_ECHO },
		{ NULL, 0 },
	};

	json_member_array(writer, "flags");
	for (const struct row_word *word = words; word->name; word++) {
		if (flags & word->value)
			json_write_string(writer, word->name);
	}
	json_write_array_end(writer);
}

static void write_statistics(struct json_writer *writer, const struct link *link)
{
	struct detail_json telling = { .writer = writer };

	json_member_object(writer, "statistics");
	link_statistics(link, detail_json_tell, &telling);
	detail_json_end(&telling);
	json_write_object_end(writer);
}

/* The link below: by what is known of it. */
static void write_lower(struct json_writer *writer, const struct link_status *status)
{
	if (!status->lower_index && !status->lower_elsewhere)
		return;
	json_member_object(writer, "link");
	if (status->lower_index)
		json_member_number(writer, "ifindex", status->lower_index);
	if (status->lower_name[0])
		json_member_string(writer, "name", status->lower_name);
	if (status->lower_namespace[0])
		json_member_string(writer, "namespace", status->lower_namespace);
	if (status->lower_namespace_id >= 0)
		json_member_number(writer, "nsid", (uint32_t)status->lower_namespace_id);
	json_write_object_end(writer);
}

static void write_details(struct json_writer *writer, const struct link *link)
{
	struct detail_json telling = { .writer = writer };

	write_lower(writer, &link->status);
	link_details(link, writer->statistics, detail_json_tell, &telling);
	detail_json_end(&telling);
	if (writer->statistics && link->message)
		write_statistics(writer, link);
}

/* What was asked for lies over what the kernel has. */
static void write_rows(struct json_writer *writer, const struct link *wanted,
		       const struct link *actual)
{
	struct link_options options = actual->options;
	struct given given = actual->given;
	const struct row *rows;

	for (unsigned int i = 0; (rows = link_table(actual->kind, i)); i++) {
		if (wanted)
			rows_merge(rows, &wanted->options, &wanted->given, &options, &given);
		json_rows_write(writer, rows, &options, &given);
	}
}

void link_json_write_status(struct json_writer *writer, const struct link *wanted,
			    const struct link *actual)
{
	const struct link_status *status = &actual->status;
	const char *operstate = row_word_name(link_operstate_words, status->operstate);

	json_member_number(writer, "ifindex", status->index);
	json_member_string(writer, "operstate", operstate ? operstate : "unknown");
	json_member_boolean(writer, "carrier", status->carrier);
	write_flags(writer, status->flags);
	json_member_number(writer, "group", status->group);
	if (actual->kind && actual->kind->tunnel) {
		json_member_string(writer, "datapath",
				   status->userspace ? "userspace" : "kernel");
		json_member_boolean(writer, "fallback", link_is_fallback(actual));
	}
	write_details(writer, actual);
	link_addresses_write(writer, &actual->addresses, false);
	link_json_write_effective(writer, wanted, actual);
	if (actual->ipsec) {
		json_member_array(writer, "secrets");
		ipsec_json_secrets(writer, actual->ipsec);
		json_write_array_end(writer);
	}
}

void link_json_write(struct json_writer *writer, const struct link *wanted,
		     const struct link *actual)
{
	const char *kind = actual->kind ? actual->kind->name : actual->kernel_kind;
	bool as_wanted = wanted && wanted->given_addresses;

	json_member_string(writer, "namespace", actual->namespace);
	json_member_string(writer, "name", actual->name);
	if (kind[0])
		json_member_string(writer, "kind", kind);
	else
		json_member_null(writer, "kind");
	write_rows(writer, wanted, actual);
	for (const struct link_member *member = link_members; member->name; member++) {
		if (link_member_fits(member, actual->kind))
			member->write(writer, actual);
	}
	link_addresses_write(writer, as_wanted ? &wanted->addresses : &actual->addresses,
			!as_wanted && !writer->others && link_is_ours(actual));
}
