/* SPDX-License-Identifier: Apache-2.0 */
/* A stream that we open to another server: its parts, and its end in all ways. Beneath s2s_out.c
 * (connection, stream) and s2s_out_login.c. At the home of the other domain. */
#pragma once

#include "resolve/dial.h"
#include "server/s2s/s2s.h"
#include "server/s2s/s2s_verify.h"
#include "stream/stream.h"

struct s2s_back;

/* What the owner hears, never from inside a call of its own to the stream. */
struct s2s_out_events {
	/* Questions may be asked on it now. */
	void (*on_ready)(void *owner);
	/* Stanzas may be sent on it now. It goes on with the one before (on_resumed was called), or
	 * begins anew: what was sent before was not sent on it. */
	void (*on_open)(void *owner, bool is_resumed);
	/* All that was sent has left. */
	void (*on_drained)(void *owner);
	/* An answer to a question. False: nobody has asked that on this stream. */
	bool (*on_answer)(void *owner, const struct dialback *d);
	/* XEP-0198, on a stream that s2s_out_keeps. Its id, if it can be resumed: */
	void (*on_named)(void *owner, struct str id);
	/* They have handled h stanzas of this stream; of the one before, which does not go on; and
	 * of the one before, which goes on. False: so many were not sent. */
	bool (*on_ack)(void *owner, uint32_t h);
	bool (*on_resumed)(void *owner, uint32_t h);
	/* They do not count after all. */
	void (*on_uncounted)(void *owner);
	/* It has ended, and is not the owner's any more; reason: for the log, may be empty. */
	void (*on_over)(void *owner, enum s2s_trouble trouble, struct str reason);
};

/* What it is for. */
struct s2s_out_want {
	struct str ours, theirs; /* domains; live as long as the stream */
	bool authenticates;      /* stanzas wait; else it is for questions of dialback only, until
				    s2s_out_login_begin */
	bool avoids_external;    /* they have not liked our certificate */
	struct str resume;       /* id of the stream before, with which it shall go on, or empty;
				    lives until on_open */
};

enum s2s_out_state {
	S2S_OUT_DIALLING, /* the connection */
	S2S_OUT_TLS,      /* TLS on it */
	S2S_OUT_HEADER,   /* we have opened the stream and wait for theirs */
	S2S_OUT_FEATURES,
	S2S_OUT_PROCEED, /* <starttls/> is sent */
	S2S_OUT_READY,   /* questions may be asked; nobody has logged in */
	S2S_OUT_SASL,    /* EXTERNAL: the same */
	S2S_OUT_KEY,     /* the key is sent: their verdict is awaited */
	S2S_OUT_RESUME,  /* logged in; <resume/> is sent */
	S2S_OUT_OPEN,
	S2S_OUT_ENDING, /* closed by us; r has heard of it */
	S2S_OUT_DEAD,   /* freed at the end of the turn */
};

struct s2s_out {
	struct s2s *s2s;
	void *owner; /* NULL: it has been told of the end */
	const struct s2s_out_events *events;
	struct str ours, theirs; /* the owner's */
	struct dial *dial;       /* until the stream is open */
	struct dial_result way;  /* what it points to is the dial's */
	struct transport *transport;
	struct stream stream;
	enum s2s_out_state state;
	struct timer deadline, beat;
	struct task starter, reaper;
	struct str id; /* owned: of the stream as they have opened it */
	bool authenticates, avoids_external;
	bool has_external;     /* they offer it */
	bool has_sm;           /* XEP-0198 is on */
	bool is_enabled;       /* they have said so */
	bool offers_bidi;      /* XEP-0288 */
	bool has_bidi;         /* it was asked for: they may send, too */
	struct s2s_back *back; /* what they send (s2s_back.h), on an open stream; or NULL */
	void (*end_back)(struct s2s_back *b);
	struct str resume;        /* as wanted; the owner's */
	bool asks_ack;            /* one was asked for, and has not come */
	bool beat_asks_ack;       /* the same at the last beat */
	bool is_shown;            /* their certificate has shown who they are */
	bool is_logged_in;        /* by EXTERNAL: the stream begins anew */
	enum s2s_trouble trouble; /* of the server before, where there is another one */
	usec_t tls_at;            /* when TLS began */
	usec_t used_at;           /* when the last stanza was sent */
	uint64_t drains, beat_drains;
	char reason[DIAL_REASON_MAX];
};

/* These give what a stream event gives then: false, the input is not used any more. In order: */
bool s2s_out_life_close(struct s2s_out *o, enum s2s_trouble t, struct str reason);

/* with an error of the stream: */
bool s2s_out_life_fail(struct s2s_out *o, enum stream_condition why, enum s2s_trouble t,
		       struct str reason);

/* The connection has gone. */
void s2s_out_life_break(struct s2s_out *o, enum s2s_trouble t, struct str reason);

/* This server of the domain was no good, but there may be another one. False, as above. */
bool s2s_out_life_next(struct s2s_out *o, enum s2s_trouble t, struct str reason);

/* The connection, TLS and login must be done in this time. */
void s2s_out_life_limit(struct s2s_out *o);

/* Nobody has logged in, but somebody may, soon. */
void s2s_out_life_idle(struct s2s_out *o);

/* Stanzas may be sent. */
void s2s_out_life_settle(struct s2s_out *o);

/* Asks what they have handled (XEP-0198), if they count and were not asked already. */
void s2s_out_ask_ack(struct s2s_out *o);

/* For the owner: ends the stream with this error; on_over follows. */
void s2s_out_life_end(struct s2s_out *o, enum stream_condition why);

/* For the owner: ends it; nothing follows. *o is NULL then. */
void s2s_out_life_drop(struct s2s_out **o);

/* One that has not begun. */
struct s2s_out *s2s_out_life_new(struct s2s *s, const struct s2s_out_want *want)
	__attribute__((returns_nonnull));
