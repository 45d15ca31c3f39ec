/* The names of a namespace's links by index: one dump, sorted as the kernel gives it or not. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netops/netlink.h"
#include "netops/link_private.h"

struct link_names {
	struct entry {
		uint32_t index;
		char name[IFNAMSIZ];
	} * entries;
	size_t count, size;
};

static int names_record(const struct nlmsghdr *header, void *context, struct error *error)
{
	const struct ifinfomsg *info = nlmsg_data(header);
	const struct nlattr *name = nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)header,
						    sizeof(*info), IFLA_IFNAME);
	struct link_names *names = context;
	struct entry *entries;

	if (!name)
		return 0;
	if (names->count == names->size) {
		size_t size = names->size ? 2 * names->size : 16;

		entries = reallocarray(names->entries, size, sizeof(*entries));
		if (!entries)
			return error_errno(error, ENOMEM, "reading the names of links");
		names->entries = entries;
		names->size = size;
	}
	names->entries[names->count].index = (uint32_t)info->ifi_index;
	netlink_text(name, names->entries[names->count++].name, IFNAMSIZ);
	return 0;
}

static void names_restart(void *context)
{
	((struct link_names *)context)->count = 0;
}

static int entry_compare(const void *a, const void *b)
{
	const struct entry *one = a, *other = b;

	return one->index < other->index ? -1 : one->index > other->index;
}

int link_names_read(struct netlink *netlink, struct link_names **ret, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE = link_dump_message(error);
	struct link_names *names;

	if (!message)
		return -1;
	names = calloc(1, sizeof(*names));
	if (!names)
		return error_errno(error, ENOMEM, "reading the names of links");
	if (netlink_dump(netlink, message, names_record, names_restart, names, error)) {
		link_names_free(names);
		return -1;
	}
	if (names->count)
		qsort(names->entries, names->count, sizeof(*names->entries), entry_compare);
	*ret = names;
	return 0;
}

void link_names_free(struct link_names *names)
{
	if (!names)
		return;
	free(names->entries);
	free(names);
}

const char *link_names_get(const struct link_names *names, uint32_t index)
{
	struct entry key = { .index = index };
	const struct entry *found = NULL;

	if (names->count)
		found = bsearch(&key, names->entries, names->count, sizeof(key), entry_compare);
	return found ? found->name : NULL;
}
