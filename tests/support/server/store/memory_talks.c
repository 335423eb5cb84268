/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations in the memory double: each is looked for from end to end. */
#include "server/store/archive.h"
#include "support/server/store/memory_store-private.h"

/* The entries of one conversation, in order. */
struct talk {
	const struct talk_query *query;
	struct str owner, with; /* with unset: all of a room */
	int64_t visible;        /* 0: all */
};

static bool is_in(const struct talk *t, const struct row *r)
{
	return (!str_is_set(t->with) || str_eq(r->key, t->with)) &&
	       (!t->visible || r->seq <= t->visible);
}

static bool counts(const struct talk *t, const struct row *r)
{
	bool is_own = !str_is_set(t->with) && str_eq(r->key, t->query->not_from);

	return r->flags & ARCHIVE_COUNTED && !is_own && (!t->query || r->seq > t->query->after);
}

static unsigned count_places(struct memory_store *m, const struct talk *t)
{
	unsigned n = 0;

	for (unsigned i = 0; t->query && i < t->query->place_count; i++) {
		const struct row *r = memory_find(m, ENTRY, t->owner, t->query->places[i]);

		n += r && r->flags & ARCHIVE_COUNTED;
	}
	return n;
}

static struct archive_row *message_of(struct memory_store *m, const struct row *r,
				      struct store_answer *answer)
{
	return memory_row(&answer->arena, r, memory_find(m, BODY, STR_NONE, r->body));
}

static void look_at(struct memory_store *m, const struct talk *t, int number,
		    struct store_answer *answer)
{
	struct talk_row *row = arena_zalloc(&answer->arena, sizeof(*row));
	struct talk_row **last = &answer->talks;
	const struct row *text = NULL;
	size_t n;
	struct row **rows = memory_sorted(m, ENTRY, t->owner, answer, &n);

	for (size_t i = 0; i < n; i++) {
		if (!is_in(t, rows[i]))
			continue;
		row->newest = rows[i]->seq;
		if (rows[i]->flags & ARCHIVE_TEXT || !text)
			text = rows[i];
		else if (!(text->flags & ARCHIVE_TEXT))
			text = rows[i];
		row->unread += counts(t, rows[i]);
	}
	if (!text)
		return;
	row->talk = number;
	row->message = message_of(m, text, answer);
	row->places = count_places(m, t);
	while (*last)
		last = &(*last)->next;
	*last = row;
}

static bool is_asked(const struct store_request *request, struct str peer)
{
	for (unsigned i = 0; i < request->talk_count; i++) {
		const struct talk_query *q = &request->talks[i];

		if (str_is_set(q->with) && str_eq(q->with, peer) &&
		    str_eq(q->owner, request->owner))
			return true;
	}
	return false;
}

static void look_at_all(struct memory_store *m, const struct store_request *request,
			struct store_answer *answer)
{
	size_t n;
	struct row **rows = memory_sorted(m, ENTRY, request->owner, answer, &n);

	for (size_t i = 0; i < n; i++) {
		struct talk t = { .owner = request->owner,
				  .with = rows[i]->key,
				  .visible = request->archive.visible };
		bool is_known = !t.with.len || is_asked(request, t.with);

		for (size_t k = 0; k < i && !is_known; k++)
			is_known = str_eq(rows[k]->key, t.with);
		if (!is_known)
			look_at(m, &t, -1, answer);
	}
}

void memory_read_talks(struct memory_store *m, const struct store_request *request,
		       struct store_answer *answer)
{
	for (unsigned i = 0; i < request->talk_count; i++) {
		const struct talk_query *q = &request->talks[i];
		bool is_own = str_eq(q->owner, request->owner);
		struct talk t = { .query = q,
				  .owner = q->owner,
				  .with = q->with,
				  .visible = is_own ? request->archive.visible : 0 };

		look_at(m, &t, (int)i, answer);
	}
	if (request->all_talks)
		look_at_all(m, request, answer);
}
