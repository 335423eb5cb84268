/* SPDX-License-Identifier: Apache-2.0 */
/* Base 16 and base 64. */
#include "codec/base64.h"
#include "codec/hex.h"
#include "support/unit.h"

static void encodes_vectors(void **state)
{
	/* RFC 4648 10. */
	static const struct {
		struct str plain, base64, hex;
	} rows[] = {
		{ STR_INIT(""), STR_INIT(""), STR_INIT("") },
		{ STR_INIT("f"), STR_INIT("Zg=="), STR_INIT("66") },
		{ STR_INIT("fo"), STR_INIT("Zm8="), STR_INIT("666f") },
		{ STR_INIT("foo"), STR_INIT("Zm9v"), STR_INIT("666f6f") },
		{ STR_INIT("foob"), STR_INIT("Zm9vYg=="), STR_INIT("666f6f62") },
		{ STR_INIT("fooba"), STR_INIT("Zm9vYmE="), STR_INIT("666f6f6261") },
		{ STR_INIT("foobar"), STR_INIT("Zm9vYmFy"), STR_INIT("666f6f626172") },
	};
	struct arena a scoped(arena_done);
	struct str back;

	arena_init(&a, KIB);
	for (size_t i = 0; i < array_len(rows); i++) {
		struct sbuf out scoped(sbuf_done) = SBUF(KIB);

		assert_int_equal(base64_encode(&out, rows[i].plain), OK);
		assert_true(str_eq(sbuf_str(&out), rows[i].base64));
		assert_int_equal(base64_decode(&a, rows[i].base64, &back), OK);
		assert_true(str_eq(back, rows[i].plain));
		sbuf_reset(&out);
		assert_int_equal(hex_encode(&out, rows[i].plain), OK);
		assert_true(str_eq(sbuf_str(&out), rows[i].hex));
		assert_int_equal(hex_decode(&a, rows[i].hex, &back), OK);
		assert_true(str_eq(back, rows[i].plain));
	}
}

static void knows_every_byte(void **state)
{
	struct arena a scoped(arena_done);
	struct sbuf out scoped(sbuf_done) = SBUF(KIB);
	char bytes[256];
	struct str all = { bytes, sizeof(bytes) }, back;

	arena_init(&a, 16 * KIB);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	for (size_t len = 0; len <= all.len; len++) {
		sbuf_reset(&out);
		assert_int_equal(base64_encode(&out, str_sub(all, all.len - len, len)), OK);
		assert_int_equal(base64_decode(&a, sbuf_str(&out), &back), OK);
		assert_true(str_eq(back, str_sub(all, all.len - len, len)));
		arena_reset(&a);
	}
	sbuf_reset(&out);
	assert_int_equal(hex_encode(&out, all), OK);
	assert_int_equal(hex_decode(&a, sbuf_str(&out), &back), OK);
	assert_true(str_eq(back, all));
	assert_int_equal(hex_decode(&a, STR("Ab0F"), &back), OK);
	assert_true(str_eq(back, STR("\xab\x0f")));
}

static void refuses_loose_base64(void **state)
{
	static const char *const bad[] = {
		"Z",       "Zg",   "Zg=",   "Zh==",     "Zm9=",  "Zm 9v",    "Zm9v\n",
		"=",       "====", "Z===",  "Zg==Zg==", "Zm=v",  "Zm9-",     "Zm9_",
		"Zm9\xc3", "Zg=a", "Zm9v=", "Zm9v====", " Zm9v", "Zm9vYg= ="
	};
	struct arena a scoped(arena_done);

	arena_init(&a, KIB);
	for (size_t i = 0; i < array_len(bad); i++) {
		struct str back = STR("untouched");

		assert_int_equal(base64_decode(&a, str_from(bad[i]), &back), ERR_INVALID);
		assert_true(str_eq(back, STR("untouched")));
	}
	/* A NUL is no digit either. */
	assert_int_equal(base64_decode(&a, STR("Zm9\0"), &(struct str){ NULL, 0 }), ERR_INVALID);
}

static void refuses_loose_hex(void **state)
{
	static const char *const bad[] = { "0",   "000",      "0g", "g0", "0x", " 0",
					   "0\n", "\xff\xff", "//", "::", "@@", "``" };
	struct arena a scoped(arena_done);

	arena_init(&a, KIB);
	for (size_t i = 0; i < array_len(bad); i++) {
		struct str back = STR("untouched");

		assert_int_equal(hex_decode(&a, str_from(bad[i]), &back), ERR_INVALID);
		assert_true(str_eq(back, STR("untouched")));
	}
}

static void keeps_the_limit(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(7);

	assert_int_equal(base64_encode(&out, STR("foob")), ERR_TOO_BIG);
	assert_int_equal(out.len, 0);
	sbuf_reset(&out);
	assert_int_equal(hex_encode(&out, STR("foob")), ERR_TOO_BIG);
	assert_int_equal(out.len, 0);
	sbuf_reset(&out);
	assert_int_equal(hex_encode(&out, STR("foo")), OK);
	assert_int_equal(out.len, 6);
}

UNIT_TESTS(codec_text, cmocka_unit_test(encodes_vectors), cmocka_unit_test(knows_every_byte),
	   cmocka_unit_test(refuses_loose_base64), cmocka_unit_test(refuses_loose_hex),
	   cmocka_unit_test(keeps_the_limit));
