/* SPDX-License-Identifier: Apache-2.0 */
/* The past of a room, see past.h. Texts are spliced; nothing is parsed again. */
#include "server/room/past.h"

#include "server/room/tell.h"
#include "server/route/archive_result.h"
#include "server/route/late.h"
#include "server/route/settle.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

enum { STANZA_MAX = 16 * MIB };

struct wish {
	struct jid to;
	uint64_t max_stanzas, max_chars;
	usec_t since; /* wall; 0: any */
};

/* ---- what is wished ---- */

static void read_number(const struct xml *history, struct str name, uint64_t *n)
{
	uint64_t wished;

	if (str_to_u64(xml_attr(history, name), &wished) == OK && wished < *n)
		*n = wished;
}

static struct wish *read_wish(struct dispatch *d, const struct room *r, struct jid to)
{
	const struct xml *x = xml_child(d->stanza.el, NS_MUC, STR("x"));
	const struct xml *history = x ? xml_child(x, NS_MUC, STR("history")) : NULL;
	struct wish *w = arena_new(d->arena, struct wish);
	uint64_t seconds = UINT32_MAX;
	usec_t since;

	*w = (struct wish){ .to = jid_copy(d->arena, to),
			    .max_stanzas = (uint64_t)r->config.max_history,
			    .max_chars = UINT64_MAX };
	if (!history)
		return w;
	read_number(history, STR("maxstanzas"), &w->max_stanzas);
	read_number(history, STR("maxchars"), &w->max_chars);
	read_number(history, STR("seconds"), &seconds);
	if (seconds < UINT32_MAX)
		w->since = wall_now() - (usec_t)seconds * USEC_PER_SEC;
	if (datetime_parse(xml_attr(history, STR("since")), &since) == OK && since > w->since)
		w->since = since;
	return w;
}

/* ---- texts ---- */

struct str past_text(struct dispatch *d, struct str archived, bool sees_jid)
{
	struct str anonymous = archive_result_anonymous(d->arena, archived);

	return sees_jid && anonymous.ptr ? archived : anonymous;
}

static void send_past(struct dispatch *d, const struct room_past *p, struct audience *to,
		      bool sees_jid)
{
	struct str text = past_text(d, bytes_str(p->stanza), sees_jid);
	struct bytes *bytes;

	if (!text.ptr)
		return;
	bytes = late_message(d, text, p->seq, d->entity->jid.full, p->wall);
	dispatch_share_bytes(d, to, bytes);
	(void)bytes_unref(bytes);
}

/* 7.2.16: always the last thing of entering. */
static void send_subject(struct dispatch *d, const struct room *r, struct jid to)
{
	struct xml *el;

	if (r->subject) {
		struct audience *one = audience_new(d->home);

		audience_add(one, to);
		dispatch_share_bytes(d, one, r->subject);
		(void)audience_unref(one);
		return;
	}
	el = xml_new(d->arena, NS_CLIENT, STR("message"));
	xml_set(d->arena, el, STR("from"), d->entity->jid.full);
	xml_set(d->arena, el, STR("type"), STR("groupchat"));
	(void)xml_add_new(d->arena, el, NS_CLIENT, STR("subject"));
	tell_stanza(d, to, el);
}

/* The oldest that fits the wish. */
static unsigned first_of(const struct room *r, const struct wish *w)
{
	uint64_t stanzas = 0, chars = 0;
	unsigned i = r->past_count;

	while (i > 0) {
		const struct room_past *p = room_past(r, i - 1);

		chars += p->stanza->len;
		if (++stanzas > w->max_stanzas || chars > w->max_chars || p->wall < w->since)
			break;
		i--;
	}
	return i;
}

static void answer(struct dispatch *d)
{
	const struct wish *w = d->wait_arg;
	struct room *r = room_of(d->entity);
	const struct room_session *s = room_session(r, w->to.full);
	struct audience *one;

	if (!s)
		return; /* he has left meanwhile */
	one = audience_new(d->home);
	audience_add(one, w->to);
	for (unsigned i = first_of(r, w); i < r->past_count; i++)
		send_past(d, room_past(r, i), one, room_sees_jids(r, s->occupant));
	(void)audience_unref(one);
	send_subject(d, r, w->to);
}

/* ---- the archive ---- */

static void on_read(void *arg, struct store_answer *found)
{
	struct dispatch *d = arg;
	struct room *r = room_of(d->entity);

	if (found->err)
		log_error(&d->entity->log, "the past of a room cannot be read", F_ERR(found->err));
	r->has_past = found->err == OK;
	for (const struct archive_row *row = found->messages; row && !found->err; row = row->next) {
		struct bytes *bytes = bytes_new(row->stanza);

		if (str_find(row->stanza, STR("<body")) >= 0)
			room_remember(r, row->seq, row->wall_time, bytes);
		(void)bytes_unref(bytes);
	}
	dispatch_resume(d);
}

/* All that was said before d is in the store, and nothing behind it in the ring. */
static void begin(struct dispatch *d)
{
	struct store_request request = {
		.kind = READ_ARCHIVE,
		.owner = d->entity->jid.full,
		.archive = { .max = ROOM_HISTORY_MAX, .max_bytes = STANZA_MAX, .is_backward = true }
	};

	if (room_of(d->entity)->has_past) {
		dispatch_resume(d);
		return;
	}
	request.archive.visible = outbox_visible(&d->entity->outbox, d->entity->last_seq);
	store_read(d->home->store, &request, on_read, d);
}

enum verdict past_send(struct dispatch *d, struct room *r, struct jid to)
{
	d->wait_arg = read_wish(d, r, to);
	return settle_in_turn(d, begin, answer);
}
