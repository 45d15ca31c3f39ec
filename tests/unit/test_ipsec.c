/*
 * IPsec of vti: the checks, and in namespaces of their own two tunnels that
 * really talk. The second half needs a kernel with ESP and vti.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netops/ipsec.h"
#include "netops/namespace.h"
#include "netops/probe.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED 0
#endif

enum { LEFT, RIGHT, ENDS, NAME_SIZE = 32 };

struct fixture {
	struct netops *netops;
	char names[ENDS][NAME_SIZE];
};

static struct ipsec_algorithm algorithm(const char *name, uint32_t key_length, uint32_t bits)
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

static struct ipsec with_cbc(void)
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

static struct ipsec with_aead(const char *name, uint32_t key_length)
{
	struct ipsec_direction direction = { .given = true,
					     .given_spi = true,
					     .spi = UINT32_MAX,
					     .aead = algorithm(name, key_length, 0) };
	struct ipsec ipsec = { .inbound = direction, .outbound = direction };

	return ipsec;
}

static struct ipsec_path path_between(const char *local, const char *remote)
{
	struct ipsec_path path = { .input_key = 7, .output_key = 9 };

	assert_true(ip_parse(&path.local, local));
	assert_true(ip_parse(&path.remote, remote));
	return path;
}

/* The other end's view of both. */
static struct ipsec_path path_mirror(const struct ipsec_path *path)
{
	return (struct ipsec_path){ .local = path->remote,
				    .remote = path->local,
				    .input_key = path->output_key,
				    .output_key = path->input_key };
}

static struct ipsec ipsec_mirror(const struct ipsec *ipsec)
{
	struct ipsec mirror = *ipsec;

	mirror.inbound = ipsec->outbound;
	mirror.outbound = ipsec->inbound;
	return mirror;
}

/* ---- checks ---- */

struct spoiled {
	struct ipsec ipsec;
	struct ipsec_path path;
};

static void no_input_key(struct spoiled *s)
{
	s->path.input_key = 0;
}
static void no_output_key(struct spoiled *s)
{
	s->path.output_key = 0;
}
static void reqid_zero(struct spoiled *s)
{
	s->ipsec.given_reqid = true;
}
static void reqid_large(struct spoiled *s)
{
	s->ipsec.given_reqid = true;
	s->ipsec.reqid = 0x80000000;
}
static void no_inbound(struct spoiled *s)
{
	s->ipsec.inbound.given = false;
}
static void no_spi(struct spoiled *s)
{
	s->ipsec.outbound.given_spi = false;
}
static void spi_reserved(struct spoiled *s)
{
	s->ipsec.inbound.spi = 255;
}
static void nothing(struct spoiled *s)
{
	s->ipsec.inbound.encryption.given = false;
	s->ipsec.inbound.authentication.given = false;
}
static void no_authentication(struct spoiled *s)
{
	s->ipsec.outbound.authentication.given = false;
}
static void no_encryption(struct spoiled *s)
{
	s->ipsec.outbound.encryption.given = false;
}
static void both_ways(struct spoiled *s)
{
	s->ipsec.inbound.aead = algorithm("rfc4106(gcm(aes))", 20, 0);
}
static void null_digest(struct spoiled *s)
{
	s->ipsec.inbound.authentication = algorithm("digest_null", 16, 0);
}
static void no_name(struct spoiled *s)
{
	s->ipsec.inbound.encryption.name[0] = '\0';
}
static void odd_name(struct spoiled *s)
{
	snprintf(s->ipsec.inbound.encryption.name, IPSEC_NAME_SIZE, "cbc aes");
}
static void no_key(struct spoiled *s)
{
	s->ipsec.outbound.encryption.given_key = false;
}
static void short_key(struct spoiled *s)
{
	s->ipsec.outbound.authentication.key_length = 15;
}
static void long_key(struct spoiled *s)
{
	s->ipsec.outbound.encryption.key_length = IPSEC_KEY_SIZE + 1;
}
static void odd_truncation(struct spoiled *s)
{
	s->ipsec.inbound.authentication.bits = 100;
}
static void low_truncation(struct spoiled *s)
{
	s->ipsec.inbound.authentication.bits = 72;
}
static void odd_tag(struct spoiled *s)
{
	s->ipsec = with_aead("rfc4106(gcm(aes))", 20);
	s->ipsec.outbound.aead.given_bits = true;
	s->ipsec.outbound.aead.bits = 120;
}

static const struct {
	void (*spoil)(struct spoiled *s);
	const char *pointer, *code;
} wrongs[] = {
	{ no_input_key, "/x/ipsec", "keys" },
	{ no_output_key, "/x/ipsec", "keys" },
	{ reqid_zero, "/x/ipsec/reqid", "range" },
	{ reqid_large, "/x/ipsec/reqid", "range" },
	{ no_inbound, "/x/ipsec/inbound", "required" },
	{ no_spi, "/x/ipsec/outbound/spi", "required" },
	{ spi_reserved, "/x/ipsec/inbound/spi", "range" },
	{ nothing, "/x/ipsec/inbound", "required" },
	{ no_authentication, "/x/ipsec/outbound/authentication", "required" },
	{ no_encryption, "/x/ipsec/outbound/encryption", "required" },
	{ both_ways, "/x/ipsec/inbound/aead", "conflict" },
	{ null_digest, "/x/ipsec/inbound/authentication/algorithm", "insecure" },
	{ no_name, "/x/ipsec/inbound/encryption/algorithm", "required" },
	{ odd_name, "/x/ipsec/inbound/encryption/algorithm", "format" },
	{ no_key, "/x/ipsec/outbound/encryption/key", "required" },
	{ short_key, "/x/ipsec/outbound/authentication/key", "range" },
	{ long_key, "/x/ipsec/outbound/encryption/key", "range" },
	{ odd_truncation, "/x/ipsec/inbound/authentication/truncation_bits", "range" },
	{ low_truncation, "/x/ipsec/inbound/authentication/truncation_bits", "range" },
	{ odd_tag, "/x/ipsec/outbound/aead/icv_bits", "range" },
};

static void test_check_accepts(void **state)
{
	struct ipsec cbc = with_cbc(), gcm = with_aead("rfc4106(gcm(aes))", 36);
	struct ipsec_path path = path_between("10.0.0.1", "10.0.0.2");
	struct error error;

	(void)state;
	error_clear(&error);
	assert_int_equal(ipsec_check(&cbc, &path, "/ipsec", &error), 0);
	assert_int_equal(ipsec_check(&gcm, &path, "/ipsec", &error), 0);
	cbc.inbound.encryption = algorithm("ecb(cipher_null)", 0, 0);
	assert_int_equal(ipsec_check(&cbc, &path, "/ipsec", &error), 0);
}

static void test_check_refuses(void **state)
{
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		struct spoiled s = { with_cbc(), path_between("10.0.0.1", "10.0.0.2") };

		wrongs[i].spoil(&s);
		error_clear(&error);
		assert_int_equal(ipsec_check(&s.ipsec, &s.path, "/x/ipsec", &error), -1);
		assert_int_equal(error.kind, ERROR_INVALID);
		assert_int_equal(error.member_count, 1);
		assert_string_equal(error.members[0].pointer, wrongs[i].pointer);
		assert_string_equal(error.members[0].code, wrongs[i].code);
	}
}

static void test_reqid(void **state)
{
	struct ipsec ipsec = with_cbc();
	struct ipsec_path path = path_between("10.0.0.1", "10.0.0.2");

	(void)state;
	assert_int_equal(ipsec_reqid(&ipsec, &path), 9);
	path.output_key = 0x80000000;
	assert_int_equal(ipsec_reqid(&ipsec, &path), IPSEC_REQID_MAXIMUM);
	ipsec.given_reqid = true;
	ipsec.reqid = 5;
	assert_int_equal(ipsec_reqid(&ipsec, &path), 5);
}

static void test_clear(void **state)
{
	static const struct ipsec zero;
	struct ipsec ipsec = with_cbc();

	(void)state;
	ipsec_clear(&ipsec);
	assert_memory_equal(&ipsec, &zero, sizeof(zero));
	ipsec_free(NULL);
}

/* ---- in the kernel ---- */

__attribute__((format(printf, 1, 2))) static void command(const char *format, ...)
{
	char line[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (system(line))
		fail_msg("%s", line);
}

/* How many lines a command prints. */
__attribute__((format(printf, 1, 2))) static unsigned int lines(const char *format, ...)
{
	char line[512];
	unsigned int count = 0;
	va_list arguments;
	FILE *output;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	output = popen(line, "r");
	assert_non_null(output);
	while (fgets(line, sizeof(line), output))
		count++;
	pclose(output);
	return count;
}

static void assert_count(const char *name, unsigned int states, unsigned int policies)
{
	assert_int_equal(lines("ip -n %s xfrm state | grep ^src", name), states);
	assert_int_equal(lines("ip -n %s xfrm policy | grep ^src", name), policies);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct error error;

	error_clear(&error);
	assert_int_equal(netops_open(&fixture->netops, &error), 0);
	for (int i = 0; i < ENDS; i++) {
		struct namespace wanted = { 0 };

		snprintf(fixture->names[i], NAME_SIZE, "test-ipsec-%d-%d", getpid(), i);
		memcpy(wanted.name, fixture->names[i], NAME_SIZE);
		assert_int_equal(namespace_create(fixture->netops, &wanted, &error), 0);
	}
	command("ip -n %s link add v type veth peer name v netns %s", fixture->names[LEFT],
		fixture->names[RIGHT]);
	for (int i = 0; i < ENDS; i++) {
		command("ip -n %s addr add 10.0.0.%d/24 dev v", fixture->names[i], i + 1);
		command("ip -n %s addr add fd00::%d/64 dev v nodad", fixture->names[i], i + 1);
		command("ip -n %s link set v up", fixture->names[i]);
	}
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	struct error error;

	error_clear(&error);
	for (int i = 0; i < ENDS; i++)
		(void)namespace_delete(fixture->netops, fixture->names[i], &error);
	netops_close(fixture->netops);
	free(fixture);
	return 0;
}

/* Skips, out loud, where the kernel has no ESP; nothing may be left there, either. */
static void create(struct fixture *fixture, int end, const struct ipsec_path *path,
		   const struct ipsec *ipsec)
{
	struct error error;

	error_clear(&error);
	if (!ipsec_create(fixture->netops, fixture->names[end], path, ipsec, &error))
		return;
	assert_count(fixture->names[end], 0, 0);
	if (error.kind != ERROR_UNSUPPORTED)
		fail_msg("%s (%s; %s: %s)", error.detail, error.kernel,
			 error.members[0].pointer, error.members[0].detail);
	print_message("skip, because %s\n", error.detail);
	skip();
}

static void test_create_read_remove(void **state)
{
	struct fixture *fixture = *state;
	const char *name = fixture->names[LEFT];
	struct ipsec_path path = path_between("10.0.0.1", "10.0.0.2");
	struct ipsec wanted = with_cbc(), got;
	struct error error;
	bool found;

	error_clear(&error);
	assert_int_equal(ipsec_read(fixture->netops, name, &path, &got, &found, &error), 0);
	assert_false(found);
	create(fixture, LEFT, &path, &wanted);
	assert_count(name, 2, 4);
	assert_int_equal(ipsec_read(fixture->netops, name, &path, &got, &found, &error), 0);
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
	assert_int_equal(ipsec_read(fixture->netops, name, &path, &got, &found, &error), 0);
	assert_true(found && !got.complete && !got.outbound.given && got.inbound.given);

	assert_int_equal(ipsec_remove(fixture->netops, name, &path, &error), 0);
	assert_count(name, 0, 0);
	assert_int_equal(ipsec_remove(fixture->netops, name, &path, &error), 0);
}

/* Of two tunnels with one key the second is refused, and the first stays whole. */
static void test_key_twice(void **state)
{
	struct fixture *fixture = *state;
	const char *name = fixture->names[LEFT];
	struct ipsec_path path = path_between("10.0.0.1", "10.0.0.2");
	struct ipsec_path other = path_between("10.0.0.1", "10.0.0.3");
	struct ipsec ipsec = with_cbc();
	struct error error;
	bool found;

	create(fixture, LEFT, &path, &ipsec);
	error_clear(&error);
	assert_int_equal(ipsec_create(fixture->netops, name, &other, &ipsec, &error), -1);
	assert_int_equal(error.kind, ERROR_EXISTS);
	assert_non_null(strstr(error.detail, "output key 9"));
	other.output_key = 10;
	error_clear(&error);
	assert_int_equal(ipsec_create(fixture->netops, name, &other, &ipsec, &error), -1);
	assert_int_equal(error.kind, ERROR_EXISTS);
	assert_non_null(strstr(error.detail, "input key 7"));
	assert_count(name, 2, 4);

	/* Not this path's, although the key fits. */
	other.output_key = 9;
	assert_int_equal(ipsec_remove(fixture->netops, name, &other, &error), 0);
	assert_int_equal(ipsec_read(fixture->netops, name, &other, &ipsec, &found, &error), 0);
	assert_false(found);
	assert_count(name, 2, 4);
}

/* What an IKE daemon made for the same tunnel is not ours. */
static void test_foreign(void **state)
{
	struct fixture *fixture = *state;
	const char *name = fixture->names[LEFT];
	struct ipsec_path path = path_between("10.0.0.1", "10.0.0.2");
	struct ipsec ipsec = with_cbc();
	struct error error;
	bool found;

	create(fixture, LEFT, &path, &ipsec);
	error_clear(&error);
	assert_int_equal(ipsec_remove(fixture->netops, name, &path, &error), 0);
	command("ip -n %s xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x1001 "
		"mode tunnel reqid 9 mark 9 enc 'cbc(aes)' 0x000102030405060708090a0b0c0d0e0f "
		"auth 'hmac(sha1)' 0x000102030405060708090a0b0c0d0e0f",
		name);
	/* The spi is taken: all or nothing. */
	assert_int_equal(ipsec_create(fixture->netops, name, &path, &ipsec, &error), -1);
	assert_int_equal(error.kind, ERROR_EXISTS);
	assert_non_null(strstr(error.detail, "spi 4097"));
	assert_count(name, 1, 0);
	command("ip -n %s xfrm policy add dir out mark 9 tmpl src 10.0.0.1 dst 10.0.0.2 "
		"proto esp mode tunnel reqid 9",
		name);
	assert_int_equal(ipsec_remove(fixture->netops, name, &path, &error), 0);
	assert_int_equal(ipsec_read(fixture->netops, name, &path, &ipsec, &found, &error), 0);
	assert_false(found);
	assert_count(name, 1, 1);
	ipsec = with_cbc();
	error_clear(&error);
	assert_int_equal(ipsec_create(fixture->netops, name, &path, &ipsec, &error), -1);
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
	struct fixture *fixture = *state;
	const char *name = fixture->names[LEFT];
	struct spoiled good = { with_cbc(), path_between("10.0.0.1", "10.0.0.2") };
	struct error error;

	create(fixture, LEFT, &good.path, &good.ipsec);
	error_clear(&error);
	assert_int_equal(ipsec_remove(fixture->netops, name, &good.path, &error), 0);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct spoiled s = good;

		refused[i].spoil(&s);
		error_clear(&error);
		assert_int_equal(ipsec_create(fixture->netops, name, &s.path, &s.ipsec, &error),
				 -1);
		assert_int_equal(error.kind, ERROR_INVALID);
		assert_int_equal(error.member_count, 1);
		assert_string_equal(error.members[0].pointer, refused[i].pointer);
		assert_count(name, 0, 0);
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
	struct fixture *fixture = *state;
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
	create(fixture, LEFT, &path, ipsec);
	error_clear(&error);
	assert_int_equal(
		ipsec_read(fixture->netops, fixture->names[LEFT], &path, &got, &found, &error),
		0);
	assert_true(found);
	ipsec_free(ipsec);
	assert_int_equal(secrets_in_memory(32), 0);
}

static void test_wrong_places(void **state)
{
	struct fixture *fixture = *state;
	struct ipsec_path path = path_between("10.0.0.1", "10.0.0.2");
	struct ipsec_path any = path_between("10.0.0.1", "0.0.0.0");
	struct ipsec ipsec = with_cbc();
	struct error error;

	error_clear(&error);
	assert_int_equal(ipsec_create(fixture->netops, "test-nowhere", &path, &ipsec, &error),
			 -1);
	assert_int_equal(error.kind, ERROR_MISSING);
	error_clear(&error);
	assert_int_equal(
		ipsec_create(fixture->netops, fixture->names[LEFT], &any, &ipsec, &error), -1);
	assert_string_equal(error.members[0].pointer, "/remote");
}

static uint32_t ping(struct fixture *fixture, const char *destination)
{
	struct probe_request request;
	struct probe_result result;
	struct error error;

	error_clear(&error);
	probe_defaults(&request);
	snprintf(request.namespace, sizeof(request.namespace), "%s", fixture->names[LEFT]);
	assert_true(ip_parse(&request.destination, destination));
	request.count = 3;
	request.interval_ms = 10;
	request.timeout_ms = 300;
	assert_int_equal(probe_run(fixture->netops, &request, &result, &error), 0);
	return result.received;
}

static void make_tunnels(struct fixture *fixture, const char *kind,
			 const struct ipsec_path *path)
{
	char ends[ENDS][IP_TEXT_SIZE];

	ip_format(&path->local, ends[LEFT]);
	ip_format(&path->remote, ends[RIGHT]);
	for (int i = 0; i < ENDS; i++) {
		const char *name = fixture->names[i];

		command("ip -n %s link add name t0 type %s local %s remote %s ikey %u okey %u",
			name, kind, ends[i], ends[!i], i ? path->output_key : path->input_key,
			i ? path->input_key : path->output_key);
		command("ip -n %s addr add 10.9.0.%d/24 dev t0", name, i + 1);
		command("ip -n %s addr add fd09::%d/64 dev t0 nodad", name, i + 1);
		command("ip -n %s link set dev t0 up", name);
	}
}

/* Both ends get it, packets of both families pass, in ESP; and none without it. */
static void try_tunnel(struct fixture *fixture, const struct ipsec_path *path,
		       const struct ipsec *ipsec)
{
	struct ipsec_path mirrored_path = path_mirror(path);
	struct ipsec mirrored = ipsec_mirror(ipsec);
	struct error error;

	error_clear(&error);
	assert_int_equal(ping(fixture, "10.9.0.2"), 0);
	create(fixture, LEFT, path, ipsec);
	create(fixture, RIGHT, &mirrored_path, &mirrored);
	assert_int_equal(ping(fixture, "10.9.0.2"), 3);
	assert_int_equal(ping(fixture, "fd09::2"), 3);
	/* Three echoes of both families, and neighbour discovery has no place here. */
	assert_int_equal(lines("ip -n %s -s xfrm state | grep '(bytes), 6(packets)'",
			       fixture->names[LEFT]),
			 2);
	assert_int_equal(ipsec_remove(fixture->netops, fixture->names[LEFT], path, &error), 0);
	assert_int_equal(ping(fixture, "10.9.0.2"), 0);
	assert_int_equal(
		ipsec_remove(fixture->netops, fixture->names[RIGHT], &mirrored_path, &error),
		0);
	assert_count(fixture->names[LEFT], 0, 0);
	assert_count(fixture->names[RIGHT], 0, 0);
}

static void try_kind(struct fixture *fixture, const char *kind, const struct ipsec_path *path)
{
	struct ipsec tries[] = { with_cbc(), with_aead("rfc4106(gcm(aes))", 20),
				 with_aead("rfc7539esp(chacha20,poly1305)", 36) };

	if (lines("ip -n %s link add name try type %s 2>&1 | grep 'Unknown device type'",
		  fixture->names[LEFT], kind)) {
		print_message("skip, because this kernel has no %s\n", kind);
		skip();
	}
	make_tunnels(fixture, kind, path);
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
		try_tunnel(fixture, path, &tries[i]);
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

#define IN_KERNEL(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest pure[] = {
		cmocka_unit_test(test_check_accepts),
		cmocka_unit_test(test_check_refuses),
		cmocka_unit_test(test_reqid),
		cmocka_unit_test(test_clear),
	};
	const struct CMUnitTest kernel[] = {
		IN_KERNEL(test_create_read_remove),
		IN_KERNEL(test_key_twice),
		IN_KERNEL(test_foreign),
		IN_KERNEL(test_kernel_refuses),
		IN_KERNEL(test_wrong_places),
		IN_KERNEL(test_keys_forgotten),
		IN_KERNEL(test_vti),
		IN_KERNEL(test_vti6),
	};
	int failed = cmocka_run_group_tests_name("ipsec", pure, NULL, NULL);

	if (geteuid()) {
		print_message("skip, because namespaces need root\n");
		return failed;
	}
	return failed + cmocka_run_group_tests_name("ipsec in the kernel", kernel, NULL, NULL);
}
