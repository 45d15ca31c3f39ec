/* What the kernel tells of the process, under the names that all exporters use. */
#include <dirent.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "api/metrics.h"

static void metrics_memory(struct api *api, const struct metrics_family *family,
			   struct buffer *text)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long pages;

	(void)api;
	if (!file)
		return;
	if (fscanf(file, "%*u %lu", &pages) == 1)
		metrics_count(text, family->name, NULL,
			      (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE));
	fclose(file);
}

static void metrics_processor(struct api *api, const struct metrics_family *family,
			      struct buffer *text)
{
	struct timespec used;

	(void)api;
	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0)
		metrics_value(text, family->name, NULL,
			      (double)used.tv_sec + (double)used.tv_nsec / 1e9);
}

static void metrics_descriptors(struct api *api, const struct metrics_family *family,
				struct buffer *text)
{
	DIR *folder = opendir("/proc/self/fd");
	uint64_t count = 0;

	(void)api;
	if (!folder)
		return;
	while (readdir(folder))
		count++;
	closedir(folder);
	metrics_count(text, family->name, NULL, count - 3); /* ".", "..", and this folder's */
}

const struct metrics_family metrics_process_families[] = {
	{ "process_resident_memory_bytes", "gauge", "Memory that is resident.",
	  metrics_memory },
	{ "process_cpu_seconds_total", "counter", "Processor time, in user and kernel mode.",
	  metrics_processor },
	{ "process_open_fds", "gauge", "Descriptors that are open.", metrics_descriptors },
	{ 0 },
};
