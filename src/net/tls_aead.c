/* SPDX-License-Identifier: Apache-2.0 */
/* Protected records of TLS 1.3, see tls_aead.h. */
#include "net/tls_aead.h"

#include "base/mem.h"
#include "crypto/secret.h"
#include "net/tls_record.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

enum { RECORD_DATA = 23, LABEL_MAX = 32 /* bytes */ };
enum { TO_OPEN, TO_SEAL, WAYS };
enum { SHA_256, SHA_384, HASHES };

static const struct suite {
	uint16_t number;
	uint8_t hash;
	uint8_t secret_len, key_len; /* bytes */
	char name[20];
} suites[TLS_SUITES] = {
	[TLS_AES_128_GCM] = { 0x1301, SHA_256, 32, 16, "AES-128-GCM" },
	[TLS_AES_256_GCM] = { 0x1302, SHA_384, 48, 32, "AES-256-GCM" },
	[TLS_CHACHA20_POLY1305] = { 0x1303, SHA_256, 32, 32, "ChaCha20-Poly1305" },
};

struct tls_aead {
	EVP_CIPHER_CTX *ctx[TLS_SUITES][WAYS]; /* made when first used */
	EVP_MAC_CTX *hmac[HASHES];
};

enum err tls_suite_of(uint16_t number, enum tls_suite *ret_suite)
{
	for (int i = 0; i < TLS_SUITES; i++) {
		if (suites[i].number == number) {
			*ret_suite = (enum tls_suite)i;
			return OK;
		}
	}
	return ERR_UNSUPPORTED;
}

size_t tls_suite_secret_len(enum tls_suite suite)
{
	return suites[suite].secret_len;
}

/* ---- contexts ---- */

/* Of a suite that OpenSSL has agreed upon, so it has the cipher; it need not have the others. */
static EVP_CIPHER_CTX *make_cipher(const char *name, int way)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	must(cipher && ctx);
	must(EVP_CipherInit_ex2(ctx, cipher, NULL, NULL, way, NULL) == 1);
	must(EVP_CIPHER_CTX_get_iv_length(ctx) == TLS_IV);
	EVP_CIPHER_free(cipher); /* ctx has a count of its own */
	return ctx;
}

static EVP_MAC_CTX *make_hmac(EVP_MAC *mac, const char *digest)
{
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	char name[16];
	OSSL_PARAM params[2];

	memcpy(name, digest, strlen(digest) + 1);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0);
	params[1] = OSSL_PARAM_construct_end();
	must(ctx && EVP_MAC_CTX_set_params(ctx, params) == 1);
	return ctx;
}

struct tls_aead *tls_aead_new(void)
{
	struct tls_aead *aead = mem_zalloc(1, sizeof(*aead));
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	must(mac);
	aead->hmac[SHA_256] = make_hmac(mac, "SHA2-256");
	aead->hmac[SHA_384] = make_hmac(mac, "SHA2-384");
	EVP_MAC_free(mac);
	return aead;
}

void tls_aead_free(struct tls_aead **aead)
{
	struct tls_aead *a = *aead;

	*aead = NULL;
	if (!a)
		return;
	for (int i = 0; i < TLS_SUITES; i++) {
		for (int way = 0; way < WAYS; way++)
			EVP_CIPHER_CTX_free(a->ctx[i][way]); /* wipes */
	}
	for (int i = 0; i < HASHES; i++)
		EVP_MAC_CTX_free(a->hmac[i]);
	mem_free(a);
}

/* ---- keys ---- */

/* HKDF-Expand-Label with an empty context (RFC 8446, 7.1), of which one block is enough. */
static void expand(struct tls_aead *aead, const struct suite *suite, const uint8_t *secret,
		   struct str label, uint8_t *ret, size_t len)
{
	EVP_MAC_CTX *hmac = aead->hmac[suite->hash];
	uint8_t info[LABEL_MAX] = { 0, (uint8_t)len, (uint8_t)(6 + label.len) };
	uint8_t block[TLS_SECRET_MAX];
	size_t n = 3, block_len;

	memcpy(info + n, "tls13 ", 6);
	memcpy(info + n + 6, label.ptr, label.len);
	n += 6 + label.len;
	info[n++] = 0; /* the empty context */
	info[n++] = 1; /* the first block */
	must(EVP_MAC_init(hmac, secret, suite->secret_len, NULL) == 1);
	must(EVP_MAC_update(hmac, info, n) == 1);
	must(EVP_MAC_final(hmac, block, &block_len, sizeof(block)) == 1 && len <= block_len);
	memcpy(ret, block, len);
	secret_wipe(block, sizeof(block));
}

void tls_keys_set(struct tls_keys *keys, struct tls_aead *aead, enum tls_suite suite,
		  const uint8_t *secret)
{
	const struct suite *s = &suites[suite];

	memmove(keys->secret, secret, s->secret_len);
	keys->seq = 0;
	expand(aead, s, keys->secret, STR("key"), keys->key, s->key_len);
	expand(aead, s, keys->secret, STR("iv"), keys->iv, sizeof(keys->iv));
}

void tls_keys_update(struct tls_keys *keys, struct tls_aead *aead, enum tls_suite suite)
{
	uint8_t next[TLS_SECRET_MAX];

	expand(aead, &suites[suite], keys->secret, STR("traffic upd"), next,
	       suites[suite].secret_len);
	tls_keys_set(keys, aead, suite, next);
	secret_wipe(next, sizeof(next));
}

/* ---- records ---- */

/* Readies a context for the next record, whose head is bound to it (RFC 8446, 5.3). */
static EVP_CIPHER_CTX *begin(struct tls_aead *aead, enum tls_suite suite, int way,
			     struct tls_keys *keys, const uint8_t *head)
{
	EVP_CIPHER_CTX **ctx = &aead->ctx[suite][way];
	uint8_t nonce[TLS_IV];
	int len;

	if (!*ctx)
		*ctx = make_cipher(suites[suite].name, way);
	must(keys->seq < UINT64_MAX); /* the same nonce twice would give all away */
	memcpy(nonce, keys->iv, sizeof(nonce));
	for (int i = 0; i < 8; i++)
		nonce[TLS_IV - 1 - i] ^= (uint8_t)(keys->seq >> (8 * i));
	keys->seq++;
	must(EVP_CipherInit_ex2(*ctx, NULL, keys->key, nonce, -1, NULL) == 1);
	must(EVP_CipherUpdate(*ctx, NULL, &len, head, TLS_RECORD_HEAD) == 1);
	return *ctx;
}

void tls_aead_seal(struct tls_aead *aead, enum tls_suite suite, struct tls_keys *keys, uint8_t type,
		   struct str plain, uint8_t *ret)
{
	const uint8_t *content = (const uint8_t *)plain.ptr;
	size_t len = plain.len + 1 + TLS_TAG;
	uint8_t *out = ret + TLS_RECORD_HEAD;
	EVP_CIPHER_CTX *ctx;
	int n = 0, last;

	must(len <= TLS_CIPHER_MAX);
	ret[0] = RECORD_DATA;
	ret[1] = ret[2] = 3;
	ret[3] = (uint8_t)(len >> 8);
	ret[4] = (uint8_t)len;
	ctx = begin(aead, suite, TO_SEAL, keys, ret);
	if (plain.len) {
		must(EVP_CipherUpdate(ctx, out, &n, content, (int)plain.len) == 1);
		must((size_t)n == plain.len);
	}
	must(EVP_CipherUpdate(ctx, out + plain.len, &n, &type, 1) == 1 && n == 1);
	must(EVP_CipherFinal_ex(ctx, out + plain.len + 1, &last) == 1 && last == 0);
	must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TLS_TAG, out + plain.len + 1) == 1);
}

enum err tls_aead_open(struct tls_aead *aead, enum tls_suite suite, struct tls_keys *keys,
		       struct str record, uint8_t *ret, size_t *ret_len)
{
	const uint8_t *head = (const uint8_t *)record.ptr, *in = head + TLS_RECORD_HEAD;
	uint8_t tag[TLS_TAG];
	EVP_CIPHER_CTX *ctx;
	size_t len;
	int n = 0, last = 0;

	if (record.len < TLS_RECORD_HEAD + TLS_TAG)
		return ERR_CRYPTO;
	len = record.len - TLS_RECORD_HEAD - TLS_TAG;
	memcpy(tag, in + len, sizeof(tag));
	ctx = begin(aead, suite, TO_OPEN, keys, head);
	if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TLS_TAG, tag) == 1 &&
	    (len == 0 || EVP_CipherUpdate(ctx, ret, &n, in, (int)len) == 1) && (size_t)n == len &&
	    EVP_CipherFinal_ex(ctx, ret + n, &last) == 1) {
		*ret_len = len;
		return OK;
	}
	ERR_clear_error();
	return ERR_CRYPTO;
}
