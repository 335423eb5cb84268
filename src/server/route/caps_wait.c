/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about capabilities, see caps_wait.h. */
#include "server/route/caps_wait.h"

#include "base/mem.h"
#include "base/random.h"
#include "server/route/client_caps.h"
#include "server/route/router.h"
#include "xmpp/ns.h"

enum { ID_CHARS = 20 };

static const usec_t PATIENCE = 20 * USEC_PER_SEC;

struct caps_waits {
	struct map by_key, by_id; /* of struct question */
};

struct waiter {
	struct list link;
	uint64_t number;
	size_t account_len;
	char account[];
};

struct question {
	struct home *home;
	const struct caps_wait_ops *ops;
	struct timer timer;
	bool is_answered;
	struct waiter *asked; /* in whose name */
	struct list waiters;  /* the others */
	unsigned count;
	struct str key, jid, hash, ver; /* owned */
	size_t domain_len;              /* of key, which begins with it */
	char id[ID_CHARS + 1];
};

struct caps_waits *caps_waits_new(void)
{
	struct caps_waits *w = mem_zalloc(1, sizeof(*w));

	map_init(&w->by_key);
	map_init(&w->by_id);
	return w;
}

static struct waiter *waiter_new(struct str account, uint64_t number)
{
	struct waiter *w = mem_alloc(sizeof(*w) + account.len);

	list_init(&w->link);
	w->number = number;
	w->account_len = account.len;
	memcpy(w->account, account.ptr, account.len);
	return w;
}

static struct str account_of(const struct waiter *w)
{
	return str_make(w->account, w->account_len);
}

static void free_str(struct str s)
{
	mem_free((void *)(uintptr_t)s.ptr);
}

static struct str own(struct str s)
{
	return str_make(str_dup(s), s.len);
}

/* The waiters are the caller's. */
static void question_free(struct question *q)
{
	loop_timer_stop(q->home->loop, &q->timer);
	mem_free(q->asked);
	free_str(q->key);
	free_str(q->jid);
	free_str(q->hash);
	free_str(q->ver);
	mem_free(q);
}

void caps_waits_free(struct caps_waits **waits)
{
	struct caps_waits *w = *waits;
	struct question *q;
	size_t at = 0;

	*waits = NULL;
	if (!w)
		return;
	while ((q = map_next(&w->by_key, &at))) {
		list_each (link, &q->waiters)
			mem_free(list_entry(link, struct waiter, link));
		question_free(q);
	}
	map_done(&w->by_key);
	map_done(&w->by_id);
	mem_free(w);
}

/* ---- the end of a question ---- */

static void act(struct home *h, const struct waiter *w,
		void (*fn)(struct dispatch *d, void *number))
{
	struct entity *e = entity_find(h, account_of(w));

	if (e && e->state == ENTITY_READY)
		router_act_in_order(e, fn, (void *)(uintptr_t)w->number);
}

/* The first of those who act asks again where nothing is known: the others wait for him. */
static void end(struct question *q)
{
	const struct caps_wait_ops *ops = q->ops;
	struct home *h = q->home;
	struct list waiters;

	list_init(&waiters);
	list_each (link, &q->waiters) {
		list_remove(link);
		list_append(&waiters, link);
	}
	(void)map_remove(&h->caps_waits->by_key, q->key);
	if (!q->is_answered)
		(void)map_remove(&h->caps_waits->by_id, str_make(q->id, ID_CHARS));
	question_free(q);
	while (!list_is_empty(&waiters)) {
		struct waiter *w = list_entry(waiters.next, struct waiter, link);

		list_remove(&w->link);
		act(h, w, ops->again);
		mem_free(w);
	}
}

static void on_timer(struct timer *t)
{
	struct question *q = container_of(t, struct question, timer);

	if (!q->is_answered)
		act(q->home, q->asked, q->ops->failed);
	end(q);
}

/* ---- asking ---- */

static void send(struct dispatch *d, const struct question *q, const struct caps_wish *w)
{
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("iq")), *query;

	xml_set(d->arena, el, STR("type"), STR("get"));
	xml_set(d->arena, el, STR("id"), arena_dup(d->arena, str_from(q->id)));
	xml_set(d->arena, el, STR("from"), d->entity->jid.full);
	xml_set(d->arena, el, STR("to"), arena_dup(d->arena, q->jid));
	query = xml_add_new(d->arena, el, NS_DISCO_INFO, STR("query"));
	if (w->node.len && w->ver.len)
		xml_set(d->arena, query, STR("node"),
			ARENA_JOIN(d->arena, w->node, STR("#"), w->ver));
	dispatch_route(d, el);
}

static struct question *question_new(struct dispatch *d, const struct caps_wish *w)
{
	struct question *q = mem_zalloc(1, sizeof(*q));

	q->home = d->home;
	q->ops = w->ops;
	q->timer.fn = on_timer;
	q->asked = waiter_new(d->entity->jid.full, w->number);
	list_init(&q->waiters);
	q->key = own(w->key);
	q->domain_len = w->jid.domain.len;
	q->jid = own(w->jid.full);
	q->hash = own(w->hash);
	q->ver = own(w->ver);
	random_token(q->id, ID_CHARS);
	(void)map_set(&d->home->caps_waits->by_key, q->key, q);
	(void)map_set(&d->home->caps_waits->by_id, str_make(q->id, ID_CHARS), q);
	loop_timer(d->home->loop, &q->timer, PATIENCE);
	return q;
}

static bool is_of(const struct waiter *w, const struct dispatch *d, uint64_t number)
{
	return w->number == number && str_eq(account_of(w), d->entity->jid.full);
}

static void join(struct dispatch *d, struct question *q, uint64_t number)
{
	struct waiter *w;

	if (q->count >= CAPS_WAITERS_MAX || is_of(q->asked, d, number))
		return;
	list_each (link, &q->waiters) {
		if (is_of(list_entry(link, struct waiter, link), d, number))
			return;
	}
	w = waiter_new(d->entity->jid.full, number);
	list_append(&q->waiters, &w->link);
	q->count++;
}

static bool has_room(const struct caps_waits *waits, struct str domain)
{
	const struct question *q;
	unsigned count = 0;
	size_t at = 0;

	while ((q = map_next(&waits->by_key, &at)))
		count += str_eq(str_sub(q->key, 0, q->domain_len), domain);
	return waits->by_key.count < CAPS_QUESTIONS_MAX && count < CAPS_DOMAIN_QUESTIONS_MAX;
}

void caps_wait(struct dispatch *d, const struct caps_wish *w)
{
	struct caps_waits *waits = d->home->caps_waits;
	struct question *q = map_get(&waits->by_key, w->key);

	if (q)
		join(d, q, w->number);
	else if (has_room(waits, w->jid.domain))
		send(d, question_new(d, w), w);
}

/* ---- answers ---- */

bool caps_wait_answered(struct dispatch *d, struct client_caps **ret_caps, uint64_t *ret_number)
{
	const struct xml *query = stanza_payload(&d->stanza);
	struct question *q = map_get(&d->home->caps_waits->by_id, d->stanza.id);

	if (!q || !str_eq(account_of(q->asked), d->entity->jid.full) ||
	    !str_eq(q->jid, d->stanza.from.full))
		return false;
	*ret_caps = NULL;
	*ret_number = q->asked->number;
	if (d->stanza.type == IQ_RESULT && xml_is(query, NS_DISCO_INFO, STR("query")))
		*ret_caps = client_caps_learn(d->home->client_caps, q->hash, q->ver, query);
	(void)map_remove(&d->home->caps_waits->by_id, str_make(q->id, ID_CHARS));
	q->is_answered = true;
	loop_timer(d->home->loop, &q->timer, 0); /* none of the waiting ones acts inside of d */
	return true;
}
