/*
 * Runs a command to which the kernel refuses what a change or a look at the
 * network needs, with one errno, from the moment that a file is there:
 * refuse EIO FILE tunneld … Answers for failures that cannot be arranged
 * otherwise are seen this way.
 *
 * A seccomp filter asks a process beside the command, so the command itself is
 * as it is: the kernel really gives this errno.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
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

static size_t ask_for_one(struct sock_filter *filter, const struct refused *one)
{
	size_t n = 0;

	filter[n++] = LOAD(offsetof(struct seccomp_data, nr));
	filter[n++] = JUMP_UNLESS((unsigned int)one->number, one->argument == EVERY ? 1 : 3);
	if (one->argument != EVERY) {
		filter[n++] = LOAD(argument_place(one->argument));
		filter[n++] = JUMP_UNLESS(one->value, 1);
	}
	filter[n++] = STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	return n;
}

/* Returns a descriptor on which each of these system calls waits to be judged. */
static int ask(void)
{
	struct sock_filter filter[LENGTH];
	struct sock_fprog program = { .filter = filter };
	size_t length = 0;

	for (size_t i = 0; i < sizeof(all_refused) / sizeof(all_refused[0]); i++)
		length += ask_for_one(filter + length, &all_refused[i]);
	filter[length++] = STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = (unsigned short)length;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* Until the command has ended. */
static void judge_all(int listener, int number, const char *file)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		struct seccomp_notif call = { 0 };
		struct seccomp_notif_resp verdict = { .error = -number };

		/* Who is not there any more needs no verdict. */
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
			continue;
		verdict.id = call.id;
		if (access(file, F_OK))
			verdict = (struct seccomp_notif_resp){
				.id = call.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE
			};
		(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &verdict);
	}
}

/* Behind a fork the judge has the same descriptors; exec() takes them from the command. */
static int refuse(int number, const char *file)
{
	int listener = ask();
	pid_t judge = listener < 0 ? -1 : fork();

	if (judge == 0) {
		judge_all(listener, number, file);
		_exit(0);
	}
	return judge < 0 ? -1 : 0;
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
	int number = argc > 3 ? find_errno(argv[1]) : 0;

	if (!number) {
		fprintf(stderr, "usage: refuse ERRNO FILE COMMAND [ARGUMENT]...\n");
		return 2;
	}
	if (refuse(number, argv[2]) == 0)
		execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 127;
}
