/* SPDX-License-Identifier: Apache-2.0 */
/* The store's writer, see writer.h. What arrives while a commit runs is the next batch. An idle
 * writer is woken at the end of a loop's turn, so that all that the turn brought is one batch;
 * nothing else waits on purpose. */
#include "server/store/writer.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "server/store/batch.h"

#include <pthread.h>
#include <signal.h>

enum {
	HOMES_MAX = 64,     /* loops whose answers are gathered at a time */
	EXPIRE_STEP = 500,  /* entries removed between two commits */
	EXPIRES_MAX = 1000, /* expiries waiting */
};

struct expire_job {
	struct letter letter;
	struct expire_job *next;
	struct loop *home;
	struct store_expiry expiry;
	uint64_t removed;
	enum err err;
	expire_fn fn;
	void *arg;
	char owner[];
};

struct writer {
	const struct store_config *config;
	void *backend;
	pthread_t thread;
	pthread_mutex_t lock; /* of everything down to is_closing */
	pthread_cond_t more;
	struct txn *first, **last;
	size_t queued, queued_bytes; /* of the txns that will be written */
	struct expire_job *jobs, **last_job;
	unsigned job_count;
	void (*ring)(void *arg); /* behind each batch; NULL: nobody */
	void *ring_arg;
	int64_t forget;  /* removals that the index is done with; 0: none */
	bool is_waiting; /* the thread, for work */
	bool is_rung;    /* somebody wakes it already, at the end of his turn */
	bool is_closing;
	struct txn **batch; /* the thread's own: batch_limit of them */
};

/* The answers of one batch for one loop, in order. */
struct bundle {
	struct loop *home;
	struct txn *first, **last;
};

/* On the home loop. */
static void deliver(struct letter *l)
{
	struct txn *t = container_of(l, struct txn, letter);

	while (t) {
		struct txn *next = t->next;

		t->next = NULL;
		list_remove(&t->wake.link); /* taken before its turn came to an end */
		t->done(t);
		t = next;
	}
}

static void post(struct bundle *b)
{
	b->first->letter.fn = deliver;
	loop_post(b->home, &b->first->letter);
}

static struct bundle *bundle_of(struct bundle *bundles, unsigned *count, struct loop *home)
{
	for (unsigned i = 0; i < *count; i++) {
		if (bundles[i].home == home)
			return &bundles[i];
	}
	if (*count == HOMES_MAX)
		post(&bundles[--*count]);
	bundles[*count] = (struct bundle){ .home = home };
	bundles[*count].last = &bundles[*count].first;
	return &bundles[(*count)++];
}

static void answer(struct txn **txns, unsigned count)
{
	struct bundle bundles[HOMES_MAX];
	unsigned n = 0;
	int64_t bytes = 0;

	for (unsigned i = 0; i < count; i++) {
		struct bundle *b = bundle_of(bundles, &n, txns[i]->home);

		bytes += (int64_t)txns[i]->bytes;
		txns[i]->next = NULL;
		*b->last = txns[i];
		b->last = &txns[i]->next;
	}
	metric_add(METRIC_STORE_QUEUE, -(int64_t)count);
	metric_add(METRIC_MEM_STORE, -bytes);
	for (unsigned i = 0; i < n; i++)
		post(&bundles[i]);
}

/* Waits for work. *ret_count txns are taken into w->batch; *ret_job is the first expiry, which
 * stays in its queue. *ret_forget: see index_forget. False: the end. */
static bool take(struct writer *w, unsigned *ret_count, struct expire_job **ret_job,
		 int64_t *ret_forget)
{
	unsigned n = 0;
	bool is_over;

	(void)pthread_mutex_lock(&w->lock);
	w->is_waiting = true;
	while (!w->first && !w->jobs && !w->forget && !w->is_closing)
		(void)pthread_cond_wait(&w->more, &w->lock);
	w->is_waiting = w->is_rung = false;
	while (w->first && n < w->config->batch_limit) {
		struct txn *t = w->first;

		w->batch[n++] = t;
		w->first = t->next;
		if (!t->err) {
			w->queued--;
			w->queued_bytes -= t->bytes;
		}
	}
	if (!w->first)
		w->last = &w->first;
	*ret_job = w->jobs;
	*ret_forget = w->forget;
	w->forget = 0;
	is_over = n == 0 && !w->jobs && !*ret_forget && w->is_closing;
	if (w->jobs && w->is_closing)
		w->jobs->err = ERR_CLOSED;
	(void)pthread_mutex_unlock(&w->lock);
	*ret_count = n;
	return !is_over;
}

/* On the home loop. */
static void deliver_expired(struct letter *l)
{
	struct expire_job *j = container_of(l, struct expire_job, letter);

	j->fn(j->arg, j->err, j->removed);
	mem_free(j);
}

static void drop_job(struct writer *w, struct expire_job *j)
{
	(void)pthread_mutex_lock(&w->lock);
	w->jobs = j->next;
	w->job_count--;
	if (!w->jobs)
		w->last_job = &w->jobs;
	(void)pthread_mutex_unlock(&w->lock);
	j->letter.fn = deliver_expired;
	loop_post(j->home, &j->letter);
}

static void step_job(struct writer *w, struct expire_job *j)
{
	if (!j->err) {
		j->expiry.removed = 0;
		j->err = w->config->backend->expire(w->backend, &j->expiry);
		j->removed += j->expiry.removed;
	}
	if (j->err || j->expiry.is_done)
		drop_job(w, j);
}

static void ring_watcher(struct writer *w)
{
	(void)pthread_mutex_lock(&w->lock);
	if (w->ring)
		w->ring(w->ring_arg);
	(void)pthread_mutex_unlock(&w->lock);
}

static void *writer_main(void *arg)
{
	struct writer *w = arg;
	struct expire_job *job;
	unsigned count;
	int64_t forget;

	while (take(w, &count, &job, &forget)) {
		batch_run(w->config->backend, w->backend, w->batch, count);
		if (count)
			ring_watcher(w); /* before anybody knows: he may search at once */
		answer(w->batch, count);
		if (job) {
			step_job(w, job);
			ring_watcher(w);
		}
		if (forget && w->config->backend->index_forget(w->backend, forget))
			log_error(NULL, "what the search index is done with stays in the store");
	}
	return NULL;
}

enum err writer_new(const struct store_config *config, void *backend, struct writer **ret_writer)
{
	struct writer *w = mem_zalloc(1, sizeof(*w));
	sigset_t all, before;
	int failed;

	must(config->batch_limit > 0);
	w->config = config;
	w->backend = backend;
	w->batch = mem_alloc(config->batch_limit * sizeof(struct txn *));
	w->last = &w->first;
	w->last_job = &w->jobs;
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->more, NULL);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before); /* signals belong to the main loop */
	failed = pthread_create(&w->thread, NULL, writer_main, w);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed) {
		mem_free(w->batch);
		mem_free(w);
		return ERR_BUSY;
	}
	(void)pthread_setname_np(w->thread, "store-writer");
	*ret_writer = w;
	return OK;
}

void writer_free(struct writer **writer)
{
	struct writer *w = *writer;

	*writer = NULL;
	if (!w)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->is_closing = true;
	(void)pthread_cond_signal(&w->more);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_join(w->thread, NULL);
	(void)pthread_cond_destroy(&w->more);
	(void)pthread_mutex_destroy(&w->lock);
	mem_free(w->batch);
	mem_free(w);
}

/* At the end of the turn. t itself may be with the thread by now: nothing of it is written here. */
static void ring(struct task *task)
{
	struct writer *w = container_of(task, struct txn, wake)->writer;

	(void)pthread_mutex_lock(&w->lock);
	(void)pthread_cond_signal(&w->more);
	(void)pthread_mutex_unlock(&w->lock);
}

void writer_commit(struct writer *w, struct txn *t)
{
	const struct store_config *c = w->config;

	t->home = loop_current();
	t->next = NULL;
	t->wake.fn = ring;
	t->writer = w;
	list_init(&t->wake.link);
	must(t->home && t->done);
	metric_inc(METRIC_STORE_QUEUE);
	metric_add(METRIC_MEM_STORE, (int64_t)t->bytes);
	(void)pthread_mutex_lock(&w->lock);
	must(!w->is_closing);
	/* A refused txn goes through the queue, too: answers keep their order. */
	t->err = OK;
	if (w->queued >= c->queue_limit || w->queued_bytes + t->bytes > c->queue_bytes_limit) {
		t->err = ERR_BUSY;
	} else {
		w->queued++;
		w->queued_bytes += t->bytes;
	}
	*w->last = t;
	w->last = &t->next;
	if (w->is_waiting && !w->is_rung) {
		w->is_rung = true;
		loop_task(t->home, &t->wake);
	}
	(void)pthread_mutex_unlock(&w->lock);
}

void writer_expire(struct writer *w, struct str owner, usec_t wall_before, expire_fn fn, void *arg)
{
	struct expire_job *j = mem_zalloc(1, sizeof(*j) + owner.len + 1);
	bool is_full;

	if (owner.len)
		memcpy(j->owner, owner.ptr, owner.len);
	j->expiry = (struct store_expiry){ .wall_before = wall_before, .max_rows = EXPIRE_STEP };
	j->expiry.owner = str_is_set(owner) ? str_make(j->owner, owner.len) : STR_NONE;
	j->home = loop_current();
	j->fn = fn;
	j->arg = arg;
	j->letter.fn = deliver_expired;
	must(j->home);
	(void)pthread_mutex_lock(&w->lock);
	must(!w->is_closing);
	is_full = w->job_count >= EXPIRES_MAX;
	if (!is_full) {
		*w->last_job = j;
		w->last_job = &j->next;
		w->job_count++;
		(void)pthread_cond_signal(&w->more);
	}
	(void)pthread_mutex_unlock(&w->lock);
	if (is_full) {
		j->err = ERR_BUSY;
		loop_post(j->home, &j->letter);
	}
}

void writer_watch(struct writer *w, void (*fn)(void *arg), void *arg)
{
	(void)pthread_mutex_lock(&w->lock);
	w->ring = fn;
	w->ring_arg = arg;
	(void)pthread_mutex_unlock(&w->lock);
}

void writer_forget(struct writer *w, int64_t gone)
{
	(void)pthread_mutex_lock(&w->lock);
	w->forget = gone;
	(void)pthread_cond_signal(&w->more);
	(void)pthread_mutex_unlock(&w->lock);
}
