/* SPDX-License-Identifier: Apache-2.0 */
/* Which messages mean something tomorrow (XEP-0313 5.1.1, XEP-0334). Any thread. */
#pragma once

#include "xmpp/stanza.h"

/* Whether a message of type chat or normal is kept, by what is in it and by its hints. What is only
 * not to be archived (no-permanent-store) is: for those who are away. */
bool lasting_is_kept(const struct stanza *s, struct arena *a);

/* The same of a room's archive and a message of type groupchat. */
bool lasting_is_kept_in_room(const struct stanza *s, struct arena *a);

/* What a message means for its conversation (XEP-0430): ARCHIVE_TEXT if there is something to read
 * in it, encrypted or not, and ARCHIVE_COUNTED if that is new, and no correction. Nothing for
 * reactions, markers, receipts, states, pins, what takes a message back, and errors. */
unsigned lasting_flags(const struct stanza *s, struct arena *a);

/* Whether s is such a message for a room of this server. */
struct home;
bool lasting_is_for_room(const struct home *h, const struct stanza *s, struct arena *a);
