/*
 * Prints what the code knows of the API, one JSON object a line, for
 * tests/check-openapi: operations, kinds of links, rows of addresses and routes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "api/json_writer.h"
#include "api/link_members.h"
#include "api/operations.h"
#include "netops/address.h"
#include "netops/kind.h"
#include "netops/neighbor.h"
#include "netops/route.h"
#include "netops/rule.h"

static const char *row_type_name(enum row_type type)
{
	static const char *const names[] = {
		[ROW_BOOL] = "bool",	 [ROW_NUMBER] = "number",   [ROW_TTL] = "ttl",
		[ROW_TOS] = "tos",	 [ROW_KEY] = "key",	    [ROW_WORD] = "word",
		[ROW_NAMED] = "named",	 [ROW_ADDRESS] = "address", [ROW_PREFIX] = "prefix",
		[ROW_DEVICE] = "device", [ROW_MAC] = "mac",	    [ROW_TEXT] = "text",
		[ROW_LINK_ADDRESS] = "link_address",
	};

	return names[type];
}

static void dump_words(struct json_writer *writer, const struct row_word *words)
{
	json_member_array(writer, "words");
	for (; words && words->name; words++)
		json_write_string(writer, words->name);
	json_write_array_end(writer);
}

static void dump_row(struct json_writer *writer, const struct row *row)
{
	json_write_object(writer);
	json_member_string(writer, "name", row->name);
	json_member_string(writer, "type", row_type_name(row->type));
	json_member_number(writer, "minimum", row->minimum);
	json_member_number(writer, "maximum", row->maximum);
	json_member_boolean(writer, "required", row->flags & ROW_REQUIRED);
	dump_words(writer, row->words);
	json_write_object_end(writer);
}

static void dump_rows(struct json_writer *writer, const struct row *rows)
{
	for (; rows->name; rows++)
		dump_row(writer, rows);
}

static void dump_begin(struct json_writer *writer, const char *table)
{
	json_write_object(writer);
	json_member_string(writer, "table", table);
}

static void dump_end(struct json_writer *writer)
{
	json_write_object_end(writer);
	json_write_line_end(writer);
}

static void dump_operation(struct json_writer *writer, const struct api_operation *operation)
{
	dump_begin(writer, "operation");
	json_member_string(writer, "method", operation->method);
	json_member_string(writer, "path", operation->path);
	json_member_string(writer, "id", operation->id);
	json_member_number(writer, "array_items", api_array_items(operation->body));
	json_member_array(writer, "query");
	for (const char *const *key = operation->query; key && *key; key++)
		json_write_string(writer, *key);
	json_write_array_end(writer);
	dump_end(writer);
}

static void dump_operations(struct json_writer *writer)
{
	for (const struct api_operation *const *array = api_operations; *array; array++) {
		for (const struct api_operation *one = *array; one->method; one++)
			dump_operation(writer, one);
	}
}

/* Members that have no row. */
static void dump_members(struct json_writer *writer, const struct kind *kind)
{
	json_member_array(writer, "members");
	for (const struct link_member *member = link_members; member->name; member++) {
		if (link_member_fits(member, kind))
			json_write_string(writer, member->name);
	}
	json_write_array_end(writer);
}

static void dump_kind(struct json_writer *writer, const struct kind *kind)
{
	const struct row *rows;

	dump_begin(writer, "kind");
	json_member_string(writer, "name", kind->name);
	json_member_boolean(writer, "tunnel", kind->tunnel);
	dump_members(writer, kind);
	json_member_array(writer, "rows");
	for (unsigned int i = 0; (rows = link_table(kind, i)); i++)
		dump_rows(writer, rows);
	json_write_array_end(writer);
	dump_end(writer);
}

static void dump_table(struct json_writer *writer, const char *name, const struct row *rows)
{
	dump_begin(writer, "rows");
	json_member_string(writer, "name", name);
	json_member_array(writer, "rows");
	dump_rows(writer, rows);
	json_write_array_end(writer);
	dump_end(writer);
}

int main(void)
{
	struct buffer buffer = { 0 };
	struct json_writer writer;
	bool complete;

	json_writer_start(&writer, &buffer);
	dump_operations(&writer);
	for (const struct kind *const *kind = kinds; *kind; kind++)
		dump_kind(&writer, *kind);
	dump_table(&writer, "address", address_rows);
	dump_table(&writer, "route", route_rows);
	dump_table(&writer, "nexthop", route_nexthop_rows);
	dump_table(&writer, "rule", rule_rows);
	dump_table(&writer, "neighbor", neighbor_rows);
	complete = !buffer.failed &&
		   fwrite(buffer.data, 1, buffer.length, stdout) == buffer.length &&
		   !fflush(stdout);
	buffer_free(&buffer);
	return complete ? EXIT_SUCCESS : EXIT_FAILURE;
}
