/* The request that the tests of probes begin with. */
#ifndef TESTS_UNIT_PROBE_REQUEST_H
#define TESTS_UNIT_PROBE_REQUEST_H

#include "netops/probe.h"

/* The defaults, but quicker: every 10 ms, and half a second for the last answer. */
static inline struct probe_request request_to(const char *destination)
{
	struct probe_request request;

	probe_defaults(&request);
	assert_true(ip_parse(&request.destination, destination));
	request.interval_ms = 10;
	request.timeout_ms = 500;
	return request;
}

#endif
