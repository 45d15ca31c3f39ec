/*
 * Runs a command to which the kernel refuses what a change or a look at the
 * network needs, with one errno: refuse EIO tunneld … Answers for failures that
 * cannot be arranged otherwise are seen this way.
 *
 * A seccomp filter does it, so the command itself is as it is: the kernel
 * really gives this errno.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EVERY = -1, LENGTH = 64 };

/* System calls that are refused, all or those with one argument of this value. */
static const struct refused {
	int number, argument;
	unsigned int value;
} all_refused[] = {
	{ SYS_setns, EVERY, 0 },    /* entering a namespace */
	{ SYS_mount, EVERY, 0 },    /* making one */
	{ SYS_umount2, EVERY, 0 },  /* removing one */
	{ SYS_socket, 0, AF_INET }, /* probes */
	{ SYS_socket, 0, AF_INET6 },
};

static const struct {
	const char *name;
	int number;
} errnos[] = {
	{ "EPERM", EPERM }, { "ENOENT", ENOENT },	  { "EBUSY", EBUSY },
	{ "EIO", EIO },	    { "EOPNOTSUPP", EOPNOTSUPP }, { "ENOMEM", ENOMEM },
};

#define STATEMENT(code, k) ((struct sock_filter)BPF_STMT(code, k))
#define JUMP_UNLESS(k, count) \
	((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, count))
#define LOAD(place) STATEMENT(BPF_LD | BPF_W | BPF_ABS, (unsigned int)(place))

/* The low half of an argument: both machines that run this are little-endian. */
static size_t argument_place(int argument)
{
	return offsetof(struct seccomp_data, args) + 8 * (size_t)argument;
}

static size_t refuse_one(struct sock_filter *filter, const struct refused *one, int number)
{
	size_t n = 0;

	filter[n++] = LOAD(offsetof(struct seccomp_data, nr));
	filter[n++] = JUMP_UNLESS((unsigned int)one->number, one->argument == EVERY ? 1 : 3);
	if (one->argument != EVERY) {
		filter[n++] = LOAD(argument_place(one->argument));
		filter[n++] = JUMP_UNLESS(one->value, 1);
	}
	filter[n++] = STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned int)number);
	return n;
}

static int refuse(int number)
{
	struct sock_filter filter[LENGTH];
	struct sock_fprog program = { .filter = filter };
	size_t length = 0;

	for (size_t i = 0; i < sizeof(all_refused) / sizeof(all_refused[0]); i++)
		length += refuse_one(filter + length, &all_refused[i], number);
	filter[length++] = STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = (unsigned short)length;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

static int find_errno(const char *name)
{
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++) {
		if (!strcmp(errnos[i].name, name))
			return errnos[i].number;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int number = argc > 2 ? find_errno(argv[1]) : 0;

	if (!number) {
		fprintf(stderr, "usage: refuse ERRNO COMMAND [ARGUMENT]...\n");
		return 2;
	}
	if (refuse(number) == 0)
		execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
