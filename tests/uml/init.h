/* What the two halves of the guest's first process share: see init.c. */
#ifndef TESTS_UML_INIT_H
#define TESTS_UML_INIT_H

#include <stddef.h>

enum record {
	RECORD_ARGUMENT = 'a',
	RECORD_ENVIRONMENT = 'e',
	RECORD_FOLDER = 'd',   /* where the command runs */
	RECORD_MODULE = 'm',   /* the file of one to load */
	RECORD_READABLE = 'r', /* a host folder to show again */
	RECORD_WRITABLE = 'w', /* the same, and changes reach the host */
	RECORD_FALLBACK = 'f', /* fb_tunnels_only_for_init_net */
	RECORD_SETTLE = 's',   /* wait for the clock, see clock_settle() */
};

struct job {
	char *text;
	size_t size;
};

/* Ends the machine: errno's text, what failed, and on which file, go to the console. */
_Noreturn void die(const char *what, const char *which);

/* The record of this kind after the one given (NULL: the first), or NULL. */
char *job_next(const struct job *job, char *after, enum record kind);

/* All of one kind, as a vector for exec. */
char **job_list(const struct job *job, enum record kind);

/* Runs the command of the job to its end. Returns its exit status. */
int command_run(const struct job *job);

#endif
