/* SPDX-License-Identifier: Apache-2.0 */
/* A stream that goes on with what another one has counted (XEP-0198 5): a letter that looks for it
 * on all loops, and comes back with the count, exactly once. */
#pragma once

#include "server/s2s/s2s.h"

enum s2s_claim_answer {
	S2S_CLAIM_UNKNOWN, /* there is no such stream, or it was somebody else's */
	S2S_CLAIM_LATE,    /* it has gone long ago; handled says how far it came */
	S2S_CLAIM_GRANTED, /* it is the claimant's now */
};

struct s2s_claim {
	struct letter letter;
	struct home *from; /* of the claimant */
	unsigned next;     /* index of the home to be asked */
	void *stream;      /* the claimant; NULL: it has gone */
	void (*on_answer)(void *stream, const struct s2s_claim *c);
	struct str token, ours, theirs; /* views into text */
	enum s2s_claim_answer answer;
	uint32_t handled;
	char text[];
};

/* Looks for the stream with this id, which ours and theirs, shown to the claimant, must have
 * opened, too. on_answer is called on this loop, unless s2s_claim_forget was; then the claim is
 * freed. If the claimant has gone when it is granted, the next one finds it here. */
struct s2s_claim *s2s_claim_new(struct home *from, struct str token, struct str ours,
				struct str theirs, void *stream,
				void (*on_answer)(void *stream, const struct s2s_claim *c))
	__attribute__((returns_nonnull));
void s2s_claim_forget(struct s2s_claim **c);
