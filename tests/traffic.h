/*
 * Records what the agent answered, for tests/contract/validate: one JSON object a
 * line, appended to the file that $TUNNELD_TRAFFIC names; without it nothing.
 */
#ifndef TESTS_TRAFFIC_H
#define TESTS_TRAFFIC_H

#include <stddef.h>

/* One header line as it came ("Name: value\r\n"). The first line of an answer drops the others. */
void traffic_header(const char *line, size_t length);

/*
 * The answer to which the header lines belong. body: NULL for none. A target of
 * "?" says that it is not known which request is answered.
 */
void traffic_record(const char *method, const char *target, long status, const char *body);

#endif
