/* SPDX-License-Identifier: Apache-2.0 */
/* A thread for long work with files, and its way to the store: it asks through a loop, and waits.
 * One question at a time, so that an import never stands in the way of more than one commit. */
#pragma once

#include "server/store/store.h"

#include <pthread.h>

struct accounts;

struct errand {
	/* set by the owner */
	struct loop *loop; /* that of the accounts' changes */
	struct store *store;
	struct accounts *accounts;
	void (*run)(struct errand *e);  /* on the thread */
	void (*done)(struct errand *e); /* on loop, when the thread is over */

	/* the errand's own */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t answered;
	struct letter letter;
	void (*ask)(struct errand *e); /* on loop */
	enum err err;
	bool is_answered, is_cancelled;
	struct txn *txn;
	const struct store_request *request;
	struct store_answer *answer;
	struct str owner;
};

/* Starts the thread. On e->loop. ERR_BUSY: there is none to be had. */
must_check enum err errand_start(struct errand *e);

/* Ends the work as soon as it asks or looks (errand_is_cancelled), and waits for the thread; done
 * is not called any more. When the loop does not run any more. */
void errand_cancel(struct errand *e);

/* ---- on the thread; all give ERR_CLOSED after errand_cancel ---- */

bool errand_is_cancelled(struct errand *e);

/* Takes t; gives what became of it. */
must_check enum err errand_commit(struct errand *e, struct txn *take_txn);

/* The answer is the caller's (arena_done(&ret_answer->arena)), whatever its err, which is also what
 * is given. */
must_check enum err errand_read(struct errand *e, const struct store_request *request,
				struct store_answer *ret_answer);

/* See accounts_reserve and accounts_release. */
must_check enum err errand_reserve(struct errand *e, struct str owner);
void errand_release(struct errand *e, struct str owner);
