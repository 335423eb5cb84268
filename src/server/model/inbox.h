/* SPDX-License-Identifier: Apache-2.0 */
/* What an account keeps of its conversations (XEP-0430), as rows: how far each is read, what was
 * said about that and is still to be looked up, the rooms it is a member of, and where it was
 * mentioned. Rules without XML, sockets or store. Any thread.
 *
 * Clients name messages by ids. Whether there is such a message only the archive knows, so what
 * they say is written down first, in the commit that is acknowledged, and looked up later, in
 * order. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum {
	INBOX_LOG_MAX = 32,  /* sayings that wait; with more they are looked up at once */
	INBOX_ID_MAX = 1024, /* bytes of an id that is remembered; a longer one is not known */
	INBOX_JID_MAX = 3071,
};

/* ---- how far a conversation is read: key: its bare JID ---- */

#define INBOX_SPACE STR("inbox")

struct inbox_mark {
	int64_t seq;    /* newest message that was read; 0: none */
	bool is_unread; /* marked as unread by hand */
};

struct str inbox_mark_encode(const struct inbox_mark *m, struct arena *a);

/* ERR_INVALID for what no version of this program wrote. */
must_check enum err inbox_mark_decode(struct str value, struct inbox_mark *ret_m);

/* A message was displayed whose place is seq: true if that changes m. A place behind the mark is
 * old news; one at it takes away that it is marked as unread. */
bool inbox_mark_read(struct inbox_mark *m, int64_t seq);

/* ---- what was said: key: inbox_log_key, rising ---- */

#define INBOX_LOG_SPACE STR("inbox-log")

enum inbox_saying {
	SAYING_ARCHIVE_ID = 'a', /* displayed up to the message with this id of the archive */
	SAYING_MESSAGE_ID = 'm', /* the same with an id that its sender gave (XEP-0333) */
	SAYING_UNREAD = 'u',     /* marked as unread */
	SAYING_READ = 'r',       /* the mark taken away again */
	SAYING_RETRACTED = 'x',  /* the other side took this message of its own back (XEP-0424) */
	SAYING_WITHDRAWN = 'o',  /* the account did so itself */
};

struct inbox_log {
	enum inbox_saying saying;
	struct str id;           /* empty where none is needed */
	struct str conversation; /* bare JID */
};

struct str inbox_log_key(uint64_t number, struct arena *a);

/* 0: no key of ours. */
uint64_t inbox_log_number(struct str key);
struct str inbox_log_encode(const struct inbox_log *l, struct arena *a);

/* Views. ERR_INVALID as above. */
must_check enum err inbox_log_decode(struct str value, struct inbox_log *ret_l);

/* ---- rooms of ours that the account belongs to: key: the room. Written by the room, in the commit
 * of its own list, so that they are always the same (server/room/news.h) ---- */

#define MEMBERSHIP_SPACE STR("membership") /* value: member, admin, owner */
#define MEMBER_SINCE_SPACE                                                                         \
	STR("member-since") /* value: newest place in the room's archive then                      \
			     */

struct membership {
	struct str affiliation;
	int64_t since;
};

/* ---- where it was mentioned in them: a row without value for each message ---- */

#define MENTION_SPACE STR("mention")

struct str mention_key(struct str room, int64_t seq, struct arena *a);

/* A view of key. ERR_INVALID as above. */
must_check enum err mention_key_read(struct str key, struct str *ret_room, int64_t *ret_seq);
