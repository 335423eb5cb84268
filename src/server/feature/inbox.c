/* SPDX-License-Identifier: Apache-2.0 */
/* The inbox of an account, see inbox.h: where clients and messages come to it. On the entity's
 * loop.
 */
#include "server/feature/inbox.h"

#include "server/inbox/inbox_ask.h"
#include "server/inbox/inbox_say.h"
#include "server/model/displayed.h"
#include "server/route/member_news.h"
#include "xep/bookmark.h"
#include "xmpp/ns.h"

/* ---- requests ---- */

static enum verdict watch(struct dispatch *d, bool is_on)
{
	if (d->resource)
		d->resource->watches_inbox = is_on;
	return dispatch_result(d);
}

static enum verdict on_watch(struct dispatch *d)
{
	return watch(d, true);
}

static enum verdict on_unwatch(struct dispatch *d)
{
	return watch(d, false);
}

static bool is_room(const struct dispatch *d, struct jid who)
{
	const struct realm *realm = home_realm(d->home, who.domain);

	return realm && !realm->has_accounts;
}

/* Up to where what is said now can mean: rooms place by the clock. */
static struct str place_now(struct dispatch *d, struct jid conversation)
{
	return arena_printf(d->arena, "%lld",
			    (long long)(is_room(d, conversation) ? wall_now()
								 : d->entity->last_seq));
}

/* <mark jid='…' unread='…'/> */
static enum verdict on_mark(struct dispatch *d)
{
	const struct xml *el = stanza_payload(&d->stanza);
	struct str unread = xml_attr(el, STR("unread"));
	bool is_unread = str_eq(unread, STR("true")) || str_eq(unread, STR("1"));
	struct jid jid;

	if (jid_parse(d->arena, xml_attr(el, STR("jid")), &jid) ||
	    !(is_unread || str_eq(unread, STR("false")) || str_eq(unread, STR("0"))))
		return dispatch_error(d, COND_BAD_REQUEST);
	if (is_unread)
		inbox_say(d, SAYING_UNREAD, jid_bare_str(jid), STR(""));
	else
		inbox_say(d, SAYING_READ, jid_bare_str(jid), place_now(d, jid));
	return dispatch_result(d);
}

#define INBOX STR_INIT("urn:xmpp:inbox:1")
#define MORE  STR_INIT("urn:parley:inbox:0")

static const struct iq_handler iq[] = {
	{ INBOX, STR_INIT("inbox"), IQ_GET, TARGET_SELF, inbox_on_get },
	{ MORE, STR_INIT("enable"), IQ_SET, TARGET_SELF, on_watch },
	{ MORE, STR_INIT("disable"), IQ_SET, TARGET_SELF, on_unwatch },
	{ MORE, STR_INIT("mark"), IQ_SET, TARGET_SELF, on_mark },
	{ .run = NULL },
};

/* ---- markers ---- */

/* XEP-0490: whoever has published it. What was said of private words in a room (a full JID) is not
 * said of the room. */
static void on_marker(struct dispatch *d, struct str id, const struct xml *payload)
{
	struct jid conversation, by;
	struct marker m;

	if (displayed_read(d->arena, id, payload, &m) ||
	    jid_parse(d->arena, m.conversation, &conversation) || jid_parse(d->arena, m.by, &by))
		return;
	if (is_room(d, conversation) ? !str_eq(by.full, conversation.full)
				     : !str_eq(by.full, d->entity->jid.full))
		return; /* an archive that we do not know */
	inbox_say(d, SAYING_ARCHIVE_ID, jid_bare_str(conversation), m.id);
}

/* What the user wishes of a conversation stands beside it. */
static void on_setting(struct dispatch *d, struct str id)
{
	struct jid conversation;

	if (jid_parse(d->arena, id, &conversation) == OK)
		inbox_change(d, jid_bare_str(conversation));
}

static void on_item(struct dispatch *d, struct str node, struct str id, const struct xml *payload)
{
	if (str_eq(node, NS_DISPLAYED) && payload)
		on_marker(d, id, payload);
	else if (str_eq(node, NS_BOOKMARKS) || str_eq(node, NS_PARLEY_CHATS))
		on_setting(d, id);
}

/* What the account's own clients say to others: XEP-0333, XEP-0424. */
static void note_own(struct dispatch *d)
{
	const struct xml *displayed = xml_child(d->stanza.el, NS_MARKERS, STR("displayed"));
	const struct xml *retract = xml_child(d->stanza.el, NS_RETRACT, STR("retract"));
	struct jid to = jid_is_set(d->stanza.to) ? d->stanza.to : d->entity->jid;

	if (is_room(d, to) && d->stanza.type != MESSAGE_GROUPCHAT)
		return;
	if (displayed)
		inbox_say(d, SAYING_MESSAGE_ID, jid_bare_str(to), xml_attr(displayed, STR("id")));
	if (retract && !is_room(d, to))
		inbox_say(d, SAYING_WITHDRAWN, jid_bare_str(to), xml_attr(retract, STR("id")));
}

static enum verdict on_out(struct dispatch *d)
{
	struct jid to = jid_is_set(d->stanza.to) ? d->stanza.to : d->entity->jid;

	if (d->stanza.type == MESSAGE_ERROR || !d->resource_id)
		return PASS;
	note_own(d);
	if (d->seq)
		inbox_change(d, jid_bare_str(to));
	return PASS;
}

static enum verdict on_in(struct dispatch *d)
{
	const struct xml *retract = xml_child(d->stanza.el, NS_RETRACT, STR("retract"));
	struct str from = jid_bare_str(d->stanza.from);

	if (!d->seq || d->is_hidden)
		return PASS;
	if (retract && !is_room(d, d->stanza.from))
		inbox_say(d, SAYING_RETRACTED, from, xml_attr(retract, STR("id")));
	inbox_change(d, from);
	return PASS;
}

/* ---- rooms ---- */

static void on_member_news(struct home *h, struct str bare, struct entity *e,
			   const struct member_news *n)
{
	(void)h;
	(void)bare;
	if (e)
		inbox_changed(e, n->room);
}

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_OUT, PHASE_STORE, on_out },
	{ STANZA_MESSAGE, WAY_IN, PHASE_STORE, on_in },
	{ .run = NULL },
};

static const struct str vars[] = { INBOX, MORE, { .ptr = NULL } };

static const struct str spaces[] = { STR_INIT("inbox-log"), { .ptr = NULL } };

const struct feature feature_inbox = {
	.name = "inbox",
	.spec = "XEP-0430 0.2.0",
	.test = "inbox/conversations.talk, inbox/rooms.talk, inbox/mentions.talk, "
		"inbox/wishes.talk",
	.disco_account = vars,
	.iq = iq,
	.hooks = hooks,
	.spaces = spaces,
	.on_load = inbox_load,
	.on_unload = inbox_unload,
	.on_item = on_item,
	.on_member_news = on_member_news,
};
