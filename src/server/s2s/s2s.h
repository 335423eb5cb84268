/* SPDX-License-Identifier: Apache-2.0 */
/* Federation (RFC 6120, RFC 6121, XEP-0220): what is known of other servers on one loop. Streams
 * that they open (s2s_in.h) stay on the loop that accepted them; streams to them (s2s_out.h) are on
 * the home of their domain, together with what waits for them (s2s_remote.h). */
#pragma once

#include "base/list.h"
#include "base/map.h"
#include "net/addr.h"
#include "net/net_loop.h"
#include "net/tls_context.h"
#include "net/tls_peer.h"
#include "server/conf/conf.h"
#include "server/route/home.h"

struct resolver;
struct s2s_rates;
struct s2s_verify;

enum {
	S2S_SECRET_BYTES = 32,
	S2S_REMOTES_MAX = 10000, /* pairs of domains that one loop keeps something of */
};

/* What another server's host does not confirm for so long shows that the connection is none any
 * more: what was not acknowledged goes over the next one. */
#define S2S_PATIENCE_USEC (60 * USEC_PER_SEC)

/* A count of each. */
struct s2s_tls {
	struct tls_context *accept;  /* for streams that others open */
	struct tls_context *connect; /* for those that we open */
	struct tls_trust *trust;     /* who proves other servers */
};

/* The first block is filled by the worker. */
struct s2s {
	struct net_loop *net;
	struct home *home;
	struct s2s_tls tls;
	struct resolver *resolver;        /* of this loop; NULL: there is no DNS */
	struct str resolver_key;          /* owned: what it was made from (names_key) */
	const struct addr_nets *trusted;  /* addresses without a limit on streams */
	struct s2s_rates *rates;          /* borrowed: of all loops */
	uint8_t secret[S2S_SECRET_BYTES]; /* of all loops: dialback keys are made with it */

	struct list ins; /* of struct s2s_in */
	size_t in_count;
	size_t out_count;
	struct list tracks;                        /* of struct s2s_track */
	size_t track_count;                        /* of those whose streams have gone */
	struct map remotes;                        /* "ours theirs" -> struct s2s_remote */
	void (*on_question)(struct s2s_verify *v); /* set by s2s_remote_init */
	bool is_stopping;
};

/* The secret for dialback keys. */
static inline struct str s2s_secret(const struct s2s *s)
{
	return str_make((const char *)s->secret, sizeof(s->secret));
}
