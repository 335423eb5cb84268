/* SPDX-License-Identifier: Apache-2.0 */
/* The protection of TLS 1.3 records (RFC 8446, 5.2 to 5.5 and 7): traffic secrets, the keys that
 * come from them, and the AEAD by OpenSSL. The cipher contexts are the loop's and get a key for
 * each record, so that a direction of a connection is a few bytes. Only net/tls*.c use it, on the
 * loop. */
#pragma once

#include "base/str.h"

enum {
	TLS_SECRET_MAX = 48, /* bytes: of SHA-384 */
	TLS_KEY_MAX = 32,    /* bytes */
	TLS_IV = 12,         /* bytes */
	TLS_TAG = 16,        /* bytes */
	/* What a record is longer by than its content, without padding: head, type, tag. */
	TLS_RECORD_EXTRA = 5 + 1 + TLS_TAG,
};

enum tls_suite { TLS_AES_128_GCM, TLS_AES_256_GCM, TLS_CHACHA20_POLY1305, TLS_SUITES };

/* What protects one direction; a secret altogether. */
struct tls_keys {
	uint64_t seq; /* of the next record */
	uint8_t secret[TLS_SECRET_MAX];
	uint8_t key[TLS_KEY_MAX];
	uint8_t iv[TLS_IV];
};

/* The suite of this number in the registry (RFC 8446, B.4); ERR_UNSUPPORTED for all others. */
must_check enum err tls_suite_of(uint16_t number, enum tls_suite *ret_suite);

/* Bytes of its traffic secrets: 32 or 48. */
size_t tls_suite_secret_len(enum tls_suite suite);

/* A loop's contexts. */
struct tls_aead;
struct tls_aead *tls_aead_new(void) __attribute__((returns_nonnull));
void tls_aead_free(struct tls_aead **aead);

/* Sets out from a traffic secret of tls_suite_secret_len bytes: the first record has number 0. */
void tls_keys_set(struct tls_keys *keys, struct tls_aead *aead, enum tls_suite suite,
		  const uint8_t *secret);

/* Goes on to the next generation of secret and keys (RFC 8446, 7.2). */
void tls_keys_update(struct tls_keys *keys, struct tls_aead *aead, enum tls_suite suite);

/* Makes the next record: plain.len + TLS_RECORD_EXTRA bytes at ret. Whether
 * RFC 8446 allows that much is the caller's to know. */
void tls_aead_seal(struct tls_aead *aead, enum tls_suite suite, struct tls_keys *keys, uint8_t type,
		   struct str plain, uint8_t *ret);

/* Opens the next record, head included: content, type and padding go to ret, whose room is that of
 * record, and their length to ret_len. ERR_CRYPTO: it was not made with these keys, or not at this
 * place; what ret holds then is nothing. */
must_check enum err tls_aead_open(struct tls_aead *aead, enum tls_suite suite,
				  struct tls_keys *keys, struct str record, uint8_t *ret,
				  size_t *ret_len);
