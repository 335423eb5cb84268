/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that let somebody into a room and make him a member (XEP-0488). State and rules without
 * XML or store. One thread at a time. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"

enum {
	ROOM_TOKENS_MAX = 200, /* of a room */
	ROOM_TOKEN_LEN = 32,   /* characters */
};

struct room_token {
	char text[ROOM_TOKEN_LEN + 1];
	struct str creator; /* bare JID, owned */
	usec_t until;       /* wall; it holds before that */
	bool is_counted;
	uint32_t left; /* uses, if is_counted */
};

struct room_tokens {
	struct map items; /* text -> struct room_token */
};

void room_tokens_init(struct room_tokens *t);
void room_tokens_done(struct room_tokens *t);

/* Makes one; NULL: there are too many that still hold. Those that do not are dropped then: the
 * caller forgets them in the store, too, with room_tokens_expired before. */
struct room_token *room_tokens_add(struct room_tokens *t, struct str creator, usec_t until);

/* One that holds no more at this time, or NULL. */
struct room_token *room_tokens_expired(const struct room_tokens *t, usec_t now);

/* Whether there is one of this text; it may hold no more. */
struct room_token *room_tokens_find(const struct room_tokens *t, struct str text);

bool room_token_holds(const struct room_token *token, usec_t now);

void room_tokens_drop(struct room_tokens *t, struct room_token *token);

/* ---- in the store: key: the text ---- */

#define ROOM_TOKEN_SPACE STR("room-token")

struct str room_token_encode(const struct room_token *token, struct arena *a);

/* ERR_INVALID for what no version of this program wrote. */
must_check enum err room_token_decode(struct room_tokens *t, struct str key, struct str value);
