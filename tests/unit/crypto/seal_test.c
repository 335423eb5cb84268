/* SPDX-License-Identifier: Apache-2.0 */
/* crypto/seal: a published vector, and what has been changed is not opened. */
#include "crypto/seal.h"

#include "codec/hex.h"
#include "crypto/secret.h"

#include "support/unit.h"

static struct arena arena;

static int set_up(void **state)
{
	arena_init(&arena, 64 * KIB);
	return 0;
}

static int tear_down(void **state)
{
	arena_done(&arena);
	return 0;
}

static struct str hex(const char *text)
{
	struct str s;

	assert_int_equal(hex_decode(&arena, str_from(text), &s), OK);
	return s;
}

/* Test case 16 of "The Galois/Counter Mode of Operation (GCM)", McGrew and Viega. */
static void opens_a_published_one(void **state)
{
	struct str key = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
	struct str context = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
	struct str plain = hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
			       "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
	struct str sealed = hex("cafebabefacedbaddecaf888"
				"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
				"8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
				"76fc6ece0f4e1768cddf8853bb2d551b");
	uint8_t out[64];

	assert_int_equal(sealed.len, plain.len + SEAL_EXTRA);
	assert_int_equal(seal_open((const uint8_t *)key.ptr, context, sealed, out), OK);
	assert_memory_equal(out, plain.ptr, plain.len);
}

static void opens_only_what_it_has_sealed(void **state)
{
	uint8_t key[SEAL_KEY] = { 1 }, other[SEAL_KEY] = { 2 };
	uint8_t sealed[5 + SEAL_EXTRA], again[5 + SEAL_EXTRA], out[5];
	struct str all = str_make((const char *)sealed, sizeof(sealed));

	seal_close(key, STR("romeo"), STR("a key"), sealed);
	seal_close(key, STR("romeo"), STR("a key"), again);
	assert_memory_not_equal(sealed, again, sizeof(sealed)); /* a nonce of its own */
	assert_int_equal(seal_open(key, STR("romeo"), all, out), OK);
	assert_memory_equal(out, "a key", 5);
	assert_int_equal(seal_open(other, STR("romeo"), all, out), ERR_INVALID);
	assert_int_equal(seal_open(key, STR("juliet"), all, out), ERR_INVALID);
	for (size_t len = 0; len < sizeof(sealed); len++)
		assert_int_equal(seal_open(key, STR("romeo"), str_sub(all, 0, len), out),
				 ERR_INVALID);
	for (size_t i = 0; i < sizeof(sealed); i++) {
		sealed[i] ^= 0x10;
		assert_int_equal(seal_open(key, STR("romeo"), all, out), ERR_INVALID);
		sealed[i] ^= 0x10;
	}
	seal_close(key, STR(""), STR(""), sealed);
	assert_int_equal(seal_open(key, STR(""), str_sub(all, 0, SEAL_EXTRA), out), OK);
}

UNIT_TESTS(seal, cmocka_unit_test_setup_teardown(opens_a_published_one, set_up, tear_down),
	   cmocka_unit_test_setup_teardown(opens_only_what_it_has_sealed, set_up, tear_down));
