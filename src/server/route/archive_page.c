/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of an archive, see archive_page.h. A page is spliced together from the stored texts:
 * nothing is parsed again. */
#include "server/route/archive_page.h"

#include "server/route/archive_ends.h"
#include "server/route/archive_id.h"
#include "server/route/archive_result.h"
#include "server/route/archive_search.h"
#include "server/route/settle.h"
#include "server/store/archive.h"
#include "xep/mam.h"
#include "xml/write.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

#include <stdlib.h>

enum {
	PAGE_DEFAULT = 50,        /* messages, where the client does not say how many */
	PAGE_BYTES_MAX = 1 * MIB, /* of stanzas; the one that passes it ends the page */
	LOOKS_MAX = 50, /* a filter by resource may find nothing in ARCHIVE_EXAMINED_MAX entries */
};

/* A query while it is answered; in the arena of its dispatch. */
struct page {
	struct archive_door door;
	struct archive_query query;
	struct archive_ask ask;   /* query, with the archives of its places */
	bool is_union;            /* door.read */
	struct search_ask search; /* terms NULL: nothing is looked for */
	struct str id;            /* queryid, or unset */
	bool is_flipped;
	bool is_bound;  /* the page begins or ends at an id */
	unsigned looks; /* at the store so far */
	const struct store_answer *answer;
};

/* ---- reading the query ---- */

/* 4.1.1: bare, all devices of that address; full, that one. */
static void take_with(struct dispatch *d, const struct page *h, struct jid with,
		      struct archive_query *q)
{
	if (!jid_is_set(with))
		return;
	if (h->door.with)
		with = h->door.with(d, with);
	q->with = jid_bare_str(with);
	if (jid_is_full(with))
		q->with_resource = with.resource;
}

/* To the store 0 means that an end is open: the microsecond beside it stands for it, which no
 * message has. */
static usec_t bound_of(bool is_set, usec_t wall)
{
	return is_set && wall == 0 ? -1 : is_set ? wall : 0;
}

/* An id is a place in the archive; what was not given (or is empty, in RSM) names none. */
static bool take_place(const struct dispatch *d, struct str id, int64_t *place, int64_t *tag)
{
	int64_t seq;

	if (!str_is_set(id))
		return true;
	if (!archive_result_id_read(d->home, id, &seq, tag) || seq <= 0)
		return false;
	*place = seq;
	return true;
}

static bool take_rsm(const struct dispatch *d, const struct rsm *rsm, struct page *h)
{
	struct archive_query *q = &h->query;
	int64_t limit = conf_int(d->home->conf, "archive.page_max");

	q->max = rsm->has_max ? rsm->max : PAGE_DEFAULT;
	if (q->max > limit)
		q->max = (unsigned)limit;
	q->want_count = q->max == 0;
	q->is_backward = str_is_set(rsm->before);
	h->is_bound = rsm->after.len || rsm->before.len;
	return take_place(d, rsm->after, &q->after, &h->ask.after_tag) &&
	       (!rsm->before.len || take_place(d, rsm->before, &q->before, &h->ask.before_tag));
}

static int by_place(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* In any order, and perhaps twice, as the client likes. */
static bool take_ids(struct dispatch *d, const struct mam_query *asked, struct archive_query *q)
{
	int64_t *ids = arena_alloc(d->arena, asked->id_count * sizeof(*ids));
	unsigned count = 0;
	int64_t tag = 0;

	_Static_assert((int)MAM_IDS_MAX <= (int)ARCHIVE_IDS_MAX, "the store takes them all");
	for (size_t i = 0; i < asked->id_count; i++) {
		if (!take_place(d, asked->ids[i], &ids[i], &tag) || tag)
			return false;
	}
	qsort(ids, asked->id_count, sizeof(*ids), by_place);
	for (size_t i = 0; i < asked->id_count; i++) {
		if (!count || ids[count - 1] != ids[i])
			ids[count++] = ids[i];
	}
	q->ids = ids;
	q->id_count = count;
	return true;
}

static bool take_search(struct dispatch *d, struct page *h, const struct mam_query *asked,
			enum condition *ret_why)
{
	struct archive_search s = { .asked = asked,
				    .view = { .me = d->entity->jid.full },
				    .is_room = h->door.view != NULL };

	if (s.is_room)
		h->door.view(d, &s.view);
	if (!archive_search_take(d, &s, &h->query, &h->search, ret_why))
		return false;
	h->ask.mention = s.mention;
	if (h->door.read && str_is_set(s.in) && archive_search_in_room(d, s.in))
		h->ask.room = s.in;
	return true;
}

static bool read_query(struct dispatch *d, struct page *h, enum condition *ret_why)
{
	struct archive_query *q = &h->query;
	struct mam_query asked;

	if (!mam_query_read(stanza_payload(&d->stanza), d->arena, &asked, ret_why))
		return false;
	h->id = asked.id;
	h->is_flipped = asked.is_flipped;
	take_with(d, h, asked.with, q);
	q->wall_start = bound_of(asked.has_start, asked.wall_start);
	q->wall_end = bound_of(asked.has_end, asked.wall_end);
	if (!take_place(d, asked.after_id, &q->above, &h->ask.above_tag) ||
	    !take_place(d, asked.before_id, &q->below, &h->ask.below_tag) ||
	    (asked.ids && !take_ids(d, &asked, q)) || !take_rsm(d, &asked.rsm, h)) {
		*ret_why = COND_ITEM_NOT_FOUND;
		return false;
	}
	if (!take_search(d, h, &asked, ret_why))
		return false;
	/* What cannot be found is not looked for in more archives. */
	h->is_union = h->door.read && (asked.has_groupchat || h->ask.room.len) && !h->search.owners;
	h->ask.search = h->search.terms ? &h->search : NULL;
	return true;
}

/* ---- the page ---- */

/* What stands in front of each result. */
static struct str make_head(struct dispatch *d, const struct page *h)
{
	struct sbuf *out = &d->home->scratch;

	sbuf_reset(out);
	(void)sbuf_lit(out, "<message from='");
	(void)xml_write_attr(out, d->entity->jid.full);
	if (h->door.to.ptr) {
		(void)sbuf_lit(out, "' to='");
		(void)xml_write_attr(out, h->door.to);
	}
	(void)sbuf_lit(out, "'>");
	return arena_dup(d->arena, sbuf_str(out));
}

static void deliver_row(struct dispatch *d, const struct page *h, struct str head,
			const struct archive_row *row)
{
	struct archive_result r = { .query_id = h->id,
				    .row = row,
				    .see = h->door.text,
				    .text = h->door.text ? h->door.text(d, row->stanza)
							 : row->stanza };
	struct sbuf *out = &d->home->scratch;
	struct bytes *bytes;
	bool is_whole;

	sbuf_reset(out);
	(void)sbuf_add(out, head);
	is_whole = archive_result_write(d, out, &r);
	(void)sbuf_lit(out, "</message>");
	if (!is_whole || out->err) {
		log_error(&d->entity->log, "a message in the store cannot be sent",
			  F_INT("bytes", row->stanza.len));
		return;
	}
	bytes = bytes_new(sbuf_str(out));
	h->door.send(d, bytes);
	(void)bytes_unref(bytes);
}

/* The rows in the order in which they are sent. */
static const struct archive_row **order_rows(struct dispatch *d, const struct page *h,
					     uint64_t *ret_count)
{
	uint64_t count = 0, i = 0;
	const struct archive_row **rows;

	for (const struct archive_row *row = h->answer->messages; row; row = row->next)
		count++;
	rows = arena_alloc(d->arena, (count + 1) * sizeof(*rows));
	for (const struct archive_row *row = h->answer->messages; row; row = row->next, i++)
		rows[h->is_flipped ? count - 1 - i : i] = row;
	*ret_count = count;
	return rows;
}

/* What <set/> says of the page: its ends in the order of time, flipped or not; and the count where
 * it costs nothing, or was asked for alone (XEP-0059 2.7). */
static struct rsm_page deliver_page(struct dispatch *d, const struct page *h)
{
	struct str head = make_head(d, h);
	struct rsm_page page = { .has_count = h->query.want_count, .count = h->answer->count };
	uint64_t count;
	const struct archive_row **rows = order_rows(d, h, &count);

	for (uint64_t i = 0; i < count; i++) {
		struct str id = archive_result_id(d, rows[i]);

		if (i == (h->is_flipped ? count - 1 : 0))
			page.first = id;
		if (i == (h->is_flipped ? 0 : count - 1))
			page.last = id;
		deliver_row(d, h, head, rows[i]);
	}
	if (!h->is_bound && h->answer->is_complete && h->query.max) {
		page.has_index = page.has_count = true;
		page.count = count;
	}
	return page;
}

static enum verdict fail(struct dispatch *d, enum err e)
{
	switch (e) {
	case ERR_NOT_FOUND: /* 4.3.2: the id that the page hangs on */
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	case ERR_BUSY:
		return dispatch_error(d, COND_RESOURCE_CONSTRAINT);
	default:
		return dispatch_error(d, COND_INTERNAL_SERVER_ERROR);
	}
}

static void answer(struct dispatch *d)
{
	const struct page *h = d->wait_arg;
	struct rsm_page page;
	struct xml *reply, *fin;

	if (h->answer->err || h->looks > LOOKS_MAX) {
		(void)fail(d, h->answer->err ? h->answer->err : ERR_BUSY);
		return;
	}
	page = deliver_page(d, h);
	reply = reply_result(d->arena, &d->stanza);
	fin = xml_add_new(d->arena, reply, NS_MAM, STR("fin"));
	if (h->answer->is_complete)
		xml_set(d->arena, fin, STR("complete"), STR("true"));
	if (h->answer->is_stale) /* more may be found later */
		xml_set(d->arena, fin, STR("stable"), STR("false"));
	rsm_write(d->arena, fin, &page);
	(void)dispatch_reply(d, reply);
}

/* ---- looking ---- */

static void look(struct dispatch *d);

static void on_read(void *arg, struct store_answer *found)
{
	struct dispatch *d = arg;
	struct page *h = d->wait_arg;
	bool is_blank = !found->err && !found->messages && !found->is_complete && h->query.max;

	/* An empty page that is not the last one would leave the client nothing to go on from. */
	if (is_blank && found->examined_seq && ++h->looks <= LOOKS_MAX) {
		*(h->query.is_backward ? &h->query.before : &h->query.after) = found->examined_seq;
		h->query.must_exist = false;
		look(d);
		return;
	}
	h->answer = found; /* lives until we return; so does what dispatch_resume does with it */
	dispatch_resume(d);
}

static void look(struct dispatch *d)
{
	const struct page *h = d->wait_arg;
	struct store_request request = { .kind = h->search.terms ? READ_SEARCH : READ_ARCHIVE,
					 .owner = d->entity->jid.full,
					 .archive = h->query,
					 .search = h->search };

	if (h->is_union)
		h->door.read(d, &h->ask, on_read, d);
	else
		store_read(d->home->store, &request, on_read, d);
}

/* All that was handled before the query is in the store now; what comes later is delivered behind
 * the page. */
static void begin(struct dispatch *d)
{
	struct page *h = d->wait_arg;

	h->query.visible = outbox_visible(&d->entity->outbox, d->entity->last_seq);
	look(d);
}

enum verdict archive_page_send(struct dispatch *d, const struct archive_door *door)
{
	struct page *h = arena_new(d->arena, struct page);
	enum condition why;

	h->door = *door;
	if (!read_query(d, h, &why))
		return dispatch_error(d, why);
	h->ask.query = &h->query;
	h->query.must_exist = true;
	h->query.max_bytes = PAGE_BYTES_MAX;
	d->wait_arg = h;
	return settle_in_turn(d, begin, answer);
}

/* ---- the form, and what there is ---- */

enum verdict archive_page_form(struct dispatch *d)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);

	mam_form_write(d->arena, xml_add_new(d->arena, reply, NS_MAM, STR("query")));
	return dispatch_reply(d, reply);
}

static void on_ends(void *arg, struct store_answer *found)
{
	struct dispatch *d = arg;
	struct xml *metadata = archive_ends_write(d->home, d->arena, found);

	if (metadata) {
		struct xml *reply = reply_result(d->arena, &d->stanza);

		xml_add(reply, metadata);
		(void)dispatch_reply(d, reply);
	} else {
		(void)fail(d, found->err);
	}
	dispatch_resume(d);
}

static void begin_ends(struct dispatch *d)
{
	archive_ends_read(d->entity, on_ends, d);
}

enum verdict archive_page_metadata(struct dispatch *d)
{
	return settle_in_turn(d, begin_ends, NULL);
}
