/* SPDX-License-Identifier: Apache-2.0 */
/* News for members, see member_news.h. */
#include "server/route/member_news.h"

#include "base/mem.h"
#include "server/route/entity.h"
#include "server/route/registry.h"

enum { MEMBERS_FIRST = 8, NEWS_BYTES_MAX = 16 * 1024 * 1024 };

struct delivery {
	struct letter letter;
	struct home *home;
	struct member_list *list;
	struct member_news *news;
};

/* ---- lists ---- */

struct member_list *member_list_new(const struct home *h)
{
	struct member_list *l = mem_zalloc(1, sizeof(*l) + h->count * sizeof(l->parts[0]));

	l->refs = 1;
	l->homes = h->count;
	arena_init(&l->arena, MEMBERS_BYTES_MAX);
	return l;
}

struct member_list *member_list_ref(struct member_list *l)
{
	(void)__atomic_add_fetch(&l->refs, 1, __ATOMIC_RELAXED);
	return l;
}

struct member_list *member_list_unref(struct member_list *l)
{
	if (!l || __atomic_sub_fetch(&l->refs, 1, __ATOMIC_ACQ_REL))
		return NULL;
	for (unsigned i = 0; i < l->homes; i++)
		mem_free(l->parts[i].members);
	arena_done(&l->arena);
	mem_free(l);
	return NULL;
}

void member_list_add(struct member_list *l, const struct home *h, struct str bare)
{
	struct member_part *p = &l->parts[home_of(h, bare)->index];

	if (p->count == p->cap) {
		p->cap = p->cap ? 2 * p->cap : MEMBERS_FIRST;
		p->members = mem_grow(p->members, p->cap * sizeof(*p->members));
	}
	p->members[p->count++] = arena_dup(&l->arena, bare);
	l->count++;
}

/* ---- news ---- */

struct member_news *member_news_new(enum member_event event)
{
	struct member_news *n = mem_zalloc(1, sizeof(*n));

	n->refs = 1;
	n->event = event;
	arena_init(&n->arena, NEWS_BYTES_MAX);
	return n;
}

struct member_news *member_news_ref(struct member_news *n)
{
	(void)__atomic_add_fetch(&n->refs, 1, __ATOMIC_RELAXED);
	return n;
}

struct member_news *member_news_unref(struct member_news *n)
{
	if (!n || __atomic_sub_fetch(&n->refs, 1, __ATOMIC_ACQ_REL))
		return NULL;
	arena_done(&n->arena);
	mem_free(n);
	return NULL;
}

bool member_news_mentions(const struct member_news *n, struct str bare)
{
	size_t from = 0, to = n->mentioned_count;

	while (from < to) {
		size_t at = from + (to - from) / 2;
		int order = str_cmp(n->mentioned[at], bare);

		if (!order)
			return true;
		if (order < 0)
			from = at + 1;
		else
			to = at;
	}
	return false;
}

/* ---- telling ---- */

static void tell_part(struct home *h, const struct member_list *l, const struct member_news *n)
{
	const struct member_part *p = &l->parts[h->index];

	for (size_t i = 0; i < p->count; i++)
		registry_member_news(h, p->members[i], n);
}

static void on_delivery(struct letter *letter)
{
	struct delivery *d = container_of(letter, struct delivery, letter);

	tell_part(d->home, d->list, d->news);
	(void)member_list_unref(d->list);
	(void)member_news_unref(d->news);
	mem_free(d);
}

void member_news_send(struct home *h, struct member_list *l, struct member_news *n)
{
	for (unsigned i = 0; i < l->homes; i++) {
		struct delivery *d;

		if (i == h->index || !l->parts[i].count)
			continue;
		d = mem_alloc(sizeof(*d));
		*d = (struct delivery){ .letter = { .fn = on_delivery },
					.home = h->all[i],
					.list = member_list_ref(l),
					.news = member_news_ref(n) };
		loop_post(h->all[i]->loop, &d->letter);
	}
	tell_part(h, l, n);
}
