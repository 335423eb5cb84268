/* SPDX-License-Identifier: Apache-2.0 */
/* Who hears what a room says: addresses, sorted by the home that they live on, so that one
 * stanza is serialised once and costs one letter for each home (route/share.h). Unchanging once it
 * is given away, counted; any thread. */
#pragma once

#include "base/arena.h"
#include "xmpp/jid.h"

struct home;

enum { AUDIENCE_BYTES_MAX = 1024 * 1024 * 1024 /* of all addresses */ };

struct audience_member {
	struct jid jid;
	struct str to; /* " to='…'", escaped */
};

struct audience_part {
	struct audience_member *members;
	size_t count, cap;
};

struct audience {
	unsigned refs; /* atomic */
	struct arena arena;
	const struct home *home; /* any: for the places */
	unsigned homes;
	struct audience_part elsewhere; /* at services and on other servers */
	struct audience_part parts[];   /* by home */
};

/* An empty one; the caller's count. */
struct audience *audience_new(const struct home *h) __attribute__((returns_nonnull));
struct audience *audience_ref(struct audience *a);

/* One count less; NULL is fine. Gives NULL. */
struct audience *audience_unref(struct audience *a);

/* Only before it is given away. to is copied. */
void audience_add(struct audience *a, struct jid to);
