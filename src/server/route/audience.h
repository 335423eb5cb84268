/* SPDX-License-Identifier: Apache-2.0 */
/* Who hears what a room says: full addresses, sorted by the home that they live on, so that one
 * stanza is serialised once and costs one letter for each home (route/share.h).
 *
 * An audience grows and shrinks while what was said to it is still under way: a member is there
 * from one moment to another, and a stanza is for those who were there at its own (struct
 * audience_view). Members never move; who has left is left where it was, until the owner makes a
 * new audience. Only the loop of the owner adds and removes; counted; any thread reads what was
 * there when it was given to it. */
#pragma once

#include "base/arena.h"
#include "xmpp/jid.h"

struct home;

enum { AUDIENCE_BYTES_MAX = 1024 * 1024 * 1024 /* of all addresses */ };

struct audience_member {
	struct jid jid;
	struct str to;         /* " to='…'", escaped */
	uint64_t tag;          /* of whom it is one; 0: not said */
	bool sees;             /* real addresses (of rooms) */
	uint64_t since, until; /* moments; until 0: it is there; atomic */
};

struct audience_chunk {
	struct audience_chunk *next; /* set before anything behind it is given away */
	size_t cap;
	struct audience_member members[];
};

struct audience_part {
	struct audience_chunk *first, *last;
	size_t count, used; /* members of all chunks; of the last one */
};

struct audience {
	unsigned refs; /* atomic */
	struct arena arena;
	const struct home *home; /* any: for the places */
	unsigned homes;
	uint64_t moment;                /* of the last change */
	size_t seeing, others, gone;    /* members that see, that do not, that have left */
	struct audience_part elsewhere; /* at services and on other servers */
	struct audience_part parts[];   /* by home */
};

enum audience_sight { AUDIENCE_ALL, AUDIENCE_SEEING, AUDIENCE_OTHERS };

/* For whom of them a stanza is. */
struct audience_view {
	uint64_t moment;
	enum audience_sight sight;
	uint64_t skip; /* members with this tag do not get it; 0: nobody is left out */
};

/* An empty one; the caller's count. */
struct audience *audience_new(const struct home *h) __attribute__((returns_nonnull));
struct audience *audience_ref(struct audience *a);

/* One count less; NULL is fine. Gives NULL. */
struct audience *audience_unref(struct audience *a);

/* From now on to (copied) hears. What it gives stays where it is as long as a. */
struct audience_member *audience_enter(struct audience *a, struct jid to, uint64_t tag, bool sees);
void audience_add(struct audience *a, struct jid to);

/* From now on it does not. */
void audience_remove(struct audience *a, struct audience_member *m);

/* Whether so many have left that a new audience is due. */
bool audience_is_stale(const struct audience *a);

/* Everybody who is there now. */
static inline struct audience_view audience_now(const struct audience *a)
{
	return (struct audience_view){ .moment = a->moment };
}

bool audience_hears(const struct audience_member *m, const struct audience_view *view);
