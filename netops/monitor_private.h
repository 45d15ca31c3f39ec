/* What the sources of the monitor share. */
#ifndef NETOPS_MONITOR_PRIVATE_H
#define NETOPS_MONITOR_PRIVATE_H

#include <stddef.h>

#include "netops/monitor.h"

/* An inside_work: opens the socket that hears, into the int behind context. */
int monitor_socket_open(void *context, struct error *error);
/* From now on it hears what extent (enum monitor_extent) says. */
int monitor_socket_set(int fd, int extent, struct error *error);

/*
 * One notification into a record, all but its namespace; false for what is of
 * no interest. It may be cut: what is needed stands in front.
 */
bool monitor_parse(const void *data, size_t length, struct monitor_record *ret);

#endif
