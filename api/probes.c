/* POST /probes: echoes from a namespace, and what became of them. */
#include <string.h>

#include "api/json_reader.h"
#include "api/operations.h"
#include "netops/probe.h"

static void read_address(const struct json_place *top, const char *name, struct ip *ret)
{
	struct json_place place;
	const char *text;

	if (!json_find(top, name, &place) || json_value_string(&place, &text))
		return;
	if (!ip_parse(ret, text))
		json_complain(&place, "format", "an IP address is needed here");
}

static int read_request(struct json_object *body, struct probe_request *ret,
			struct error *error)
{
	static const char *const names[] = { "namespace",  "destination", "source",	"device",
					     "count",	   "interval_ms", "timeout_ms", "size_bytes",
					     "ttl",	   "dont_fragment", NULL };
	struct json_place top = json_top_place(body, "", error), place;

	probe_defaults(ret);
	json_refuse_others(&top, names);
	if (json_need(&top, "namespace", &place))
		json_value_text(&place, ret->namespace, sizeof(ret->namespace));
	if (json_need(&top, "destination", &place))
		read_address(&top, "destination", &ret->destination);
	read_address(&top, "source", &ret->source);
	json_read_text(&top, "device", ret->device, sizeof(ret->device));
	json_read_number(&top, "count", 1, PROBE_COUNT_MAXIMUM, &ret->count);
	json_read_number(&top, "interval_ms", PROBE_INTERVAL_MINIMUM, PROBE_INTERVAL_MAXIMUM,
			 &ret->interval_ms);
	json_read_number(&top, "timeout_ms", PROBE_INTERVAL_MINIMUM, PROBE_INTERVAL_MAXIMUM,
			 &ret->timeout_ms);
	json_read_number(&top, "size_bytes", 0, PROBE_SIZE_MAXIMUM, &ret->size_bytes);
	json_read_number(&top, "ttl", 1, 255, &ret->ttl);
	json_read_boolean(&top, "dont_fragment", &ret->dont_fragment);
	return error_verdict(error);
}

static void write_times(struct json_writer *writer, const struct probe_result *result)
{
	if (!result->received) {
		json_member_null(writer, "rtt_ms");
		return;
	}
	json_member_object(writer, "rtt_ms");
	json_member_decimal(writer, "min", result->rtt_min_ms, 3);
	json_member_decimal(writer, "avg", result->rtt_avg_ms, 3);
	json_member_decimal(writer, "max", result->rtt_max_ms, 3);
	json_member_decimal(writer, "mdev", result->rtt_mdev_ms, 3);
	json_write_object_end(writer);
}

static void write_echoes(struct json_writer *writer, const struct probe_result *result)
{
	json_member_array(writer, "echoes");
	for (uint32_t i = 0; i < result->echo_count; i++) {
		const struct probe_echo *echo = &result->echoes[i];

		json_write_object(writer);
		json_member_number(writer, "sequence", echo->sequence);
		json_member_boolean(writer, "answered", echo->answered);
		if (echo->answered) {
			json_member_decimal(writer, "rtt_ms", echo->rtt_ms, 3);
			json_member_number(writer, "ttl", echo->ttl);
		}
		json_write_object_end(writer);
	}
	json_write_array_end(writer);
}

static void write_troubles(struct json_writer *writer, const struct probe_result *result)
{
	char from[IP_TEXT_SIZE];

	if (result->send_error.count) {
		json_member_object(writer, "send_error");
		json_member_number(writer, "count", result->send_error.count);
		json_member_string(writer, "message", result->send_error.text);
		json_write_object_end(writer);
	}
	if (!result->icmp.heard)
		return;
	ip_format(&result->icmp.from, from);
	json_member_object(writer, "icmp_error");
	json_member_number(writer, "count", result->icmp.count);
	json_member_number(writer, "type", result->icmp.type);
	json_member_number(writer, "code", result->icmp.code);
	json_member_string(writer, "message", result->icmp.text);
	json_member_string(writer, "from", from);
	if (result->icmp.mtu)
		json_member_number(writer, "mtu", result->icmp.mtu);
	json_write_object_end(writer);
}

static int create_probe(struct api *api, const struct api_call *call, struct api_answer *answer,
			struct error *error)
{
	struct json_object *body CLEANUP_JSON = NULL;
	struct probe_request request;
	struct probe_result result;
	char destination[IP_TEXT_SIZE];
	struct json_writer writer;

	if (api_read_body(call, &body, error) || read_request(body, &request, error) ||
	    probe_run(api->netops, &request, &result, error))
		return -1;
	ip_format(&request.destination, destination);
	answer_json(answer, 200, &writer);
	json_write_object(&writer);
	json_member_string(&writer, "namespace", request.namespace);
	json_member_string(&writer, "destination", destination);
	json_member_number(&writer, "sent", result.sent);
	json_member_number(&writer, "received", result.received);
	json_member_number(&writer, "duplicates", result.duplicates);
	json_member_decimal(&writer, "loss_percent", result.loss_percent, 1);
	write_times(&writer, &result);
	write_echoes(&writer, &result);
	write_troubles(&writer, &result);
	json_write_object_end(&writer);
	return 0;
}

/* clang-format off */
const struct api_operation probes_operations[] = {
	{ "POST", "/probes", "createProbe", API_LANE_PROBE, API_BODY_OBJECT, API_OUTPUT_JSON, NULL, create_probe },
	{ 0 },
};
/* clang-format on */
