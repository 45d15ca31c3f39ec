/*
 * Probes: ICMP and ICMPv6 echo (RFC 792, RFC 4443) from inside a namespace, by
 * a raw socket of its own. A call blocks, so it belongs on a worker thread, for
 * at most probe_duration_ms() and what the scheduler adds. Any number may run
 * side by side.
 */
#ifndef NETOPS_PROBE_H
#define NETOPS_PROBE_H

#include <linux/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "netops/error.h"
#include "netops/ip.h"
#include "netops/namespace.h"
#include "netops/netops.h"

enum {
	PROBE_COUNT_MAXIMUM = 100,
	PROBE_INTERVAL_MINIMUM = 10, /* ms; likewise the timeout */
	PROBE_INTERVAL_MAXIMUM = 10000,
	PROBE_SIZE_MAXIMUM = 65507, /* what IPv4's length leaves beside two headers */
	PROBE_TEXT_SIZE = 80,
};

struct probe_request {
	char namespace[NAMESPACE_NAME_SIZE];
	struct ip destination; /* one host; IPv6 link-local: with device */
	struct ip source;      /* no family: the kernel chooses */
	char device[IFNAMSIZ]; /* to send through; "": by the routes */
	uint32_t count;	       /* 1 … 100 */
	uint32_t interval_ms;  /* from one echo to the next, answered or not: 10 … 10000 */
	uint32_t timeout_ms;   /* of each echo: 10 … 10000; what comes later is lost */
	uint32_t size_bytes;   /* of the payload: 0 … 65507 */
	uint32_t ttl;	       /* or hop limit: 1 … 255; 0: the namespace's default */
	/* Set: never fragmented, too long for the known path is a failed send. */
	bool dont_fragment;
	/* Once this can be read, the probe ends with what it has. -1: none. */
	int cancel_fd;
};

struct probe_echo {
	uint32_t sequence; /* from 1 */
	bool sent, answered;
	double rtt_ms; /* if answered, as are: */
	uint32_t ttl;  /* of the answer */
};

/* The last ICMP error that quoted one of our echoes. */
struct probe_icmp {
	bool heard;
	uint32_t count; /* how many there were */
	uint32_t type, code;
	uint32_t mtu; /* of the next hop: fragmentation needed, packet too big; else 0 */
	char text[PROBE_TEXT_SIZE]; /* "destination host unreachable" */
	struct ip from;
};

/* A send that the kernel refused: no route, a firewall, too long for the path … */
struct probe_send_error {
	uint32_t count;
	int number; /* errno of the last, or 0 */
	char text[PROBE_TEXT_SIZE];
};

struct probe_result {
	uint32_t sent, received, duplicates;
	double loss_percent; /* of all that were tried, refused sends among them */
	/* With received > 0. mdev is the standard deviation, as ping(8) shows it. */
	double rtt_min_ms, rtt_avg_ms, rtt_max_ms, rtt_mdev_ms;
	struct probe_send_error send_error;
	struct probe_icmp icmp;
	bool cancelled;
	uint32_t echo_count; /* tried: fewer than wanted only if cancelled */
	struct probe_echo echoes[PROBE_COUNT_MAXIMUM];
};

/* Zeroes it, and sets what ping(8) does: 4 echoes of 56 bytes, one a second, no cancel_fd. */
void probe_defaults(struct probe_request *request);

/* Adds every wrong member with its pointer ("/count" …); the error's verdict. */
int probe_check(const struct probe_request *request, struct error *error);

/* The longest that it takes: (count - 1) * interval_ms + timeout_ms. */
uint64_t probe_duration_ms(const struct probe_request *request);

/*
 * Checks the request and runs it. Whatever the network does is a result: no
 * route, no answer, refused sends. Errors: what probe_check() finds;
 * ERROR_MISSING without the namespace or, with "/device", without the device;
 * a source that the namespace lacks is "/source"; ERROR_UNSUPPORTED if the
 * kernel lacks the family.
 */
int probe_run(struct netops *netops, const struct probe_request *request,
	      struct probe_result *ret, struct error *error);

#endif
