/* SPDX-License-Identifier: Apache-2.0 */
/* crypto/p256, and HKDF: RFC 8291 Appendix A, RFC 5869 Appendix A, RFC 7515 Appendix A.3. */
#include "crypto/p256.h"

#include "codec/base64.h"
#include "codec/hex.h"
#include "crypto/kdf.h"

#include "support/unit.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#define AS_PRIVATE "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
#define AS_PUBLIC                                                                                  \
	"BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
#define UA_PRIVATE "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
#define UA_PUBLIC                                                                                  \
	"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
#define SECRET "kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs"

static const uint8_t *decode(struct arena *a, const char *text, size_t len)
{
	struct str bytes;

	assert_int_equal(base64_url_decode(a, str_from(text), &bytes), OK);
	assert_int_equal(bytes.len, len);
	return (const uint8_t *)bytes.ptr;
}

static void public_key_of_a_private_one(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct p256_key key;

	arena_init(&a, MIB);
	p256_from_seed(decode(&a, AS_PRIVATE, P256_PRIVATE), &key);
	assert_memory_equal(key.pub, decode(&a, AS_PUBLIC, P256_PUBLIC), P256_PUBLIC);
	p256_from_seed(decode(&a, UA_PRIVATE, P256_PRIVATE), &key);
	assert_memory_equal(key.pub, decode(&a, UA_PUBLIC, P256_PUBLIC), P256_PUBLIC);
}

static void both_sides_agree(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	uint8_t secret[P256_SECRET];
	struct p256_key key;

	arena_init(&a, MIB);
	p256_from_seed(decode(&a, AS_PRIVATE, P256_PRIVATE), &key);
	assert_int_equal(p256_agree(&key, decode(&a, UA_PUBLIC, P256_PUBLIC), secret), OK);
	assert_memory_equal(secret, decode(&a, SECRET, P256_SECRET), P256_SECRET);
	p256_from_seed(decode(&a, UA_PRIVATE, P256_PRIVATE), &key);
	assert_int_equal(p256_agree(&key, decode(&a, AS_PUBLIC, P256_PUBLIC), secret), OK);
	assert_memory_equal(secret, decode(&a, SECRET, P256_SECRET), P256_SECRET);
}

static void what_is_no_point_is_refused(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	uint8_t point[P256_PUBLIC], secret[P256_SECRET];
	struct p256_key key;

	arena_init(&a, MIB);
	p256_generate(&key);
	assert_true(p256_is_point(key.pub));
	memcpy(point, decode(&a, UA_PUBLIC, P256_PUBLIC), sizeof(point));
	point[64] ^= 1; /* off the curve */
	assert_int_equal(p256_agree(&key, point, secret), ERR_INVALID);
	assert_false(p256_is_point(point));
	memset(point, 0, sizeof(point)); /* infinity */
	assert_int_equal(p256_agree(&key, point, secret), ERR_INVALID);
	memset(point, 0xff, sizeof(point));
	point[0] = 4;
	assert_false(p256_is_point(point));
	memcpy(point, key.pub, sizeof(point));
	point[0] = 6; /* the hybrid form: nobody sends it */
	assert_false(p256_is_point(point));
}

/* Seeds that are no private keys give one all the same, always the same. */
static void odd_seeds(void **state)
{
	uint8_t zero[P256_PRIVATE] = { 0 }, high[P256_PRIVATE];
	struct p256_key one, other;

	memset(high, 0xff, sizeof(high));
	p256_from_seed(zero, &one);
	p256_from_seed(zero, &other);
	assert_memory_equal(&one, &other, sizeof(one));
	assert_true(p256_is_point(one.pub));
	p256_from_seed(high, &other);
	assert_true(p256_is_point(other.pub));
	assert_memory_not_equal(&one, &other, sizeof(one));
}

static bool verify(const uint8_t *pub, struct str s, const uint8_t *signature)
{
	char group[] = "P-256";
	uint8_t copy[P256_PUBLIC], *der = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	ECDSA_SIG *sig = ECDSA_SIG_new();
	EVP_PKEY *key = NULL;
	OSSL_PARAM params[3];
	bool is_right;
	int len;

	memcpy(copy, pub, sizeof(copy));
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy, sizeof(copy));
	params[2] = OSSL_PARAM_construct_end();
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	ECDSA_SIG_set0(sig, BN_bin2bn(signature, 32, NULL), BN_bin2bn(signature + 32, 32, NULL));
	len = i2d_ECDSA_SIG(sig, &der);
	assert_int_equal(EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key), 1);
	is_right = EVP_DigestVerify(md, der, (size_t)len, (const unsigned char *)s.ptr, s.len) == 1;
	OPENSSL_free(der);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(ctx);
	return is_right;
}

static void signatures_hold(void **state)
{
	uint8_t signature[P256_SIGNATURE];
	struct p256_key key;

	for (int i = 0; i < 50; i++) { /* short numbers are filled up */
		p256_generate(&key);
		p256_sign(&key, STR("what is signed"), signature);
		assert_true(verify(key.pub, STR("what is signed"), signature));
		assert_false(verify(key.pub, STR("something else"), signature));
	}
}

/* RFC 8292 2.4: that our way to check is the right one. */
static void signature_of_the_rfc(void **state)
{
	static const struct str token = STR_INIT(
		"eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9."
		"eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1ha"
		"Wx0bzpwdXNoQGV4YW1wbGUuY29tIn0");
	struct arena a scoped(arena_done) = { 0 };

	arena_init(&a, MIB);
	assert_true(verify(
		decode(&a,
		       "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9"
		       "ojSwk5Y2EmClBPs",
		       P256_PUBLIC),
		token,
		decode(&a,
		       "i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2"
		       "L9OkSSHzvoD1oA",
		       P256_SIGNATURE)));
}

static struct str hex(struct arena *a, const char *text)
{
	struct str bytes;

	assert_int_equal(hex_decode(a, str_from(text), &bytes), OK);
	return bytes;
}

/* RFC 5869 A.1 and A.3, their first 32 bytes. */
static void hkdf_of_the_rfc(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	uint8_t out[32];
	struct str input;

	arena_init(&a, MIB);
	input = hex(&a, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
	kdf_hkdf(hex(&a, "000102030405060708090a0b0c"), input, hex(&a, "f0f1f2f3f4f5f6f7f8f9"), out,
		 sizeof(out));
	assert_memory_equal(
		out,
		hex(&a, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf").ptr,
		sizeof(out));
	kdf_hkdf(STR_NONE, input, STR_NONE, out, sizeof(out));
	assert_memory_equal(
		out,
		hex(&a, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d").ptr,
		sizeof(out));
}

UNIT_TESTS(p256, cmocka_unit_test(public_key_of_a_private_one), cmocka_unit_test(both_sides_agree),
	   cmocka_unit_test(what_is_no_point_is_refused), cmocka_unit_test(odd_seeds),
	   cmocka_unit_test(signatures_hold), cmocka_unit_test(signature_of_the_rfc),
	   cmocka_unit_test(hkdf_of_the_rfc));
