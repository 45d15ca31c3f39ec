/*
 * IPsec of a vti or vti6 tunnel: ESP in tunnel mode with keys that the client
 * gave (RFC 4303; linux/xfrm.h). One tunnel has two states (one per direction)
 * and four policies (out and in, for IPv4 and for IPv6 inside); the tunnel's
 * keys are their marks, with the mask 0xffffffff. They survive the device.
 *
 * Ownership: our policies carry the priority IPSEC_PRIORITY, and a state is
 * ours if it is what such a policy's template names: ends, reqid and mark.
 * Nothing else is ever changed or removed, whoever made it.
 *
 * Keys do not age here. The kernel ends a state after 2^32 packets, as
 * RFC 4303, 3.3.3 wants it: set a new key before that. There is no replay
 * window, because a peer that starts anew counts from 1 with the same key
 * (RFC 4303, 5). An aead's key must be another in each direction and after
 * each start: its security ends with the first nonce used twice (RFC 4106, 9).
 */
#ifndef NETOPS_IPSEC_H
#define NETOPS_IPSEC_H

#include <stdbool.h>
#include <stdint.h>

#include "netops/error.h"
#include "netops/ip.h"
#include "netops/netops.h"

enum {
	IPSEC_NAME_SIZE = 64,	     /* alg_name of struct xfrm_algo, with its NUL */
	IPSEC_KEY_SIZE = 64,	     /* bytes: hmac(sha512) has the longest, RFC 4868 */
	IPSEC_PRIORITY = 0x74756e6c, /* of our policies, and of nobody else's */
	IPSEC_SPI_MINIMUM = 256,     /* 1 … 255 are reserved: RFC 4303, 2.1 */
	IPSEC_REQID_MAXIMUM = INT32_MAX,
	IPSEC_ICV_DEFAULT = 128, /* icv_bits of an aead: RFC 4106 and 7634 */
};

/* The encryption, authentication or aead member of a direction. */
struct ipsec_algorithm {
	bool given;	 /* the member is there */
	bool given_key;	 /* never after ipsec_read() */
	bool nulled_key; /* a change takes the key away: the old one is not kept */
	bool given_bits;
	bool key_set;		    /* only after reading: the kernel has a key */
	char name[IPSEC_NAME_SIZE]; /* "cbc(aes)"; read back in the kernel's spelling */
	uint32_t key_length;	    /* bytes */
	/*
	 * truncation_bits or icv_bits; encryption has none. The kernel's default
	 * of truncation for hmac(sha256) is 96, while RFC 4868 says 128.
	 */
	uint32_t bits;
	uint8_t key[IPSEC_KEY_SIZE];
};

struct ipsec_direction {
	bool given, given_spi;
	uint32_t spi;
	/* The first two together, or the third. */
	struct ipsec_algorithm encryption, authentication, aead;
};

struct ipsec {
	bool given_reqid;
	bool complete;	/* only after reading: nothing of it is missing */
	uint32_t reqid; /* absent: ipsec_reqid() */
	struct ipsec_direction inbound, outbound;
};

/*
 * Where it applies, in the tunnel's terms. Both ends of one family, and not any.
 * The namespace in the calls below is the one of the outer packets: the kernel
 * looks for all of it there, even if the device lives in another.
 */
struct ipsec_path {
	struct ip local, remote;	/* of the outer packets */
	uint32_t input_key, output_key; /* host order */
};

/* Forgets it, keys and all: after this it is as zeroed. */
void ipsec_clear(struct ipsec *ipsec);
/* The same for one from malloc(), and frees it. NULL is legal. */
void ipsec_free(struct ipsec *ipsec);

/* What was given, else one made of the output key: 1 … IPSEC_REQID_MAXIMUM. */
uint32_t ipsec_reqid(const struct ipsec *ipsec, const struct ipsec_path *path);

/*
 * Adds every wrong member to the error and returns its verdict; pointer is the
 * place of the ipsec member ("/ipsec"). Keys of zero are wrong: a policy
 * without a mark takes all traffic of the namespace. Names and lengths of keys
 * are the kernel's to judge, see ipsec_create(). The ends are the tunnel's
 * members, and its to check.
 */
int ipsec_check(const struct ipsec *ipsec, const struct ipsec_path *path, const char *pointer,
		struct error *error);

/*
 * Makes states and policies in the namespace, or nothing. What fails the check
 * is refused here as well. An algorithm that the kernel lacks, and a key or
 * length that it refuses, become members below "/ipsec" (ERROR_INVALID).
 * ERROR_EXISTS: the namespace has policies for one of the keys, or the spi is
 * taken. ERROR_MISSING: no such namespace. ERROR_UNSUPPORTED: no XFRM, no ESP.
 * Changing is removing and making anew.
 */
int ipsec_create(struct netops *netops, const char *namespace, const struct ipsec_path *path,
		 const struct ipsec *ipsec, struct error *error);

/* Removes exactly what is ours for this path; 0 if that is nothing. */
int ipsec_remove(struct netops *netops, const char *namespace, const struct ipsec_path *path,
		 struct error *error);

/*
 * What the kernel has for this path, without keys (key_length is told). found
 * is false, and ret empty, where nothing of it is ours. Members whose state or
 * policy is gone are not given, and complete is false then.
 */
int ipsec_read(struct netops *netops, const char *namespace, const struct ipsec_path *path,
	       struct ipsec *ret, bool *found, struct error *error);
/* The same with the keys, for changes that keep them. The caller clears ret. */
int ipsec_read_keys(struct netops *netops, const char *namespace, const struct ipsec_path *path,
		    struct ipsec *ret, bool *found, struct error *error);

/* Keys that are absent become those of current, where its algorithm is the same. */
void ipsec_keep_keys(struct ipsec *ipsec, const struct ipsec *current);
/* True if both say the same, keys included; a reqid that is absent is the derived one. */
bool ipsec_same(const struct ipsec *a, const struct ipsec *b, const struct ipsec_path *path);

#endif
