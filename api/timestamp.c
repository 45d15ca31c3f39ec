#include "api/timestamp.h"

#include <stdio.h>
#include <time.h>

/* What was made together has the same time: the last one written is kept, for each thread. */
void timestamp_member(struct json_writer *writer, const char *name, int64_t time_ms)
{
	static _Thread_local int64_t last_ms = -1;
	static _Thread_local char last[40];
	const time_t seconds = (time_t)(time_ms / 1000);
	struct tm parts;
	char whole[32];

	if (time_ms != last_ms) {
		gmtime_r(&seconds, &parts);
		strftime(whole, sizeof(whole), "%Y-%m-%dT%H:%M:%S", &parts);
		snprintf(last, sizeof(last), "%s.%03dZ", whole, (int)(time_ms % 1000));
		last_ms = time_ms;
	}
	json_member_string(writer, name, last);
}
