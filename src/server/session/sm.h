/* SPDX-License-Identifier: Apache-2.0 */
/* Stream management (XEP-0198 1.6.3), the counting: what was sent and not acknowledged, what was
 * received. Part of a session; no I/O. */
#pragma once

#include "base/bytes.h"
#include "base/clock.h"

enum { SM_TOKEN_LEN = 26 /* characters of the resumption id: 130 random bits */ };

struct sm_item {
	struct bytes *bytes;
	int64_t seq; /* see route/effect.h */
};

struct sm {
	bool is_enabled, can_resume;
	bool is_counting; /* <enabled/> is out: what is sent is kept */
	bool is_asked;    /* <r/> is out, its answer is not in */
	bool is_stored;   /* the store knows the session */
	char token[SM_TOKEN_LEN + 1];
	uint64_t store_id; /* from the token; says nothing about it */
	usec_t resume_usec;
	uint32_t h_in;         /* stanzas handled (mod 2^32) */
	uint32_t h_acked;      /* stanzas that the client has acknowledged */
	struct sm_item *items; /* ring of what is not acknowledged */
	size_t first, count, cap;
	size_t bytes; /* in the ring */
};

/* Turns it on and makes the token. */
void sm_enable(struct sm *sm, bool can_resume, usec_t resume_usec);
void sm_done(struct sm *sm);

/* The id under which the store knows a token. */
uint64_t sm_store_id(struct str token);

/* Keeps a stanza that is being sent (a count of its own). */
void sm_push(struct sm *sm, struct bytes *bytes, int64_t seq);

/* The client says that it has handled h stanzas: calls fn(arg, seq) for each that is acknowledged
 * now, oldest first. ERR_INVALID when h acknowledges more than was sent. */
must_check enum err sm_ack(struct sm *sm, uint32_t h, void (*fn)(void *arg, int64_t seq),
			   void *arg);

/* The i-th item that is not acknowledged, oldest first. */
struct sm_item *sm_item(struct sm *sm, size_t i);

/* Stanzas sent so far (mod 2^32). */
uint32_t sm_sent(const struct sm *sm);
