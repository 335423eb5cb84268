/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out what was said of messages, see inbox_fold.h. */
#include "server/inbox/inbox_fold.h"

#include "server/inbox/inbox_tell.h"
#include "server/route/archive_id.h"
#include "server/route/post.h"
#include "server/route/router.h"
#include "server/route/settle.h"
#include "xml/build.h"
#include "xml/write.h"
#include "xmpp/ns.h"

/* A conversation that something was said of. */
struct mark {
	struct str conversation;
	struct inbox_mark mark;
	bool is_room;    /* of ours, that he belongs to */
	bool is_moved;   /* its row is another one now */
	bool is_changed; /* clients are to be told */
};

struct saying {
	struct str key;
	struct inbox_log log;
	struct mark *of;
	int64_t seq;   /* what its id means; 0: nothing */
	int64_t below; /* where to go on looking; 0: at the end */
	bool is_tried; /* as an id of the archive */
	bool is_exact; /* what is found is what is meant */
	unsigned looks;
};

/* In the arena of its dispatch. */
struct fold {
	const struct keyval_row *rows; /* copied */
	struct saying *sayings;
	struct mark *marks;
	size_t count, next, mark_count;
	enum err err;
};

/* ---- rows ---- */

static const struct keyval_row *copy_rows(struct arena *a, const struct keyval_row *rows)
{
	struct keyval_row *first = NULL, **last = &first;

	for (; rows; rows = rows->next) {
		*last = arena_new(a, struct keyval_row);
		(*last)->space = arena_dup(a, rows->space);
		(*last)->key = arena_dup(a, rows->key);
		(*last)->value = arena_dup(a, rows->value);
		last = &(*last)->next;
	}
	return first;
}

static const struct keyval_row *find_row(const struct fold *f, struct str space, struct str key)
{
	const struct keyval_row *row = f->rows;

	while (row && !(str_eq(row->space, space) && str_eq(row->key, key)))
		row = row->next;
	return row;
}

static struct mark *mark_of(struct fold *f, struct str conversation)
{
	const struct keyval_row *row;
	struct mark *m;

	for (size_t i = 0; i < f->mark_count; i++) {
		if (str_eq(f->marks[i].conversation, conversation))
			return &f->marks[i];
	}
	m = &f->marks[f->mark_count++];
	*m = (struct mark){ .conversation = conversation };
	row = find_row(f, INBOX_SPACE, conversation);
	if (row && inbox_mark_decode(row->value, &m->mark))
		m->mark = (struct inbox_mark){ 0 };
	m->is_room = find_row(f, MEMBERSHIP_SPACE, conversation) != NULL;
	return m;
}

static void take_sayings(struct dispatch *d, struct fold *f)
{
	size_t count = 0;

	for (const struct keyval_row *row = f->rows; row; row = row->next)
		count += str_eq(row->space, INBOX_LOG_SPACE);
	f->sayings = arena_zalloc(d->arena, (count + 1) * sizeof(*f->sayings));
	f->marks = arena_zalloc(d->arena, (count + 1) * sizeof(*f->marks));
	for (const struct keyval_row *row = f->rows; row; row = row->next) {
		struct saying *s = &f->sayings[f->count];

		if (!str_eq(row->space, INBOX_LOG_SPACE))
			continue;
		s->key = row->key;
		f->count++;
		if (inbox_log_decode(row->value, &s->log))
			log_error(&d->entity->log, "a saying in the store cannot be read",
				  F_STR("value", row->value));
		else
			s->of = mark_of(f, s->log.conversation);
	}
}

/* ---- which message is meant ---- */

static bool is_room(const struct saying *s)
{
	return s->of->is_room;
}

/* Whether the message has this id, given by who sent it. */
static bool is_meant(struct dispatch *d, const struct archive_row *row, struct str id)
{
	const struct xml *origin;
	struct xml *el;

	if (xml_parse(d->arena, arena_dup(d->arena, row->stanza), &post_scope, &post_limits, &el))
		return false;
	origin = xml_child(el, NS_SID, STR("origin-id"));
	return str_eq(xml_attr(el, STR("id")), id) ||
	       (origin && str_eq(xml_attr(origin, STR("id")), id));
}

/* Most messages are none that has the id anywhere: they need not be parsed. */
static struct str escaped(struct dispatch *d, struct str id)
{
	struct sbuf out scoped(sbuf_done) = SBUF(8 * INBOX_ID_MAX);

	return xml_write_attr(&out, id) ? STR_NONE : arena_dup(d->arena, sbuf_str(&out));
}

static bool may_be(const struct saying *s, const struct archive_row *row)
{
	if (s->log.saying == SAYING_RETRACTED)
		return (row->flags & (ARCHIVE_IN | ARCHIVE_OUT)) == ARCHIVE_IN;
	return s->log.saying != SAYING_WITHDRAWN || row->flags & ARCHIVE_OUT;
}

/* The newest of the page that is meant. */
static void take_page(struct dispatch *d, struct saying *s, const struct store_answer *found)
{
	struct str text = escaped(d, s->log.id);

	if (found->messages && !found->is_complete)
		s->below = found->messages->seq;
	for (const struct archive_row *row = found->messages; row; row = row->next) {
		if (may_be(s, row) && str_find(row->stanza, text) >= 0 &&
		    is_meant(d, row, s->log.id))
			s->seq = row->seq;
	}
}

static void look(struct dispatch *d);

/* Whether s needs another look after this one. */
static bool take(struct dispatch *d, struct saying *s, const struct store_answer *found)
{
	if (s->is_exact) {
		s->is_exact = false;
		s->seq = found->messages ? found->messages->seq : 0;
		return !s->seq && s->log.saying == SAYING_MESSAGE_ID;
	}
	s->below = 0;
	take_page(d, s, found);
	return !s->seq && s->below && ++s->looks < FOLD_LOOKS_MAX;
}

static void on_read(void *arg, struct store_answer *found)
{
	struct dispatch *d = arg;
	struct fold *f = d->wait_arg;

	if (found->err) {
		f->err = found->err;
		dispatch_resume(d);
		return;
	}
	if (!take(d, &f->sayings[f->next], found))
		f->next++;
	look(d);
}

/* The one entry that the id is of; false: it is no id of ours. */
static bool ask_exact(const struct dispatch *d, struct saying *s, struct archive_query *q)
{
	int64_t seq;

	if (!archive_id_read(d->home, s->log.id, &seq) || seq <= 0)
		return false;
	q->after = seq - 1;
	q->before = seq + 1;
	s->is_exact = true;
	return true;
}

/* What s asks the store for; false: nothing. */
static bool query_of(const struct dispatch *d, struct saying *s, struct archive_query *q)
{
	*q = (struct archive_query){ .max = 1, .is_backward = true };
	if (!s->of)
		return false;
	if (!is_room(s))
		q->with = s->log.conversation;
	switch (s->log.saying) {
	case SAYING_READ: /* up to there, where it was said */
		s->is_exact = true;
		return !str_to_i64(s->log.id, &q->before) && q->before++ > 0;
	case SAYING_UNREAD:
		s->is_exact = true;
		return true;
	case SAYING_ARCHIVE_ID:
		return ask_exact(d, s, q);
	case SAYING_MESSAGE_ID: /* in a room it is the room's id */
		if (is_room(s) && !s->is_tried) {
			s->is_tried = true;
			if (ask_exact(d, s, q))
				return true;
		}
		q->above = s->of->mark.seq ? s->of->mark.seq - 1 : 0;
		break;
	case SAYING_RETRACTED:
	case SAYING_WITHDRAWN:
		break;
	}
	q->max = FOLD_PAGE;
	q->before = s->below;
	return true;
}

static void look(struct dispatch *d)
{
	struct fold *f = d->wait_arg;
	struct store_request request = { .kind = READ_ARCHIVE };

	for (; f->next < f->count; f->next++) {
		struct saying *s = &f->sayings[f->next];

		if (!query_of(d, s, &request.archive))
			continue;
		request.owner = is_room(s) ? s->log.conversation : d->entity->jid.full;
		store_read(d->home->store, &request, on_read, d);
		return;
	}
	dispatch_resume(d);
}

/* ---- carrying it out ---- */

static void carry_out_one(struct dispatch *d, struct saying *s)
{
	struct mark *m = s->of;
	struct inbox_mark before = m->mark;

	switch (s->log.saying) {
	case SAYING_ARCHIVE_ID:
	case SAYING_MESSAGE_ID:
		(void)inbox_mark_read(&m->mark, s->seq);
		break;
	case SAYING_READ:
		(void)inbox_mark_read(&m->mark, s->seq);
		m->mark.is_unread = false;
		break;
	case SAYING_UNREAD:
		m->mark.is_unread = true;
		break;
	case SAYING_RETRACTED:
	case SAYING_WITHDRAWN:
		txn_uncount(dispatch_txn(d), d->entity->jid.full, s->seq);
		m->is_changed = true;
		break;
	}
	m->is_moved |= m->mark.seq != before.seq || m->mark.is_unread != before.is_unread;
}

/* Those that were read, and those of rooms that he has nothing to do with any more. */
static void drop_mentions(struct dispatch *d, const struct fold *f)
{
	for (const struct keyval_row *row = f->rows; row; row = row->next) {
		const struct keyval_row *mark;
		struct inbox_mark m = { 0 };
		struct str room;
		int64_t seq;

		if (!str_eq(row->space, MENTION_SPACE))
			continue;
		if (mention_key_read(row->key, &room, &seq))
			continue;
		mark = find_row(f, INBOX_SPACE, room);
		for (size_t i = 0; i < f->mark_count; i++) {
			if (str_eq(f->marks[i].conversation, room))
				m = f->marks[i].mark;
		}
		if (!m.seq && mark && inbox_mark_decode(mark->value, &m))
			m.seq = 0;
		if (seq <= m.seq || !find_row(f, MEMBERSHIP_SPACE, room))
			txn_delete(dispatch_txn(d), d->entity->jid.full, MENTION_SPACE, row->key);
	}
}

/* is_folding ends with the commit: what memory says of the store is true again. */
static void on_done(struct entity *e, void *arg, enum err err)
{
	const bool *has_failed = arg;
	struct inbox *x = e->conversations;

	if (!x)
		return;
	x->is_folding = false;
	if (err || has_failed)
		return; /* the next who asks tries again */
	inbox_tell(e);
	if (x->pending >= INBOX_LOG_MAX || inbox_is_watched(e))
		inbox_fold(e);
}

static void carry_out(struct dispatch *d)
{
	struct fold *f = d->wait_arg;
	struct inbox *x = d->entity->conversations;
	struct str owner = d->entity->jid.full;

	static const bool has_failed = true;

	dispatch_call(d, on_done, f->err ? (void *)(uintptr_t)&has_failed : NULL);
	if (f->err) {
		log_error(&d->entity->log, "what was read cannot be looked up", F_ERR(f->err));
		return;
	}
	for (size_t i = 0; i < f->count; i++) {
		struct saying *s = &f->sayings[i];

		if (s->of && s->seq)
			carry_out_one(d, s);
		txn_delete(dispatch_txn(d), owner, INBOX_LOG_SPACE, s->key);
	}
	x->pending -= x->pending < f->count ? x->pending : (unsigned)f->count;
	for (size_t i = 0; i < f->mark_count; i++) {
		const struct mark *m = &f->marks[i];

		if (m->is_moved)
			txn_put(dispatch_txn(d), owner, INBOX_SPACE, m->conversation,
				inbox_mark_encode(&m->mark, d->arena));
		if ((m->is_moved || m->is_changed) && inbox_is_watched(d->entity))
			inbox_note(x, m->conversation);
	}
	drop_mentions(d, f);
}

/* ---- beginning ---- */

static void on_rows(void *arg, struct store_answer *found)
{
	struct dispatch *d = arg;
	struct fold *f = d->wait_arg;

	f->err = found->err == ERR_NOT_FOUND ? OK : found->err;
	if (f->err) {
		dispatch_resume(d);
		return;
	}
	f->rows = copy_rows(d->arena, found->rows);
	take_sayings(d, f);
	look(d);
}

static void begin(struct dispatch *d)
{
	static const struct str spaces[] = { STR_INIT("inbox-log"), STR_INIT("inbox"),
					     STR_INIT("membership"), STR_INIT("mention") };
	struct store_request request = { .kind = READ_OWNER,
					 .owner = d->entity->jid.full,
					 .spaces = spaces,
					 .space_count = array_len(spaces) };

	store_read(d->home->store, &request, on_rows, d);
}

static void act(struct dispatch *d, void *arg)
{
	(void)arg;
	if (!d->entity->conversations)
		return;
	if (d->entity->state == ENTITY_ABSENT) {
		d->entity->conversations->is_folding = false;
		return;
	}
	d->wait_arg = arena_new(d->arena, struct fold);
	(void)settle_alone(d, begin, carry_out);
}

void inbox_fold(struct entity *e)
{
	struct inbox *x = e->conversations;

	if (!x || !x->pending || x->is_folding)
		return;
	x->is_folding = true;
	router_act_in_order(e, act, NULL);
}
