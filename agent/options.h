/* What the process was asked to be: the command line, and a file of the same options. */
#ifndef AGENT_OPTIONS_H
#define AGENT_OPTIONS_H

#include "agent/listen.h"
#include "agent/log.h"

struct error;

enum options_action {
	OPTIONS_RUN,
	OPTIONS_HELP,
	OPTIONS_VERSION,
	OPTIONS_CHECK_STORE,
	OPTIONS_FLUSH,
};

/* All texts are owned; NULL: not given. options_free() ends it. */
struct options {
	enum options_action action;
	char *socket; /* never NULL */
	char *socket_group;
	struct listen_address listen;
	char *token_file; /* not NULL if listen is given */
	char *hosts;	  /* names that clients use for us, a space between */
	unsigned int max_connections, max_connections_per_peer; /* of each socket */
	char *datapath;						/* NULL: where it is installed */
	char *state_dir;					/* never NULL */
	unsigned int reconcile_interval;			/* seconds */
	enum log_level log_level;
	char *config;
	char *openapi; /* never NULL */
};

/*
 * Defaults, then the file of --config, then the command line. On failure (-1)
 * the error is a sentence for the person at the terminal, and *ret is to be
 * freed all the same.
 */
int options_parse(int argc, char **argv, struct options *ret, struct error *error);
void options_free(struct options *options);

void options_print_help(void);

#endif
