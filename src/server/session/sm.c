/* SPDX-License-Identifier: Apache-2.0 */
/* Counting of XEP-0198, see sm.h. */
#include "server/session/sm.h"

#include "base/mem.h"
#include "base/metric.h"
#include "base/random.h"
#include "base/siphash.h"

void sm_enable(struct sm *sm, bool can_resume, usec_t resume_usec)
{
	sm->is_enabled = true;
	sm->can_resume = can_resume;
	sm->resume_usec = resume_usec;
	random_token(sm->token, SM_TOKEN_LEN);
	sm->store_id = sm_store_id(str_make(sm->token, SM_TOKEN_LEN));
}

uint64_t sm_store_id(struct str token)
{
	return siphash((struct siphash_key){ 0x7061726c65792d73, 0x6d2d746f6b656e21 }, token);
}

struct sm_item *sm_item(struct sm *sm, size_t i)
{
	return &sm->items[(sm->first + i) & (sm->cap - 1)];
}

static void drop_first(struct sm *sm)
{
	struct sm_item *item = sm_item(sm, 0);

	sm->bytes -= item->bytes->len;
	metric_add(METRIC_MEM_RESUME, -(int64_t)item->bytes->len);
	item->bytes = bytes_unref(item->bytes);
	sm->first = (sm->first + 1) & (sm->cap - 1);
	sm->count--;
}

void sm_done(struct sm *sm)
{
	while (sm->count)
		drop_first(sm);
	mem_free(sm->items);
	*sm = (struct sm){ 0 };
}

static void grow(struct sm *sm)
{
	size_t cap = sm->cap ? sm->cap * 2 : 8;
	struct sm_item *items = mem_zalloc(cap, sizeof(*items));

	for (size_t i = 0; i < sm->count; i++)
		items[i] = *sm_item(sm, i);
	mem_free(sm->items);
	sm->items = items;
	sm->first = 0;
	sm->cap = cap;
}

void sm_push(struct sm *sm, struct bytes *bytes, int64_t seq)
{
	if (sm->count == sm->cap)
		grow(sm);
	sm->count++;
	sm->bytes += bytes->len;
	metric_add(METRIC_MEM_RESUME, (int64_t)bytes->len);
	*sm_item(sm, sm->count - 1) = (struct sm_item){ .bytes = bytes_ref(bytes), .seq = seq };
}

enum err sm_ack(struct sm *sm, uint32_t h, void (*fn)(void *arg, int64_t seq), void *arg)
{
	uint32_t newly = h - sm->h_acked; /* modulo 2^32 */

	if (newly > sm->count)
		return ERR_INVALID;
	for (; newly; newly--) {
		int64_t seq = sm_item(sm, 0)->seq;

		drop_first(sm);
		if (seq)
			fn(arg, seq);
	}
	sm->h_acked = h;
	if (sm->count == 0 && sm->items) { /* an idle session owns no ring */
		mem_free(sm->items);
		sm->items = NULL;
		sm->first = sm->cap = 0;
	}
	return OK;
}

uint32_t sm_sent(const struct sm *sm)
{
	return sm->h_acked + (uint32_t)sm->count;
}
