/*
 * The other forms of a list: pages, which together are the list whatever comes and goes
 * meanwhile; gzip, which is the same list; lines; the head alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "tests/raw.h"

enum { ROUTES = 3000, PAGE = 500 };

static const struct agent *agent;

static void must(const char *command)
{
	if (command_run(command))
		fail_msg("failed: %s", agent_text(command));
}

static void add_routes(unsigned int from, unsigned int to)
{
	char command[96];
	FILE *batch;

	snprintf(command, sizeof(command), "ip -n %s -batch -", agent_text("@p"));
	batch = popen(command, "w");
	assert_non_null(batch);
	for (unsigned int i = from; i < to; i++)
		fprintf(batch, "route add 10.%u.%u.0/24 dev v0\n", i / 250, i % 250);
	assert_int_equal(pclose(batch), 0);
}

static struct raw_answer *get(const char *target, const char *header)
{
	struct raw *raw = raw_connect(agent);
	struct raw_answer *answer;
	char request[1024];

	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
		 agent_text(target), header);
	raw_say(raw, request);
	answer = raw_receive(raw, false);
	raw_close(raw);
	if (answer->fault)
		fail_msg("%s: %s", target, answer->fault);
	return answer;
}

/* The target of the next page into ret; false: this was the last. */
static bool next_of(const struct raw_answer *answer, char ret[1024])
{
	const char *link = raw_header(answer, "Link");

	if (!link)
		return false;
	if (sscanf(link, "<%1000[^>]>; rel=\"next\"", ret) != 1)
		fail_msg("no link: %s", link);
	return true;
}

/* ---- pages ---- */

/* How often each destination was seen. */
static void count_destinations(struct json_object *page, unsigned int seen[ROUTES])
{
	for (size_t i = 0; i < json_object_array_length(page); i++) {
		const char *text =
			json_text(json_object_array_get_idx(page, i), "/destination");
		unsigned int high, low;

		if (sscanf(text, "10.%u.%u.0/24", &high, &low) == 2 &&
		    high * 250 + low < ROUTES)
			seen[high * 250 + low]++;
	}
}

static unsigned int go_through(const char *target, unsigned int seen[ROUTES],
			       void (*between)(unsigned int page))
{
	char next[1024];
	unsigned int pages = 0;
	bool more;

	snprintf(next, sizeof(next), "%s", target);
	do {
		const struct raw_answer *answer = get(next, "");
		struct json_object *page = json_tokener_parse(answer->body);

		assert_int_equal(answer->status, 200);
		assert_non_null(page);
		assert_true(json_object_array_length(page) <= PAGE);
		more = next_of(answer, next);
		assert_true(!more || json_object_array_length(page) == PAGE);
		count_destinations(page, seen);
		json_object_put(page);
		if (between)
			between(pages);
		pages++;
	} while (more && pages < 100);
	return pages;
}

static void pages_are_the_list(void **state)
{
	static unsigned int seen[ROUTES];

	(void)state;
	assert_int_equal(
		go_through("/v1/routes?namespace=@p&protocol=boot&limit=500", seen, NULL),
		ROUTES / PAGE);
	for (unsigned int i = 0; i < ROUTES; i++)
		assert_int_equal(seen[i], 1);
}

/* Every third goes, with the one that ended the page likely among them, and others come. */
static void change_some(unsigned int page)
{
	char command[96];
	FILE *batch;

	snprintf(command, sizeof(command), "ip -n %s -batch -", agent_text("@p"));
	batch = popen(command, "w");
	assert_non_null(batch);
	for (unsigned int i = page % 3; page < 3 && i < ROUTES; i += 6)
		fprintf(batch, "route del 10.%u.%u.0/24 dev v0\n", i / 250, i % 250);
	for (unsigned int i = 0; i < 100; i++)
		fprintf(batch, "route add 11.%u.%u.0/24 dev v0\n", page, i);
	assert_int_equal(pclose(batch), 0);
}

static void what_stays_comes_once(void **state)
{
	static unsigned int seen[ROUTES];

	(void)state;
	go_through("/routes?namespace=@p&limit=500", seen, change_some);
	for (unsigned int i = 0; i < ROUTES; i++) {
		assert_true(seen[i] <= 1);
		if (i % 6 > 2)
			assert_int_equal(seen[i], 1);
	}
	command_run("ip -n @p route flush table main");
	add_routes(0, ROUTES);
}

/* Rules of one priority, and routes of one prefix, have one key. */
static void what_shares_a_key_comes_once(void **state)
{
	char next[1024] = "/rules?namespace=@p&priority=77&limit=1";
	unsigned int count = 0;
	bool more;

	(void)state;
	for (int i = 0; i < 5; i++) {
		char command[96];

		snprintf(command, sizeof(command),
			 "ip -n @p rule add priority 77 from 10.9.%d.0/24 lookup 9", i);
		must(command);
	}
	do {
		const struct raw_answer *answer = get(next, "");

		assert_non_null(strstr(answer->body, "10.9."));
		more = next_of(answer, next);
		count++;
	} while (more && count < 20);
	assert_int_equal(count, 5);
}

/* What is wanted and not there has its place among the others. */
static void what_waits_is_on_a_page(void **state)
{
	char next[1024] = "/tunnels?namespace=@none&limit=2";
	unsigned int count = 0;
	bool more;

	(void)state;
	for (int i = 0; i < 5; i++) {
		char body[160];

		snprintf(body, sizeof(body),
			 "{'namespace':'@none','name':'x%d','kind':'vxlan','vni':%d,"
			 "'local':'10.0.0.1'}",
			 i, i + 1);
		EXPECT(agent, 201, "POST", "/tunnels?pending=true", body);
	}
	do {
		const struct raw_answer *answer = get(next, "");

		for (const char *at = answer->body; (at = strstr(at, "\"pending\"")); at++)
			count++;
		more = next_of(answer, next);
	} while (more);
	assert_int_equal(count, 5);
	for (int i = 0; i < 5; i++) {
		char target[64];

		snprintf(target, sizeof(target), "/tunnels/@none/x%d", i);
		EXPECT(agent, 204, "DELETE", target, NULL);
	}
}

static void a_wrong_page_is_refused(void **state)
{
	static const char *const targets[][2] = {
		{ "/routes?limit=0", "limit" },
		{ "/routes?limit=10001", "limit" },
		{ "/routes?limit=many", "limit" },
		{ "/links?limit=5&after=", "after" },
		{ "/links?limit=5&after=%25", "after" },
		{ "/links?limit=5&after=YWJj", "after" },
		{ "/rules?after=AQFhYWE", "after" },
		{ "/namespaces?after=YQFiAWN=", "after" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		const struct raw_answer *answer = get(targets[i][0], "");

		assert_int_equal(answer->status, 400);
		assert_non_null(strstr(answer->body, targets[i][1]));
	}
}

/* ---- codings ---- */

static char *unzip(const char *bytes, size_t length, size_t *ret_length)
{
	enum { MOST = 8 * 1024 * 1024 };
	z_stream zlib = { .next_in = (unsigned char *)(uintptr_t)bytes,
			  .avail_in = (unsigned int)length };
	char *text = malloc(MOST);

	assert_non_null(text);
	assert_int_equal(inflateInit2(&zlib, 16 + MAX_WBITS), Z_OK);
	zlib.next_out = (unsigned char *)text;
	zlib.avail_out = MOST;
	assert_int_equal(inflate(&zlib, Z_FINISH), Z_STREAM_END);
	assert_int_equal(zlib.avail_in, 0);
	*ret_length = zlib.total_out;
	inflateEnd(&zlib);
	return text;
}

static void assert_gzip_is(const char *target)
{
	const struct call call = { "GET", target, NULL, NULL, NULL };
	const struct call_extra coded = { .header = "Accept-Encoding: br, gzip" };
	const struct reply *reply = EXPECT_CALL(agent, 200, &call);
	size_t length = reply->length, unzipped;
	char *plain = malloc(length), *text;

	assert_non_null(plain);
	memcpy(plain, reply->body, length);
	reply = agent_call_extra(agent, &call, &coded);
	assert_int_equal(reply->status, 200);
	assert_true(reply->length < length / 4);
	text = unzip(reply->body, reply->length, &unzipped);
	assert_int_equal(unzipped, length);
	assert_memory_equal(text, plain, length);
	free(text);
	free(plain);
}

static void coding_is_told(void)
{
	const struct raw_answer *answer =
		get("/routes?namespace=@p&limit=100", "Accept-Encoding: br, gzip\r\n");

	assert_string_equal(raw_header(answer, "Content-Encoding"), "gzip");
	assert_string_equal(raw_header(answer, "Vary"), "Accept, Accept-Encoding");
}

static void gzip_is_the_same_list(void **state)
{
	(void)state;
	assert_gzip_is("/routes?namespace=@p");
	assert_gzip_is("/routes?namespace=@p&limit=100");
	coding_is_told();
}

static bool is_coded(const char *target, const char *accept)
{
	char header[128];

	snprintf(header, sizeof(header), "Accept-Encoding: %s\r\n", accept);
	return raw_header(get(target, header), "Content-Encoding") != NULL;
}

static void codings_are_weighed(void **state)
{
	static const char list[] = "/routes?namespace=@p&limit=100";

	(void)state;
	assert_true(is_coded(list, "gzip"));
	assert_true(is_coded(list, "*"));
	assert_true(is_coded(list, "gzip;q=0.001"));
	assert_true(is_coded(list, "identity;q=0.5, gzip;q=0.5"));
	assert_true(is_coded(list, "identity;q=0, *"));
	assert_false(is_coded(list, "gzip;q=0"));
	assert_false(is_coded(list, "gzip;q=0, *"));
	assert_false(is_coded(list, "*;q=0"));
	assert_false(is_coded(list, "identity, gzip;q=0.9"));
	assert_false(is_coded(list, "br"));
	/* A short one is left as it is, unless that is refused. */
	assert_false(is_coded("/namespaces?namespace=@p", "gzip"));
	assert_true(is_coded("/namespaces?namespace=@p", "gzip, identity;q=0"));
}

/* ---- lines, and the head ---- */

static void lines_are_the_same_objects(void **state)
{
	const struct raw_answer *answer;
	unsigned int lines = 0;

	(void)state;
	answer = get("/routes?namespace=@p&limit=100", "Accept: application/x-ndjson\r\n");
	for (const char *at = answer->body; *at; at = strchr(at, '\n') + 1) {
		assert_int_equal(*at, '{');
		lines++;
	}
	assert_int_equal(lines, 100);
}

static void the_head_alone(void **state)
{
	struct raw *raw = raw_connect(agent);
	const struct raw_answer *answer;
	char request[256];

	(void)state;
	for (int i = 0; i < 3; i++) {
		snprintf(request, sizeof(request),
			 "HEAD %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
			 agent_text(i % 2 ? "/routes?namespace=@p&limit=9" :
					    "/routes?namespace=@p"));
		raw_say(raw, request);
		answer = raw_receive(raw, true);
		assert_int_equal(answer->status, 200);
		assert_null(answer->fault);
		assert_int_equal(answer->body_length, 0);
		assert_true(!raw_header(answer, "Link") == !(i % 2));
	}
	raw_close(raw);
}

static int setup(void **state)
{
	if (agent_setup(state))
		return -1;
	agent = *state;
	must("ip netns add @p && ip -n @p link add v0 type veth peer name v1 && "
	     "ip -n @p link set v0 up");
	add_routes(0, ROUTES);
	return 0;
}

static int teardown(void **state)
{
	command_run("ip netns del @p");
	return agent_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_the_list),
		cmocka_unit_test(what_stays_comes_once),
		cmocka_unit_test(what_shares_a_key_comes_once),
		cmocka_unit_test(what_waits_is_on_a_page),
		cmocka_unit_test(a_wrong_page_is_refused),
		cmocka_unit_test(gzip_is_the_same_list),
		cmocka_unit_test(codings_are_weighed),
		cmocka_unit_test(lines_are_the_same_objects),
		cmocka_unit_test(the_head_alone),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
