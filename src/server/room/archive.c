/* SPDX-License-Identifier: Apache-2.0 */
/* The archive of a room, see archive.h. Members read it without being there: affiliation is
 * membership (DECISIONS 8). Others read it while they are there, or where the owner has made it
 * public. Real addresses are shown
 * to those who would see them there. */
#include "server/room/archive.h"

#include "server/room/past.h"
#include "server/room/tell.h"
#include "server/route/archive_page.h"

static bool may_read(const struct room *r, struct jid who)
{
	enum room_affiliation a = room_members_get(&r->members, who);

	if (a != AFFILIATION_NONE)
		return a > AFFILIATION_NONE;
	if (r->config.is_members_only || r->is_locked)
		return false;
	return room_session(r, who.full) || r->config.has_public_log;
}

static bool sees_jids(const struct room *r, struct jid who)
{
	const struct room_session *s = room_session(r, who.full);

	return s ? room_sees_jids(r, s->occupant)
		 : r->config.whois == WHOIS_ANYONE ||
			       room_members_get(&r->members, who) >= AFFILIATION_ADMIN;
}

static void send(struct dispatch *d, struct bytes *bytes)
{
	struct audience *one = audience_new(d->home);

	audience_add(one, d->stanza.from);
	dispatch_share_bytes(d, one, bytes);
	(void)audience_unref(one);
}

static struct str text(struct dispatch *d, struct str archived)
{
	return past_text(d, archived, sees_jids(room_of(d->entity), d->stanza.from));
}

/* Messages lie under the real address of who sent them: an occupant's is looked up, and a real one
 * finds nothing for those who do not see it. */
static struct jid with(struct dispatch *d, struct jid asked)
{
	const struct room *r = room_of(d->entity);
	const struct occupant *o;
	struct jid found;

	if (!jid_bare_eq(asked, d->entity->jid))
		return sees_jids(r, d->stanza.from) ? jid_bare(asked) : d->entity->jid;
	o = room_occupant(r, asked.resource);
	if (o && jid_parse(d->arena, arena_dup(d->arena, o->bare), &found) == OK)
		return found;
	return d->entity->jid; /* nobody's address: no message lies under it */
}

/* By address, senders are looked for only by those who see addresses; by name by all. Whoever is
 * not there has the name that is reserved for him, and always the same occupant id. */
static void view_of(const struct room *r, struct jid who, struct arena *a,
		    struct query_view *ret_view)
{
	const struct room_session *s = room_session(r, who.full);
	const struct room_member *member = room_members_find(&r->members, jid_bare_str(who));
	bool is_known = member && member->nick.len;
	const struct occupant *o = s          ? s->occupant
				   : is_known ? NULL
					      : room_occupant_by_bare(r, jid_bare_str(who));

	*ret_view = (struct query_view){ .me = arena_dup(a, jid_bare_str(who)),
					 .hides_addresses = !sees_jids(r, who),
					 .occupant_id = room_occupant_id(r, jid_bare_str(who), a) };
	if (o || is_known)
		ret_view->nick = arena_dup(a, o ? o->nick : member->nick);
	if (ret_view->nick.len)
		ret_view->occupant_jid =
			ARENA_JOIN(a, r->entity->jid.full, STR("/"), ret_view->nick);
}

static void view(struct dispatch *d, struct query_view *ret_view)
{
	view_of(room_of(d->entity), d->stanza.from, d->arena, ret_view);
}

bool room_archive_is_open(struct dispatch *d)
{
	const struct room *r = room_of(d->entity);

	if (!r->exists)
		(void)dispatch_error(d, COND_ITEM_NOT_FOUND);
	else if (!may_read(r, d->stanza.from))
		(void)dispatch_error(d, COND_FORBIDDEN);
	else
		return true;
	return false;
}

static enum verdict on_query(struct dispatch *d)
{
	static const struct archive_door door = {
		.send = send, .text = text, .with = with, .view = view
	};

	return room_archive_is_open(d) ? archive_page_send(d, &door) : DONE;
}

static enum verdict on_form(struct dispatch *d)
{
	return room_archive_is_open(d) ? archive_page_form(d) : DONE;
}

static enum verdict on_metadata(struct dispatch *d)
{
	return room_archive_is_open(d) ? archive_page_metadata(d) : DONE;
}

/* For archives that are put together. */
static bool may_read_of(const struct entity *e, struct jid who, struct arena *a,
			struct query_view *ret_view)
{
	const struct room *r = room_of(e);

	view_of(r, who, a, ret_view);
	return r->exists && may_read(r, who);
}

#define MAM STR_INIT("urn:xmpp:mam:2")

static const struct iq_handler iq[] = {
	{ MAM, STR_INIT("query"), IQ_SET, TARGET_OTHER, on_query },
	{ MAM, STR_INIT("query"), IQ_GET, TARGET_OTHER, on_form },
	{ MAM, STR_INIT("metadata"), IQ_GET, TARGET_OTHER, on_metadata },
	{ .run = NULL },
};

static const struct str vars[] = { MAM,
				   STR_INIT("urn:xmpp:mam:2#extended"),
				   STR_INIT("urn:xmpp:fulltext:0"),
				   STR_INIT("urn:parley:search:0"),
				   { .ptr = NULL } };

const struct feature room_archive_feature = {
	.name = "room_archive",
	.spec = "XEP-0313 1.1.3, XEP-0431 0.2.0",
	.test = "rooms/archive.talk, rooms/fulltext.talk",
	.iq = iq,
	.may_read = may_read_of,
	.disco_account = vars,
};
