/* States and policies in the kernel: made, read, refused, taken away, and their keys forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/command.h"
#include "tests/unit/ipsec_scene.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED 0
#endif

static void test_create_read_remove(void **state)
{
	struct scene *scene = *state;
	const char *name = scene->names[LEFT];
	struct ipsec_path path = path_between("10.0.0.1", "10.0.0.2");
	struct ipsec wanted = with_cbc(), got;
	struct error error;
	bool found;

	error_clear(&error);
	assert_int_equal(ipsec_read(scene->netops, name, &path, &got, &found, &error), 0);
	assert_false(found);
	scene_create(scene, LEFT, &path, &wanted);
	scene_assert_count(name, 2, 4);
	assert_int_equal(ipsec_read(scene->netops, name, &path, &got, &found, &error), 0);
	assert_true(found && got.complete);
	assert_int_equal(got.reqid, 9);
	assert_int_equal(got.outbound.spi, 0x1001);
	assert_int_equal(got.inbound.spi, 0x1002);
	assert_string_equal(got.inbound.encryption.name, "cbc(aes)");
	assert_string_equal(got.inbound.authentication.name, "hmac(sha256)");
	assert_int_equal(got.inbound.authentication.bits, 128);
	assert_int_equal(got.inbound.encryption.key_length, 32);
	assert_true(got.inbound.encryption.key_set && !got.inbound.encryption.given_key);
	for (int i = 0; i < IPSEC_KEY_SIZE; i++)
		assert_int_equal(got.inbound.encryption.key[i] | got.outbound.encryption.key[i],
				 0);
	assert_false(got.inbound.aead.given);

	command("ip -n %s xfrm state del src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x1001 mark 9",
		name);
	assert_int_equal(ipsec_read(scene->netops, name, &path, &got, &found, &error), 0);
	assert_true(found && !got.complete && !got.outbound.given && got.inbound.given);

	assert_int_equal(ipsec_remove(scene->netops, name, &path, &error), 0);
	scene_assert_count(name, 0, 0);
	assert_int_equal(ipsec_remove(scene->netops, name, &path, &error), 0);
}

/* Of two tunnels with one key the second is refused, and the first stays whole. */
static void test_key_twice(void **state)
{
	struct scene *scene = *state;
	const char *name = scene->names[LEFT];
	struct ipsec_path path = path_between("10.0.0.1", "10.0.0.2");
	struct ipsec_path other = path_between("10.0.0.1", "10.0.0.3");
	struct ipsec ipsec = with_cbc();
	struct error error;
	bool found;

	scene_create(scene, LEFT, &path, &ipsec);
	error_clear(&error);
	assert_int_equal(ipsec_create(scene->netops, name, &other, &ipsec, &error), -1);
	assert_int_equal(error.kind, ERROR_EXISTS);
	assert_non_null(strstr(error.detail, "output key 9"));
	other.output_key = 10;
	error_clear(&error);
	assert_int_equal(ipsec_create(scene->netops, name, &other, &ipsec, &error), -1);
	assert_int_equal(error.kind, ERROR_EXISTS);
	assert_non_null(strstr(error.detail, "input key 7"));
	scene_assert_count(name, 2, 4);

	/* Not this path's, although the key fits. */
	other.output_key = 9;
	assert_int_equal(ipsec_remove(scene->netops, name, &other, &error), 0);
	assert_int_equal(ipsec_read(scene->netops, name, &other, &ipsec, &found, &error), 0);
	assert_false(found);
	scene_assert_count(name, 2, 4);
}

/* What an IKE daemon made for the same tunnel is not ours. */
static void test_foreign(void **state)
{
	struct scene *scene = *state;
	const char *name = scene->names[LEFT];
	struct ipsec_path path = path_between("10.0.0.1", "10.0.0.2");
	struct ipsec ipsec = with_cbc();
	struct error error;
	bool found;

	scene_create(scene, LEFT, &path, &ipsec);
	error_clear(&error);
	assert_int_equal(ipsec_remove(scene->netops, name, &path, &error), 0);
	command("ip -n %s xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x1001 "
		"mode tunnel reqid 9 mark 9 enc 'cbc(aes)' 0x000102030405060708090a0b0c0d0e0f "
		"auth 'hmac(sha1)' 0x000102030405060708090a0b0c0d0e0f",
		name);
	/* The spi is taken: all or nothing. */
	assert_int_equal(ipsec_create(scene->netops, name, &path, &ipsec, &error), -1);
	assert_int_equal(error.kind, ERROR_EXISTS);
	assert_non_null(strstr(error.detail, "spi 4097"));
	scene_assert_count(name, 1, 0);
	command("ip -n %s xfrm policy add dir out mark 9 tmpl src 10.0.0.1 dst 10.0.0.2 "
		"proto esp mode tunnel reqid 9",
		name);
	assert_int_equal(ipsec_remove(scene->netops, name, &path, &error), 0);
	assert_int_equal(ipsec_read(scene->netops, name, &path, &ipsec, &found, &error), 0);
	assert_false(found);
	scene_assert_count(name, 1, 1);
	ipsec = with_cbc();
	error_clear(&error);
	assert_int_equal(ipsec_create(scene->netops, name, &path, &ipsec, &error), -1);
	assert_int_equal(error.kind, ERROR_EXISTS);
	assert_non_null(strstr(error.detail, "not made by this agent"));
}

static void rename_algorithm(struct ipsec_algorithm *algorithm, const char *name)
{
	snprintf(algorithm->name, sizeof(algorithm->name), "%s", name);
}

static void unknown_encryption(struct spoiled *s)
{
	rename_algorithm(&s->ipsec.outbound.encryption, "cbc(nix)");
}
static void unknown_authentication(struct spoiled *s)
{
	rename_algorithm(&s->ipsec.inbound.authentication, "hmac(nix)");
}
static void unknown_aead(struct spoiled *s)
{
	s->ipsec.outbound.encryption.given = s->ipsec.outbound.authentication.given = false;
	s->ipsec.outbound.aead = algorithm("rfc4106(gcm(nix))", 20, 0);
}
static void wrong_key(struct spoiled *s)
{
	s->ipsec.inbound.encryption.key_length = 17;
}
static void wrong_aead_key(struct spoiled *s)
{
	unknown_aead(s);
	rename_algorithm(&s->ipsec.outbound.aead, "rfc4106(gcm(aes))");
	s->ipsec.outbound.aead.key_length = 32;
}
static void long_truncation(struct spoiled *s)
{
	s->ipsec.inbound.authentication.bits = 264;
}

static const struct {
	void (*spoil)(struct spoiled *s);
	const char *pointer;
} refused[] = {
	{ unknown_encryption, "/ipsec/outbound/encryption/algorithm" },
	{ unknown_authentication, "/ipsec/inbound/authentication/algorithm" },
	{ unknown_aead, "/ipsec/outbound/aead/algorithm" },
	{ wrong_key, "/ipsec/inbound/encryption/key" },
	{ wrong_aead_key, "/ipsec/outbound/aead/key" },
	{ long_truncation, "/ipsec/inbound/authentication/truncation_bits" },
};

static void test_kernel_refuses(void **state)
{
	struct scene *scene = *state;
	const char *name = scene->names[LEFT];
	struct spoiled good = { with_cbc(), path_between("10.0.0.1", "10.0.0.2") };
	struct error error;

	scene_create(scene, LEFT, &good.path, &good.ipsec);
	error_clear(&error);
	assert_int_equal(ipsec_remove(scene->netops, name, &good.path, &error), 0);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct spoiled s = good;

		refused[i].spoil(&s);
		error_clear(&error);
		assert_int_equal(ipsec_create(scene->netops, name, &s.path, &s.ipsec, &error),
				 -1);
		assert_int_equal(error.kind, ERROR_INVALID);
		assert_int_equal(error.member_count, 1);
		assert_string_equal(error.members[0].pointer, refused[i].pointer);
		scene_assert_count(name, 0, 0);
	}
}

/* A key that no file, stack or table holds as such. */
static uint8_t secret_byte(size_t place)
{
	return (uint8_t)(place * 37 + 11) ^ 0xa5;
}

static unsigned int secrets_between(const uint8_t *start, const uint8_t *end, size_t length)
{
	unsigned int count = 0;

	for (; start + length <= end; start++) {
		size_t same = 0;

		while (same < length && start[same] == secret_byte(same))
			same++;
		count += same == length;
	}
	return count;
}

/* Looks through all memory of this process that can be written. */
static unsigned int secrets_in_memory(size_t length)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned int count = 0;
	char line[512], rights[8];
	unsigned long start, end;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %7s", &start, &end, rights) == 3 &&
		    !strncmp(rights, "rw", 2))
			count += secrets_between((const uint8_t *)start, (const uint8_t *)end,
						 length);
	}
	fclose(maps);
	return count;
}

static void test_keys_forgotten(void **state)
{
	struct scene *scene = *state;
	struct ipsec_path path = path_between("10.0.0.1", "10.0.0.2");
	struct ipsec *ipsec, got;
	struct error error;
	bool found;

	if (SANITIZED) {
		print_message("skip, because a sanitizer's memory is too large to search\n");
		skip();
	}
	ipsec = malloc(sizeof(*ipsec));
	assert_non_null(ipsec);
	*ipsec = with_cbc();
	for (size_t i = 0; i < 32; i++)
		ipsec->inbound.encryption.key[i] = secret_byte(i);
	assert_int_equal(secrets_in_memory(32), 1);
	scene_create(scene, LEFT, &path, ipsec);
	error_clear(&error);
	assert_int_equal(
		ipsec_read(scene->netops, scene->names[LEFT], &path, &got, &found, &error), 0);
	assert_true(found);
	ipsec_free(ipsec);
	assert_int_equal(secrets_in_memory(32), 0);
}

static void test_wrong_places(void **state)
{
	struct scene *scene = *state;
	struct ipsec_path path = path_between("10.0.0.1", "10.0.0.2");
	struct ipsec_path any = path_between("10.0.0.1", "0.0.0.0");
	struct ipsec ipsec = with_cbc();
	struct error error;

	error_clear(&error);
	assert_int_equal(ipsec_create(scene->netops, "test-nowhere", &path, &ipsec, &error),
			 -1);
	assert_int_equal(error.kind, ERROR_MISSING);
	error_clear(&error);
	assert_int_equal(ipsec_create(scene->netops, scene->names[LEFT], &any, &ipsec, &error),
			 -1);
	assert_string_equal(error.members[0].pointer, "/remote");
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCENE(test_create_read_remove),
		IN_SCENE(test_key_twice),
		IN_SCENE(test_foreign),
		IN_SCENE(test_kernel_refuses),
		IN_SCENE(test_wrong_places),
		IN_SCENE(test_keys_forgotten),
	};

	if (geteuid()) {
		print_message("skip, because namespaces need root\n");
		return 77;
	}
	return cmocka_run_group_tests_name("ipsec in the kernel", tests, NULL, NULL);
}
