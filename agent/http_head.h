/*
 * The head of a request, judged strictly by RFC 9112 and RFC 9110 on the bytes
 * as they came: what two readers could understand differently is refused. Pure
 * text: no sockets, no state but its own.
 */
#ifndef AGENT_HTTP_HEAD_H
#define AGENT_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HTTP_METHOD_MAX = 32,	  /* bytes */
	HTTP_TARGET_MAX = 4096,	  /* bytes: path and query */
	HTTP_FIELDS_BYTES = 8192, /* bytes: all header fields with their line ends */
	HTTP_FIELDS_MAX = 100,
	/* No head that is taken is longer. */
	HTTP_HEAD_MAX = 2 + HTTP_METHOD_MAX + 1 + HTTP_TARGET_MAX + 11 + HTTP_FIELDS_BYTES + 2,
};

/* A piece of the bytes; begin 0: there is none. */
struct http_span {
	size_t begin, length;
};

/* Fields that may come once only. */
enum http_field {
	HTTP_HOST,
	HTTP_CONTENT_LENGTH,
	HTTP_TRANSFER_ENCODING,
	HTTP_EXPECT,
	HTTP_ORIGIN,
	HTTP_REFERER,
	HTTP_AUTHORIZATION,
	HTTP_CONTENT_TYPE,
	HTTP_FIELDS,
};

/* A header field: its name is at begin. */
struct http_line {
	uint16_t begin, name_length;
	struct http_span value; /* without the spaces around it */
};

/* Zeroed, or by http_head_start(), before the first byte of a request. */
struct http_head {
	size_t start; /* of the request line: one empty line before it is ignored */
	size_t seen;  /* bytes looked at; of a head that is complete: where it ends */
	size_t line;  /* where the line begins that is not complete */
	bool has_request_line;
	size_t method_length; /* the method is at start */
	bool is_head;	      /* its answer has no body */
	size_t field_begin;   /* of the first field */
	unsigned int field_count;
	unsigned int minor;	    /* of HTTP/1.x */
	struct http_span authority; /* of a target http://authority/path */
	struct http_span path;	    /* what the target names here; length 0: / */
	struct http_span fields[HTTP_FIELDS];
	uint64_t content_length;
	bool chunked;
	bool close, keep_alive; /* what Connection says */
	int status;		/* of the refusal */
	char detail[160];	/* its sentence */
	struct http_line lines[HTTP_FIELDS_MAX];
};

void http_head_start(struct http_head *head);

/* May the connection stay, as far as the client goes? RFC 9112, 9.3. */
bool http_head_stays(const struct http_head *head);

enum http_verdict {
	HTTP_MORE, /* not complete; nothing wrong so far */
	HTTP_GOOD,
	HTTP_BAD, /* see status and detail */
};

/*
 * bytes: all of the request that has come so far, from its first one; they may
 * have moved since the last call. Looks at each byte once.
 */
enum http_verdict http_head_read(struct http_head *head, const char *bytes, size_t length);

/* May this byte stand in a line? Carriage return and line feed may not. */
bool http_head_is_text(unsigned char byte);
/* May it stand in a token (RFC 9110, 5.6.2), such as the name of a field? */
bool http_head_is_token(unsigned char byte);

#endif
