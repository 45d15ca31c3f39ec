/*
 * Deleting many links. The kernel waits for each one that it is asked to delete,
 * long, and once for all of a group: so those that are meant are given a group
 * that is reserved for this, and it is deleted. What else might carry that number
 * is looked for first; where something does, they are deleted one by one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netops/link_private.h"
#include "netops/netlink_batch.h"

/* Those of one namespace. */
struct doomed {
	struct netops *netops;
	struct netlink *netlink;
	const struct link **links; /* sorted by index */
	bool *there;		   /* as the last look at the namespace found it */
	size_t *present;	   /* the places of those that are there */
	unsigned char *fates;	   /* of the messages that give them a group */
	size_t count;
	uint32_t group;
	bool stranger; /* the last look found one in the group that is not meant */
};

/* ---- looking ---- */

static int doomed_by_index(const void *a, const void *b)
{
	const struct link *const *one = a, *const *other = b;
	uint32_t first = (*one)->status.index, second = (*other)->status.index;

	return first < second ? -1 : first > second;
}

static size_t doomed_find(const struct doomed *doomed, uint32_t index)
{
	struct link key = { .status.index = index };
	const struct link *sought = &key, **found;

	found = bsearch(&sought, doomed->links, doomed->count, sizeof(*doomed->links),
			doomed_by_index);
	return found ? (size_t)(found - doomed->links) : doomed->count;
}

static int doomed_saw(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct nlmsghdr *message = (struct nlmsghdr *)(uintptr_t)header;
	const struct ifinfomsg *info = nlmsg_data(header);
	struct doomed *doomed = context;
	char name[IFNAMSIZ];
	size_t place;

	(void)error;
	if (header->nlmsg_type != RTM_NEWLINK || nlmsg_datalen(header) < (int)sizeof(*info))
		return 0;
	place = doomed_find(doomed, (uint32_t)info->ifi_index);
	netlink_text(nlmsg_find_attr(message, sizeof(*info), IFLA_IFNAME), name, sizeof(name));
	/* Of another name it is another's by now: numbers begin anew in a namespace that is. */
	if (place < doomed->count && !strcmp(doomed->links[place]->name, name))
		doomed->there[place] = true;
	else if (netlink_number(nlmsg_find_attr(message, sizeof(*info), IFLA_GROUP)) ==
		 OWNED_GROUP_GOING)
		doomed->stranger = true;
	return 0;
}

static void doomed_forget(void *context)
{
	struct doomed *doomed = context;

	memset(doomed->there, 0, doomed->count * sizeof(*doomed->there));
	doomed->stranger = false;
}

static int doomed_look(struct doomed *doomed, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE = link_dump_message(error);

	doomed_forget(doomed);
	return message ? netlink_dump(doomed->netlink, message, doomed_saw, doomed_forget, doomed,
				      error) :
			 -1;
}

/* ---- the group ---- */

static struct nl_msg *doomed_group_message(size_t index, void *context, struct error *error)
{
	const struct doomed *doomed = context;
	const struct link *link = doomed->links[doomed->present[index]];
	struct nl_msg *message = link_change_message(link->status.index, error);

	if (message)
		nla_put_u32(message, IFLA_GROUP,
			    doomed->group ? doomed->group : link->status.group);
	return message;
}

/* Whether it came about is looked at. */
static bool doomed_whatever(const struct error *error)
{
	(void)error;
	return true;
}

/* group 0: what each had. */
static int doomed_set_group(struct doomed *doomed, uint32_t group, struct error *error)
{
	const struct netlink_batch batch = { .message = doomed_group_message,
					     .forgives = doomed_whatever,
					     .context = doomed };
	size_t count = 0, failed;

	doomed->group = group;
	for (size_t i = 0; i < doomed->count; i++) {
		if (doomed->there[i])
			doomed->present[count++] = i;
	}
	return netlink_batch(doomed->netlink, &batch, count, doomed->fates, &failed, error);
}

static int doomed_delete_group(struct doomed *doomed, struct error *error)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(RTM_DELLINK, 0, &header, sizeof(header), error);

	if (!message)
		return -1;
	nla_put_u32(message, IFLA_GROUP, OWNED_GROUP_GOING);
	if (!netlink_request(doomed->netlink, message, error))
		return 0;
	if (error->number != ENODEV)
		return -1;
	error_clear(error); /* others were faster */
	return 0;
}

/* 0: they are gone, or some were kept, as there says; -1: it did not work this way. */
static int doomed_go(struct doomed *doomed, struct error *error)
{
	if (doomed_look(doomed, error) || doomed->stranger ||
	    doomed_set_group(doomed, OWNED_GROUP_GOING, error) || doomed_look(doomed, error) ||
	    doomed->stranger)
		return -1;
	return doomed_delete_group(doomed, error) || doomed_look(doomed, error) ? -1 : 0;
}

/* What is still there is as it was. */
static void doomed_spare(struct doomed *doomed)
{
	struct error ignored;

	error_clear(&ignored);
	if (!doomed_look(doomed, &ignored))
		(void)doomed_set_group(doomed, 0, &ignored);
}

/* ---- one by one, and what is left of each ---- */

static int doomed_one(struct netops *netops, const struct link *link, struct error *error)
{
	if (!link_delete(netops, link->namespace, link->name, false, true, error))
		return 0;
	if (error->kind != ERROR_ABSENT)
		return -1;
	error_clear(error);
	return 0;
}

/* Those that the group did not take, each with its own refusal; and what outlives the others. */
static int doomed_rest(struct doomed *doomed, const struct link **ret_failed,
		       struct error *error)
{
	for (size_t i = 0; i < doomed->count; i++) {
		const struct link *link = doomed->links[i];

		*ret_failed = link;
		if (doomed->there[i] ? doomed_one(doomed->netops, link, error) :
				       link_sweep(doomed->netops, link, error))
			return -1;
	}
	return 0;
}

static int doomed_run(struct doomed *doomed, const struct link **ret_failed,
		      struct error *error)
{
	struct error why;

	error_clear(&why);
	if (netlink_rehearses(doomed->netlink))
		return 0;
	if (doomed->count > 1 && !doomed_go(doomed, &why)) {
		bool some = false;

		for (size_t i = 0; i < doomed->count; i++)
			some |= doomed->there[i];
		if (some)
			doomed_spare(doomed);
		return doomed_rest(doomed, ret_failed, error);
	}
	if (doomed->count > 1)
		doomed_spare(doomed);
	memset(doomed->there, true, doomed->count);
	return doomed_rest(doomed, ret_failed, error);
}

/* ---- namespaces ---- */

static int doomed_by_namespace(const void *a, const void *b)
{
	const struct link *const *one = a, *const *other = b;
	int names = strcmp((*one)->namespace, (*other)->namespace);

	return names ? names : doomed_by_index(a, b);
}

static int doomed_enter(struct doomed *doomed, const struct link **ret_failed,
			struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	int result;

	*ret_failed = doomed->links[0];
	if (namespace_enter(doomed->netops, doomed->links[0]->namespace, &socket, error)) {
		if (error->kind != ERROR_MISSING)
			return -1;
		error_clear(error); /* with all that was in it */
		return 0;
	}
	doomed->netlink = socket.netlink;
	result = doomed_run(doomed, ret_failed, error);
	return result;
}

/* All of them, sorted: a namespace at a time. */
static int doomed_all(struct doomed *doomed, size_t count, const struct link **ret_failed,
		      struct error *error)
{
	for (size_t i = 0; i < count; i += doomed->count, doomed->links += doomed->count) {
		const char *namespace = doomed->links[0]->namespace;

		for (doomed->count = 1; i + doomed->count < count; doomed->count++) {
			if (strcmp(doomed->links[doomed->count]->namespace, namespace))
				break;
		}
		if (doomed_enter(doomed, ret_failed, error))
			return -1;
	}
	return 0;
}

int link_delete_many(struct netops *netops, const struct link *const *links, size_t count,
		     size_t *ret_failed, struct error *error)
{
	const struct link **sorted = calloc(count + 1, sizeof(*sorted)), *failed = NULL;
	struct doomed doomed = { .netops = netops,
				 .links = sorted,
				 .there = calloc(count + 1, sizeof(bool)),
				 .present = calloc(count + 1, sizeof(size_t)),
				 .fates = calloc(count + 1, 1) };
	int result;

	*ret_failed = count;
	if (sorted && doomed.there && doomed.present && doomed.fates) {
		memcpy(sorted, links, count * sizeof(*sorted));
		qsort(sorted, count, sizeof(*sorted), doomed_by_namespace);
		result = doomed_all(&doomed, count, &failed, error);
	} else {
		result = error_errno(error, ENOMEM, "deleting links");
	}
	for (size_t i = 0; i < count && result && failed; i++) {
		if (links[i] == failed)
			*ret_failed = i;
	}
	free(sorted);
	free(doomed.there);
	free(doomed.present);
	free(doomed.fates);
	return result;
}
