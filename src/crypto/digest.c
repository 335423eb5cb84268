/* SPDX-License-Identifier: Apache-2.0 */
/* Digests and HMAC, see digest.h. OpenSSL looks an algorithm up by name under a lock, which takes
 * longer than a short digest: so each is looked up once, and the HMAC contexts are copies of a
 * prepared one. Any thread. */
#include "crypto/digest.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <pthread.h>

static pthread_once_t fetch_once = PTHREAD_ONCE_INIT;
static struct {
	EVP_MD *md;
	EVP_MAC_CTX *hmac; /* knows its digest, has no key */
} fetched[DIGEST_KINDS];   /* written once by fetch_all(), then only read */

static void fetch_all(void)
{
	static const char *const names[] = {
		[DIGEST_SHA1] = "SHA1", [DIGEST_SHA256] = "SHA2-256", [DIGEST_SHA512] = "SHA2-512"
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	must(hmac != NULL);
	for (size_t i = 0; i < DIGEST_KINDS; i++) {
		char name[16];
		OSSL_PARAM params[2];

		memcpy(name, names[i], strlen(names[i]) + 1);
		/* Takes the length of name as it is now. */
		params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0);
		params[1] = OSSL_PARAM_construct_end();
		fetched[i].md = EVP_MD_fetch(NULL, name, NULL);
		fetched[i].hmac = EVP_MAC_CTX_new(hmac);
		must(fetched[i].md && fetched[i].hmac);
		must(EVP_MAC_CTX_set_params(fetched[i].hmac, params));
	}
	EVP_MAC_free(hmac);
}

static void fetch(void)
{
	must(pthread_once(&fetch_once, fetch_all) == 0);
}

size_t digest_len(enum digest_kind kind)
{
	static const uint8_t lens[] = {
		[DIGEST_SHA1] = 20, [DIGEST_SHA256] = 32, [DIGEST_SHA512] = 64
	};

	must(kind < DIGEST_KINDS);
	return lens[kind];
}

void digest_begin(struct digest_stream *d, enum digest_kind kind)
{
	fetch();
	must(kind < DIGEST_KINDS);
	d->kind = kind;
	d->ctx = EVP_MD_CTX_new();
	must(d->ctx && EVP_DigestInit_ex2(d->ctx, fetched[kind].md, NULL) == 1);
}

void digest_add(struct digest_stream *d, struct str piece)
{
	must(EVP_DigestUpdate(d->ctx, piece.ptr, piece.len) == 1);
}

void digest_end(struct digest_stream *d, uint8_t *ret)
{
	if (ret)
		must(EVP_DigestFinal_ex(d->ctx, ret, NULL) == 1);
	EVP_MD_CTX_free(d->ctx);
	d->ctx = NULL;
}

void digest_of_parts(enum digest_kind kind, const struct str *parts, size_t count, uint8_t *ret)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int fine;

	fetch();
	must(ctx && kind < DIGEST_KINDS);
	fine = EVP_DigestInit_ex2(ctx, fetched[kind].md, NULL);
	for (size_t i = 0; i < count; i++)
		fine &= EVP_DigestUpdate(ctx, parts[i].ptr, parts[i].len);
	fine &= EVP_DigestFinal_ex(ctx, ret, NULL);
	must(fine == 1);
	EVP_MD_CTX_free(ctx);
}

void digest_of(enum digest_kind kind, struct str s, uint8_t *ret)
{
	digest_of_parts(kind, &s, 1, ret);
}

void digest_hmac_parts(enum digest_kind kind, struct str key, const struct str *parts, size_t count,
		       uint8_t *ret)
{
	EVP_MAC_CTX *ctx;
	size_t len;
	int fine;

	fetch();
	must(kind < DIGEST_KINDS);
	ctx = EVP_MAC_CTX_dup(fetched[kind].hmac);
	must(ctx != NULL);
	/* An empty key is a key; NULL would mean "keep the one before". */
	fine = EVP_MAC_init(ctx, (const unsigned char *)(key.len ? key.ptr : ""), key.len, NULL);
	for (size_t i = 0; i < count; i++)
		fine &= EVP_MAC_update(ctx, (const unsigned char *)parts[i].ptr, parts[i].len);
	fine &= EVP_MAC_final(ctx, ret, &len, digest_len(kind));
	must(fine == 1);
	EVP_MAC_CTX_free(ctx); /* wipes the key */
}

void digest_hmac(enum digest_kind kind, struct str key, struct str s, uint8_t *ret)
{
	digest_hmac_parts(kind, key, &s, 1, ret);
}
