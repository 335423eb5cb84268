/* SPDX-License-Identifier: Apache-2.0 */
/* A stream that another server has opened: its parts, and its end in all ways. Beneath s2s_in.c
 * (stanzas) and s2s_in_login.c. On its loop. */
#pragma once

#include "server/s2s/s2s.h"
#include "server/s2s/s2s_gate.h"
#include "server/s2s/s2s_pairs.h"
#include "server/s2s/s2s_rates.h"
#include "stream/stream.h"

enum { S2S_STREAM_ID_LEN = 24 };

enum s2s_in_state {
	S2S_IN_TLS,    /* the handshake */
	S2S_IN_HEADER, /* the stream is not open */
	S2S_IN_OPEN,   /* it is: pairs says for whom */
	S2S_IN_ENDING, /* closed by us, waits for the transport to end */
	S2S_IN_DEAD,   /* freed at the end of the turn */
};

struct s2s_in {
	struct list link;
	struct s2s *s2s;
	struct transport *transport;
	struct stream stream;
	struct xml_limits limits; /* once somebody has logged in */
	struct s2s_gate gate;
	enum s2s_in_state state;
	struct addr client;
	struct str ours, theirs; /* owned: what the stream was opened for; theirs may be empty */
	bool may_external;       /* EXTERNAL was offered */
	struct proof_ask *proof; /* the DNS is asked about their certificate; NULL: it is not */
	void (*on_proof)(struct s2s_in *c); /* goes on with c then */
	bool is_dane;                       /* the DNS names it */
	unsigned failures;                  /* of EXTERNAL */
	struct str identity;                /* owned: whom EXTERNAL has shown; empty: nobody */
	struct s2s_pairs pairs;
	struct list asked; /* of struct s2s_verify */
	unsigned asked_count;
	struct timer deadline, beat, rest;
	struct s2s_rate rate;        /* until somebody has logged in */
	struct s2s_account *account; /* of the domain that has logged in first; NULL: nobody */
	struct s2s_track *track;     /* XEP-0198 is on; NULL: it is not */
	struct s2s_claim *claim;     /* it waits for what another stream has counted */
	bool has_claimed;            /* it has tried that */
	bool owes_ack;               /* <r/> was not answered yet */
	bool is_resting;             /* it was too fast: nothing is read until rest is over */
	struct task reader, reaper;
	usec_t used_at, wall_open;
	uint64_t drains, beat_drains;
	char id[S2S_STREAM_ID_LEN + 1];
};

/* A stream over t, an accepted transport, in the list of s. The caller sets its events and begins
 * it.
 */
struct s2s_in *s2s_in_life_new(struct s2s *s, struct transport *t, const struct addr *client)
	__attribute__((returns_nonnull));

/* The transport has ended: everything goes, c itself at the end of the turn. */
void s2s_in_life_die(struct s2s_in *c);

/* These end it with an error, or in order, and give what a stream event gives then: false, the
 * input is not used any more. */
bool s2s_in_life_fail(struct s2s_in *c, enum stream_condition why, struct str text);
bool s2s_in_life_close(struct s2s_in *c);

/* The first domain has logged in: no deadline any more, but a beat, and its rate. */
void s2s_in_life_settle(struct s2s_in *c, struct str domain);

/* An element was read: what is faster than the limits has to wait. */
void s2s_in_life_count(struct s2s_in *c, size_t bytes);

/* Says what is handled (XEP-0198). */
void s2s_in_life_acknowledge(struct s2s_in *c);

/* Reads on, if nothing is waited for. */
void s2s_in_life_go_on(struct s2s_in *c);

/* Nothing is read until all that was read has arrived where it goes. */
void s2s_in_life_hold(struct s2s_in *c);
