#include "tests/agent_process.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

long agent_figure(const struct agent *agent, const char *file, const char *name)
{
	char path[64], line[256];
	long value = -1;
	FILE *figures;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)agent->pid, file);
	figures = fopen(path, "re");
	assert_non_null(figures);
	while (fgets(line, sizeof(line), figures)) {
		if (!strncmp(line, name, strlen(name)))
			value = strtol(line + strlen(name), NULL, 10);
	}
	fclose(figures);
	return value;
}

long agent_resident_kib(const struct agent *agent)
{
	return agent_figure(agent, "status", "VmRSS:");
}

long agent_peak_kib(const struct agent *agent)
{
	return agent_figure(agent, "status", "VmHWM:");
}

unsigned int agent_descriptors(const struct agent *agent)
{
	unsigned int count = 0;
	struct dirent *entry;
	char path[64];
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)agent->pid);
	folder = opendir(path);
	assert_non_null(folder);
	while ((entry = readdir(folder)))
		count += entry->d_name[0] != '.';
	closedir(folder);
	return count;
}
