/* SPDX-License-Identifier: Apache-2.0 */
/* HT-SHA-256-* (draft-schmaus-kitten-sasl-ht-09): messages and MACs. */
#include "xmpp/ht.h"

#include "codec/hex.h"

#include "support/unit.h"

static void names(void **state)
{
	enum ht_kind kind = HT_NONE;

	for (int k = 0; k < HT_KINDS; k++) {
		assert_true(ht_kind_of(ht_name((enum ht_kind)k), &kind));
		assert_int_equal(kind, k);
	}
	assert_false(ht_kind_of(STR("HT-SHA-256-UNIQ"), &kind));
	assert_false(ht_kind_of(STR("ht-sha-256-none"), &kind));
	assert_false(ht_kind_of(STR_NONE, &kind));
	assert_true(str_eq(ht_binding(HT_EXPR), STR("tls-exporter")));
	assert_true(str_eq(ht_binding(HT_ENDP), STR("tls-server-end-point")));
}

static void assert_mac(const uint8_t mac[HT_PROOF], const char *wanted)
{
	struct sbuf hex scoped(sbuf_done) = SBUF(KIB);

	assert_int_equal(hex_encode(&hex, str_make((const char *)mac, HT_PROOF)), OK);
	assert_int_equal(hex.len, strlen(wanted));
	assert_memory_equal(hex.ptr, wanted, hex.len);
}

/* Sections 3.1 and 3.3; computed with Python's hmac. */
static void macs(void **state)
{
	uint8_t mac[HT_PROOF];

	ht_initiator(STR("a token"), STR(""), mac);
	assert_mac(mac, "73e2d4c0f466804a6a5f08fd24012e2349b5872d3cf51b1bbc0ea7c0cd7c993d");
	ht_responder(STR("a token"), STR("binding"), mac);
	assert_mac(mac, "7f464a5a41f4fb552cd7d24e148b20d575999018b8b902c7b77d7a71a857dcec");
}

#define MAC32                                                                                      \
	"\0"                                                                                       \
	"1234567890123456789012345678901"

static void messages(void **state)
{
	char large[HT_MESSAGE_MAX + 1];
	struct ht_message m = { .authcid = STR("unset") };

	assert_int_equal(ht_parse(STR("romeo\0" MAC32), &m), OK);
	assert_true(str_eq(m.authcid, STR("romeo")));
	assert_int_equal(m.proof.len, HT_PROOF);
	assert_memory_equal(m.proof.ptr, MAC32, HT_PROOF);
	m.authcid = STR("unset");
	assert_int_equal(ht_parse(STR(""), &m), ERR_INVALID);
	assert_int_equal(ht_parse(STR("romeo"), &m), ERR_INVALID);
	assert_int_equal(ht_parse(STR("romeo\0"), &m), ERR_INVALID);
	assert_int_equal(ht_parse(STR("\0" MAC32), &m), ERR_INVALID);
	assert_int_equal(ht_parse(STR("romeo\0" MAC32 "x"), &m), ERR_INVALID);
	assert_int_equal(ht_parse(STR("romeo\0x" MAC32), &m), ERR_INVALID);
	assert_int_equal(ht_parse(STR("rom\xff\0" MAC32), &m), ERR_INVALID);
	memset(large, 'x', sizeof(large));
	assert_int_equal(ht_parse(str_make(large, sizeof(large)), &m), ERR_TOO_BIG);
	assert_true(str_eq(m.authcid, STR("unset")));
}

UNIT_TESTS(ht, cmocka_unit_test(names), cmocka_unit_test(macs), cmocka_unit_test(messages));
