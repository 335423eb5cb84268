/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a TLS connection, for net/tls*.c. On the loop. */
#pragma once

#include "net/tls.h"
#include "net/tls_hibernated.h"

#include <openssl/ssl.h>

struct tls_io;
struct tls_partial;

/* Only while the handshake or the close is under way. */
struct deadline {
	struct timer timer;
	struct tls *tls;
	const struct str *alpn;
	struct tls_secrets secrets; /* only where the context hibernates */
};

struct tls {
	struct transport t;
	struct net_loop *net;
	struct transport *below;
	struct tls_context *ctx;
	union {
		SSL *ssl;                        /* HANDSHAKE, OPENSSL */
		struct tls_record_state *record; /* HIBERNATED */
	};
	struct outq out;
	struct task flush;
	struct deadline *deadline;
	struct tls_partial *partial; /* only while a record is partial */
	uint32_t output_limit;       /* bytes */
	uint8_t state;               /* enum tls_state */
	uint8_t end_why;             /* what on_end will say once below is closed */
	bool is_closing : 1;         /* no more input to the owner */
	bool is_closing_below : 1;
	bool is_ended : 1;
	bool is_overflow : 1;
	bool is_draining : 1;
	bool has_exporter : 1;
	bool is_freed : 1;
	bool is_peer : 1; /* its certificate is looked at later, see tls_peer.h */
	uint8_t busy;     /* how many events we are inside of: free must leave the struct */
	uint8_t exporter[TLS_EXPORTER_LEN];
};

static inline const struct tls *tls_look(const struct transport *t)
{
	return (const struct tls *)(const void *)t;
}

/* What transport_ops asks for and only looks. */
size_t tls_binding(const struct transport *t, enum channel_binding kind, uint8_t *buf);
size_t tls_addresses(const struct transport *t, struct arena *a, struct str *ret_addresses,
		     size_t max);

/* ---- net/tls_crypt.c ---- */

/* After the handshake: lets OpenSSL's object go where the context wants that and it can be done;
 * otherwise c stays as it is. */
void tls_crypt_hibernate(struct tls *c, struct tls_io *io);

/* Encrypts the first n bytes of io->collect to io->out. False when that failed. */
bool tls_crypt_write(struct tls *c, struct tls_io *io, size_t n, size_t *ret_written);

/* Puts an alert of a hibernated connection into io->out, which was empty. */
void tls_crypt_alert(struct tls *c, struct tls_io *io, enum tls_alert alert);

/* Puts our close_notify into io->out; a failure changes nothing, the end is as final. */
void tls_crypt_close(struct tls *c, struct tls_io *io);

/* Frees what encrypts, and counts. */
void tls_crypt_stop(struct tls *c);
