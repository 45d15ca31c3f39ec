/*
 * Addresses are compared as numbers, since they have more than one spelling;
 * names as text. No name is ever resolved.
 */
#include "agent/http_host.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HTTP_NAME_MAX = 253 }; /* RFC 1035 */

/* The host without its port; 0: none that can be told. */
static size_t http_host_length(const char *text, size_t length)
{
	const char *end = memchr(text, *text == '[' ? ']' : ':', length);

	if (!end)
		return *text == '[' ? 0 : length;
	return (size_t)(end - text) + (*text == '[');
}

static bool http_host_is_port(const char *text, size_t length)
{
	unsigned int port = 0;

	if (!length)
		return true;
	if (*text != ':' || length < 2 || length > 6)
		return false;
	for (size_t i = 1; i < length; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		port = port * 10 + (unsigned int)(text[i] - '0');
	}
	return port <= UINT16_MAX;
}

static bool http_host_is_name(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!isalnum((unsigned char)text[i]) && !(text[i] && strchr("-._", text[i])))
			return false;
	}
	return length && length <= HTTP_NAME_MAX;
}

/* host: without port. IPv4 becomes ::ffff:a.b.c.d. */
static bool http_host_address(const char *host, size_t length, struct in6_addr *ret)
{
	char text[INET6_ADDRSTRLEN + 8] = "::ffff:";
	bool v6 = length > 2 && *host == '[';
	size_t skip = v6 ? 0 : strlen(text);

	if (v6) {
		host++;
		length -= 2;
	}
	if (length >= sizeof(text) - skip)
		return false;
	memcpy(text + skip, host, length);
	text[skip + length] = '\0';
	return (v6 || !strchr(text + skip, ':')) && inet_pton(AF_INET6, text, ret) == 1;
}

bool http_host_is_valid(const char *text, size_t length)
{
	size_t host = length ? http_host_length(text, length) : 0;
	struct in6_addr address;

	if (!host || !http_host_is_port(text + host, length - host))
		return false;
	return *text == '[' ? http_host_address(text, host, &address) :
			      http_host_is_name(text, host);
}

static bool http_host_same(const char *text, size_t length, const char *name,
			   size_t name_length)
{
	return length && length == name_length && !strncasecmp(text, name, length);
}

static bool http_host_is_listed(const char *names, const char *text, size_t length)
{
	while (names && *names) {
		size_t name = strcspn(names, " ");

		if (http_host_same(text, length, names, name))
			return true;
		names += name + strspn(names + name, " ");
	}
	return false;
}

static bool http_host_is_loopback(const struct in6_addr *address)
{
	return IN6_IS_ADDR_LOOPBACK(address) ||
	       (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == 127);
}

bool http_host_is_ours(const struct http_hosts *hosts, const struct in6_addr *local,
		       const char *text, size_t length)
{
	const char *machine = hosts->machine;
	struct in6_addr address;

	length = http_host_length(text, length);
	if (http_host_address(text, length, &address))
		return http_host_is_loopback(&address) || (!IN6_IS_ADDR_UNSPECIFIED(&address) &&
							   IN6_ARE_ADDR_EQUAL(&address, local));
	return http_host_is_listed("localhost tunneld", text, length) ||
	       http_host_same(text, length, machine, strlen(machine)) ||
	       http_host_same(text, length, machine, strcspn(machine, ".")) ||
	       http_host_is_listed(hosts->names, text, length);
}

bool http_host_is_origin(const char *origin, size_t origin_length, const char *host,
			 size_t host_length)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t scheme = strlen(schemes[i]), end = scheme + host_length;

		if (origin_length >= end && !strncasecmp(origin, schemes[i], scheme) &&
		    !strncasecmp(origin + scheme, host, host_length) &&
		    (origin_length == end || (origin[end] && strchr("/?#", origin[end]))))
			return true;
	}
	return false;
}

struct in6_addr http_host_local(int fd)
{
	union {
		struct sockaddr_storage any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} name = { 0 };
	socklen_t length = sizeof(name);
	struct in6_addr address = in6addr_any;

	getsockname(fd, (struct sockaddr *)&name, &length);
	if (name.any.ss_family == AF_INET6)
		return name.v6.sin6_addr;
	if (name.any.ss_family != AF_INET)
		return address;
	address.s6_addr[10] = address.s6_addr[11] = 0xff;
	memcpy(&address.s6_addr[12], &name.v4.sin_addr, sizeof(name.v4.sin_addr));
	return address;
}

void http_hosts_init(struct http_hosts *hosts, const char *names)
{
	*hosts = (struct http_hosts){ .names = names };
	gethostname(hosts->machine, sizeof(hosts->machine) - 1);
}
