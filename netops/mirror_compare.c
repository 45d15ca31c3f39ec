/*
 * Two messages of a link, held against each other by the tables that read them: so
 * whatever an answer shows has a name here, and what no answer shows has none.
 */
#include <net/if.h>
#include <linux/if.h>
#include <stdio.h>
#include <string.h>

#include "netops/buffer.h"
#include "netops/link_detail.h"
#include "netops/link_private.h"
#include "netops/mirror_private.h"

/* Once each, and only whole ones; more than there is room for are told by the last. */
static void members_add(char members[MIRROR_MEMBERS_SIZE], const char *place, const char *name)
{
	size_t length = strlen(members);
	char one[96];

	snprintf(one, sizeof(one), "%s%s%s", length ? ", " : "", place, name);
	if (length + strlen(one) < MIRROR_MEMBERS_SIZE)
		memcpy(members + length, one, strlen(one) + 1);
}

static void compare_rows(const struct link *before, const struct link *after, char *members)
{
	const struct row *rows;

	for (unsigned int i = 0; (rows = link_table(after->kind, i)); i++) {
		for (const struct row *row = rows; row->name; row++) {
			char name[64];

			if ((row->flags & ROW_SHORTHAND) ||
			    row_equal(row, &before->options, &before->given, &after->options,
				      &after->given))
				continue;
			snprintf(name, sizeof(name), "%s", row->name);
			for (char *at = name; (at = strchr(at, '/'));)
				*at = '.';
			members_add(members, "", name);
		}
	}
}

static void compare_status(const struct link_status *before, const struct link_status *after,
			   char *members)
{
	if (before->operstate != after->operstate)
		members_add(members, "status.", "operstate");
	if (before->carrier != after->carrier)
		members_add(members, "status.", "carrier");
	if (before->flags != after->flags)
		members_add(members, "status.", "flags");
	if (before->group != after->group)
		members_add(members, "status.", "group");
	if (before->lower_index != after->lower_index ||
	    before->lower_namespace_id != after->lower_namespace_id)
		members_add(members, "status.", "link");
}

/* ---- details: both as lines, of which those that only one has are told ---- */

static void detail_line(const struct detail *detail, void *context)
{
	struct buffer *lines = context;

	buffer_text(lines, detail->group ? detail->group : detail->name);
	buffer_append(lines, "", 1);
	buffer_format(
		lines, "%s=%llu %s", detail->name, (unsigned long long)detail->number,
		detail->type == DETAIL_TEXT || detail->type == DETAIL_ITEM ? detail->text : "");
	buffer_append(lines, "", 1);
}

static bool line_is_there(const struct buffer *lines, const char *name, const char *value)
{
	const char *at = lines->data, *end = at + lines->length;

	while (at && at < end) {
		const char *its = at + strlen(at) + 1;

		if (!strcmp(at, name) && !strcmp(its, value))
			return true;
		at = its + strlen(its) + 1;
	}
	return false;
}

static void compare_lines(const struct buffer *one, const struct buffer *other, char *members)
{
	const char *at = one->data, *end = at + one->length;
	const char *last = "";

	while (at && at < end) {
		const char *value = at + strlen(at) + 1;
		char quoted[96];

		snprintf(quoted, sizeof(quoted), "status.%s", at);
		if (strcmp(last, at) != 0 && !line_is_there(other, at, value) &&
		    !strstr(members, quoted)) {
			members_add(members, "status.", at);
			last = at;
		}
		at = value + strlen(value) + 1;
	}
}

static void compare_details(const struct link *before, const struct link *after, char *members)
{
	struct buffer one = { 0 }, other = { 0 };

	link_details(before, false, detail_line, &one);
	link_details(after, false, detail_line, &other);
	if (!one.failed && !other.failed) {
		compare_lines(&one, &other, members);
		compare_lines(&other, &one, members);
	}
	buffer_free(&one);
	buffer_free(&other);
}

/* ---- */

static void describe(const struct link *link, struct mirror_change *ret)
{
	link_url(link, ret->url);
	memcpy(ret->name, link->name, sizeof(ret->name));
	ret->tunnel = link->kind && link->kind->tunnel;
	ret->ours = link_is_ours(link);
	ret->leads = ret->leads || LINK_GIVEN(link, master);
}

static void compare(const struct link *before, const struct link *after,
		    struct mirror_change *ret)
{
	const uint32_t states = IFF_UP | IFF_RUNNING | IFF_LOWER_UP;

	ret->state = ((before->status.flags ^ after->status.flags) & states) ||
		     before->status.carrier != after->status.carrier ||
		     before->status.operstate != after->status.operstate;
	ret->leads = LINK_GIVEN(before, master);
	link_url(before, ret->old_url);
	describe(after, ret);
	if (strcmp(ret->old_url, ret->url) != 0) {
		ret->news = MIRROR_RENAMED;
		return;
	}
	ret->old_url[0] = '\0';
	compare_rows(before, after, ret->members);
	compare_status(&before->status, &after->status, ret->members);
	compare_details(before, after, ret->members);
	ret->news = ret->members[0] ? MIRROR_CHANGED : MIRROR_UNSEEN;
}

void mirror_compare(const char *namespace, const struct nlmsghdr *before,
		    const struct nlmsghdr *after, struct mirror_change *ret)
{
	struct link old CLEANUP_LINK = LINK_EMPTY, new CLEANUP_LINK = LINK_EMPTY;
	bool was = before && link_parse(before, namespace, &old);
	bool is = after && link_parse(after, namespace, &new);

	*ret = (struct mirror_change){ .news = MIRROR_NOTHING };
	if (was && is) {
		compare(&old, &new, ret);
		return;
	}
	if (!was && !is)
		return;
	describe(is ? &new : &old, ret);
	ret->state = ((is ? &new : &old)->status.flags & IFF_UP) != 0;
	ret->news = is ? MIRROR_CREATED : MIRROR_DELETED;
}
