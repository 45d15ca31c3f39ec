/*
 * Making and removing namespaces the way ip-netns(8) does, so that each sees the
 * other's: /run/netns is a shared mount, a namespace is an nsfs file bound onto
 * an empty file there.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <linux/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "netops/datapath_private.h"
#include "netops/netlink.h"
#include "netops/netops_private.h"

int sysctl_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t written;
	int number;

	if (fd < 0)
		return -1;
	written = write(fd, value, strlen(value));
	number = errno;
	close(fd);
	errno = number;
	return written < 0 ? -1 : 0;
}

/* What is to be set, and the gate that it passes. */
struct forwarding {
	struct namespace wanted;
	struct rehearsal *rehearsal;
};

static int forwarding_write(struct rehearsal *rehearsal, const char *path, bool value,
			    struct error *error)
{
	if (rehearsal_withholds(rehearsal) || !sysctl_write(path, value ? "1" : "0"))
		return 0;
	return error_errno(error, errno, "writing %s", path);
}

static int namespace_set_inside(void *context, struct error *error)
{
	const struct forwarding *forwarding = context;
	const struct namespace *wanted = &forwarding->wanted;

	if (wanted->given_ipv4 &&
	    forwarding_write(forwarding->rehearsal, "/proc/sys/net/ipv4/ip_forward",
			     wanted->forwarding_ipv4, error))
		return -1;
	if (wanted->given_ipv6 &&
	    forwarding_write(forwarding->rehearsal, "/proc/sys/net/ipv6/conf/all/forwarding",
			     wanted->forwarding_ipv6, error))
		return -1;
	return 0;
}

static int namespace_set(struct netops *netops, const struct namespace *wanted,
			 struct error *error)
{
	struct forwarding forwarding = { *wanted, &netops->rehearsal };

	return namespace_run(netops, wanted->name, namespace_set_inside, &forwarding, error);
}

/* Other managers lock the directory while they make it a shared mount, and so do we. */
static int namespace_share_dir(struct error *error)
{
	int fd, result = 0;

	if (mkdir(NAMESPACE_DIR, 0755) && errno != EEXIST)
		return error_errno(error, errno, "making " NAMESPACE_DIR);
	fd = open(NAMESPACE_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX))
		result = error_errno(error, errno, "locking " NAMESPACE_DIR);
	if (!result && mount("", NAMESPACE_DIR, "none", MS_SHARED | MS_REC, NULL) &&
	    (errno != EINVAL ||
	     mount(NAMESPACE_DIR, NAMESPACE_DIR, "none", MS_BIND | MS_REC, NULL) ||
	     mount("", NAMESPACE_DIR, "none", MS_SHARED | MS_REC, NULL)))
		result = error_errno(error, errno, "sharing the mount " NAMESPACE_DIR);
	if (fd >= 0)
		close(fd);
	return result;
}

static int namespace_lo_up(struct netops *netops, struct error *error)
{
	struct ifinfomsg header = { .ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(RTM_NEWLINK, 0, &header, sizeof(header), error);
	struct netlink *netlink;
	int result;

	if (!message || netlink_open(NETLINK_ROUTE, &netlink, error))
		return -1;
	netlink_set_home(netlink, netops);
	result = netlink_request(netlink, message, error);
	netlink_close(netlink);
	return result;
}

struct making {
	struct netops *netops;
	const char *path;
};

/* On the helper thread, which goes home afterwards. */
static int namespace_make_inside(void *context, struct error *error)
{
	const struct making *making = context;

	if (unshare(CLONE_NEWNET))
		return error_errno(error, errno, "making a network namespace");
	if (mount("/proc/thread-self/ns/net", making->path, "none", MS_BIND, NULL))
		return error_errno(error, errno, "mounting the namespace on %s", making->path);
	return namespace_lo_up(making->netops, error);
}

static int namespace_fill(struct netops *netops, const struct namespace *wanted,
			  const char *path, struct error *error)
{
	struct making making = { netops, path };

	if (inside_run(netops->inside, -1, namespace_make_inside, &making, error))
		return -1;
	return namespace_set(netops, wanted, error);
}

/*
 * A file without a namespace on it, left by somebody who died while he made one.
 * Ours and ip-netns(8)'s are made without any right, and written by nobody.
 */
static bool namespace_is_left(const char *name, const char *path)
{
	struct namespace_identity identity;
	struct stat status;

	return !namespace_identify(name, &identity) && !lstat(path, &status) &&
	       S_ISREG(status.st_mode) && !status.st_size && !(status.st_mode & 0777);
}

/*
 * The empty file that the namespace is mounted on. One that is there without a
 * namespace is another's, who is about to mount or to unlink; or it was left by
 * somebody who died in between, and then it will do.
 */
static int namespace_make_file(const struct namespace *wanted, const char *path,
			       struct error *error)
{
	const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };
	struct namespace_identity identity;
	int fd = -1;

	for (int i = 0; i < 20 && fd < 0; i++) {
		fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
		if (fd < 0 && errno != EEXIST)
			return error_errno(error, errno, "making %s", path);
		if (fd < 0 && namespace_identify(wanted->name, &identity))
			return error_set(error, ERROR_EXISTS, "namespace \"%s\" exists",
					 wanted->name);
		if (fd < 0)
			nanosleep(&pause, NULL);
	}
	if (fd >= 0)
		close(fd);
	if (fd >= 0 || namespace_is_left(wanted->name, path))
		return 0;
	return error_set(error, ERROR_EXISTS, "%s is in the way: it is no namespace", path);
}

int namespace_create(struct netops *netops, const struct namespace *wanted, struct error *error)
{
	char path[sizeof(NAMESPACE_DIR) + NAMESPACE_NAME_SIZE];

	namespace_path(wanted->name, path);
	if (namespace_share_dir(error) || namespace_make_file(wanted, path, error))
		return -1;
	netops->rehearsal.passed++;
	if (!namespace_fill(netops, wanted, path, error))
		return 0;
	umount2(path, MNT_DETACH);
	unlink(path);
	return -1;
}

int namespace_change(struct netops *netops, const struct namespace *current,
		     const struct namespace *wanted, struct error *error)
{
	struct namespace change = *wanted;

	change.given_ipv4 = wanted->forwarding_ipv4 != current->forwarding_ipv4;
	change.given_ipv6 = wanted->forwarding_ipv6 != current->forwarding_ipv6;
	if (!change.given_ipv4 && !change.given_ipv6)
		return 0;
	return namespace_set(netops, &change, error);
}

int namespace_sweep(const char *name, struct error *error)
{
	char path[sizeof(NAMESPACE_DIR) + NAMESPACE_NAME_SIZE];

	namespace_path(name, path);
	if (!namespace_is_left(name, path))
		return 0;
	return unlink(path) && errno != ENOENT ?
		       error_errno(error, errno, "removing %s", path) :
		       0;
}

int namespace_delete(struct netops *netops, const char *name, struct error *error)
{
	char path[sizeof(NAMESPACE_DIR) + NAMESPACE_NAME_SIZE];
	struct namespace_identity identity;

	if (!strcmp(name, NAMESPACE_HOST))
		return error_set(error, ERROR_REFUSED,
				 "host is the namespace the agent runs in; it stays");
	if (!namespace_identify(name, &identity))
		return error_set(error, ERROR_MISSING, "there is no namespace \"%.64s\"", name);
	namespace_path(name, path);
	netops->rehearsal.passed++;
	if (umount2(path, MNT_DETACH) || unlink(path))
		return error_errno(error, errno, "removing %s", path);
	namespace_pool_sweep(netops);
	datapath_sweep(netops);
	return 0;
}

void namespace_sweep_trials(struct netops *netops)
{
	DIR *folder = opendir(NAMESPACE_DIR);
	struct dirent *entry;
	struct error ignored;

	while (folder && (entry = readdir(folder))) {
		error_clear(&ignored);
		if (!strncmp(entry->d_name, NAMESPACE_TRIAL, strlen(NAMESPACE_TRIAL)))
			(void)namespace_delete(netops, entry->d_name, &ignored);
	}
	if (folder)
		closedir(folder);
}
