/* The checks of IPsec's members, the number of a request, and that clearing clears. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/unit/ipsec_scene.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check_accepts),
		cmocka_unit_test(test_check_refuses),
		cmocka_unit_test(test_reqid),
		cmocka_unit_test(test_clear),
	};

	return cmocka_run_group_tests_name("checks of ipsec", tests, NULL, NULL);
}
