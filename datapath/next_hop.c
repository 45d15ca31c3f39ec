/* One question, one answer: rtnetlink answers a request for one object before send() returns. */
#include "datapath/next_hop.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

struct question {
	struct nlmsghdr head;
	union {
		struct rtmsg route;
		struct ndmsg neighbor;
	};
	unsigned char attributes[64];
};

enum { ANSWER_SIZE = 4096 };

static void question_add(struct question *question, uint16_t type, const void *data,
			 size_t length)
{
	struct nlattr attribute = { (uint16_t)(sizeof(attribute) + length), type };
	unsigned char *at = (unsigned char *)question + question->head.nlmsg_len;

	memcpy(at, &attribute, sizeof(attribute));
	memcpy(at + sizeof(attribute), data, length);
	question->head.nlmsg_len += NLA_ALIGN(attribute.nla_len);
}

/* The length of the answer's message in buffer, 0 where it is an error. */
static size_t question_ask(int netlink, struct question *question, unsigned char *buffer)
{
	static uint32_t number;
	struct nlmsghdr head;
	ssize_t got;

	question->head.nlmsg_seq = __atomic_add_fetch(&number, 1, __ATOMIC_RELAXED);
	question->head.nlmsg_flags = NLM_F_REQUEST;
	if (send(netlink, question, question->head.nlmsg_len, MSG_DONTWAIT) < 0)
		return 0;
	while ((got = recv(netlink, buffer, ANSWER_SIZE, MSG_DONTWAIT)) >=
	       (ssize_t)sizeof(head)) {
		memcpy(&head, buffer, sizeof(head));
		if (head.nlmsg_seq != question->head.nlmsg_seq)
			continue;
		return head.nlmsg_type == NLMSG_ERROR || head.nlmsg_len > (size_t)got ?
			       0 :
			       head.nlmsg_len;
	}
	return 0;
}

/* The value of an attribute behind a header of that size; NULL: not there. */
static const unsigned char *answer_find(const unsigned char *buffer, size_t length,
					size_t header, uint16_t type, size_t size)
{
	size_t at = NLMSG_HDRLEN + NLMSG_ALIGN(header);
	struct nlattr attribute;

	while (at + sizeof(attribute) <= length) {
		memcpy(&attribute, buffer + at, sizeof(attribute));
		if (attribute.nla_len < sizeof(attribute) || at + attribute.nla_len > length)
			return NULL;
		if ((attribute.nla_type & NLA_TYPE_MASK) == type &&
		    attribute.nla_len >= sizeof(attribute) + size)
			return buffer + at + sizeof(attribute);
		at += NLA_ALIGN(attribute.nla_len);
	}
	return NULL;
}

bool next_hop(int netlink, uint32_t device, uint8_t version, unsigned char address[16])
{
	size_t size = version == 4 ? 4 : 16, length;
	struct question question = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
			  .nlmsg_type = RTM_GETROUTE },
		.route = { .rtm_family = version == 4 ? AF_INET : AF_INET6,
			   .rtm_dst_len = (unsigned char)(8 * size) },
	};
	unsigned char answer[ANSWER_SIZE];
	const unsigned char *gateway;

	question_add(&question, RTA_DST, address, size);
	question_add(&question, RTA_OIF, &device, sizeof(device));
	length = question_ask(netlink, &question, answer);
	if (!length)
		return false;
	gateway = answer_find(answer, length, sizeof(struct rtmsg), RTA_GATEWAY, size);
	if (gateway)
		memcpy(address, gateway, size);
	return true;
}

bool next_hop_neighbor(int netlink, uint32_t device, uint8_t version,
		       const unsigned char address[16], uint32_t *link_address)
{
	struct question question = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ndmsg)),
			  .nlmsg_type = RTM_GETNEIGH },
		.neighbor = { .ndm_family = version == 4 ? AF_INET : AF_INET6,
			      .ndm_ifindex = (int)device },
	};
	unsigned char answer[ANSWER_SIZE];
	const unsigned char *found;
	size_t length;

	question_add(&question, NDA_DST, address, version == 4 ? 4 : 16);
	length = question_ask(netlink, &question, answer);
	found = length ? answer_find(answer, length, sizeof(struct ndmsg), NDA_LLADDR, 4) :
			 NULL;
	if (found)
		memcpy(link_address, found, 4);
	return found && *link_address;
}
