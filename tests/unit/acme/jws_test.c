/* SPDX-License-Identifier: Apache-2.0 */
/* acme/jws: the key and thumbprint of RFC 9449 4 and 6.1, what is signed (RFC 8555 6.2), and the
 * MAC of a binding (RFC 8555 7.3.4). */
#include "acme/jws.h"

#include "codec/base64.h"
#include "crypto/digest.h"

#include "support/unit.h"

#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#define X "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs"
#define Y "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"

static struct str decode(struct arena *a, const char *text)
{
	struct str bytes;

	assert_int_equal(base64_url_decode(a, str_from(text), &bytes), OK);
	return bytes;
}

static void keys_have_one_form_and_one_thumbprint(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf out scoped(sbuf_done) = SBUF(KIB);
	uint8_t pub[P256_PUBLIC] = { 4 };
	char text[JWS_THUMBPRINT + 1];

	(void)state;
	arena_init(&a, MIB);
	memcpy(pub + 1, decode(&a, X).ptr, 32);
	memcpy(pub + 33, decode(&a, Y).ptr, 32);
	assert_int_equal(jws_add_key(&out, pub), OK);
	sbuf_add_char(&out, '\0');
	assert_string_equal(out.ptr,
			    "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" X "\",\"y\":\"" Y "\"}");
	jws_thumbprint(pub, text);
	assert_string_equal(text, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
}

static EVP_PKEY *public_key(struct p256_key *key)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char[]){ "P-256" },
						 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, key->pub, P256_PUBLIC),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *make = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *pkey = NULL;

	assert_int_equal(EVP_PKEY_fromdata_init(make), 1);
	assert_int_equal(EVP_PKEY_fromdata(make, &pkey, EVP_PKEY_PUBLIC_KEY, params), 1);
	EVP_PKEY_CTX_free(make);
	return pkey;
}

static bool is_signed(struct p256_key *key, struct str input, struct str signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	ECDSA_SIG *numbers = ECDSA_SIG_new();
	EVP_PKEY *pkey = public_key(key);
	unsigned char *der = NULL;
	bool is_good;
	int len;

	assert_int_equal(signature.len, P256_SIGNATURE);
	ECDSA_SIG_set0(numbers, BN_bin2bn((const unsigned char *)signature.ptr, 32, NULL),
		       BN_bin2bn((const unsigned char *)signature.ptr + 32, 32, NULL));
	len = i2d_ECDSA_SIG(numbers, &der);
	assert_true(len > 0);
	is_good = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1 &&
		  EVP_DigestVerify(ctx, der, (size_t)len, (const unsigned char *)input.ptr,
				   input.len) == 1;
	OPENSSL_free(der);
	ECDSA_SIG_free(numbers);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return is_good;
}

static const char *member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	assert_non_null(text);
	return text;
}

/* What stands in front of the signature. */
static struct str input_of(struct arena *a, const json_t *root)
{
	return ARENA_JOIN(a, str_from(member(root, "protected")), STR("."),
			  str_from(member(root, "payload")));
}

static json_t *head_of(struct arena *a, const json_t *root)
{
	return json_loads(decode(a, member(root, "protected")).ptr, 0, NULL);
}

static void a_request_is_signed(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf out scoped(sbuf_done) = SBUF(8 * KIB);
	struct jws_head head = { .account = STR("https://ca.example/acct/\"1\""),
				 .nonce = STR("n-1"),
				 .url = STR("https://ca.example/order") };
	const char *payloads[] = { "{\"a\":1}", "" };
	struct p256_key key;

	(void)state;
	arena_init(&a, MIB);
	p256_generate(&key);
	for (size_t i = 0; i < array_len(payloads); i++) {
		json_t *root, *protected;

		sbuf_reset(&out);
		assert_int_equal(jws_sign(&out, &key, &head, str_from(payloads[i])), OK);
		root = json_loadb(out.ptr, out.len, 0, NULL);
		assert_int_equal(json_object_size(root), 3);
		assert_true(
			is_signed(&key, input_of(&a, root), decode(&a, member(root, "signature"))));
		assert_string_equal(decode(&a, member(root, "payload")).ptr, payloads[i]);
		protected = head_of(&a, root);
		assert_int_equal(json_object_size(protected), 4);
		assert_string_equal(member(protected, "alg"), "ES256");
		assert_string_equal(member(protected, "kid"), head.account.ptr);
		assert_string_equal(member(protected, "nonce"), "n-1");
		assert_string_equal(member(protected, "url"), head.url.ptr);
		json_decref(protected);
		json_decref(root);
	}
}

/* Without an account the key itself stands there; past the limit nothing is signed. */
static void a_request_without_an_account(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf out scoped(sbuf_done) = SBUF(8 * KIB), tiny scoped(sbuf_done) = SBUF(64);
	struct jws_head head = { .nonce = STR("n"), .url = STR("https://ca.example/account") };
	json_t *root, *protected;
	struct p256_key key;

	(void)state;
	arena_init(&a, MIB);
	p256_generate(&key);
	assert_int_equal(jws_sign(&tiny, &key, &head, STR("{}")), ERR_TOO_BIG);
	assert_int_equal(jws_sign(&out, &key, &head, STR("{}")), OK);
	root = json_loadb(out.ptr, out.len, 0, NULL);
	protected = head_of(&a, root);
	assert_null(json_object_get(protected, "kid"));
	assert_string_equal(member(json_object_get(protected, "jwk"), "kty"), "EC");
	json_decref(protected);
	json_decref(root);
}

static void an_account_is_bound(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf out scoped(sbuf_done) = SBUF(8 * KIB), jwk scoped(sbuf_done) = SBUF(KIB);
	struct str secret = STR("0123456789abcdef");
	json_t *root, *protected;
	uint8_t mac[DIGEST_MAX];
	struct p256_key key;

	(void)state;
	arena_init(&a, MIB);
	p256_generate(&key);
	assert_int_equal(jws_bind(&out, key.pub, STR("https://ca.example/account"), STR("kid-1"),
				  secret),
			 OK);
	root = json_loadb(out.ptr, out.len, 0, NULL);
	digest_hmac(DIGEST_SHA256, secret, input_of(&a, root), mac);
	assert_memory_equal(decode(&a, member(root, "signature")).ptr, mac, 32);
	assert_int_equal(jws_add_key(&jwk, key.pub), OK);
	assert_true(str_eq(decode(&a, member(root, "payload")), sbuf_str(&jwk)));
	protected = head_of(&a, root);
	assert_string_equal(member(protected, "alg"), "HS256");
	assert_string_equal(member(protected, "kid"), "kid-1");
	assert_null(json_object_get(protected, "nonce"));
	json_decref(protected);
	json_decref(root);
}

UNIT_TESTS(acme_jws, cmocka_unit_test(keys_have_one_form_and_one_thumbprint),
	   cmocka_unit_test(a_request_is_signed), cmocka_unit_test(a_request_without_an_account),
	   cmocka_unit_test(an_account_is_bound));
