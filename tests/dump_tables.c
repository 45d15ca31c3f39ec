/*
 * Prints the tables of the code as JSON, one record a line: operations with
 * their query keys, kinds with their rows. tests/check-openapi holds
 * openapi.yaml against it.
 */
#include <stdio.h>
#include <string.h>

#include "api/json_writer.h"
#include "api/link_members.h"
#include "api/operations.h"
#include "netops/kind.h"

static void flush(struct buffer *buffer)
{
	fwrite(buffer->data, 1, buffer->length, stdout);
	buffer->length = 0;
}

static void dump_operation(struct json_writer *writer, const struct api_operation *operation)
{
	json_write_object(writer);
	json_member_string(writer, "operation", operation->id);
	json_member_string(writer, "method", operation->method);
	json_member_string(writer, "path", operation->path);
	json_member_array(writer, "query");
	for (const char *const *key = operation->query; key && *key; key++)
		json_write_string(writer, *key);
	json_write_array_end(writer);
	json_write_object_end(writer);
	json_write_line_end(writer);
	flush(writer->buffer);
}

static void dump_row(struct json_writer *writer, const struct row *row)
{
	json_write_object(writer);
	json_member_string(writer, "name", row->name);
	if (row->type == ROW_NUMBER) {
		json_member_number(writer, "minimum", row->minimum);
		json_member_number(writer, "maximum", row->maximum);
	}
	if (row->type == ROW_WORD) {
		json_member_array(writer, "words");
		for (const struct row_word *word = row->words; word->name; word++)
			json_write_string(writer, word->name);
		json_write_array_end(writer);
	}
	json_write_object_end(writer);
}

static void dump_kind(struct json_writer *writer, const struct kind *kind)
{
	const struct row *rows;

	json_write_object(writer);
	json_member_string(writer, "kind", kind->name);
	json_member_array(writer, "rows");
	for (unsigned int i = 0; (rows = link_table(kind, i)); i++) {
		for (const struct row *row = rows; row->name; row++)
			dump_row(writer, row);
	}
	json_write_array_end(writer);
	json_member_array(writer, "members");
	for (const struct link_member *member = link_members; member->name; member++) {
		if (link_member_fits(member, kind))
			json_write_string(writer, member->name);
	}
	json_write_array_end(writer);
	json_write_object_end(writer);
	json_write_line_end(writer);
	flush(writer->buffer);
}

int main(void)
{
	struct buffer buffer = { 0 };
	struct json_writer writer;

	json_writer_start(&writer, &buffer);
	for (size_t i = 0; api_operations[i]; i++) {
		for (const struct api_operation *one = api_operations[i]; one->method; one++)
			dump_operation(&writer, one);
	}
	for (size_t i = 0; kinds[i]; i++)
		dump_kind(&writer, kinds[i]);
	buffer_free(&buffer);
	return 0;
}
