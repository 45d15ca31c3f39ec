/* A few hundred routes of all sorts, ours and those of others. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/route_fixture.h"

static void some_metrics(struct route *route, unsigned int i)
{
	if (i % 2)
		SET(route, mtu, 1280 + i % 200);
	if (i % 3 == 0)
		SET(route, advertised_mss_bytes, 1000 + i % 300);
	if (i % 5 == 0) {
		SET(route, rtt_us, 125 * (8 + 8 * (i % 50)));
		SET(route, rtt_variance_us, 250 * (4 + 4 * (i % 50)));
	}
	if (i % 7 == 0) {
		SET(route, mtu, 1400 + i % 100);
		SET(route, mtu_locked, 1);
		SET(route, minimum_rto_ms, 50 + i % 100);
		SET(route, minimum_rto_locked, 1);
	}
	if (i % 11 == 0) {
		SET(route, ecn, 1);
		SET(route, quick_ack, 1);
		SET(route, hop_limit, 1 + i % 255);
		SET(route, initial_congestion_window, 10 + i % 20);
		SET(route, initial_receive_window, 10 + i % 20);
		SET(route, window_bytes, 8192 + i);
	}
	if (i % 13 == 0) {
		SET(route, slow_start_threshold, 20 + i % 30);
		SET(route, congestion_window, 30 + i % 30);
		SET(route, reordering, 5 + i % 5);
		SET(route, fast_open_no_cookie, 1);
		strcpy(route->options.congestion_control, "reno");
		GIVE(route, congestion_control);
	}
}

void make_ipv4(const struct fixture *fixture, unsigned int i)
{
	static const uint32_t discarding[] = { RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT,
					       RTN_THROW };
	struct route made CLEANUP_ROUTE = { 0 }, route CLEANUP_ROUTE = { 0 };
	char destination[IP_TEXT_SIZE], gateway[IP_TEXT_SIZE], other[IP_TEXT_SIZE];

	snprintf(destination, sizeof(destination), "20.%u.%u.0/%u", i / 256, i % 256, 24);
	snprintf(gateway, sizeof(gateway), "10.0.%u.%u", i % 200, 2 + i % 250);
	snprintf(other, sizeof(other), "10.5.0.%u", 2 + i % 250);
	route = in_namespace(fixture, destination, NULL, NULL);
	switch (i % 8) {
	case 0:
		SET(&route, type, discarding[i / 8 % 4]);
		break;
	case 1:
		add_leg(&route, gateway, NULL, 1 + i % 256);
		add_leg(&route, other, "w0", 1);
		add_leg(&route, i % 16 == 1 ? "fe80::7" : "10.0.250.250", "v0", 256);
		break;
	case 2:
		SET(&route, gateway, ip_of("fe80::5"));
		SET(&route, device, device_of("w0"));
		break;
	case 3:
		SET(&route, gateway, ip_of("192.0.2.77"));
		SET(&route, device, device_of("v0"));
		SET(&route, onlink, 1);
		break;
	case 4:
		SET(&route, device, device_of("v0"));
		break;
	case 5:
		SET(&route, gateway, ip_of(gateway));
		SET(&route, preferred_source, ip_of("10.5.0.1"));
		SET(&route, tos, 4 * (i % 60));
		break;
	default:
		SET(&route, gateway, ip_of(gateway));
		break;
	}
	if (i % 3 == 0)
		SET(&route, metric, i);
	if (i % 4 == 3)
		SET(&route, table, 100 + i % 5 * 1000);
	some_metrics(&route, i);
	create(fixture, &route, &made);
}

void make_ipv6(const struct fixture *fixture, unsigned int i)
{
	struct route made CLEANUP_ROUTE = { 0 }, route CLEANUP_ROUTE = { 0 };
	char destination[IP_TEXT_SIZE], gateway[IP_TEXT_SIZE];

	snprintf(destination, sizeof(destination), "2001:db8:%x::/48", i);
	snprintf(gateway, sizeof(gateway), "fd00::%x", 2 + i);
	route = in_namespace(fixture, destination, NULL, NULL);
	switch (i % 7) {
	case 0:
		SET(&route, type, i % 2 ? RTN_UNREACHABLE : RTN_BLACKHOLE);
		break;
	case 1:
		add_leg(&route, gateway, NULL, 1 + i % 256);
		add_leg(&route, "fd05::2", "w0", 1);
		add_leg(&route, "fe80::2", "v0", 7);
		break;
	case 2:
		SET(&route, gateway, ip_of(gateway));
		SET(&route, expires_seconds, 1000 + i);
		break;
	case 3:
		SET(&route, gateway, ip_of("fe80::9"));
		SET(&route, device, device_of("w0"));
		SET(&route, preference, i % 2 ? 1 : 3);
		break;
	case 4:
		SET(&route, device, device_of("v0"));
		SET(&route, preferred_source, ip_of("fd00::1"));
		break;
	default:
		SET(&route, gateway, ip_of(gateway));
		break;
	}
	if (i % 3 == 0)
		SET(&route, metric, 1 + i);
	if (i % 4 == 3)
		SET(&route, table, 100 + i % 5 * 1000);
	some_metrics(&route, i);
	create(fixture, &route, &made);
}

/* Made by others: several with one destination, appended ones, encapsulations, nexthop objects. */
void make_foreign(const struct fixture *fixture)
{
	static const char *const always[] = {
		"route add 30.0.0.0/24 via 10.0.0.2",
		"route add 30.0.0.0/24 via 10.0.0.3 metric 5",
		"route add 30.0.0.0/24 via 10.0.0.3 metric 6 tos 0x10",
		"route add 30.0.0.0/24 via 10.0.0.3 tos 0x20",
		"route append 30.0.0.0/24 via 10.0.0.4",
		"route add 30.0.0.0/24 via 10.0.0.4 table 1000",
		"route add 30.0.1.0/24 via 10.0.0.4 proto bird",
		"route add 30.0.2.0/24 via 10.0.0.4 dev v0 realm 5/7",
		"-6 route add 2001:db9::/32 via fd00::2",
		"-6 route append 2001:db9::/32 via fd00::3",
		"-6 route add 2001:db9::/32 via fd00::3 metric 5",
		"-6 route add 2001:db9::/32 dev w0 metric 6 proto ra",
		"route add broadcast 30.0.3.255 dev v0 table local",
		"route add local 30.0.4.0/24 dev lo",
		"nexthop add id 7 via 10.0.0.9 dev v0",
		"route add 30.0.5.0/24 nhid 7",
		"nexthop add id 8 via 10.0.0.8 dev v0",
		"nexthop add id 9 group 7/8,3",
		"route add 30.0.6.0/24 nhid 9",
	};

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		char quiet[160];

		/* Realms and nexthop objects are not in every kernel. */
		snprintf(quiet, sizeof(quiet), "ip -n %s %s 2>&1", fixture->namespace,
			 always[i]);
		if (system(quiet))
			print_message("skip, because this kernel does not take: %s\n",
				      always[i]);
	}
}
