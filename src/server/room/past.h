/* SPDX-License-Identifier: Apache-2.0 */
/* What was said before: for those who enter (XEP-0045 7.2.13 to 7.2.15). On the room's loop. */
#pragma once

#include "server/room/room.h"

/* Sends the past that d's presence wishes (<history/>), and the subject, to a client that has just
 * entered, behind all that was said to it before. The last step of d. */
enum verdict past_send(struct dispatch *d, struct room *r, struct jid to);

/* The archived text as an occupant gets it: without the real address that stands in the archive
 * unless sees_jid, with the room's id for it. In the dispatch's arena; unset: it cannot be read. */
struct str past_text(struct dispatch *d, struct str archived, bool sees_jid);
