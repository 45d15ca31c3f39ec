/*
 * The parts put together, in the order in which they depend on each other; and
 * the end: what runs may finish, what waits is refused, the kernel is left as
 * it is.
 */
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "agent/cleanup.h"
#include "agent/folder.h"
#include "agent/follow.h"
#include "agent/http.h"
#include "agent/listen.h"
#include "agent/log.h"
#include "agent/loop.h"
#include "agent/notify.h"
#include "agent/options.h"
#include "agent/signals.h"
#include "agent/tell.h"
#include "agent/token.h"
#include "agent/workers.h"
#include "api/api.h"
#include "api/document.h"
#include "intent/changes.h"
#include "intent/events.h"
#include "intent/intent.h"
#include "intent/store.h"
#include "netops/datapath.h"
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
	struct changes *changes;
	struct intent *intent;
	struct follow follow;
	struct events *events;
	uint64_t told; /* up to this event the log has them */
	struct api *api;
	struct workers *workers;
	unsigned int server_count;
	struct listener listeners[MAIN_SERVERS];
	struct http *servers[MAIN_SERVERS];
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
	struct agent *agent = context;

	netops_mounts_changed(agent->netops);
	follow_mounts_changed(&agent->follow);
}

/* All changes that came together are safe from here on. */
static int main_settle(void *context)
{
	struct agent *agent = context;
	struct error error;

	error_clear(&error);
	if (!intent_sync(agent->intent, &error))
		return 0;
	log_error("%s", error.detail);
	return -1;
}

static void main_rest(void *context)
{
	intent_rest(((struct agent *)context)->intent);
}

static void main_on_events(void *context)
{
	struct agent *agent = context;
	eventfd_t count;

	eventfd_read(events_fd(agent->events), &count);
	tell_events(agent->events, &agent->told);
	for (unsigned int i = 0; i < agent->server_count; i++)
		http_wake(agent->servers[i]);
}

static int main_watch(struct agent *agent, struct error *error)
{
	const struct loop_source sources[] = {
		{ agent->signal_fd, EPOLLIN, main_on_signal, NULL, agent },
		{ netops_mounts_fd(agent->netops), EPOLLPRI, main_on_mounts, NULL, agent },
		follow_source(&agent->follow),
		{ workers_fd(agent->workers), EPOLLIN, main_on_jobs, NULL, agent->workers },
		{ events_fd(agent->events), EPOLLIN, main_on_events, NULL, agent },
	};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (loop_add(agent->loop, &sources[i], error) < 0)
			return -1;
	}
	return 0;
}

/*
 * A connection takes a descriptor, and namespaces need some too: where few are to
 * be had, fewer connections are possible.
 */
static unsigned int main_connections(const struct options *options)
{
	const rlim_t share = options->listen.length ? 2 * MAIN_SERVERS : 2;
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
	const struct http_settings settings = {
		.api = agent->api,
		.workers = agent->workers,
		.token = token,
		.hosts = options->hosts,
		.connections = main_connections(options),
		.per_peer = options->max_connections_per_peer,
	};
	struct loop_source source;

	if (http_open(agent->listeners[index].fd, &settings, &agent->servers[index], error) < 0)
		return -1;
	source = http_source(agent->servers[index]);
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

/* What is wanted, and the kernel made to follow, before anybody is answered. */
static int main_open_intent(struct agent *agent, struct error *error)
{
	const struct options *options = &agent->options;
	struct intent_settings settings = {
		.folder = options->state_dir,
		.documents = api_documents,
		.full_pass_ms = options->reconcile_interval * 1000,
	};
	const struct datapath_settings datapath = { .program = options->datapath,
						    .installed = DATAPATH_PATH,
						    .folder = options->state_dir };

	if (folder_make(options->state_dir, 0700, error) < 0 ||
	    netops_open(&agent->netops, error) < 0 ||
	    events_open(EVENTS_CAPACITY, &agent->events, error) < 0 ||
	    changes_open(agent->netops, agent->events, &agent->changes, error) < 0)
		return -1;
	settings.netops = agent->netops;
	settings.events = agent->events;
	settings.changes = agent->changes;
	/* The store is one agent's at a time, and with it the process that is found by its folder. */
	if (intent_open(&settings, &agent->intent, error))
		return -1;
	return datapath_open(agent->netops, &datapath, error);
}

static int main_start(struct agent *agent, struct error *error)
{
	const struct options *options = &agent->options;
	const struct workers_settle settle = { main_settle, main_rest, agent };
	struct api_settings settings = { .openapi_path = options->openapi };

	if (options->token_file && token_read(options->token_file, &agent->token, error) < 0)
		return -1;
	if (signals_open(&agent->signal_fd, error) < 0 || loop_open(&agent->loop, error) < 0 ||
	    main_open_intent(agent, error) < 0 || intent_start(agent->intent, error) < 0)
		return -1;
	settings.events = agent->events;
	settings.changes = agent->changes;
	settings.intent = agent->intent;
	agent->api = api_new(agent->netops, &settings);
	if (!agent->api)
		return error_set(error, ERROR_INTERNAL, "out of memory");
	if (workers_open(&settle, api_load(agent->api), &agent->workers, error) < 0)
		return -1;
	agent->follow = (struct follow){ .workers = agent->workers,
					 .intent = agent->intent,
					 .changes = agent->changes };
	return main_watch(agent, error) < 0 ? -1 : main_listen(agent, error);
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
		busy = busy || http_busy(agent->servers[i]);
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
	for (unsigned int i = 0; i < agent->server_count; i++)
		http_stop(agent->servers[i]);
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
	for (unsigned int i = 0; i < agent->server_count; i++)
		http_close(agent->servers[i]);
	workers_close(agent->workers);
	api_free(agent->api);
	intent_close(agent->intent);
	changes_close(agent->changes);
	events_close(agent->events);
	netops_close(agent->netops);
	loop_close(agent->loop);
	if (agent->signal_fd >= 0)
		close(agent->signal_fd);
	free(agent->token);
}

static int main_flush(struct agent *agent, struct error *error)
{
	unsigned int removed = 0, kept = 0;

	if (main_open_intent(agent, error) < 0 ||
	    intent_flush(agent->intent, &removed, &kept, error) < 0)
		return -1;
	printf("%u removed, %u kept\n", removed, kept);
	return kept ? error_set(error, ERROR_KERNEL, "the kernel keeps %u objects", kept) : 0;
}

static int main_check_store(struct agent *agent, struct error *error)
{
	struct store *store;
	uint64_t count;
	int result;

	if (store_open_to_check(agent->options.state_dir, &store, error) < 0)
		return -1;
	result = store_check(store, error) < 0 ? -1 : store_count(store, &count, error);
	store_close(store);
	if (!result)
		printf("the store is sound: %llu objects\n", (unsigned long long)count);
	return result;
}

static int main_agent(struct agent *agent)
{
	struct error error;
	int result;

	error_clear(&error);
	log_set_level(agent->options.log_level);
	main_raise_limits();
	switch (agent->options.action) {
	case OPTIONS_CHECK_STORE:
		result = main_check_store(agent, &error);
		break;
	case OPTIONS_FLUSH:
		result = main_flush(agent, &error);
		break;
	default:
		result = main_start(agent, &error);
		if (result >= 0)
			main_run(agent);
	}
	if (result < 0)
		log_error("%s", error.detail);
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
