/* SPDX-License-Identifier: Apache-2.0 */
/* What TLS connections have in common: certificate, key, versions and ciphers (RFC 8446, RFC 9325).
 * Counted; never changed after it was made: a reload makes a new one for new connections, old ones
 * keep theirs. May be shared by all loops. */
#pragma once

#include "base/sbuf.h"

struct tls_challenges;
struct tls_context;

enum {
	TLS_CERT_CHAIN_MAX = 64 * 1024, /* bytes of certificates that a peer may send */
	TLS_CERT_FILE_MAX = 1024 * 1024,
	TLS_CLIENT_CHAIN_MAX = 32 * 1024, /* the same, of a client */
	TLS_CLIENT_NAMES_MAX = 64,        /* names in each of them; with more it is not looked at */
	TLS_NAME_MAX = 253,               /* bytes of a host name */
	TLS_ALPN_MAX = 256,               /* bytes of an offer */
};

/* A server's context from PEM files (the certificate with its chain). ERR_NOT_FOUND or ERR_IO when
 * a file cannot be read, ERR_INVALID when it holds no such thing, ERR_DENIED when key and
 * certificate do not belong together. A sentence for people is added to blame (may be NULL). Blocks
 * on the files. */
must_check enum err tls_context_new_server(const char *cert_path, const char *key_path,
					   struct tls_context **ret_ctx, struct sbuf *blame);

/* A client's context: servers must show a valid chain for the name that they are asked for (RFC
 * 9525). ca_path: a PEM file of trusted roots, or NULL for the system's. Errors as above. */
must_check enum err tls_context_new_client(const char *ca_path, struct tls_context **ret_ctx,
					   struct sbuf *blame);

/* For connections to other servers: shows our own certificate when asked (XEP-0178), and takes any
 * of theirs: tls_peer_check judges later. Errors as of tls_context_new_server. */
must_check enum err tls_context_new_peer(const char *cert_path, const char *key_path,
					 struct tls_context **ret_ctx, struct sbuf *blame);

/* Right after tls_context_new_server: connections that tls_ask_certificate is called for may show a
 * certificate that comes from one of the roots in ca_path (PEM), for clients, now valid, and not
 * revoked, if the file has a list of revocations (RFC 5280). Errors as above. */
must_check enum err tls_context_trust_clients(struct tls_context *ctx, const char *ca_path,
					      struct sbuf *blame);

/* Right after tls_context_new_server: connections may be shown challenges (net/tls_challenges.h),
 * which live longer than ctx; such connections end after the handshake, and their owner hears of
 * nothing else. */
void tls_context_show(struct tls_context *ctx, struct tls_challenges *challenges);

/* Right after tls_context_new_server: OpenSSL's object of a TLS 1.3 connection goes when the
 * handshake is done, and a struct tls_record_state takes its place (net/tls_hibernated.h). Those of
 * TLS 1.2, of clients that have shown a certificate, and of other servers stay. */
void tls_context_hibernate(struct tls_context *ctx);

struct tls_context *tls_context_ref(struct tls_context *ctx);

/* Gives NULL; NULL is fine. */
struct tls_context *tls_context_unref(struct tls_context *ctx);

/* Whether the certificate does not cover one of the names (host names in ASCII form, or IP
 * addresses): the first such one goes to ret_missing. Looks at subjectAltName only; a wildcard may
 * only stand for the whole first label (RFC 9525, 6.3). */
bool tls_context_missing_name(const struct tls_context *ctx, const struct str *names, size_t count,
			      struct str *ret_missing);

/* When the certificate ends: microseconds since 1970 UTC; 0 for a client's context. */
int64_t tls_context_expires(const struct tls_context *ctx);

/* What a client wants. */
struct tls_want {
	struct str
		name; /* host name in ASCII form: whom the certificate must be for, and the SNI */
	const struct str *alpn; /* what to offer, ended by one without a pointer, or NULL */
	size_t output_limit;    /* plaintext bytes that may wait */
};
