/* Finding and reading namespaces. Making and removing them: namespace_make.c. */
#include "netops/netlink.h"
#include "netops/namespace.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netops/netops_private.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* asm-generic/socket.h, since 5.14 */
#endif

bool namespace_name_valid(const char *name)
{
	static const char *const reserved[] = { NAMESPACE_HOST, "all", "default" };
	size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789._-");

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if (!strcmp(name, reserved[i]))
			return false;
	}
	return length && length <= 64 && !name[length] && isalnum((unsigned char)name[0]);
}

bool namespace_name_possible(const char *text)
{
	return text[0] && strcmp(text, ".") && strcmp(text, "..") && !strchr(text, '/') &&
	       strlen(text) < NAMESPACE_NAME_SIZE;
}

void namespace_path(const char *name, char path[sizeof(NAMESPACE_DIR) + NAMESPACE_NAME_SIZE])
{
	snprintf(path, sizeof(NAMESPACE_DIR) + NAMESPACE_NAME_SIZE, NAMESPACE_DIR "/%s", name);
}

int namespace_open(const char *name, struct error *error)
{
	char path[sizeof(NAMESPACE_DIR) + NAMESPACE_NAME_SIZE];
	int fd = -1;

	if (!strcmp(name, NAMESPACE_HOST)) {
		fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	} else if (namespace_name_possible(name)) {
		namespace_path(name, path);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	}
	if (fd >= 0 && ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET)
		return fd;
	if (fd >= 0)
		close(fd);
	return error_set(error, ERROR_MISSING, "there is no namespace \"%.64s\"", name);
}

int namespace_run(struct netops *netops, const char *name, inside_work *work, void *context,
		  struct error *error)
{
	int fd = namespace_open(name, error);
	int result;

	if (fd < 0)
		return -1;
	result = inside_run(netops->inside, fd, work, context, error);
	close(fd);
	return result;
}

int namespace_exists(const char *name, bool *ret, struct error *error)
{
	struct namespace_identity identity;

	(void)error;
	*ret = namespace_identify(name, &identity);
	return 0;
}

static int namespace_listed(const struct dirent *entry)
{
	struct namespace_identity identity;

	return strcmp(entry->d_name, NAMESPACE_HOST) &&
	       strncmp(entry->d_name, NAMESPACE_TRIAL, strlen(NAMESPACE_TRIAL)) &&
	       namespace_identify(entry->d_name, &identity);
}

int namespace_list(namespace_each *each, void *context, struct error *error)
{
	struct dirent **entries = NULL;
	int count = scandir(NAMESPACE_DIR, &entries, namespace_listed, alphasort);
	int result = each(NAMESPACE_HOST, context, error);

	if (count < 0 && errno == ENOMEM && !result)
		result = error_errno(error, errno, "listing " NAMESPACE_DIR);
	for (int i = 0; i < count; i++) {
		if (!result)
			result = each(entries[i]->d_name, context, error);
		free(entries[i]);
	}
	free(entries);
	return result;
}

int sysctl_read_bool(const char *path, bool *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char digit = '0';
	ssize_t got = fd < 0 ? -1 : read(fd, &digit, 1);

	if (fd >= 0)
		close(fd);
	*ret = got == 1 && digit != '0';
	return got == 1 ? 0 : -1;
}

/* A kernel without IPv6 has no such file: that is a plain false. */
static int namespace_read_inside(void *context, struct error *error)
{
	struct namespace *namespace = context;

	(void)error;
	(void)sysctl_read_bool("/proc/sys/net/ipv4/ip_forward", &namespace->forwarding_ipv4);
	(void)sysctl_read_bool("/proc/sys/net/ipv6/conf/all/forwarding",
			       &namespace->forwarding_ipv6);
	return 0;
}

int namespace_read(struct netops *netops, const char *name, struct namespace *ret,
		   struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	socklen_t size = sizeof(ret->cookie);

	*ret = (struct namespace){ .given_ipv4 = true, .given_ipv6 = true };
	if (namespace_enter(netops, name, &socket, error))
		return -1;
	memcpy(ret->name, name, strlen(name));
	(void)getsockopt(netlink_fd(socket.netlink), SOL_SOCKET, SO_NETNS_COOKIE, &ret->cookie,
			 &size);
	return namespace_run(netops, name, namespace_read_inside, ret, error);
}

static int namespace_id_record(const struct nlmsghdr *header, void *context, struct error *error)
{
	struct nlattr *id = nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)header,
					    sizeof(struct rtgenmsg), NETNSA_NSID);

	(void)error;
	if (id && nla_len(id) == 4)
		*(int32_t *)context = nla_get_s32(id);
	return 0;
}

/* RTM_GETNSID or RTM_NEWNSID about the namespace behind fd; -1 in ret stands for "has none". */
static int namespace_id_message(struct netlink *netlink, int type, int fd, int32_t *ret,
				struct error *error)
{
	struct rtgenmsg header = { .rtgen_family = AF_UNSPEC };
	struct nl_msg *message CLEANUP_MESSAGE =
		netlink_message(type, 0, &header, sizeof(header), error);

	*ret = -1;
	if (!message)
		return -1;
	nla_put_u32(message, NETNSA_FD, (uint32_t)fd);
	if (type == RTM_NEWNSID)
		nla_put_s32(message, NETNSA_NSID, -1);
	if (type == RTM_NEWNSID)
		return netlink_request(netlink, message, error);
	return netlink_get(netlink, message, namespace_id_record, ret, error);
}

int namespace_id_of_name(struct netlink *netlink, const char *name, int32_t *ret,
			 struct error *error)
{
	int fd = namespace_open(name, error);
	int result;

	if (fd < 0)
		return -1;
	result = namespace_id_message(netlink, RTM_GETNSID, fd, ret, error);
	if (!result && *ret < 0) {
		result = namespace_id_message(netlink, RTM_NEWNSID, fd, ret, error);
		if (!result)
			result = namespace_id_message(netlink, RTM_GETNSID, fd, ret, error);
	}
	close(fd);
	return result;
}

int namespace_number(struct netops *netops, const char *name, int32_t *ret, struct error *error)
{
	struct namespace_socket socket CLEANUP_SOCKET = { 0 };
	int fd, result;

	*ret = -1;
	if (!strcmp(name, NAMESPACE_HOST))
		return 0;
	if (namespace_enter(netops, NAMESPACE_HOST, &socket, error))
		return -1;
	fd = namespace_open(name, error);
	if (fd < 0)
		return -1;
	result = namespace_id_message(socket.netlink, RTM_GETNSID, fd, ret, error);
	close(fd);
	return result;
}

struct id_search {
	struct netlink *netlink;
	int32_t id;
	char *name;
};

static int namespace_id_compare(const char *name, void *context, struct error *error)
{
	struct id_search *search = context;
	struct error ignored;
	int32_t id = -1;
	int fd;

	(void)error;
	if (search->name[0])
		return 0;
	/* One that went away meanwhile is only not the one. */
	error_clear(&ignored);
	fd = namespace_open(name, &ignored);
	if (fd < 0)
		return 0;
	if (!namespace_id_message(search->netlink, RTM_GETNSID, fd, &id, &ignored) &&
	    id == search->id)
		memcpy(search->name, name, strlen(name) + 1);
	close(fd);
	return 0;
}

int namespace_name_of_id(struct netops *netops, struct netlink *netlink, int32_t id,
			 char ret[NAMESPACE_NAME_SIZE], struct error *error)
{
	struct id_search search = { .netlink = netlink, .id = id, .name = ret };

	(void)netops;
	ret[0] = '\0';
	return namespace_list(namespace_id_compare, &search, error);
}
