/* SPDX-License-Identifier: Apache-2.0 */
/* From what was typed to what the store is asked, see archive_search.h. */
#include "server/route/archive_search.h"

#include "server/store/archive.h"

enum { CONTEXT_ROWS_MAX = 20 /* matches of a page whose neighbours are wanted, too */ };

/* A place where nothing lies. */
static void find_nothing(struct search_ask *ask)
{
	static const struct str nobody[1];

	ask->owners = nobody;
	ask->owner_count = 0;
}

/* in: says which conversation, or which room. */
static bool take_in(struct dispatch *d, bool is_room, struct jid in, struct archive_query *q)
{
	struct str bare = jid_bare_str(in);

	if (!jid_is_set(in))
		return true;
	if (is_room)
		return str_eq(bare, d->entity->jid.full);
	if (str_is_set(q->with))
		return str_eq(bare, q->with);
	q->with = bare;
	return true;
}

static void take_times(const struct query *query, struct archive_query *q)
{
	if (query->has_begin && (!q->wall_start || query->wall_begin > q->wall_start))
		q->wall_start = query->wall_begin ? query->wall_begin : -1;
	if (query->has_end && (!q->wall_end || query->wall_end - 1 < q->wall_end))
		q->wall_end = query->wall_end != 1 ? query->wall_end - 1 : -1;
}

bool archive_search_take(struct dispatch *d, const struct archive_search *s,
			 struct archive_query *q, struct search_ask *ret_ask,
			 enum condition *ret_why)
{
	const struct mam_query *asked = s->asked;
	struct search_ask ask = { .has_conversations = !s->is_room };
	struct query query;

	if (!str_trim(asked->fulltext).len)
		return true;
	if (query_read(asked->fulltext, &s->view, d->arena, &query)) {
		*ret_why = COND_POLICY_VIOLATION;
		return false;
	}
	ask.terms = query.terms;
	ask.term_count = query.term_count;
	ask.phrases = query.phrases;
	ask.phrase_count = query.phrase_count;
	ask.context = asked->context < SEARCH_CONTEXT_MAX ? asked->context : SEARCH_CONTEXT_MAX;
	if (ask.context && q->max > CONTEXT_ROWS_MAX)
		q->max = CONTEXT_ROWS_MAX;
	ask.has_address = query.has_address;
	take_times(&query, q);
	if (query.is_void || !take_in(d, s->is_room, query.in, q))
		find_nothing(&ask);
	*ret_ask = ask;
	return true;
}
