/* What an answer is written in: Accept (RFC 9110, 12.5.1) against what the operation can. */
#ifndef API_ACCEPT_H
#define API_ACCEPT_H

#include "api/api.h"

/*
 * 0: the type is chosen, and call->want_lines set. -1: Accept allows none of the
 * operation's, and *answer is the 406. accept may be NULL.
 */
int accept_choose(struct api_call *call, const char *accept, struct api_answer *answer);

#endif
