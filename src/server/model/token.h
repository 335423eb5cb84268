/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that log a client in without its password (XEP-0484): the two slots that a client has, and
 * the rules by which they are used, renewed and taken away. Pure rules; any thread.
 *
 * The row of a client holds its tokens encrypted (crypto/seal.h), with a key that is not in the
 * store. Hashing them, as it is done with passwords, is impossible: both MACs of HT are keyed with
 * the token itself, so who can check one must know it. */
#pragma once

#include "base/clock.h"
#include "base/sbuf.h"
#include "crypto/seal.h"
#include "xmpp/ht.h"

enum {
	TOKEN_LEN = 52,      /* characters of [a-z2-7]: 260 bits */
	TOKEN_ROW_MAX = 512, /* bytes */
};

#define TOKEN_COUNT_NONE (-1)

struct token {
	enum ht_kind kind;
	usec_t wall_made, wall_expiry; /* expiry 0: the slot is empty */
	int64_t count;                 /* highest one seen (XEP-0484 3.4), or TOKEN_COUNT_NONE */
	char text[TOKEN_LEN + 1];
};

/* XEP-0484 6.1: a new token waits in next until it is used; until then current is valid, too. */
struct tokens {
	struct token current, next;
};

/* For whom they are: what the row is bound to. */
struct token_seal {
	const uint8_t *key;       /* SEAL_KEY bytes */
	struct str owner, client; /* bare JID, id of the client */
};

/* Reads a row; tokens that cannot be opened (another key) are left out. ERR_INVALID: nothing that
 * this program has written. The caller wipes. */
must_check enum err tokens_read(const struct token_seal *seal, struct str row,
				struct tokens *ret_tokens);

/* Appends the row; nothing when both slots are empty. */
void tokens_write(const struct token_seal *seal, const struct tokens *tokens, struct sbuf *out);

/* What a client shows. */
struct token_proof {
	enum ht_kind kind;
	uint8_t mac[HT_PROOF];
	struct str binding; /* data of kind's channel binding */
	int64_t count;      /* TOKEN_COUNT_NONE: it gave none */
};

enum token_verdict {
	TOKEN_RIGHT,
	TOKEN_WRONG,   /* not known, of another mechanism, or its count was used before */
	TOKEN_EXPIRED, /* right, but too old: credentials-expired */
};

/* Looks at both slots, in the same time whatever is in them. TOKEN_RIGHT: the slots have moved on,
 * the count is noted, and the server's own proof is in ret_mac. */
enum token_verdict tokens_use(struct tokens *tokens, const struct token_proof *proof, usec_t wall,
			      uint8_t ret_mac[HT_PROOF]);

/* After tokens_use: takes the token away that was used, and the one that waits. */
void tokens_forget(struct tokens *tokens);

/* After tokens_use: whether the token should be replaced. life: see tokens_make. */
bool tokens_are_due(const struct tokens *tokens, usec_t wall, usec_t life);

/* Puts a fresh token for a mechanism into next, for life usec; one that waited there is lost. Gives
 * it. */
const struct token *tokens_make(struct tokens *tokens, enum ht_kind kind, usec_t wall, usec_t life);

/* Whether one of them may still be used. */
bool tokens_are_live(const struct tokens *tokens, usec_t wall);
