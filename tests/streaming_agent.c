/*
 * Adds to the agent under test what streams a test wants to have:
 *
 *     /stream/LANE/WINDOWS/SIZE/END/MILLISECONDS
 *
 * comes on that lane (loop, reader) in so many windows of so many bytes, each of which
 * takes so long to make, and ends as END says (end, cut). The byte at n is
 * 'a' + n % 26. /stream/count tells how many streams there are, with a header that
 * would be two. To free a stream while it is pulled, or to pull it twice at once, is
 * the end of the agent.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/operations.h"

struct source {
	unsigned long windows, size, offset;
	unsigned int milliseconds;
	bool cut;
	atomic_bool pulled;
};

static atomic_int sources;
static const struct api_operation none = { .method = "GET", .path = "/stream", .id = "" };

int __real_api_accept(struct api *api, const struct api_request *request, struct api_call *call,
		      struct api_answer *answer);
int __wrap_api_accept(struct api *api, const struct api_request *request, struct api_call *call,
		      struct api_answer *answer);
bool __real_api_quick(struct api *api, struct api_call *call, struct api_answer *answer);
bool __wrap_api_quick(struct api *api, struct api_call *call, struct api_answer *answer);
void __real_api_perform(struct api *api, struct api_call *call, struct api_answer *answer);
void __wrap_api_perform(struct api *api, struct api_call *call, struct api_answer *answer);

static bool is_ours(const char *target)
{
	return target && !strncmp(target, "/stream/", 8);
}

static void source_free(void *context)
{
	struct source *source = context;

	if (atomic_exchange(&source->pulled, true))
		abort();
	atomic_fetch_sub(&sources, 1);
	free(source);
}

static enum api_stream_state source_pull(void *context, struct buffer *text)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz";
	struct source *source = context;
	unsigned long end = source->offset + source->size;

	if (atomic_exchange(&source->pulled, true) || text->length)
		abort();
	if (source->milliseconds)
		usleep(source->milliseconds * 1000);
	if (source->windows) {
		for (; source->offset < end; source->offset++)
			buffer_append(text, &alphabet[source->offset % 26], 1);
		source->windows--;
	}
	atomic_store(&source->pulled, false);
	if (source->windows)
		return API_STREAM_OPEN;
	return source->cut ? API_STREAM_CUT : API_STREAM_ENDED;
}

static void source_open(const struct api_call *call, struct api_answer *answer)
{
	struct source *source = calloc(1, sizeof(*source));
	char lane[16], end[16];

	atomic_fetch_add(&sources, 1);
	sscanf(call->target, "/stream/%15[a-z]/%lu/%lu/%15[a-z]/%u", lane, &source->windows,
	       &source->size, end, &source->milliseconds);
	source->cut = !strcmp(end, "cut");
	if (source_pull(source, &answer->body) == API_STREAM_ENDED) {
		source_free(source);
		return;
	}
	answer->stream = (struct api_stream){
		.pull = source_pull, .free = source_free, .context = source, .lane = call->lane
	};
}

int __wrap_api_accept(struct api *api, const struct api_request *request, struct api_call *call,
		      struct api_answer *answer)
{
	if (!is_ours(request->target))
		return __real_api_accept(api, request, call, answer);
	*call = (struct api_call){ .operation = &none, .target = request->target, .body = "" };
	if (strstr(request->target, "/reader/"))
		call->lane = API_LANE_READER;
	return 0;
}

bool __wrap_api_quick(struct api *api, struct api_call *call, struct api_answer *answer)
{
	return !is_ours(call->target) && __real_api_quick(api, call, answer);
}

void __wrap_api_perform(struct api *api, struct api_call *call, struct api_answer *answer)
{
	if (!is_ours(call->target)) {
		__real_api_perform(api, call, answer);
		return;
	}
	*answer = (struct api_answer){ .status = 200, .content_type = "text/plain" };
	if (!strstr(call->target, "/count")) {
		source_open(call, answer);
		return;
	}
	buffer_format(&answer->body, "%d", atomic_load(&sources));
	answer->header_count = 2;
	answer->headers[0] = (struct api_header){ "Odd", "a\r\nInjected: b" };
	answer->headers[1] = (struct api_header){ "Even", "c" };
}
