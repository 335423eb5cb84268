/* SPDX-License-Identifier: Apache-2.0 */
/* The text that XEP-0474 hashes, by its own example. */
#include "xmpp/announced.h"

#include "codec/base64.h"
#include "crypto/digest.h"

#include "support/unit.h"

static void the_example_of_the_xep(void **state)
{
	struct str mechanisms[] = { STR("SCRAM-SHA-1-PLUS"), STR("SCRAM-SHA-1") };
	struct str bindings[] = { STR("tls-server-end-point"), STR("tls-exporter") };
	struct sbuf out scoped(sbuf_done) = SBUF(KIB);
	struct arena a scoped(arena_done) = { 0 };
	uint8_t digest[DIGEST_MAX];
	struct str text;

	arena_init(&a, 16 * KIB);
	text = announced_text(&a, mechanisms, 2, bindings, 2);
	assert_true(str_eq(text, STR("SCRAM-SHA-1\x1eSCRAM-SHA-1-PLUS\x1ftls-exporter\x1e"
				     "tls-server-end-point")));
	digest_of(DIGEST_SHA1, text, digest);
	assert_int_equal(base64_encode(&out, str_make((const char *)digest, 20)), OK);
	assert_true(str_eq(sbuf_str(&out), STR("G6k/rBLDqgOhRRaCuuatSDFkJ08=")));
	text = announced_text(&a, mechanisms, 2, NULL, 0);
	assert_true(str_eq(text, STR("SCRAM-SHA-1\x1eSCRAM-SHA-1-PLUS")));
}

UNIT_TESTS(announced, cmocka_unit_test(the_example_of_the_xep));
