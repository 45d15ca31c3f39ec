/*
 * The agent as a child process: started with everything it owns in a folder of
 * its own, ended by pid; it must exit with 0. Whatever a failed test leaves in
 * /run/netns is removed without the agent's help.
 */
#include "tests/agent_under_test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STEP_MS = 20, STEPS = 1000 }; /* no wait is longer than 20 s */

static struct agent the_agent;

static void pause_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static const char *prefix(void)
{
	static char text[24];

	snprintf(text, sizeof(text), "t%ld-", (long)getpid());
	return text;
}

const char *agent_text(const char *text)
{
	static char buffers[8][AGENT_TEXT_SIZE];
	static unsigned int turn;
	char *buffer = buffers[turn++ % 8];
	size_t length = 0;

	for (; *text && length < AGENT_TEXT_SIZE - 32; text++) {
		if (*text == '@')
			length += (size_t)sprintf(buffer + length, "%s", prefix());
		else
			buffer[length++] = *text == '\'' ? '"' : *text;
	}
	if (*text)
		fail_msg("a text of a test is too long for its buffer");
	buffer[length] = '\0';
	return buffer;
}

/* In the child: the agent with its log in the folder; it ends when the test does. */
static void agent_exec(const struct agent *agent)
{
	const char *path = getenv("TUNNELD") ? getenv("TUNNELD") : "./tunneld";
	char log[96], token_file[96];
	const char *arguments[32] = { path, "--socket", agent->socket, "--state-dir",
				      agent->folder };
	int fd, count = 5;

	if (agent->listen[0]) {
		arguments[count++] = "--listen";
		arguments[count++] = agent->listen;
		arguments[count++] = "--token-file";
		arguments[count++] = token_file;
	}
	if (agent->kernel_only) {
		arguments[count++] = "--datapath";
		arguments[count++] = "/nonexistent";
	}
	snprintf(log, sizeof(log), "%s/log", agent->folder);
	snprintf(token_file, sizeof(token_file), "%s/token", agent->folder);
	for (const char *const *more = agent->options; more && *more && count < 31; more++)
		arguments[count++] = *more;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execv(path, (char *const *)arguments);
	fprintf(stderr, "cannot start %s: %s\n", path, strerror(errno));
	_exit(127);
}

static void agent_show_log(const struct agent *agent)
{
	char path[96], line[1024];
	FILE *file;

	snprintf(path, sizeof(path), "%s/log", agent->folder);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		fprintf(stderr, "tunneld: %s", line);
	if (file)
		fclose(file);
}

static bool agent_is_ready(const struct agent *agent)
{
	for (int i = 0; i < STEPS; i++) {
		if (agent_call(agent, &(struct call){ .method = "GET", .target = "/healthz" })
			    ->status == 200)
			return true;
		if (waitpid(agent->pid, NULL, WNOHANG) == agent->pid)
			break;
		pause_ms(STEP_MS);
	}
	return false;
}

/*
 * A network of its own as "host": an agent takes over what carries its mark, and
 * others test on this machine at the same time. Without the right to it the
 * machine's has to do.
 */
static void agent_isolate(void)
{
	static bool isolated;

	if (!isolated && unshare(CLONE_NEWNET) == 0)
		isolated = command_run("ip link set lo up") == 0;
}

static int agent_start(struct agent *agent)
{
	agent_isolate();
	snprintf(agent->folder, sizeof(agent->folder), "/tmp/tunneld-test.XXXXXX");
	if (!mkdtemp(agent->folder))
		return -1;
	snprintf(agent->socket, sizeof(agent->socket), "%s/socket", agent->folder);
	return 0;
}

int agent_once(const struct agent *agent, const char *option, char *ret, size_t size)
{
	char command[512];
	size_t length;
	FILE *pipe;
	int status;

	snprintf(command, sizeof(command),
		 "timeout 20 \"${TUNNELD:-./tunneld}\" --socket %s.2 --state-dir %s %s 2>&1",
		 agent->socket, agent->folder, option);
	pipe = popen(command, "re");
	if (!pipe)
		return -1;
	length = fread(ret, 1, size - 1, pipe);
	ret[length] = '\0';
	status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int agent_fork(struct agent *agent)
{
	fflush(NULL);
	agent->pid = fork();
	if (agent->pid == 0)
		agent_exec(agent);
	if (agent->pid > 0 && agent_is_ready(agent))
		return 0;
	agent_show_log(agent);
	fprintf(stderr, "the agent does not answer /healthz\n");
	return -1;
}

static int setup(void **state, bool kernel_only)
{
	memset(&the_agent, 0, sizeof(the_agent));
	the_agent.kernel_only = kernel_only;
	*state = &the_agent;
	return agent_start(&the_agent) < 0 ? -1 : agent_fork(&the_agent);
}

int agent_setup(void **state)
{
	return setup(state, false);
}

int agent_setup_kernel_only(void **state)
{
	return setup(state, true);
}

static int agent_write_token(const struct agent *agent)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "%s/token", agent->folder);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || dprintf(fd, "%s\n", agent->token) < 0)
		return -1;
	return close(fd);
}

int agent_setup_tcp(void **state)
{
	return agent_setup_options(state, NULL);
}

int agent_setup_options(void **state, const char *const *options)
{
	memset(&the_agent, 0, sizeof(the_agent));
	the_agent.options = options;
	*state = &the_agent;
	/* A port of our own below the ephemeral ones. */
	snprintf(the_agent.listen, sizeof(the_agent.listen), "127.0.0.1:%ld",
		 20000 + (long)getpid() % 10000);
	snprintf(the_agent.token, sizeof(the_agent.token), "secret-of-%ld-test",
		 (long)getpid());
	if (agent_start(&the_agent) < 0 || agent_write_token(&the_agent) < 0)
		return -1;
	return agent_fork(&the_agent);
}

/* It outlives the agent: what a failed test left there is not left to the machine. */
static void agent_end_datapath(const struct agent *agent)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct ucred who = { 0 };
	socklen_t length = sizeof(who);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/datapath.sock", agent->folder);
	if (!connect(fd, (const struct sockaddr *)&address, sizeof(address)) &&
	    !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) && who.pid > 1)
		kill(who.pid, SIGKILL);
	close(fd);
}

/* The exit status, or -1 if it had to be killed. */
static int agent_end(const struct agent *agent, int signal)
{
	int status;

	if (agent->pid <= 0)
		return -1;
	kill(agent->pid, signal);
	for (int i = 0; i < STEPS; i++) {
		pid_t ended = waitpid(agent->pid, &status, WNOHANG);

		if (ended != 0)
			return ended > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		pause_ms(STEP_MS);
	}
	kill(agent->pid, SIGKILL);
	waitpid(agent->pid, &status, 0);
	return -1;
}

int agent_stop(struct agent *agent, int signal)
{
	int status = agent_end(agent, signal);

	agent->pid = 0;
	return status;
}

int agent_again(struct agent *agent)
{
	return agent_fork(agent);
}

/* Calls for each of our namespaces that is there; returns how many. */
static int each_namespace(void (*call)(const char *path))
{
	DIR *folder = opendir("/run/netns");
	struct dirent *entry;
	char path[300];
	int count = 0;

	while (folder && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, prefix(), strlen(prefix())) != 0)
			continue;
		snprintf(path, sizeof(path), "/run/netns/%s", entry->d_name);
		count++;
		if (call)
			call(path);
	}
	if (folder)
		closedir(folder);
	return count;
}

static void remove_namespace(const char *path)
{
	umount2(path, MNT_DETACH);
	unlink(path);
}

int agent_count_namespaces(void)
{
	return each_namespace(NULL);
}

static void remove_folder(const char *path)
{
	char command[160];

	snprintf(command, sizeof(command), "rm -rf %s", path);
	command_run(command);
}

int agent_teardown(void **state)
{
	struct agent *agent = *state;
	int status = agent_end(agent, SIGTERM);

	if (status != 0) {
		agent_show_log(agent);
		fprintf(stderr, "the agent ended with %d instead of 0\n", status);
	}
	agent_end_datapath(agent);
	each_namespace(remove_namespace);
	agent_call(NULL, NULL);
	remove_folder(agent->folder);
	return status == 0 ? 0 : -1;
}

bool agent_requires_all_kinds(void)
{
	const char *value = getenv("TUNNELD_REQUIRE_ALL_KINDS");

	return value && strcmp(value, "1") == 0;
}
