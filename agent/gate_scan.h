/*
 * The head of a request, judged strictly by RFC 9112 and RFC 9110 on the bytes
 * as they came, before any library reads them: what two readers could
 * understand differently is refused. Pure text: no sockets, no state but its own.
 */
#ifndef AGENT_GATE_SCAN_H
#define AGENT_GATE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	GATE_METHOD_MAX = 32,	  /* bytes */
	GATE_TARGET_MAX = 4096,	  /* bytes: path and query */
	GATE_FIELDS_BYTES = 8192, /* bytes: all header fields with their line ends */
	GATE_FIELDS_MAX = 100,
	/* No head that is taken is longer. */
	GATE_HEAD_MAX = 2 + GATE_METHOD_MAX + 1 + GATE_TARGET_MAX + 11 + GATE_FIELDS_BYTES + 2,
};

/* A piece of the bytes; begin 0: there is none. */
struct gate_span {
	size_t begin, length;
};

/* Fields that may come once only. */
enum gate_field {
	GATE_HOST,
	GATE_CONTENT_LENGTH,
	GATE_TRANSFER_ENCODING,
	GATE_EXPECT,
	GATE_ORIGIN,
	GATE_REFERER,
	GATE_AUTHORIZATION,
	GATE_CONTENT_TYPE,
	GATE_FIELDS,
};

/* Zeroed before the first byte of a request. */
struct gate_head {
	size_t start; /* of the request line: one empty line before it is ignored */
	size_t seen;  /* bytes looked at; of a head that is complete: where it ends */
	size_t line;  /* where the line begins that is not complete */
	bool has_request_line;
	size_t method_length; /* the method is at start */
	bool is_head;	      /* its answer has no body */
	size_t field_begin;   /* of the first field */
	unsigned int field_count;
	unsigned int minor;	    /* of HTTP/1.x */
	struct gate_span authority; /* of a target http://authority/path */
	struct gate_span fields[GATE_FIELDS];
	uint64_t content_length;
	bool chunked;
	int status;	  /* of the refusal */
	char detail[160]; /* its sentence */
};

enum gate_verdict {
	GATE_MORE, /* not complete; nothing wrong so far */
	GATE_GOOD,
	GATE_BAD, /* see status and detail */
};

/*
 * bytes: all of the request that has come so far, from its first one; they may
 * have moved since the last call. Looks at each byte once.
 */
enum gate_verdict gate_scan(struct gate_head *head, const char *bytes, size_t length);

/* May this byte stand in a line? Carriage return and line feed may not. */
bool gate_scan_is_text(unsigned char byte);
/* May it stand in a token (RFC 9110, 5.6.2), such as the name of a field? */
bool gate_scan_is_token(unsigned char byte);

#endif
