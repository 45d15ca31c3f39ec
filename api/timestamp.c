#include "api/timestamp.h"

#include <stdio.h>
#include <time.h>

void timestamp_member(struct json_writer *writer, const char *name, int64_t time_ms)
{
	const time_t seconds = (time_t)(time_ms / 1000);
	char whole[32], text[40];
	struct tm parts;

	gmtime_r(&seconds, &parts);
	strftime(whole, sizeof(whole), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(text, sizeof(text), "%s.%03dZ", whole, (int)(time_ms % 1000));
	json_member_string(writer, name, text);
}
