/*
 * What the tests over HTTP share: a real tunneld on a private unix socket, calls
 * to it, and a clean machine afterwards.
 *
 * In all texts that go to the agent (targets and bodies) a ' stands for a " and
 * an @ for this process's prefix, so that tables of cases can be read and names
 * of namespaces are nobody else's: "{'name':'@ns1'}".
 */
#ifndef TESTS_AGENT_UNDER_TEST_H
#define TESTS_AGENT_UNDER_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <json-c/json.h>
#include <sys/types.h>

enum { AGENT_TEXT_SIZE = 4096 };

struct agent {
	pid_t pid;
	char folder[64], socket[96];
	char listen[32], token[32]; /* both empty: the unix socket alone */
	const char *const *options; /* more of them, or NULL */
	bool kernel_only;	    /* has no program for tunnels in user space */
};

/* What came back. Everything is freed with it. */
struct reply {
	long status; /* 0: the connection failed */
	char *body;
	size_t length;
	struct json_object *json; /* NULL: no JSON */
	char content_type[96], allow[96], location[256], etag[64];
};

/* One request. What is NULL is left out; content_type NULL with a body: JSON. */
struct call {
	const char *method, *target, *body, *content_type;
	const char *token; /* not NULL: over TCP, with this bearer token unless it is empty */
};

/* As cmocka's group setup and teardown; *state is the struct agent. */
int agent_setup(void **state);
/* For what is held against ip(8), which knows nothing of tunnels in user space. */
int agent_setup_kernel_only(void **state);
int agent_setup_tcp(void **state);
/* The same with TCP, and with more options for the agent, ended by NULL. */
int agent_setup_options(void **state, const char *const *options);
int agent_teardown(void **state);

/* Ends it by this signal: its exit status, -1 for none. Its folder stays. */
int agent_stop(struct agent *agent, int signal);
/* Another one in the same folder, until it answers; 0, or -1 with its log shown. */
int agent_again(struct agent *agent);
/*
 * One with one more option, which must end by itself: its exit status, and what it
 * printed.
 */
int agent_once(const struct agent *agent, const char *option, char *ret, size_t size);

/* A text with ' and @ replaced; the buffer is one of a few that are used in turn. */
const char *agent_text(const char *text);

/* Sends and receives; the one reply that is kept lives until the next call. */
struct reply *agent_call(const struct agent *agent, const struct call *call);

/* What few requests have. */
struct call_extra {
	const char *raw_body; /* of any length, sent as it is */
	size_t raw_length;    /* 0: its strlen() */
	const char *header;   /* one more: "Prefer: return=minimal" */
};
struct reply *agent_call_extra(const struct agent *agent, const struct call *call,
			       const struct call_extra *extra);

/*
 * The same, where the status must be this one: anything else fails the test and
 * shows the answer.
 */
#define EXPECT(agent, status, method, target, body)                                     \
	agent_expect(agent, status, &(struct call){ method, target, body, NULL, NULL }, \
		     __FILE__, __LINE__)
#define EXPECT_CALL(agent, status, call) agent_expect(agent, status, call, __FILE__, __LINE__)
struct reply *agent_expect(const struct agent *agent, long status, const struct call *call,
			   const char *file, int line);

/* GET that must answer 200; the tree is the caller's to put. */
struct json_object *agent_get(const struct agent *agent, const char *target);

/* The value at a JSON pointer ("/status/state"), or NULL. */
struct json_object *json_at(struct json_object *json, const char *pointer);
/* Its text, or "" where there is none. */
const char *json_text(struct json_object *json, const char *pointer);

/* What a command (after agent_text()) prints as JSON; NULL if it fails. The caller puts it. */
struct json_object *command_json(const char *command);
/* The command's exit status. */
int command_run(const char *command);

/* Names in /run/netns with our prefix. */
int agent_count_namespaces(void);

/* True where a kind that the kernel lacks is a failure ($TUNNELD_REQUIRE_ALL_KINDS). */
bool agent_requires_all_kinds(void);

#endif
