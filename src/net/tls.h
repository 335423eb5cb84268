/* SPDX-License-Identifier: Apache-2.0 */
/* TLS 1.2 and 1.3 over another transport (RFC 8446, RFC 5246): direct TLS and STARTTLS. OpenSSL is
 * fed record by record, so that nothing of the peer's waits inside it, and output is encrypted only
 * when all earlier output has left. Where the context says so, OpenSSL does the handshake only, see
 * tls_hibernated.h. On the loop. */
#pragma once

#include "net/net_loop.h"
#include "net/tls_context.h"
#include "net/transport.h"

#define TLS_HANDSHAKE_USEC (30 * USEC_PER_SEC) /* from the first byte to Finished */

enum {
	TLS_EXPORTER_LEN = 32,        /* bytes (RFC 9266, 4.2) */
	TLS_BACKLOG_MAX = 512 * 1024, /* ciphertext bytes that answers of TLS itself may pile up */
};

enum tls_state {
	TLS_HANDSHAKE,
	TLS_OPENSSL,    /* OpenSSL keeps the connection */
	TLS_HIBERNATED, /* a struct tls_record_state keeps it */
};

/* Wraps below, an accepted transport, which the new one owns from now on. What came before TLS must
 * have been dropped by the caller (STARTTLS injection). ctx gets a count. alpn: names that this
 * listener serves, ended by one without a pointer, or NULL for none; constant storage. A client
 * that offers only foreign names is refused; one that offers none is not. on_ready tells that the
 * handshake is done; transport_own must be called at once. output_limit: plaintext bytes that may
 * wait. */
struct transport *transport_tls_accept(struct net_loop *net, struct transport *below,
				       struct tls_context *ctx, const struct str *alpn,
				       size_t output_limit) __attribute__((returns_nonnull));

/* Right after transport_tls_accept: asks the client for a certificate, which it need not have (see
 * transport_addresses). Does nothing when ctx trusts no clients. */
void tls_ask_certificate(struct transport *t);

/* Right after transport_tls_accept: asks another server for its certificate. Whatever it shows, or
 * nothing, the handshake goes on: tls_peer_check judges later. */
void tls_ask_peer(struct transport *t);

/* The client's side over a transport that is connected or connecting; the handshake begins at once.
 * On failure below stays with the caller, without an owner: ERR_INVALID for a name that cannot be
 * one, ERR_CRYPTO. */
must_check enum err transport_tls_connect(struct net_loop *net, struct transport *below,
					  struct tls_context *ctx, const struct tls_want *want,
					  struct transport **ret_t);

/* For a transport made here: where it stands, its version ("TLSv1.3", constant), and the chosen
 * ALPN name (lives as long as the transport, empty when there is none, and when HIBERNATED). */
enum tls_state tls_state(const struct transport *t);
struct str tls_version(const struct transport *t);
struct str tls_alpn(const struct transport *t);
