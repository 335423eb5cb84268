/* SPDX-License-Identifier: Apache-2.0 */
/* The quiet box (docs/quiet.md): what strangers send is kept in it, and leaves it by the user's
 * word. The requests themselves are the roster's. On the entity's loop. */
#pragma once

#include "server/model/quiet.h"
#include "server/route/dispatch.h"

/* Rows of QUIET_SPACE, when an account was loaded. */
void quiet_load(struct entity *e, const struct keyval_row *rows);

/* ---- in ---- */

/* Keeps the message of d, of who, in d's txn: within limits.quiet_senders, limits.quiet_messages
 * and limits.quiet_bytes; past them it is counted at most. */
void quiet_keep_message(struct dispatch *d, struct jid who);

/* Notes that who (bare) asks to see the user's presence. False: there is no room, the request is to
 * be forgotten (his server asks again, RFC 6121 3.1.2). */
bool quiet_keep_request(struct dispatch *d, struct str who);

/* He has taken it back, or it was answered. Nothing if he has none there. */
void quiet_drop_request(struct dispatch *d, struct str who);

/* Whether he waits there with a request: nobody is told of it. */
bool quiet_hides_request(const struct entity *e, struct str who);

/* ---- out; item: one that waits (QUIET_WAITING) ---- */

enum quiet_consent {
	CONSENT_ALL,       /* he sees the user's presence, if he has asked for it */
	CONSENT_MESSAGES,  /* only his messages; the request, if there is one, is shown to the
			      user's clients as if it came now */
	CONSENT_ELSEWHERE, /* the request is being answered otherwise */
};

/* His messages are delivered, oldest first, when d is durable, and he is no stranger any more. */
void quiet_accept(struct dispatch *d, struct quiet_item *item, enum quiet_consent consent);

/* What he has sent is gone; his request is denied (RFC 6121 3.1.6), which he hears unless he is
 * blocked. */
void quiet_refuse(struct dispatch *d, struct quiet_item *item);

/* The same, and he is blocked (XEP-0191), so that he hears nothing; report (XEP-0377) may be NULL.
 * He must have room there: quiet_may_block. */
void quiet_block(struct dispatch *d, struct quiet_item *item, const struct xml *report);
bool quiet_may_block(const struct dispatch *d, const struct quiet_item *item);

/* What he has sent is gone; the request is left to the roster. */
void quiet_forget(struct dispatch *d, struct quiet_item *item);

/* The user's own switch. Off: everything comes as CONSENT_MESSAGES has it, but nobody is accepted
 * for good. */
void quiet_switch(struct dispatch *d, bool is_on);
void quiet_release_all(struct dispatch *d);

/* How many wait. */
unsigned quiet_waiting(const struct entity *e);
