/* SPDX-License-Identifier: Apache-2.0 */
/* A stream that we open to another server, for one pair of domains: connection, TLS, login by
 * EXTERNAL (XEP-0178) or dialback (XEP-0220), stanzas. At the home of the other domain. */
#pragma once

#include "server/s2s/s2s.h"
#include "server/s2s/s2s_verify.h"

struct s2s_out;

/* What the owner hears, never from inside a call of its own to the stream. */
struct s2s_out_events {
	/* Questions may be asked on it now. */
	void (*on_ready)(void *owner);
	/* Stanzas may be sent on it now. */
	void (*on_open)(void *owner);
	/* All that was sent has left. */
	void (*on_drained)(void *owner);
	/* An answer to a question. False: nobody has asked that on this stream. */
	bool (*on_answer)(void *owner, const struct dialback *d);
	/* It has ended, and is not the owner's any more; reason: for the log, may be empty. */
	void (*on_over)(void *owner, enum s2s_trouble trouble, struct str reason);
};

/* What it is for. */
struct s2s_out_want {
	struct str ours, theirs; /* domains; live as long as the stream */
	bool authenticates;      /* stanzas wait; else it is for questions of dialback only, until
				    s2s_out_authenticate */
};

/* Begins to connect; stays with the owner until on_over or s2s_out_drop. */
struct s2s_out *s2s_out_new(struct s2s *s, const struct s2s_out_want *want,
			    const struct s2s_out_events *events, void *owner)
	__attribute__((returns_nonnull));

/* Logs in, now or when that is possible; harmless if it has. */
void s2s_out_authenticate(struct s2s_out *o);

/* Whether questions may be asked: on_ready was called. */
bool s2s_out_is_ready(const struct s2s_out *o);

/* Asks a question. The answer: on_answer. */
void s2s_out_ask(struct s2s_out *o, const struct s2s_verify *v);

/* Sends a stanza, after on_open. */
void s2s_out_send(struct s2s_out *o, struct bytes *stanza);

/* Bytes that have not left. */
size_t s2s_out_unsent(const struct s2s_out *o);

/* Ends the stream with this error. on_over follows. */
void s2s_out_end(struct s2s_out *o, enum stream_condition why);

/* Ends it; nothing follows. *o is NULL then. */
void s2s_out_drop(struct s2s_out **o);
