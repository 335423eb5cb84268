/* SPDX-License-Identifier: Apache-2.0 */
/* The book of all invitations of the server: kept in memory and in the store, on the loop of the
 * accounts, so that making an account and using up its invitation are one commit. */
#pragma once

#include "server/model/invite.h"
#include "server/store/txn.h"

struct invites;
struct store;

enum {
	INVITES_MAX = 10000, /* of the server, those that are over and still told included */
};
#define INVITES_KEEP (7 * USEC_PER_DAY) /* how long one that is over is remembered as such */

/* loop: where everything is done, that of the accounts; domain: owner of the rows; borrowed. Before
 * the loop runs, or on it. */
struct invites *invites_new(struct loop *loop, struct store *store, struct str domain)
	__attribute__((returns_nonnull));

/* When loops do not run any more. */
void invites_free(struct invites **invites);

/* Whether there may be an invitation to an account. Any thread. */
bool invites_may_register(const struct invites *invites);

/* ---- from any loop; fn comes on the loop that asked, once, never from inside the call ---- */

/* token: of a new invitation. invite and its strings are valid during the call. */
typedef void invites_made_fn(void *arg, enum err err, struct str token,
			     const struct invite *invite);
typedef void invites_fn(void *arg, enum err err, const struct invite *invite);
typedef void invites_list_fn(void *arg, enum err err, const struct invite *list, size_t count);

/* Makes one like wish (key, wall_made and left are filled in here; strings are copied). max: how
 * many live ones its maker may have, 0: any. ERR_EXISTS: the name is that of an account, or
 * promised already. ERR_BUSY: max or INVITES_MAX; ERR_IO, ERR_NO_SPACE. */
void invites_make(struct invites *invites, const struct invite *wish, unsigned max,
		  invites_made_fn *fn, void *arg);

/* Looks one up by its token. ERR_NOT_FOUND: there is none, or its maker's account is gone. OK also
 * for one that is over: invite_state. */
void invites_look_up(struct invites *invites, struct str token, invites_fn *fn, void *arg);

/* Uses one up for becoming a contact of contact (XEP-0379). ERR_NOT_FOUND also when it is over or
 * for somebody else. */
void invites_use_for_contact(struct invites *invites, struct str token, struct str contact,
			     invites_fn *fn, void *arg);

/* All (by unset) or those that an account has made, the newest first. */
void invites_list(struct invites *invites, struct str by, invites_list_fn *fn, void *arg);

/* Takes back the one whose key begins with id (by unset: whoever made it). ERR_NOT_FOUND,
 * ERR_INVALID: more than one begins so. */
void invites_revoke(struct invites *invites, struct str id, struct str by, invites_fn *fn,
		    void *arg);

/* ---- for the accounts, on their loop ---- */

/* Calls fn(arg) when the book has been read: now or later. */
void invites_when_ready(struct invites *invites, void (*fn)(void *arg), void *arg);

/* Before owner is made with the invitation of this key (unset: without one): adds to t what uses it
 * up. ERR_EXISTS: the name is promised to somebody else; ERR_DENIED: the invitation cannot be used
 * (any more). It may be past its end: that was looked at before (XEP-0445 4). */
must_check enum err invites_begin_use(struct invites *invites, struct str key, struct str owner,
				      struct txn *t);

/* t has failed: it can be used again. */
void invites_undo_use(struct invites *invites, struct str key);
