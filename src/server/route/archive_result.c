/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of an archive, see archive_result.h. */
#include "server/route/archive_result.h"

#include "server/route/archive_id.h"
#include "server/store/archive.h"
#include "xml/write.h"
#include "xmpp/datetime.h"

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

static bool forward(struct dispatch *d, struct sbuf *out, const struct archive_row *row,
		    struct str text)
{
	bool is_whole;

	(void)sbuf_lit(out, "<forwarded xmlns='urn:xmpp:forward:0'>"
			    "<delay xmlns='urn:xmpp:delay' stamp='");
	(void)sbuf_add(out, datetime_format(d->arena, archive_row_time(row)));
	(void)sbuf_lit(out, "'/>");
	is_whole = splice(out, text);
	(void)sbuf_lit(out, "</forwarded>");
	return is_whole;
}

/* One side of a match (docs/search.md). */
static void write_side(struct dispatch *d, struct sbuf *out, const struct archive_result *r,
		       struct str name)
{
	bool is_before = str_eq(name, STR("before"));
	const struct archive_row *row = is_before ? r->row->before : r->row->after;

	for (; row; row = row->next) {
		struct str text = r->see ? r->see(d, row->stanza) : row->stanza;
		size_t from = out->len;

		(void)sbuf_printf(out, "<%.*s id='", STR_ARG(name));
		(void)sbuf_add(out, archive_result_id(d, row));
		(void)sbuf_lit(out, "'>");
		if (forward(d, out, row, text) && out->len - from <= ARCHIVE_NEIGHBOUR_BYTES_MAX)
			(void)sbuf_printf(out, "</%.*s>", STR_ARG(name));
		else
			out->len = from;
	}
}

static void write_context(struct dispatch *d, struct sbuf *out, const struct archive_result *r)
{
	if (!r->row->before && !r->row->after)
		return;
	(void)sbuf_lit(out, "<context xmlns='urn:parley:search:0'>");
	write_side(d, out, r, STR("before"));
	write_side(d, out, r, STR("after"));
	(void)sbuf_lit(out, "</context>");
}

struct str archive_result_id(struct dispatch *d, const struct archive_row *row)
{
	struct str place = archive_id_write(d->home, d->arena, row->seq);

	return row->tag ? ARENA_JOIN(d->arena, place, archive_id_write(d->home, d->arena, row->tag))
			: place;
}

bool archive_result_id_read(const struct home *h, struct str id, int64_t *ret_seq, int64_t *ret_tag)
{
	size_t half = id.len / 2;
	int64_t seq, tag;

	*ret_tag = 0;
	if (archive_id_read(h, id, ret_seq))
		return true;
	if (!archive_id_read(h, str_sub(id, 0, half), &seq) ||
	    !archive_id_read(h, str_from_at(id, half), &tag) || tag <= 0)
		return false;
	*ret_seq = seq;
	*ret_tag = tag;
	return true;
}

bool archive_result_write(struct dispatch *d, struct sbuf *out, const struct archive_result *r)
{
	bool is_whole;

	(void)sbuf_lit(out, "<result xmlns='urn:xmpp:mam:2'");
	if (str_is_set(r->query_id)) {
		(void)sbuf_lit(out, " queryid='");
		(void)xml_write_attr(out, r->query_id);
		(void)sbuf_lit(out, "'");
	}
	(void)sbuf_lit(out, " id='");
	(void)sbuf_add(out, str_is_set(r->id) ? r->id : archive_result_id(d, r->row));
	(void)sbuf_lit(out, "'>");
	is_whole = forward(d, out, r->row, r->text);
	write_context(d, out, r);
	(void)sbuf_lit(out, "</result>");
	return is_whole;
}

static const struct str tail = STR_INIT("</message>");
static const struct str address = STR_INIT("<x xmlns='http://jabber.org/protocol/muc#user'>"
					   "<item jid='");

struct str archive_result_anonymous(struct arena *a, struct str archived)
{
	ptrdiff_t at = -1, next = 0;

	if (!str_ends(archived, tail))
		return STR_NONE;
	/* The last one: what the sender wrote of this kind was taken out. */
	while ((next = str_find(str_from_at(archived, (size_t)(at + 1)), address)) >= 0)
		at += 1 + next;
	if (at < 0)
		return archived;
	return ARENA_JOIN(a, str_sub(archived, 0, (size_t)at), tail);
}

struct str archive_result_named(struct dispatch *d, struct str archived, struct str room,
				int64_t seq)
{
	struct str id = archive_id_write(d->home, d->arena, seq);

	if (!str_ends(archived, tail))
		return arena_dup(d->arena, archived);
	return ARENA_JOIN(d->arena, str_sub(archived, 0, archived.len - tail.len),
			  STR("<stanza-id xmlns='urn:xmpp:sid:0' by='"), room, STR("' id='"), id,
			  STR("'/>"), tail);
}
