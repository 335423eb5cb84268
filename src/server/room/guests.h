/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts of this server that are no members of a room, and hear of what is said there all the
 * same (docs/push.md): they are in it, or have enabled pushes at it. On the room's loop. */
#pragma once

#include "server/room/room.h"

/* Whether bare is an account of this server. */
bool guests_is_account(const struct home *h, struct str bare);

/* The account bare has enabled pushes here. In memory only. */
void guests_add(struct room *r, struct str bare);
void guests_drop(struct room *r, struct str bare);

/* Whether it is in the room, or has enabled pushes at it. */
bool guests_is_there(const struct room *r, struct str bare);

/* Whether it may hear what is said without being a member, who hears as such: no longer when it was
 * banned, or the room has become one for members only. */
bool guests_is_guest(const struct room *r, struct str bare);

/* Those who hear of each message: all who have enabled pushes, and, if the room is not large, all
 * who are in it. A count stays the room's, till somebody comes or goes. */
struct member_list *guests_of(struct room *r);

/* Somebody has come, or gone, or become something else. */
void guests_forget(struct room *r);
