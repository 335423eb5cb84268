/* SPDX-License-Identifier: Apache-2.0 */
/* Who may enter a room, under which name, and how rooms begin and end (XEP-0045 7.2, 10.1). */
#pragma once

#include "server/room/room.h"

/* Whether who d's stanza is from may enter with this nick; x is what he has sent with his presence.
 * has_token: he has an invitation in the place of membership and password (tokens.h). False:
 * *ret_why. */
must_check bool permit_enter(struct dispatch *d, struct room *r, const struct xml *x,
			     struct str nick, bool has_token, enum condition *ret_why);

/* Whether the nick is free for who. */
must_check bool permit_nick(const struct room *r, struct jid who, struct str nick,
			    enum condition *ret_why);

/* Whether one more may have an affiliation (limits.room_members). */
must_check bool permit_member(const struct dispatch *d, const struct room *r,
			      enum condition *ret_why);

/* Whether somebody with this affiliation (there: o; NULL: not there) may see the list of those with
 * affiliation a: those who rule; the lists of members also who sees everybody's address anyhow, or
 * belongs to a room of members (9.5, muc#roomconfig_getmemberlist). */
bool permit_list(const struct room *r, enum room_affiliation own, const struct occupant *o,
		 enum room_affiliation a);

/* The role that an occupant begins with, or has kept. */
enum room_role permit_role(const struct room *r, const struct occupant *o);

/* The room begins: who d's stanza is from owns it. */
void permit_create(struct dispatch *d, struct room *r);

/* The last one has left: a room that is not to stay goes, and so does one that was never set up. */
void permit_end_if_empty(struct dispatch *d, struct room *r);
