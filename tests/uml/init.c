/*
 * The first process of a user-mode kernel that tests/in-uml started.
 *
 * The kernel boots with the host's / as its root, which it must not change. So
 * the idea is: lay a writable overlay on it, move the root there, put fresh
 * system folders on top, run one command, and end the machine. Compiled and
 * static, because every fork+exec of a shell that did the same costs 12 ms here.
 *
 * It was started by a link beside which the launcher left:
 *   job     what to do: records that end in a NUL byte, the first byte of each
 *           being its kind (enum record), so that any argument passes unchanged
 *   stage/  an empty folder, to mount things on
 *   result/ where the command's exit status goes, in the file "status"
 * The command's output leaves by /dev/tty1 (stdout) and /dev/tty2 (stderr).
 * Whatever fails before the command runs is told on the console, and there is
 * no status then: the launcher takes that for a machine that did not boot.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "init.h"

#define MODULES "/usr/lib/uml/modules"
#define FALLBACK_DEVICES "/proc/sys/net/core/fb_tunnels_only_for_init_net"

/* ---- ending ---- */

_Noreturn static void machine_end(void)
{
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

_Noreturn void die(const char *what, const char *which)
{
	dprintf(STDERR_FILENO, "init: %s %s: %s\n", what, which, strerror(errno));
	machine_end();
}

/* ---- the job ---- */

static struct job job_load(const char *path)
{
	struct job job = { NULL, 0 };
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		die("open", path);
	job.size = (size_t)st.st_size;
	job.text = calloc(1, job.size + 1);
	if (!job.text || read(fd, job.text, job.size) != st.st_size)
		die("open", path);
	close(fd);
	return job;
}

char *job_next(const struct job *job, char *after, enum record kind)
{
	char *record = after ? after + strlen(after) + 1 : job->text;

	for (; record < job->text + job->size; record += strlen(record) + 1)
		if (*record == (char)kind)
			return record + 1;
	return NULL;
}

char **job_list(const struct job *job, enum record kind)
{
	char **list = calloc(job->size + 1, sizeof(*list));
	char *value = NULL;

	if (!list)
		die("calloc", "");
	for (size_t n = 0; (value = job_next(job, value, kind)); n++)
		list[n] = value;
	return list;
}

/* ---- small steps ---- */

static void folder_make(const char *path)
{
	char *copy = strdup(path);
	char *slash = copy;

	if (!copy)
		die("calloc", "");
	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		mkdir(copy, 0755);
		*slash = '/';
	}
	if (mkdir(copy, 0755) < 0 && errno != EEXIST)
		die("mkdir", path);
	free(copy);
}

static void folder_enter(const char *path)
{
	if (chdir(path) < 0)
		die("cd", path);
}

static void mount_make(const char *type, const char *target, unsigned long flags,
		       const char *data)
{
	folder_make(target);
	if (mount(type, target, type, flags, data) < 0)
		die(type, target);
}

static void file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("open", path);
	close(fd);
}

/* The launcher has put them in the order of their dependencies: no modprobe. */
static void modules_load(const struct job *job)
{
	char *file = NULL;

	while ((file = job_next(job, file, RECORD_MODULE))) {
		int fd = open(file, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
			die("load", file);
		close(fd);
	}
}

/* ---- making the machine ---- */

/*
 * The one host folder for the status, kept as a descriptor only: the command
 * cannot see it, and no mount over its path can hide it.
 */
static int result_open(void)
{
	char *path = realpath("result", NULL);
	int fd;

	if (!path)
		die("result", "");
	mount_make("hostfs", "stage", 0, path);
	fd = open("stage", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || umount2("stage", MNT_DETACH) < 0)
		die("stage", "");
	free(path);
	return fd;
}

/*
 * pivot_root and not chroot: the kernel starts modprobe in its own root, which
 * only pivot_root moves. The tmpfs stays alive below the overlay.
 */
static void root_move(void)
{
	mount_make("tmpfs", "stage", 0, "mode=755");
	folder_enter("stage");
	folder_make("upper");
	folder_make("work");
	mount_make("overlay", "root", 0, "lowerdir=/,upperdir=upper,workdir=work");
	folder_enter("root");
	if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
		die("pivot_root", "");
	folder_enter("/");
}

static void system_mount(void)
{
	mount_make("proc", "/proc", 0, NULL);
	mount_make("sysfs", "/sys", 0, NULL);
	mount_make("devtmpfs", "/dev", 0, "mode=755");
	mount_make("devpts", "/dev/pts", 0, "ptmxmode=666,mode=620,gid=5");
	mount_make("tmpfs", "/dev/shm", 0, "mode=1777");
	mount_make("tmpfs", "/run", 0, "mode=755");
	mount_make("tmpfs", "/tmp", 0, "mode=1777");
	mount_make("hostfs", "/lib/modules", MS_RDONLY, MODULES);
}

static void devices_make(void)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "fd/0", "/dev/stdin" },
		{ "fd/1", "/dev/stdout" },
		{ "fd/2", "/dev/stderr" },
	};

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlink(links[i][0], links[i][1]) < 0 && errno != EEXIST)
			die("symlink", links[i][1]);
	folder_make("/dev/net");
	if (mknod("/dev/net/tun", S_IFCHR | 0666, makedev(10, 200)) < 0 && errno != EEXIST)
		die("mknod", "/dev/net/tun");
}

/* The launcher sorted them: a folder comes before those inside it. */
static void shares_mount(const struct job *job)
{
	char *record = job->text;

	for (; record < job->text + job->size; record += strlen(record) + 1) {
		if (*record == RECORD_READABLE)
			mount_make("hostfs", record + 1, MS_RDONLY, record + 1);
		else if (*record == RECORD_WRITABLE)
			mount_make("hostfs", record + 1, 0, record + 1);
	}
}

static void loopback_start(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		die("lo", "");
	close(fd);
}

/*
 * In the first second CLOCK_MONOTONIC reads 0 seconds, which some programs take
 * for "unset". The boot is over after a quarter of it, so waiting would cost
 * three times as much as the boot: only for those who ask.
 */
static void clock_settle(void)
{
	struct timespec second = { .tv_sec = 1 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &second, NULL) == EINTR)
		;
}

static void machine_make(const struct job *job)
{
	char *fallback = job_next(job, NULL, RECORD_FALLBACK);

	modules_load(job);
	root_move();
	system_mount();
	devices_make();
	shares_mount(job);
	loopback_start();
	if (fallback)
		file_write(FALLBACK_DEVICES, fallback);
	if (job_next(job, NULL, RECORD_SETTLE))
		clock_settle();
	sethostname("in-uml", 6);
}

int main(int argc, char **argv)
{
	struct job job;
	int result, status, fd;

	if (argc < 1 || getpid() != 1) {
		fprintf(stderr, "This is started by a kernel: see tests/in-uml.\n");
		return 2;
	}
	umask(0);
	folder_enter(dirname(argv[0]));
	job = job_load("job");
	result = result_open();
	machine_make(&job);
	umask(022);

	status = command_run(&job);
	fd = openat(result, "status", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || dprintf(fd, "%d\n", status) < 0)
		die("status", "");
	close(fd);
	machine_end();
}
