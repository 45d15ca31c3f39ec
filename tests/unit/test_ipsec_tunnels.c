/* Tunnels of vti and vti6 that talk through IPsec, and do not without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "netops/probe.h"
#include "tests/unit/command.h"
#include "tests/unit/ipsec_scene.h"

static uint32_t ping(struct scene *scene, const char *destination)
{
	struct probe_request request;
	struct probe_result result;
	struct error error;

	error_clear(&error);
	probe_defaults(&request);
	snprintf(request.namespace, sizeof(request.namespace), "%s", scene->names[LEFT]);
	assert_true(ip_parse(&request.destination, destination));
	request.count = 3;
	request.interval_ms = 10;
	request.timeout_ms = 300;
	assert_int_equal(probe_run(scene->netops, &request, &result, &error), 0);
	return result.received;
}

static void make_tunnels(struct scene *scene, const char *kind, const struct ipsec_path *path)
{
	char ends[ENDS][IP_TEXT_SIZE];

	ip_format(&path->local, ends[LEFT]);
	ip_format(&path->remote, ends[RIGHT]);
	for (int i = 0; i < ENDS; i++) {
		const char *name = scene->names[i];

		command("ip -n %s link add name t0 type %s local %s remote %s ikey %u okey %u",
			name, kind, ends[i], ends[!i], i ? path->output_key : path->input_key,
			i ? path->input_key : path->output_key);
		command("ip -n %s addr add 10.9.0.%d/24 dev t0", name, i + 1);
		command("ip -n %s addr add fd09::%d/64 dev t0 nodad", name, i + 1);
		command("ip -n %s link set dev t0 up", name);
	}
}

/* Both ends get it, packets of both families pass, in ESP; and none without it. */
static void try_tunnel(struct scene *scene, const struct ipsec_path *path,
		       const struct ipsec *ipsec)
{
	struct ipsec_path mirrored_path = path_mirror(path);
	struct ipsec mirrored = ipsec_mirror(ipsec);
	struct error error;

	error_clear(&error);
	assert_int_equal(ping(scene, "10.9.0.2"), 0);
	scene_create(scene, LEFT, path, ipsec);
	scene_create(scene, RIGHT, &mirrored_path, &mirrored);
	assert_int_equal(ping(scene, "10.9.0.2"), 3);
	assert_int_equal(ping(scene, "fd09::2"), 3);
	/* Three echoes of both families, and neighbour discovery has no place here. */
	assert_int_equal(lines("ip -n %s -s xfrm state | grep '(bytes), 6(packets)'",
			       scene->names[LEFT]),
			 2);
	assert_int_equal(ipsec_remove(scene->netops, scene->names[LEFT], path, &error), 0);
	assert_int_equal(ping(scene, "10.9.0.2"), 0);
	assert_int_equal(
		ipsec_remove(scene->netops, scene->names[RIGHT], &mirrored_path, &error), 0);
	scene_assert_count(scene->names[LEFT], 0, 0);
	scene_assert_count(scene->names[RIGHT], 0, 0);
}

static void try_kind(struct scene *scene, const char *kind, const struct ipsec_path *path)
{
	struct ipsec tries[] = { with_cbc(), with_aead("rfc4106(gcm(aes))", 20),
				 with_aead("rfc7539esp(chacha20,poly1305)", 36) };

	if (lines("ip -n %s link add name try type %s 2>&1 | grep 'Unknown device type'",
		  scene->names[LEFT], kind)) {
		print_message("skip, because this kernel has no %s\n", kind);
		skip();
	}
	make_tunnels(scene, kind, path);
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
		try_tunnel(scene, path, &tries[i]);
}

static void test_vti(void **state)
{
	struct ipsec_path path = path_between("10.0.0.1", "10.0.0.2");

	try_kind(*state, "vti", &path);
}

static void test_vti6(void **state)
{
	struct ipsec_path path = path_between("fd00::1", "fd00::2");

	path.input_key = path.output_key = UINT32_MAX;
	try_kind(*state, "vti6", &path);
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCENE(test_vti),
		IN_SCENE(test_vti6),
	};

	if (geteuid()) {
		print_message("skip, because namespaces need root\n");
		return 77;
	}
	return cmocka_run_group_tests_name("ipsec of tunnels", tests, NULL, NULL);
}
