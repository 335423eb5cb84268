/* SPDX-License-Identifier: Apache-2.0 */
/* How often others may do what they do: token buckets by name (a domain, an address, a pair) in a
 * table of fixed size, so that nobody can make it grow. When it is full, those who have used the
 * least are forgotten: a flood of names never counts against somebody else. The hash is keyed. Any
 * thread (a lock, held for nanoseconds). docs/moderation.md says what is counted. */
#pragma once

#include "base/clock.h"
#include "base/str.h"

#include <stdbool.h>

struct pace;

/* So many at once, and so many in every window; max 0: any number. */
struct pace_rate {
	unsigned max;
	usec_t window;
};

struct pace *pace_new(void) __attribute__((returns_nonnull));
void pace_free(struct pace **p);

/* Whether a (of b; both may be empty) may do what once more, and counts it if so. what: a word of
 * who calls, one for each rate ("s2s-stream"). */
bool pace_take(struct pace *p, struct str what, struct str a, struct str b, struct pace_rate rate);

/* ---- people of other domains ---- */

struct pace_stranger {
	struct str sender, domain; /* bare; the domain of it */
};

struct pace_limits {
	struct pace_rate requests, domain_requests; /* to be contacts (RFC 6121 3) */
	struct pace_rate people, domain_people;     /* whom they write to for the first time */
	struct pace_rate messages;                  /* of one of them to one account */
	struct pace_rate joins, domain_joins;       /* of rooms, by who has no affiliation there */
};

/* Each counts against the sender, then against his domain. */
bool pace_request(struct pace *p, const struct pace_limits *l, struct pace_stranger who);
bool pace_join(struct pace *p, const struct pace_limits *l, struct pace_stranger who);

/* A message of who to an account (bare). Whom that has written to (pace_wrote) is not counted. */
bool pace_message(struct pace *p, const struct pace_limits *l, struct pace_stranger who,
		  struct str account);

/* The account has written to who (bare): they talk with one another. */
void pace_wrote(struct pace *p, struct str account, struct str who);

/* For so long after what was said last two are not new to each other. */
#define PACE_TALK_USEC USEC_PER_DAY
