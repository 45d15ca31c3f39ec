/* The secret that clients over TCP show. */
#ifndef AGENT_TOKEN_H
#define AGENT_TOKEN_H

#include <stdbool.h>

struct error;

/* More does not fit into a head that is taken. */
enum { TOKEN_MINIMUM = 16, TOKEN_MAXIMUM = 4096 };

/*
 * The first line of a file, without the spaces around it. Refused: a file that
 * anybody but its owner may read, a token shorter than TOKEN_MINIMUM or longer
 * than TOKEN_MAXIMUM, one with bytes that a header cannot carry. The caller frees
 * *ret.
 */
int token_read(const char *path, char **ret, struct error *error);

/* Is this value of an Authorization header "Bearer" with the token? NULL: no. */
bool token_fits(const char *token, const char *authorization);

#endif
