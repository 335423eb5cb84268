/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a TLS context, for net/tls*.c. */
#pragma once

#include "net/tls_context.h"
#include "net/transport.h"

#include <openssl/ssl.h>

struct tls_context {
	unsigned refs; /* atomic */
	SSL_CTX *ssl_ctx;
	bool is_server, trusts_clients, hibernates;
	size_t end_point_len; /* 0: this certificate has no tls-server-end-point */
	uint8_t end_point[CHANNEL_BINDING_MAX];
};

/* The tls-server-end-point of a certificate (RFC 5929, 4.1) into buf (CHANNEL_BINDING_MAX bytes);
 * its length, 0 if its signature names no hash. */
size_t tls_end_point_hash(X509 *cert, uint8_t *buf);

/* Tells apart what OpenSSL does not: a file that is not there, and one that is huge. */
must_check enum err tls_look_at_file(const char *path);

/* Gives e, with a sentence for people: what is wrong about the file. */
enum err tls_blame_file(struct sbuf *blame, enum err e, const char *path, const char *what);

/* Sets what a client asks for, and whom the certificate must be for (RFC 9525). ERR_INVALID for a
 * name that cannot be one. */
must_check enum err tls_context_want(SSL *ssl, const struct tls_want *want);

/* A context's callback: nothing is verified during the handshake. */
int tls_verify_later(X509_STORE_CTX *v, void *arg);
