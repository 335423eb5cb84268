/* SPDX-License-Identifier: Apache-2.0 */
/* Archive queries (XEP-0313 4), see history.h. A page is spliced together from the stored texts:
 * nothing is parsed again. On the entity's loop; the look-up is the store's. */
#include "server/feature/history.h"

#include "server/route/archive_id.h"
#include "server/route/settle.h"
#include "server/store/archive.h"
#include "xep/form.h"
#include "xep/rsm.h"
#include "xml/write.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

enum {
	PAGE_DEFAULT = 50,        /* messages, where the client does not say how many */
	PAGE_BYTES_MAX = 1 * MIB, /* of stanzas; the one that passes it ends the page */
	QUERY_ID_MAX = 1024,      /* bytes: it is repeated with each message */
	LOOKS_MAX = 50, /* a filter by resource may find nothing in ARCHIVE_EXAMINED_MAX entries */
};

/* Between an entry's place, which is its time, and the clock when its text was stored: further
 * apart only after the clock has been set back. */
static const usec_t DRIFT_MAX_USEC = USEC_PER_MIN;

static const struct conf_key keys[] = {
	{ "archive.page_max", CONF_INT, "250", 1, ARCHIVE_PAGE_MAX,
	  "Messages that one query of an archive gives at most." },
	{ .path = NULL },
};

static const struct conf_table table = { .module = "Archive", .keys = keys };

/* A query while it is answered; in the arena of its dispatch. */
struct history {
	struct archive_query query;
	struct str id;  /* queryid, or unset */
	bool is_bound;  /* the page begins or ends at an id */
	unsigned looks; /* at the store so far */
	const struct store_answer *answer;
};

/* ---- reading the query ---- */

static bool refuse(enum condition why, enum condition *ret_why)
{
	*ret_why = why;
	return false;
}

/* 4.1.5: what is not known is not passed over. */
static bool knows_fields(const struct xml *form)
{
	static const struct str known[] = { STR_INIT("FORM_TYPE"), STR_INIT("with"),
					    STR_INIT("start"), STR_INIT("end") };

	xml_each (field, form) {
		struct str var = xml_attr(field, STR("var"));
		bool is_known = !xml_is(field, NS_DATA, STR("field")) || !str_is_set(var);

		for (size_t i = 0; i < array_len(known); i++)
			is_known |= str_eq(var, known[i]);
		if (!is_known)
			return false;
	}
	return true;
}

/* 4.1.1: bare, all devices of that address; full, that one. */
static bool read_with(struct dispatch *d, const struct xml *form, struct archive_query *q)
{
	struct str text = form_value(form, STR("with"), d->arena);
	struct jid with;

	if (!str_is_set(text))
		return true;
	if (jid_parse(d->arena, text, &with))
		return false;
	q->with = jid_bare_str(with);
	if (jid_is_full(with))
		q->with_resource = with.resource;
	return true;
}

/* 4.1.2: XEP-0082. To the store 0 means that an end is open: the microsecond beside it stands for
 * it, which no message has. */
static bool read_time(struct dispatch *d, const struct xml *form, struct str var, usec_t *time)
{
	struct str text = form_value(form, var, d->arena);

	if (!str_is_set(text))
		return true;
	if (datetime_parse(str_trim(text), time))
		return false;
	if (*time == 0)
		*time = -1;
	return true;
}

static bool read_form(struct dispatch *d, const struct xml *query, struct archive_query *q,
		      enum condition *ret_why)
{
	const struct xml *form = xml_child(query, NS_DATA, STR("x"));

	if (!form)
		return true;
	if (form_check(form) || !str_eq(xml_attr(form, STR("type")), STR("submit")) ||
	    !str_eq(form_type_of(form, d->arena), NS_MAM))
		return refuse(COND_BAD_REQUEST, ret_why);
	if (!knows_fields(form))
		return refuse(COND_FEATURE_NOT_IMPLEMENTED, ret_why);
	if (!read_with(d, form, q))
		return refuse(COND_JID_MALFORMED, ret_why);
	if (!read_time(d, form, STR("start"), &q->wall_start) ||
	    !read_time(d, form, STR("end"), &q->wall_end))
		return refuse(COND_BAD_REQUEST, ret_why);
	return true;
}

/* An id of RSM is a place in the archive. */
static bool read_place(const struct dispatch *d, struct str id, int64_t *ret_seq)
{
	int64_t seq;

	if (!archive_id_read(d->home, id, &seq) || seq <= 0)
		return false;
	*ret_seq = seq;
	return true;
}

static bool read_page(struct dispatch *d, const struct xml *query, struct history *h,
		      enum condition *ret_why)
{
	struct archive_query *q = &h->query;
	int64_t limit = conf_int(d->home->conf, "archive.page_max");
	struct rsm rsm;
	enum err e = rsm_read(query, d->arena, &rsm);

	if (e) /* no id of ours is so long */
		return refuse(e == ERR_TOO_BIG ? COND_ITEM_NOT_FOUND : COND_BAD_REQUEST, ret_why);
	if (rsm.has_index)
		return refuse(COND_FEATURE_NOT_IMPLEMENTED, ret_why);
	q->max = rsm.has_max ? rsm.max : PAGE_DEFAULT;
	if (q->max > limit)
		q->max = (unsigned)limit;
	q->want_count = q->max == 0;
	q->is_backward = str_is_set(rsm.before);
	h->is_bound = rsm.after.len || rsm.before.len;
	if ((rsm.after.len && !read_place(d, rsm.after, &q->after)) ||
	    (rsm.before.len && !read_place(d, rsm.before, &q->before)))
		return refuse(COND_ITEM_NOT_FOUND, ret_why);
	return true;
}

static bool read_query(struct dispatch *d, struct history *h, enum condition *ret_why)
{
	const struct xml *query = stanza_payload(&d->stanza);

	h->id = xml_attr(query, STR("queryid"));
	if (h->id.len > QUERY_ID_MAX)
		return refuse(COND_BAD_REQUEST, ret_why);
	if (str_is_set(xml_attr(query, STR("node")))) /* of pubsub */
		return refuse(COND_ITEM_NOT_FOUND, ret_why);
	return read_form(d, query, &h->query, ret_why) && read_page(d, query, h, ret_why);
}

/* ---- the page ---- */

/* What stands in front of each message's id. */
static struct str make_head(struct dispatch *d, const struct history *h, const struct resource *r)
{
	struct sbuf *out = &d->home->scratch;

	sbuf_reset(out);
	(void)sbuf_lit(out, "<message from='");
	(void)xml_write_attr(out, d->entity->jid.full);
	(void)sbuf_lit(out, "' to='");
	(void)xml_write_attr(out, r->jid.full);
	(void)sbuf_lit(out, "'><result xmlns='urn:xmpp:mam:2'");
	if (str_is_set(h->id)) {
		(void)sbuf_lit(out, " queryid='");
		(void)xml_write_attr(out, h->id);
		(void)sbuf_lit(out, "'");
	}
	(void)sbuf_lit(out, " id='");
	return arena_dup(d->arena, sbuf_str(out));
}

/* 4.2: when it was received, in the same measure as start and end. */
static usec_t time_of(const struct archive_row *row)
{
	usec_t drift = row->seq - row->wall_time;

	return drift > DRIFT_MAX_USEC || drift < -DRIFT_MAX_USEC ? row->wall_time : row->seq;
}

/* The stored text has jabber:client around it; inside <forwarded/> it must say so. */
static bool splice(struct sbuf *out, struct str stanza)
{
	static const struct str name = STR_INIT("<message");
	struct str rest = str_from_at(stanza, name.len);

	if (!str_starts(stanza, name) || !rest.len || !memchr(" />", rest.ptr[0], 3))
		return false;
	(void)sbuf_add(out, name);
	if (!str_starts(rest, STR(" xmlns='")))
		(void)sbuf_lit(out, " xmlns='jabber:client'");
	(void)sbuf_add(out, rest);
	return true;
}

static void deliver_row(struct dispatch *d, struct resource *r, struct str head, struct str id,
			const struct archive_row *row)
{
	struct sbuf *out = &d->home->scratch;
	struct bytes *bytes;
	bool is_whole;

	sbuf_reset(out);
	(void)sbuf_add(out, head);
	(void)sbuf_add(out, id);
	(void)sbuf_lit(out, "'><forwarded xmlns='urn:xmpp:forward:0'>"
			    "<delay xmlns='urn:xmpp:delay' stamp='");
	(void)sbuf_add(out, datetime_format(d->arena, time_of(row)));
	(void)sbuf_lit(out, "'/>");
	is_whole = splice(out, row->stanza);
	(void)sbuf_lit(out, "</forwarded></result></message>");
	if (!is_whole || out->err) {
		log_error(&d->entity->log, "a message in the store cannot be sent",
			  F_INT("bytes", row->stanza.len));
		return;
	}
	bytes = bytes_new(sbuf_str(out));
	dispatch_deliver_bytes(d, r, bytes);
	(void)bytes_unref(bytes);
}

/* What <set/> says of the page: the count where it costs nothing, or was asked for alone
 * (XEP-0059 2.7). */
static struct rsm_page deliver_page(struct dispatch *d, const struct history *h, struct resource *r)
{
	struct str head = make_head(d, h, r);
	struct rsm_page page = { .has_count = h->query.want_count, .count = h->answer->count };
	uint64_t rows = 0;

	for (const struct archive_row *row = h->answer->messages; row; row = row->next) {
		page.last = archive_id_write(d->home, d->arena, row->seq);
		if (!rows++)
			page.first = page.last;
		deliver_row(d, r, head, page.last, row);
	}
	if (!h->is_bound && h->answer->is_complete && h->query.max) {
		page.has_index = page.has_count = true;
		page.count = rows;
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
	const struct history *h = d->wait_arg;
	struct resource *r = resource_by_id(&d->entity->resources, d->resource_id);
	struct rsm_page page;
	struct xml *reply, *fin;

	if (!r)
		return; /* gone meanwhile: nobody asks any more */
	if (h->answer->err || h->looks > LOOKS_MAX) {
		(void)fail(d, h->answer->err ? h->answer->err : ERR_BUSY);
		return;
	}
	page = deliver_page(d, h, r);
	reply = reply_result(d->arena, &d->stanza);
	fin = xml_add_new(d->arena, reply, NS_MAM, STR("fin"));
	if (h->answer->is_complete)
		xml_set(d->arena, fin, STR("complete"), STR("true"));
	rsm_write(d->arena, fin, &page);
	(void)dispatch_reply(d, reply);
}

/* ---- looking ---- */

static void look(struct dispatch *d);

static void on_read(void *arg, struct store_answer *found)
{
	struct dispatch *d = arg;
	struct history *h = d->wait_arg;
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
	const struct history *h = d->wait_arg;
	struct store_request request = { .kind = READ_ARCHIVE,
					 .owner = d->entity->jid.full,
					 .archive = h->query };

	store_read(d->home->store, &request, on_read, d);
}

/* All that was handled before the query is in the store now; what comes later is delivered behind
 * the page. */
static void begin(struct dispatch *d)
{
	struct history *h = d->wait_arg;

	h->query.visible = outbox_visible(&d->entity->outbox, d->entity->last_seq);
	look(d);
}

static enum verdict on_set(struct dispatch *d)
{
	struct history *h = arena_new(d->arena, struct history);
	enum condition why;

	if (!read_query(d, h, &why))
		return dispatch_error(d, why);
	h->query.must_exist = true;
	h->query.max_bytes = PAGE_BYTES_MAX;
	d->wait_arg = h;
	return settle_in_turn(d, begin, answer);
}

/* ---- the form ---- */

static enum verdict on_get(struct dispatch *d)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);
	struct xml *query = xml_add_new(d->arena, reply, NS_MAM, STR("query"));
	struct xml *form = form_new(d->arena, STR("form"), NS_MAM);

	(void)form_add(d->arena, form, STR("with"), STR("jid-single"), STR_NONE);
	(void)form_add(d->arena, form, STR("start"), STR("text-single"), STR_NONE);
	(void)form_add(d->arena, form, STR("end"), STR("text-single"), STR_NONE);
	xml_add(query, form);
	return dispatch_reply(d, reply);
}

/* 10.1: an archive is its owner's alone. */
static enum verdict on_foreign(struct dispatch *d)
{
	return dispatch_error(d, COND_FORBIDDEN);
}

#define MAM STR_INIT("urn:xmpp:mam:2")

static const struct iq_handler iq[] = {
	{ MAM, STR_INIT("query"), IQ_GET, TARGET_SELF, on_get },
	{ MAM, STR_INIT("query"), IQ_SET, TARGET_SELF, on_set },
	{ MAM, STR_INIT("query"), IQ_GET, TARGET_OTHER, on_foreign },
	{ MAM, STR_INIT("query"), IQ_SET, TARGET_OTHER, on_foreign },
	{ .run = NULL },
};

static const struct str disco[] = { MAM, { .ptr = NULL } };

const struct feature feature_history = {
	.name = "history",
	.spec = "XEP-0313 1.1.3, XEP-0059 1.0",
	.test = "history/mam-query.talk, history/mam-form.talk, history/mam-paging.talk",
	.disco_account = disco,
	.iq = iq,
	.conf = &table,
};
