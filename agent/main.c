/*
 * The parts put together, in the order in which they depend on each other; and
 * the end: what runs may finish, what waits is refused, the kernel is left as
 * it is.
 */
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "agent/cleanup.h"
#include "agent/folder.h"
#include "agent/gate.h"
#include "agent/http.h"
#include "agent/listen.h"
#include "agent/log.h"
#include "agent/loop.h"
#include "agent/notify.h"
#include "agent/options.h"
#include "agent/signals.h"
#include "agent/token.h"
#include "agent/workers.h"
#include "api/api.h"
#include "netops/netops.h"

enum {
	MAIN_SERVERS = 2,     /* unix, TCP */
	MAIN_PATIENCE = 5000, /* milliseconds for requests that run when we are to end */
};

struct agent {
	struct options options;
	char *token;
	int signal_fd;
	unsigned int signals; /* how many asked us to end */
	struct loop *loop;
	struct netops *netops;
	struct api *api;
	struct workers *workers;
	unsigned int server_count;
	struct listener listeners[MAIN_SERVERS];
	struct http *servers[MAIN_SERVERS];
	struct gate *gates[MAIN_SERVERS];
};

/* Each client and each namespace is a descriptor; the usual soft limit is a thousand. */
static void main_raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void main_unlink(const struct agent *agent)
{
	for (unsigned int i = 0; i < agent->server_count; i++)
		listen_unlink(&agent->listeners[i]);
}

static void main_on_signal(void *context)
{
	struct agent *agent = context;
	int number = signals_read(agent->signal_fd);

	if (!number)
		return;
	log_info("signal %d: about to end", number);
	if (++agent->signals == 1)
		return;
	main_unlink(agent);
	_exit(EXIT_FAILURE);
}

static void main_on_jobs(void *context)
{
	workers_collect(context);
}

static void main_on_mounts(void *context)
{
	netops_mounts_changed(context);
}

static int main_watch(struct agent *agent, struct error *error)
{
	const struct loop_source sources[] = {
		{ agent->signal_fd, EPOLLIN, main_on_signal, NULL, agent },
		{ netops_mounts_fd(agent->netops), EPOLLPRI, main_on_mounts, NULL,
		  agent->netops },
		{ workers_fd(agent->workers), EPOLLIN, main_on_jobs, NULL, agent->workers },
	};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (loop_add(agent->loop, &sources[i], error) < 0)
			return -1;
	}
	return 0;
}

/*
 * A connection may take three descriptors, and namespaces need some too: where
 * few are to be had, fewer connections are possible.
 */
static unsigned int main_connections(const struct options *options)
{
	const rlim_t share = options->listen.length ? 4 * MAIN_SERVERS : 4;
	const unsigned int wanted = options->max_connections;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur / share >= wanted)
		return wanted;
	log_warning("%u connections instead of %u: the limit of descriptors is %llu",
		    (unsigned int)(limit.rlim_cur / share), wanted,
		    (unsigned long long)limit.rlim_cur);
	return (unsigned int)(limit.rlim_cur / share);
}

static int main_serve(struct agent *agent, unsigned int index, const char *token,
		      struct error *error)
{
	const struct options *options = &agent->options;
	const struct http_settings settings = { agent->api, agent->workers, token };
	struct gate_settings gate = { .hosts = options->hosts,
				      .connections = main_connections(options),
				      .per_peer = options->max_connections_per_peer };
	struct loop_source source;

	if (http_open(&settings, &agent->servers[index], error) < 0)
		return -1;
	gate.http = agent->servers[index];
	if (gate_open(agent->listeners[index].fd, &gate, &agent->gates[index], error) < 0)
		return -1;
	source = gate_source(agent->gates[index]);
	return loop_add(agent->loop, &source, error);
}

static int main_listen(struct agent *agent, struct error *error)
{
	const struct options *options = &agent->options;
	const char *group = options->socket_group;

	if (listen_unix(options->socket, group, &agent->listeners[0], error) < 0)
		return -1;
	agent->server_count = 1;
	if (main_serve(agent, 0, NULL, error) < 0)
		return -1;
	if (!options->listen.length)
		return 0;
	if (listen_tcp(&options->listen, &agent->listeners[1], error) < 0)
		return -1;
	agent->server_count = 2;
	return main_serve(agent, 1, agent->token, error);
}

static int main_start(struct agent *agent, struct error *error)
{
	const struct options *options = &agent->options;
	const struct api_settings settings = { .openapi_path = options->openapi };

	if (options->token_file && token_read(options->token_file, &agent->token, error) < 0)
		return -1;
	if (signals_open(&agent->signal_fd, error) < 0 ||
	    folder_make(options->state_dir, 0700, error) < 0 ||
	    loop_open(&agent->loop, error) < 0 || netops_open(&agent->netops, error) < 0)
		return -1;
	agent->api = api_new(agent->netops, &settings);
	if (!agent->api)
		return error_set(error, ERROR_INTERNAL, "out of memory");
	if (workers_open(&agent->workers, error) < 0 || main_watch(agent, error) < 0)
		return -1;
	return main_listen(agent, error);
}

static bool main_asked_to_end(void *context)
{
	return ((struct agent *)context)->signals > 0;
}

static bool main_is_quiet(void *context)
{
	const struct agent *agent = context;
	bool busy = workers_busy(agent->workers);

	for (unsigned int i = 0; i < agent->server_count; i++)
		busy = busy || gate_busy(agent->gates[i]);
	return !busy;
}

static void main_run(struct agent *agent)
{
	for (unsigned int i = 0; i < agent->server_count; i++)
		log_info("listening on %s", agent->listeners[i].name);
	notify_state("READY=1");
	loop_run(agent->loop, main_asked_to_end, agent, -1);
	notify_state("STOPPING=1");
	main_unlink(agent);
	for (unsigned int i = 0; i < agent->server_count; i++) {
		http_stop(agent->servers[i]);
		gate_stop(agent->gates[i]);
	}
	workers_drop(agent->workers);
	loop_run(agent->loop, main_is_quiet, agent, MAIN_PATIENCE);
	if (!workers_busy(agent->workers))
		return;
	log_warning("requests still run after %d s; not waiting for them",
		    MAIN_PATIENCE / 1000);
	_exit(EXIT_SUCCESS); /* their threads use what would be freed */
}

static void main_stop(struct agent *agent)
{
	main_unlink(agent);
	for (unsigned int i = 0; i < agent->server_count; i++) {
		gate_close(agent->gates[i]);
		http_close(agent->servers[i]);
	}
	workers_close(agent->workers);
	api_free(agent->api);
	netops_close(agent->netops);
	loop_close(agent->loop);
	if (agent->signal_fd >= 0)
		close(agent->signal_fd);
	free(agent->token);
}

static int main_agent(struct agent *agent)
{
	struct error error;
	int result;

	error_clear(&error);
	log_set_level(agent->options.log_level);
	main_raise_limits();
	result = main_start(agent, &error);
	if (result < 0)
		log_error("%s", error.detail);
	else
		main_run(agent);
	main_stop(agent);
	return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct agent agent = { .signal_fd = -1 };
	struct error error;
	int result = EXIT_SUCCESS;

	error_clear(&error);
	if (options_parse(argc, argv, &agent.options, &error) < 0) {
		log_error("%s", error.detail);
		result = 2; /* as usual for a wrong command line */
	} else if (agent.options.action == OPTIONS_HELP) {
		options_print_help();
	} else if (agent.options.action == OPTIONS_VERSION) {
		puts("tunneld " PACKAGE_VERSION);
	} else {
		result = main_agent(&agent);
	}
	options_free(&agent.options);
	return result;
}
