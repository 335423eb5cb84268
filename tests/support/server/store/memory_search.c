/* SPDX-License-Identifier: Apache-2.0 */
/* Searching in the memory double: every message is looked at, which is what an index must come to,
 * too. */
#include "search/message.h"
#include "server/store/archive.h"
#include "support/server/store/memory_store-private.h"

#include <stdlib.h>

struct hunt {
	struct memory_store *m;
	const struct store_request *request;
	struct message_words words;
	struct row **found;
	size_t count;
};

static bool is_asked(const struct store_request *request, struct str owner)
{
	const struct search_ask *ask = &request->search;
	bool is_one = false;

	for (unsigned i = 0; ask->owners && i < ask->owner_count; i++)
		is_one |= str_eq(ask->owners[i], owner);
	return ask->owners ? is_one : str_eq(request->owner, owner);
}

static bool has_token(const struct hunt *h, struct str token)
{
	struct str rest = sbuf_str(&h->words.tokens), one;

	while (str_split(&rest, TOKEN_END, &one)) {
		if (str_eq(one, token))
			return true;
	}
	return false;
}

/* Each term, or one of its alternatives. */
static bool has_terms(const struct hunt *h)
{
	const struct search_ask *ask = &h->request->search;
	bool has = true;

	for (unsigned i = 0; i < ask->term_count && has; i++) {
		has = has_token(h, ask->terms[i].token);
		while (i + 1 < ask->term_count && ask->terms[i + 1].is_alternative)
			has |= has_token(h, ask->terms[++i].token);
	}
	return has;
}

static bool has_mention(const struct hunt *h, struct str owner)
{
	const struct search_ask *ask = &h->request->search;
	struct str name = STR_NONE;

	for (unsigned i = 0; i < ask->name_count; i++)
		name = str_eq(ask->names[i].owner, owner) ? ask->names[i].phrase : name;
	return !ask->name_count ||
	       message_words_mention(&h->words, ask->terms, ask->term_count, name);
}

static bool is_wanted(struct hunt *h, const struct row *r, const struct row *body)
{
	const struct archive_query *q = &h->request->archive;
	const struct search_ask *ask = &h->request->search;
	bool is_listed = !q->ids;

	for (unsigned i = 0; i < q->id_count; i++)
		is_listed |= q->ids[i] == r->seq;
	return is_asked(h->request, r->owner) && is_listed &&
	       !((r->flags | body->flags) & (ARCHIVE_HIDDEN | ARCHIVE_BLANKED)) &&
	       (!q->flags_any || (r->flags | body->flags) & q->flags_any) &&
	       (!str_is_set(q->with) || str_eq(q->with, r->key)) &&
	       archive_matches_resource(q, body->value) &&
	       message_words_read(&h->words, body->value) && has_terms(h) &&
	       message_words_have(&h->words, ask->phrases, ask->phrase_count) &&
	       has_mention(h, r->owner);
}

static int by_seq(const void *a, const void *b)
{
	const struct row *const *x = a, *const *y = b;

	return (*x)->seq < (*y)->seq ? -1 : (*x)->seq > (*y)->seq;
}

static const struct row *body_of(struct hunt *h, const struct row *r)
{
	return memory_find(h->m, BODY, STR_NONE, r->body);
}

static void find(struct hunt *h, struct arena *a)
{
	size_t n = 0;

	rows_each(link, h->m, ENTRY) n++;
	h->found = arena_alloc(a, (n + 1) * sizeof(struct row *));
	rows_each(link, h->m, ENTRY)
	{
		struct row *r = row_of(link);

		if (is_wanted(h, r, body_of(h, r)))
			h->found[h->count++] = r;
	}
	qsort(h->found, h->count, sizeof(struct row *), by_seq);
}

static struct archive_row *make_row(struct hunt *h, struct arena *a, const struct row *r)
{
	struct archive_row *row = arena_new(a, struct archive_row);
	const struct row *body = body_of(h, r);

	row->seq = r->seq;
	row->wall_time = body->wall_time;
	row->flags = r->flags | body->flags;
	row->stanza = arena_dup(a, body->value);
	row->owner = arena_dup(a, r->owner);
	return row;
}

/* The nearest of the same archive, on one side. */
static const struct row *next_to(struct hunt *h, const struct row *of, int64_t seq, bool is_down)
{
	const struct row *best = NULL;

	rows_each(link, h->m, ENTRY)
	{
		const struct row *r = row_of(link);

		if (!str_eq(r->owner, of->owner) || r->flags & ARCHIVE_HIDDEN ||
		    (is_down ? r->seq >= seq : r->seq <= seq) ||
		    (h->request->search.has_conversations && str_eq(of->owner, h->request->owner) &&
		     !str_eq(r->key, of->key)) ||
		    (h->request->archive.visible && r->seq > h->request->archive.visible))
			continue;
		if (!best || (is_down ? r->seq > best->seq : r->seq < best->seq))
			best = r;
	}
	return best;
}

static void add_context(struct hunt *h, struct arena *a, const struct row *r,
			struct archive_row *row)
{
	struct archive_row **last = &row->after;
	int64_t down = r->seq, up = r->seq;

	for (unsigned i = 0; i < h->request->search.context; i++) {
		const struct row *before = next_to(h, r, down, true);
		const struct row *after = next_to(h, r, up, false);

		if (before) {
			struct archive_row *one = make_row(h, a, before);

			one->next = row->before;
			row->before = one;
			down = before->seq;
		}
		if (after) {
			*last = make_row(h, a, after);
			last = &(*last)->next;
			up = after->seq;
		}
	}
}

static void read_page(struct hunt *h, struct store_answer *answer)
{
	const struct archive_query *q = &h->request->archive;
	struct archive_range range = archive_range_of(q, true);
	struct archive_row **last = &answer->messages;
	unsigned found = 0;
	size_t bytes = 0;

	for (size_t i = 0; i < h->count; i++) {
		const struct row *r = h->found[q->is_backward ? h->count - 1 - i : i];
		struct archive_row *row;

		if (r->seq < range.low || r->seq > range.high)
			continue;
		if (archive_page_is_full(q, found++, bytes))
			return;
		row = make_row(h, &answer->arena, r);
		add_context(h, &answer->arena, r, row);
		bytes += row->stanza.len;
		row->next = q->is_backward ? answer->messages : NULL;
		*(q->is_backward ? &answer->messages : last) = row;
		last = &row->next;
		answer->examined_seq = r->seq;
	}
	answer->is_complete = true;
}

void memory_search(struct memory_store *m, const struct store_request *request,
		   struct store_answer *answer)
{
	struct archive_range all = archive_range_of(&request->archive, false);
	struct hunt h = { .m = m, .request = request };

	message_words_init(&h.words);
	find(&h, &answer->arena);
	if (archive_page_rows(&request->archive))
		read_page(&h, answer);
	for (size_t i = 0; i < h.count && request->archive.want_count; i++)
		answer->count += h.found[i]->seq >= all.low && h.found[i]->seq <= all.high;
	message_words_done(&h.words);
}
