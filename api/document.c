/* Documents as json-c trees: what the intent asks of them, and what a PUT keeps. */
#include "api/document.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_merge.h"
#include "api/object.h"

static const struct object_type *const document_types[] = {
	&namespace_objects, &link_objects,  &tunnel_objects,
	&address_objects,   &route_objects, &rule_objects,
	&neighbor_objects,
};

const struct object_type *document_object_type(const struct intent_type *type)
{
	size_t i = 0;

	while (document_types[i]->intent != type)
		i++;
	return document_types[i];
}

struct json_object *document_parse(const char *text)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *tree = NULL;

	if (tokener)
		tree = json_tokener_parse_ex(tokener, text, (int)strlen(text));
	json_tokener_free(tokener);
	return tree;
}

/* A null asked for the kernel's default, which is what is had without it. */
static void drop_nulls(struct json_object *object)
{
	struct json_object_iter member;

	json_object_object_foreachC(object, member)
	{
		if (json_object_is_type(member.val, json_type_object))
			drop_nulls(member.val);
	}
	for (bool again = true; again;) {
		again = false;
		json_object_object_foreachC(object, member)
		{
			if (member.val)
				continue;
			json_object_object_del(object, member.key);
			again = true;
			break;
		}
	}
}

char *document_text(struct json_object *body)
{
	const char *text;

	drop_nulls(body);
	text = json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN |
							    JSON_C_TO_STRING_NOSLASHESCAPE);
	return text ? strdup(text) : NULL;
}

/* ---- secrets ---- */

static const char *const secrets[] = {
	"inbound/encryption",  "inbound/authentication",  "inbound/aead",
	"outbound/encryption", "outbound/authentication", "outbound/aead",
};

static struct json_object *at(struct json_object *object, const char *path)
{
	char part[32];
	size_t length;

	for (; object && *path; path += length + (path[length] == '/')) {
		length = strcspn(path, "/");
		memcpy(part, path, length);
		part[length] = '\0';
		object = json_object_is_type(object, json_type_object) ?
				 json_object_object_get(object, part) :
				 NULL;
	}
	return json_object_is_type(object, json_type_object) ? object : NULL;
}

void document_keep_secrets(struct json_object *body, struct json_object *old)
{
	struct json_object *had = json_object_object_get(old, "ipsec"), *value;
	struct json_object *has = json_object_object_get(body, "ipsec");

	if (!had)
		return;
	if (!json_object_object_get_ex(body, "ipsec", NULL))
		json_object_object_add(body, "ipsec", json_object_get(had));
	for (size_t i = 0; has && i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		struct json_object *from = at(had, secrets[i]), *to = at(has, secrets[i]);

		if (from && to && !json_object_object_get_ex(to, "key", NULL) &&
		    json_object_object_get_ex(from, "key", &value))
			json_object_object_add(to, "key", json_object_get(value));
	}
}

/* ---- what the intent asks ---- */

/* To a change, a veth's other end says nothing of what it leaves out; a document says all. */
static void say_all(struct json_object *body)
{
	struct json_object *peer = at(body, "peer");

	if (peer && !json_object_object_get_ex(peer, "up", NULL))
		json_object_object_add(peer, "up", json_object_new_boolean(true));
}

static int documents_read(void *context, const struct intent_type *type, const char *document,
			  const void *current, void *ret, struct error *error)
{
	struct json_object *body CLEANUP_JSON = document_parse(document);
	const struct object_source source = { .body = body, .asked = body, .current = current };

	(void)context;
	if (!json_object_is_type(body, json_type_object))
		return error_set(error, ERROR_INTERNAL, "a stored document cannot be read");
	say_all(body);
	return document_object_type(type)->read(NULL, &source, ret, error);
}

static int documents_show(void *context, const struct intent_type *type, const void *actual,
			  bool steady, bool whole, struct buffer *ret, struct error *error)
{
	struct json_writer writer;

	(void)context;
	json_writer_start(&writer, ret);
	/* Wanted addresses may be others', where a link was adopted with them. */
	writer.steady = writer.others = steady;
	writer.whole = whole;
	json_write_object(&writer);
	document_object_type(type)->write(&writer, NULL, actual);
	json_write_object_end(&writer);
	return ret->failed ? error_errno(error, ENOMEM, "writing a document") : 0;
}

static int documents_overlay(void *context, const char *shown, const char *document,
			     struct buffer *ret, struct error *error)
{
	struct json_object *under CLEANUP_JSON = document_parse(shown);
	struct json_object *over CLEANUP_JSON = document_parse(document);

	(void)context;
	if (!under || !over || json_merge(under, over))
		return error_errno(error, ENOMEM, "restoring a document");
	buffer_text(ret, json_object_to_json_string_ext(under, JSON_C_TO_STRING_PLAIN));
	return 0;
}

static bool documents_same(void *context, const char *one, const char *other)
{
	struct json_object *a CLEANUP_JSON = document_parse(one);
	struct json_object *b CLEANUP_JSON = document_parse(other);

	(void)context;
	return a && b && json_object_equal(a, b);
}

static char *documents_keep(void *context, const char *document, const char *old)
{
	struct json_object *body CLEANUP_JSON = document_parse(document);
	struct json_object *had CLEANUP_JSON = document_parse(old);

	(void)context;
	if (!body || !had)
		return NULL;
	document_keep_secrets(body, had);
	return document_text(body);
}

static char *documents_differences(void *context, const char *one, const char *other)
{
	struct json_object *a CLEANUP_JSON = document_parse(one);
	struct json_object *b CLEANUP_JSON = document_parse(other);

	(void)context;
	return a && b ? document_differences(a, b) : NULL;
}

const struct intent_documents api_documents = {
	.read = documents_read,
	.show = documents_show,
	.same = documents_same,
	.keep = documents_keep,
	.differences = documents_differences,
	.overlay = documents_overlay,
};

/* ---- what a PUT keeps ---- */

/* Lists, and a veth's other end, stay as they are where nothing is said of them. */
static void keep_lists(struct json_object *body, struct json_object *old)
{
	static const char *const names[] = { "addresses", "members", "potential_routers",
					     "peer" };
	struct json_object *had;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!json_object_object_get_ex(body, names[i], NULL) &&
		    json_object_object_get_ex(old, names[i], &had))
			json_object_object_add(body, names[i], json_object_get(had));
	}
}

static void keep_peer(struct json_object *body, struct json_object *old)
{
	struct json_object *had = at(old, "peer"), *has = at(body, "peer"), *both = NULL;

	if (!had || !has || json_object_deep_copy(had, &both, NULL))
		return;
	if (json_merge(both, has))
		json_object_put(both);
	else
		json_object_object_add(body, "peer", both);
}

/* What says which object it is always stays. */
static bool is_unasked(const char *name, struct json_object *value, struct json_object *old,
		       struct json_object *shown)
{
	static const char *const always[] = { "namespace", "name",  "kind",   "link",
					      "address",   "peer",  "table",  "destination",
					      "metric",	   "family", "priority", "proxy" };
	struct json_object *kernels;

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		if (!strcmp(name, always[i]))
			return false;
	}
	return !json_object_object_get_ex(old, name, NULL) &&
	       json_object_object_get_ex(shown, name, &kernels) &&
	       json_object_equal(value, kernels);
}

void document_settle(struct json_object *body, struct json_object *old,
		     struct json_object *shown)
{
	struct json_object_iter member;

	for (bool again = true; again;) {
		again = false;
		json_object_object_foreachC(body, member)
		{
			if (!is_unasked(member.key, member.val, old, shown))
				continue;
			json_object_object_del(body, member.key);
			again = true;
			break;
		}
	}
	document_keep_secrets(body, old);
	keep_lists(body, old);
	keep_peer(body, old);
}

static void add_differences(struct json_object *one, struct json_object *other, bool absent,
			    struct buffer *ret)
{
	struct json_object_iter member;

	json_object_object_foreachC(one, member)
	{
		struct json_object *value = NULL;
		bool there = json_object_object_get_ex(other, member.key, &value);

		if (absent ? there : there && json_object_equal(member.val, value))
			continue;
		buffer_format(ret, "%s%s", ret->length ? ", " : "", member.key);
	}
}

char *document_differences(struct json_object *one, struct json_object *other)
{
	struct buffer text = { 0 };

	add_differences(one, other, false, &text);
	add_differences(other, one, true, &text);
	buffer_append(&text, "", 1);
	return text.data;
}

void document_write_differences(struct json_writer *writer, const char *names)
{
	size_t length;

	json_member_array(writer, "members");
	for (; names && *names; names += length + (names[length] ? 2 : 0)) {
		length = strcspn(names, ",");
		json_write_bytes(writer, names, length);
	}
	json_write_array_end(writer);
}
