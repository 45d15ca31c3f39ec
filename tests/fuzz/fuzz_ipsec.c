/* Answers about IPsec's policies and states. The first byte chooses what is asked. */
#include <arpa/inet.h>
#include <string.h>

#include "netops/ipsec_private.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/kernel.h"

static struct ipsec_side side_of(void)
{
	struct ipsec_side side = { .name = "inbound", .direction = XFRM_POLICY_IN, .mark = 7 };

	PROMISE(ip_parse(&side.source, "10.0.0.1") && ip_parse(&side.destination, "10.0.0.2"),
		"two addresses");
	return side;
}

/* Keys are only read where they are compared; context is whether they are. */
static void told_state(const struct ipsec_direction *found, void *context)
{
	const struct ipsec_algorithm *algorithms[] = { &found->encryption,
						       &found->authentication, &found->aead };
	const bool *with_keys = context;

	for (int i = 0; i < 3; i++) {
		const struct ipsec_algorithm *one = algorithms[i];

		PROMISE(strlen(one->name) < sizeof(one->name), "a name that ends");
		PROMISE(!one->given_key || one->key_length <= IPSEC_KEY_SIZE,
			"a key that fits");
		for (int j = 0; j < IPSEC_KEY_SIZE && !*with_keys; j++)
			PROMISE(!one->key[j], "no key is read");
	}
}

static void told_restart(void *context)
{
	(void)context;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ipsec_direction direction = { .spi = 300 };
	struct ipsec_side side = side_of();
	struct ipsec_policy policy;
	struct netlink *netlink;
	struct error error;
	bool with_keys;

	if (!size)
		return 0;
	error_clear(&error);
	netlink = kernel_open(data + 1, size - 1);
	with_keys = *data % 4 == 3;
	if (*data % 4 == 0)
		(void)ipsec_policy_find(netlink, &side, AF_INET, &policy, &error);
	else if (*data % 2)
		(void)ipsec_state_list(netlink, &side, 5, with_keys, told_state, told_restart,
				       &with_keys, &error);
	else
		(void)ipsec_state_add(netlink, &side, 5, &direction, &error);
	if (error.kind)
		fuzz_check_error(&error);
	return 0;
}
