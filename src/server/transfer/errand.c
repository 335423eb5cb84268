/* SPDX-License-Identifier: Apache-2.0 */
/* Long work beside the loops, see errand.h. */
#include "server/transfer/errand.h"

#include "server/model/account.h"

#include <signal.h>

/* ---- questions: the thread's side ---- */

static void on_letter(struct letter *l)
{
	struct errand *e = container_of(l, struct errand, letter);

	e->ask(e);
}

static enum err ask(struct errand *e, void (*fn)(struct errand *e))
{
	bool is_cancelled;

	(void)pthread_mutex_lock(&e->lock);
	is_cancelled = e->is_cancelled;
	e->is_answered = false;
	e->ask = fn;
	e->letter.fn = on_letter;
	if (!is_cancelled)
		loop_post(e->loop, &e->letter);
	while (!e->is_answered && !e->is_cancelled)
		(void)pthread_cond_wait(&e->answered, &e->lock);
	is_cancelled = !e->is_answered;
	(void)pthread_mutex_unlock(&e->lock);
	return is_cancelled ? ERR_CLOSED : e->err;
}

/* ---- and the loop's ---- */

static void answer(struct errand *e, enum err err)
{
	(void)pthread_mutex_lock(&e->lock);
	e->err = err;
	e->is_answered = true;
	(void)pthread_cond_signal(&e->answered);
	(void)pthread_mutex_unlock(&e->lock);
}

static void on_account(void *arg, enum err err)
{
	answer(arg, err);
}

static void on_committed(struct txn *t)
{
	struct errand *e = t->arg;
	enum err err = t->err;

	txn_free(&t);
	answer(e, err);
}

static void ask_commit(struct errand *e)
{
	e->txn->done = on_committed;
	e->txn->arg = e;
	store_commit(e->store, e->txn);
}

static void on_read(void *arg, struct store_answer *found)
{
	struct errand *e = arg;

	*e->answer = *found;
	arena_init(&found->arena, 0); /* it is the thread's now */
	answer(e, found->err);
}

static void ask_read(struct errand *e)
{
	store_read(e->store, e->request, on_read, e);
}

static void ask_reserve(struct errand *e)
{
	accounts_reserve(e->accounts, e->owner, on_account, e);
}

static void ask_release(struct errand *e)
{
	accounts_release(e->accounts, e->owner);
	answer(e, OK);
}

/* ---- what the thread calls ---- */

bool errand_is_cancelled(struct errand *e)
{
	bool is_cancelled;

	(void)pthread_mutex_lock(&e->lock);
	is_cancelled = e->is_cancelled;
	(void)pthread_mutex_unlock(&e->lock);
	return is_cancelled;
}

enum err errand_commit(struct errand *e, struct txn *take_txn)
{
	e->txn = take_txn;
	return ask(e, ask_commit);
}

enum err errand_read(struct errand *e, const struct store_request *request,
		     struct store_answer *ret_answer)
{
	*ret_answer = (struct store_answer){ .err = ERR_CLOSED };
	arena_init(&ret_answer->arena, 0);
	e->request = request;
	e->answer = ret_answer;
	return ask(e, ask_read);
}

enum err errand_reserve(struct errand *e, struct str owner)
{
	e->owner = owner;
	return ask(e, ask_reserve);
}

void errand_release(struct errand *e, struct str owner)
{
	e->owner = owner;
	(void)ask(e, ask_release); /* without a loop nobody asks for names either */
}

/* ---- life ---- */

static void errand_done(struct errand *e)
{
	(void)pthread_cond_destroy(&e->answered);
	(void)pthread_mutex_destroy(&e->lock);
}

static void on_over(struct letter *l)
{
	struct errand *e = container_of(l, struct errand, letter);

	(void)pthread_join(e->thread, NULL);
	errand_done(e);
	e->done(e);
}

static void *errand_main(void *arg)
{
	struct errand *e = arg;

	e->run(e);
	(void)pthread_mutex_lock(&e->lock);
	e->letter.fn = on_over;
	if (!e->is_cancelled)
		loop_post(e->loop, &e->letter);
	(void)pthread_mutex_unlock(&e->lock);
	return NULL;
}

enum err errand_start(struct errand *e)
{
	sigset_t all, before;
	int failed;

	e->is_cancelled = e->is_answered = false;
	(void)pthread_mutex_init(&e->lock, NULL);
	(void)pthread_cond_init(&e->answered, NULL);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before); /* signals belong to the main loop */
	failed = pthread_create(&e->thread, NULL, errand_main, e);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed) {
		errand_done(e);
		return ERR_BUSY;
	}
	(void)pthread_setname_np(e->thread, "transfer");
	return OK;
}

void errand_cancel(struct errand *e)
{
	(void)pthread_mutex_lock(&e->lock);
	e->is_cancelled = true;
	(void)pthread_cond_signal(&e->answered);
	(void)pthread_mutex_unlock(&e->lock);
	(void)pthread_join(e->thread, NULL);
	errand_done(e);
}
