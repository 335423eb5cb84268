/* SPDX-License-Identifier: Apache-2.0 */
/* The book of uploads, see uploads.h: what there is. Rows are read on the loop that asks; only sums
 * are asked of the book. */
#include "server/model/uploads-private.h"

#include "base/log.h"

static bool is_over(const struct upload *u)
{
	return str_eq(u->hash, UPLOADS_GONE) || (u->wall_end && u->wall_end <= wall_now());
}

/* ---- one ---- */

static void on_found(void *arg, struct store_answer *answer)
{
	struct ask *q = arg;
	const struct keyval_row *row = answer->rows;
	struct upload u;

	if (answer->err || !row)
		uploads_answer(q, answer->err ? answer->err : ERR_NOT_FOUND);
	else if (upload_decode(row->key, row->value, &u))
		uploads_answer(q, ERR_IO);
	else if (is_over(&u))
		uploads_answer(q, ERR_NOT_FOUND);
	else {
		q->u = uploads_copy(&q->arena, &u);
		uploads_answer(q, OK);
	}
}

void uploads_find(struct uploads *all, struct str id, uploads_fn *fn, void *arg)
{
	struct ask *q = uploads_ask(all, NULL, arg);
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = all->config.domain,
					 .space = UPLOAD_SPACE };

	q->fn = fn;
	q->home = NULL; /* the store answers here */
	request.key = q->u.id = arena_dup(&q->arena, id);
	store_read(all->config.store, &request, on_found, q);
}

/* ---- a list ---- */

static void on_page(void *arg, struct store_answer *answer)
{
	struct ask *q = arg;
	unsigned count = 0;

	for (const struct keyval_row *row = answer->rows; row; row = row->next)
		count++;
	q->list = arena_alloc(&q->arena, (count + 1) * sizeof(*q->list));
	for (const struct keyval_row *row = answer->rows; row && !answer->err; row = row->next) {
		struct upload u;

		if (upload_decode(row->key, row->value, &u))
			log_error(NULL, "an upload cannot be read", F_STR("id", row->key));
		else if (!is_over(&u))
			q->list[q->count++] = uploads_copy(&q->arena, &u);
		q->after = arena_dup(&q->arena, row->key);
	}
	q->has_more = answer->has_more && count;
	uploads_answer(q, answer->err);
}

void uploads_list(struct uploads *all, struct str owner, struct str after, unsigned max,
		  uploads_list_fn *fn, void *arg)
{
	struct ask *q = uploads_ask(all, NULL, arg);
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = str_is_set(owner) ? owner : all->config.domain,
					 .space =
						 str_is_set(owner) ? UPLOAD_OF_SPACE : UPLOAD_SPACE,
					 .after_key = str_is_set(after) ? after : STR(""),
					 .max = max && max < UPLOADS_PAGE ? max : UPLOADS_PAGE };

	q->listed = fn;
	q->home = NULL;
	store_read(all->config.store, &request, on_page, q);
}

/* ---- sums ---- */

static void answer_usage(struct ask *q)
{
	q->files = q->holder->count;
	q->bytes = q->holder->bytes;
	uploads_answer(q, OK);
}

static void run_usage(struct ask *q)
{
	if (!q->owner.len) {
		q->files = q->all->count;
		q->bytes = q->all->bytes;
		uploads_answer(q, q->all->is_counted ? OK : ERR_BUSY);
		return;
	}
	q->holder = uploads_holder(q->all, q->owner);
	uploads_load(q, answer_usage);
}

void uploads_usage(struct uploads *all, struct str owner, uploads_usage_fn *fn, void *arg)
{
	struct ask *q = uploads_ask(all, run_usage, arg);

	q->used = fn;
	q->owner = arena_dup(&q->arena, owner);
	uploads_send(q);
}

uint64_t uploads_expired(const struct uploads *all)
{
	return __atomic_load_n(&all->expired_count, __ATOMIC_RELAXED);
}
