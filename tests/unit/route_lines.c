/* One line of text for a route: ours, and that of ip-route(8). */
#include <json-c/json.h>
#include <stdlib.h>

#include "tests/unit/route_fixture.h"

static void append_ip(char *line, const char *name, const struct ip *ip, bool given)
{
	char text[IP_TEXT_SIZE];

	if (!given)
		return;
	ip_format(ip, text);
	append(line, "%s=%s ", name, text);
}

static void append_number(char *line, const char *name, uint32_t number, bool given)
{
	if (given)
		append(line, "%s=%u ", name, number);
}

static void append_flags(char *line, uint32_t flags)
{
	if (flags & RTNH_F_ONLINK)
		append(line, "onlink ");
	if (flags & RTNH_F_LINKDOWN)
		append(line, "linkdown ");
	if (flags & RTNH_F_DEAD)
		append(line, "dead ");
}

#define NUMBER(line, text, route, member) \
	append_number(line, text, (route)->options.member, ROUTE_GIVEN(route, member))

static void append_metrics(char *line, const struct route *route)
{
	NUMBER(line, "mtu", route, mtu);
	NUMBER(line, "window", route, window_bytes);
	append_number(line, "rtt", route->options.rtt_us / 1000, ROUTE_GIVEN(route, rtt_us));
	append_number(line, "rttvar", route->options.rtt_variance_us / 1000,
		      ROUTE_GIVEN(route, rtt_variance_us));
	NUMBER(line, "ssthresh", route, slow_start_threshold);
	NUMBER(line, "cwnd", route, congestion_window);
	NUMBER(line, "advmss", route, advertised_mss_bytes);
	NUMBER(line, "reordering", route, reordering);
	NUMBER(line, "hoplimit", route, hop_limit);
	NUMBER(line, "initcwnd", route, initial_congestion_window);
	NUMBER(line, "rto_min", route, minimum_rto_ms);
	NUMBER(line, "initrwnd", route, initial_receive_window);
	NUMBER(line, "quickack", route, quick_ack);
	NUMBER(line, "fastopen_no_cookie", route, fast_open_no_cookie);
	if (ROUTE_GIVEN(route, ecn))
		append(line, "ecn ");
	if (ROUTE_GIVEN(route, congestion_control))
		append(line, "congestion=%s ", route->options.congestion_control);
}

static int line_of_ours(const struct route *route, void *context, struct error *error)
{
	const struct route_options *options = &route->options;
	struct lines *lines = context;
	char *line = lines_next(lines), text[IP_TEXT_SIZE];

	(void)error;
	ip_format_prefix(&options->destination, text);
	append(line, "%s type=%u table=%u protocol=%u scope=%u ", text, options->type,
	       options->table, options->protocol, options->scope);
	if (ROUTE_GIVEN(route, source)) {
		ip_format_prefix(&options->source, text);
		append(line, "from=%s ", text);
	}
	append_ip(line, "gateway", &options->gateway, ROUTE_GIVEN(route, gateway));
	if (ROUTE_GIVEN(route, device))
		append(line, "dev=%s ", options->device.name);
	append_ip(line, "prefsrc", &options->preferred_source,
		  ROUTE_GIVEN(route, preferred_source));
	append_number(line, "metric", options->metric,
		      options->metric || options->destination.family == AF_INET6);
	append_number(line, "tos", options->tos, options->tos != 0);
	NUMBER(line, "nhid", route, nexthop_id);
	if (ROUTE_GIVEN(route, preference))
		append(line, "pref=%s ",
		       row_word_name(route_preference_words, options->preference));
	if (ROUTE_GIVEN(route, expires_seconds))
		append(line, "expires ");
	if (ROUTE_GIVEN(route, encapsulation))
		append(line, "encap=%s ",
		       row_word_name(route_encapsulation_words, options->encapsulation));
	append_flags(line, route->flags);
	append_metrics(line, route);
	for (size_t i = 0; i < route->nexthop_count; i++) {
		const struct route_nexthop *leg = &route->nexthops[i];

		append(line, "[ ");
		append_ip(line, "gateway", &leg->options.gateway, NEXTHOP_GIVEN(leg, gateway));
		append(line, "dev=%s weight=%u ", leg->options.device.name,
		       leg->options.weight);
		append_flags(line, leg->flags);
		append(line, "] ");
	}
	return 0;
}

static void append_text(char *line, const char *text, struct json_object *object,
			const char *name)
{
	const char *value = member(object, name, NULL);

	if (value)
		append(line, "%s=%s ", text, value);
}

static void append_gateway(char *line, struct json_object *object)
{
	struct json_object *via;

	append_text(line, "gateway", object, "gateway");
	if (json_object_object_get_ex(object, "via", &via))
		append_text(line, "gateway", via, "host");
}

static void append_json_flags(char *line, struct json_object *object)
{
	static const char *const names[] = { "onlink", "linkdown", "dead" };
	struct json_object *flags;

	if (!json_object_object_get_ex(object, "flags", &flags))
		return;
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		for (size_t i = 0; i < json_object_array_length(flags); i++) {
			if (!strcmp(json_object_get_string(json_object_array_get_idx(flags, i)),
				    names[n]))
				append(line, "%s ", names[n]);
		}
	}
}

static void append_json_metrics(char *line, struct json_object *object)
{
	static const char *const names[] = {
		"mtu",	    "window",
		"rtt",	    "rttvar",
		"ssthresh", "cwnd",
		"advmss",   "reordering",
		"hoplimit", "initcwnd",
		"rto_min",  "initrwnd",
		"quickack", "fastopen_no_cookie",
	};
	struct json_object *array, *metrics, *ecn;

	if (!json_object_object_get_ex(object, "metrics", &array))
		return;
	metrics = json_object_array_get_idx(array, 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		append_text(line, names[i], metrics, names[i]);
	if (json_object_object_get_ex(metrics, "ecn", &ecn))
		append(line, "ecn ");
	append_text(line, "congestion", metrics, "congestion");
}

static void append_destination(char *line, const char *text, bool ipv6)
{
	struct ip ip;
	char whole[IP_TEXT_SIZE];

	if (!strcmp(text, "default"))
		text = ipv6 ? "::/0" : "0.0.0.0/0";
	ip = ip_of(text);
	ip_format_prefix(&ip, whole);
	append(line, "%s ", whole);
}

static void append_legs(char *line, struct json_object *object)
{
	struct json_object *legs;

	if (!json_object_object_get_ex(object, "nexthops", &legs))
		return;
	for (size_t i = 0; i < json_object_array_length(legs); i++) {
		struct json_object *leg = json_object_array_get_idx(legs, i);

		append(line, "[ ");
		append_gateway(line, leg);
		append_text(line, "dev", leg, "dev");
		append_text(line, "weight", leg, "weight");
		append_json_flags(line, leg);
		append(line, "] ");
	}
}

static void line_of_ip(struct json_object *object, bool ipv6, char *line)
{
	const char *tos = member(object, "tos", NULL), *from = member(object, "from", NULL);
	struct ip source;
	char text[IP_TEXT_SIZE];

	append_destination(line, member(object, "dst", NULL), ipv6);
	append_text(line, "type", object, "type");
	append_text(line, "table", object, "table");
	append_text(line, "protocol", object, "protocol");
	append_text(line, "scope", object, "scope");
	if (from) {
		source = ip_of(from);
		ip_format_prefix(&source, text);
		append(line, "from=%s ", text);
	}
	append_gateway(line, object);
	append_text(line, "dev", object, "dev");
	append_text(line, "prefsrc", object, "prefsrc");
	append_text(line, "metric", object, "metric");
	if (tos)
		append(line, "tos=%lu ", strtoul(tos, NULL, 0));
	append_text(line, "nhid", object, "nhid");
	append_text(line, "pref", object, "pref");
	if (member(object, "expires", NULL))
		append(line, "expires ");
	append_text(line, "encap", object, "encap");
	append_json_flags(line, object);
	append_json_metrics(line, object);
	append_legs(line, object);
}

static void lines_of_ip(const struct fixture *fixture, const char *family, struct lines *lines)
{
	bool ipv6 = !strcmp(family, "-6 -N");
	struct json_object *routes = run_json(fixture, family, "route show table all");

	for (size_t i = 0; i < json_object_array_length(routes); i++)
		line_of_ip(json_object_array_get_idx(routes, i), ipv6, lines_next(lines));
	json_object_put(routes);
}

unsigned int compare_with_ip(const struct fixture *fixture)
{
	struct lines ours = lines_new(), theirs = lines_new();

	dump(fixture, &(struct route_filter){ 0 }, line_of_ours, &ours);
	lines_of_ip(fixture, "-4 -N", &theirs);
	lines_of_ip(fixture, "-6 -N", &theirs);
	return lines_agree(&ours, &theirs);
}
