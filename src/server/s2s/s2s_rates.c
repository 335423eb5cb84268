/* SPDX-License-Identifier: Apache-2.0 */
/* Rates of domains, see s2s_rates.h. */
#include "server/s2s/s2s_rates.h"

#include "base/map.h"
#include "base/mem.h"

#include <pthread.h>

enum { SWEEP_LEAST = 64 /* accounts before those that nobody uses are looked for */ };

struct s2s_account {
	struct s2s_rate rate;
	unsigned streams; /* under the lock */
	struct str domain;
	char text[];
};

struct s2s_rates {
	unsigned refs; /* atomic */
	pthread_mutex_t lock;
	struct map accounts; /* domain -> struct s2s_account */
	size_t sweep_at;     /* how many there may be before the next sweep */
};

struct s2s_rates *s2s_rates_new(void)
{
	struct s2s_rates *r = mem_zalloc(1, sizeof(*r));

	r->refs = 1;
	r->sweep_at = SWEEP_LEAST;
	(void)pthread_mutex_init(&r->lock, NULL); /* cannot fail without attributes */
	map_init(&r->accounts);
	return r;
}

struct s2s_rates *s2s_rates_ref(struct s2s_rates *r)
{
	(void)__atomic_add_fetch(&r->refs, 1, __ATOMIC_RELAXED);
	return r;
}

static void forget(struct s2s_rates *r, struct s2s_account *a)
{
	(void)map_remove(&r->accounts, a->domain);
	mem_free(a);
}

struct s2s_rates *s2s_rates_unref(struct s2s_rates *r)
{
	struct s2s_account *a;
	size_t at = 0;

	if (!r || __atomic_sub_fetch(&r->refs, 1, __ATOMIC_ACQ_REL))
		return NULL;
	while ((a = map_next(&r->accounts, &at)))
		forget(r, a);
	map_done(&r->accounts);
	(void)pthread_mutex_destroy(&r->lock);
	mem_free(r);
	return NULL;
}

/* Those that nobody uses go when there are twice as many as were in use the last time: nobody makes
 * them grow by coming and going. */
static void sweep(struct s2s_rates *r)
{
	struct s2s_account *a;
	size_t at = 0;

	if (r->accounts.count < r->sweep_at)
		return;
	while ((a = map_next(&r->accounts, &at))) {
		if (!a->streams)
			forget(r, a);
	}
	r->sweep_at = 2 * r->accounts.count;
	if (r->sweep_at < SWEEP_LEAST)
		r->sweep_at = SWEEP_LEAST;
}

struct s2s_account *s2s_rates_get(struct s2s_rates *r, struct str domain)
{
	struct s2s_account *a;

	(void)pthread_mutex_lock(&r->lock);
	a = map_get(&r->accounts, domain);
	if (!a) {
		sweep(r);
		a = mem_zalloc(1, sizeof(*a) + domain.len);
		memcpy(a->text, domain.ptr, domain.len);
		a->domain = str_make(a->text, domain.len);
		(void)map_set(&r->accounts, a->domain, a);
	}
	a->streams++;
	(void)pthread_mutex_unlock(&r->lock);
	return a;
}

struct s2s_rate *s2s_account_rate(struct s2s_account *a)
{
	return &a->rate;
}

void s2s_rates_put(struct s2s_rates *r, struct s2s_account **account, usec_t now)
{
	struct s2s_account *a = *account;

	*account = NULL;
	if (!a)
		return;
	(void)pthread_mutex_lock(&r->lock);
	if (--a->streams == 0 && s2s_rate_is_idle(&a->rate, now))
		forget(r, a);
	(void)pthread_mutex_unlock(&r->lock);
}

size_t s2s_rates_count(struct s2s_rates *r)
{
	size_t count;

	(void)pthread_mutex_lock(&r->lock);
	count = r->accounts.count;
	(void)pthread_mutex_unlock(&r->lock);
	return count;
}
