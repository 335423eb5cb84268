/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to clients of other servers about what a hash of capabilities means (XEP-0115 5.4). Of
 * all that say the same hash in the same domain one is asked; the others wait for his answer, and
 * one of them is asked when there is none. By domain: who lies, or says nothing, keeps only people
 * of his own waiting. All questions of a home, bounded; on its loop. */
#pragma once

#include "server/route/dispatch.h"

struct caps_waits;
struct client_caps;

enum {
	CAPS_QUESTIONS_MAX = 1000,       /* without an answer, of one home */
	CAPS_DOMAIN_QUESTIONS_MAX = 100, /* of these to people of one domain */
	CAPS_WAITERS_MAX = 500,          /* for one answer */
};

/* What is done as an act (router_act_in_order) of an account with the number that it has given. */
struct caps_wait_ops {
	/* It may be known now; if not, ask again. */
	void (*again)(struct dispatch *d, void *number);
	/* Whom this number stands for was asked, and has not answered. */
	void (*failed)(struct dispatch *d, void *number);
};

/* Who wants to know it. */
struct caps_wish {
	struct str key;        /* of the question: jid.domain, and what was said there */
	struct str hash, node; /* as said */
	struct str ver;
	struct jid jid; /* full: who is asked, if nobody was */
	uint64_t number;
	const struct caps_wait_ops *ops; /* constant */
};

struct caps_waits *caps_waits_new(void) __attribute__((returns_nonnull));
void caps_waits_free(struct caps_waits **w);

/* The account of d wants to know what w means: asks, or waits with those who do. Past the limits
 * nothing is done. */
void caps_wait(struct dispatch *d, const struct caps_wish *w);

/* d is an answer to a question of its account: true. *ret_caps: what it means, a count; NULL: an
 * error. *ret_number: of whom was asked. Those who wait act when this is over. */
bool caps_wait_answered(struct dispatch *d, struct client_caps **ret_caps, uint64_t *ret_number);
