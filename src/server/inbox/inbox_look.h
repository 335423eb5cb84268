/* SPDX-License-Identifier: Apache-2.0 */
/* What the conversations of an account are at one point of its order: read from the store, nothing
 * is remembered. On the entity's loop. */
#pragma once

#include "server/inbox/inbox.h"
#include "xml/tree.h"

/* One conversation. In the arena of the dispatch, but for row. */
struct inbox_talk {
	struct str jid;             /* bare */
	const struct talk_row *row; /* NULL: nothing was said yet: a room */
	bool is_room;               /* of ours, that he is a member of */
	bool is_gone;               /* he was one: there is nothing more to say of it */
	struct membership member;   /* of a room */
	struct inbox_mark mark;
	unsigned mentions;
	const struct xml *extensions; /* what its bookmark (XEP-0402) or its item of
				       * NS_PARLEY_CHATS says; NULL: none */
	struct str name;              /* of its bookmark; empty: none */
	int64_t seq;                  /* when it changed last: its newest message */
	int64_t tag;                  /* tells those of the same microsecond apart */
};

struct inbox_view {
	/* asked for: */
	bool is_all;
	const struct str *only; /* without is_all: these; in the arena */
	unsigned only_count;
	/* found: */
	enum err err;
	struct inbox_talk *talks; /* newest first */
	size_t count;
	uint64_t unread;       /* messages in all of them */
	uint64_t unread_talks; /* those that have some */
};

/* Looks behind all that was handled before (settle_in_turn), then fn(d), with v filled; rows live
 * until fn returns. v is in the arena of d. d->wait_arg is v's. WAIT. */
enum verdict inbox_look(struct dispatch *d, struct inbox_view *v, void (*fn)(struct dispatch *d));
