/*
 * PUT and PATCH: what is said changes, what is not said stays, and where nothing
 * differs nothing is sent. Truth is what ip(8) says afterwards.
 */
#include <stdio.h>
#include <string.h>

#include "tests/agent_under_test.h"
#include "tests/change.h"

static const struct agent *agent;

#define GRE "'namespace':'@c','kind':'gre','local':'10.9.0.1','remote':'10.9.0.2'"
#define STATE(spi)                                                                         \
	"{'spi':" spi                                                                      \
	",'encryption':{'algorithm':'cbc(aes)','key':'00112233445566778899aabbccddeeff'}," \
	"'authentication':{'algorithm':'hmac(sha1)','key':'00112233445566778899aabbccddeeff00112233'}}"

/* What the tests change; the first are made in a kernel of any kind. */
static const struct {
	const char *collection, *url, *body;
} objects[] = {
	{ "/links", "/links/@c/v1",
	  "{'namespace':'@c','name':'v1','kind':'veth','alias':'first','addresses':['10.9.0.1/24','fd09::1/64'],"
	  "'peer':{'namespace':'@d','name':'v2','mtu':1400,'addresses':['10.9.0.2/24']}}" },
	{ "/links", "/links/@c/m1",
	  "{'namespace':'@c','name':'m1','kind':'macvlan','device':'v1','mode':'bridge'}" },
	{ "/links", "/links/@c/i1", "{'namespace':'@c','name':'i1','kind':'ifb','mtu':1400}" },
	{ "/links", "/links/@c/b1",
	  "{'namespace':'@c','name':'b1','kind':'bridge','members':['m1'],'stp':true}" },
	{ "/tunnels", "/tunnels/@c/x1",
	  "{'namespace':'@c','name':'x1','kind':'vxlan','vni':7,'port':4789,'local':'10.9.0.1','remote':'10.9.0.2',"
	  "'ttl':9,'learning':false,'addresses':['10.8.0.1/24']}" },
	{ "/addresses", "/addresses/@c/m1/10.77.0.1/32?peer=10.77.0.2",
	  "{'namespace':'@c','link':'m1','address':'10.77.0.1','peer':'10.77.0.2/32','scope':'link'}" },
	{ "/addresses", "/addresses/@c/m1/fd77::1/64",
	  "{'namespace':'@c','link':'m1','address':'fd77::1/64','no_prefix_route':true}" },
	{ "/routes", "/routes/@c/254/0.0.0.0/0",
	  "{'namespace':'@c','destination':'default','gateway':'10.9.0.2','mtu':1300,'preferred_source':'10.9.0.1'}" },
	{ "/routes", "/routes/@c/77/10.70.0.0/16?metric=5",
	  "{'namespace':'@c','destination':'10.70.0.0/16','table':77,'metric':5,"
	  "'nexthops':[{'gateway':'10.9.0.2','weight':3},{'gateway':'10.9.0.3'}]}" },
	{ "/routes", "/routes/@c/254/fd70::/32",
	  "{'namespace':'@c','destination':'fd70::/32','gateway':'fd09::2','preference':'high'}" },
	{ "/tunnels", "/tunnels/@c/g1",
	  "{" GRE
	  ",'name':'g1','ttl':9,'tos':16,'input_key':7,'output_key':8,'output_checksum':true,"
	  "'fwmark':3,'addresses':['10.8.1.1/24']}" },
	{ "/tunnels", "/tunnels/@c/p1",
	  "{'namespace':'@c','name':'p1','kind':'ipip','local':'10.9.0.1','remote':'10.9.0.2','mtu':1400,'ttl':5}" },
	{ "/tunnels", "/tunnels/@c/q1",
	  "{'namespace':'@c','name':'q1','kind':'ipip','local':'10.9.0.2','remote':'10.9.0.1','underlay_namespace':'@d','device':'v2'}" },
	{ "/tunnels", "/tunnels/@c/s1",
	  "{'namespace':'@c','name':'s1','kind':'sit','local':'10.9.0.1','remote':'10.9.0.2'}" },
	{ "/tunnels", "/tunnels/@c/t1",
	  "{'namespace':'@c','name':'t1','kind':'isatap','local':'10.9.0.1',"
	  "'potential_routers':['10.9.0.8',{'address':'10.9.0.9','default':true}]}" },
	{ "/tunnels", "/tunnels/@c/y1",
	  "{'namespace':'@c','name':'y1','kind':'vti','local':'10.9.0.1','remote':'10.9.0.2','key':77,"
	  "'ipsec':{'inbound':" STATE("300") ",'outbound':" STATE("301") "}}" },
	{ "/tunnels", "/tunnels/@c/e1",
	  "{'namespace':'@c','name':'e1','kind':'gre','external':true}" },
};
enum { OBJECTS = sizeof(objects) / sizeof(objects[0]) };

static bool made[OBJECTS];

static bool is_made(const char *url)
{
	for (int i = 0; i < OBJECTS; i++) {
		if (!strcmp(objects[i].url, url))
			return made[i];
	}
	return true;
}

static void make_all(void **state)
{
	agent = *state;
	EXPECT(agent, 201, "POST", "/namespaces", "{'name':'@c'}");
	EXPECT(agent, 201, "POST", "/namespaces", "{'name':'@d'}");
	for (int i = 0; i < OBJECTS; i++) {
		const struct call call = { "POST", objects[i].collection, objects[i].body, NULL,
					   NULL };
		struct reply *reply = agent_call(agent, &call);

		made[i] = reply->status == 201;
		if (!made[i] &&
		    (reply->status == 501 ? agent_requires_all_kinds() : reply->status != 409))
			fail_msg("%s: %s", objects[i].url, reply->body);
	}
}

static void put_of_get_changes_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < OBJECTS; i++) {
		if (made[i])
			change_nothing(agent, objects[i].url);
	}
}

static const struct change changes[] = {
	{ "PATCH", "/links/@c/v1", "{'mtu':1450,'alias':null}", 200,
	  "ip -n @c link show v1 | grep -q 'mtu 1450' && ! ip -n @c link show v1 | grep -q alias",
	  NULL },
	{ "PATCH", "/links/@c/v1", "{'peer':{'mtu':1440}}", 200,
	  "ip -n @d addr show v2 | grep -q 'mtu 1440' && ip -n @d addr show v2 | grep -q 10.9.0.2",
	  NULL },
	{ "PATCH", "/links/@c/v1", "{'peer':{'name':'other'}}", 409, NULL, "/peer/name" },
	{ "PATCH", "/links/@c/v1", "{'name':'other'}", 422, NULL, "/name" },
	{ "PATCH", "/links/@c/v1", "{'namespace':'@d'}", 422, NULL, "/namespace" },
	{ "PUT", "/links/@c/i1", "{'kind':'bridge'}", 409, NULL, "/kind" },
	{ "PUT", "/links/@c/i1", "{'kind':'ipip'}", 422, NULL, "/kind" },
	{ "PATCH", "/links/@c/v1", "{'mac':null}", 409, NULL, "/mac" },
	{ "PATCH", "/links/@c/v1", "{'mac':'01:00:5e:00:00:01'}", 422, NULL, "/mac" },
	{ "PATCH", "/links/@c/v1", "{'mac':'00:00:00:00:00:00'}", 422, NULL, "/mac" },
	{ "PATCH", "/links/@c/v1", "{'kind':'bridge'}", 409, NULL, "/kind" },
	{ "PATCH", "/links/@c/v1", "{'colour':'red'}", 422, NULL, "/colour" },
	{ "PATCH", "/links/@c/v1", "{'addresses':['10.9.0.1/24','10.9.9.1/24','fd09::1/64']}",
	  200,
	  "ip -n @c addr show v1 | grep -q 10.9.9.1/24 && ip -n @c addr show v1 | grep -q 10.9.0.1/24",
	  NULL },
	{ "PATCH", "/links/@c/v1", "{'addresses':['10.9.0.1/24','fd09::1/64','10.9.0.7/40']}",
	  422, NULL, "/addresses/2" },
	{ "PATCH", "/links/@c/m1", "{'mode':'passthru'}", 409, NULL, "/mode" },
	{ "PATCH", "/links/@c/b1", "{'members':[]}", 200,
	  "! ip -n @c link show m1 | grep -q master", NULL },
	{ "PATCH", "/links/@c/b1", "{'members':['m1'],'priority':4096}", 200,
	  "ip -n @c link show m1 | grep -q 'master b1'", NULL },
	{ "PATCH", "/links/@c/b1", "{'members':['m1','i1','i1']}", 409,
	  "! ip -n @c link show i1 | grep -q master", "/members/2" },
	{ "PATCH", "/links/@c/b1", "{'members':['m1','i1','v1']}", 409,
	  "! ip -n @c link show i1 | grep -q master", "/members/2" },
	{ "PATCH", "/links/@c/b1", "{'members':['none']}", 409,
	  "ip -n @c link show m1 | grep -q 'master b1'", "/members/0" },
	{ "PATCH", "/tunnels/@c/x1", "{'ttl':11,'remote':'10.9.0.3'}", 200,
	  "ip -n @c -d link show x1 | grep -q 'remote 10.9.0.3.*nolearning.*ttl 11\\|remote 10.9.0.3.*ttl 11.*nolearning\\|remote 10.9.0.3.*ttl 11'",
	  NULL },
	{ "PATCH", "/tunnels/@c/x1", "{'vni':8}", 409,
	  "ip -n @c -d link show x1 | grep -q 'id 7'", "/vni" },
	{ "PATCH", "/tunnels/@c/x1?recreate=true", "{'vni':8}", 200,
	  "ip -n @c -d addr show x1 | grep -q 'id 8' && ip -n @c addr show x1 | grep -q 10.8.0.1/24",
	  NULL },
	{ "PATCH", "/tunnels/@c/x1?recreate=true", "{'vni':9,'master':'none'}", 409,
	  "ip -n @c -d link show x1 | grep -q 'id 8'", "/master" },
	{ "PUT", "/tunnels/@c/x1",
	  "{'kind':'vxlan','vni':8,'port':4789,'local':'10.9.0.1','remote':'10.9.0.3'}", 200,
	  "ip -n @c -d link show x1 | grep -q 'id 8.*ttl auto'", NULL },
	{ "PUT", "/tunnels/@c/x9", "{'kind':'vxlan','vni':99}", 201,
	  "ip -n @c link show x9 >/dev/null", NULL },
	{ "PUT", "/tunnels/@c/x9", "{'kind':'vxlan','vni':99,'local':'224.0.0.1'}", 422, NULL,
	  "/local" },
	{ "PATCH", "/tunnels/@c/none", "{}", 404, NULL, NULL },
	{ "PATCH", "/links/@c/lo", "{'mtu':60000}", 409,
	  "ip -n @c link show lo | grep -q 'mtu 65536'", NULL },
	{ "DELETE", "/links/@c/lo?foreign=true", NULL, 409, "ip -n @c link show lo >/dev/null",
	  NULL },
	{ "PATCH", "/links/@c/lo?foreign=true", "{'mtu':60000}", 200,
	  "ip -n @c addr show lo | grep -q 'mtu 60000' && ip -n @c addr show lo | grep -q 127.0.0.1",
	  NULL },
	{ "PATCH", "/tunnels/@c/g1", "{'ttl':5}", 200,
	  "ip -n @c -d link show g1 | grep -q 'ttl 5 tos 0x10.*ikey 0.0.0.7 okey 0.0.0.8.*ocsum.*fwmark 0x3'",
	  NULL },
	{ "PATCH", "/tunnels/@c/g1", "{'input_key':null,'fwmark':null,'tos':'inherit'}", 200,
	  "ip -n @c -d link show g1 | grep -q 'ttl 5 tos inherit okey 0.0.0.8' && ! ip -n @c -d link show g1 | grep -q fwmark",
	  NULL },
	{ "PATCH", "/tunnels/@c/g1", "{'key':9}", 200,
	  "ip -n @c -d link show g1 | grep -q 'ikey 0.0.0.9 okey 0.0.0.9'", NULL },
	{ "PATCH", "/tunnels/@c/g1", "{'output_key':10}", 200,
	  "ip -n @c -d link show g1 | grep -q 'ikey 0.0.0.9 okey 0.0.0.10'", NULL },
	{ "PATCH", "/tunnels/@c/g1", "{'remote':'224.0.0.5'}", 409,
	  "ip -n @c -d link show g1 | grep -q 'remote 10.9.0.2'", "/remote" },
	{ "PATCH", "/tunnels/@c/g1", "{'kind':'ipip'}", 409,
	  "ip -n @c -d link show g1 | grep -q gre", "/kind" },
	{ "PATCH", "/tunnels/@c/g1", "{'remote':null}", 409,
	  "ip -n @c -d link show g1 | grep -q 'remote 10.9.0.2'", "/remote" },
	/* What only gre has is not asked of ipip. */
	{ "PATCH", "/tunnels/@c/g1?recreate=true", "{'kind':'ipip','remote':'10.9.0.77'}", 200,
	  "ip -n @c -d link show g1 | grep -q 'ipip.* remote 10.9.0.77 local 10.9.0.1 ttl 5 tos inherit'",
	  NULL },
	{ "PATCH", "/tunnels/@c/g1?recreate=true", "{'kind':'ipip','key':5}", 422, NULL,
	  "/key" },
	{ "PATCH", "/tunnels/@c/g1?recreate=true",
	  "{'kind':'gre','remote':'224.0.0.5','mode':null}", 200,
	  "ip -n @c -d link show g1 | grep -q 'gre remote 224.0.0.5'", NULL },
	{ "PATCH", "/tunnels/@c/g1", "{'ttl':6}", 200,
	  "ip -n @c -d link show g1 | grep -q 'ttl 6'", NULL },
	{ "PATCH", "/tunnels/@c/g1", "{'local':'10.9.0.9','output_key':4}", 409,
	  "ip -n @c -d link show g1 | grep -q 'local 10.9.0.1'", "/local" },
	{ "PATCH", "/tunnels/@c/g1", "{'remote':null}", 409, NULL, "/remote" },
	{ "PATCH", "/tunnels/@c/p1", "{'remote':'10.9.0.4'}", 200,
	  "ip -n @c -d link show p1 | grep -q 'mtu 1400' && ip -n @c -d link show p1 | grep -q 'remote 10.9.0.4.*ttl 5'",
	  NULL },
	{ "PATCH", "/tunnels/@c/p1", "{'underlay_namespace':'@d'}", 409, NULL,
	  "/underlay_namespace" },
	{ "PATCH", "/tunnels/@c/p1", "{'mode':'any'}", 409, NULL, "/mode" },
	{ "PATCH", "/tunnels/@c/q1", "{'ttl':7}", 200,
	  "ip -n @c -d link show q1 | grep -q 'ttl 7'", NULL },
	{ "PATCH", "/tunnels/@c/t1", "{'potential_routers':['10.9.0.9']}", 200, NULL, NULL },
	{ "PUT", "/tunnels/@c/t1", "{'kind':'isatap','local':'10.9.0.1','ttl':7}", 200,
	  "ip -n @c tunnel show t1 | grep -q 10.9.0.9", NULL },
	{ "PUT", "/tunnels/@c/t1?recreate=true",
	  "{'kind':'isatap','local':'10.9.0.1','mtu':null}", 200,
	  "ip -n @c tunnel show t1 | grep -q 10.9.0.9", NULL },
	{ "PATCH", "/tunnels/@c/t1", "{'potential_routers':['10.9.0.9','10.9.0.7','10.9.0.7']}",
	  409, "! ip -n @c tunnel show t1 | grep -q 10.9.0.7", "/potential_routers/2" },
	{ "PATCH", "/tunnels/@c/t1", "{'potential_routers':null}", 200,
	  "! ip -n @c tunnel show t1 | grep -q 10.9.0.9", NULL },
	{ "PATCH", "/tunnels/@c/y1", "{'ipsec':{'inbound':{'spi':400}}}", 200,
	  "test $(ip -n @c xfrm state | grep -c 0x00112233445566778899aabbccddeeff$) = 2 && ip -n @c xfrm state | grep -q 0x00000190",
	  NULL },
	{ "PATCH", "/tunnels/@c/y1", "{'key':78}", 200,
	  "test $(ip -n @c xfrm policy | grep -c 'mark 0x4e') = 4 && test $(ip -n @c xfrm policy | grep -c mark) = 4",
	  NULL },
	{ "PATCH", "/tunnels/@c/y1",
	  "{'ipsec':{'inbound':{'encryption':{'algorithm':'no(such)'}}}}", 422,
	  "test $(ip -n @c xfrm policy | grep -c 'mark 0x4e') = 4",
	  "/ipsec/inbound/encryption/algorithm" },
	{ "PATCH", "/tunnels/@c/y1", "{'ipsec':{'outbound':{'encryption':{'key':null}}}}", 422,
	  "test $(ip -n @c xfrm state | grep -c 0x00112233445566778899aabbccddeeff$) = 2",
	  "/ipsec/outbound/encryption/key" },
	{ "PATCH", "/tunnels/@c/y1", "{'ttl':1}", 422, NULL, "/ttl" },
	{ "PATCH", "/tunnels/@c/y1", "{'ipsec':null}", 200, "! ip -n @c xfrm state | grep .",
	  NULL },
	{ "PATCH", "/tunnels/@c/e1", "{'ttl':3}", 409, NULL, "/ttl" },
	{ "PATCH", "/routes/@c/254/0.0.0.0/0", "{'mtu':1350,'gateway':'10.9.0.3'}", 200,
	  "ip -n @c route | grep -q 'default via 10.9.0.3 .*proto 116 src 10.9.0.1 mtu 1350'",
	  NULL },
	{ "PATCH", "/routes/@c/254/0.0.0.0/0", "{'metric':1}", 422, NULL, "/metric" },
	{ "PATCH", "/routes/@c/77/10.70.0.0/16", "{'nexthops':null,'type':'blackhole'}", 200,
	  "ip -n @c route show table 77 | grep -q blackhole", NULL },
	{ "PUT", "/routes/@c/254/10.71.0.0/16?metric=4", "{'gateway':'10.9.0.2'}", 201,
	  "ip -n @c route | grep -q '10.71.0.0/16.*metric 4'", NULL },
	{ "PUT", "/routes/@c/254/10.71.0.0/16?metric=4",
	  "{'gateway':'10.9.0.2','namespace':'@d'}", 422, NULL, "/namespace" },
	{ "PATCH", "/routes/@c/254/10.9.0.0/24", "{'mtu':1300}", 409, NULL, NULL },
	{ "PATCH", "/addresses/@c/m1/10.77.0.1/32", "{'scope':'global'}", 409, NULL, "/scope" },
	{ "PATCH", "/addresses/@c/m1/10.77.0.1/32?recreate=true", "{'scope':'global'}", 200,
	  "ip -n @c addr show m1 | grep -q 'inet 10.77.0.1 peer 10.77.0.2/32 scope global'",
	  NULL },
	{ "PATCH", "/addresses/@c/m1/10.77.0.1/32", "{'peer':'10.77.0.3'}", 422, NULL,
	  "/peer" },
	{ "PATCH", "/addresses/@c/m1/fd77::1/64",
	  "{'no_prefix_route':false,'valid_lifetime_seconds':900}", 200,
	  "! ip -n @c -6 addr show m1 | grep -q noprefixroute", NULL },
	{ "PUT", "/addresses/@c/v1/10.78.0.1/24", "{}", 201,
	  "ip -n @c addr show v1 | grep -q 10.78.0.1/24", NULL },
	{ "PUT", "/addresses/@c/v1/10.78.0.1/24", "{'address':'10.78.0.2/24'}", 422, NULL,
	  "/address" },
	{ "PATCH", "/namespaces/@c", "{'forwarding':{'ipv6':true}}", 200,
	  "ip netns exec @c grep -q 1 /proc/sys/net/ipv6/conf/all/forwarding", NULL },
	{ "PUT", "/namespaces/@c", "{}", 200,
	  "ip netns exec @c grep -q 0 /proc/sys/net/ipv6/conf/all/forwarding", NULL },
	{ "PUT", "/namespaces/@c", "{'name':'@d'}", 422, NULL, "/name" },
};

static void changes_do_what_they_say(void **state)
{
	char url[256];

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const struct change *change = &changes[i];

		snprintf(url, sizeof(url), "%.*s", (int)strcspn(change->url, "?"), change->url);
		if (is_made(url))
			change_expect(agent, change);
	}
}

struct condition {
	const char *method, *url, *body, *header;
	long status;
};

static void conditions_hold(void **state)
{
	static char right[96], weak[96], lines[128];
	const struct condition conditions[] = {
		{ "GET", "/links/@c/v1", NULL, "If-None-Match: *", 304 },
		{ "GET", "/links/@c/v1", NULL, "If-None-Match: \"x\"", 200 },
		{ "GET", "/links/@c/v1", NULL, weak, 304 },
		{ "GET", "/links/@c/v1", NULL, "If-Match: \"x\"", 412 },
		{ "GET", "/links/@c/v1", NULL, lines, 304 },
		{ "PUT", "/links/@c/v1", "{'kind':'veth'}", lines, 412 },
		{ "GET", "/links/@c/v1", NULL, "Accept: text/html\r\naccept: */*", 200 },
		{ "PATCH", "/links/@c/v1", "{'mtu':1460}", "If-Match: \"x\"", 412 },
		{ "PUT", "/links/@c/v1", "{'kind':'veth'}", "If-None-Match: *", 412 },
		{ "PUT", "/links/@c/new", "{'kind':'bridge'}", "If-Match: *", 412 },
		{ "PUT", "/links/@c/new", "{'kind':'bridge'}", "If-None-Match: *", 201 },
		{ "DELETE", "/links/@c/new", NULL, "If-Match: \"x\"", 412 },
		{ "DELETE", "/links/@c/new", NULL, "If-Match: *", 204 },
		{ "PATCH", "/links/@c/v1", "{'mtu':1461}", right, 200 },
		{ "PATCH", "/links/@c/v1", "{'mtu':1462}", right, 412 },
	};

	(void)state;
	snprintf(right, sizeof(right), "If-Match: \"x\", %.60s",
		 EXPECT(agent, 200, "GET", "/links/@c/v1", NULL)->etag);
	snprintf(weak, sizeof(weak), "If-None-Match: W/%.60s", strchr(right, ',') + 2);
	/* RFC 9110, 5.3: the same list. */
	snprintf(lines, sizeof(lines), "If-None-Match: \"x\"\r\nif-none-match: %.60s",
		 strchr(right, ',') + 2);
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
		const struct condition *condition = &conditions[i];
		const struct call call = { condition->method, condition->url, condition->body,
					   NULL, NULL };
		struct reply *reply = agent_call_extra(
			agent, &call, &(struct call_extra){ .header = condition->header });

		if (reply->status != condition->status)
			fail_msg("%s %s %s: %ld %s", condition->method, condition->url,
				 condition->header, reply->status,
				 reply->body ? reply->body : "");
	}
}

static void unmake_all(void **state)
{
	(void)state;
	EXPECT(agent, 204, "DELETE", "/namespaces/@d", NULL);
	EXPECT(agent, 204, "DELETE", "/namespaces/@c", NULL);
	assert_int_equal(agent_count_namespaces(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(make_all),
		cmocka_unit_test(put_of_get_changes_nothing),
		cmocka_unit_test(changes_do_what_they_say),
		cmocka_unit_test(conditions_hold),
		cmocka_unit_test(unmake_all),
	};

	return cmocka_run_group_tests(tests, agent_setup_kernel_only, agent_teardown);
}
