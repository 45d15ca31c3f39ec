/*
 * What unit tests against the kernel share: a namespace of the test's own with
 * ip(8) in it, and lists of lines in which ours and those of ip(8) are compared.
 * Beyond that, short ways to values.
 */
#ifndef TESTS_UNIT_FIXTURE_H
#define TESTS_UNIT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "netops/namespace.h"
#include "netops/row.h"

struct json_object;

struct fixture {
	struct netops *netops;
	char namespace[32]; /* "test-NAME-PID" */
};

/* For cmocka's setup and teardown: 0, or -1 with a message. */
int fixture_open(void **state, const char *name);
int fixture_close(void **state);

/* ip(8) in the namespace; anything but success fails the test. */
void run(const struct fixture *fixture, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* What ip(8) prints as JSON, for the caller to put. */
struct json_object *run_json(const struct fixture *fixture, const char *options,
			     const char *command);

/* A prefix; a text that is none fails the test. */
struct ip ip_of(const char *text);
struct device device_of(const char *name);

enum { LINE = 1024, LINES = 4096 };

/* One line of text for an object. */
struct lines {
	char (*items)[LINE];
	unsigned int count;
};

/* Room for LINES of them; the caller frees items. */
struct lines lines_new(void);
/* The next line, empty. */
char *lines_next(struct lines *lines);
/* A dump's restart: forgets all. */
void lines_restart(void *context);
/* Sorts both; the first line that differs fails the test. Frees them; returns how many there were. */
unsigned int lines_agree(struct lines *ours, struct lines *theirs);

void append(char *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text of a member, or otherwise. */
const char *member(struct json_object *object, const char *name, const char *otherwise);

#endif
