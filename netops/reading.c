/*
 * Dumps that are left open between two objects. A dump that has to begin again
 * takes another socket: on its own the kernel still has the rest of the first.
 */
#include "netops/reading_dump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int reading_restless(struct error *error)
{
	return error_set(error, ERROR_BUSY,
			 "the kernel's table changed under each of %d readings; try again",
			 READING_TRIES);
}

/* A refusal that only says that there is nothing, or that the namespace is gone. */
static int reading_dump_failed(const struct reading_dump *dump, struct error *error)
{
	if (error->kind == ERROR_KERNEL && error->number == ENOTSOCK)
		return error_set(error, ERROR_MISSING, "the namespace \"%.64s\" was deleted",
				 dump->namespace);
	if (!dump->table->is_empty || !dump->table->is_empty(error))
		return -1;
	error_clear(error);
	return 0;
}

static int reading_dump_begin(struct reading_dump *dump, struct error *error)
{
	struct nl_msg *message CLEANUP_MESSAGE = NULL;

	dump->reading.interrupted = false;
	dump->cursor = (struct netlink_cursor){ .done = true };
	if (namespace_enter(dump->netops, dump->namespace, &dump->socket, error))
		return -1;
	namespace_may_cut(&dump->socket);
	if (dump->table->ask(dump, dump->socket.netlink, &message, error))
		return reading_dump_failed(dump, error);
	return message ? netlink_cursor_begin(&dump->cursor, dump->socket.netlink, message,
					      error) :
			 0;
}

static void reading_dump_leave(struct reading_dump *dump)
{
	netlink_cursor_end(&dump->cursor);
	namespace_leave(&dump->socket);
}

int reading_dump_next(struct reading *reading, const void **ret, struct error *error)
{
	struct reading_dump *dump = (struct reading_dump *)reading;
	const struct nlmsghdr *header;
	int more;

	do {
		more = netlink_cursor_next(&dump->cursor, &header, error);
		reading->interrupted = dump->cursor.interrupted;
		if (more < 0)
			return reading_dump_failed(dump, error);
		if (!more)
			return 0;
		more = dump->table->take(dump, header, ret, error);
	} while (!more);
	return more > 0 ? more : reading_dump_failed(dump, error);
}

int reading_dump_again(struct reading *reading, struct error *error)
{
	struct reading_dump *dump = (struct reading_dump *)reading;

	reading_dump_leave(dump);
	return reading_dump_begin(dump, error);
}

void reading_dump_free(struct reading *reading)
{
	struct reading_dump *dump = (struct reading_dump *)reading;

	reading_dump_leave(dump);
	if (dump->table->free)
		dump->table->free(dump);
	free(dump);
}

static const struct reading_kind reading_dump_kind = {
	.next = reading_dump_next,
	.again = reading_dump_again,
	.free = reading_dump_free,
};

int reading_dump_open(struct netops *netops, const char *namespace,
		      const struct reading_table *table,
		      void (*setup)(struct reading_dump *dump, const void *context),
		      const void *context, struct reading **ret, struct error *error)
{
	struct reading_dump *dump = calloc(1, table->size);

	if (!dump)
		return error_errno(error, ENOMEM, "reading a table");
	dump->reading.kind = table->kind ? table->kind : &reading_dump_kind;
	dump->table = table;
	dump->netops = netops;
	memcpy(dump->namespace, namespace, strnlen(namespace, NAMESPACE_NAME_SIZE - 1));
	setup(dump, context);
	if (!reading_dump_begin(dump, error)) {
		*ret = &dump->reading;
		return 0;
	}
	reading_dump_free(&dump->reading);
	return -1;
}
