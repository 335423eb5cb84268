/* SPDX-License-Identifier: Apache-2.0 */
/* What a room keeps at the accounts of its members, in the room's own commits, and tells them of:
 * that they belong to it, and where they are mentioned (rows: model/inbox.h; telling:
 * route/member_news.h). On the room's loop. */
#pragma once

#include "server/room/room.h"
#include "server/route/member_news.h"

enum { NEWS_MENTIONED_MAX = 100 /* members that one message mentions: no more are told so */ };

/* jid's affiliation is what it is now, in memory: an account of ours gets its row and is told. */
void news_of_standing(struct dispatch *d, struct room *r, struct str jid);

/* The room ends, its members are still known. */
void news_of_end(struct dispatch *d, struct room *r);

/* A message el, as occupants get it, is being archived at seq, with these flags; sender: his bare
 * JID. Rows for those who are mentioned are written. NULL: there is nobody to be told. */
struct member_news *news_of_message(struct dispatch *d, struct room *r, const struct xml *el,
				    struct str sender, int64_t seq, unsigned flags);

/* Tells the members, when that is durable; takes the count. NULL is fine. */
void news_tell(struct entity *e, struct member_news *n);
