/* SPDX-License-Identifier: Apache-2.0 */
/* Another server, as one of our domains sees it: the queue of what is for it, the stream to it, and
 * when to try again. At the home of its domain. */
#pragma once

#include "server/route/remote.h"
#include "server/s2s/s2s_out.h"
#include "server/s2s/s2s_queue.h"
#include "server/s2s/s2s_resume.h"
#include "server/s2s/s2s_verify.h"

enum s2s_remote_state {
	S2S_IDLE,    /* nothing is under way */
	S2S_OPENING, /* there is a stream, on which nothing may be sent yet */
	S2S_OPEN,    /* there is one, and stanzas flow */
	S2S_WAITING, /* the last try failed: not before retry_at */
};

/* Somebody who wants to know whether it can be reached. */
struct s2s_probe {
	struct list link;
	/* What came of it, once; S2S_NO_TROUBLE: it can be. */
	void (*fn)(struct s2s_probe *p, enum s2s_trouble trouble, struct str reason);
};

struct s2s_remote {
	struct s2s *s2s;
	struct str key, ours, theirs; /* "ours theirs"; its parts */
	enum s2s_remote_state state;
	struct s2s_out *out; /* its stream; NULL: none */
	struct s2s_queue queue;
	struct s2s_resume resume;
	struct list verifies; /* questions of dialback for it, by wait */
	size_t verify_count;
	struct list probes;
	struct timer timer;
	usec_t tried_at, retry_at;
	usec_t wall_open;         /* since when it is open */
	unsigned failures;        /* one after the other */
	enum s2s_trouble trouble; /* the last */
	bool has_been_open;       /* it works as a rule: what waits may wait a while */
	struct task pump;
	char text[];
};

enum {
	S2S_VERIFIES_MAX = 64,       /* questions that wait for one server */
	S2S_PUMP_BYTES = 256 * 1024, /* unsent on the stream before more is handed to it */
};

/* Before the first. */
void s2s_remote_init(struct s2s *s);

/* Home: tries to reach the server of a domain that lives here, from our users' domain. */
void s2s_remote_probe(struct s2s *s, struct str domain, struct s2s_probe *p);

/* Others may be allowed now: streams to those that are not end, and what waits comes back. */
void s2s_remote_review(struct s2s *s);

/* Streams that are not logged in begin anew: nothing of s->resolver is in use then. */
void s2s_remote_dial_again(struct s2s *s);

/* Ends all. */
void s2s_remote_stop(struct s2s *s);
