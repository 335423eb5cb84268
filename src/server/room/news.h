/* SPDX-License-Identifier: Apache-2.0 */
/* What a room keeps at the accounts of its members, in the room's own commits, and tells them of:
 * that they belong to it, and where they are mentioned (rows: model/inbox.h; telling:
 * route/member_news.h). On the room's loop. */
#pragma once

#include "server/room/room.h"
#include "server/route/member_news.h"

/* jid's affiliation is what it is now, in memory: an account of ours gets its row and is told. */
void news_of_standing(struct dispatch *d, struct room *r, struct str jid);

/* The room ends, its members are still known. */
void news_of_end(struct dispatch *d, struct room *r);

/* A message that is being archived. */
struct news_message {
	const struct xml *el; /* as occupants get it */
	struct str sender;    /* his bare JID */
	int64_t seq;
	unsigned flags;
};

/* What members hear of it, and guests (guests.h). Rows for members who are mentioned are written.
 * NULL: there is nobody to be told. */
struct news;
struct news *news_of_message(struct dispatch *d, struct room *r, const struct news_message *said);

/* Tells them, when that is durable; takes n. NULL is fine. */
void news_tell(struct entity *e, struct news *n);
void news_free(struct news *n);
