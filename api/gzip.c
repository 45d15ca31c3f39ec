/*
 * Each window is compressed by itself and ends in whole bytes, so that what a pull
 * has made can be read at once. The state is small, as lists repeat themselves within
 * a few hundred bytes: with 8 KiB to look back in it is 100 KiB for each list.
 */
#include "api/gzip.h"

#include <stdlib.h>
#include <zlib.h>

#include "api/answer.h"
#include "api/media.h"

enum {
	GZIP_LEAST = 1024,     /* bytes; a shorter body fits into one packet as it is */
	GZIP_WINDOW = 13 + 16, /* the logarithm of 8 KiB; 16: with the head of gzip */
	GZIP_MEMORY = 7,
	GZIP_LEVEL = 1,
	GZIP_PIECE = 16 * 1024,
};

struct gzip {
	z_stream zlib;
	struct api_stream source; /* pull NULL: there is none */
};

void gzip_choose(struct api_call *call, const char *accept)
{
	int any = media_coding(accept, "*"), gzip = media_coding(accept, "gzip");
	int identity = media_coding(accept, "identity");

	if (gzip < 0)
		gzip = any;
	/* What is not named is as welcome as "*" is, and else it is no worse than nothing. */
	call->refuse_plain = identity < 0 ? !any : !identity;
	call->want_gzip = gzip > 0 && gzip >= identity;
}

static void gzip_write(struct gzip *gzip, const struct buffer *from, struct buffer *to,
		       int flush)
{
	z_stream *zlib = &gzip->zlib;

	zlib->next_in = (unsigned char *)from->data;
	zlib->avail_in = (unsigned int)from->length;
	do {
		if (!buffer_reserve(to, GZIP_PIECE))
			return;
		zlib->next_out = (unsigned char *)to->data + to->length;
		zlib->avail_out = (unsigned int)(to->size - to->length);
		deflate(zlib, flush);
		to->length = to->size - zlib->avail_out;
	} while (!zlib->avail_out);
}

static enum api_stream_state gzip_pull(void *context, struct buffer *text)
{
	struct gzip *gzip = context;
	struct buffer plain = { 0 };
	enum api_stream_state state = gzip->source.pull(gzip->source.context, &plain);

	if (plain.failed)
		state = API_STREAM_CUT;
	/* What is cut has no end, and so can be told from what is whole. */
	gzip_write(gzip, &plain, text, state == API_STREAM_ENDED ? Z_FINISH : Z_SYNC_FLUSH);
	buffer_free(&plain);
	return state;
}

static void gzip_free(void *context)
{
	struct gzip *gzip = context;

	deflateEnd(&gzip->zlib);
	if (gzip->source.free)
		gzip->source.free(gzip->source.context);
	free(gzip);
}

static struct gzip *gzip_new(void)
{
	struct gzip *gzip = calloc(1, sizeof(*gzip));

	if (gzip && deflateInit2(&gzip->zlib, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
				 Z_DEFAULT_STRATEGY) == Z_OK)
		return gzip;
	free(gzip);
	return NULL;
}

/* The stream becomes one of gzip's, or there is none and gzip is through. */
static void gzip_take_stream(struct gzip *gzip, struct api_answer *answer)
{
	if (!answer->stream.pull) {
		gzip_free(gzip);
		return;
	}
	gzip->source = answer->stream;
	answer->stream.pull = gzip_pull;
	answer->stream.free = gzip_free;
	answer->stream.context = gzip;
}

void gzip_answer(const struct api_call *call, struct api_answer *answer)
{
	struct buffer plain = answer->body;
	struct gzip *gzip;

	if (!call->want_gzip || plain.failed ||
	    (plain.length < GZIP_LEAST && !answer->stream.pull && !call->refuse_plain))
		return;
	gzip = gzip_new();
	if (!gzip)
		return;
	answer->body = (struct buffer){ 0 };
	gzip_write(gzip, &plain, &answer->body, answer->stream.pull ? Z_SYNC_FLUSH : Z_FINISH);
	if (answer->body.failed) {
		buffer_free(&answer->body);
		answer->body = plain;
		gzip_free(gzip);
		return;
	}
	buffer_free(&plain);
	answer_header(answer, "Content-Encoding", "gzip");
	gzip_take_stream(gzip, answer);
}
