/*
 * Links that have to do with other links: in the way of each other, below each
 * other, or with one IPsec between them. What needs a kind that this kernel
 * lacks is skipped and says so.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/agent_under_test.h"

static const struct agent *agent;

#define VETH(name, more) "{'namespace':'@a','kind':'veth','name':'" name "'," more "}"
#define SPI(spi, key)                                                        \
	"{'spi':" spi ",'aead':{'algorithm':'rfc4106(gcm(aes))','key':'" key \
	"02030405060708090a0b0c0d0e0f1011121314','icv_bits':128}}"
#define IPSEC ",'ipsec':{'inbound':" SPI("300", "01") ",'outbound':" SPI("301", "ff") "}"
/* All of one path: local, remote and keys. */
#define VTI(name, more)                                                        \
	"{'namespace':'@a','kind':'vti','name':'" name "','local':'10.1.0.1'," \
	"'remote':'10.1.0.2','key':5" more "}"

/* 201, or a skip where the kernel lacks the kind. */
static void make_or_skip(const char *target, const char *body)
{
	struct call call = { "POST", target, body, NULL, NULL };
	struct reply *reply = agent_call(agent, &call);

	if (reply->status == 501 && !agent_requires_all_kinds()) {
		printf("SKIP: %s\n", json_text(reply->json, "/detail"));
		skip();
	}
	if (reply->status != 201)
		fail_msg("%s: %ld %s", agent_text(body), reply->status, reply->body);
}

static void expect_pointer(const struct reply *reply, const char *pointer)
{
	if (strcmp(json_text(reply->json, "/errors/0/pointer"), pointer) != 0)
		fail_msg("no %s: %s", pointer, reply->body);
}

static void expect_conflict(const struct reply *reply, const char *url)
{
	if (strcmp(json_text(reply->json, "/conflict"), agent_text(url)) != 0 &&
	    strcmp(json_text(reply->json, "/conflict/self"), agent_text(url)) != 0)
		fail_msg("no %s: %s", agent_text(url), reply->body);
}

/* The master is one of the peer's own namespace, and is set. */
static void test_master_of_a_peer(void **state)
{
	struct reply *reply;

	(void)state;
	EXPECT(agent, 201, "POST", "/links", "{'namespace':'@b','kind':'bridge','name':'br'}");
	reply = EXPECT(agent, 409, "POST", "/links",
		       VETH("v", "'peer':{'namespace':'@b','name':'p','master':'none'}"));
	expect_pointer(reply, "/peer/master");
	reply = EXPECT(agent, 422, "POST", "/links",
		       VETH("v", "'peer':{'namespace':'@b','name':'p','master':'lo'}"));
	expect_pointer(reply, "/peer/master");
	reply = EXPECT(agent, 422, "POST", "/links",
		       VETH("v", "'master':'lo','peer':{'namespace':'@b','name':'p'}"));
	expect_pointer(reply, "/master");
	EXPECT(agent, 404, "GET", "/links/@a/v", NULL);
	EXPECT(agent, 201, "POST", "/links",
	       VETH("v", "'peer':{'namespace':'@b','name':'p','master':'br'}"));
	reply = EXPECT(agent, 200, "GET", "/links/@b/p", NULL);
	assert_string_equal(json_text(reply->json, "/master"), "br");
}

/* What the kernel holds against an address is said of where it stands in the body. */
static void test_refused_addresses(void **state)
{
	struct reply *reply;

	(void)state;
	reply = EXPECT(agent, 422, "POST", "/links",
		       VETH("v", "'peer':{'name':'p'},'addresses':['10.5.0.1/24',"
				 "{'address':'10.5.0.2/24','scope':'link'}]"));
	expect_pointer(reply, "/addresses/1/scope");
	reply = EXPECT(agent, 422, "POST", "/links",
		       VETH("v", "'peer':{'name':'p','addresses':['10.5.0.1/24',"
				 "{'address':'10.5.0.2/24','scope':'link'}]}"));
	expect_pointer(reply, "/peer/addresses/1/scope");
}

/* A bridge's member can carry no macvlan: nobody has its "endpoints". */
static void test_busy_device(void **state)
{
	struct reply *reply;

	(void)state;
	EXPECT(agent, 201, "POST", "/links", VETH("v", "'peer':{'name':'p'}"));
	EXPECT(agent, 201, "POST", "/links",
	       "{'namespace':'@a','kind':'bridge','name':'br','members':['v']}");
	reply = EXPECT(agent, 409, "POST", "/links",
		       "{'namespace':'@a','kind':'macvlan','name':'m','device':'v'}");
	assert_null(strstr(reply->body, "endpoints"));
	assert_null(strstr(reply->body, "exists already"));
	assert_non_null(strstr(reply->body, "busy"));
}

static void test_vlan_in_the_way(void **state)
{
	struct reply *reply;

	(void)state;
	EXPECT(agent, 201, "POST", "/links", VETH("v", "'peer':{'name':'p'}"));
	make_or_skip("/links", "{'namespace':'@a','kind':'vlan','name':'s','device':'v',"
			       "'vlan_id':5,'vlan_protocol':'802.1ad'}");
	make_or_skip("/links",
		     "{'namespace':'@a','kind':'vlan','name':'o','device':'p','vlan_id':5}");
	make_or_skip("/links",
		     "{'namespace':'@a','kind':'vlan','name':'c','device':'v','vlan_id':5}");
	reply = EXPECT(agent, 409, "POST", "/links",
		       "{'namespace':'@a','kind':'vlan','name':'d','device':'v','vlan_id':5}");
	expect_conflict(reply, "/links/@a/c");
	assert_null(strstr(reply->body, "endpoints"));
	/* One that was moved away is in the way as before. */
	assert_int_equal(command_run("ip -n @a link set c netns @b"), 0);
	reply = EXPECT(agent, 409, "POST", "/links",
		       "{'namespace':'@a','kind':'vlan','name':'d','device':'v','vlan_id':5}");
	expect_conflict(reply, "/links/@b/c");
	reply = EXPECT(agent, 200, "GET", "/links/@b/c", NULL);
	assert_string_equal(json_text(reply->json, "/device"), "v");
}

/* States and policies of a namespace: with both directions and both families 2 and 4. */
static void expect_ipsec(const char *namespace, int states, int policies)
{
	char line[200];

	snprintf(line, sizeof(line),
		 "test $(ip -n %s xfrm state | grep -c ^src) = %d && "
		 "test $(ip -n %s xfrm policy | grep -c ^src) = %d",
		 namespace, states, namespace, policies);
	assert_int_equal(command_run(line), 0);
}

/* A create that is refused for the IPsec that is there leaves that one alone. */
static void test_refused_vti(void **state)
{
	(void)state;
	EXPECT(agent, 201, "POST", "/links", VETH("v", "'peer':{'name':'p'}"));
	make_or_skip("/tunnels", VTI("t1", IPSEC));
	expect_ipsec("@a", 2, 4);
	EXPECT(agent, 409, "POST", "/tunnels", VTI("t2", ",'device':'v'" IPSEC));
	EXPECT(agent, 404, "GET", "/tunnels/@a/t2", NULL);
	expect_ipsec("@a", 2, 4);
	EXPECT(agent, 204, "DELETE", "/tunnels/@a/t1", NULL);
	expect_ipsec("@a", 0, 0);
}

/* Two of one path: the first to go leaves the IPsec, the last one takes it along. */
static void test_vtis_of_one_path(void **state)
{
	struct reply *reply;

	(void)state;
	EXPECT(agent, 201, "POST", "/links", VETH("v", "'peer':{'name':'p'}"));
	make_or_skip("/tunnels", VTI("t1", IPSEC));
	make_or_skip("/tunnels", VTI("t2", ",'device':'v'"));
	reply = EXPECT(agent, 200, "GET", "/tunnels/@a/t2", NULL);
	assert_null(json_at(reply->json, "/ipsec"));
	EXPECT(agent, 204, "DELETE", "/tunnels/@a/t2", NULL);
	expect_ipsec("@a", 2, 4);
	reply = EXPECT(agent, 200, "GET", "/tunnels/@a/t1", NULL);
	assert_non_null(json_at(reply->json, "/ipsec"));
	EXPECT(agent, 204, "DELETE", "/tunnels/@a/t1", NULL);
	expect_ipsec("@a", 0, 0);
}

/* One that somebody else made has no claim; ours keeps what we made for it. */
static void test_foreign_vti_of_one_path(void **state)
{
	struct reply *reply;

	(void)state;
	EXPECT(agent, 201, "POST", "/links", VETH("v", "'peer':{'name':'p'}"));
	make_or_skip("/tunnels", VTI("t1", IPSEC));
	assert_int_equal(command_run("ip -n @a link add t2 type vti local 10.1.0.1 remote "
				     "10.1.0.2 key 5 dev v"),
			 0);
	EXPECT(agent, 204, "DELETE", "/tunnels/@a/t2?foreign=true", NULL);
	expect_ipsec("@a", 2, 4);
	assert_int_equal(command_run("ip -n @a link add t2 type vti local 10.1.0.1 remote "
				     "10.1.0.2 key 5 dev v"),
			 0);
	reply = EXPECT(agent, 200, "GET", "/tunnels/@a/t1", NULL);
	assert_non_null(json_at(reply->json, "/ipsec"));
	EXPECT(agent, 204, "DELETE", "/tunnels/@a/t1", NULL);
	expect_ipsec("@a", 0, 0);
}

/* The sibling over one underlay may be in any namespace. */
static void test_vti_sibling_elsewhere(void **state)
{
	(void)state;
	EXPECT(agent, 201, "POST", "/links",
	       "{'namespace':'@c','kind':'veth','name':'v','peer':{'name':'p'}}");
	make_or_skip("/tunnels", VTI("t1", ",'underlay_namespace':'@c'" IPSEC));
	EXPECT(agent, 201, "POST", "/tunnels",
	       "{'namespace':'@b','kind':'vti','name':'t2','local':'10.1.0.1','remote':'10.1.0.2',"
	       "'key':5,'device':'v','underlay_namespace':'@c'}");
	expect_ipsec("@c", 2, 4);
	EXPECT(agent, 204, "DELETE", "/tunnels/@b/t2", NULL);
	expect_ipsec("@c", 2, 4);
	EXPECT(agent, 204, "DELETE", "/tunnels/@a/t1", NULL);
	expect_ipsec("@c", 0, 0);
}

/* An open descriptor of a namespace: it lives on without its name. */
static int hold(const char *name)
{
	char path[128];
	int held;

	snprintf(path, sizeof(path), "/run/netns/%s", agent_text(name));
	held = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(held >= 0);
	return held;
}

/* An underlay that lost its name is not the tunnel's own namespace, as the kernel tells it. */
static void test_nameless_underlay(void **state)
{
	struct reply *reply;
	int held;

	(void)state;
	make_or_skip("/tunnels", VTI("t1", IPSEC));
	EXPECT(agent, 201, "POST", "/links",
	       "{'namespace':'@c','kind':'veth','name':'under','peer':{'name':'p'}}");
	assert_int_equal(command_run("ip -n @c link add t2 type vti local 10.1.0.1 remote "
				     "10.1.0.2 key 5 dev under && ip -n @c link set t2 netns @a"),
			 0);
	held = hold("@c");
	EXPECT(agent, 204, "DELETE", "/namespaces/@c", NULL);
	reply = EXPECT(agent, 200, "GET", "/tunnels/@a/t2", NULL);
	assert_null(json_at(reply->json, "/ipsec"));
	assert_non_null(strstr(reply->body, "\"underlay_namespace\":null"));
	assert_int_equal(strncmp(json_text(reply->json, "/device"), "if", 2), 0);
	/* Its ends are taken there, not here: the one in the way is t1. */
	reply = EXPECT(agent, 409, "POST", "/tunnels", VTI("t3", ""));
	expect_conflict(reply, "/tunnels/@a/t1");
	EXPECT(agent, 204, "DELETE", "/tunnels/@a/t2?foreign=true", NULL);
	expect_ipsec("@a", 2, 4);
	close(held);
}

/* A veth whose other end cannot be told can still be changed, and deleted. */
static void test_nameless_peer(void **state)
{
	struct reply *reply;
	int held;

	(void)state;
	assert_int_equal(command_run("ip -n @a link add v type veth peer name p netns @c"), 0);
	held = hold("@c");
	EXPECT(agent, 204, "DELETE", "/namespaces/@c", NULL);
	reply = EXPECT(agent, 200, "PATCH", "/links/@a/v?foreign=true", "{'mtu':1400}");
	assert_null(json_at(reply->json, "/peer"));
	EXPECT(agent, 404, "PATCH", "/tunnels/@a/v?foreign=true", "{'mtu':1400}");
	EXPECT(agent, 200, "PUT", "/links/@a/v?foreign=true", "{'kind':'veth','mtu':1300}");
	EXPECT(agent, 204, "DELETE", "/links/@a/v?foreign=true", NULL);
	close(held);
}

/* Each test has three namespaces of its own. */
static int setup(void **state)
{
	(void)state;
	EXPECT(agent, 201, "POST", "/namespaces", "{'name':'@a'}");
	EXPECT(agent, 201, "POST", "/namespaces", "{'name':'@b'}");
	EXPECT(agent, 201, "POST", "/namespaces", "{'name':'@c'}");
	return 0;
}

static int teardown(void **state)
{
	static const char *const targets[] = { "/namespaces/@a", "/namespaces/@b",
					       "/namespaces/@c" };

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		agent_call(agent, &(struct call){ "DELETE", targets[i], NULL, NULL, NULL });
	return 0;
}

static int group_setup(void **state)
{
	int result = agent_setup(state);

	agent = *state;
	return result;
}

static int group_teardown(void **state)
{
	*state = (void *)(uintptr_t)agent;
	return agent_teardown(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_master_of_a_peer),
		TEST(test_refused_addresses),
		TEST(test_busy_device),
		TEST(test_vlan_in_the_way),
		TEST(test_refused_vti),
		TEST(test_vtis_of_one_path),
		TEST(test_foreign_vti_of_one_path),
		TEST(test_vti_sibling_elsewhere),
		TEST(test_nameless_underlay),
		TEST(test_nameless_peer),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	return cmocka_run_group_tests_name("http_links", tests, group_setup, group_teardown);
}
