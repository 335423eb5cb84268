/* SPDX-License-Identifier: Apache-2.0 */
/* The queue for another server, see s2s_queue.h. */
#include "server/s2s/s2s_queue.h"

#include "base/mem.h"
#include "base/metric.h"

static size_t cost(const struct s2s_item *item)
{
	return item->stanza->len + S2S_STANZA_COST;
}

void s2s_queue_init(struct s2s_queue *q)
{
	*q = (struct s2s_queue){ .first = NULL };
	q->last = &q->first;
}

void s2s_item_free(struct s2s_item *item)
{
	(void)bytes_unref(item->stanza);
	mem_free(item);
}

void s2s_queue_done(struct s2s_queue *q)
{
	struct s2s_item *item;

	while ((item = s2s_queue_take(q)))
		s2s_item_free(item);
}

enum err s2s_queue_push(struct s2s_queue *q, struct bytes *stanza, bool is_quiet, size_t max_bytes)
{
	struct s2s_item *item;

	if (q->count >= S2S_QUEUE_STANZAS || q->bytes + stanza->len + S2S_STANZA_COST > max_bytes)
		return ERR_TOO_BIG;
	item = mem_zalloc(1, sizeof(*item));
	item->stanza = bytes_ref(stanza);
	item->since = clock_now();
	item->is_quiet = is_quiet;
	*q->last = item;
	q->last = &item->next;
	if (!q->unsent)
		q->unsent = item;
	q->count++;
	q->bytes += cost(item);
	metric_add(METRIC_S2S_QUEUE, (int64_t)cost(item));
	return OK;
}

struct s2s_item *s2s_queue_next(struct s2s_queue *q)
{
	struct s2s_item *item = q->unsent;

	if (!item)
		return NULL;
	q->unsent = item->next;
	q->sent++;
	return item;
}

struct s2s_item *s2s_queue_take(struct s2s_queue *q)
{
	struct s2s_item *item = q->first;

	if (!item)
		return NULL;
	if (q->unsent == item)
		q->unsent = item->next;
	else
		q->sent--;
	q->first = item->next;
	if (!q->first)
		q->last = &q->first;
	q->count--;
	q->bytes -= cost(item);
	metric_add(METRIC_S2S_QUEUE, -(int64_t)cost(item));
	return item;
}

enum err s2s_queue_ack(struct s2s_queue *q, size_t count)
{
	if (count > q->sent)
		return ERR_INVALID;
	while (count-- > 0)
		s2s_item_free(s2s_queue_take(q));
	return OK;
}

void s2s_queue_rewind(struct s2s_queue *q)
{
	q->unsent = q->first;
	q->sent = 0;
}
