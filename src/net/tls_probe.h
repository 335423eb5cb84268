/* SPDX-License-Identifier: Apache-2.0 */
/* A client of one connection, without a loop: it tries whether a listener answers, with or without
 * TLS. It trusts any certificate, and must carry nothing secret. Blocks; one thread. */
#pragma once

#include "base/clock.h"
#include "net/addr.h"

struct ssl_st;

enum { TLS_PROBE_HEARD_MAX = 16 * 1024 /* bytes that are waited for at once */ };

struct tls_probe {
	int fd;                 /* -1: none */
	struct ssl_st *ssl;     /* NULL: no TLS */
	usec_t until;           /* clock_now() when patience ends */
	const bool *is_stopped; /* atomic; optional: ends every wait soon */
	size_t len;
	char heard[TLS_PROBE_HEARD_MAX + 1]; /* since the last tls_probe_say; a NUL behind len */
};

/* Connects to an address (an unspecified one: to this machine). All that follows must end within
 * patience. ERR_AGAIN: it did not; ERR_CLOSED: nobody listens; ERR_IO. To be ended by
 * tls_probe_done in any case. */
must_check enum err tls_probe_connect(struct tls_probe *p, const struct addr *to, usec_t patience,
				      const bool *is_stopped);

/* Shakes hands. alpn: the protocol to be offered, at most 255 bytes. ERR_AGAIN, ERR_CLOSED,
 * ERR_CRYPTO. */
must_check enum err tls_probe_secure(struct tls_probe *p, struct str alpn);

/* Sends all of text. ERR_AGAIN, ERR_CLOSED. */
must_check enum err tls_probe_say(struct tls_probe *p, struct str text);

/* Reads until needle has been heard. ERR_AGAIN, ERR_CLOSED, ERR_TOO_BIG. */
must_check enum err tls_probe_hear(struct tls_probe *p, struct str needle);

void tls_probe_done(struct tls_probe *p);
