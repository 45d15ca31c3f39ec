/* What a process says to the kernel by netlink while something happens: by strace(1). */
#ifndef TESTS_TRACE_H
#define TESTS_TRACE_H

#include <stdio.h>
#include <sys/types.h>

struct trace {
	pid_t pid;
	FILE *log;
	char path[64];
};

/* Returns when all threads of the process are watched; fails the test if that is impossible. */
void trace_begin(struct trace *trace, pid_t process);

/*
 * The messages that were sent and are no questions: RTM_NEW…, RTM_DEL…,
 * RTM_SET…. Types are told by number: of four in a row the third is a question
 * (rtnetlink.h), and so is XFRM_MSG_GETPOLICY, which is counted apart.
 */
unsigned int trace_end(struct trace *trace);
/* The same of a log that is there. */
unsigned int trace_count(FILE *log);

#endif
