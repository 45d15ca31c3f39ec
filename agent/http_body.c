/*
 * A chunked body is read by one step for each byte that frames it; the content
 * itself is passed over in whole pieces.
 */
#include "agent/http_body.h"

#include <ctype.h>

#include "agent/http_head.h"

void http_body_start(struct http_body *body, bool chunked, uint64_t length)
{
	*body = (struct http_body){ .left = chunked ? 0 : length };
	if (chunked)
		body->state = HTTP_CHUNK_SIZE;
	else if (length)
		body->state = HTTP_BODY_DATA;
}

static enum http_body_state http_body_refuse(struct http_body *body, int status,
					     const char *detail)
{
	body->status = status;
	body->detail = detail;
	return HTTP_BODY_BAD;
}

static enum http_body_state http_body_bad_chunk(struct http_body *body)
{
	return http_body_refuse(
		body, 400, "A chunk of the body is not: hexadecimal size, CR LF, data, CR LF.");
}

static enum http_body_state http_body_bad_trailer(struct http_body *body)
{
	return http_body_refuse(
		body, 400, "A line behind the last chunk is not a name, a colon and a value.");
}

static enum http_body_state http_body_size(struct http_body *body, unsigned char byte)
{
	unsigned int digit;

	if (isxdigit(byte) && body->line++ < HTTP_CHUNK_DIGITS) {
		digit = (unsigned int)(isdigit(byte) ? byte - '0' : tolower(byte) - 'a' + 10);
		body->left = body->left << 4 | digit;
		return HTTP_CHUNK_SIZE;
	}
	if (!body->line || (byte != ';' && byte != '\r'))
		return http_body_bad_chunk(body);
	body->line = 0;
	return byte == ';' ? HTTP_CHUNK_EXTENSION : HTTP_CHUNK_SIZE_LF;
}

static enum http_body_state http_body_extension(struct http_body *body, unsigned char byte)
{
	if (byte == '\r')
		return HTTP_CHUNK_SIZE_LF;
	if (!http_head_is_text(byte) || ++body->line > HTTP_CHUNK_EXTENSIONS)
		return http_body_bad_chunk(body);
	return HTTP_CHUNK_EXTENSION;
}

static enum http_body_state http_body_size_end(struct http_body *body, unsigned char byte)
{
	body->line = 0;
	if (byte != '\n')
		return http_body_bad_chunk(body);
	return body->left ? HTTP_CHUNK_DATA : HTTP_TRAILER_BEGIN;
}

static enum http_body_state http_body_trailer(struct http_body *body, unsigned char byte)
{
	bool name = body->state != HTTP_TRAILER_VALUE;

	if (++body->line > HTTP_TRAILER_BYTES)
		return http_body_refuse(
			body, 431, "The fields behind the body are longer than 8192 bytes.");
	if (body->state == HTTP_TRAILER_BEGIN && byte == '\r')
		return HTTP_TRAILER_LAST_LF;
	if (name && http_head_is_token(byte))
		return HTTP_TRAILER_NAME;
	if (body->state == HTTP_TRAILER_NAME && byte == ':')
		return HTTP_TRAILER_VALUE;
	if (!name && http_head_is_text(byte))
		return HTTP_TRAILER_VALUE;
	return !name && byte == '\r' ? HTTP_TRAILER_LF : http_body_bad_trailer(body);
}

/* What a byte outside of the content leads to. */
static enum http_body_state http_body_step(struct http_body *body, unsigned char byte)
{
	switch (body->state) {
	case HTTP_CHUNK_SIZE:
		return http_body_size(body, byte);
	case HTTP_CHUNK_EXTENSION:
		return http_body_extension(body, byte);
	case HTTP_CHUNK_SIZE_LF:
		return http_body_size_end(body, byte);
	case HTTP_CHUNK_DATA_CR:
		return byte == '\r' ? HTTP_CHUNK_DATA_LF : http_body_bad_chunk(body);
	case HTTP_CHUNK_DATA_LF:
		return byte == '\n' ? HTTP_CHUNK_SIZE : http_body_bad_chunk(body);
	case HTTP_TRAILER_BEGIN:
	case HTTP_TRAILER_NAME:
	case HTTP_TRAILER_VALUE:
		return http_body_trailer(body, byte);
	case HTTP_TRAILER_LF:
		return byte == '\n' ? HTTP_TRAILER_BEGIN : http_body_bad_trailer(body);
	case HTTP_TRAILER_LAST_LF:
		return byte == '\n' ? HTTP_BODY_END : http_body_bad_trailer(body);
	case HTTP_BODY_END:
	case HTTP_BODY_DATA:
	case HTTP_CHUNK_DATA:
	case HTTP_BODY_BAD:
		break;
	}
	return HTTP_BODY_BAD;
}

static size_t http_body_content(struct http_body *body, size_t length)
{
	size_t taken = length < body->left ? length : (size_t)body->left;

	body->left -= taken;
	body->received += taken;
	if (!body->left)
		body->state = body->state == HTTP_BODY_DATA ? HTTP_BODY_END :
							      HTTP_CHUNK_DATA_CR;
	return taken;
}

size_t http_body_take(struct http_body *body, const char *bytes, size_t length,
		      size_t *ret_content)
{
	size_t at = 0;

	*ret_content = 0;
	while (at < length && !*ret_content && body->state != HTTP_BODY_END &&
	       body->state != HTTP_BODY_BAD) {
		if (body->state == HTTP_BODY_DATA || body->state == HTTP_CHUNK_DATA)
			at += *ret_content = http_body_content(body, length - at);
		else
			body->state = http_body_step(body, (unsigned char)bytes[at++]);
	}
	return at;
}
