/* SPDX-License-Identifier: Apache-2.0 */
/* A pool of threads around one queue, see pool.h. */
#include "loop/pool.h"

#include "base/mem.h"
#include "base/metric.h"

#include <pthread.h>
#include <signal.h>

struct pool {
	struct pool_config config;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct job *first, **last;
	size_t queued;
	bool is_closing, is_stopped;
	unsigned started;
	pthread_t threads[];
};

static struct job *take(struct pool *p)
{
	struct job *j;

	(void)pthread_mutex_lock(&p->lock);
	while (!p->first && !p->is_closing)
		(void)pthread_cond_wait(&p->more, &p->lock);
	j = p->is_stopped ? NULL : p->first;
	if (j) {
		p->first = j->next;
		if (!p->first)
			p->last = &p->first;
		p->queued--;
	}
	(void)pthread_mutex_unlock(&p->lock);
	return j;
}

static void come_home(struct letter *l)
{
	struct job *j = container_of(l, struct job, letter);

	j->done(j);
}

static void *thread_main(void *arg)
{
	struct pool *p = arg;
	void *ctx = p->config.open ? p->config.open(p->config.open_arg) : NULL;
	struct job *j;

	while ((j = take(p))) {
		metric_add(METRIC_POOL_QUEUE, -1);
		j->run(j, ctx);
		j->letter.fn = come_home;
		loop_post(j->home, &j->letter);
	}
	if (p->config.close)
		p->config.close(ctx);
	return NULL;
}

enum err pool_new(const struct pool_config *config, struct pool **ret_pool)
{
	struct pool *p = mem_zalloc(1, sizeof(*p) + config->threads * sizeof(pthread_t));
	sigset_t all, before;

	must(config->threads > 0);
	p->config = *config;
	p->last = &p->first;
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->more, NULL);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before); /* signals belong to the main loop */
	while (p->started < config->threads &&
	       pthread_create(&p->threads[p->started], NULL, thread_main, p) == 0) {
		(void)pthread_setname_np(p->threads[p->started], config->name);
		p->started++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (p->started < config->threads) {
		pool_free(&p);
		return ERR_BUSY;
	}
	*ret_pool = p;
	return OK;
}

static void end_threads(struct pool *p, bool is_stopped)
{
	(void)pthread_mutex_lock(&p->lock);
	p->is_closing = true;
	p->is_stopped = is_stopped;
	(void)pthread_cond_broadcast(&p->more);
	(void)pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->started; i++)
		(void)pthread_join(p->threads[i], NULL);
	p->started = 0;
}

void pool_stop(struct pool *p)
{
	if (p)
		end_threads(p, true);
}

void pool_free(struct pool **pool)
{
	struct pool *p = *pool;

	*pool = NULL;
	if (!p)
		return;
	end_threads(p, p->is_stopped);
	(void)pthread_cond_destroy(&p->more);
	(void)pthread_mutex_destroy(&p->lock);
	mem_free(p);
}

enum err pool_submit(struct pool *p, struct job *j)
{
	bool is_full;

	j->home = loop_current();
	j->next = NULL;
	must(j->home);
	(void)pthread_mutex_lock(&p->lock);
	is_full = p->queued >= p->config.queue_limit || p->is_closing;
	if (!is_full) {
		*p->last = j;
		p->last = &j->next;
		p->queued++;
	}
	(void)pthread_mutex_unlock(&p->lock);
	if (is_full)
		return ERR_BUSY;
	(void)pthread_cond_signal(&p->more); /* not before: who wakes wants the lock */
	metric_inc(METRIC_POOL_QUEUE);
	return OK;
}
