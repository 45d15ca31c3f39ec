/*
 * One row per option: the help text is printed from the rows, and the command
 * line and the configuration file are read by them.
 */
#include "agent/options.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "agent/cleanup.h"
#include "agent/http_host.h"
#include "netops/error.h"

#define OPTIONS_SOCKET "/run/tunneld/tunneld.sock"
#define OPTIONS_STATE_DIR "/var/lib/tunneld"

enum { OPTIONS_CONNECTIONS = 1024, OPTIONS_PER_PEER = 512, OPTIONS_INTERVAL = 60, OPTIONS_COUNT_MAX = 100000 };

struct options_row {
	const char *name;
	const char *argument; /* NULL: takes none, and makes no sense in a file */
	const char *help;
	size_t place; /* in struct options */
	int (*set)(void *place, const char *value, struct error *error);
};

static int options_set_text(void *place, const char *value, struct error *error)
{
	char **text = place, *copy = strdup(value);

	if (!copy)
		return error_errno(error, ENOMEM, "cannot keep the options");
	free(*text);
	*text = copy;
	return 0;
}

static int options_set_level(void *place, const char *value, struct error *error)
{
	return log_parse_level(value, place, error);
}

static int options_set_address(void *place, const char *value, struct error *error)
{
	return listen_parse(value, place, error);
}

static int options_set_help(void *place, const char *value, struct error *error)
{
	(void)value, (void)error;
	*(enum options_action *)place = OPTIONS_HELP;
	return 0;
}

static int options_set_check_store(void *place, const char *value, struct error *error)
{
	(void)value, (void)error;
	*(enum options_action *)place = OPTIONS_CHECK_STORE;
	return 0;
}

static int options_set_flush(void *place, const char *value, struct error *error)
{
	(void)value, (void)error;
	*(enum options_action *)place = OPTIONS_FLUSH;
	return 0;
}

static int options_set_version(void *place, const char *value, struct error *error)
{
	(void)value, (void)error;
	*(enum options_action *)place = OPTIONS_VERSION;
	return 0;
}

/* One more name behind those that were given before. */
static int options_add_host(void *place, const char *value, struct error *error)
{
	CLEANUP_FREE char *all = NULL;
	char **hosts = place;

	if (!http_host_is_valid(value, strlen(value)) || strpbrk(value, ":["))
		return error_set(error, ERROR_INVALID, "'%s' is no name of a host", value);
	if (asprintf(&all, "%s%s%s", *hosts ? *hosts : "", *hosts ? " " : "", value) < 0)
		return error_errno(error, ENOMEM, "cannot keep the options");
	return options_set_text(place, all, error);
}

static int options_set_count(void *place, const char *value, struct error *error)
{
	char *end;
	unsigned long count = strtoul(value, &end, 10);

	if (!isdigit((unsigned char)*value) || *end || !count || count > OPTIONS_COUNT_MAX)
		return error_set(error, ERROR_INVALID, "'%s' is no number from 1 to %d", value,
				 OPTIONS_COUNT_MAX);
	*(unsigned int *)place = (unsigned int)count;
	return 0;
}

#define PLACE(member) offsetof(struct options, member)

static const struct options_row options_rows[] = {
	{ "socket", "PATH", "serve on this unix socket (" OPTIONS_SOCKET ")", PLACE(socket),
	  options_set_text },
	{ "socket-group", "NAME", "members of this group may use the unix socket",
	  PLACE(socket_group), options_set_text },
	{ "listen", "ADDR:PORT", "serve over TCP too; needs --token-file", PLACE(listen),
	  options_set_address },
	{ "token-file", "FILE", "its first line is what TCP clients send as bearer token",
	  PLACE(token_file), options_set_text },
	{ "host", "NAME", "clients may call this machine so (repeatable)", PLACE(hosts),
	  options_add_host },
	{ "max-connections", "NUMBER", "at once, on each socket (1024)", PLACE(max_connections),
	  options_set_count },
	{ "max-connections-per-peer", "NUMBER", "of them of one user or one address (512)",
	  PLACE(max_connections_per_peer), options_set_count },
	{ "state-dir", "DIR",
	  "folder for what must outlive the process (" OPTIONS_STATE_DIR ")", PLACE(state_dir),
	  options_set_text },
	{ "datapath", "PATH", "the program that carries tunnels which the kernel cannot",
	  PLACE(datapath), options_set_text },
	{ "reconcile-interval", "SECONDS", "look at everything again after so long (60)",
	  PLACE(reconcile_interval), options_set_count },
	{ "log-level", "LEVEL", "error, warning, info or debug (info)", PLACE(log_level),
	  options_set_level },
	{ "config", "FILE", "read options from here: lines of 'name = value'", PLACE(config),
	  options_set_text },
	{ "openapi", "FILE", "the description to serve as /openapi.yaml", PLACE(openapi),
	  options_set_text },
	{ "check-store", NULL, "check what --state-dir has, print how much, and exit",
	  PLACE(action), options_set_check_store },
	{ "flush", NULL, "remove what tunneld made here, and only that, and exit",
	  PLACE(action), options_set_flush },
	{ "help", NULL, "print this and exit", PLACE(action), options_set_help },
	{ "version", NULL, "print the version and exit", PLACE(action), options_set_version },
};

enum { OPTIONS_ROWS = sizeof(options_rows) / sizeof(options_rows[0]) };

void options_print_help(void)
{
	char name[64];

	puts("usage: tunneld [OPTION]...\n"
	     "Serves an HTTP/JSON API over this machine's tunnels, links and routes.\n");
	for (size_t i = 0; i < OPTIONS_ROWS; i++) {
		const struct options_row *row = &options_rows[i];

		snprintf(name, sizeof(name), "--%s%s%s", row->name, row->argument ? " " : "",
			 row->argument ? row->argument : "");
		printf("  %-35s %s\n", name, row->help);
	}
}

static const struct options_row *options_find(const char *name, size_t length)
{
	for (size_t i = 0; i < OPTIONS_ROWS; i++) {
		const struct options_row *row = &options_rows[i];

		if (strlen(row->name) == length && memcmp(row->name, name, length) == 0)
			return row;
	}
	return NULL;
}

static int options_set(struct options *options, const struct options_row *row,
		       const char *value, struct error *error)
{
	if (!*value)
		return error_set(error, ERROR_INVALID, "'%s' needs a value (%s)", row->name,
				 row->argument);
	return row->set((char *)options + row->place, value, error);
}

/* --name value, --name=value or --name. Returns how many words it took, or -1. */
static int options_word(struct options *options, char **words, struct error *error)
{
	const char *name = words[0] + 2, *equals = strchr(words[0], '=');
	size_t length = equals ? (size_t)(equals - name) : strlen(words[0]) - 2;
	const struct options_row *row;

	row = strncmp(words[0], "--", 2) == 0 ? options_find(name, length) : NULL;
	if (!row)
		return error_set(error, ERROR_INVALID, "unknown option '%s': see --help",
				 words[0]);
	if (!row->argument && equals)
		return error_set(error, ERROR_INVALID, "--%s takes no value", row->name);
	if (!row->argument)
		return row->set((char *)options + row->place, "", error) < 0 ? -1 : 1;
	if (equals)
		return options_set(options, row, equals + 1, error) < 0 ? -1 : 1;
	return options_set(options, row, words[1] ? words[1] : "", error) < 0 ? -1 : 2;
}

static int options_words(struct options *options, int argc, char **argv, struct error *error)
{
	for (int i = 1; i < argc;) {
		/* A short word has no place for a name behind its dashes. */
		int taken = strlen(argv[i]) < 3 ?
				    error_set(error, ERROR_INVALID,
					      "unknown option '%s': see --help", argv[i]) :
				    options_word(options, argv + i, error);

		if (taken < 0)
			return -1;
		i += taken;
	}
	return 0;
}

/* Cuts the spaces around a text, in place. */
static char *options_trim(char *text)
{
	size_t length;

	while (isspace((unsigned char)*text))
		text++;
	length = strlen(text);
	while (length && isspace((unsigned char)text[length - 1]))
		text[--length] = '\0';
	return text;
}

/* A comment begins the line or follows a space: a path may have a # inside. */
static void options_cut_comment(char *line)
{
	for (char *at = line; *at; at++) {
		if (*at == '#' && (at == line || isspace((unsigned char)at[-1]))) {
			*at = '\0';
			return;
		}
	}
}

static int options_line(struct options *options, char *line, size_t length, struct error *error)
{
	const struct options_row *row;
	const char *name;
	char *equals;

	if (strlen(line) != length)
		return error_set(error, ERROR_INVALID, "a NUL is in the line");
	options_cut_comment(line);
	line = options_trim(line);
	if (!*line)
		return 0;
	equals = strchr(line, '=');
	if (!equals)
		return error_set(error, ERROR_INVALID, "'%s' is not 'name = value'", line);
	*equals = '\0';
	name = options_trim(line);
	row = options_find(name, strlen(name));
	if (!row || !row->argument || row->place == PLACE(config))
		return error_set(error, ERROR_INVALID, "unknown option '%s'", name);
	return options_set(options, row, options_trim(equals + 1), error);
}

static int options_file(struct options *options, const char *path, struct error *error)
{
	CLEANUP_FILE FILE *file = fopen(path, "re");
	CLEANUP_FREE char *line = NULL;
	struct error inner;
	size_t size = 0;
	ssize_t length;

	if (!file)
		return error_errno(error, errno, "cannot read %s", path);
	error_clear(&inner);
	for (unsigned int number = 1; (length = getline(&line, &size, file)) >= 0; number++) {
		if (options_line(options, line, (size_t)length, &inner) < 0)
			return error_set(error, ERROR_INVALID, "%s:%u: %s", path, number,
					 inner.detail);
	}
	return ferror(file) ? error_errno(error, EIO, "cannot read %s", path) : 0;
}

/* The installed description; for a program that is not installed, the one beside it. */
static int options_default_openapi(struct options *options, struct error *error)
{
	char path[PATH_MAX], *slash;
	ssize_t length;

	if (access(OPENAPI_PATH, R_OK) == 0)
		return options_set_text(&options->openapi, OPENAPI_PATH, error);
	length = readlink("/proc/self/exe", path, sizeof(path) - sizeof("openapi.yaml"));
	path[length > 0 ? length : 0] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, "openapi.yaml");
	return options_set_text(&options->openapi,
				access(path, R_OK) == 0 ? path : OPENAPI_PATH, error);
}

static int options_defaults(struct options *options, struct error *error)
{
	*options = (struct options){ .log_level = LOG_LEVEL_INFO,
				     .max_connections = OPTIONS_CONNECTIONS,
				     .max_connections_per_peer = OPTIONS_PER_PEER,
				     .reconcile_interval = OPTIONS_INTERVAL };
	if (options_set_text(&options->socket, OPTIONS_SOCKET, error) < 0 ||
	    options_set_text(&options->state_dir, OPTIONS_STATE_DIR, error) < 0)
		return -1;
	return options_default_openapi(options, error);
}

static int options_check(const struct options *options, struct error *error)
{
	if (options->listen.length && !options->token_file)
		return error_set(error, ERROR_INVALID,
				 "--listen needs --token-file: plain TCP without a token "
				 "does not exist");
	return 0;
}

int options_parse(int argc, char **argv, struct options *ret, struct error *error)
{
	if (options_defaults(ret, error) < 0 || options_words(ret, argc, argv, error) < 0)
		return -1;
	if (ret->action == OPTIONS_HELP || ret->action == OPTIONS_VERSION)
		return 0;
	/* The words once more after the file, because they win. */
	if (ret->config && (options_file(ret, ret->config, error) < 0 ||
			    options_words(ret, argc, argv, error) < 0))
		return -1;
	return options_check(ret, error);
}

void options_free(struct options *options)
{
	free(options->socket);
	free(options->socket_group);
	free(options->token_file);
	free(options->hosts);
	free(options->datapath);
	free(options->state_dir);
	free(options->config);
	free(options->openapi);
	*options = (struct options){ 0 };
}
