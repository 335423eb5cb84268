/* SPDX-License-Identifier: Apache-2.0 */
/* The reading half of the memory double: sorts what it finds, and takes what was asked for. */
#include "server/store/archive.h"
#include "support/server/store/memory_store-private.h"

#include <stdlib.h>

static void fill_account(struct account *to, struct arena *a, const struct row *r)
{
	*to = r->account;
	to->owner = arena_dup(a, r->owner);
}

static enum err read_account(struct memory_store *m, struct str owner, struct store_answer *answer)
{
	const struct row *r = memory_find_account(m, owner);

	if (!r)
		return ERR_NOT_FOUND;
	fill_account(&answer->account, &answer->arena, r);
	return OK;
}

static int by_key(const void *a, const void *b)
{
	const struct row *const *x = a, *const *y = b;

	return str_cmp((*x)->table == ACCOUNT ? (*x)->owner : (*x)->key,
		       (*y)->table == ACCOUNT ? (*y)->owner : (*y)->key);
}

static int by_seq(const void *a, const void *b)
{
	const struct row *const *x = a, *const *y = b;

	return (*x)->seq < (*y)->seq ? -1 : (*x)->seq > (*y)->seq;
}

/* The rows of a table (of one owner, if set), in order; in the answer's arena. */
struct row **memory_sorted(struct memory_store *m, enum table table, struct str owner,
			   struct store_answer *answer, size_t *ret_count)
{
	size_t n = 0;
	struct row **rows;

	rows_each(link, m, table) n++;
	rows = arena_alloc(&answer->arena, (n + 1) * sizeof(struct row *));
	n = 0;
	rows_each(link, m, table)
	{
		if (!str_is_set(owner) || str_eq(row_of(link)->owner, owner))
			rows[n++] = row_of(link);
	}
	qsort(rows, n, sizeof(struct row *), table == ENTRY ? by_seq : by_key);
	*ret_count = n;
	return rows;
}

static void read_accounts(struct memory_store *m, const struct store_request *request,
			  struct store_answer *answer)
{
	size_t n;
	struct row **rows = memory_sorted(m, ACCOUNT, STR_NONE, answer, &n);

	answer->accounts = arena_alloc(&answer->arena, (n + 1) * sizeof(struct account));
	for (size_t i = 0; i < n; i++) {
		if (str_cmp(rows[i]->owner, request->after_key) <= 0)
			continue;
		answer->has_more = request->max && answer->account_count == request->max;
		if (answer->has_more)
			return;
		fill_account(&answer->accounts[answer->account_count++], &answer->arena, rows[i]);
	}
}

static void read_space(struct memory_store *m, const struct store_request *request,
		       struct str space, struct store_answer *answer)
{
	struct keyval_row **last = &answer->rows;
	unsigned taken = 0;
	size_t n;
	struct row **rows = memory_sorted(m, KEYVAL, request->owner, answer, &n);
	bool is_page = request->kind == READ_KEYVAL;

	while (*last)
		last = &(*last)->next;
	for (size_t i = 0; i < n; i++) {
		const struct row *r = rows[i];

		if (!str_eq(r->space, space) ||
		    (is_page && str_is_set(request->key) && !str_eq(r->key, request->key)) ||
		    (is_page && str_is_set(request->after_key) &&
		     str_cmp(r->key, request->after_key) <= 0))
			continue;
		answer->has_more = is_page && request->max && taken++ == request->max;
		if (answer->has_more)
			return;
		*last = arena_new(&answer->arena, struct keyval_row);
		(*last)->space = arena_dup(&answer->arena, r->space);
		(*last)->key = arena_dup(&answer->arena, r->key);
		(*last)->value = arena_dup(&answer->arena, r->value);
		last = &(*last)->next;
	}
}

/* READ_KEYVAL: what one key gives, the others', or all. */
static void read_keyval(struct memory_store *m, const struct store_request *request,
			struct store_answer *answer)
{
	struct store_request one = *request;

	if (!request->key_count) {
		read_space(m, request, request->space, answer);
		return;
	}
	for (unsigned i = 0; i < request->key_count; i++) {
		one.key = request->keys[i];
		one.after_key = STR_NONE;
		one.max = 0;
		read_space(m, &one, request->space, answer);
	}
}

static enum err read_owner(struct memory_store *m, const struct store_request *request,
			   struct store_answer *answer)
{
	size_t n;
	struct row **rows = memory_sorted(m, ENTRY, request->owner, answer, &n);

	for (unsigned i = 0; i < request->space_count; i++)
		read_space(m, request, request->spaces[i], answer);
	answer->last_seq = n ? rows[n - 1]->seq : 0;
	return read_account(m, request->owner, answer);
}

static void read_dedup(struct memory_store *m, const struct store_request *request,
		       struct store_answer *answer)
{
	unsigned flag = request->is_in ? ARCHIVE_IN : ARCHIVE_OUT;
	size_t n;
	struct row **rows = memory_sorted(m, ENTRY, request->owner, answer, &n);
	uint64_t *values = arena_alloc(&answer->arena, (n + 1) * sizeof(*values));

	while (n-- && (!request->max || answer->dedup_count < request->max)) {
		if (rows[n]->dedup && rows[n]->flags & flag && rows[n]->seq >= request->from_wall)
			values[answer->dedup_count++] = rows[n]->dedup;
	}
	answer->dedup = values;
}

static bool is_in_reach(const struct archive_query *q, struct archive_range range,
			const struct row *r)
{
	bool is_listed = !q->ids;

	for (unsigned i = 0; i < q->id_count; i++)
		is_listed |= q->ids[i] == r->seq;
	return is_listed && r->seq >= range.low && r->seq <= range.high &&
	       (!str_is_set(q->with) || str_eq(q->with, r->key));
}

/* The filters that need the row itself. */
static bool passes(const struct archive_query *q, const struct row *r, const struct row *body)
{
	return (q->with_hidden || !(r->flags & ARCHIVE_HIDDEN)) &&
	       (!q->flags_any || (r->flags | body->flags) & q->flags_any) &&
	       archive_matches_resource(q, body->value);
}

static bool matches(const struct archive_query *q, struct archive_range range, const struct row *r,
		    const struct row *body)
{
	return is_in_reach(q, range, r) && passes(q, r, body);
}

struct archive_row *memory_row(struct arena *a, const struct row *r, const struct row *body)
{
	struct archive_row *row = arena_new(a, struct archive_row);

	row->seq = r->seq;
	row->wall_time = body->wall_time;
	row->flags = r->flags | body->flags;
	row->stanza = arena_dup(a, body->value);
	return row;
}

static void read_page(struct memory_store *m, const struct archive_query *q, struct row **rows,
		      size_t n, struct store_answer *answer)
{
	struct archive_range range = archive_range_of(q, true);
	struct archive_row **last = &answer->messages;
	unsigned found = 0, examined = 0, examined_max = memory_examined_max(m);
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++) {
		const struct row *r = rows[q->is_backward ? n - 1 - i : i];
		const struct row *body = memory_find(m, BODY, STR_NONE, r->body);

		if (!is_in_reach(q, range, r))
			continue;
		if (examined++ == examined_max)
			return;
		if (passes(q, r, body)) {
			struct archive_row *row;

			if (archive_page_is_full(q, found++, bytes))
				return;
			bytes += body->value.len;
			row = memory_row(&answer->arena, r, body);
			row->next = q->is_backward ? answer->messages : NULL;
			*(q->is_backward ? &answer->messages : last) = row;
			last = &row->next;
		}
		answer->examined_seq = r->seq;
	}
	answer->is_complete = true;
}

static bool has_entry(struct memory_store *m, const struct store_request *request, int64_t seq)
{
	int64_t visible = request->archive.visible;

	const struct row *r = memory_find(m, ENTRY, request->owner, seq);

	return !seq || ((!visible || seq <= visible) && r && !(r->flags & ARCHIVE_HIDDEN));
}

static bool has_all(struct memory_store *m, const struct store_request *request)
{
	const struct archive_query *q = &request->archive;
	bool has = has_entry(m, request, q->after) && has_entry(m, request, q->before) &&
		   has_entry(m, request, q->above) && has_entry(m, request, q->below);

	for (unsigned i = 0; i < q->id_count; i++)
		has &= has_entry(m, request, q->ids[i]);
	return has;
}

static enum err read_archive(struct memory_store *m, const struct store_request *request,
			     struct store_answer *answer)
{
	const struct archive_query *q = &request->archive;
	struct archive_range all = archive_range_of(q, false);
	size_t n;
	struct row **rows;

	if (archive_is_bound(q) && !has_all(m, request))
		return ERR_NOT_FOUND;
	rows = memory_sorted(m, ENTRY, request->owner, answer, &n);
	read_page(m, q, rows, n, answer);
	for (size_t i = 0; i < n && q->want_count; i++) {
		const struct row *body = memory_find(m, BODY, STR_NONE, rows[i]->body);

		answer->count += matches(q, all, rows[i], body);
	}
	return OK;
}

static void read_ends(struct memory_store *m, const struct store_request *request,
		      struct store_answer *answer)
{
	size_t n;
	struct row **rows = memory_sorted(m, ENTRY, request->owner, answer, &n);
	int64_t visible = request->archive.visible;

	for (size_t i = 0; i < n; i++) {
		struct archive_row *row;

		if ((visible && rows[i]->seq > visible) || rows[i]->flags & ARCHIVE_HIDDEN)
			continue;
		row = memory_row(&answer->arena, rows[i],
				 memory_find(m, BODY, STR_NONE, rows[i]->body));
		row->stanza = STR("");
		*(answer->messages ? &answer->messages->next : &answer->messages) = row;
	}
}

static enum err read_session(struct memory_store *m, uint64_t session, struct store_answer *answer)
{
	const struct row *r = memory_find(m, SESSION, STR_NONE, (int64_t)session);

	if (!r)
		return ERR_NOT_FOUND;
	answer->session_owner = arena_dup(&answer->arena, r->owner);
	answer->session_h = r->h;
	return OK;
}

static void read_stats(struct memory_store *m, struct store_answer *answer)
{
	uint64_t n[TABLES] = { 0 };

	for (unsigned table = 0; table < TABLES; table++) {
		rows_each(link, m, table)
		{
			n[table]++;
			answer->stats.bytes += sizeof(struct row) + row_of(link)->value.len;
			if (table == BODY && row_of(link)->wall_time > answer->stats.wall_newest)
				answer->stats.wall_newest = row_of(link)->wall_time;
		}
	}
	answer->stats.accounts = n[ACCOUNT];
	answer->stats.messages = n[BODY];
	answer->stats.entries = n[ENTRY];
}

static void read_spaces(struct memory_store *m, struct str owner, struct store_answer *answer)
{
	rows_each(link, m, KEYVAL)
	{
		const struct row *r = row_of(link);
		struct usage_row **at = &answer->usage.spaces;

		if (!str_eq(r->owner, owner))
			continue;
		while (*at && str_cmp((*at)->space, r->space) < 0)
			at = &(*at)->next;
		if (!*at || !str_eq((*at)->space, r->space)) {
			struct usage_row *row = arena_new(&answer->arena, struct usage_row);

			*row = (struct usage_row){ .next = *at,
						   .space = arena_dup(&answer->arena, r->space) };
			*at = row;
		}
		(*at)->count++;
		(*at)->bytes += r->key.len + r->value.len;
	}
}

static void read_usage(struct memory_store *m, const struct store_request *request,
		       struct store_answer *answer)
{
	unsigned examined_max = memory_examined_max(m);
	size_t n;
	struct row **rows = memory_sorted(m, ENTRY, request->owner, answer, &n);

	for (size_t i = 0; i < n && answer->usage.messages < examined_max; i++) {
		if (rows[i]->seq <= request->archive.after)
			continue;
		answer->usage.messages++;
		answer->usage.bytes += memory_find(m, BODY, STR_NONE, rows[i]->body)->value.len;
		answer->examined_seq = rows[i]->seq;
	}
	answer->is_complete = answer->usage.messages < examined_max;
	if (!request->archive.after)
		read_spaces(m, request->owner, answer);
}

static enum err read_any(struct memory_store *m, const struct store_request *request,
			 struct store_answer *answer)
{
	switch (request->kind) {
	case READ_OWNER:
		return read_owner(m, request, answer);
	case READ_ACCOUNT:
		return read_account(m, request->owner, answer);
	case READ_ACCOUNTS:
		read_accounts(m, request, answer);
		return OK;
	case READ_KEYVAL:
		read_keyval(m, request, answer);
		return OK;
	case READ_ARCHIVE:
		return read_archive(m, request, answer);
	case READ_ARCHIVE_ENDS:
		read_ends(m, request, answer);
		return OK;
	case READ_DEDUP:
		read_dedup(m, request, answer);
		return OK;
	case READ_SESSION:
		return read_session(m, request->session, answer);
	case READ_STATS:
		read_stats(m, answer);
		return OK;
	case READ_TALKS:
		memory_read_talks(m, request, answer);
		return OK;
	case READ_USAGE:
		read_usage(m, request, answer);
		return OK;
	case READ_SEARCH:
		if (!request->search.owners && archive_is_bound(&request->archive) &&
		    !has_all(m, request))
			return ERR_NOT_FOUND;
		memory_search(m, request, answer);
		return OK;
	case READ_SEARCH_STATUS:
		return ERR_UNSUPPORTED;
	}
	return ERR_UNSUPPORTED;
}

enum err memory_read(void *reader, const struct store_request *request, struct store_answer *answer)
{
	struct memory_store *m = reader;
	enum err e;

	(void)pthread_mutex_lock(&m->data);
	e = read_any(m, request, answer);
	(void)pthread_mutex_unlock(&m->data);
	return e;
}
