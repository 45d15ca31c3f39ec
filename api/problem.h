/*
 * Errors as clients see them: problem documents (RFC 9457). One table turns the
 * kind of an error into a status, another one an errno of the kernel.
 *
 *   type       "/problems/invalid" and so on: a name for programs, one for each
 *              kind of error, the same under /v1; "about:blank" where the
 *              status says it all (401, 405, 413 …)
 *   title      the type in a few words; never changes
 *   status     the same as the answer's
 *   detail     what went wrong this time, and what can be done
 *   instance   the target of the request, as it came
 *   errors     [{"pointer", "code", "detail"}]: each wrong member of the body
 *   kernel     {"errno": "EEXIST", "number": 17, "message"}: what it said
 *   conflict   {"self"}: the object in the way
 *   candidates [{"self"}]: the objects that fit
 *
 * What does not apply is left out.
 */
#ifndef API_PROBLEM_H
#define API_PROBLEM_H

#include "api/api.h"
#include "api/json_writer.h"
#include "netops/error.h"

#define PROBLEM_TYPE "application/problem+json"

/* The HTTP status of an error. */
int problem_status(const struct error *error);

/*
 * Makes the answer: whatever it held is freed. prefix: "" or "/v1", for the
 * URLs in it. instance: the request's target, or NULL. Adds Retry-After where
 * trying again makes sense.
 */
void problem_answer(struct api_answer *answer, const struct error *error, const char *prefix,
		    const char *instance);

/* The same with members of the caller's behind the others. */
struct problem_more {
	void (*write)(struct json_writer *writer, const void *context);
	const void *context;
};
void problem_answer_more(struct api_answer *answer, const struct error *error,
			 const char *prefix, const char *instance,
			 const struct problem_more *more);

/* One that is about HTTP alone; retry_after in seconds, 0: no such header. */
void problem_plain(struct api_answer *answer, int status, int retry_after, const char *instance,
		   const char *detail);

#endif
