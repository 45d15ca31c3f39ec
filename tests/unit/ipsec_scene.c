/* What the tests of IPsec begin with, and the commands that they look with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netops/namespace.h"
#include "tests/unit/command.h"
#include "tests/unit/ipsec_scene.h"

struct ipsec_algorithm algorithm(const char *name, uint32_t key_length, uint32_t bits)
{
	struct ipsec_algorithm made = { .given = true,
					.given_key = true,
					.given_bits = bits,
					.key_length = key_length,
					.bits = bits };

	snprintf(made.name, sizeof(made.name), "%s", name);
	memset(made.key, (int)key_length, key_length);
	return made;
}

struct ipsec with_cbc(void)
{
	struct ipsec_direction direction = {
		.given = true,
		.given_spi = true,
		.spi = 0x1001,
		.encryption = algorithm("cbc(aes)", 32, 0),
		.authentication = algorithm("hmac(sha256)", 32, 128),
	};
	struct ipsec ipsec = { .inbound = direction, .outbound = direction };

	ipsec.inbound.spi = 0x1002;
	return ipsec;
}

struct ipsec with_aead(const char *name, uint32_t key_length)
{
	struct ipsec_direction direction = { .given = true,
					     .given_spi = true,
					     .spi = UINT32_MAX,
					     .aead = algorithm(name, key_length, 0) };
	struct ipsec ipsec = { .inbound = direction, .outbound = direction };

	return ipsec;
}

struct ipsec_path path_between(const char *local, const char *remote)
{
	struct ipsec_path path = { .input_key = 7, .output_key = 9 };

	assert_true(ip_parse(&path.local, local));
	assert_true(ip_parse(&path.remote, remote));
	return path;
}

/* The other end's view of both. */
struct ipsec_path path_mirror(const struct ipsec_path *path)
{
	return (struct ipsec_path){ .local = path->remote,
				    .remote = path->local,
				    .input_key = path->output_key,
				    .output_key = path->input_key };
}

struct ipsec ipsec_mirror(const struct ipsec *ipsec)
{
	struct ipsec mirror = *ipsec;

	mirror.inbound = ipsec->outbound;
	mirror.outbound = ipsec->inbound;
	return mirror;
}

void scene_assert_count(const char *name, unsigned int states, unsigned int policies)
{
	assert_int_equal(lines("ip -n %s xfrm state | grep ^src", name), states);
	assert_int_equal(lines("ip -n %s xfrm policy | grep ^src", name), policies);
}

int scene_setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct error error;

	error_clear(&error);
	assert_int_equal(netops_open(&scene->netops, &error), 0);
	for (int i = 0; i < ENDS; i++) {
		struct namespace wanted = { 0 };

		snprintf(scene->names[i], NAME_SIZE, "test-ipsec-%d-%d", getpid(), i);
		memcpy(wanted.name, scene->names[i], NAME_SIZE);
		assert_int_equal(namespace_create(scene->netops, &wanted, &error), 0);
	}
	command("ip -n %s link add v type veth peer name v netns %s", scene->names[LEFT],
		scene->names[RIGHT]);
	for (int i = 0; i < ENDS; i++) {
		command("ip -n %s addr add 10.0.0.%d/24 dev v", scene->names[i], i + 1);
		command("ip -n %s addr add fd00::%d/64 dev v nodad", scene->names[i], i + 1);
		command("ip -n %s link set v up", scene->names[i]);
	}
	*state = scene;
	return 0;
}

int scene_teardown(void **state)
{
	struct scene *scene = *state;
	struct error error;

	error_clear(&error);
	for (int i = 0; i < ENDS; i++)
		(void)namespace_delete(scene->netops, scene->names[i], &error);
	netops_close(scene->netops);
	free(scene);
	return 0;
}

/* Skips, out loud, where the kernel has no ESP; nothing may be left there, either. */
void scene_create(struct scene *scene, int end, const struct ipsec_path *path,
		  const struct ipsec *ipsec)
{
	struct error error;

	error_clear(&error);
	if (!ipsec_create(scene->netops, scene->names[end], path, ipsec, &error))
		return;
	scene_assert_count(scene->names[end], 0, 0);
	if (error.kind != ERROR_UNSUPPORTED)
		fail_msg("%s (%s; %s: %s)", error.detail, error.kernel,
			 error.members[0].pointer, error.members[0].detail);
	print_message("skip, because %s\n", error.detail);
	skip();
}
