/*
 * A client that costs little, so that what is measured is the server: requests are
 * made before, connections are kept alive, and one thread serves them all by epoll.
 * Prints one JSON object. SIGTERM ends it after the answers that are on their way.
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "tests/bench/load_connection.h"

enum { CONNECTIONS = 1024, BATCH = 256, SECOND = 1000000000 };

static volatile sig_atomic_t told_to_stop;

static const char usage[] =
	"usage: load (--socket PATH | --port N) [OPTION]... (METHOD TARGET [BODY] | --file FILE)\n"
	"  --file FILE        lines of METHOD TARGET [BODY]\n"
	"  --connections N    at once (1)\n"
	"  --count N          requests in all (as many as FILE has, or 1)\n"
	"  --seconds N        no new request after so long (600)\n"
	"  --pause N          microseconds before each request; for one connection (0)\n"
	"  --header 'A: b'    to send with each request (repeatable)\n"
	"  --watch N          the answers are events as NDJSON: end when each connection has N\n"
	"  --stopped N        so many of the watchers read their head and nothing more (0)\n";

struct load_options {
	struct load load;
	struct load_watch watch;
	char headers[2000];
	const char *file;
	size_t connections;
	size_t stopped;
	size_t seconds;
};

static void stop(int signal)
{
	(void)signal;
	told_to_stop = 1;
}

static _Noreturn void complain(void)
{
	fputs(usage, stderr);
	exit(2);
}

static void set_socket(struct load_address *address, const char *path)
{
	address->name.un.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(address->name.un.sun_path))
		complain();
	strcpy(address->name.un.sun_path, path);
	address->length = sizeof(address->name.un);
}

static void set_port(struct load_address *address, const char *port)
{
	address->name.in = (struct sockaddr_in){ .sin_family = AF_INET,
						 .sin_port = htons((uint16_t)atoi(port)),
						 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	address->length = sizeof(address->name.in);
}

static void add_header(char *headers, size_t size, const char *header)
{
	size_t length = strlen(headers);

	if ((size_t)snprintf(headers + length, size - length, "%s\r\n", header) >=
	    size - length)
		complain();
}

static void set_option(struct load_options *options, int option, const char *value)
{
	switch (option) {
	case 's':
		set_socket(&options->load.address, value);
		break;
	case 'p':
		set_port(&options->load.address, value);
		break;
	case 'h':
		add_header(options->headers, sizeof(options->headers), value);
		break;
	case 'f':
		options->file = value;
		break;
	case 'w':
		options->load.watch = &options->watch;
		options->watch.events = strtoul(value, NULL, 10);
		break;
	default:
		complain();
	}
}

static void read_options(struct load_options *options, int argc, char **argv)
{
	size_t count = 0, pause = 0;
	const struct {
		char letter;
		size_t *place;
	} numbers[] = { { 'c', &options->connections }, { 'n', &count },
			{ 't', &options->seconds },	{ 'u', &pause },
			{ 'x', &options->stopped },	{ 0 } };
	static const struct option long_options[] = {
		{ "socket", 1, NULL, 's' },
		{ "port", 1, NULL, 'p' },
		{ "file", 1, NULL, 'f' },
		{ "connections", 1, NULL, 'c' },
		{ "count", 1, NULL, 'n' },
		{ "seconds", 1, NULL, 't' },
		{ "pause", 1, NULL, 'u' },
		{ "header", 1, NULL, 'h' },
		{ "watch", 1, NULL, 'w' },
		{ "stopped", 1, NULL, 'x' },
		{ 0 },
	};
	int option, i;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) >= 0) {
		for (i = 0; numbers[i].letter && numbers[i].letter != option; i++)
			;
		if (numbers[i].letter)
			*numbers[i].place = strtoul(optarg, NULL, 10);
		else
			set_option(options, option, optarg);
	}
	if (!options->connections || options->connections > CONNECTIONS ||
	    !options->load.address.length ||
	    (options->file ? argc != optind : argc < optind + 2))
		complain();
	options->load.count = count;
	options->load.pause = (long)pause;
}

static void make_requests(struct load_options *options, char **rest)
{
	struct load *load = &options->load;

	if (options->file)
		load_requests_read(&load->requests, options->file, options->headers);
	else
		load_requests_add(&load->requests, rest[0], rest[1], rest[2], options->headers);
	if (!load->requests.count)
		complain();
	if (load->watch)
		load->count = options->connections;
	else if (!load->count)
		load->count = load->requests.count;
}

static void make_connections(struct load_connection *connections, struct load_options *options)
{
	struct load *load = &options->load;

	options->watch.watchers = options->connections;
	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	load->stop = load_now() + (int64_t)options->seconds * SECOND;
	load->limit = load->stop + INT64_C(300) * SECOND;
	for (size_t i = 0; i < options->connections; i++)
		connections[i] = (struct load_connection){ .load = load,
							   .fd = -1,
							   .watcher.watch = &options->watch };
	for (size_t i = 0; i < options->connections; i++)
		load_connection_go(&connections[i]);
}

/* The last ones stop reading, once all watch. */
static void stop_readers(struct load_connection *connections, struct load_options *options)
{
	if (options->watch.begun < options->connections)
		return;
	for (; options->stopped; options->stopped--) {
		size_t last = options->connections - options->stopped;

		epoll_ctl(options->load.epoll, EPOLL_CTL_DEL, connections[last].fd, NULL);
		options->watch.watchers--;
	}
}

static bool goes_on(const struct load_options *options)
{
	const struct load *load = &options->load;
	const struct load_watch *watch = &options->watch;

	if (load->watch)
		return !told_to_stop && load_now() < load->stop && load->busy &&
		       watch->content + watch->refused < watch->watchers;
	return load->busy && load_now() < load->limit;
}

static void serve(struct load_connection *connections, struct load_options *options)
{
	struct load *load = &options->load;
	struct epoll_event events[BATCH];

	while (goes_on(options)) {
		int count = epoll_wait(load->epoll, events, BATCH, 100);

		for (int i = 0; i < count; i++)
			load_connection_turn(events[i].data.ptr);
		if (told_to_stop)
			load->stop = 0;
		if (load->watch)
			stop_readers(connections, options);
	}
}

static void print_watch(const struct load_connection *connections,
			const struct load_options *options)
{
	const struct load_watch *watch = &options->watch;
	size_t events = 0, least = SIZE_MAX, gaps = 0, with_gaps = 0, silent = 0;

	for (size_t i = 0; i < watch->watchers; i++) {
		const struct load_watcher *watcher = &connections[i].watcher;

		events += watcher->events;
		least = watcher->events < least ? watcher->events : least;
		gaps += watcher->gaps;
		with_gaps += watcher->gaps > 0;
		silent += !watcher->gaps && watcher->events < watch->events;
	}
	printf("{\"refused\": %zu, \"content\": %zu, \"events\": %zu, \"least\": %zu, "
	       "\"gaps\": %zu, \"with_gaps\": %zu, \"silent\": %zu, \"last\": %.6f, \"times\": [",
	       watch->refused, watch->content, events, least, gaps, with_gaps, silent,
	       (double)watch->last / SECOND);
	for (size_t i = 0; i < LOAD_WATCH_TIMES && watch->times[i]; i++)
		printf("%s%.6f", i ? ", " : "", (double)watch->times[i] / SECOND);
	printf("], \"replays\": [");
	for (size_t i = 0; i < watch->watchers; i++)
		printf("%s[\"%016" PRIx64 "\", %zu]", i ? ", " : "",
		       connections[i].watcher.replayed, connections[i].watcher.gaps);
	puts("]}");
}

static void print_load(struct load *load, int64_t begin)
{
	printf("{\"seconds\": %.6f, \"answers\": %zu, \"refused\": %zu, \"status\": %d, "
	       "\"bytes\": %zu, \"first_us\": %.1f, \"p50_us\": %.1f, \"p99_us\": %.1f, "
	       "\"max_us\": %.1f}\n",
	       (double)(load_now() - begin) / SECOND, load->answers, load->refused,
	       load->refused ? load->refusal : load->status, load->bytes,
	       (double)load_times_at(&load->firsts, 0.5) / 1e3,
	       (double)load_times_at(&load->times, 0.5) / 1e3,
	       (double)load_times_at(&load->times, 0.99) / 1e3,
	       (double)load_times_at(&load->times, 1) / 1e3);
}

int main(int argc, char **argv)
{
	static struct load_options options = { .connections = 1, .seconds = 600 };
	static struct load_connection connections[CONNECTIONS];
	int64_t begin;

	read_options(&options, argc, argv);
	make_requests(&options, argv + optind);
	signal(SIGTERM, stop);
	signal(SIGPIPE, SIG_IGN);
	begin = load_now();
	make_connections(connections, &options);
	serve(connections, &options);
	if (options.load.watch)
		print_watch(connections, &options);
	else
		print_load(&options.load, begin);
	return !options.load.watch && options.load.busy;
}
