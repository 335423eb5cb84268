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

/* ---- rooms ---- */

bool archive_search_in_room(const struct dispatch *d, struct str jid)
{
	ptrdiff_t at = str_index(jid, '@');
	const struct realm *realm =
		at > 0 ? home_realm(d->home, str_from_at(jid, (size_t)(at + 1))) : NULL;

	return realm && !realm->has_accounts;
}

/* ---- mentions ---- */

static struct query_term special(enum token_kind kind, struct str value, struct arena *a)
{
	struct sbuf out scoped(sbuf_done) = SBUF(2 * TOKEN_MAX);

	token_write(&out, kind, value);
	return (struct query_term){ .token = arena_dup(a, sbuf_str(&out)), .is_alternative = true };
}

static bool has_term(const struct query_term *terms, unsigned count, struct str token)
{
	for (unsigned i = 0; i < count; i++) {
		if (str_eq(terms[i].token, token))
			return true;
	}
	return false;
}

void archive_search_name(const struct archive_mention *m, const struct archive_self *selves,
			 size_t count, struct arena *a, struct search_ask *ask)
{
	unsigned n = m->at + 1, rest = ask->term_count - n;
	struct query_term *terms = arena_alloc(a, (ask->term_count + 3 * count) * sizeof(*terms));
	struct search_name *names = arena_alloc(a, (count + 1) * sizeof(*names));

	memcpy(terms, ask->terms, n * sizeof(*terms));
	ask->name_count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct query_view *v = &selves[i].view;
		struct str token = STR_NONE, phrase = query_name(v->nick, a, &token);

		if (v->occupant_jid.len)
			terms[n++] = special(TOKEN_MENTION, v->occupant_jid, a);
		if (v->occupant_id.len)
			terms[n++] = special(TOKEN_OCCUPANT, v->occupant_id, a);
		if (!str_is_set(phrase))
			continue;
		names[ask->name_count++] =
			(struct search_name){ .owner = selves[i].owner, .phrase = phrase };
		if (!has_term(terms + m->at, n - m->at, token))
			terms[n++] = (struct query_term){ .token = token, .is_alternative = true };
	}
	memcpy(terms + n, ask->terms + m->at + 1, rest * sizeof(*terms));
	ask->terms = terms;
	ask->term_count = n + rest;
	ask->names = ask->name_count ? names : NULL;
}

/* ---- the whole ---- */

/* In a room the asker is known at once. */
static void take_mention(struct dispatch *d, struct archive_search *s, const struct query *query,
			 struct search_ask *ask)
{
	struct archive_self self = { .owner = d->entity->jid.full,
				     .view = { .nick = s->view.nick } };

	if (!query->has_mention)
		return;
	s->mention = arena_new(d->arena, struct archive_mention);
	s->mention->at = query->mention_at;
	if (s->is_room)
		archive_search_name(s->mention, &self, 1, d->arena, ask);
}

bool archive_search_take(struct dispatch *d, struct archive_search *s, struct archive_query *q,
			 struct search_ask *ret_ask, enum condition *ret_why)
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
	take_mention(d, s, &query, &ask);
	if (jid_is_set(query.in))
		s->in = jid_bare_str(query.in);
	if (query.is_void || !take_in(d, s->is_room, query.in, q))
		find_nothing(&ask);
	*ret_ask = ask;
	return true;
}
