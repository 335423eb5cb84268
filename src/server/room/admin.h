/* SPDX-License-Identifier: Apache-2.0 */
/* Roles and affiliations (XEP-0045 8, 9 and 10): http://jabber.org/protocol/muc#admin. On the
 * room's loop. */
#pragma once

#include "server/room/room.h"

/* Brings roles in line with what the room is now, after a change of its settings or of somebody's
 * affiliation: who may not be there any more is taken out with the status (0: none). */
void admin_review(struct dispatch *d, struct room *r, struct str bare, int status, struct str actor,
		  struct str reason);

/* Everybody with an affiliation, as a form of settings lists them (15.5.3). */
struct admin_list {
	bool is_set;      /* the form has it */
	struct str *jids; /* bare, in the arena */
	size_t count;
};

/* Reads one from a field; false: *ret_why. */
must_check bool admin_list_read(struct dispatch *d, const struct xml *form, struct str var,
				struct admin_list *ret_list, enum condition *ret_why);

/* Makes it true: who stands in it gets the affiliation (an owner stays one), who has it and does
 * not stand there loses it, but for who d is from. */
void admin_list_apply(struct dispatch *d, struct room *r, enum room_affiliation a,
		      const struct admin_list *list);

extern const struct feature room_admin_feature;
