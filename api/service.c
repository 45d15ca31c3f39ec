/*
 * The service document is made from the table of operations, so it names what
 * is there and nothing else.
 */
#include "api/service.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "api/operations.h"
#include "netops/capability.h"
#include "netops/kind.h"
#include "netops/text.h"

enum { SERVICE_PIECE = 16 * 1024 };

static void service_read_file(struct buffer *buffer, const char *path)
{
	FILE *file = fopen(path, "re");
	char piece[SERVICE_PIECE];
	size_t length;

	if (!file)
		return;
	while ((length = fread(piece, 1, sizeof(piece), file)))
		buffer_append(buffer, piece, length);
	fclose(file);
}

void service_read_description(struct api *api, const char *path)
{
	char json[sizeof(api->openapi_path) + 8];
	size_t length;

	/* A longer one could not be opened. */
	if (!path || !text_copy(api->openapi_path, sizeof(api->openapi_path), path))
		return;
	length = strlen(api->openapi_path);
	if (length > 5 && !strcmp(api->openapi_path + length - 5, ".yaml"))
		length -= 5;
	snprintf(json, sizeof(json), "%.*s.json", (int)length, api->openapi_path);
	service_read_file(&api->openapi_yaml, path);
	service_read_file(&api->openapi_json, json);
}

/* A path of one segment that can be read, without parameters. */
static bool service_is_entry(const struct api_operation *operation)
{
	return !strcmp(operation->method, "GET") && operation->path[1] &&
	       !strpbrk(operation->path + 1, "/{");
}

static void service_links(struct json_writer *writer, const struct api_call *call)
{
	json_member_object(writer, "links");
	for (const struct api_operation *const *array = api_operations; *array; array++) {
		for (const struct api_operation *one = *array; one->method; one++) {
			if (service_is_entry(one))
				answer_url(writer, call, one->path + 1, one->path);
		}
	}
	json_write_object_end(writer);
}

static int service_document(struct api *api, const struct api_call *call,
			    struct api_answer *answer, struct error *error)
{
	struct json_writer writer;

	(void)api, (void)error;
	answer_json(answer, 200, &writer);
	json_write_object(&writer);
	json_member_string(&writer, "name", "tunneld");
	json_member_string(&writer, "version", PACKAGE_VERSION);
	answer_self(&writer, call, "/");
	answer_url(&writer, call, "documentation", "/openapi.yaml");
	service_links(&writer, call);
	json_write_object_end(&writer);
	return 0;
}

static void service_kernel(struct json_writer *writer)
{
	struct utsname system;

	if (uname(&system))
		return;
	json_member_object(writer, "kernel");
	json_member_string(writer, "name", system.sysname);
	json_member_string(writer, "release", system.release);
	json_member_string(writer, "machine", system.machine);
	json_write_object_end(writer);
}

static int service_version(struct api *api, const struct api_call *call,
			   struct api_answer *answer, struct error *error)
{
	struct json_writer writer;

	(void)api, (void)call, (void)error;
	answer_json(answer, 200, &writer);
	json_write_object(&writer);
	json_member_string(&writer, "name", "tunneld");
	json_member_string(&writer, "version", PACKAGE_VERSION);
	json_member_number(&writer, "api_version", 1);
	service_kernel(&writer);
	json_write_object_end(&writer);
	return 0;
}

static int service_description(const struct api *api, const struct buffer *text,
			       const char *type, struct api_answer *answer, struct error *error)
{
	if (!text->length)
		return error_set(error, ERROR_ABSENT,
				 "this description is not installed (the YAML one is looked "
				 "for at %s, the JSON one beside it)",
				 api->openapi_path[0] ? api->openapi_path : "no place");
	answer->status = 200;
	answer->content_type = type;
	buffer_append(&answer->body, text->data, text->length);
	return 0;
}

static int service_openapi_yaml(struct api *api, const struct api_call *call,
				struct api_answer *answer, struct error *error)
{
	(void)call;
	return service_description(api, &api->openapi_yaml, "application/yaml", answer, error);
}

static int service_openapi_json(struct api *api, const struct api_call *call,
				struct api_answer *answer, struct error *error)
{
	(void)call;
	return service_description(api, &api->openapi_json, ANSWER_JSON, answer, error);
}

static int service_capability(const struct capability *capability, void *context,
			      struct error *error)
{
	static const char *const states[] = {
		[CAPABILITY_ABSENT] = "absent",
		[CAPABILITY_LOADABLE] = "loadable",
		[CAPABILITY_LOADED] = "loaded",
	};
	struct json_writer *writer = context;

	(void)error;
	json_write_object(writer);
	json_member_string(writer, "kind", capability->kind->name);
	json_member_boolean(writer, "tunnel", capability->kind->tunnel);
	json_member_string(writer, "state", states[capability->state]);
	json_member_string(writer, "reason", capability->reason);
	if (capability->state != CAPABILITY_ABSENT)
		json_member_string(writer, "datapath", "kernel");
	else if (capability->userspace)
		json_member_string(writer, "datapath", "userspace");
	else
		json_member_null(writer, "datapath");
	json_write_object_end(writer);
	return 0;
}

static int service_capabilities(struct api *api, const struct api_call *call,
				struct api_answer *answer, struct error *error)
{
	struct json_writer writer;

	(void)call;
	answer_json(answer, 200, &writer);
	json_write_object(&writer);
	service_kernel(&writer);
	json_member_array(&writer, "kinds");
	if (capability_list(api->netops, service_capability, &writer, error))
		return -1;
	json_write_array_end(&writer);
	json_write_object_end(&writer);
	return 0;
}

const struct api_operation service_operations[] = {
	{ .method = "GET", .path = "/", .id = "getService", .handler = service_document },
	{ .method = "GET", .path = "/version", .id = "getVersion", .handler = service_version },
	{ .method = "GET",
	  .path = "/openapi.yaml",
	  .id = "getOpenapiYaml",
	  .output = API_OUTPUT_ANY,
	  .handler = service_openapi_yaml },
	{ .method = "GET",
	  .path = "/openapi.json",
	  .id = "getOpenapiJson",
	  .output = API_OUTPUT_ANY,
	  .handler = service_openapi_json },
	{ .method = "GET",
	  .path = "/capabilities",
	  .id = "getCapabilities",
	  .lane = API_LANE_READER,
	  .handler = service_capabilities },
	{ 0 },
};
