/* SPDX-License-Identifier: Apache-2.0 */
/* The pairs of domains that a stream of another server may bring stanzas for: theirs, which was
 * shown to be that server's, and ours, to which it was shown. A few, bounded. */
#pragma once

#include "base/str.h"

enum { S2S_PAIRS_MAX = 64 /* of one stream */ };

struct s2s_pair {
	struct s2s_pair *next;
	struct str ours, theirs; /* ours is empty: every domain of ours */
	char text[];
};

struct s2s_pairs {
	struct s2s_pair *first;
	unsigned count;
};

void s2s_pairs_done(struct s2s_pairs *p);

/* Adds a pair (copied), unless it is there. ERR_TOO_BIG: there are S2S_PAIRS_MAX. */
must_check enum err s2s_pairs_add(struct s2s_pairs *p, struct str ours, struct str theirs);

bool s2s_pairs_have(const struct s2s_pairs *p, struct str ours, struct str theirs);
