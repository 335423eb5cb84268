/* SPDX-License-Identifier: Apache-2.0 */
/* The indexer's thread, see indexer.h. */
#include "server/store/indexer.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "server/store/writer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	STEP_MAX = 5000, /* messages of one step */
	NICE = 10, /* of the thread: making an index anew must not be felt. Its reads and writes
		    * come behind those of others by it, too (ioprio_set(2)) */
};

/* Commits are gathered so long, unless somebody waits: a step has costs of its own. */
static const usec_t GATHER_USEC = 250 * USEC_PER_MSEC;
/* After a step that failed: a full disk, most of all. */
static const usec_t RETRY_USEC = 10 * USEC_PER_SEC;

struct indexer {
	const struct store_config *config;
	void *backend, *index;
	struct writer *writer;
	pthread_t thread;
	pthread_mutex_t lock; /* of everything down to is_closing */
	pthread_cond_t more;
	struct index_wait *waits; /* those who came since the running step began */
	bool is_rung, is_busy, is_rebuild_wanted;
	bool has_failed; /* the last step: nobody waits for the next */
	bool is_closing;
	bool has_thread;
	bool is_behind;   /* the thread's own: the last step has left something */
	uint64_t waiting; /* as the metric has it */
};

static bool is_wanted(const struct indexer *ix)
{
	return ix->is_rung || ix->waits || ix->is_rebuild_wanted || ix->is_closing;
}

/* Waits with the lock held, so long at most, while the thread has reason to. */
static void pause_for(struct indexer *ix, usec_t usec, bool is_patient)
{
	struct timespec until;
	int rc = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += usec / USEC_PER_SEC;
	until.tv_nsec += (long)(usec % USEC_PER_SEC) * 1000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (rc != ETIMEDOUT && !ix->is_closing && !ix->is_rebuild_wanted &&
	       (is_patient || !ix->waits))
		rc = pthread_cond_timedwait(&ix->more, &ix->lock, &until);
}

/* Waits until there is something to do. *ret_waits: those who wait for what is done now. False: the
 * end. */
static bool take(struct indexer *ix, bool *ret_is_rebuild, struct index_wait **ret_waits)
{
	bool is_over;

	(void)pthread_mutex_lock(&ix->lock);
	ix->is_busy = false;
	while (!is_wanted(ix))
		(void)pthread_cond_wait(&ix->more, &ix->lock);
	if (!ix->is_behind)
		pause_for(ix, GATHER_USEC, false);
	is_over = ix->is_closing;
	*ret_is_rebuild = ix->is_rebuild_wanted;
	*ret_waits = ix->waits;
	ix->waits = NULL;
	ix->is_busy = true;
	ix->is_rung = ix->is_rebuild_wanted = false;
	(void)pthread_mutex_unlock(&ix->lock);
	return !is_over;
}

static void release(struct index_wait *waits)
{
	while (waits) {
		struct index_wait *w = waits;

		waits = w->next;
		w->letter.fn = w->fn;
		loop_post(w->home, &w->letter);
	}
}

static void count(struct indexer *ix, const struct index_step *step)
{
	metric_add(METRIC_SEARCH_LAG, (int64_t)step->waiting - (int64_t)ix->waiting);
	metric_add(METRIC_SEARCH_ADDED, (int64_t)step->added);
	metric_add(METRIC_SEARCH_REMOVED, (int64_t)step->removed);
	ix->waiting = step->waiting;
}

/* Ends in a pause where nothing can be done. */
static void note_failure(struct indexer *ix, enum err e)
{
	struct index_wait *waits;

	if (!ix->has_failed)
		log_error(NULL, "the search index cannot be brought up to date", F_ERR(e));
	(void)pthread_mutex_lock(&ix->lock);
	ix->has_failed = ix->is_rung = true; /* once more */
	waits = ix->waits;
	ix->waits = NULL;
	(void)pthread_mutex_unlock(&ix->lock);
	release(waits);
	(void)pthread_mutex_lock(&ix->lock);
	pause_for(ix, RETRY_USEC, true);
	(void)pthread_mutex_unlock(&ix->lock);
}

static void note_success(struct indexer *ix)
{
	if (!ix->has_failed)
		return;
	log_info(NULL, "the search index is brought up to date again");
	(void)pthread_mutex_lock(&ix->lock);
	ix->has_failed = false;
	(void)pthread_mutex_unlock(&ix->lock);
}

static void work(struct indexer *ix, bool is_rebuild, struct index_wait *waits)
{
	const struct store_backend *vt = ix->config->backend;
	struct index_step step = { .max = STEP_MAX };
	enum err e = is_rebuild ? vt->index_reset(ix->index) : OK;

	if (!e)
		e = vt->index_step(ix->index, &step);
	release(waits);
	if (e) {
		note_failure(ix, e);
		return;
	}
	note_success(ix);
	count(ix, &step);
	if (step.gone)
		writer_forget(ix->writer, step.gone);
	ix->is_behind = !step.is_done;
	if (ix->is_behind)
		indexer_ring(ix);
}

static void *indexer_main(void *arg)
{
	struct indexer *ix = arg;
	struct index_wait *waits;
	bool is_rebuild;

	(void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE); /* if it may */
	while (take(ix, &is_rebuild, &waits))
		work(ix, is_rebuild, waits);
	/* What was taken away before the end leaves nothing behind, if one step is enough. */
	work(ix, false, waits);
	return NULL;
}

static void make_lock(struct indexer *ix)
{
	pthread_condattr_t attr;

	(void)pthread_mutex_init(&ix->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&ix->more, &attr);
	(void)pthread_condattr_destroy(&attr);
}

enum err indexer_new(const struct store_config *config, void *backend, struct indexer **ret_indexer)
{
	struct indexer *ix = mem_zalloc(1, sizeof(*ix));
	enum err e = config->backend->index_open(backend, &ix->index);

	if (e) {
		mem_free(ix);
		return e;
	}
	ix->config = config;
	ix->backend = backend;
	ix->is_rung = true; /* for what was committed before a crash */
	make_lock(ix);
	*ret_indexer = ix;
	return OK;
}

enum err indexer_start(struct indexer *ix, struct writer *w)
{
	sigset_t all, before;
	int failed;

	ix->writer = w;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before); /* signals belong to the main loop */
	ix->has_thread = true; /* the thread reads what stands beside it */
	failed = pthread_create(&ix->thread, NULL, indexer_main, ix);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed) {
		ix->has_thread = false;
		return ERR_BUSY;
	}
	(void)pthread_setname_np(ix->thread, "store-indexer");
	return OK;
}

void indexer_free(struct indexer **indexer)
{
	struct indexer *ix = *indexer;

	*indexer = NULL;
	if (!ix)
		return;
	(void)pthread_mutex_lock(&ix->lock);
	ix->is_closing = true;
	(void)pthread_cond_signal(&ix->more);
	(void)pthread_mutex_unlock(&ix->lock);
	if (ix->has_thread)
		(void)pthread_join(ix->thread, NULL);
	ix->config->backend->index_close(ix->index);
	(void)pthread_cond_destroy(&ix->more);
	(void)pthread_mutex_destroy(&ix->lock);
	mem_free(ix);
}

void indexer_ring(struct indexer *ix)
{
	(void)pthread_mutex_lock(&ix->lock);
	if (!ix->is_rung)
		(void)pthread_cond_signal(&ix->more);
	ix->is_rung = true;
	(void)pthread_mutex_unlock(&ix->lock);
}

void indexer_await(struct indexer *ix, struct index_wait *w)
{
	w->home = loop_current();
	w->next = NULL;
	(void)pthread_mutex_lock(&ix->lock);
	if (!ix->has_failed && (ix->is_rung || ix->is_busy || ix->is_rebuild_wanted)) {
		w->next = ix->waits;
		ix->waits = w;
		w = NULL;
		(void)pthread_cond_signal(&ix->more);
	}
	(void)pthread_mutex_unlock(&ix->lock);
	release(w);
}

void indexer_rebuild(struct indexer *ix)
{
	(void)pthread_mutex_lock(&ix->lock);
	ix->is_rebuild_wanted = true;
	(void)pthread_cond_signal(&ix->more);
	(void)pthread_mutex_unlock(&ix->lock);
}
