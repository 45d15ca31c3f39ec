/* Points in time, as RFC 3339 writes them: UTC, with milliseconds. */
#ifndef API_TIMESTAMP_H
#define API_TIMESTAMP_H

#include <stdint.h>

#include "api/json_writer.h"

/* A member that holds one; milliseconds since the epoch. */
void timestamp_member(struct json_writer *writer, const char *name, int64_t time_ms);

#endif
