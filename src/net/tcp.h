/* SPDX-License-Identifier: Apache-2.0 */
/* A TCP connection as a transport (RFC 9293). */
#pragma once

#include "net/addr.h"
#include "net/net_loop.h"
#include "net/transport.h"

/* Takes take_fd, a connected non-blocking stream socket (closed on failure too). peer is copied:
 * what transport_peer gives, at most 255 bytes. output_limit: bytes that may wait unsent. ERR_BUSY
 * when the kernel will not watch it. */
must_check enum err tcp_new(struct net_loop *net, int take_fd, struct str peer, size_t output_limit,
			    struct transport **ret_t);

/* Begins to connect; on_ready tells that it is done, on_end with TRANSPORT_BROKEN that it failed.
 * What is sent before waits. How long to wait is the owner's affair. ERR_BUSY without descriptors,
 * ERR_IO when there is no way at all. */
must_check enum err tcp_connect(struct net_loop *net, const struct addr *to, size_t output_limit,
				struct transport **ret_t);

/* What was sent, and the peer's host has not confirmed after this time, ends the connection
 * (TRANSPORT_BROKEN) instead of being tried for a quarter of an hour (RFC 5482). Of other
 * transports nothing changes. */
void tcp_set_patience(struct transport *t, usec_t patience);
