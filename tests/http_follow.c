/*
 * What the agent was asked for stays so: whatever somebody removes or alters
 * behind its back is right again within a second, and an event says so. Truth is
 * what ip(8) says.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/follow.h"

static const struct agent *agent;

#define STATE(spi)                                                                         \
	"{'spi':" spi                                                                      \
	",'encryption':{'algorithm':'cbc(aes)','key':'00112233445566778899aabbccddeeff'}," \
	"'authentication':{'algorithm':'hmac(sha1)','key':'00112233445566778899aabbccddeeff00112233'}}"

static const struct wanted_object scene[] = {
	{ "/namespaces", "{'name':'@a'}" },
	{ "/namespaces", "{'name':'@b'}" },
	{ "/links",
	  "{'namespace':'@a','name':'v1','kind':'veth','addresses':['10.9.0.1/24','fd09::1/64'],"
	  "'peer':{'namespace':'@b','name':'v2','mtu':1450,'addresses':['10.9.0.2/24']}}" },
	{ "/links",
	  "{'namespace':'@a','name':'br1','kind':'bridge','addresses':['10.7.0.1/24']}" },
	{ "/links", "{'namespace':'@a','name':'p1','kind':'veth','master':'br1',"
		    "'peer':{'namespace':'@a','name':'p2'}}" },
	{ "/links",
	  "{'namespace':'@a','name':'m1','kind':'macvlan','device':'v1','mode':'bridge'}" },
	{ "/tunnels",
	  "{'namespace':'@a','name':'x1','kind':'vxlan','vni':7,'port':4789,'local':'10.9.0.1',"
	  "'remote':'10.9.0.2','device':'v1','ttl':9,'addresses':['10.8.0.1/24','fd08::1/64']}" },
	{ "/tunnels",
	  "{'namespace':'@a','name':'t1','kind':'ipip','local':'10.9.0.1','remote':'10.9.0.2',"
	  "'device':'v1','ttl':9,'addresses':[{'address':'10.6.0.1','peer':'10.6.0.2'}]}" },
	{ "/tunnels",
	  "{'namespace':'@a','name':'g1','kind':'gre','local':'10.9.0.1','remote':'10.9.0.2','key':5}" },
	{ "/tunnels",
	  "{'namespace':'@a','name':'y1','kind':'vti','local':'10.9.0.1','remote':'10.9.0.2',"
	  "'key':77,'ipsec':{'inbound':" STATE("300") ",'outbound':" STATE("301") "}}" },
	{ "/addresses", "{'namespace':'@a','link':'v1','address':'10.77.0.1/24'}" },
	{ "/addresses", "{'namespace':'@a','link':'v1','address':'fd77::1/64'}" },
	{ "/routes", "{'namespace':'@a','destination':'default','gateway':'10.9.0.2'}" },
	{ "/routes",
	  "{'namespace':'@a','destination':'10.70.0.0/16','gateway':'10.9.0.2','table':77,'metric':5}" },
	{ "/routes", "{'namespace':'@a','destination':'fd70::/32','gateway':'fd09::2'}" },
	{ "/routes", "{'namespace':'@a','destination':'10.71.0.0/16','device':'x1'}" },
	{ "/routes", "{'namespace':'@a','destination':'10.72.0.0/16','type':'blackhole'}" },
	{ "/neighbors",
	  "{'namespace':'@a','link':'v1','address':'10.9.0.2','mac':'02:00:5e:00:53:02'}" },
	{ "/neighbors",
	  "{'namespace':'@a','link':'x1','address':'fd08::2','mac':'02:00:5e:00:53:03'}" },
	{ "/neighbors", "{'namespace':'@a','link':'v1','address':'10.9.0.7','proxy':true}" },
	{ NULL, NULL },
};

#define IP "ip -n @a "
#define SHOWS(what, part) IP what " | grep -q '" part "'"
#define ALL_ROUTES                                                                                 \
	SHOWS("route", "default via 10.9.0.2 .*proto 116")                                         \
	" && " SHOWS("route show table 77", "10.70.0.0/16 via 10.9.0.2") " && " SHOWS(             \
		"-6 route",                                                                        \
		"fd70::/32 via fd09::2") " && " SHOWS("route",                                     \
						      "10.71.0.0/16 dev x1") " && " SHOWS("route", \
											  "blackhole 10.72.0.0/16")
#define ALL_ADDRESSES                                            \
	SHOWS("addr show v1", "10.9.0.1/24")                     \
	" && " SHOWS("addr show v1", "fd09::1/64") " && " SHOWS( \
		"addr show v1",                                  \
		"10.77.0.1/24") " && " SHOWS("addr show v1",     \
					     "fd77::1/64") " && ip -n @b addr show v2 | grep -q 10.9.0.2/24"
#define ALL_LINKS                                                                                                                   \
	"ip -n @b link show v2 | grep -q 'mtu 1450.*state UP' && " SHOWS("-d link show m1", "macvlan mode bridge") " && " SHOWS(    \
		"-d link show x1",                                                                                                  \
		"vxlan id 7 .*dev v1 .*ttl 9") " && " SHOWS("addr show x1",                                                         \
							    "10.8.0.1/24") " && " SHOWS("link show p1",                             \
											"master br1") " && " SHOWS("addr show br1", \
														   "10.7.0.1/24")
#define ALL_NEIGHBORS                                                                  \
	SHOWS("neigh", "10.9.0.2 dev v1 lladdr 02:00:5e:00:53:02 PERMANENT")           \
	" && " SHOWS("neigh", "fd08::2 dev x1 lladdr 02:00:5e:00:53:03 PERMANENT") " && " \
	SHOWS("neigh show proxy", "10.9.0.7 dev v1")
#define ALL ALL_LINKS " && " ALL_ADDRESSES " && " ALL_ROUTES " && " ALL_NEIGHBORS

static const struct upset upsets[] = {
	{ "a tunnel is deleted", IP "link del x1", "/tunnels/@a/x1", "repaired", ALL, "vxlan" },
	{ "a veth is deleted", IP "link del v1", "/links/@a/v1", "repaired", ALL, NULL },
	{ "a veth's other end is deleted", "ip -n @b link del v2", "/links/@a/v1", "repaired",
	  ALL, NULL },
	{ "a bridge is deleted", IP "link del br1", "/links/@a/br1", "repaired", ALL, NULL },
	{ "a macvlan is deleted", IP "link del m1", "/links/@a/m1", "repaired", ALL, NULL },
	{ "routes are flushed", IP "route flush proto 116", "/routes/@a/254/0.0.0.0/0",
	  "repaired", ALL, NULL },
	{ "routes of all tables are flushed", IP "route flush table 77",
	  "/routes/@a/77/10.70.0.0/16?metric=5", "repaired", ALL, NULL },
	{ "an IPv6 route is deleted", IP "-6 route del fd70::/32", "/routes/@a/254/fd70::/32",
	  "repaired", ALL, NULL },
	{ "a route is altered", IP "route replace 10.71.0.0/16 dev x1 proto 116 mtu 1300",
	  "/routes/@a/254/10.71.0.0/16", "repaired", ALL " && ! " SHOWS("route", "mtu 1300"),
	  NULL },
	{ "an address of a link is deleted", IP "addr del 10.9.0.1/24 dev v1", "/links/@a/v1",
	  "repaired", ALL, NULL },
	{ "an address object is deleted", IP "addr del 10.77.0.1/24 dev v1",
	  "/addresses/@a/v1/10.77.0.1/24", "repaired", ALL, NULL },
	{ "an IPv6 address object is deleted", IP "addr del fd77::1/64 dev v1",
	  "/addresses/@a/v1/fd77::1/64", "repaired", ALL, NULL },
	{ "addresses are flushed", IP "addr flush dev v1", "/links/@a/v1", "repaired", ALL,
	  NULL },
	{ "the other end's address is deleted", "ip -n @b addr flush dev v2", "/links/@a/v1",
	  "repaired", ALL, NULL },
	{ "a neighbour is deleted", IP "neigh del 10.9.0.2 dev v1",
	  "/neighbors/@a/v1/10.9.0.2", "repaired", ALL, NULL },
	{ "neighbours are flushed", IP "neigh flush all nud permanent",
	  "/neighbors/@a/x1/fd08::2", "repaired", ALL, "vxlan" },
	{ "a link goes down", IP "link set v1 down", "/links/@a/v1", "repaired", ALL, NULL },
	{ "a link goes down and up", IP "link set v1 down && " IP "link set v1 up",
	  "/routes/@a/254/0.0.0.0/0", "repaired", ALL, NULL },
	{ "the other end goes down", "ip -n @b link set v2 down", "/links/@a/v1", "repaired",
	  ALL, NULL },
	{ "a tunnel goes down", IP "link set x1 down", "/tunnels/@a/x1", "repaired",
	  ALL " && " SHOWS("addr show x1", "fd08::1/64"), "vxlan" },
	{ "an MTU is altered", IP "link set x1 mtu 1222", "/tunnels/@a/x1", "repaired",
	  ALL " && ! " SHOWS("link", "mtu 1222"), "vxlan" },
	{ "the other end's MTU is altered", "ip -n @b link set v2 mtu 1333", "/links/@a/v1",
	  "repaired", ALL, NULL },
	{ "ttl is altered", IP "link set x1 type vxlan ttl 33", "/tunnels/@a/x1", "repaired",
	  ALL, "vxlan" },
	{ "remote is altered", IP "link set x1 type vxlan id 7 remote 10.9.0.77",
	  "/tunnels/@a/x1", "repaired", ALL " && ! " SHOWS("-d link show x1", "10.9.0.77"),
	  "vxlan" },
	{ "ttl and remote are altered",
	  IP "link set t1 type ipip local 10.9.0.1 remote 10.9.0.77 ttl 33", "/tunnels/@a/t1",
	  "repaired", SHOWS("-d link show t1", "remote 10.9.0.2 .*ttl 9"), "ipip" },
	{ "a point-to-point tunnel is deleted", IP "link del t1", "/tunnels/@a/t1", "repaired",
	  SHOWS("-d addr show t1", "10.6.0.1 peer 10.6.0.2"), "ipip" },
	{ "a tunnel's device is deleted", IP "link del v1", "/tunnels/@a/t1", "repaired",
	  SHOWS("-d link show t1", "dev v1"), "ipip" },
	{ "a vti is deleted", IP "link del y1", "/tunnels/@a/y1", "repaired",
	  SHOWS("-d link show y1", "key 0.0.0.77"), "vti" },
	{ "IPsec is flushed",
	  IP "xfrm state flush && " IP "xfrm policy flush && " IP "link set y1 down",
	  "/tunnels/@a/y1", "repaired",
	  SHOWS("xfrm state", "spi 0x0000012c") " && " SHOWS("xfrm policy", "dir in"), "vti" },
	{ "a master is taken away", IP "link set p1 nomaster", "/links/@a/p1", "repaired", ALL,
	  NULL },
	{ "the mark is removed", IP "link set br1 group 0", "/links/@a/br1", "repaired",
	  ALL " && ! " SHOWS("link show br1", "group default"), NULL },
	{ "a namespace is deleted", "ip netns del @a", "/namespaces/@a", "repaired", ALL,
	  NULL },
	{ "a namespace is replaced", "ip netns del @a; ip netns add @a 2>/dev/null; true",
	  "/links/@a/v1", "repaired", ALL, NULL },
	{ "the other end's namespace is deleted", "ip netns del @b", "/namespaces/@b",
	  "repaired", ALL, NULL },
	{ "both namespaces are deleted", "ip netns del @a && ip netns del @b", "/namespaces/@a",
	  "repaired", ALL, NULL },
	{ "everything at once",
	  "ip netns del @b; " IP "link del br1; " IP "addr flush dev v1; " IP
	  "route flush proto 116; true",
	  NULL, NULL, ALL, NULL },
};

static const struct upset *upset;

static int start(void **state)
{
	upset = *state;
	return agent_setup_kernel_only(state);
}

static void upset_one(void **state)
{
	agent = *state;
	follow_make(agent, scene);
	if (upset->kind && !follow_has(upset->kind))
		skip();
	follow_until(ALL, "made");
	follow_upset(agent, upset);
}

enum { UPSETS = sizeof(upsets) / sizeof(upsets[0]) };

static void nearly_all_within_a_second(void **state)
{
	(void)state;
	follow_kept_promise();
}

int main(void)
{
	struct CMUnitTest tests[UPSETS + 1];

	for (size_t i = 0; i < UPSETS; i++)
		tests[i] = (struct CMUnitTest){ upsets[i].name, upset_one, start,
						agent_teardown, (void *)(uintptr_t)&upsets[i] };
	tests[UPSETS] = (struct CMUnitTest)cmocka_unit_test(nearly_all_within_a_second);
	return _cmocka_run_group_tests("http_follow", tests, UPSETS + 1, NULL, NULL);
}
