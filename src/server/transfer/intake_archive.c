/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: those of the archive, and those that wait to be delivered. What waits is often in the
 * archive as well: it is kept once.
 *
 * The seq of an entry is its time (docs/storage.md), made unique: even for what came as archive,
 * odd for what came as waiting, so that the two never meet in whatever order they come. */
#include "server/transfer/intake-private.h"

#include "server/model/offline.h"
#include "xep/delay.h"
#include "xep/forward.h"
#include "xml/write.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

#define NS_OLD_DELAY STR("jabber:x:delay")
#define NS_OLD_MAM   STR("urn:xmpp:mam:tmp")

/* Between the times that two stores of one server give the same message. */
static const usec_t SAME_USEC = 10 * USEC_PER_MIN;

struct message {
	struct xml *el;
	struct archive_entry entry;
	usec_t wall;
	uint64_t hash; /* 0: cannot be known again */
};

static void taken(struct intake *x, enum piece_kind kind)
{
	x->report->counts[kind].taken++;
}

/* ---- reading ---- */

/* Ids and marks by which the old server spoke for itself. */
static void strip(struct intake *x, struct xml *el)
{
	struct xml *child = xml_first(el);

	while (child) {
		struct xml *next = xml_next(child);
		bool is_mark = xml_is(child, NS_SID, STR("stanza-id")) ||
			       xml_is(child, NS_OLD_MAM, STR("archived"));
		struct jid by;

		if (is_mark && intake_jid(x, xml_attr(child, STR("by")), true, &by) == OK &&
		    (str_eq(by.full, x->owner) || str_eq(by.full, x->config.domain)))
			xml_remove(child);
		child = next;
	}
	delay_strip(el, x->config.domain);
	delay_strip(el, x->config.source);
}

static bool set_address(struct intake *x, struct xml *el, struct str name, struct jid *ret_jid)
{
	struct str text = xml_attr(el, name);

	if (intake_jid(x, text.len ? text : x->owner, false, ret_jid))
		return false;
	xml_set(&x->arena, el, name, ret_jid->full);
	return true;
}

static uint64_t hash_of(struct intake *x, const struct message *m, struct jid from)
{
	struct str id = xml_attr(m->el, STR("id"));
	struct str body = xml_child_text(m->el, NS_CLIENT, STR("body"), &x->arena);

	if (!id.len && !body.len)
		return 0;
	return siphash(x->hash_key,
		       ARENA_JOIN(&x->arena, jid_bare_str(from), STR("\n"), id, STR("\n"), body)) |
	       1;
}

/* What is wrong with it, or NULL. */
static const char *read_message(struct intake *x, struct message *m)
{
	struct str type = xml_attr(m->el, STR("type"));
	struct jid from, to;

	if (!xml_is(m->el, NS_CLIENT, STR("message")))
		return "no message";
	if (str_eq(type, STR("groupchat")) || str_eq(type, STR("error")))
		return "of a room, or an error";
	if (!set_address(x, m->el, STR("from"), &from) || !set_address(x, m->el, STR("to"), &to))
		return "not an address";
	m->entry.owner = x->owner;
	if (str_eq(jid_bare_str(from), x->owner))
		m->entry.flags |= ARCHIVE_OUT;
	if (str_eq(jid_bare_str(to), x->owner) || !m->entry.flags)
		m->entry.flags |= ARCHIVE_IN;
	m->entry.peer = jid_bare_str(m->entry.flags & ARCHIVE_OUT ? to : from);
	if (xml_child(m->el, NS_CLIENT, STR("body")))
		m->entry.flags |= ARCHIVE_TEXT; /* and read, unless it waits for a client */
	m->hash = hash_of(x, m, from);
	strip(x, m->el);
	sbuf_reset(&x->scratch);
	if (xml_write(&x->scratch, m->el, NS_CLIENT))
		return "not to be written";
	if (x->scratch.len > x->config.limits.message_bytes)
		return "too large (limits.stanza_bytes)";
	return NULL;
}

/* ---- places ---- */

/* The next place: its time, or behind the last one. Nothing lies in the future, where the account's
 * own messages come. */
static int64_t place(const struct intake *x, int64_t *last, usec_t wall, int64_t parity)
{
	int64_t seq = wall < x->wall_begun ? wall : x->wall_begun;

	if (seq < 2)
		seq = 2;
	seq = (seq & ~(int64_t)1) | parity;
	if (seq <= *last)
		seq = *last + 2;
	*last = seq;
	return seq;
}

static struct intake_seen *slot_of(struct intake_seen *seen, uint64_t hash)
{
	return &seen[hash % INTAKE_SEEN];
}

static struct intake_seen *find(const struct intake *x, struct intake_seen *seen,
				const struct message *m)
{
	struct intake_seen *s = slot_of(seen, m->hash);
	usec_t apart = s->wall > m->wall ? s->wall - m->wall : m->wall - s->wall;

	return m->hash && s->hash == m->hash && s->account == x->number && apart <= SAME_USEC
		       ? s
		       : NULL;
}

static void note(const struct intake *x, struct intake_seen *seen, const struct message *m)
{
	if (m->hash)
		*slot_of(seen, m->hash) = (struct intake_seen){
			.hash = m->hash, .account = x->number, .seq = m->entry.seq, .wall = m->wall
		};
}

static void append(struct intake *x, const struct message *m)
{
	txn_append(intake_txn(x), m->wall, sbuf_str(&x->scratch), &m->entry, 1);
}

/* ---- the archive ---- */

static const char *read_result(const struct xml *el, struct message *m)
{
	const struct xml *forwarded = xml_child(el, NS_FORWARD, STR("forwarded"));
	const struct xml *delay;

	m->el = forwarded ? forward_inside(forwarded) : NULL;
	if (!m->el)
		return "without a message";
	delay = xml_child(forwarded, NS_DELAY, STR("delay"));
	if (!delay || datetime_parse(str_trim(xml_attr(delay, STR("stamp"))), &m->wall))
		return "without a time";
	return NULL;
}

void intake_archived(struct intake *x, const struct xml *el)
{
	struct message m = { .el = NULL };
	const char *why_not = read_result(el, &m);
	struct intake_seen *twin;

	if (!why_not)
		why_not = read_message(x, &m);
	if (why_not) {
		report_leave_out(x->report, PIECE_ARCHIVED, why_not);
		return;
	}
	taken(x, PIECE_ARCHIVED);
	twin = m.entry.flags & ARCHIVE_IN ? find(x, x->offline, &m) : NULL;
	if (twin) { /* is there, as one that waits */
		twin->hash = 0;
		return;
	}
	m.entry.seq = place(x, &x->last_archived, m.wall, 0);
	if (m.entry.flags & ARCHIVE_IN)
		note(x, x->archived, &m);
	append(x, &m);
}

/* ---- what waits ---- */

/* XEP-0091: 20020910T23:08:25 */
static bool parse_old(struct intake *x, struct str stamp, usec_t *ret_wall)
{
	struct str day = str_sub(stamp, 0, 8);

	return stamp.len == 17 &&
	       datetime_parse(ARENA_JOIN(&x->arena, str_sub(day, 0, 4), STR("-"),
					 str_sub(day, 4, 2), STR("-"), str_sub(day, 6, 2),
					 str_sub(stamp, 8, 9), STR("Z")),
			      ret_wall) == OK;
}

/* When it came: the last one to say so is the server that kept it. */
static usec_t time_of(struct intake *x, const struct xml *el)
{
	usec_t wall = x->wall_begun, found;

	xml_each (child, el) {
		struct str stamp = str_trim(xml_attr(child, STR("stamp")));

		if (xml_is(child, NS_DELAY, STR("delay")) && datetime_parse(stamp, &found) == OK)
			wall = found;
		else if (xml_is(child, NS_OLD_DELAY, STR("x")) && wall == x->wall_begun &&
			 parse_old(x, stamp, &found))
			wall = found;
	}
	return wall;
}

/* Not in the archive: it is there until it has been delivered (feature/offline). */
static void hide(struct intake *x, struct message *m)
{
	m->entry.flags |= ARCHIVE_HIDDEN;
	m->entry.peer = STR("");
	if (x->has_hidden)
		return;
	x->has_hidden = true;
	txn_put(intake_txn(x), x->owner, OFFLINE_SPACE, OFFLINE_HIDDEN_KEY,
		arena_printf(&x->arena, "%lld", (long long)m->entry.seq));
}

void intake_offline(struct intake *x, struct xml *el)
{
	struct message m = { .el = el, .entry = { .flags = 0 } };
	bool is_hidden = xml_child(el, NS_HINTS, STR("no-permanent-store")) != NULL;
	const char *why_not;
	struct intake_seen *twin;

	m.wall = time_of(x, el);
	why_not = read_message(x, &m);
	if (!why_not && !(m.entry.flags & ARCHIVE_IN))
		why_not = "not for this account";
	if (why_not) {
		report_leave_out(x->report, PIECE_OFFLINE, why_not);
		return;
	}
	taken(x, PIECE_OFFLINE);
	twin = find(x, x->archived, &m);
	if (twin) {
		txn_remove(intake_txn(x), x->owner, twin->seq, twin->seq);
		twin->hash = 0;
	}
	m.entry.flags |= ARCHIVE_OFFLINE | (m.entry.flags & ARCHIVE_TEXT ? ARCHIVE_COUNTED : 0);
	m.entry.seq = place(x, &x->last_offline, m.wall, 1);
	if (is_hidden && !twin)
		hide(x, &m);
	else
		note(x, x->offline, &m);
	append(x, &m);
}
