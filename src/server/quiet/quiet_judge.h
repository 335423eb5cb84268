/* SPDX-License-Identifier: Apache-2.0 */
/* Who is a stranger to an account (docs/quiet.md). On the entity's loop. */
#pragma once

#include "server/model/quiet.h"
#include "server/route/dispatch.h"

/* Whether the account has a quiet box: its own switch, or quiet.default; or, for strangers of other
 * domains alone, quiet.others. */
bool quiet_is_on(const struct entity *e);

/* A hook (WAY_IN, messages and presence, behind blocking): sets d->is_quiet for what a stranger
 * sends and people would notice. Looks up what is not in memory. PASS or WAIT. */
enum verdict quiet_judge(struct dispatch *d);

/* Who speaks in the stanza of d (bare): its sender, or who invites into one of our rooms. False: it
 * is of a kind that nobody notices, or that no stranger sends. */
bool quiet_who(const struct dispatch *d, struct jid *ret_who);

/* The account has written to bare, or accepted him: no stranger from now on, for as long as that is
 * remembered in memory. */
void quiet_trust(const struct entity *e, struct str bare);
