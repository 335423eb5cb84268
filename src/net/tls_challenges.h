/* SPDX-License-Identifier: Apache-2.0 */
/* What a certificate authority comes to look at, to see that a name is ours: texts over HTTP
 * (http-01, RFC 8555 8.3) and certificates over TLS (tls-alpn-01, RFC 8737). One table for all
 * loops, under a lock that is held for a look at it; nearly always it is empty. Any thread. */
#pragma once

#include "base/sbuf.h"

struct tls_challenges;

enum {
	TLS_CHALLENGES_MAX = 256,       /* in the table; more push the oldest out */
	TLS_CHALLENGES_TEXT_MAX = 512,  /* bytes of a text */
	TLS_CHALLENGES_DIGEST_LEN = 32, /* bytes: SHA-256 of the key authorization */
};

#define TLS_CHALLENGES_PATH "/.well-known/acme-challenge/"

struct tls_challenges *tls_challenges_new(void) __attribute__((returns_nonnull));
void tls_challenges_free(struct tls_challenges **c);

/* Shows text under TLS_CHALLENGES_PATH token. ERR_TOO_BIG. */
must_check enum err tls_challenges_add_text(struct tls_challenges *c, struct str token,
					    struct str text);

/* Shows a certificate for name that holds digest, to whoever asks for the protocol acme-tls/1.
 * ERR_CRYPTO. */
must_check enum err tls_challenges_add_certificate(struct tls_challenges *c, struct str name,
						   const uint8_t digest[TLS_CHALLENGES_DIGEST_LEN]);

/* Shows nothing any more. */
void tls_challenges_clear(struct tls_challenges *c);

/* Adds the text of token to out. False: there is none. */
bool tls_challenges_find_text(struct tls_challenges *c, struct str token, struct sbuf *out);
