/*
 * A chunked body is read by one step for each byte that frames it; the content
 * itself is passed over in whole pieces.
 */
#include "agent/gate_body.h"

#include <ctype.h>

#include "agent/gate_scan.h"

void gate_body_start(struct gate_body *body, bool chunked, uint64_t length)
{
	*body = (struct gate_body){ .left = chunked ? 0 : length };
	if (chunked)
		body->state = GATE_CHUNK_SIZE;
	else if (length)
		body->state = GATE_BODY_DATA;
}

static enum gate_body_state gate_body_refuse(struct gate_body *body, int status,
					     const char *detail)
{
	body->status = status;
	body->detail = detail;
	return GATE_BODY_BAD;
}

static enum gate_body_state gate_body_bad_chunk(struct gate_body *body)
{
	return gate_body_refuse(
		body, 400, "A chunk of the body is not: hexadecimal size, CR LF, data, CR LF.");
}

static enum gate_body_state gate_body_bad_trailer(struct gate_body *body)
{
	return gate_body_refuse(
		body, 400, "A line behind the last chunk is not a name, a colon and a value.");
}

static enum gate_body_state gate_body_size(struct gate_body *body, unsigned char byte)
{
	unsigned int digit;

	if (isxdigit(byte) && body->line++ < GATE_CHUNK_DIGITS) {
		digit = (unsigned int)(isdigit(byte) ? byte - '0' : tolower(byte) - 'a' + 10);
		body->left = body->left << 4 | digit;
		return GATE_CHUNK_SIZE;
	}
	if (!body->line || (byte != ';' && byte != '\r'))
		return gate_body_bad_chunk(body);
	body->line = 0;
	return byte == ';' ? GATE_CHUNK_EXTENSION : GATE_CHUNK_SIZE_LF;
}

static enum gate_body_state gate_body_extension(struct gate_body *body, unsigned char byte)
{
	if (byte == '\r')
		return GATE_CHUNK_SIZE_LF;
	if (!gate_scan_is_text(byte) || ++body->line > GATE_CHUNK_EXTENSIONS)
		return gate_body_bad_chunk(body);
	return GATE_CHUNK_EXTENSION;
}

static enum gate_body_state gate_body_size_end(struct gate_body *body, unsigned char byte)
{
	body->line = 0;
	if (byte != '\n')
		return gate_body_bad_chunk(body);
	return body->left ? GATE_CHUNK_DATA : GATE_TRAILER_BEGIN;
}

static enum gate_body_state gate_body_trailer(struct gate_body *body, unsigned char byte)
{
	bool name = body->state != GATE_TRAILER_VALUE;

	if (++body->line > GATE_TRAILER_BYTES)
		return gate_body_refuse(
			body, 431, "The fields behind the body are longer than 8192 bytes.");
	if (body->state == GATE_TRAILER_BEGIN && byte == '\r')
		return GATE_TRAILER_LAST_LF;
	if (name && gate_scan_is_token(byte))
		return GATE_TRAILER_NAME;
	if (body->state == GATE_TRAILER_NAME && byte == ':')
		return GATE_TRAILER_VALUE;
	if (!name && gate_scan_is_text(byte))
		return GATE_TRAILER_VALUE;
	return !name && byte == '\r' ? GATE_TRAILER_LF : gate_body_bad_trailer(body);
}

/* What a byte outside of the content leads to. */
static enum gate_body_state gate_body_step(struct gate_body *body, unsigned char byte)
{
	switch (body->state) {
	case GATE_CHUNK_SIZE:
		return gate_body_size(body, byte);
	case GATE_CHUNK_EXTENSION:
		return gate_body_extension(body, byte);
	case GATE_CHUNK_SIZE_LF:
		return gate_body_size_end(body, byte);
	case GATE_CHUNK_DATA_CR:
		return byte == '\r' ? GATE_CHUNK_DATA_LF : gate_body_bad_chunk(body);
	case GATE_CHUNK_DATA_LF:
		return byte == '\n' ? GATE_CHUNK_SIZE : gate_body_bad_chunk(body);
	case GATE_TRAILER_BEGIN:
	case GATE_TRAILER_NAME:
	case GATE_TRAILER_VALUE:
		return gate_body_trailer(body, byte);
	case GATE_TRAILER_LF:
		return byte == '\n' ? GATE_TRAILER_BEGIN : gate_body_bad_trailer(body);
	case GATE_TRAILER_LAST_LF:
		return byte == '\n' ? GATE_BODY_END : gate_body_bad_trailer(body);
	case GATE_BODY_END:
	case GATE_BODY_DATA:
	case GATE_CHUNK_DATA:
	case GATE_BODY_BAD:
		break;
	}
	return GATE_BODY_BAD;
}

static size_t gate_body_content(struct gate_body *body, size_t length)
{
	size_t taken = length < body->left ? length : (size_t)body->left;

	body->left -= taken;
	body->received += taken;
	if (!body->left)
		body->state = body->state == GATE_BODY_DATA ? GATE_BODY_END :
							      GATE_CHUNK_DATA_CR;
	return taken;
}

size_t gate_body_take(struct gate_body *body, const char *bytes, size_t length)
{
	size_t at = 0;

	while (at < length && body->state != GATE_BODY_END && body->state != GATE_BODY_BAD) {
		if (body->state == GATE_BODY_DATA || body->state == GATE_CHUNK_DATA)
			at += gate_body_content(body, length - at);
		else
			body->state = gate_body_step(body, (unsigned char)bytes[at++]);
	}
	return at;
}
