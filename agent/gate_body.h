/*
 * The body of a request as it flows by: where it ends, and whether its chunks
 * are in order (RFC 9112, 6 and 7.1). Pure text, like agent/gate_scan.h.
 */
#ifndef AGENT_GATE_BODY_H
#define AGENT_GATE_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	GATE_CHUNK_DIGITS = 15,	     /* of a chunk's size */
	GATE_CHUNK_EXTENSIONS = 256, /* bytes; ignored, but not for ever */
	GATE_TRAILER_BYTES = 8192,
};

enum gate_body_state {
	GATE_BODY_END,	/* there is no more */
	GATE_BODY_DATA, /* left bytes of it; the end comes then */
	GATE_CHUNK_SIZE,
	GATE_CHUNK_EXTENSION,
	GATE_CHUNK_SIZE_LF,
	GATE_CHUNK_DATA, /* left bytes of it, and CR LF */
	GATE_CHUNK_DATA_CR,
	GATE_CHUNK_DATA_LF,
	GATE_TRAILER_BEGIN, /* of a field or of the empty line */
	GATE_TRAILER_NAME,
	GATE_TRAILER_VALUE,
	GATE_TRAILER_LF,
	GATE_TRAILER_LAST_LF,
	GATE_BODY_BAD,
};

struct gate_body {
	enum gate_body_state state;
	uint64_t left;	   /* bytes of the data that is being received */
	uint64_t received; /* bytes of content, without what frames it */
	size_t line;	   /* bytes or digits of what has a limit of its own */
	int status;	   /* of the refusal, when bad */
	const char *detail;
};

/* chunked, or of that many bytes (0: none). */
void gate_body_start(struct gate_body *body, bool chunked, uint64_t length);

/* How many of the bytes belong to the body. Afterwards its state may be END or BAD. */
size_t gate_body_take(struct gate_body *body, const char *bytes, size_t length);

#endif
