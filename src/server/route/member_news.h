/* SPDX-License-Identifier: Apache-2.0 */
/* What a room of ours tells the accounts of its members on this server, who may be away (DECISIONS:
 * affiliation is membership): one letter for each home, behind the room's commit. There each
 * feature with on_member_news hears of it once for each member: the inbox shows it, a push wakes a
 * device. Both structs never change once they are sent, and are counted; any thread. */
#pragma once

#include "base/arena.h"
#include "server/route/home.h"
#include "xmpp/jid.h"

enum { MEMBERS_BYTES_MAX = 256 * 1024 * 1024 /* of all addresses in one list */ };

/* Accounts, by the home that they live on. */
struct member_list {
	unsigned refs; /* atomic */
	struct arena arena;
	unsigned homes;
	size_t count;
	struct member_part {
		struct str *members; /* bare JIDs */
		size_t count, cap;
	} parts[];
};

enum member_event {
	MEMBER_MESSAGE,   /* something was archived in the room */
	MEMBER_OVERHEARD, /* the same, for accounts that are no members: pushes only */
	MEMBER_STANDING,  /* they belong to the room now, or no longer, or as something else */
};

struct member_news {
	unsigned refs;      /* atomic */
	struct arena arena; /* of all strings */
	enum member_event event;
	struct str room;     /* bare JID */
	struct str sender;   /* his real bare JID: never to be shown */
	struct str occupant; /* room@service/nick of the sender; the room itself where it speaks */
	struct str id;       /* of the message, as its sender gave it; may be empty */
	struct str body;     /* its first one; may be empty */
	int64_t seq;         /* its place in the room's archive */
	unsigned flags;  /* ARCHIVE_TEXT, ARCHIVE_COUNTED: whether people read it, and it is new */
	bool is_private; /* only members come into the room */
	struct str *mentioned; /* bare JIDs, rising */
	size_t mentioned_count;
};

/* The caller's count. */
struct member_list *member_list_new(const struct home *h) __attribute__((returns_nonnull));
struct member_list *member_list_ref(struct member_list *l);

/* One count less; NULL is fine. Gives NULL. */
struct member_list *member_list_unref(struct member_list *l);

/* Adds an account of ours. bare: its JID; copied. Only before it is sent. */
void member_list_add(struct member_list *l, const struct home *h, struct str bare);

/* Empty, but for event; the caller's count. */
struct member_news *member_news_new(enum member_event event) __attribute__((returns_nonnull));
struct member_news *member_news_ref(struct member_news *n);
struct member_news *member_news_unref(struct member_news *n);

/* Whether the message speaks to this account by name. */
bool member_news_mentions(const struct member_news *n, struct str bare);

/* Tells all on l; from the room's loop, when what it tells of is durable. */
void member_news_send(struct home *h, struct member_list *l, struct member_news *n);
