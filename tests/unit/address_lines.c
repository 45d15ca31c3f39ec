/*
 * One line of text for an address: ours, and that of ip-address(8). The
 * protocol is left out: not every ip-address(8) knows it.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/address_fixture.h"

/* ip-address(8) has other words for some. */
static const struct {
	const char *name;
	uint32_t bit;
} flags[] = {
	{ "noprefixroute", IFA_F_NOPREFIXROUTE },
	{ "nodad", IFA_F_NODAD },
	{ "home", IFA_F_HOMEADDRESS },
	{ "mngtmpaddr", IFA_F_MANAGETEMPADDR },
	{ "autojoin", IFA_F_MCAUTOJOIN },
	{ "deprecated", IFA_F_DEPRECATED },
};
enum { FLAGS = sizeof(flags) / sizeof(flags[0]) };

static int line_of_ours(const struct address *address, void *context, struct error *error)
{
	const struct address_options *options = &address->options;
	bool ipv6 = options->address.family == AF_INET6;
	bool peer = ADDRESS_GIVEN(address, peer);
	struct lines *lines = context;
	char *line = lines_next(lines), text[IP_TEXT_SIZE];

	(void)error;
	ip_format(&options->address, text);
	snprintf(line, LINE, "%s %s/%u scope=%s ", address->link.name, text,
		 address_prefix_length(address), row_word_name(scope_words, options->scope));
	ip_format(&options->peer, text);
	append(line, "peer=%s ", peer ? text : "-");
	ip_format(&options->broadcast, text);
	append(line, "broadcast=%s ", ADDRESS_GIVEN(address, broadcast) ? text : "-");
	append(line, "label=%s ",
	       ipv6			     ? "-" :
	       ADDRESS_GIVEN(address, label) ? options->label :
					       address->link.name);
	append(line, "metric=%u ", ADDRESS_GIVEN(address, metric) ? options->metric : 0);
	append(line, "valid=%d preferred=%d ", ADDRESS_GIVEN(address, valid_lifetime_seconds),
	       ADDRESS_GIVEN(address, preferred_lifetime_seconds));
	if (address->flags & IFA_F_SECONDARY)
		append(line, "secondary ");
	for (int i = 0; i < FLAGS; i++) {
		if (address->flags & flags[i].bit)
			append(line, "%s ", flags[i].name);
	}
	return 0;
}

static bool limited(struct json_object *object, const char *name)
{
	return strtoul(member(object, name, "4294967295"), NULL, 10) != UINT32_MAX;
}

static void line_of_ip(const char *link, struct json_object *object, char *line)
{
	bool ipv6 = !strcmp(member(object, "family", ""), "inet6");

	snprintf(line, LINE, "%s %s/%s scope=%s ", link, member(object, "local", "?"),
		 member(object, "prefixlen", "?"), member(object, "scope", "?"));
	append(line, "peer=%s ", member(object, "address", "-"));
	append(line, "broadcast=%s ", member(object, "broadcast", "-"));
	append(line, "label=%s ", ipv6 ? "-" : member(object, "label", "-"));
	append(line, "metric=%s ", member(object, "metric", "0"));
	append(line, "valid=%d preferred=%d ", limited(object, "valid_life_time"),
	       limited(object, "preferred_life_time"));
	if (!strcmp(member(object, "secondary", ""), "true"))
		append(line, "secondary ");
	for (int i = 0; i < FLAGS; i++) {
		if (!strcmp(member(object, flags[i].name, ""), "true"))
			append(line, "%s ", flags[i].name);
	}
}

static void lines_of_link(struct json_object *link, struct lines *lines)
{
	struct json_object *addresses;

	if (!json_object_object_get_ex(link, "addr_info", &addresses))
		return;
	for (size_t i = 0; i < json_object_array_length(addresses); i++)
		line_of_ip(member(link, "ifname", "?"), json_object_array_get_idx(addresses, i),
			   lines_next(lines));
}

unsigned int compare_with_ip(const struct fixture *fixture)
{
	struct json_object *links = run_json(fixture, "", "addr");
	struct lines ours = lines_new(), theirs = lines_new();

	dump(fixture, line_of_ours, &ours);
	for (size_t i = 0; i < json_object_array_length(links); i++)
		lines_of_link(json_object_array_get_idx(links, i), &theirs);
	json_object_put(links);
	return lines_agree(&ours, &theirs);
}
