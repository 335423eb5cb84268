/* SPDX-License-Identifier: Apache-2.0 */
/* Invitations by token (XEP-0488): asked for, listed, revoked, and used to enter. On the room's
 * loop. */
#pragma once

#include "server/room/room.h"

/* The token that somebody without affiliation shows in the place of the password (x is the <x/> of
 * his presence); NULL: none that holds. *ret_is_lost: he shows one, or something, that does not
 * hold. */
struct room_token *tokens_offered(struct dispatch *d, const struct room *r, const struct xml *x,
				  bool *ret_is_lost);

/* Who d is from becomes a member by it; one use less. */
void tokens_spend(struct dispatch *d, struct room *r, struct room_token *token);

/* Adds to the error of who has shown one that does not hold. */
void tokens_add_expired(struct dispatch *d, struct xml *error);

extern const struct feature room_tokens_feature;
