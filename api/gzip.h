/*
 * An answer in the coding gzip (RFC 9110, 8.4.1.3), for those who ask for it. Over a
 * socket of this machine it costs more than it saves; over a slow line a list of
 * routes is a fifteenth.
 */
#ifndef API_GZIP_H
#define API_GZIP_H

#include "api/api.h"

/* Fills what the call wants by the value of an Accept-Encoding field; NULL: there is none. */
void gzip_choose(struct api_call *call, const char *accept);

/*
 * Compresses body and stream, on the thread that makes them, if the call wants it. A
 * short body stays as it is, and all does where there is no memory.
 */
void gzip_answer(const struct api_call *call, struct api_answer *answer);

#endif
