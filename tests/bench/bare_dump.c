/*
 * What the kernel's dump costs by itself: it is received, as many bytes at a time as
 * the agent takes, and its attributes are walked. Nothing can list faster over netlink.
 *
 * bare_dump routes|links [NAMESPACE [TABLE]]: prints milliseconds and objects.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { RECEIVE_SIZE = 64 * 1024 }; /* as in netops/netlink.c */

struct route_request {
	struct nlmsghdr head;
	struct rtmsg route;
	struct rtattr attribute;
	uint32_t table;
};

struct link_request {
	struct nlmsghdr head;
	struct ifinfomsg link;
};

struct dump_count {
	long objects;
	long attributes;
	unsigned long sum; /* of the values' first bytes, so that none is left out */
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void enter(const char *namespace)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", namespace);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path);
	close(fd);
}

/* Strict, so that the kernel leaves out the tables that were not asked for. */
static int open_socket(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int one = 1;

	if (fd < 0 || setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one)))
		die("netlink");
	return fd;
}

static void ask_routes(int fd, uint32_t table)
{
	struct route_request request = {
		.head = { .nlmsg_type = RTM_GETROUTE,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.route.rtm_family = AF_INET,
		.attribute = { RTA_LENGTH(sizeof(table)), RTA_TABLE },
		.table = table,
	};

	request.head.nlmsg_len = table ? sizeof(request) : NLMSG_LENGTH(sizeof(request.route));
	if (send(fd, &request, request.head.nlmsg_len, 0) < 0)
		die("send");
}

static void ask_links(int fd)
{
	struct link_request request = { .head = { .nlmsg_type = RTM_GETLINK,
						  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
						  .nlmsg_len = sizeof(request) } };

	if (send(fd, &request, sizeof(request), 0) < 0)
		die("send");
}

static void walk(const struct nlmsghdr *message, bool routes, struct dump_count *count)
{
	size_t head = routes ? sizeof(struct rtmsg) : sizeof(struct ifinfomsg);
	const struct rtattr *attribute =
		(const void *)((const char *)NLMSG_DATA(message) + NLMSG_ALIGN(head));
	int left = (int)(message->nlmsg_len - NLMSG_SPACE(head));

	count->objects++;
	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
		count->attributes++;
		if (RTA_PAYLOAD(attribute))
			count->sum += *(const unsigned char *)RTA_DATA(attribute);
	}
}

/* Returns whether that was all. */
static bool walk_datagram(const void *data, ssize_t length, bool routes,
			  struct dump_count *count)
{
	const struct nlmsghdr *message = data;

	for (; NLMSG_OK(message, length); message = NLMSG_NEXT(message, length)) {
		if (message->nlmsg_type == NLMSG_DONE)
			return true;
		if (message->nlmsg_type == NLMSG_ERROR) {
			errno = -((const struct nlmsgerr *)NLMSG_DATA(message))->error;
			die("dump");
		}
		walk(message, routes, count);
	}
	return false;
}

static void receive(int fd, bool routes, struct dump_count *count)
{
	static _Alignas(NLMSG_ALIGNTO) char buffer[RECEIVE_SIZE];
	ssize_t length;

	do {
		length = recv(fd, buffer, sizeof(buffer), 0);
		if (length < 0)
			die("recv");
	} while (!walk_datagram(buffer, length, routes, count));
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
	bool routes = argc > 1 && !strcmp(argv[1], "routes");
	struct dump_count count = { 0 };
	double begin;
	int fd;

	if (argc < 2 || argc > 4 || (!routes && strcmp(argv[1], "links"))) {
		fprintf(stderr, "usage: %s routes|links [NAMESPACE [TABLE]]\n", argv[0]);
		return 2;
	}
	if (argc > 2)
		enter(argv[2]);
	fd = open_socket();
	begin = now();
	if (routes)
		ask_routes(fd, argc > 3 ? (uint32_t)atoi(argv[3]) : 0);
	else
		ask_links(fd);
	receive(fd, routes, &count);
	printf("%.3f %ld\n", now() - begin, count.objects);
	return count.sum + 1 == 0; /* never: the walk must not be thrown away */
}
