/*
 * The body of a request as it flows by: where it ends, and whether its chunks
 * are in order (RFC 9112, 6 and 7.1). Pure text, like agent/http_head.h.
 */
#ifndef AGENT_HTTP_BODY_H
#define AGENT_HTTP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HTTP_CHUNK_DIGITS = 15,	     /* of a chunk's size */
	HTTP_CHUNK_EXTENSIONS = 256, /* bytes; ignored, but not for ever */
	HTTP_TRAILER_BYTES = 8192,
};

enum http_body_state {
	HTTP_BODY_END,	/* there is no more */
	HTTP_BODY_DATA, /* left bytes of it; the end comes then */
	HTTP_CHUNK_SIZE,
	HTTP_CHUNK_EXTENSION,
	HTTP_CHUNK_SIZE_LF,
	HTTP_CHUNK_DATA, /* left bytes of it, and CR LF */
	HTTP_CHUNK_DATA_CR,
	HTTP_CHUNK_DATA_LF,
	HTTP_TRAILER_BEGIN, /* of a field or of the empty line */
	HTTP_TRAILER_NAME,
	HTTP_TRAILER_VALUE,
	HTTP_TRAILER_LF,
	HTTP_TRAILER_LAST_LF,
	HTTP_BODY_BAD,
};

struct http_body {
	enum http_body_state state;
	uint64_t left;	   /* bytes of the data that is being received */
	uint64_t received; /* bytes of content, without what frames it */
	size_t line;	   /* bytes or digits of what has a limit of its own */
	int status;	   /* of the refusal, when bad */
	const char *detail;
};

/* chunked, or of that many bytes (0: none). */
void http_body_start(struct http_body *body, bool chunked, uint64_t length);

/*
 * Goes on up to the end of a piece of content: tells how many of the bytes belong
 * to the body, and how many of these, the last ones, are content (ret_content).
 * Afterwards its state may be END or BAD.
 */
size_t http_body_take(struct http_body *body, const char *bytes, size_t length,
		      size_t *ret_content);

#endif
