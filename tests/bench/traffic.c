/*
 * Traffic that costs its ends next to nothing, so that what is between them is measured: TCP from a
 * file by sendfile(), thrown away by the kernel where it arrives; UDP many datagrams a call.
 *
 *	traffic tcp-take ADDRESS              one connection to its end
 *	traffic tcp-send ADDRESS SECONDS
 *	traffic udp-take ADDRESS              until none came for a while
 *	traffic udp-send ADDRESS SECONDS SIZE
 *
 * A taker says "ready", and then what came: bytes or datagrams, and the seconds it took. Port 5001.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	PORT = 5001,
	PIECE = 1 << 20,
	MANY = 64,	/* datagrams of a call */
	LARGEST = 1472, /* of a datagram */
	FIRST = 10000,	/* milliseconds until something comes */
	SILENCE = 300,	/* and then until nothing comes any more */
	ROOM = 4 << 20,
};

struct place {
	struct sockaddr_storage address;
	socklen_t length;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static struct place place_of(const char *text)
{
	struct place place = { 0 };
	struct sockaddr_in *four = (struct sockaddr_in *)&place.address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&place.address;

	if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(PORT);
		place.length = sizeof(*four);
	} else if (inet_pton(AF_INET6, text, &six->sin6_addr) == 1) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(PORT);
		place.length = sizeof(*six);
	} else {
		errx(2, "%s is no address", text);
	}
	return place;
}

static int open_socket(const struct place *place, int type)
{
	int one = 1, room = ROOM;
	int fd = socket(place->address.ss_family, type, 0);

	if (fd < 0)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (type == SOCK_DGRAM)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return fd;
}

static int take_on(const char *address, int type)
{
	struct place place = place_of(address);
	int fd = open_socket(&place, type);

	if (bind(fd, (struct sockaddr *)&place.address, place.length) ||
	    (type == SOCK_STREAM && listen(fd, 1)))
		err(1, "bind %s", address);
	puts("ready");
	fflush(stdout);
	return fd;
}

static int send_to(const char *address, int type)
{
	struct place place = place_of(address);
	int fd = open_socket(&place, type);

	if (connect(fd, (struct sockaddr *)&place.address, place.length))
		err(1, "connect %s", address);
	return fd;
}

static bool something_comes(int fd, int patience)
{
	struct pollfd wait = { fd, POLLIN, 0 };

	return poll(&wait, 1, patience) > 0;
}

static void tell(double amount, double seconds)
{
	printf("%.0f %.6f\n", amount, seconds);
}

static void tcp_take(const char *address)
{
	int listening = take_on(address, SOCK_STREAM);
	double amount = 0, begin;
	ssize_t got;
	int fd;

	if (!something_comes(listening, FIRST))
		errx(1, "nobody connects");
	fd = accept(listening, NULL, NULL);
	if (fd < 0)
		err(1, "accept");
	begin = now();
	while (something_comes(fd, FIRST) && (got = recv(fd, NULL, PIECE, MSG_TRUNC)) > 0)
		amount += (double)got;
	tell(amount, now() - begin);
}

static void tcp_send(const char *address, double seconds)
{
	int fd = send_to(address, SOCK_STREAM);
	int file = memfd_create("traffic", MFD_CLOEXEC);
	double end = now() + seconds;

	if (file < 0 || ftruncate(file, PIECE))
		err(1, "memfd_create");
	while (now() < end) {
		off_t at = 0;

		if (sendfile(fd, file, &at, PIECE) < 0)
			err(1, "sendfile");
	}
}

/* parts and messages of MANY datagrams, all with the same room. */
static void many(struct mmsghdr *messages, struct iovec *part)
{
	memset(messages, 0, MANY * sizeof(*messages));
	for (int i = 0; i < MANY; i++) {
		messages[i].msg_hdr.msg_iov = part;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
}

static void udp_take(const char *address)
{
	static unsigned char room[LARGEST];
	struct iovec part = { room, sizeof(room) };
	struct mmsghdr messages[MANY];
	int fd = take_on(address, SOCK_DGRAM), got, patience = FIRST;
	double amount = 0, begin = 0, last = 0;

	many(messages, &part);
	while (something_comes(fd, patience)) {
		got = recvmmsg(fd, messages, MANY, MSG_DONTWAIT, NULL);
		if (got < 0)
			continue;
		last = now();
		if (!amount)
			begin = last;
		amount += got;
		patience = SILENCE;
	}
	tell(amount, last - begin);
}

static void udp_send(const char *address, double seconds, size_t size)
{
	static unsigned char room[LARGEST];
	struct iovec part = { room, size < LARGEST ? size : LARGEST };
	struct mmsghdr messages[MANY];
	int fd = send_to(address, SOCK_DGRAM);
	double end = now() + seconds;

	many(messages, &part);
	while (now() < end)
		if (sendmmsg(fd, messages, MANY, 0) < 0 && errno != ENOBUFS)
			err(1, "sendmmsg");
}

int main(int count, char **words)
{
	if (count == 3 && !strcmp(words[1], "tcp-take"))
		tcp_take(words[2]);
	else if (count == 4 && !strcmp(words[1], "tcp-send"))
		tcp_send(words[2], atof(words[3]));
	else if (count == 3 && !strcmp(words[1], "udp-take"))
		udp_take(words[2]);
	else if (count == 5 && !strcmp(words[1], "udp-send"))
		udp_send(words[2], atof(words[3]), (size_t)atoi(words[4]));
	else
		errx(2, "usage: traffic {tcp,udp}-{take,send} ADDRESS [SECONDS [SIZE]]");
	return 0;
}
