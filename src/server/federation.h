/* SPDX-License-Identifier: Apache-2.0 */
/* What all loops share for speaking to other servers: our certificate for streams that we open, the
 * authorities that prove theirs, and the secret of dialback keys. Made on the main thread: blocks
 * on files. Unchanging, counted: a reload makes a new one. */
#pragma once

#include "server/s2s/s2s.h"

struct federation;

/* before: whose secret it goes on with; NULL: a fresh one. On failure a sentence for people is in
 * blame. The count is the caller's. */
must_check enum err federation_new(const struct conf *conf, struct str data_dir,
				   const struct federation *before,
				   struct federation **ret_federation, struct blame *blame);
struct federation *federation_ref(struct federation *f);

/* Gives NULL; NULL is fine. */
struct federation *federation_unref(struct federation *f);

/* Begins with s, whose home, net and trusted are there; accept: TLS for streams that others open.
 */
void federation_begin(const struct federation *f, struct s2s *s, struct tls_context *accept);

/* A reload. On the thread of s. */
void federation_reload(const struct federation *f, struct s2s *s, struct tls_context *accept);
