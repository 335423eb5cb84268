/* SPDX-License-Identifier: Apache-2.0 */
/* The wire as OpenSSL sees it: one BIO a loop, shared by all its TLS connections. Its input is a
 * view of one record, its output a scratch buffer. Only net/tls*.c use it, on the loop. */
#pragma once

#include "base/sbuf.h"
#include "net/tls_record.h"

#include <openssl/bio.h>

struct tls_aead;
struct tls_secrets;

enum {
	TLS_BATCH_MAX = 4 * TLS_PLAIN_MAX,       /* plaintext bytes encrypted at once */
	TLS_OUT_MAX = 8 * TLS_PLAIN_MAX + 65536, /* bytes: a batch, or a flight with a long chain */
};

struct tls_io {
	BIO *bio;
	struct str in;          /* the rest of the record that OpenSSL works on */
	struct sbuf out;        /* what OpenSSL wants to have sent */
	const struct str *alpn; /* what the connection in hand offers; see transport_tls_accept */
	struct tls_secrets *secrets; /* of the connection in hand, while it shakes hands */
	bool is_peer;                /* whose certificate is looked at later */
	struct tls_aead *aead;       /* of hibernating connections; made by the first */
	char plain[TLS_PADDED_MAX];  /* decrypted */
	char collect[TLS_PLAIN_MAX]; /* to be encrypted */
};

/* The loop's own: *io is made at the first call. */
struct tls_io *tls_io_of(struct tls_io **io) __attribute__((returns_nonnull));

/* The one that an SSL's BIO belongs to. */
struct tls_io *tls_io_of_bio(BIO *bio);

/* Wipes and frees. */
void tls_io_free(struct tls_io **io);
