/* What a batch needs of a socket beside what others see of it. */
#ifndef NETOPS_NETLINK_PRIVATE_H
#define NETOPS_NETLINK_PRIVATE_H

#include "netops/netlink.h"

/* Sequence numbers for so many requests; returns the first. */
uint32_t netlink_number_requests(struct netlink *netlink, size_t count);
/* True in a rehearsal; so many changes are counted in any case. */
bool netlink_withholds(struct netlink *netlink, size_t count);
/* From now on it is only good for closing. */
void netlink_spoil(struct netlink *netlink);
/* What an acknowledgement, or the end of a dump, says: 0, or -1 with the error filled. */
int netlink_verdict(const struct nlmsghdr *header, struct error *error);
/* The same, and a refusal is counted (kernel_count.h). */
int netlink_judge(const struct netlink *netlink, const struct nlmsghdr *header,
		  struct error *error);
/* Counts what leaves, and what fails without the kernel's verdict; that is -1, the error filled. */
void netlink_note_request(const struct netlink *netlink, const struct nlmsghdr *header);
int netlink_note_error(const struct netlink *netlink, int number, const char *what,
		       struct error *error);

#endif
