/*
 * What the tests of IPsec begin with: samples of what is wanted, and two
 * namespaces on one veth, 10.0.0.1 and fd00::1 on the left, .2 and ::2 on the right.
 */
#ifndef TESTS_UNIT_IPSEC_SCENE_H
#define TESTS_UNIT_IPSEC_SCENE_H

#include "netops/ipsec.h"

enum { LEFT, RIGHT, ENDS, NAME_SIZE = 32 };

struct scene {
	struct netops *netops;
	char names[ENDS][NAME_SIZE];
};

/* What a table of wrong values spoils. */
struct spoiled {
	struct ipsec ipsec;
	struct ipsec_path path;
};

/* Each byte of the key is its length; bits 0: none given. */
struct ipsec_algorithm algorithm(const char *name, uint32_t key_length, uint32_t bits);

/* Output spi 0x1001, input spi 0x1002. */
struct ipsec with_cbc(void);
struct ipsec with_aead(const char *name, uint32_t key_length);

/* Input key 7, output key 9. */
struct ipsec_path path_between(const char *local, const char *remote);

/* The other end's view of both. */
struct ipsec_path path_mirror(const struct ipsec_path *path);
struct ipsec ipsec_mirror(const struct ipsec *ipsec);

/* cmocka's setup and teardown; *state is the scene. */
int scene_setup(void **state);
int scene_teardown(void **state);

/* Skips, out loud, where the kernel has no ESP; nothing may be left there, either. */
void scene_create(struct scene *scene, int end, const struct ipsec_path *path,
		  const struct ipsec *ipsec);

void scene_assert_count(const char *name, unsigned int states, unsigned int policies);

#endif
