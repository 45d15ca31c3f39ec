/* Which Host is one at all, which is ours, and which page is. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "agent/http_host.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void hosts_have_a_syntax(void **state)
{
	static const char *const good[] = {
		"a",	   "a.b-c_d",	 "a:0",	  "a:65535",
		"1.2.3.4", "1.2.3.4:80", "[::1]", "[fe80::1]:8080"
	};
	static const char *const bad[] = { "",		":80",	"a:",	  "a:65536", "a:123456",
					   "a:-1",	"a:1x", "[::1",	  "[::1]x",  "[]",
					   "[1.2.3.4]", "::1",	"[::1]:", "a b",     "a/b",
					   "a@b",	"a,b",	"%61",	  "a\tb",    "[a::g]",
					   "\xc3\xbc",	"a:1:2" };
	char name[300];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		if (!http_host_is_valid(good[i], strlen(good[i])))
			fail_msg("%s was refused", good[i]);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (http_host_is_valid(bad[i], strlen(bad[i])))
			fail_msg("%s was taken", bad[i]);
	}
	memset(name, 'a', sizeof(name));
	assert_true(http_host_is_valid(name, 253));
	assert_false(http_host_is_valid(name, 254));
}

static bool is_ours(const char *host, const char *local)
{
	struct http_hosts hosts = { .machine = "node1.example.org",
				    .names = "http.example second" };
	struct in6_addr address;

	assert_int_equal(inet_pton(AF_INET6, local, &address), 1);
	assert_true(http_host_is_valid(host, strlen(host)));
	return http_host_is_ours(&hosts, &address, host, strlen(host));
}

static void ours_are_few(void **state)
{
	static const char *const ours[] = {
		"localhost",
		"LocalHost:1",
		"tunneld",
		"tunneld:80",
		"127.0.0.1",
		"127.9.9.9",
		"[::1]",
		"[::1]:80",
		"node1",
		"Node1.example.org",
		"[0::0001]",
		"http.example",
		"SECOND:8080",
		"192.0.2.1",
		"192.0.2.1:80",
		"[::ffff:127.0.0.1]",
		"[::ffff:192.0.2.1]",
	};
	static const char *const foreign[] = {
		"evil.example", "node2",     "node1.example",  "node1.example.org.evil",
		"localhost.",	"localhos",  "xlocalhost",     "tunneld.evil",
		"http",		"192.0.2.2", "[2001:db8::1]",  "0.0.0.0",
		"[::]",		"128.0.0.1", "127.0.0.1.evil", "http.example.second",
		"127.1",	"0x7f.1",    "example.org",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ours); i++) {
		if (!is_ours(ours[i], "::ffff:192.0.2.1"))
			fail_msg("%s is ours", ours[i]);
	}
	for (size_t i = 0; i < COUNT(foreign); i++) {
		if (is_ours(foreign[i], "::ffff:192.0.2.1") || is_ours(foreign[i], "::"))
			fail_msg("%s is not ours", foreign[i]);
	}
	assert_true(is_ours("[2001:DB8:0::1]:80", "2001:db8::1"));
	assert_false(is_ours("192.0.2.1", "::"));
}

static bool is_origin(const char *origin, const char *host)
{
	return http_host_is_origin(origin, strlen(origin), host, strlen(host));
}

static void pages_of_ours_have_our_host(void **state)
{
	static const char *const foreign[] = {
		"",
		"null",
		"a:80",
		"http://a",
		"http://b:80",
		"http://a:800",
		"http://a:80.evil/",
		"http://a:80@evil/",
		"ftp://a:80",
		"http://evil/a:80",
		"//a:80/",
		"/",
		"http://",
		"http://xa:80",
		"http:/a:80",
		"about:blank",
		"http://a:8",
		"http://a:80,http://a:80",
	};

	(void)state;
	assert_true(is_origin("http://a:80", "a:80"));
	assert_true(is_origin("HTTPS://A:80", "a:80"));
	assert_true(is_origin("http://a:80/page?x#y", "a:80"));
	assert_true(is_origin("http://[::1]", "[::1]"));
	for (size_t i = 0; i < COUNT(foreign); i++) {
		if (is_origin(foreign[i], "a:80"))
			fail_msg("%s is foreign", foreign[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_have_a_syntax),
		cmocka_unit_test(ours_are_few),
		cmocka_unit_test(pages_of_ours_have_our_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
