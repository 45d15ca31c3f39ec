/* See kernel.h. */
#include "tests/fuzz/kernel.h"

#include <sanitizer/asan_interface.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/fuzz/fuzz.h"

ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *data, size_t size, int flags);

static struct {
	struct netlink *netlink;
	const uint8_t *data;
	size_t size;
	uint32_t sequence; /* of the last question */
} kernel;

struct netlink *kernel_open(const uint8_t *data, size_t size)
{
	struct error error;

	error_clear(&error);
	if (!kernel.netlink && netlink_open(NETLINK_ROUTE, &kernel.netlink, &error))
		fuzz_broken(__FILE__, __LINE__, error.detail);
	kernel.data = data;
	kernel.size = size;
	return kernel.netlink;
}

ssize_t __wrap_send(int fd, const void *data, size_t size, int flags)
{
	(void)fd, (void)flags;
	kernel.sequence = ((const struct nlmsghdr *)data)->nlmsg_seq;
	return (ssize_t)size;
}

static size_t kernel_acknowledge(void *data)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr ack;
	} answer = { .header = { .nlmsg_len = sizeof(answer), .nlmsg_type = NLMSG_ERROR } };

	memcpy(data, &answer, sizeof(answer));
	return sizeof(answer);
}

/* Whoever makes inputs cannot know the number; without it nothing is listened to. */
static void kernel_answer(void *data, size_t size)
{
	struct nlmsghdr *header = data;
	int rest = (int)size;

	for (; nlmsg_ok(header, rest); header = nlmsg_next(header, &rest))
		header->nlmsg_seq = kernel.sequence;
}

ssize_t __wrap_recv(int fd, void *data, size_t size, int flags)
{
	size_t length = 0;

	(void)fd, (void)flags;
	ASAN_UNPOISON_MEMORY_REGION(data, size);
	if (kernel.size >= 2) {
		length = kernel.data[0] | (size_t)kernel.data[1] << 8;
		length = length < kernel.size - 2 ? length : kernel.size - 2;
		length = length < size ? length : size;
		memcpy(data, kernel.data + 2, length);
		kernel.data += 2 + length;
		kernel.size -= 2 + length;
	} else {
		kernel.size = 0;
		length = kernel_acknowledge(data);
	}
	kernel_answer(data, length);
	/* What lies behind is of an older answer: nobody may look at it. */
	ASAN_POISON_MEMORY_REGION((char *)data + length, size - length);
	return (ssize_t)length;
}
