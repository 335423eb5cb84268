/* SPDX-License-Identifier: Apache-2.0 */
/* A server's certificate as a stranger sees it, for those who run the server. Blocks on files; any
 * thread. */
#pragma once

#include "base/arena.h"
#include "net/dane.h"
#include "net/tls_context.h"

/* Why a client that trusts this machine's roots does not trust the chain of ctx (a server's), in a
 * few words of OpenSSL's; NULL: it does. The name is not looked at. *ret_has_roots: whether this
 * machine has roots at all. */
const char *tls_examine_chain(const struct tls_context *ctx, bool *ret_has_roots);

/* Whether both have the same certificate (the chain aside). */
bool tls_examine_same(const struct tls_context *a, const struct tls_context *b);

enum { TLS_DIGEST_LEN = 32, TLS_ISSUER_MAX = 200 /* bytes */ };

struct tls_facts {
	int64_t wall_from, wall_until;       /* microseconds since 1970 UTC */
	bool is_self_signed;                 /* nobody else vouches for it */
	uint8_t fingerprint[TLS_DIGEST_LEN]; /* SHA-256 of the certificate */
	uint8_t key_digest[TLS_DIGEST_LEN];  /* SHA-256 of its public key: TLSA 3 1 1 (RFC 6698) */
	char issuer[TLS_ISSUER_MAX];         /* the name of who has signed it, for people */
};

/* The certificate of ctx, a server's. */
void tls_examine_facts(const struct tls_context *ctx, struct tls_facts *ret_facts);

/* The host names in it, as they stand there (views into a), at most max; their number. */
size_t tls_examine_names(const struct tls_context *ctx, struct arena *a, struct str *ret_names,
			 size_t max);

/* Whether one of the TLSA records means the certificate of ctx, or (for usages 0 and 2) one of its
 * chain. */
bool tls_examine_is_named(const struct tls_context *ctx, const struct dane *dane);
