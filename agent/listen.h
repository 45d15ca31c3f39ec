/* Sockets that clients connect to. */
#ifndef AGENT_LISTEN_H
#define AGENT_LISTEN_H

#include <sys/socket.h>
#include <sys/types.h>

struct error;

/* Where to listen over TCP; length 0: nowhere. */
struct listen_address {
	struct sockaddr_storage socket;
	socklen_t length;
};

/* Reads "192.0.2.1:8080" or "[2001:db8::1]:8080"; names are not resolved. */
int listen_parse(const char *text, struct listen_address *ret, struct error *error);

/* A listening socket. Zeroed is none; listen_close() ends it. */
struct listener {
	int fd;		  /* non-blocking; -1 after it was given away */
	char name[160];	  /* for people: the path, or address and port */
	const char *path; /* unix: the file to unlink, the caller's text; else NULL */
	dev_t device;	  /* unix: which file that is */
	ino_t inode;
};

/*
 * Mode 0660, of this group (NULL: our own). A missing folder is made. A socket
 * that nobody answers on is replaced; when somebody does, that is an error.
 */
int listen_unix(const char *path, const char *group, struct listener *ret, struct error *error);
int listen_tcp(const struct listen_address *address, struct listener *ret, struct error *error);

/* Removes the file of a unix socket, unless it is another one by now. */
void listen_unlink(const struct listener *listener);

#endif
