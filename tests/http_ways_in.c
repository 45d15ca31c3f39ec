/*
 * Every way in, for every kind: a POST, a PUT that makes, a PATCH of what is
 * there. Each member of each kind is sent just outside of what it may be, by
 * the tables that the code itself walks; and what no table says (ends of a
 * tunnel that cannot be) is sent to every kind that has ends. Each is refused
 * with the pointer to the member, and nothing is made.
 */
#include <stdio.h>
#include <string.h>

#include "netops/kind.h"
#include "tests/agent_under_test.h"

static const struct agent *agent;
static unsigned int tries, faults;

struct base {
	const char *kind, *body; /* what a good one needs */
	bool made;		 /* this kernel has it: PATCH can be tried */
};

static struct base bases[] = {
	{ "ipip", "{'local':'10.1.0.1','remote':'10.1.0.2'}", false },
	{ "gre", "{'local':'10.1.0.1','remote':'10.1.0.2'}", false },
	{ "sit", "{'local':'10.1.0.1','remote':'10.1.0.2'}", false },
	{ "isatap", "{'local':'10.1.0.3'}", false },
	{ "vti", "{'local':'10.1.0.1','remote':'10.1.0.2'}", false },
	{ "vxlan", "{'vni':77,'local':'10.1.0.1','remote':'10.1.0.2'}", false },
	{ "veth", "{'peer':{'name':'far'}}", false },
	{ "bridge", "{}", false },
	{ "dummy", "{}", false },
	{ "ifb", "{}", false },
	{ "macvlan", "{'device':'under'}", false },
	{ "vlan", "{'device':'under','vlan_id':7}", false },
	{ "vrf", "{'table':7}", false },
};
enum { BASES = sizeof(bases) / sizeof(bases[0]) };

static const char *collection_of(const struct base *base)
{
	return kind_find(base->kind)->tunnel ? "tunnels" : "links";
}

/* Puts a value at "member" or "group/member". */
static void set_member(struct json_object *object, const char *path, struct json_object *value)
{
	size_t length = strcspn(path, "/");
	struct json_object *inner;
	char head[64];

	if (!path[length]) {
		json_object_object_add(object, path, value);
		return;
	}
	snprintf(head, sizeof(head), "%.*s", (int)length, path);
	if (!json_object_object_get_ex(object, head, &inner)) {
		inner = json_object_new_object();
		json_object_object_add(object, head, inner);
	}
	set_member(inner, path + length + 1, value);
}

static bool is_pointed_at(const struct reply *reply, const char *pointer)
{
	struct json_object *errors = json_at(reply->json, "/errors");

	for (size_t i = 0; errors && i < json_object_array_length(errors); i++) {
		if (!strcmp(json_text(json_object_array_get_idx(errors, i), "/pointer"),
			    pointer))
			return true;
	}
	return false;
}

static void expect_refusal(const char *method, const char *target, struct json_object *body,
			   long status, const char *pointer)
{
	const struct call call = { method, target, NULL, NULL, NULL };
	const struct call_extra extra = {
		.raw_body = json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN),
	};
	struct reply *reply = agent_call_extra(agent, &call, &extra);

	tries++;
	if (reply->status == status && is_pointed_at(reply, pointer))
		return;
	faults++;
	fprintf(stderr, "%s %s %s\n  should be %ld at %s, and is %ld: %s\n", method,
		agent_text(target), extra.raw_body, status, pointer, reply->status,
		reply->body ? reply->body : "");
}

static struct json_object *body_of(const struct base *base, const char *name)
{
	struct json_object *body = json_tokener_parse(agent_text(base->body));

	set_member(body, "namespace", json_object_new_string(agent_text("@w")));
	set_member(body, "name", json_object_new_string(name));
	set_member(body, "kind", json_object_new_string(base->kind));
	return body;
}

/* The three ways; the value is given away. */
static void try_member(const struct base *base, const char *path, struct json_object *value,
		       long status)
{
	struct json_object *body = body_of(base, "new"), *patch = json_object_new_object();
	char target[96], pointer[96];

	snprintf(pointer, sizeof(pointer), "/%s", path);
	set_member(body, path, json_object_get(value));
	set_member(patch, path, value);
	snprintf(target, sizeof(target), "/%s", collection_of(base));
	expect_refusal("POST", target, body, status, pointer);
	snprintf(target, sizeof(target), "/%s/@w/new", collection_of(base));
	expect_refusal("PUT", target, body, status, pointer);
	snprintf(target, sizeof(target), "/%s/@w/is%s", collection_of(base), base->kind);
	if (base->made)
		expect_refusal("PATCH", target, patch, status, pointer);
	json_object_put(body);
	json_object_put(patch);
}

static void try_text(const struct base *base, const char *path, const char *text, long status)
{
	try_member(base, path, json_object_new_string(text), status);
}

static void try_number(const struct base *base, const char *path, int64_t number)
{
	try_member(base, path, json_object_new_int64(number), 422);
}

static bool has_bounds(const struct row *row)
{
	return row->type == ROW_NUMBER || row->type == ROW_NAMED;
}

/* A neighbour of each end of what a row allows. */
static void try_bounds(const struct base *base, const struct row *row)
{
	char text[400];

	if (has_bounds(row)) {
		try_number(base, row->name, (int64_t)row->minimum - 1);
		try_number(base, row->name, (int64_t)row->maximum + 1);
	} else if (row->type == ROW_TTL || row->type == ROW_TOS) {
		try_number(base, row->name, -1);
		try_number(base, row->name, 256);
	} else if (row->type == ROW_KEY) {
		try_number(base, row->name, -1);
		try_number(base, row->name, INT64_C(4294967296));
	} else if (row->type == ROW_TEXT) {
		memset(text, 'x', sizeof(text));
		text[row->maximum + 1] = '\0';
		try_text(base, row->name, text, 422);
	}
}

/* What cannot be a value of this type. */
static void try_type(const struct base *base, const struct row *row)
{
	static const char *const wrong[] = {
		[ROW_BOOL] = "yes",	      [ROW_NUMBER] = "7",
		[ROW_TTL] = "inherits",	      [ROW_TOS] = "inherits",
		[ROW_KEY] = "0.0.0.256",      [ROW_WORD] = "nosuch",
		[ROW_NAMED] = "nosuch",	      [ROW_ADDRESS] = "10.0.0.300",
		[ROW_PREFIX] = "10.0.0.0/33", [ROW_DEVICE] = "sixteen-letters-",
		[ROW_MAC] = "02:00:00:00:00", [ROW_LINK_ADDRESS] = "02:0",
		[ROW_TEXT] = NULL,
	};

	if (wrong[row->type])
		try_text(base, row->name, wrong[row->type], 422);
	try_member(base, row->name, json_object_new_array(), 422);
	try_member(base, row->name, json_object_new_double(1.5), 422);
	if (row->type == ROW_DEVICE)
		try_text(base, row->name, "notthere", 409);
	if (row->type == ROW_ADDRESS && !row->attribute2)
		try_text(base, row->name, "fd00::1", 422);
}

static void try_rows(const struct base *base)
{
	const struct row *rows;

	for (unsigned int i = 0; (rows = link_table(kind_find(base->kind), i)); i++) {
		for (const struct row *row = rows; row->name; row++) {
			try_bounds(base, row);
			try_type(base, row);
		}
	}
}

static const struct {
	const char *kinds; /* those that have such ends, with blanks around */
	const char *member, *value;
} ends[] = {
	{ " ipip gre sit vti vxlan ", "remote", "10.1.0.1" }, /* it is local */
	{ " ipip gre sit isatap vti vxlan ", "local", "224.0.0.5" },
	{ " ipip gre sit isatap vti vxlan ", "local", "255.255.255.255" },
	{ " ipip gre sit vti vxlan ", "remote", "255.255.255.255" },
	{ " ipip sit vti ", "remote", "224.0.0.5" },
	{ " isatap ", "remote", "10.1.0.2" },
	{ " vxlan ", "remote", "fd00::2" }, /* local is IPv4 */
};

static void try_ends(const struct base *base)
{
	char blanks[16];

	snprintf(blanks, sizeof(blanks), " %s ", base->kind);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (strstr(ends[i].kinds, blanks))
			try_text(base, ends[i].member, ends[i].value, 422);
	}
}

/* What is the same for all: names, namespaces, members that nobody has. */
static void try_common(const struct base *base)
{
	static const struct {
		const char *member, *value;
		long status;
	} wrong[] = {
		{ "name", "sixteen-letters-", 422 },
		{ "name", "-f", 422 },
		{ "name", "host", 422 },
		{ "name", "a/b", 422 },
		{ "kind", "ipipi", 422 },
		{ "namespace", "@none", 409 },
	};
	struct json_object *body;
	char target[32], pointer[32];

	snprintf(target, sizeof(target), "/%s", collection_of(base));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		body = body_of(base, "new");
		set_member(body, wrong[i].member,
			   json_object_new_string(agent_text(wrong[i].value)));
		snprintf(pointer, sizeof(pointer), "/%s", wrong[i].member);
		expect_refusal("POST", target, body, wrong[i].status, pointer);
		json_object_put(body);
	}
	try_text(base, "colour", "red", 422);
	try_text(base, "addresses", "10.0.0.1/24", 422);
	if (kind_find(base->kind)->tunnel)
		try_text(base, "underlay_namespace", agent_text("@none"), 409);
}

static void make_scene(void **state)
{
	agent = *state;
	EXPECT(agent, 201, "POST", "/namespaces", "{'name':'@w'}");
	EXPECT(agent, 201, "POST", "/links",
	       "{'namespace':'@w','name':'under','kind':'veth','peer':{'name':'over'}}");
	for (int i = 0; i < BASES; i++) {
		struct call call = { "POST", NULL, NULL, NULL, NULL };
		struct call_extra extra = { 0 };
		struct json_object *body;
		char target[32], name[16];

		snprintf(target, sizeof(target), "/%s", collection_of(&bases[i]));
		snprintf(name, sizeof(name), "is%s", bases[i].kind);
		call.target = target;
		body = body_of(&bases[i], name);
		if (json_object_object_get_ex(body, "peer", NULL)) /* the others have theirs */
			set_member(body, "peer/name", json_object_new_string("isfar"));
		extra.raw_body = json_object_to_json_string(body);
		bases[i].made = agent_call_extra(agent, &call, &extra)->status == 201;
		if (!bases[i].made && agent_requires_all_kinds())
			fail_msg("%s: %s", name, agent_call_extra(agent, &call, &extra)->body);
		json_object_put(body);
	}
}

/* All that the kernel says of the links, but for carriers, told late, and a bridge's timers. */
static struct json_object *links_there(void)
{
	struct json_object *links = command_json(
		"ip -n @w -d -j link | jq -c 'map(del(.operstate, .flags, .qdisc,"
		" .linkinfo.info_data.hello_timer, .linkinfo.info_data.tcn_timer,"
		" .linkinfo.info_data.gc_timer, .linkinfo.info_data.topology_change_timer))'");

	assert_non_null(links);
	return links;
}

static void every_way_in_is_checked(void **state)
{
	struct json_object *before = links_there(), *after;

	(void)state;
	for (int i = 0; i < BASES; i++) {
		try_rows(&bases[i]);
		try_ends(&bases[i]);
		try_common(&bases[i]);
	}
	after = links_there();
	printf("%u requests, each wrong in one member\n", tries);
	assert_int_equal(faults, 0);
	assert_string_equal(json_object_to_json_string(before),
			    json_object_to_json_string(after));
	json_object_put(before);
	json_object_put(after);
}

static void leave_nothing(void **state)
{
	(void)state;
	EXPECT(agent, 204, "DELETE", "/namespaces/@w", NULL);
	assert_int_equal(agent_count_namespaces(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(make_scene),
		cmocka_unit_test(every_way_in_is_checked),
		cmocka_unit_test(leave_nothing),
	};

	return cmocka_run_group_tests(tests, agent_setup, agent_teardown);
}
