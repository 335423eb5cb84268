/* SPDX-License-Identifier: Apache-2.0 */
/* Stanzas that wait with older messages, see held_queue.h. */
#include "server/route/held_queue.h"

#include "base/list.h"
#include "base/mem.h"
#include "base/metric.h"
#include "xmpp/stanza_text.h"

enum { SENDER_WORDS = 16 /* of 64 bits: one bit for each of so many senders */ };

struct held {
	struct list link;
	struct bytes *bytes;
	int64_t place;
	uint64_t sender;
};

struct held_queue {
	struct list items; /* oldest first */
	size_t count, bytes;
	size_t count_max, bytes_max;
	uint64_t senders[SENDER_WORDS];
	bool is_over; /* nothing is kept any more */
};

struct held_queue *held_queue_new(size_t count_max, size_t bytes_max)
{
	struct held_queue *q = mem_zalloc(1, sizeof(*q));

	list_init(&q->items);
	q->count_max = count_max;
	q->bytes_max = bytes_max;
	metric_add(METRIC_MEM_HELD, (int64_t)sizeof(*q));
	return q;
}

static size_t cost_of(const struct bytes *bytes)
{
	return HELD_COST + bytes->len;
}

static void drop(struct held_queue *q, struct held *held)
{
	size_t cost = cost_of(held->bytes);

	list_remove(&held->link);
	q->count--;
	q->bytes -= cost;
	metric_add(METRIC_MEM_HELD, -(int64_t)cost);
	(void)bytes_unref(held->bytes);
	mem_free(held);
}

static void drop_all(struct held_queue *q)
{
	list_each (link, &q->items)
		drop(q, list_entry(link, struct held, link));
}

void held_queue_free(struct held_queue **queue)
{
	struct held_queue *q = *queue;

	*queue = NULL;
	if (!q)
		return;
	drop_all(q);
	metric_add(METRIC_MEM_HELD, -(int64_t)sizeof(*q));
	mem_free(q);
}

/* ---- whose ---- */

void held_queue_note(struct held_queue *q, uint64_t who)
{
	q->senders[who / 64 % SENDER_WORDS] |= UINT64_C(1) << who % 64;
}

bool held_queue_knows(const struct held_queue *q, uint64_t who)
{
	return q->senders[who / 64 % SENDER_WORDS] >> who % 64 & 1;
}

/* ---- what says nothing any more ---- */

/* A set of hashes, of a size that is known before. */
struct hashes {
	uint64_t *slots; /* 0: empty */
	size_t mask;
};

/* Whether it was there already. */
static bool add_hash(struct hashes *s, uint64_t hash)
{
	size_t at;

	hash += !hash;
	for (at = hash & s->mask; s->slots[at]; at = (at + 1) & s->mask) {
		if (s->slots[at] == hash)
			return true;
	}
	s->slots[at] = hash;
	return false;
}

/* Called for the newest first. A message stands for itself, presence for what it tells. */
static bool is_superseded(struct hashes *seen, const struct held *held)
{
	struct str text = bytes_str(held->bytes);

	if (stanza_text_is_state(text))
		return add_hash(seen, ~held->sender);
	return str_starts(text, STR("<message")) && add_hash(seen, held->sender) &&
	       stanza_text_is_chat_state(text);
}

static void thin_out(struct held_queue *q)
{
	struct hashes seen = { .mask = 1 };
	struct list *link, *older;

	while (seen.mask < 2 * q->count)
		seen.mask = seen.mask * 2 + 1;
	seen.slots = mem_zalloc(seen.mask + 1, sizeof(*seen.slots));
	for (link = q->items.prev; link != &q->items; link = older) {
		struct held *held = list_entry(link, struct held, link);

		older = link->prev;
		if (is_superseded(&seen, held))
			drop(q, held);
	}
	mem_free(seen.slots);
}

/* ---- in and out ---- */

/* One always fits. */
static bool is_full(const struct held_queue *q)
{
	return q->count > q->count_max || (q->count > 1 && q->bytes > q->bytes_max);
}

static void append(struct held_queue *q, struct bytes *bytes, int64_t place, uint64_t sender)
{
	struct held *held = mem_zalloc(1, sizeof(*held));

	held->bytes = bytes_ref(bytes);
	held->place = place;
	held->sender = sender;
	list_append(&q->items, &held->link);
	q->count++;
	q->bytes += cost_of(bytes);
	metric_add(METRIC_MEM_HELD, (int64_t)cost_of(bytes));
}

bool held_queue_add(struct held_queue *q, struct bytes *bytes, int64_t place, uint64_t sender)
{
	if (q->is_over)
		return true;
	append(q, bytes, place, sender);
	if (is_full(q))
		thin_out(q);
	q->is_over = is_full(q);
	if (q->is_over)
		drop_all(q);
	return !q->is_over;
}

static struct held *first_of(const struct held_queue *q)
{
	return list_is_empty(&q->items) ? NULL : list_entry(q->items.next, struct held, link);
}

struct bytes *held_queue_first(const struct held_queue *q, int64_t below)
{
	const struct held *held = first_of(q);

	return held && held->place < below ? held->bytes : NULL;
}

void held_queue_drop_first(struct held_queue *q)
{
	drop(q, first_of(q));
}
