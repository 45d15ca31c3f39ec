/* See drop.h. It has descriptors, and needs nothing else. */
#include "datapath/drop.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static void drop_bounds(void)
{
	for (int i = 0; i < 64; i++)
		(void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

static int drop_sets(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { 0 };

	return (int)syscall(SYS_capset, &head, none);
}

/* Three or four descriptors for each tunnel: as many as may be. */
static void drop_limits(void)
{
	struct rlimit files = { 1 << 20, 1 << 20 };

	if (!setrlimit(RLIMIT_NOFILE, &files) || getrlimit(RLIMIT_NOFILE, &files))
		return;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

/*
 * Root's files are open to root without a capability, too. Where no such user is mapped (a
 * container's user namespace) it stays who it is.
 */
static void drop_user(void)
{
	const gid_t nobody = 65534;

	if (!setgroups(0, NULL) && !setresgid(nobody, nobody, nobody) &&
	    !setresuid(nobody, nobody, nobody))
		errno = 0;
}

int drop_all(void)
{
	drop_limits();
	drop_bounds();
	if (chdir("/"))
		return -1;
	drop_user();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return -1;
	return drop_sets();
}
