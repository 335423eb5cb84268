/* SPDX-License-Identifier: Apache-2.0 */
/* Token buckets by name, see pace.h. */
#include "server/model/pace.h"

#include "base/mem.h"
#include "base/random.h"
#include "base/siphash.h"

#include <pthread.h>

enum { SETS = 8192, WAYS = 8 };

/* What was used flows off evenly, all of max in one window. */
struct place {
	uint32_t tag; /* of the name that has it */
	float used;
	float flow; /* per usec */
	usec_t at;
};

struct pace {
	pthread_mutex_t lock;
	struct siphash_key key;
	struct place sets[SETS][WAYS];
};

struct pace *pace_new(void)
{
	struct pace *p = mem_zalloc(1, sizeof(*p));

	(void)pthread_mutex_init(&p->lock, NULL);
	random_fill(&p->key, sizeof(p->key));
	return p;
}

void pace_free(struct pace **p)
{
	if (*p)
		(void)pthread_mutex_destroy(&(*p)->lock);
	mem_free(*p);
	*p = NULL;
}

static float left_of(const struct place *x, usec_t now)
{
	float used = x->used - (float)(now - x->at) * x->flow;

	return used > 0 ? used : 0;
}

static uint64_t hash_of(const struct pace *p, struct str what, struct str a, struct str b)
{
	const struct str parts[] = { what, a, b };
	uint64_t hashes[array_len(parts)];

	for (size_t i = 0; i < array_len(parts); i++)
		hashes[i] = siphash(p->key, parts[i]);
	return siphash(p->key, str_make((const char *)hashes, sizeof(hashes)));
}

/* The place of a name; *ret_is_new: it had none, and takes the one in its set with the least to
 * forget. Under the lock. */
static struct place *place_of(struct pace *p, uint64_t hash, usec_t now, bool *ret_is_new)
{
	struct place *set = p->sets[hash % SETS], *least = set;
	uint32_t tag = (uint32_t)(hash >> 32);

	*ret_is_new = false;
	for (int i = 0; i < WAYS; i++) {
		if (set[i].tag == tag && set[i].at)
			return &set[i];
		if (left_of(&set[i], now) < left_of(least, now))
			least = &set[i];
	}
	*ret_is_new = true;
	*least = (struct place){ .tag = tag, .at = now };
	return least;
}

bool pace_take(struct pace *p, struct str what, struct str a, struct str b, struct pace_rate rate)
{
	usec_t now = clock_now();
	struct place *x;
	bool is_new, is_free;

	if (!rate.max)
		return true;
	(void)pthread_mutex_lock(&p->lock);
	x = place_of(p, hash_of(p, what, a, b), now, &is_new);
	x->used = left_of(x, now);
	x->flow = (float)rate.max / (float)rate.window;
	x->at = now;
	is_free = x->used + 1 <= (float)rate.max + 0.001f; /* what flowed off is not exact */
	if (is_free)
		x->used += 1;
	(void)pthread_mutex_unlock(&p->lock);
	return is_free;
}

/* ---- people of other domains ---- */

#define REQUEST STR("request")
#define MEET    STR("meet")
#define MESSAGE STR("message")
#define JOIN    STR("join")
#define TALK    STR("talk")
#define KNOWN   STR("known")

static bool take_both(struct pace *p, struct str what, struct pace_stranger who,
		      struct pace_rate of_one, struct pace_rate of_domain)
{
	return pace_take(p, what, who.sender, STR(""), of_one) &&
	       pace_take(p, what, STR(""), who.domain, of_domain);
}

bool pace_request(struct pace *p, const struct pace_limits *l, struct pace_stranger who)
{
	return take_both(p, REQUEST, who, l->requests, l->domain_requests);
}

bool pace_join(struct pace *p, const struct pace_limits *l, struct pace_stranger who)
{
	return take_both(p, JOIN, who, l->joins, l->domain_joins);
}

/* Whether a place of this name is there still; renews it. */
static bool is_noted(struct pace *p, struct str what, struct str a, struct str b)
{
	uint64_t hash = hash_of(p, what, a, b);
	struct place *set = p->sets[hash % SETS];
	uint32_t tag = (uint32_t)(hash >> 32);
	usec_t now = clock_now();
	bool is_there = false;

	(void)pthread_mutex_lock(&p->lock);
	for (int i = 0; i < WAYS && !is_there; i++) {
		if (set[i].tag != tag || left_of(&set[i], now) <= 0)
			continue;
		is_there = true;
		set[i].used = 1;
		set[i].at = now;
	}
	(void)pthread_mutex_unlock(&p->lock);
	return is_there;
}

static void note(struct pace *p, struct str what, struct str a, struct str b)
{
	usec_t now = clock_now();
	bool is_new;

	(void)pthread_mutex_lock(&p->lock);
	*place_of(p, hash_of(p, what, a, b), now, &is_new) =
		(struct place){ .tag = (uint32_t)(hash_of(p, what, a, b) >> 32),
				.used = 1,
				.flow = 1.0f / (float)PACE_TALK_USEC,
				.at = now };
	(void)pthread_mutex_unlock(&p->lock);
}

bool pace_message(struct pace *p, const struct pace_limits *l, struct pace_stranger who,
		  struct str account)
{
	if (is_noted(p, KNOWN, account, who.sender))
		return true;
	if (!is_noted(p, TALK, who.sender, account)) {
		if (!take_both(p, MEET, who, l->people, l->domain_people))
			return false;
		note(p, TALK, who.sender, account);
	}
	return pace_take(p, MESSAGE, who.sender, account, l->messages);
}

void pace_wrote(struct pace *p, struct str account, struct str who)
{
	note(p, KNOWN, account, who);
}
