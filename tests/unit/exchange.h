/*
 * One request against the operations' table, from head to answer, without HTTP
 * and kernel: the resources are stand-ins, and so are the namespaces and kinds.
 */
#ifndef TESTS_UNIT_EXCHANGE_H
#define TESTS_UNIT_EXCHANGE_H

#include "api/operations.h"
#include "intent/events.h"

enum { EXCHANGE_EVENTS = 32 }; /* that the ring holds */

struct exchange {
	struct api *api;
	struct events *events; /* that the API shows */
	struct api_call call;
	struct api_answer answer;
	char body[4096]; /* of the answer */
};

/* cmocka's setup and teardown; *state is the exchange. */
int exchange_setup(void **state);
int exchange_teardown(void **state);

/* Both return the answer's status. headers: name and value by turns, ended by NULL. */
int ask(struct exchange *exchange, const char *method, const char *target,
	const char *const *headers, const char *body);
int get(struct exchange *exchange, const char *target);

/* A header of the answer, or NULL. */
const char *answer_value(const struct api_answer *answer, const char *name);

void assert_says(const struct exchange *exchange, const char *part);

#endif
