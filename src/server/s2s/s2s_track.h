/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted of a stream of another server (XEP-0198 4): a stanza is handled when all that it
 * has led to is durable. What was counted outlives the stream, so that it can be resumed (5), on
 * any loop. On the loop of the stream. */
#pragma once

#include "server/route/receipt.h"
#include "server/s2s/s2s.h"

enum {
	S2S_TOKEN_LEN = 26,         /* characters of the id: 130 random bits */
	S2S_TRACKS_MAX = 1000,      /* of streams that have gone, of one loop: the oldest go */
	S2S_TRACKS_DOMAIN_MAX = 16, /* the same of one domain, which so does not push out others */
	S2S_BATCH_STANZAS = 64,     /* that are waited for together */
};

/* What the stream hears, never from inside a call of its own. */
struct s2s_track_events {
	/* All that was counted before s2s_track_ask is handled. */
	void (*on_settled)(void *stream);
	/* Another stream goes on with what was counted, which this one has lost: it ends. */
	void (*on_taken)(void *stream);
};

struct s2s_batch;

struct s2s_track {
	struct list link; /* in s->tracks; of those that have gone the oldest is the first */
	struct s2s *s2s;
	const struct s2s_track_events *events;
	void *stream; /* NULL: it has gone */
	usec_t ended_at;
	bool can_resume;
	uint32_t handled;       /* h: modulo 2^32 */
	struct list batches;    /* that are under way, oldest first */
	struct s2s_batch *open; /* the last of them, if more may be added to it; or NULL */
	void (*taken)(void *claim, uint32_t handled);
	void *claim;             /* NULL: nobody goes on with it */
	struct str ours, theirs; /* whom it was shown to, and who; views into text */
	char token[S2S_TOKEN_LEN + 1];
	char text[];
};

/* Begins at zero. */
struct s2s_track *s2s_track_new(struct s2s *s, struct str ours, struct str theirs,
				const struct s2s_track_events *events, void *stream)
	__attribute__((returns_nonnull));

/* A new one goes on with what was counted under this id. */
void s2s_track_go_on(struct s2s_track *t, struct str token, uint32_t handled);

/* One stanza more has come. Gives what is waited for: a borrowed receipt. */
struct receipt *s2s_track_count(struct s2s_track *t);

/* Whether all that was counted is handled now; if not, on_settled will say it. */
bool s2s_track_ask(struct s2s_track *t);

/* The stream has gone: t stays for a while if it may be resumed. */
void s2s_track_leave(struct s2s_track **t);

/* It was closed in order: nobody resumes it. */
void s2s_track_drop(struct s2s_track **t);

/* The one with this id on this loop, that is not taken already; or NULL. */
struct s2s_track *s2s_track_find(struct s2s *s, struct str token);

/* Whether it may still be resumed: the stream is there, or has not gone long ago. */
bool s2s_track_is_fresh(const struct s2s_track *t);

/* Takes t from its stream, and out of the list. When all is handled, taken is called and t is free;
 * at once, perhaps. */
void s2s_track_take(struct s2s_track *t, void (*taken)(void *claim, uint32_t handled), void *claim);

/* Frees all those whose streams have gone. */
void s2s_track_stop(struct s2s *s);
