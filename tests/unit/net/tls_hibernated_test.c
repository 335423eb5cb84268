/* SPDX-License-Identifier: Apache-2.0 */
/* TLS 1.3 after the handshake: the records of RFC 8448, what a peer may say, and what ends the
 * connection (RFC 8446, 4.6.3, 5, 6). The peer is the AEAD itself, so that it can say anything. */
#include "support/unit.h"

#include "base/mem.h"
#include "base/metric.h"
#include "net/tls_hibernated.h"
#include "net/tls_record.h"

enum { ALERT = 21, HANDSHAKE = 22, DATA = 23 };

/* Our end, and the keys of the peer. */
struct ends {
	struct tls_aead *aead;
	enum tls_suite suite;
	struct tls_record_state *ours;
	struct tls_keys out, in; /* the peer's */
	char plain[TLS_CIPHER_MAX];
	char record[TLS_CIPHER_MAX + 100];
	size_t record_len;
	struct str data;
	enum tls_alert alert;
};

static const uint16_t numbers[TLS_SUITES] = { 0x1301, 0x1302, 0x1303 };

static void ends_init(struct ends *e, enum tls_suite suite)
{
	struct tls_secrets secrets = { .client_len = (uint8_t)tls_suite_secret_len(suite) };

	memset(e, 0, sizeof(*e));
	secrets.server_len = secrets.client_len;
	memset(secrets.client, 'c', secrets.client_len);
	memset(secrets.server, 's', secrets.server_len);
	e->suite = suite;
	e->aead = tls_aead_new();
	assert_int_equal(tls_hibernated_new(e->aead, numbers[suite], &secrets, &e->ours), OK);
	tls_keys_set(&e->out, e->aead, suite, secrets.client);
	tls_keys_set(&e->in, e->aead, suite, secrets.server);
}

static void ends_done(struct ends *e)
{
	tls_hibernated_free(&e->ours);
	tls_aead_free(&e->aead);
}

/* The peer makes a record of content and type, with padding behind it. */
static void say(struct ends *e, uint8_t type, struct str content, size_t padding)
{
	uint8_t inner[TLS_CIPHER_MAX];
	size_t len = content.len + padding;

	/* The last byte goes for the type: content, type, zeros, and a zero as "type". */
	memset(inner, 0, sizeof(inner));
	if (content.len)
		memcpy(inner, content.ptr, content.len);
	if (padding)
		inner[content.len] = type;
	tls_aead_seal(e->aead, e->suite, &e->out, padding ? 0 : type, str_make((char *)inner, len),
		      (uint8_t *)e->record);
	e->record_len = len + TLS_RECORD_EXTRA;
}

static enum tls_heard hear(struct ends *e)
{
	return tls_hibernated_open(e->ours, e->aead, str_make(e->record, e->record_len), e->plain,
				   &e->data, &e->alert);
}

static enum tls_heard hear_said(struct ends *e, uint8_t type, struct str content)
{
	say(e, type, content, 0);
	return hear(e);
}

/* On a new connection: this ends it, with that alert. */
static void is_wrong(enum tls_alert alert, uint8_t type, struct str content)
{
	struct ends e;

	ends_init(&e, TLS_AES_128_GCM);
	assert_int_equal(hear_said(&e, type, content), TLS_HEARD_WRONG);
	assert_int_equal(e.alert, alert);
	ends_done(&e);
}

/* The next record of ours, as the peer sees it: its type. */
static uint8_t peer_opens(struct ends *e, struct str *wire, struct str *ret_content)
{
	size_t len = TLS_RECORD_HEAD, plain_len;

	assert_true(wire->len >= TLS_RECORD_HEAD);
	len += (size_t)(uint8_t)wire->ptr[3] << 8 | (uint8_t)wire->ptr[4];
	assert_true(wire->len >= len);
	assert_int_equal(tls_aead_open(e->aead, e->suite, &e->in, str_make(wire->ptr, len),
				       (uint8_t *)e->plain, &plain_len),
			 OK);
	*wire = str_from_at(*wire, len);
	*ret_content = str_make(e->plain, plain_len - 1);
	return (uint8_t)e->plain[plain_len - 1];
}

/* ---- RFC 8448, 3 ---- */

#define CLIENT_LINE                                                                                 \
	"CLIENT_TRAFFIC_SECRET_0 cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7 " \
	"9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5"
#define SERVER_LINE                                                                                 \
	"SERVER_TRAFFIC_SECRET_0 cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7 " \
	"a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643"

#define COUNTING                                                                                   \
	"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15" \
	"\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f !\"#$%&'()*+,-./01"

#define CLIENT_DATA                                                                                \
	"\x17\x03\x03\x00\x43\xa2\x3f\x70\x54\xb6\x2c\x94\xd0\xaf\xfa\xfe\x82\x28\xba\x55\xcb\xef" \
	"\xac\xea\x42\xf9\x14\xaa\x66\xbc\xab\x3f\x2b\x98\x19\xa8\xa5\xb4\x6b\x39\x5b\xd5\x4a\x9a" \
	"\x20\x44\x1e\x2b\x62\x97\x4e\x1f\x5a\x62\x92\xa2\x97\x70\x14\xbd\x1e\x3d\xea\xe6\x3a\xee" \
	"\xbb\x21\x69\x49\x15\xe4"
#define SERVER_DATA                                                                                \
	"\x17\x03\x03\x00\x43\x2e\x93\x7e\x11\xef\x4a\xc7\x40\xe5\x38\xad\x36\x00\x5f\xc4\xa4\x69" \
	"\x32\xfc\x32\x25\xd0\x5f\x82\xaa\x1b\x36\xe3\x0e\xfa\xf9\x7d\x90\xe6\xdf\xfc\x60\x2d\xcb" \
	"\x50\x1a\x59\xa8\xfc\xc4\x9c\x4b\xf2\xe5\xf0\xa2\x1c\x00\x47\xc2\xab\xf3\x32\x54\x0d\xd0" \
	"\x32\xe1\x67\xc2\x95\x5d"
#define CLIENT_CLOSE                                                                               \
	"\x17\x03\x03\x00\x13\xc9\x87\x27\x60\x65\x56\x66\xb7\x4d\x7f\xf1\x15\x3e\xfd\x6d\xb6\xd0" \
	"\xb0\xe3"
#define SERVER_CLOSE                                                                               \
	"\x17\x03\x03\x00\x13\xb5\x8f\xd6\x71\x66\xeb\xf5\x99\xd2\x47\x20\xcf\xbe\x7e\xfa\x7a\x88" \
	"\x64\xa9"

static void speaks_as_the_trace(void **state)
{
	struct tls_secrets secrets = { .client_len = 0 };
	struct tls_aead *aead = tls_aead_new();
	struct tls_record_state *s = NULL;
	struct sbuf out = SBUF(1000);
	enum tls_alert alert;
	struct str data = STR_NONE;
	char plain[100];

	tls_secrets_note(&secrets, "EXPORTER_SECRET 00 1234");
	tls_secrets_note(&secrets, "CLIENT_TRAFFIC_SECRET_0");
	tls_secrets_note(&secrets, CLIENT_LINE);
	assert_int_equal(tls_hibernated_new(aead, 0x1301, &secrets, &s), ERR_UNSUPPORTED);
	tls_secrets_note(&secrets, SERVER_LINE);
	assert_int_equal(tls_hibernated_new(aead, 0x1301, &secrets, &s), OK);
	assert_memory_equal(s->in.key, "\x17\x42\x2d\xda\x59\x6e\xd5\xd9", 8);
	assert_memory_equal(s->out.iv, "\xcf\x78\x2b\x88\xdd\x83\x54\x9a\xad\xf1\xe9\x84", 12);
	assert_int_equal(tls_hibernated_open(s, aead, STR(CLIENT_DATA), plain, &data, &alert),
			 TLS_HEARD_DATA);
	assert_true(str_eq(data, STR(COUNTING)));
	s->out.seq = 1; /* there, a ticket has gone out */
	assert_int_equal(tls_hibernated_seal(s, aead, STR(COUNTING), &out), OK);
	assert_true(str_eq(sbuf_str(&out), STR(SERVER_DATA)));
	assert_int_equal(tls_hibernated_open(s, aead, STR(CLIENT_CLOSE), plain, &data, &alert),
			 TLS_HEARD_CLOSE);
	sbuf_reset(&out);
	assert_int_equal(tls_hibernated_alert(s, aead, TLS_ALERT_CLOSE_NOTIFY, &out), OK);
	assert_true(str_eq(sbuf_str(&out), STR(SERVER_CLOSE)));
	sbuf_done(&out);
	tls_hibernated_free(&s);
	tls_aead_free(&aead);
}

static void takes_secrets_that_fit(void **state)
{
	struct tls_secrets secrets = { .client_len = 0 };
	struct tls_aead *aead = tls_aead_new();
	struct tls_record_state *s = NULL;

	tls_secrets_note(&secrets, CLIENT_LINE);
	tls_secrets_note(&secrets, SERVER_LINE);
	assert_int_equal(tls_hibernated_new(aead, 0x1302, &secrets, &s), ERR_UNSUPPORTED);
	assert_int_equal(tls_hibernated_new(aead, 0x1304, &secrets, &s), ERR_UNSUPPORTED);
	assert_int_equal(tls_hibernated_new(aead, 0xc02f, &secrets, &s), ERR_UNSUPPORTED);
	tls_secrets_note(&secrets, "SERVER_TRAFFIC_SECRET_0 00 123");
	assert_int_equal(secrets.server_len, 0);
	tls_secrets_note(&secrets, "SERVER_TRAFFIC_SECRET_0 00 12xy");
	assert_int_equal(secrets.server_len, 0);
	tls_secrets_note(&secrets, SERVER_LINE "a11af9f05531f856ad47116b45a950328204");
	assert_int_equal(secrets.server_len, 0);
	assert_int_equal(tls_hibernated_new(aead, 0x1301, &secrets, &s), ERR_UNSUPPORTED);
	assert_null(s);
	tls_aead_free(&aead);
}

/* ---- what comes ---- */

static void hears_data(void **state)
{
	int64_t before = metric_sum(METRIC_MEM_TLS);

	for (int suite = 0; suite < TLS_SUITES; suite++) {
		struct ends e;
		char big[TLS_PLAIN_MAX];

		ends_init(&e, (enum tls_suite)suite);
		memset(big, 'b', sizeof(big));
		for (int i = 0; i < 300; i++) {
			assert_int_equal(hear_said(&e, DATA, STR("hello")), TLS_HEARD_DATA);
			assert_true(str_eq(e.data, STR("hello")));
		}
		say(&e, DATA, STR("padded\0\0"), 1000);
		assert_int_equal(hear(&e), TLS_HEARD_DATA);
		assert_true(str_eq(e.data, STR("padded\0\0")));
		assert_int_equal(hear_said(&e, DATA, str_make(big, sizeof(big))), TLS_HEARD_DATA);
		assert_int_equal(e.data.len, sizeof(big));
		assert_int_equal(hear_said(&e, DATA, STR("")), TLS_HEARD_NOTHING);
		ends_done(&e);
	}
	assert_int_equal(metric_sum(METRIC_MEM_TLS), before);
}

/* Every bit of a record is vouched for, and so is its place. */
static void hears_only_what_was_said(void **state)
{
	struct ends e;

	for (int suite = 0; suite < TLS_SUITES; suite++) {
		for (size_t at = 1; at < 5 + 5 + 1 + TLS_TAG; at++) {
			ends_init(&e, (enum tls_suite)suite);
			say(&e, DATA, STR("hello"), 0);
			e.record[at] ^= 0x10;
			assert_int_equal(hear(&e), TLS_HEARD_WRONG);
			assert_int_equal(e.alert, TLS_ALERT_BAD_RECORD_MAC);
			ends_done(&e);
		}
		ends_init(&e, (enum tls_suite)suite);
		assert_int_equal(hear_said(&e, DATA, STR("once")), TLS_HEARD_DATA);
		assert_int_equal(hear(&e), TLS_HEARD_WRONG); /* again */
		assert_int_equal(e.alert, TLS_ALERT_BAD_RECORD_MAC);
		ends_done(&e);
		ends_init(&e, (enum tls_suite)suite);
		say(&e, DATA, STR("lost"), 0);
		say(&e, DATA, STR("next"), 0);
		assert_int_equal(hear(&e), TLS_HEARD_WRONG);
		assert_int_equal(e.alert, TLS_ALERT_BAD_RECORD_MAC);
		ends_done(&e);
	}
}

static void refuses_by_size(void **state)
{
	struct ends e;

	/* RFC 8446, 5.4: 2^14 + 1 bytes with type and padding. */
	ends_init(&e, TLS_AES_128_GCM);
	say(&e, DATA, STR("x"), TLS_PLAIN_MAX - 1);
	assert_int_equal(hear(&e), TLS_HEARD_DATA);
	for (size_t more = 0; more < 255; more += 254 - 15) {
		ends_done(&e);
		ends_init(&e, TLS_AES_128_GCM);
		say(&e, DATA, STR("x"), TLS_PLAIN_MAX + more);
		assert_int_equal(hear(&e), TLS_HEARD_WRONG);
		assert_int_equal(e.alert, TLS_ALERT_RECORD_OVERFLOW);
	}
	e.record[3] = 0x41; /* 5.2: 2^14 + 256 bytes of ciphertext */
	e.record[4] = 0x01;
	e.record_len = TLS_RECORD_HEAD + 0x4101;
	assert_int_equal(hear(&e), TLS_HEARD_WRONG);
	assert_int_equal(e.alert, TLS_ALERT_RECORD_OVERFLOW);
	ends_done(&e);
	/* Too short for a tag. */
	for (size_t len = 0; len < TLS_TAG; len++) {
		ends_init(&e, TLS_AES_128_GCM);
		say(&e, DATA, STR("x"), 0);
		e.record[4] = (char)len;
		e.record_len = TLS_RECORD_HEAD + len;
		assert_int_equal(hear(&e), TLS_HEARD_WRONG);
		assert_int_equal(e.alert, TLS_ALERT_BAD_RECORD_MAC);
		ends_done(&e);
	}
	is_wrong(TLS_ALERT_UNEXPECTED_MESSAGE, 0, STR("\0\0\0\0")); /* 5.4: no type */
	is_wrong(TLS_ALERT_UNEXPECTED_MESSAGE, 0, STR(""));
}

static void refuses_by_type(void **state)
{
	static const struct str clear[] = {
		STR_INIT("\x14\x03\x03\0\x01\x01"),         /* change_cipher_spec (RFC 8446, 5) */
		STR_INIT("\x15\x03\x03\0\x02\x01\x00"),     /* close_notify in the clear */
		STR_INIT("\x16\x03\x03\0\x05\x18\0\0\1\0"), /* KeyUpdate in the clear */
		STR_INIT("\x18\x03\x03\0\x03\1\0\0"),       /* heartbeat */
		STR_INIT("\x17\x03\x03"),
	};
	struct ends e;

	for (size_t i = 0; i < array_len(clear); i++) {
		ends_init(&e, TLS_AES_128_GCM);
		memcpy(e.record, clear[i].ptr, clear[i].len);
		e.record_len = clear[i].len;
		assert_int_equal(hear(&e), TLS_HEARD_WRONG);
		assert_int_equal(e.alert, TLS_ALERT_UNEXPECTED_MESSAGE);
		ends_done(&e);
	}
	is_wrong(TLS_ALERT_UNEXPECTED_MESSAGE, 20, STR("\1"));
	is_wrong(TLS_ALERT_UNEXPECTED_MESSAGE, 24, STR("\1\0\0"));
	is_wrong(TLS_ALERT_UNEXPECTED_MESSAGE, 255, STR("x"));
}

static void hears_alerts(void **state)
{
	struct ends e;

	for (int level = 0; level < 4; level++) { /* it says nothing (RFC 8446, 6) */
		for (int what = 0; what < 256; what++) {
			char alert[] = { (char)level, (char)what };
			enum tls_heard heard;

			ends_init(&e, TLS_CHACHA20_POLY1305);
			heard = hear_said(&e, ALERT, str_make(alert, 2));
			assert_int_equal(heard, what == 0    ? TLS_HEARD_CLOSE
						: what == 90 ? TLS_HEARD_NOTHING
							     : TLS_HEARD_ALERT);
			ends_done(&e);
		}
	}
	is_wrong(TLS_ALERT_UNEXPECTED_MESSAGE, ALERT, STR("")); /* RFC 8446, 5.4 */
	is_wrong(TLS_ALERT_DECODE_ERROR, ALERT, STR("\1"));
	is_wrong(TLS_ALERT_DECODE_ERROR, ALERT, STR("\1\0\1\0")); /* 5.1: one a record */
}

/* ---- KeyUpdate ---- */

static void update_peer(struct ends *e, char request)
{
	const char update[] = { 24, 0, 0, 1, request };

	assert_int_equal(hear_said(e, HANDSHAKE, str_make(update, 5)), TLS_HEARD_NOTHING);
	tls_keys_update(&e->out, e->aead, e->suite);
}

static void follows_updates(void **state)
{
	for (int suite = 0; suite < TLS_SUITES; suite++) {
		struct sbuf out = SBUF(1000);
		struct str wire, content;
		struct ends e;

		ends_init(&e, (enum tls_suite)suite);
		update_peer(&e, 0);
		assert_int_equal(hear_said(&e, DATA, STR("a")), TLS_HEARD_DATA);
		assert_int_equal(tls_hibernated_seal(e.ours, e.aead, STR("b"), &out), OK);
		wire = sbuf_str(&out);
		assert_int_equal(peer_opens(&e, &wire, &content), DATA); /* none was asked for */
		sbuf_reset(&out);
		update_peer(&e, 1);
		update_peer(&e, 0);
		update_peer(&e, 1); /* while we are silent, one answer is enough (4.6.3) */
		assert_int_equal(tls_hibernated_seal(e.ours, e.aead, STR("c"), &out), OK);
		assert_int_equal(tls_hibernated_seal(e.ours, e.aead, STR("d"), &out), OK);
		wire = sbuf_str(&out);
		assert_int_equal(peer_opens(&e, &wire, &content), HANDSHAKE);
		assert_true(str_eq(content, STR("\x18\0\0\1\0")));
		tls_keys_update(&e.in, e.aead, e.suite);
		assert_int_equal(peer_opens(&e, &wire, &content), DATA);
		assert_true(str_eq(content, STR("c")));
		assert_int_equal(peer_opens(&e, &wire, &content), DATA);
		assert_true(str_eq(content, STR("d")));
		assert_int_equal(wire.len, 0);
		assert_int_equal(hear_said(&e, DATA, STR("e")), TLS_HEARD_DATA);
		sbuf_done(&out);
		ends_done(&e);
	}
}

/* RFC 8446, 5.5: a key protects no more records than are safe. */
static void updates_in_time(void **state)
{
	struct sbuf out = SBUF(1000);
	struct str wire, content;
	struct ends e;

	ends_init(&e, TLS_AES_256_GCM);
	e.ours->out.seq = e.in.seq = TLS_KEY_RECORDS_MAX - 2;
	for (int i = 0; i < 3; i++)
		assert_int_equal(tls_hibernated_seal(e.ours, e.aead, STR("x"), &out), OK);
	assert_int_equal(e.ours->out.seq, 2);
	wire = sbuf_str(&out);
	assert_int_equal(peer_opens(&e, &wire, &content), DATA);
	assert_int_equal(peer_opens(&e, &wire, &content), HANDSHAKE);
	assert_true(str_eq(content, STR("\x18\0\0\1\0")));
	assert_int_equal(e.in.seq, TLS_KEY_RECORDS_MAX);
	tls_keys_update(&e.in, e.aead, e.suite);
	assert_int_equal(peer_opens(&e, &wire, &content), DATA);
	assert_int_equal(peer_opens(&e, &wire, &content), DATA);
	assert_int_equal(wire.len, 0);
	sbuf_done(&out);
	ends_done(&e);
}

static void joins_an_update(void **state)
{
	struct ends e;

	for (size_t cut = 1; cut < 5; cut++) {
		ends_init(&e, TLS_AES_128_GCM);
		assert_int_equal(hear_said(&e, HANDSHAKE, str_sub(STR("\x18\0\0\1\1"), 0, cut)),
				 TLS_HEARD_NOTHING);
		assert_int_equal(hear_said(&e, HANDSHAKE, str_from_at(STR("\x18\0\0\1\1"), cut)),
				 TLS_HEARD_NOTHING);
		tls_keys_update(&e.out, e.aead, e.suite);
		assert_int_equal(hear_said(&e, DATA, STR("x")), TLS_HEARD_DATA);
		assert_true(e.ours->owes_update);
		ends_done(&e);
	}
	/* RFC 8446, 5.1: nothing between the parts, not even an alert. */
	for (int type = ALERT; type <= DATA; type += 2) {
		ends_init(&e, TLS_AES_128_GCM);
		assert_int_equal(hear_said(&e, HANDSHAKE, STR("\x18\0")), TLS_HEARD_NOTHING);
		assert_int_equal(hear_said(&e, (uint8_t)type, STR("\1\0")), TLS_HEARD_WRONG);
		assert_int_equal(e.alert, TLS_ALERT_UNEXPECTED_MESSAGE);
		ends_done(&e);
	}
}

static void refuses_messages(void **state)
{
	is_wrong(TLS_ALERT_ILLEGAL_PARAMETER, HANDSHAKE, STR("\x18\0\0\1\2"));
	is_wrong(TLS_ALERT_ILLEGAL_PARAMETER, HANDSHAKE, STR("\x18\0\0\1\xff"));
	is_wrong(TLS_ALERT_DECODE_ERROR, HANDSHAKE, STR("\x18\0\0\2\0\0"));
	is_wrong(TLS_ALERT_DECODE_ERROR, HANDSHAKE, STR("\x18\0\0\0"));
	is_wrong(TLS_ALERT_DECODE_ERROR, HANDSHAKE, STR("\x18\1"));
	is_wrong(TLS_ALERT_UNEXPECTED_MESSAGE, HANDSHAKE, STR(""));
	/* It ends with its record, because keys change (RFC 8446, 5.1). */
	is_wrong(TLS_ALERT_UNEXPECTED_MESSAGE, HANDSHAKE, STR("\x18\0\0\1\0\x18\0\0\1\0"));
	for (int type = 0; type < 256; type++) {
		char message[] = { (char)type, 0, 0, 0 };

		if (type != 24)
			is_wrong(TLS_ALERT_UNEXPECTED_MESSAGE, HANDSHAKE, str_make(message, 4));
	}
}

/* What costs us work and says nothing is bounded, in a row. */
static void bounds_idle_talk(void **state)
{
	struct ends e;

	for (int way = 0; way < 3; way++) {
		ends_init(&e, TLS_AES_128_GCM);
		for (int round = 0; round < 3; round++) {
			for (int i = 0; i < TLS_FRUITLESS_MAX - 1; i++) {
				if (way == 0)
					update_peer(&e, 0);
				else if (way == 1)
					assert_int_equal(hear_said(&e, DATA, STR("")),
							 TLS_HEARD_NOTHING);
				else
					assert_int_equal(hear_said(&e, ALERT, STR("\1\x5a")),
							 TLS_HEARD_NOTHING);
			}
			if (round < 2)
				assert_int_equal(hear_said(&e, DATA, STR("x")), TLS_HEARD_DATA);
		}
		assert_int_equal(hear_said(&e, DATA, STR("")), TLS_HEARD_WRONG);
		assert_int_equal(e.alert, TLS_ALERT_UNEXPECTED_MESSAGE);
		ends_done(&e);
	}
}

/* ---- what goes ---- */

static void says_all_sizes(void **state)
{
	struct sbuf out = SBUF(3 * TLS_PLAIN_MAX), narrow = SBUF(TLS_RECORD_EXTRA);
	char big[TLS_PLAIN_MAX];

	memset(big, 'x', sizeof(big));
	for (int suite = 0; suite < TLS_SUITES; suite++) {
		static const size_t sizes[] = { 1, 15, 16, 17, 1000, TLS_PLAIN_MAX };
		struct str wire, content;
		struct ends e;

		ends_init(&e, (enum tls_suite)suite);
		for (size_t i = 0; i < array_len(sizes); i++) {
			sbuf_reset(&out);
			assert_int_equal(tls_hibernated_seal(e.ours, e.aead,
							     str_make(big, sizes[i]), &out),
					 OK);
			assert_int_equal(out.len, sizes[i] + TLS_RECORD_EXTRA);
			wire = sbuf_str(&out);
			assert_int_equal(peer_opens(&e, &wire, &content), DATA);
			assert_true(str_eq(content, str_make(big, sizes[i])));
		}
		sbuf_reset(&out);
		assert_int_equal(
			tls_hibernated_alert(e.ours, e.aead, TLS_ALERT_BAD_RECORD_MAC, &out), OK);
		wire = sbuf_str(&out);
		assert_int_equal(peer_opens(&e, &wire, &content), ALERT);
		assert_true(str_eq(content, STR("\2\x14")));
		assert_int_equal(tls_hibernated_seal(e.ours, e.aead, STR("x"), &narrow),
				 ERR_TOO_BIG);
		ends_done(&e);
	}
	sbuf_done(&out);
}

/* The point of it all. */
static void is_small(void **state)
{
	assert_true(sizeof(struct tls_record_state) <= 256);
}

UNIT_TESTS(tls_hibernated, cmocka_unit_test(speaks_as_the_trace),
	   cmocka_unit_test(takes_secrets_that_fit), cmocka_unit_test(hears_data),
	   cmocka_unit_test(hears_only_what_was_said), cmocka_unit_test(refuses_by_size),
	   cmocka_unit_test(refuses_by_type), cmocka_unit_test(hears_alerts),
	   cmocka_unit_test(follows_updates), cmocka_unit_test(updates_in_time),
	   cmocka_unit_test(joins_an_update), cmocka_unit_test(refuses_messages),
	   cmocka_unit_test(bounds_idle_talk), cmocka_unit_test(says_all_sizes),
	   cmocka_unit_test(is_small));
