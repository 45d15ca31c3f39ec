/*
 * Three tables: what a kind of error means to clients, what an errno means,
 * and the titles of bare statuses. The rest writes the document.
 */
#include "api/problem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/answer.h"

enum {
	PROBLEM_RETRY_SECONDS = 1,
	PROBLEM_ENOTSUPP = 524, /* linux/errno.h: not for user space, but it gets out */
};

struct problem_kind {
	int status; /* 0: by the errno */
	const char *type, *title;
};

static const struct problem_kind problem_kinds[] = {
	[ERROR_NONE] = { 500, "internal", "The daemon failed" },
	[ERROR_MALFORMED] = { 400, "malformed", "The request cannot be read" },
	[ERROR_TOO_LARGE] = { 413, "large", "The request is too large" },
	[ERROR_INVALID] = { 422, "invalid", "The request has wrong members" },
	[ERROR_ABSENT] = { 404, "absent", "There is no such object" },
	[ERROR_MISSING] = { 409, "missing", "Something that the object needs is not there" },
	[ERROR_EXISTS] = { 409, "exists", "Something else is in the way" },
	[ERROR_AMBIGUOUS] = { 409, "ambiguous", "Several objects fit" },
	[ERROR_REFUSED] = { 409, "refused", "The object cannot be changed like this" },
	[ERROR_FIXED] = { 409, "fixed", "The object would have to be made anew" },
	[ERROR_PRECONDITION] = { 412, "precondition",
				 "A condition of the request does not hold" },
	[ERROR_UNSUPPORTED] = { 501, "unsupported", "This kernel cannot do it" },
	[ERROR_BUSY] = { 503, "busy", "Not now: try again" },
	[ERROR_KERNEL] = { 0, "kernel", "The kernel refused" },
	[ERROR_INTERNAL] = { 500, "internal", "The daemon failed" },
};

struct problem_number {
	int number, status;
	const char *advice; /* a sentence behind the detail, or NULL */
};

#define ADVICE_RIGHTS                                                        \
	"tunneld needs the capabilities CAP_NET_ADMIN and, for namespaces, " \
	"CAP_SYS_ADMIN; here it seems to lack one."

static const struct problem_number problem_numbers[] = {
	{ EEXIST, 409, NULL },
	{ EBUSY, 409, NULL },
	{ EADDRINUSE, 409, NULL },
	{ ENOTEMPTY, 409, NULL },
	{ ENETUNREACH, 409, NULL }, /* a gateway that no route reaches */
	{ EHOSTUNREACH, 409, NULL },
	{ ENETDOWN, 409, NULL },
	{ ENODEV, 404, NULL },
	{ ENXIO, 404, NULL },
	{ ENOENT, 404, NULL },
	{ ESRCH, 404, NULL },
	{ EPERM, 403, ADVICE_RIGHTS },
	{ EACCES, 403, ADVICE_RIGHTS },
	{ EINVAL, 422, NULL },
	{ ERANGE, 422, NULL },
	{ EADDRNOTAVAIL, 422, NULL },
	{ ENAMETOOLONG, 422, NULL },
	{ EDOM, 422, NULL },
	{ ELOOP, 422, NULL }, /* a bridge below a bridge */
	{ EOPNOTSUPP, 501, NULL },
	{ EAFNOSUPPORT, 501, NULL },
	{ EPFNOSUPPORT, 501, NULL },
	{ EPROTONOSUPPORT, 501, NULL },
	{ ENOSYS, 501, NULL },
	{ PROBLEM_ENOTSUPP, 501, NULL },
	{ ENOBUFS, 503, NULL },
	{ ENOMEM, 503, NULL },
	{ EAGAIN, 503, NULL },
	{ EINTR, 503, NULL },
	{ EMFILE, 503, NULL },
	{ ENFILE, 503, NULL },
	{ ENOSPC, 503, NULL },
	{ 0, 500, NULL }, /* all others */
};

struct problem_title {
	int status;
	const char *title;
};

static const struct problem_title problem_titles[] = {
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 422, "Unprocessable Content" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 0, "Error" }, /* all others */
};

static const struct problem_number *problem_number(int number)
{
	const struct problem_number *row = problem_numbers;

	while (row->number && row->number != number)
		row++;
	return row;
}

static const char *problem_title(int status)
{
	const struct problem_title *row = problem_titles;

	while (row->status && row->status != status)
		row++;
	return row->title;
}

int problem_status(const struct error *error)
{
	int status = problem_kinds[error->kind].status;

	return status ? status : problem_number(error->number)->status;
}

static void problem_head(struct json_writer *writer, const char *type, const char *title,
			 int status)
{
	json_write_object(writer);
	json_member_string(writer, "type", type);
	json_member_string(writer, "title", title);
	json_member_number(writer, "status", (uint64_t)status);
}

/* The detail, or one made of the members; and what else is worth a sentence. */
static void problem_detail(struct json_writer *writer, const struct error *error)
{
	const char *advice = problem_number(error->number)->advice;
	const struct error_member *first = &error->members[0];
	char text[1024] = "";

	if (error->detail[0])
		snprintf(text, sizeof(text), "%s%s%s", error->detail, advice ? ". " : "",
			 advice ? advice : "");
	else if (error->member_count > ERROR_MEMBERS)
		snprintf(text, sizeof(text), "%u members are wrong; these are the first %d",
			 error->member_count, ERROR_MEMBERS);
	else if (error->member_count > 1)
		snprintf(text, sizeof(text), "%u members are wrong", error->member_count);
	else if (error->member_count)
		snprintf(text, sizeof(text), "%s%s%s", first->pointer,
			 first->pointer[0] ? ": " : "the body: ", first->detail);
	else if (error->number)
		snprintf(text, sizeof(text), "%s", error_words(error->number));
	if (text[0])
		json_member_string(writer, "detail", text);
}

static void problem_members(struct json_writer *writer, const struct error *error)
{
	if (!error->member_count)
		return;
	json_member_array(writer, "errors");
	for (unsigned int i = 0; i < error->member_count && i < ERROR_MEMBERS; i++) {
		const struct error_member *member = &error->members[i];

		json_write_object(writer);
		json_member_string(writer, "pointer", member->pointer);
		json_member_string(writer, "code", member->code);
		json_member_string(writer, "detail", member->detail);
		json_write_object_end(writer);
	}
	json_write_array_end(writer);
}

static void problem_kernel(struct json_writer *writer, const struct error *error)
{
	const char *name = strerrorname_np(error->number);

	if (!error->number)
		return;
	json_member_object(writer, "kernel");
	if (name)
		json_member_string(writer, "errno", name);
	json_member_integer(writer, "number", error->number);
	if (error->kernel[0])
		json_member_string(writer, "message", error->kernel);
	else
		json_member_string(writer, "message", error_words(error->number));
	json_write_object_end(writer);
}

static void problem_link(struct json_writer *writer, const char *prefix, const char *url)
{
	char text[ERROR_URL_SIZE + 8];

	snprintf(text, sizeof(text), "%s%s", prefix, url);
	json_write_object(writer);
	json_member_string(writer, "self", text);
	json_write_object_end(writer);
}

static void problem_objects(struct json_writer *writer, const struct error *error,
			    const char *prefix)
{
	if (error->conflict[0]) {
		json_write_name(writer, "conflict");
		problem_link(writer, prefix, error->conflict);
	}
	if (!error->candidate_count)
		return;
	json_member_array(writer, "candidates");
	for (unsigned int i = 0; i < error->candidate_count && i < ERROR_CANDIDATES; i++)
		problem_link(writer, prefix, error->candidates[i]);
	json_write_array_end(writer);
}

/* Whatever a handler put into the answer is no part of the problem. */
static void problem_begin(struct api_answer *answer, struct json_writer *writer, int status,
			  int retry_after)
{
	api_answer_free(answer);
	answer->header_count = 0;
	answer_json(answer, status, writer);
	answer->content_type = PROBLEM_TYPE;
	if (retry_after)
		answer_header(answer, "Retry-After", "%d", retry_after);
}

void problem_answer(struct api_answer *answer, const struct error *error, const char *prefix,
		    const char *instance)
{
	problem_answer_more(answer, error, prefix, instance, NULL);
}

void problem_answer_more(struct api_answer *answer, const struct error *error,
			 const char *prefix, const char *instance,
			 const struct problem_more *more)
{
	const struct problem_kind *kind = &problem_kinds[error->kind];
	int status = problem_status(error);
	struct json_writer writer;
	char type[64];

	problem_begin(answer, &writer, status, status == 503 ? PROBLEM_RETRY_SECONDS : 0);
	snprintf(type, sizeof(type), "/problems/%s", kind->type);
	problem_head(&writer, type, kind->title, status);
	problem_detail(&writer, error);
	if (instance)
		json_member_string(&writer, "instance", instance);
	problem_members(&writer, error);
	problem_kernel(&writer, error);
	problem_objects(&writer, error, prefix);
	if (more)
		more->write(&writer, more->context);
	json_write_object_end(&writer);
	json_write_line_end(&writer);
}

void problem_plain(struct api_answer *answer, int status, int retry_after, const char *instance,
		   const char *detail)
{
	struct json_writer writer;

	problem_begin(answer, &writer, status, retry_after);
	problem_head(&writer, "about:blank", problem_title(status), status);
	json_member_string(&writer, "detail", detail);
	if (instance)
		json_member_string(&writer, "instance", instance);
	json_write_object_end(&writer);
	json_write_line_end(&writer);
}

void api_refuse(struct api_answer *answer, int status, int retry_after, const char *detail)
{
	problem_plain(answer, status, retry_after, NULL, detail);
}
