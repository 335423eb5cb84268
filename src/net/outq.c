/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of unsent bytes, see outq.h. */
#include "net/outq.h"

#include "base/mem.h"
#include "base/metric.h"

static struct outq_chunk *chunk_new(struct outq_pool *pool)
{
	struct outq_chunk *c = pool->spare;

	if (c) {
		pool->spare = c->next;
		pool->count--;
	} else {
		c = mem_alloc(sizeof(*c));
	}
	c->next = NULL;
	c->first = c->end = 0;
	return c;
}

static void chunk_free(struct outq_pool *pool, struct outq_chunk *c)
{
	if (pool->count >= OUTQ_SPARE_MAX) {
		mem_free(c);
		return;
	}
	c->next = pool->spare;
	pool->spare = c;
	pool->count++;
}

void outq_pool_done(struct outq_pool *pool)
{
	while (pool->spare) {
		struct outq_chunk *next = pool->spare->next;

		mem_free(pool->spare);
		pool->spare = next;
	}
	pool->count = 0;
}

void outq_clear(struct outq *q, struct outq_pool *pool)
{
	outq_drop(q, pool, q->unsent);
}

enum err outq_push(struct outq *q, struct outq_pool *pool, struct bytes *data, size_t limit)
{
	if (data->len == 0)
		return OK;
	if (data->len > limit || q->unsent > limit - data->len)
		return ERR_TOO_BIG;
	if (!q->tail) {
		q->head = q->tail = chunk_new(pool);
	} else if (q->tail->end == OUTQ_CHUNK_REFS) {
		q->tail->next = chunk_new(pool);
		q->tail = q->tail->next;
	}
	q->tail->refs[q->tail->end++] = bytes_ref(data);
	q->unsent += data->len;
	metric_add(METRIC_MEM_OUTQ, (int64_t)data->len);
	return OK;
}

unsigned outq_parts(const struct outq *q, struct iovec *iov, unsigned max, size_t *ret_bytes)
{
	size_t total = 0, skip = q->skip;
	unsigned n = 0;

	for (struct outq_chunk *c = q->head; c && n < max; c = c->next) {
		for (unsigned i = c->first; i < c->end && n < max; i++) {
			iov[n].iov_base = c->refs[i]->data + skip;
			iov[n].iov_len = c->refs[i]->len - skip;
			total += iov[n++].iov_len;
			skip = 0;
		}
	}
	*ret_bytes = total;
	return n;
}

size_t outq_peek(const struct outq *q, char *buf, size_t max)
{
	size_t total = 0, skip = q->skip;

	for (struct outq_chunk *c = q->head; c && total < max; c = c->next) {
		for (unsigned i = c->first; i < c->end && total < max; i++) {
			size_t n = c->refs[i]->len - skip;

			if (n > max - total)
				n = max - total;
			memcpy(buf + total, c->refs[i]->data + skip, n);
			total += n;
			skip = 0;
		}
	}
	return total;
}

static void drop_first(struct outq *q, struct outq_pool *pool)
{
	struct outq_chunk *c = q->head;

	(void)bytes_unref(c->refs[c->first++]); /* nothing else points at the slot */
	q->skip = 0;
	if (c->first < c->end)
		return;
	q->head = c->next;
	if (!q->head)
		q->tail = NULL;
	chunk_free(pool, c);
}

void outq_drop(struct outq *q, struct outq_pool *pool, size_t n)
{
	must(n <= q->unsent);
	q->unsent -= n;
	if (n)
		metric_add(METRIC_MEM_OUTQ, -(int64_t)n);
	while (n) {
		struct bytes *first = q->head->refs[q->head->first];
		size_t left = first->len - q->skip;

		if (n < left) {
			q->skip += (uint32_t)n;
			return;
		}
		n -= left;
		drop_first(q, pool);
	}
}
