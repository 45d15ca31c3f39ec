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

static void told_state(const struct ipsec_direction *found, void *context)
{
	const struct ipsec_algorithm *algorithms[] = { &found->encryption,
						       &found->authentication, &found->aead };

	(void)context;
	for (int i = 0; i < 3; i++) {
		PROMISE(strlen(algorithms[i]->name) < sizeof(algorithms[i]->name),
			"a name that ends");
		for (int j = 0; j < IPSEC_KEY_SIZE; j++)
			PROMISE(!algorithms[i]->key[j], "no key is read");
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

	if (!size)
		return 0;
	error_clear(&error);
	netlink = kernel_open(data + 1, size - 1);
	if (*data % 3 == 0)
		(void)ipsec_policy_find(netlink, &side, AF_INET, &policy, &error);
	else if (*data % 3 == 1)
		(void)ipsec_state_list(netlink, &side, 5, told_state, told_restart, NULL,
				       &error);
	else
		(void)ipsec_state_add(netlink, &side, 5, &direction, &error);
	if (error.kind)
		fuzz_check_error(&error);
	return 0;
}
