/* The verbs of one object. Everything runs on the lane of the operation, changes one by one. */
#include "api/object.h"

#include <json-c/json.h>
#include <stdalign.h>
#include <string.h>

#include "api/etag.h"
#include "api/json_merge.h"

/* Room for one record of any type, cleared when it goes out of scope. */
struct object_record {
	const struct object_type *type;
	alignas(max_align_t) unsigned char bytes[OBJECT_SIZE];
};

static void object_record_init(struct object_record *record, const struct object_type *type)
{
	record->type = type;
	if (type->init)
		type->init(record->bytes);
	else
		memset(record->bytes, 0, type->size);
}

static void object_record_clear(struct object_record *record)
{
	if (record->type->clear)
		record->type->clear(record->bytes);
}

#define OBJECT_RECORD(name, of)                                                  \
	struct object_record name __attribute__((cleanup(object_record_clear))); \
	object_record_init(&name, of)

void object_write(const struct object_type *type, struct json_writer *writer,
		  const struct api_call *call, const void *wanted, const void *actual)
{
	char url[ERROR_URL_SIZE];

	type->url(actual, url);
	json_write_object(writer);
	type->write(writer, wanted, actual);
	answer_self(writer, call, url);
	json_member_object(writer, "status");
	type->write_status(writer, wanted, actual);
	json_write_object_end(writer);
	json_write_object_end(writer);
}

/* The text of what a client may set; steady: without what is another at each look. */
static int object_text(const struct object_type *type, const void *record, bool steady,
		       struct buffer *ret, struct error *error)
{
	struct json_writer writer;

	json_writer_start(&writer, ret);
	writer.steady = steady;
	json_write_object(&writer);
	type->write(&writer, NULL, record);
	json_write_object_end(&writer);
	return ret->failed ? error_set(error, ERROR_BUSY, "out of memory") : 0;
}

static int object_tag(const struct object_type *type, const void *record, char ret[ETAG_SIZE],
		      struct error *error)
{
	struct buffer text = { 0 };
	int result = object_text(type, record, true, &text, error);

	if (!result)
		etag_make(text.data, text.length, ret);
	buffer_free(&text);
	return result;
}

/* 201 or 200 with the object, or without it where the client does not want it. */
static int object_answer(const struct object_type *type, const struct api_call *call,
			 struct api_answer *answer, bool created, const void *wanted,
			 const void *actual, struct error *error)
{
	char url[ERROR_URL_SIZE], tag[ETAG_SIZE];
	struct json_writer writer;

	if (object_tag(type, actual, tag, error))
		return -1;
	answer_header(answer, "ETag", "%s", tag);
	type->url(actual, url);
	if (created ? answer_created(answer, call, url, &writer) :
		      answer_changed(answer, call, &writer))
		object_write(type, &writer, call, wanted, actual);
	return 0;
}

int object_get(const struct object_type *type, struct api *api, const struct api_call *call,
	       struct api_answer *answer, struct error *error)
{
	OBJECT_RECORD(actual, type);
	struct json_writer writer;
	char tag[ETAG_SIZE];

	if (type->find(api, call, false, actual.bytes, error) ||
	    object_tag(type, actual.bytes, tag, error))
		return -1;
	answer_header(answer, "ETag", "%s", tag);
	if (call->if_match && !etag_listed(call->if_match, tag, false))
		return error_set(error, ERROR_PRECONDITION, "the object is now %s", tag);
	answer_json(answer, 200, &writer);
	object_write(type, &writer, call, NULL, actual.bytes);
	if (call->if_none_match && etag_listed(call->if_none_match, tag, true))
		answer_unmodified(answer);
	return 0;
}

int object_make(const struct object_type *type, struct api *api, const struct api_call *call,
		struct json_object *body, struct api_answer *answer, struct error *error)
{
	const struct object_source source = { .body = body, .asked = body };
	OBJECT_RECORD(wanted, type);
	OBJECT_RECORD(actual, type);

	if (type->read(call, &source, wanted.bytes, error) ||
	    type->create(api, wanted.bytes, actual.bytes, error))
		return -1;
	return object_answer(type, call, answer, true, wanted.bytes, actual.bytes, error);
}

int object_post(const struct object_type *type, struct api *api, const struct api_call *call,
		struct api_answer *answer, struct error *error)
{
	struct json_object *body CLEANUP_JSON = NULL;

	return api_read_body(call, &body, error) ?
		       -1 :
		       object_make(type, api, call, body, answer, error);
}

/* Before anything else, for not every way to the end looks at them. */
static int object_check_query(const struct api_call *call, struct error *error)
{
	bool unused;

	return query_boolean(call, "foreign", &unused, error) ||
			       query_boolean(call, "recreate", &unused, error) ?
		       -1 :
		       0;
}

/* 1: it is there, and the conditions hold; 0: it is not, and may be made; -1. */
static int object_find_to_change(const struct object_type *type, struct api *api,
				 const struct api_call *call, void *ret, struct error *error)
{
	char tag[ETAG_SIZE];

	if (type->find(api, call, true, ret, error)) {
		if (error->kind != ERROR_ABSENT || !call->if_match)
			return error->kind == ERROR_ABSENT ? 0 : -1;
		return error_set(error, ERROR_PRECONDITION,
				 "If-Match needs an object, and there is none");
	}
	if (object_tag(type, ret, tag, error))
		return -1;
	if (call->if_match && !etag_listed(call->if_match, tag, false))
		return error_set(error, ERROR_PRECONDITION,
				 "the object is now %s, which is not what If-Match names: "
				 "read it again",
				 tag);
	if (call->if_none_match && etag_listed(call->if_none_match, tag, true))
		return error_set(
			error, ERROR_PRECONDITION,
			"the object is there (%s), and If-None-Match forbids to change it",
			tag);
	return 1;
}

int object_allow(const struct object_type *type, struct api *api, const struct api_call *call,
		 struct error *error)
{
	OBJECT_RECORD(actual, type);

	if (!call->if_match && !call->if_none_match)
		return 0;
	return object_find_to_change(type, api, call, actual.bytes, error) < 1 ? -1 : 0;
}

/* What GET shows of what a client may set. */
static int object_shown(const struct object_type *type, const void *record,
			struct json_object **ret, struct error *error)
{
	struct buffer text = { 0 };
	int result = object_text(type, record, false, &text, error);

	if (!result)
		result = json_read_body(text.data, text.length, JSON_TOP_OBJECT, ret, error);
	buffer_free(&text);
	return result;
}

/* True if each member of one is the same in the other, but for those that are ignored. */
static bool members_in(struct json_object *one, struct json_object *other)
{
	json_object_object_foreach(one, name, value)
	{
		struct json_object *found = NULL;

		if (strcmp(name, "self") && strcmp(name, "status") &&
		    (!json_object_object_get_ex(other, name, &found) ||
		     !json_object_equal(value, found)))
			return false;
	}
	return true;
}

/* A null in a patch is a wish, also for what is not shown. */
static bool has_null(struct json_object *object)
{
	json_object_object_foreach(object, name, value)
	{
		(void)name;
		if (!value || (json_object_is_type(value, json_type_object) && has_null(value)))
			return true;
	}
	return false;
}

/* Things that others made may be what nobody could ask for: left as they are, they pass. */
static int object_unchanged(const struct object_type *type, const struct object_source *source,
			    bool *ret, struct error *error)
{
	struct json_object *shown CLEANUP_JSON = NULL;

	*ret = false;
	if (!source->current || (source->asked != source->body && has_null(source->asked)))
		return 0;
	if (object_shown(type, source->current, &shown, error))
		return -1;
	*ret = members_in(source->body, shown) && members_in(shown, source->body);
	return 0;
}

static int object_make_or_change(const struct object_type *type, struct api *api,
				 const struct api_call *call, struct api_answer *answer,
				 const struct object_source *source, void *current,
				 struct error *error)
{
	OBJECT_RECORD(wanted, type);
	OBJECT_RECORD(actual, type);
	bool unchanged;

	if (object_unchanged(type, source, &unchanged, error))
		return -1;
	if (unchanged)
		return object_answer(type, call, answer, false, NULL, current, error);
	if (type->read(call, source, wanted.bytes, error))
		return -1;
	if (current ? type->change(api, call, current, wanted.bytes, actual.bytes, error) :
		      type->create(api, wanted.bytes, actual.bytes, error))
		return -1;
	return object_answer(type, call, answer, !current, wanted.bytes, actual.bytes, error);
}

int object_put(const struct object_type *type, struct api *api, const struct api_call *call,
	       struct api_answer *answer, struct error *error)
{
	OBJECT_RECORD(current, type);
	struct json_object *body CLEANUP_JSON = NULL;
	struct object_source source = { 0 };
	int found;

	if (object_check_query(call, error) || api_read_body(call, &body, error))
		return -1;
	found = object_find_to_change(type, api, call, current.bytes, error);
	if (found < 0)
		return -1;
	if (!found)
		error_clear(error);
	source.body = source.asked = body;
	source.current = found ? current.bytes : NULL;
	return object_make_or_change(type, api, call, answer, &source,
				     found ? current.bytes : NULL, error);
}

/* What GET shows, with the patch merged into it. */
static int object_merge(const struct object_type *type, const void *current,
			struct json_object *patch, struct json_object **ret,
			struct error *error)
{
	if (object_shown(type, current, ret, error))
		return -1;
	return json_merge(*ret, patch) ? error_set(error, ERROR_BUSY, "out of memory") : 0;
}

int object_patch(const struct object_type *type, struct api *api, const struct api_call *call,
		 struct api_answer *answer, struct error *error)
{
	OBJECT_RECORD(current, type);
	struct json_object *patch CLEANUP_JSON = NULL, *merged CLEANUP_JSON = NULL;
	struct object_source source = { .current = current.bytes };

	if (object_check_query(call, error) || api_read_body(call, &patch, error) ||
	    object_find_to_change(type, api, call, current.bytes, error) < 1 ||
	    object_merge(type, current.bytes, patch, &merged, error))
		return -1;
	source.body = merged;
	source.asked = patch;
	return object_make_or_change(type, api, call, answer, &source, current.bytes, error);
}

void object_member_default(const struct json_place *top, const char *name, const char *text)
{
	struct json_place place;

	if (!json_find(top, name, &place))
		json_object_object_add(top->value, name, json_object_new_string(text));
}

void object_member_of_url(const struct json_place *top, const char *name, const char *text)
{
	struct json_place place;
	const char *said;

	object_member_default(top, name, text);
	if (json_find(top, name, &place) && !json_value_string(&place, &said) &&
	    strcmp(said, text))
		json_complain(&place, "url",
			      "the URL says \"%.64s\", and names cannot be changed", text);
}
