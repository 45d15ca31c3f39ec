/*
 * Which hosts are ours. A page of a foreign site can make a browser send
 * requests here; by DNS rebinding even under a name that the page's owner
 * points at us, so that to the browser they are the page's own. Such requests
 * carry that name in Host, or the page in Origin or Referer.
 */
#ifndef AGENT_HTTP_HOST_H
#define AGENT_HTTP_HOST_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct http_hosts {
	char machine[65];  /* gethostname() */
	const char *names; /* the administrator's, a space between; NULL: none */
};

/* names stay the caller's. */
void http_hosts_init(struct http_hosts *hosts, const char *names);

/* A name, an IPv4 address or an IPv6 address in brackets, and a port or none. */
bool http_host_is_valid(const char *text, size_t length);

/*
 * text is valid. Ours are localhost, tunneld, loopback addresses, the machine's
 * name with and without its domain, the administrator's names, and the address
 * that the client reached us at (IPv4 as ::ffff:a.b.c.d; :: for none). The
 * port does not matter: it may have been forwarded.
 */
bool http_host_is_ours(const struct http_hosts *hosts, const struct in6_addr *local,
		       const char *text, size_t length);

/* Is this Origin or Referer a page of ours: http(s)://, and then the text of Host? */
bool http_host_is_origin(const char *origin, size_t origin_length, const char *host,
			 size_t host_length);

/* The address of a socket's own end, as http_host_is_ours() wants it. */
struct in6_addr http_host_local(int fd);

#endif
