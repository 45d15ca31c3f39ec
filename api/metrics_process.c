/* What the kernel tells of the process, under the names that all exporters use. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "api/metrics.h"

/* Of /proc/self/stat and of the machine; what could not be read is 0. */
struct process {
	uint64_t threads, virtual_bytes, resident_bytes, start_ticks, boot_seconds;
};

/* proc(5): behind the name, which stands in brackets and may hold anything, fields 3 to 24. */
static void process_read_stat(struct process *process)
{
	FILE *file = fopen("/proc/self/stat", "re");
	char line[1024];
	const char *rest;
	uint64_t pages;

	if (!file)
		return;
	rest = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	fclose(file);
	if (rest && sscanf(rest,
			   ") %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			   "%*s %" SCNu64 " %*s %" SCNu64 " %" SCNu64 " %" SCNu64,
			   &process->threads, &process->start_ticks, &process->virtual_bytes,
			   &pages) == 4)
		process->resident_bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void process_read_boot(struct process *process)
{
	FILE *file = fopen("/proc/stat", "re");
	char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0 &&
	       sscanf(line, "btime %" SCNu64, &process->boot_seconds) != 1)
		;
	free(line);
	if (file)
		fclose(file);
}

static int process_gather(struct api *api, const struct api_call *call, void *record,
			  struct error *error)
{
	(void)api, (void)call, (void)error;
	process_read_stat(record);
	process_read_boot(record);
	return 0;
}

static void start_time(const struct metrics_scrape *scrape, const struct metrics_family *family)
{
	const struct process *process = scrape->record;

	if (process->boot_seconds)
		metrics_value(scrape->text, family->name, NULL,
			      (double)process->boot_seconds +
				      (double)process->start_ticks /
					      (double)sysconf(_SC_CLK_TCK));
}

static void processor(const struct metrics_scrape *scrape, const struct metrics_family *family)
{
	struct timespec used;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0)
		metrics_value(scrape->text, family->name, NULL,
			      (double)used.tv_sec + (double)used.tv_nsec / 1e9);
}

static void descriptors(const struct metrics_scrape *scrape,
			const struct metrics_family *family)
{
	DIR *folder = opendir("/proc/self/fd");
	uint64_t count = 0;

	if (!folder)
		return;
	while (readdir(folder))
		count++;
	closedir(folder);
	/* Without ".", "..", and this folder's. */
	metrics_count(scrape->text, family->name, NULL, count - 3);
}

static void most_descriptors(const struct metrics_scrape *scrape,
			     const struct metrics_family *family)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		metrics_count(scrape->text, family->name, NULL, limit.rlim_cur);
}

#define FIGURE(member) metrics_record_count, offsetof(struct process, member)
static const struct metrics_family process_families[] = {
	{ "process_cpu_seconds_total", "counter", "Processor time, in user and kernel mode.",
	  processor, 0 },
	{ "process_resident_memory_bytes", "gauge", "Memory that is resident.",
	  FIGURE(resident_bytes) },
	{ "process_virtual_memory_bytes", "gauge", "Address space that is taken.",
	  FIGURE(virtual_bytes) },
	{ "process_open_fds", "gauge", "Descriptors that are open.", descriptors, 0 },
	{ "process_max_fds", "gauge", "Descriptors that may be open.", most_descriptors, 0 },
	{ "process_threads", "gauge", "Threads.", FIGURE(threads) },
	{ "process_start_time_seconds", "gauge", "When the process started, since the epoch.",
	  start_time, 0 },
	{ NULL, NULL, NULL, NULL, 0 },
};
const struct metrics_group metrics_process = {
	.families = process_families,
	.size = sizeof(struct process),
	.gather = process_gather,
};
