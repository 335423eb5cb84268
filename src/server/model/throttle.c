/* SPDX-License-Identifier: Apache-2.0 */
/* Counting of wrong passwords, see throttle.h. */
#include "server/model/throttle.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/siphash.h"

#include <pthread.h>

enum { SETS = 2048, WAYS = 8 };

struct place {
	uint32_t tag; /* of the name that has it */
	float score;  /* failures, fading to nothing over the window */
	usec_t at;
};

struct throttle {
	pthread_mutex_t lock;
	struct siphash_key key;
	struct place sets[SETS][WAYS];
};

struct throttle *throttle_new(void)
{
	struct throttle *t = mem_zalloc(1, sizeof(*t));

	(void)pthread_mutex_init(&t->lock, NULL);
	random_fill(&t->key, sizeof(t->key));
	return t;
}

void throttle_free(struct throttle **t)
{
	if (*t)
		(void)pthread_mutex_destroy(&(*t)->lock);
	mem_free(*t);
	*t = NULL;
}

static float faded(const struct place *p, usec_t now)
{
	float left = 1 - (float)(now - p->at) / (float)THROTTLE_WINDOW_USEC;
	float score = left > 0 ? p->score * left : 0;

	return score < 0.5f ? 0 : score;
}

/* The place of a name; when it has none yet, the one in its set with the least to forget. Under the
 * lock. */
static struct place *place_of(struct throttle *t, char kind, struct str a, struct str b)
{
	struct arena none scoped(arena_done) = { 0 };
	usec_t now = clock_now();
	struct place *set, *least;
	uint64_t hash;

	arena_init(&none, 4 * KIB);
	hash = siphash(t->key, ARENA_JOIN(&none, str_make(&kind, 1), a, STR("\n"), b));
	set = least = t->sets[hash % SETS];
	for (int i = 0; i < WAYS; i++) {
		if (set[i].tag == (uint32_t)(hash >> 32))
			return &set[i];
		if (faded(&set[i], now) < faded(least, now))
			least = &set[i];
	}
	*least = (struct place){ .tag = (uint32_t)(hash >> 32), .at = now };
	return least;
}

/* The same, faded to now. */
static struct place *find(struct throttle *t, char kind, struct str a, struct str b)
{
	struct place *p = place_of(t, kind, a, b);
	usec_t now = clock_now();

	p->score = faded(p, now);
	p->at = now;
	return p;
}

static bool is_over(struct throttle *t, char kind, struct str a, struct str b, int max)
{
	return find(t, kind, a, b)->score >= (float)max;
}

enum throttle_verdict throttle_check(struct throttle *t, struct str address, struct str account)
{
	bool is_refused;

	(void)pthread_mutex_lock(&t->lock);
	is_refused = is_over(t, 'a', address, STR(""), THROTTLE_ADDRESS_MAX) ||
		     is_over(t, 'p', address, account, THROTTLE_PAIR_MAX);
	(void)pthread_mutex_unlock(&t->lock);
	return is_refused ? THROTTLE_REFUSE : THROTTLE_GO;
}

void throttle_failed(struct throttle *t, struct str address, struct str account)
{
	(void)pthread_mutex_lock(&t->lock);
	find(t, 'a', address, STR(""))->score += 1;
	find(t, 'p', address, account)->score += 1;
	find(t, 'n', STR(""), account)->score += 1;
	(void)pthread_mutex_unlock(&t->lock);
}

/* Does not fade: the window begins with the first account and ends as a whole. */
enum throttle_verdict throttle_register(struct throttle *t, struct str address)
{
	usec_t now = clock_now();
	struct place *p;
	bool is_refused;

	(void)pthread_mutex_lock(&t->lock);
	p = place_of(t, 'r', address, STR(""));
	if (p->score <= 0 || now - p->at >= THROTTLE_REGISTER_USEC) {
		p->score = 0;
		p->at = now;
	}
	is_refused = p->score >= (float)THROTTLE_REGISTER_MAX;
	if (!is_refused)
		p->score += 1;
	(void)pthread_mutex_unlock(&t->lock);
	return is_refused ? THROTTLE_REFUSE : THROTTLE_GO;
}

usec_t throttle_delay(struct throttle *t, struct str account)
{
	bool is_slow;

	(void)pthread_mutex_lock(&t->lock);
	is_slow = is_over(t, 'n', STR(""), account, THROTTLE_ACCOUNT_MAX);
	(void)pthread_mutex_unlock(&t->lock);
	return is_slow ? THROTTLE_DELAY_USEC : 0;
}
