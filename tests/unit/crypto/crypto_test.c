/* SPDX-License-Identifier: Apache-2.0 */
/* crypto: digests, HMAC and PBKDF2 against published vectors; secrets. */
#include "codec/hex.h"
#include "crypto/digest.h"
#include "crypto/kdf.h"
#include "crypto/secret.h"

#include "support/unit.h"

#include <pthread.h>

static void assert_hex(const uint8_t *got, size_t len, const char *wanted)
{
	struct sbuf hex scoped(sbuf_done) = SBUF(KIB);

	hex_encode(&hex, str_make((const char *)got, len));
	assert_int_equal(hex.len, strlen(wanted));
	assert_memory_equal(hex.ptr, wanted, hex.len);
}

/* FIPS 180-4 examples, and the digests of nothing. */
static void digests(void **state)
{
	static const struct {
		enum digest_kind kind;
		const char *in, *out;
	} rows[] = {
		{ DIGEST_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ DIGEST_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
		{ DIGEST_SHA256, "abc",
		  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ DIGEST_SHA256, "",
		  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ DIGEST_SHA512, "abc",
		  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		  "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	};
	uint8_t out[DIGEST_MAX];

	for (size_t i = 0; i < array_len(rows); i++) {
		digest_of(rows[i].kind, str_from(rows[i].in), out);
		assert_hex(out, digest_len(rows[i].kind), rows[i].out);
	}
	digest_of_parts(DIGEST_SHA1, (struct str[]){ STR("a"), STR_NONE, STR("bc") }, 3, out);
	assert_hex(out, 20, "a9993e364706816aba3e25717850c26c9cd0d89d");
}

/* RFC 2202 and RFC 4231, test cases 2, 3 and 6. */
static void hmacs(void **state)
{
	char key[131], data[50];
	uint8_t out[DIGEST_MAX];

	digest_hmac(DIGEST_SHA1, STR("Jefe"), STR("what do ya want for nothing?"), out);
	assert_hex(out, 20, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	digest_hmac(DIGEST_SHA256, STR("Jefe"), STR("what do ya want for nothing?"), out);
	assert_hex(out, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	digest_hmac_parts(DIGEST_SHA512, STR("Jefe"),
			  (struct str[]){ STR("what do ya "), STR("want for nothing?") }, 2, out);
	assert_hex(out, 64,
		   "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		   "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
	memset(key, 0xaa, sizeof(key));
	memset(data, 0xdd, sizeof(data));
	digest_hmac(DIGEST_SHA256, str_make(key, 20), str_make(data, 50), out);
	assert_hex(out, 32, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
	digest_hmac(DIGEST_SHA256, str_make(key, 131),
		    STR("Test Using Larger Than Block-Size Key - Hash Key First"), out);
	assert_hex(out, 32, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	digest_hmac(DIGEST_SHA256, STR_NONE, STR_NONE, out);
	assert_hex(out, 32, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* RFC 6070 for SHA-1, RFC 7914 11 for SHA-256 (its first 32 bytes). */
static void pbkdf2(void **state)
{
	uint8_t out[DIGEST_MAX];

	kdf_pbkdf2(DIGEST_SHA1, STR("password"), STR("salt"), 1, out);
	assert_hex(out, 20, "0c60c80f961f0e71f3a9b524af6012062fe037a6");
	kdf_pbkdf2(DIGEST_SHA1, STR("password"), STR("salt"), 4096, out);
	assert_hex(out, 20, "4b007901b765489abead49d926f721d065a429c1");
	kdf_pbkdf2(DIGEST_SHA256, STR("passwd"), STR("salt"), 1, out);
	assert_hex(out, 32, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
	kdf_pbkdf2(DIGEST_SHA512, STR("password"), STR("salt"), 1, out);
	assert_hex(out, 64,
		   "867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252"
		   "c02d470a285a0501bad999bfe943c08f050235d7d68b1da55e63f73b60a57fce");
}

static void secrets(void **state)
{
	char a[32], b[32];

	memset(a, 7, sizeof(a));
	memcpy(b, a, sizeof(a));
	assert_true(secret_equal(a, b, sizeof(a)));
	assert_true(secret_equal(NULL, NULL, 0));
	for (size_t i = 0; i < sizeof(a); i++) {
		b[i] ^= 1;
		assert_false(secret_equal(a, b, sizeof(a)));
		b[i] ^= 1;
	}
	secret_wipe(a, sizeof(a));
	for (size_t i = 0; i < sizeof(a); i++)
		assert_int_equal(a[i], 0);
	secret_wipe(NULL, 0);
}

static void *hash_often(void *arg)
{
	size_t *bad = arg;
	uint8_t out[DIGEST_MAX], again[DIGEST_MAX];

	for (int i = 0; i < 500; i++) {
		digest_hmac(DIGEST_SHA256, STR("Jefe"), STR("what do ya want for nothing?"), out);
		digest_of(DIGEST_SHA1, STR("abc"), again);
		*bad += out[0] != 0x5b || out[31] != 0x43 || again[0] != 0xa9 || again[19] != 0x9d;
	}
	return NULL;
}

static void many_threads(void **state)
{
	size_t bad[4] = { 0 };
	pthread_t threads[4];

	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hash_often, &bad[i]), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(bad[i], 0);
	}
}

UNIT_TESTS(crypto, cmocka_unit_test(many_threads), cmocka_unit_test(digests),
	   cmocka_unit_test(hmacs), cmocka_unit_test(pbkdf2), cmocka_unit_test(secrets));
