/* SPDX-License-Identifier: Apache-2.0 */
/* loop/pool: jobs run elsewhere and end at home. */
#include "loop/pool.h"

#include "support/unit.h"

#include <pthread.h>
#include <time.h>

enum { JOBS = 500, THREADS = 3 };

static const usec_t PATIENCE_USEC = 10 * USEC_PER_SEC;

struct site {
	struct loop *loop;
	struct pool *pool;
	pthread_mutex_t gate;    /* jobs pass one by one */
	unsigned opened, closed; /* under gate */
	unsigned run, done;      /* run: under gate */
	unsigned limit;
	bool is_done;
	struct work {
		struct job job;
		struct site *site;
		pthread_t thread;
	} work[JOBS];
	struct letter begin;
};

static void *open_thread(void *arg)
{
	struct site *s = arg;

	(void)pthread_mutex_lock(&s->gate); /* cannot fail */
	s->opened++;
	(void)pthread_mutex_unlock(&s->gate); /* as above */
	return s;
}

static void close_thread(void *ctx)
{
	struct site *s = ctx;

	(void)pthread_mutex_lock(&s->gate); /* cannot fail */
	s->closed++;
	(void)pthread_mutex_unlock(&s->gate); /* as above */
}

static void run(struct job *j, void *ctx)
{
	struct work *w = container_of(j, struct work, job);
	struct site *s = w->site;

	if (ctx != s)
		fail_msg("a job got another thread's context");
	w->thread = pthread_self();
	(void)pthread_mutex_lock(&s->gate); /* cannot fail */
	s->run++;
	(void)pthread_mutex_unlock(&s->gate); /* as above */
}

static void done(struct job *j)
{
	struct work *w = container_of(j, struct work, job);
	struct site *s = w->site;

	assert_ptr_equal(loop_current(), s->loop);
	assert_false(pthread_equal(w->thread, pthread_self()));
	s->is_done = ++s->done == s->limit;
}

static void site_init(struct site *s, size_t queue_limit)
{
	struct pool_config config = { .name = "test",
				      .threads = THREADS,
				      .queue_limit = queue_limit,
				      .open = open_thread,
				      .close = close_thread,
				      .open_arg = s };

	*s = (struct site){ .limit = JOBS };
	assert_int_equal(pthread_mutex_init(&s->gate, NULL), 0);
	assert_int_equal(loop_new(0, &s->loop), OK);
	assert_int_equal(pool_new(&config, &s->pool), OK);
	for (unsigned i = 0; i < JOBS; i++)
		s->work[i] = (struct work){ .job = { .run = run, .done = done }, .site = s };
}

static void site_done(struct site *s)
{
	pool_free(&s->pool);
	assert_null(s->pool);
	pool_free(&s->pool); /* harmless */
	assert_int_equal(s->opened, THREADS);
	assert_int_equal(s->closed, THREADS);
	loop_free(&s->loop);
	(void)pthread_mutex_destroy(&s->gate); /* nobody holds it */
}

static void submit_all(struct letter *l)
{
	struct site *s = container_of(l, struct site, begin);

	for (unsigned i = 0; i < JOBS; i++)
		assert_int_equal(pool_submit(s->pool, &s->work[i].job), OK);
}

static void runs_all_jobs(void **state)
{
	static struct site s;

	site_init(&s, JOBS);
	s.begin.fn = submit_all;
	loop_post(s.loop, &s.begin);
	loop_run_until(s.loop, &s.is_done, PATIENCE_USEC);
	assert_int_equal(s.done, JOBS);
	site_done(&s);
}

static void submit_too_many(struct letter *l)
{
	struct site *s = container_of(l, struct site, begin);

	(void)pthread_mutex_lock(&s->gate); /* every thread gets stuck in its first job */
	s->limit = 0;
	for (unsigned i = 0; i < JOBS; i++)
		s->limit += pool_submit(s->pool, &s->work[i].job) == OK;
	assert_in_range(s->limit, 10, 10 + THREADS);
	(void)pthread_mutex_unlock(&s->gate); /* cannot fail */
}

static void has_a_limit(void **state)
{
	static struct site s;

	site_init(&s, 10);
	s.begin.fn = submit_too_many;
	loop_post(s.loop, &s.begin);
	loop_run_until(s.loop, &s.is_done, PATIENCE_USEC);
	assert_int_equal(s.done, s.limit);
	assert_int_equal(s.run, s.limit);
	site_done(&s);
}

/* What is queued is run, even if nobody is at home any more. */
static void ends_with_all_jobs_run(void **state)
{
	static struct site s;
	static const bool never;

	site_init(&s, JOBS);
	s.begin.fn = submit_all;
	loop_post(s.loop, &s.begin);
	loop_run_until(s.loop, &never, USEC_PER_MSEC);
	pool_free(&s.pool);
	assert_int_equal(s.run, JOBS);
	site_done(&s);
}

static void *stop_it(void *arg)
{
	struct site *s = arg;

	pool_stop(s->pool);
	return NULL;
}

static void stop_with_a_queue(struct letter *l)
{
	static const struct timespec pause = { .tv_nsec = 20000000 };
	struct site *s = container_of(l, struct site, begin);
	pthread_t stopper;
	unsigned n = 2 * THREADS;

	(void)pthread_mutex_lock(&s->gate); /* every thread gets stuck in its first job */
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(pool_submit(s->pool, &s->work[i].job), OK);
	assert_int_equal(pthread_create(&stopper, NULL, stop_it, s), 0);
	while (n < JOBS && pool_submit(s->pool, &s->work[n].job) == OK) { /* until it is closing */
		n++;
		(void)nanosleep(&pause, NULL);
	}
	(void)pthread_mutex_unlock(&s->gate); /* cannot fail */
	assert_int_equal(pthread_join(stopper, NULL), 0);
	assert_in_range(s->run, 0, THREADS); /* what was under way */
	assert_int_equal(pool_submit(s->pool, &s->work[JOBS - 1].job), ERR_BUSY);
	s->is_done = true;
}

static void stops_with_what_is_under_way(void **state)
{
	static struct site s;

	site_init(&s, JOBS);
	s.limit = JOBS + 1; /* done() does not end the loop */
	s.begin.fn = stop_with_a_queue;
	loop_post(s.loop, &s.begin);
	loop_run_until(s.loop, &s.is_done, 3 * PATIENCE_USEC);
	assert_true(s.is_done);
	site_done(&s);
}

UNIT_TESTS(loop_pool, cmocka_unit_test(runs_all_jobs), cmocka_unit_test(has_a_limit),
	   cmocka_unit_test(ends_with_all_jobs_run),
	   cmocka_unit_test(stops_with_what_is_under_way));
