#include "tests/trace.h"

#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/agent_under_test.h"

static void trace_exec(const struct trace *trace, pid_t process, int said)
{
	char target[16];

	snprintf(target, sizeof(target), "%d", (int)process);
	dup2(said, STDERR_FILENO);
	execlp("strace", "strace", "-f", "-e", "trace=sendmsg,sendto", "-o", trace->path, "-p",
	       target, (char *)NULL);
	_exit(127);
}

void trace_begin(struct trace *trace, pid_t process)
{
	char said[128] = "";
	int ends[2];

	strcpy(trace->path, "/tmp/tunneld-trace.XXXXXX");
	trace->log = fdopen(mkstemp(trace->path), "r");
	assert_non_null(trace->log);
	assert_int_equal(pipe(ends), 0);
	trace->pid = fork();
	if (!trace->pid)
		trace_exec(trace, process, ends[1]);
	close(ends[1]);
	if (read(ends[0], said, sizeof(said) - 1) <= 0 || !strstr(said, "attached"))
		fail_msg("strace: %s", said);
	close(ends[0]);
}

static bool is_change(const char *line)
{
	const char *type = strstr(line, "nlmsg_type=");
	unsigned long number;

	if (!type)
		return false;
	number = strtoul(type + strlen("nlmsg_type="), NULL, 16);
	return number >= RTM_BASE && (number - RTM_BASE) % 4 != 2 &&
	       number != XFRM_MSG_GETPOLICY;
}

unsigned int trace_count(FILE *log)
{
	unsigned int count = 0;
	char line[1024];

	while (fgets(line, sizeof(line), log)) {
		if (is_change(line)) {
			fputs(line, stderr);
			count++;
		}
	}
	return count;
}

unsigned int trace_end(struct trace *trace)
{
	unsigned int count;

	kill(trace->pid, SIGINT);
	waitpid(trace->pid, NULL, 0);
	count = trace_count(trace->log);
	fclose(trace->log);
	unlink(trace->path);
	return count;
}
