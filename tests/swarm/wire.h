/* SPDX-License-Identifier: Apache-2.0 */
/* One non-blocking TCP connection, later with TLS, watched by epoll: what load tool and relay
 * share. One thread. */
#pragma once

#include "base/sbuf.h"

#include <openssl/ssl.h>

#define WIRE_IN_MAX  (1 * MIB) /* bytes of a piece that has not come whole */
#define WIRE_OUT_MAX (8 * MIB) /* bytes waiting for a peer that does not read */
#define WIRE_SCRATCH (16 * KIB)

struct wire {
	int fd;          /* -1: closed */
	SSL *ssl;        /* owned; NULL: plain so far */
	bool is_secure;  /* the handshake is through */
	uint32_t events; /* what epoll watches */
	struct sbuf in, out;
};

#define WIRE_CLOSED ((struct wire){ .fd = -1, .in = SBUF(WIRE_IN_MAX), .out = SBUF(WIRE_OUT_MAX) })

/* Eats from the front of data and gives the number of bytes eaten, the rest comes again with more
 * behind it. An error ends the connection. */
typedef enum err (*wire_eat_fn)(void *arg, struct str data, size_t *ret_eaten);

/* Takes over a connected or connecting non-blocking socket. who comes back in epoll_event.data.ptr.
 */
must_check enum err wire_open(struct wire *w, int fd, int epfd, void *who);
void wire_done(struct wire *w);

/* Begins TLS; wire_shake drives it on until it gives OK (ERR_AGAIN: wait for the socket). */
must_check enum err wire_secure(struct wire *w, SSL_CTX *ctx, bool is_server);
must_check enum err wire_shake(struct wire *w);

/* Reads what is there and feeds eat. OK also when nothing was there; ERR_CLOSED at the end. */
must_check enum err wire_pull(struct wire *w, wire_eat_fn eat, void *arg);

/* Writes what stands in out; what the socket does not take stays. */
must_check enum err wire_flush(struct wire *w);

/* Tells epoll to wait for room only while something waits. */
must_check enum err wire_watch(struct wire *w, int epfd, void *who);

/* A context for self-signed peers: TLS 1.3, nothing verified, no tickets kept. Client when cert is
 * NULL; NULL on failure. */
SSL_CTX *wire_context(const char *cert, const char *key);
