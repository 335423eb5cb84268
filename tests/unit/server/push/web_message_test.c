/* SPDX-License-Identifier: Apache-2.0 */
/* server/push/web_message: RFC 8291 Appendix A, RFC 8292 2.4. */
#include "server/push/web_message.h"

#include "codec/base64.h"

#include "support/unit.h"

static const uint8_t *decode(struct arena *a, const char *text, size_t len)
{
	struct str bytes;

	assert_int_equal(base64_url_decode(a, str_from(text), &bytes), OK);
	assert_int_equal(bytes.len, len);
	return (const uint8_t *)bytes.ptr;
}

static void keys_of_the_rfc(struct arena *a, struct web_message_keys *k)
{
	p256_from_seed(decode(a, "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", P256_PRIVATE),
		       &k->sender);
	memcpy(k->salt, decode(a, "DGv6ra1nlYgDCS1FRnbzlw", WEB_MESSAGE_SALT), WEB_MESSAGE_SALT);
	k->receiver = decode(a,
			     "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-"
			     "AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
			     P256_PUBLIC);
	k->auth = decode(a, "BTBZMqHH6r4Tts7J_aSIgg", WEB_MESSAGE_AUTH);
}

static void message_of_the_rfc(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf out scoped(sbuf_done) = SBUF(WEB_MESSAGE_MAX);
	struct sbuf text scoped(sbuf_done) = SBUF(2 * WEB_MESSAGE_MAX);
	struct web_message_keys keys;

	arena_init(&a, MIB);
	keys_of_the_rfc(&a, &keys);
	assert_int_equal(web_message_seal(&out, &keys,
					  STR("When I grow up, I want to be a watermelon")),
			 OK);
	assert_int_equal(base64_url_encode(&text, sbuf_str(&out)), OK);
	assert_true(str_eq(
		sbuf_str(&text),
		STR("DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3v"
		    "CYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXP"
		    "XLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN")));
}

static void the_largest_and_larger(void **state)
{
	static const char zeros[WEB_MESSAGE_PLAIN_MAX + 1];
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf out scoped(sbuf_done) = SBUF(WEB_MESSAGE_MAX);
	struct web_message_keys keys;

	arena_init(&a, MIB);
	keys_of_the_rfc(&a, &keys);
	assert_int_equal(web_message_seal(&out, &keys, str_make(zeros, WEB_MESSAGE_PLAIN_MAX)), OK);
	assert_int_equal(out.len, WEB_MESSAGE_MAX);
	assert_int_equal(web_message_seal(&out, &keys, str_make(zeros, sizeof(zeros))),
			 ERR_TOO_BIG);
}

static void a_key_that_is_none(void **state)
{
	static const uint8_t no_key[P256_PUBLIC] = { 4, 1, 2, 3 };
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf out scoped(sbuf_done) = SBUF(WEB_MESSAGE_MAX);
	struct web_message_keys keys;

	arena_init(&a, MIB);
	keys_of_the_rfc(&a, &keys);
	keys.receiver = no_key;
	assert_int_equal(web_message_seal(&out, &keys, STR("x")), ERR_INVALID);
	assert_int_equal(out.len, 0);
}

/* The claims are those of the RFC, byte for byte; the signature is another one each time. */
static void token_of_the_rfc(void **state)
{
	static const struct str head =
		STR_INIT("vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9."
			 "eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1Y"
			 "iI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.");
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf out scoped(sbuf_done) = SBUF(WEB_MESSAGE_AUTHORIZATION_MAX);
	struct p256_key key;
	struct url url;

	arena_init(&a, MIB);
	p256_generate(&key);
	assert_int_equal(
		url_read(STR("https://Push.Example.NET:443/p/JzLQ3raZJfFBR0aqvOMsLrt54w4r"), &url),
		OK);
	assert_int_equal(web_message_authorize(&out, &key, &url, STR("mailto:push@example.com"),
					       1453523768 * USEC_PER_SEC),
			 OK);
	assert_true(str_starts(sbuf_str(&out), head));
	assert_int_equal(out.len, head.len + 86 + sizeof(", k=") - 1 + 87);
	assert_true(str_eq(str_sub(sbuf_str(&out), head.len + 86, 4), STR(", k=")));
}

static void origins(void **state)
{
	static const struct {
		struct str url, claim;
	} rows[] = {
		{ STR_INIT("https://a.example:8443/x"),
		  STR_INIT("{\"aud\":\"https://a.example:8443\"") },
		{ STR_INIT("https://[2001:DB8::1]/x"),
		  STR_INIT("{\"aud\":\"https://[2001:db8::1]\"") },
		{ STR_INIT("http://127.0.0.1:80"), STR_INIT("{\"aud\":\"http://127.0.0.1\"") },
	};
	struct p256_key key;

	p256_generate(&key);
	for (size_t i = 0; i < array_len(rows); i++) {
		struct arena a scoped(arena_done) = { 0 };
		struct sbuf out scoped(sbuf_done) = SBUF(WEB_MESSAGE_AUTHORIZATION_MAX);
		struct str token, part, claims;
		struct url url;

		arena_init(&a, MIB);
		assert_int_equal(url_read(rows[i].url, &url), OK);
		assert_int_equal(web_message_authorize(&out, &key, &url, STR("https://x"), 0), OK);
		token = sbuf_str(&out);
		assert_true(str_split(&token, '.', &part) && str_split(&token, '.', &part));
		assert_int_equal(base64_url_decode(&a, part, &claims), OK);
		assert_true(str_starts(claims, rows[i].claim));
	}
}

UNIT_TESTS(web_message, cmocka_unit_test(message_of_the_rfc),
	   cmocka_unit_test(the_largest_and_larger), cmocka_unit_test(a_key_that_is_none),
	   cmocka_unit_test(token_of_the_rfc), cmocka_unit_test(origins));
