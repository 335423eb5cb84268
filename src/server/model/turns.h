/* SPDX-License-Identifier: Apache-2.0 */
/* Turns: work on one account after the other, so that what is read, changed and committed in a turn
 * is never undone by somebody else's. Accounts do not wait for each other. All turns are carried
 * out on one loop. */
#pragma once

#include "base/str.h"
#include "loop/loop.h"

enum { TURNS_MAX = 10000 /* that wait or are under way; past it they fail with ERR_BUSY */ };

struct turns;

/* Embed it. It belongs to the turns from turns_take until done is called. */
struct turn {
	struct letter letter;     /* of the turns */
	struct turn *next, *last; /* of the turns */
	struct turns *turns;      /* of the turns */
	struct loop *home;        /* of the turns: where done is called */
	enum err err;

	struct str owner; /* whose turn it is; stays until done */
	/* On the loop of the turns: ends, now or later, with turn_over. */
	void (*run)(struct turn *t);
	/* On the loop that asked, with err set. Frees. */
	void (*done)(struct turn *t);
	/* At the end of the process, instead of done. */
	void (*drop)(struct turn *t);
};

struct turns *turns_new(struct loop *loop) __attribute__((returns_nonnull));

/* When loops do not run any more; turns that are left are dropped. */
void turns_free(struct turns **turns);

/* The caller has set owner, run, done and drop. Any loop. */
void turns_take(struct turns *turns, struct turn *t);

/* The end of a turn that runs; the next one of the same owner begins. */
void turn_over(struct turn *t, enum err err);
