/* SPDX-License-Identifier: Apache-2.0 */
/* What all loops share for speaking to other servers: TLS for the streams that we open, and the
 * secret of dialback keys. On the main thread: blocks on files. */
#pragma once

#include "server/worker.h"

/* TLS towards other servers: the roots of s2s.ca, or the system's. The count is the caller's. On
 * failure a sentence for people is added to why. */
must_check enum err federation_tls(const struct conf *conf, struct tls_context **ret_tls,
				   struct sbuf *why);

/* Fills w->s2s, whose home, net and c2s.tls are there; secret: S2S_SECRET_BYTES, of all workers. */
void federation_fill(struct worker *w, struct tls_context *client_tls,
		     const struct addr_nets *trusted, const uint8_t *secret);
