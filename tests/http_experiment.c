/*
 * The first thing tunneld must do: two namespaces behind a router, a tunnel
 * between them over routed veths, echoes through it, and nothing left behind.
 * Once for each kind (and for each way of IPsec and each family below vxlan). A
 * kind that this kernel lacks is skipped and says why.
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "tests/agent_under_test.h"

struct experiment {
	const char *name;	  /* printed */
	const char *left, *right; /* members of the two tunnels */
	const char *destination;  /* what ns1 probes */
	const char *route;	  /* what the kernel adds for it in ns1; NULL: do not look */
};

#define IPV4_ENDS_LEFT "'local':'10.10.10.2','remote':'10.10.20.2'"
#define IPV4_ENDS_RIGHT "'local':'10.10.20.2','remote':'10.10.10.2'"
#define IPV4_LEFT \
	IPV4_ENDS_LEFT ",'addresses':[{'address':'10.10.100.10','peer':'10.10.200.10'}]"
#define IPV4_RIGHT \
	IPV4_ENDS_RIGHT ",'addresses':[{'address':'10.10.200.10','peer':'10.10.100.10'}]"
#define GRE_OPTIONS                                                           \
	"'kind':'gre','key':77,'input_checksum':true,'output_checksum':true," \
	"'input_sequence':true,'output_sequence':true,"
#define AEAD(spi, key)                                                       \
	"{'spi':" spi ",'aead':{'algorithm':'rfc4106(gcm(aes))','key':'" key \
	"02030405060708090a0b0c0d0e0f1011121314','icv_bits':128}}"
#define AEAD_1 AEAD("4097", "01")
#define AEAD_2 AEAD("4098", "ff")
#define VTI(in, out) "'kind':'vti','key':5,'ipsec':{'inbound':" in ",'outbound':" out "},"
#define HMAC_KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddee"
#define CBC(spi, key)                                                            \
	"{'spi':" spi ",'encryption':{'algorithm':'cbc(aes)','key':'" key        \
	"0102030405060708090a0b0c0d0e0f'},"                                      \
	"'authentication':{'algorithm':'hmac(sha256)','key':'" HMAC_KEY key "'," \
	"'truncation_bits':128}}"

static const struct experiment experiments[] = {
	{ "ipip", "'kind':'ipip'," IPV4_LEFT, "'kind':'ipip'," IPV4_RIGHT, "10.10.200.10",
	  "10.10.200.10/32" },
	{ "gre", GRE_OPTIONS IPV4_LEFT, GRE_OPTIONS IPV4_RIGHT, "10.10.200.10",
	  "10.10.200.10/32" },
	{ "gretap", "'kind':'gretap','key':78,'addresses':['10.99.0.1/24']," IPV4_ENDS_LEFT,
	  "'kind':'gretap','key':78,'addresses':['10.99.0.2/24']," IPV4_ENDS_RIGHT, "10.99.0.2",
	  "10.99.0.0/24" },
	{ "sit", "'kind':'sit','addresses':['fd84:1::1/64']," IPV4_ENDS_LEFT,
	  "'kind':'sit','addresses':['fd84:1::2/64']," IPV4_ENDS_RIGHT, "fd84:1::2",
	  "fd84:1::/64" },
	{ "isatap",
	  "'kind':'isatap','local':'10.10.10.2','addresses':['fd84::5efe:10.10.10.2/64']",
	  "'kind':'isatap','local':'10.10.20.2','addresses':['fd84::5efe:10.10.20.2/64']",
	  "fd84::5efe:10.10.20.2", "fd84::/64" },
	{ "vti with aead", VTI(AEAD_1, AEAD_2) IPV4_LEFT, VTI(AEAD_2, AEAD_1) IPV4_RIGHT,
	  "10.10.200.10", "10.10.200.10/32" },
	{ "vti with cbc and hmac", VTI(CBC("300", "aa"), CBC("301", "bb")) IPV4_LEFT,
	  VTI(CBC("301", "bb"), CBC("300", "aa")) IPV4_RIGHT, "10.10.200.10",
	  "10.10.200.10/32" },
	{ "vxlan over IPv4",
	  "'kind':'vxlan','vni':7,'port':4789,'addresses':['10.99.0.1/24']," IPV4_ENDS_LEFT,
	  "'kind':'vxlan','vni':7,'port':4789,'addresses':['10.99.0.2/24']," IPV4_ENDS_RIGHT,
	  "10.99.0.2", "10.99.0.0/24" },
	{ "vxlan over IPv6",
	  "'kind':'vxlan','vni':7,'port':4789,'local':'fd10:1::2','remote':'fd10:2::2','addresses':['10.99.0.1/24']",
	  "'kind':'vxlan','vni':7,'port':4789,'local':'fd10:2::2','remote':'fd10:1::2','addresses':['10.99.0.2/24']",
	  "10.99.0.2", "10.99.0.0/24" },
};

struct step {
	const char *target, *body;
};

/* Both families at once: who needs only one does not mind the other. */
static const struct step underlay[] = {
	{ "/namespaces", "{'name':'@ns1'}" },
	{ "/namespaces", "{'name':'@ns2'}" },
	{ "/namespaces", "{'name':'@router','forwarding':{'ipv4':true,'ipv6':true}}" },
	{ "/links",
	  "{'namespace':'@ns1','name':'v1','kind':'veth',"
	  "'addresses':['10.10.10.2/24',{'address':'fd10:1::2/64','no_dad':true}],"
	  "'peer':{'namespace':'@router','name':'v1r',"
	  "'addresses':['10.10.10.1/24',{'address':'fd10:1::1/64','no_dad':true}]}}" },
	{ "/links",
	  "{'namespace':'@ns2','name':'v2','kind':'veth',"
	  "'addresses':['10.10.20.2/24',{'address':'fd10:2::2/64','no_dad':true}],"
	  "'peer':{'namespace':'@router','name':'v2r',"
	  "'addresses':['10.10.20.1/24',{'address':'fd10:2::1/64','no_dad':true}]}}" },
	{ "/routes", "{'namespace':'@ns1','destination':'default','gateway':'10.10.10.1'}" },
	{ "/routes", "{'namespace':'@ns2','destination':'default','gateway':'10.10.20.1'}" },
	{ "/routes", "{'namespace':'@ns1','destination':'default','gateway':'fd10:1::1'}" },
	{ "/routes", "{'namespace':'@ns2','destination':'default','gateway':'fd10:2::1'}" },
};

/* In this order; each must be gone at once. */
static const char *const deletions[] = {
	"/tunnels/@ns1/tun1",
	"/tunnels/@ns2/tun2",
	"/routes/@ns1/254/0.0.0.0/0",
	"/routes/@ns2/254/0.0.0.0/0",
	"/routes/@ns1/254/::/0",
	"/routes/@ns2/254/::/0",
	"/links/@ns1/v1",
	"/links/@ns2/v2",
	"/namespaces/@ns1",
	"/namespaces/@ns2",
	"/namespaces/@router",
};

enum {
	STEPS = sizeof(underlay) / sizeof(underlay[0]),
	DELETIONS = sizeof(deletions) / sizeof(deletions[0])
};

static const struct agent *agent;

static void build_underlay(void)
{
	for (size_t i = 0; i < STEPS; i++)
		EXPECT(agent, 201, "POST", underlay[i].target, underlay[i].body);
}

/* The kernel tells a new carrier up to a second late. */
static bool is_up(const struct reply *reply)
{
	return !strcmp(json_text(reply->json, "/status/operstate"), "up");
}

/* Until then nobody hears at them (RFC 4862, 5.4), and a neighbour asks again a second later. */
static bool has_no_tentative(const struct reply *reply)
{
	return !strstr(reply->body, "\"tentative\"");
}

static void wait_until(bool (*ready)(const struct reply *reply), const char *target)
{
	struct timespec step = { 0, 20 * 1000 * 1000 };

	for (int i = 0; i < 250; i++) {
		if (ready(EXPECT(agent, 200, "GET", target, NULL)))
			return;
		nanosleep(&step, NULL);
	}
	fail_msg("%s does not get ready", agent_text(target));
}

/* 0, or -1 if this kernel cannot; then the reason is told. */
static int add_tunnel(const struct experiment *experiment, int end)
{
	static const char *const heads[] = { "{'namespace':'@ns1','name':'tun1',",
					     "{'namespace':'@ns2','name':'tun2'," };
	char body[AGENT_TEXT_SIZE / 2];
	struct call call = { .method = "POST", .target = "/tunnels", .body = body };
	struct reply *reply;

	snprintf(body, sizeof(body), "%s%s}", heads[end],
		 end ? experiment->right : experiment->left);
	reply = agent_call(agent, &call);
	if (reply->status == 501) {
		printf("SKIP %s: %s\n", experiment->name, json_text(reply->json, "/detail"));
		return -1;
	}
	if (reply->status != 201)
		fail_msg("POST /tunnels %s: %ld %s", agent_text(body), reply->status,
			 reply->body);
	EXPECT(agent, 409, "POST", "/tunnels", body);
	return 0;
}

static void probe(const struct experiment *experiment)
{
	char body[256];
	struct reply *reply;

	snprintf(body, sizeof(body),
		 "{'namespace':'@ns1','destination':'%s','count':4,'interval_ms':50}",
		 experiment->destination);
	reply = EXPECT(agent, 200, "POST", "/probes", body);
	if (json_object_get_int(json_at(reply->json, "/received")) != 4)
		fail_msg("%s: %s", experiment->name, reply->body);
	assert_int_equal(json_object_get_int(json_at(reply->json, "/sent")), 4);
	assert_true(json_object_get_double(json_at(reply->json, "/rtt_ms/avg")) > 0);
}

/* Is there a route with this destination through this device (NULL: by any gateway)? */
static bool has_route(struct json_object *routes, const char *destination, const char *device)
{
	for (size_t i = 0; i < json_object_array_length(routes); i++) {
		struct json_object *route = json_object_array_get_idx(routes, i);

		if (strcmp(json_text(route, "/destination"), destination) != 0)
			continue;
		if (device ? strcmp(json_text(route, "/device"), device) == 0 &&
				     json_object_get_int(json_at(route, "/protocol")) == 2 :
			     *json_text(route, "/gateway") != '\0')
			return true;
	}
	return false;
}

static void check_routes(const struct experiment *experiment)
{
	struct json_object *routes = agent_get(agent, "/routes?namespace=@ns1");

	assert_true(has_route(routes, experiment->route, "tun1"));
	assert_true(has_route(routes, "0.0.0.0/0", NULL));
	json_object_put(routes);
}

static void check_status(const char *target)
{
	struct reply *reply = EXPECT(agent, 200, "GET", target, NULL);

	assert_string_equal(json_text(reply->json, "/status/state"), "applied");
	assert_string_equal(json_text(reply->json, "/self"), agent_text(target));
	assert_null(strstr(reply->body, "0203040506070809"));
}

static int family_of(const char *address)
{
	return strchr(address, ':') ? 6 : 4;
}

/* What ./run-tests holds against the list of what must be proven: in the agent's own words. */
static void tell_proof(const struct experiment *experiment)
{
	struct json_object *tunnel = agent_get(agent, "/tunnels/@ns1/tun1");
	struct utsname kernel;

	uname(&kernel);
	printf("proven: %s over IPv%d, IPv%d inside%s; kernel %s\n", json_text(tunnel, "/kind"),
	       family_of(json_text(tunnel, "/local")), family_of(experiment->destination),
	       json_at(tunnel, "/ipsec/inbound/spi") ? ", IPsec" : "", kernel.release);
	json_object_put(tunnel);
}

static void prove(const struct experiment *experiment)
{
	wait_until(is_up, "/links/@ns1/v1");
	wait_until(is_up, "/links/@ns2/v2");
	wait_until(has_no_tentative, "/addresses?namespace=@ns1");
	wait_until(has_no_tentative, "/addresses?namespace=@ns2");
	wait_until(has_no_tentative, "/addresses?namespace=@router");
	probe(experiment);
	check_routes(experiment);
	check_status("/tunnels/@ns1/tun1");
	check_status("/tunnels/@ns2/tun2");
	tell_proof(experiment);
}

/* IPsec would survive its tunnel. */
static void check_no_ipsec(void)
{
	assert_int_equal(command_run("test -z \"$(ip -n @ns1 xfrm state)\""), 0);
	assert_int_equal(command_run("test -z \"$(ip -n @ns1 xfrm policy)\""), 0);
}

static void delete_all(bool with_tunnels)
{
	for (size_t i = with_tunnels ? 0 : 2; i < DELETIONS; i++) {
		EXPECT(agent, 204, "DELETE", deletions[i], NULL);
		EXPECT(agent, 404, "GET", deletions[i], NULL);
		if (i == 1)
			check_no_ipsec();
	}
	assert_int_equal(agent_count_namespaces(), 0);
}

static void check_nothing_remains(void)
{
	static const char *const collections[] = { "/namespaces", "/links", "/tunnels",
						   "/addresses", "/routes?table=all" };

	for (size_t i = 0; i < sizeof(collections) / sizeof(collections[0]); i++) {
		struct reply *reply = EXPECT(agent, 200, "GET", collections[i], NULL);

		assert_null(strstr(reply->body, agent_text("'@")));
	}
}

static void test_experiment(void **state)
{
	const struct experiment *experiment = *state;
	bool possible;

	build_underlay();
	possible = add_tunnel(experiment, 0) == 0 && add_tunnel(experiment, 1) == 0;
	if (possible)
		prove(experiment);
	delete_all(possible);
	check_nothing_remains();
	if (!possible && agent_requires_all_kinds())
		fail_msg("%s is required here", experiment->name);
	if (!possible)
		skip();
}

static int setup(void **state)
{
	int result = agent_setup(state);

	/* What a group's setup leaves here would hide the state of each test. */
	agent = *state;
	*state = NULL;
	return result;
}

static int teardown(void **state)
{
	*state = (void *)(uintptr_t)agent;
	return agent_teardown(state);
}

/* What a test that failed half way made is in the way of the next. */
static int clean(void **state)
{
	(void)state;
	for (size_t i = 0; i < DELETIONS; i++)
		agent_call(agent, &(struct call){ .method = "DELETE", .target = deletions[i] });
	return 0;
}

int main(void)
{
	enum { COUNT = sizeof(experiments) / sizeof(experiments[0]) };
	struct CMUnitTest tests[COUNT];

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < COUNT; i++)
		tests[i] = (struct CMUnitTest){ experiments[i].name, test_experiment, NULL,
						clean, (void *)(uintptr_t)&experiments[i] };
	return cmocka_run_group_tests_name("http_experiment", tests, setup, teardown);
}
