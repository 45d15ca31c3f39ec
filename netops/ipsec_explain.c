/*
 * What the kernel means when it refuses a state. All else in the message is
 * ours and right, so it is the client's algorithms, lengths or keys. Newer
 * kernels say which in words; where they do not, the errno and what is known
 * of the algorithms must do.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "netops/ipsec_private.h"

struct complaint {
	const char *words; /* part of the kernel's */
	const char *member;
};

/* net/xfrm/xfrm_user.c, attach_…(). "AUTH" stands for "AUTH_TRUNC", too. */
static const struct complaint complaints[] = {
	{ "AEAD algorithm not found", "aead/algorithm" },
	{ "CRYPT algorithm not found", "encryption/algorithm" },
	{ "AUTH", "authentication/algorithm" },
	{ "truncated ICV", "authentication/truncation_bits" },
};

static void complain(const struct ipsec_side *side, const char *member, const char *sentence,
		     struct error *error)
{
	char pointer[sizeof(error->members[0].pointer)];

	snprintf(pointer, sizeof(pointer), "/ipsec/%s/%s", side->name, member);
	error_member(error, pointer, "kernel", "%s%s%s%s", sentence,
		     error->kernel[0] ? " (" : "", error->kernel, error->kernel[0] ? ")" : "");
}

static bool explain_words(const struct ipsec_side *side, struct error *error)
{
	for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
		if (strstr(error->kernel, complaints[i].words)) {
			complain(side, complaints[i].member, "the kernel does not take this",
				 error);
			return true;
		}
	}
	return false;
}

static void explain_algorithm(const struct ipsec_side *side,
			      const struct ipsec_direction *direction, struct error *error)
{
	if (direction->aead.given) {
		complain(side, "aead/algorithm", "the kernel lacks this algorithm", error);
		return;
	}
	complain(side, "encryption/algorithm",
		 "the kernel lacks this algorithm, or the one of authentication", error);
	complain(side, "authentication/algorithm",
		 "the kernel lacks this algorithm, or the one of encryption", error);
}

/* A keyed hash takes keys of any length (RFC 2104), so it is never that key. */
static void explain_key(const struct ipsec_side *side, const struct ipsec_direction *direction,
			struct error *error)
{
	static const char sentence[] = "the kernel refuses the key: is its length one of the "
				       "algorithm's?";
	const char *hash = direction->authentication.name;

	if (direction->aead.given) {
		complain(side, "aead/key", sentence, error);
		return;
	}
	complain(side, "encryption/key", sentence, error);
	if (strncmp(hash, "hmac(", 5) && strncmp(hash, "sha", 3) && strncmp(hash, "md5", 3))
		complain(side, "authentication/key", sentence, error);
}

int ipsec_state_explain(const struct ipsec_side *side, const struct ipsec_direction *direction,
			struct error *error)
{
	switch (error->number) {
	case EEXIST:
		return error_set(error, ERROR_EXISTS,
				 "the namespace has an IPsec state with the %s spi %u already",
				 side->name, direction->spi);
	case EPROTONOSUPPORT:
		return error_set(error, ERROR_UNSUPPORTED,
				 "this kernel has no ESP (CONFIG_INET_ESP, CONFIG_INET6_ESP)");
	case ENOSYS:
	case ENOENT:
		if (!explain_words(side, error))
			explain_algorithm(side, direction, error);
		return -1;
	case EINVAL:
	case EKEYREJECTED:
		if (!explain_words(side, error))
			explain_key(side, direction, error);
		return -1;
	default:
		return -1;
	}
}
