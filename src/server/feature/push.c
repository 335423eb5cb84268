/* SPDX-License-Identifier: Apache-2.0 */
/* Push notifications, see push.h: what clients ask for, and which messages are worth waking a
 * device. How and when it is woken is in server/push. */
#include "server/feature/push.h"

#include "codec/base64.h"
#include "crypto/p256.h"
#include "server/model/roster.h"
#include "server/push/push.h"
#include "server/route/archive_id.h"
#include "xep/bookmark.h"
#include "xep/form.h"
#include "xmpp/ns.h"

static const struct conf_key keys[] = {
	{ "push.grace", CONF_DURATION, "\"3s\"", 0, USEC_PER_HOUR,
	  "How long a push waits while another client of the account is active: what is read there "
	  "meanwhile needs none." },
	{ "push.interval", CONF_DURATION, "\"3s\"", 0, USEC_PER_HOUR,
	  "The shortest time between two pushes to one device, calls excepted." },
	{ "push.retry", CONF_DURATION, "\"30s\"", USEC_PER_MSEC, USEC_PER_HOUR,
	  "How long nothing is sent after a push has failed for now; it doubles with each further "
	  "failure." },
	{ "push.text", CONF_STR, "\"New message\"", 0, 0,
	  "What an app server is told (XEP-0357) instead of the text of a message." },
	{ "push.contact", CONF_STR, "\"\"", 0, 0,
	  "Whom push services may ask about this server (RFC 8292): a mailto: or https: URL; empty: https://domain." },
	{ "push.include_sender", CONF_BOOL, "false", 0, 0,
	  "Whether app servers, which belong to others, are told who has sent a message." },
	{ "push.include_body", CONF_BOOL, "false", 0, 0,
	  "Whether app servers are told the text of a message." },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "Push", .keys = keys };

/* ---- what clients ask for ---- */

static enum verdict refuse(struct dispatch *d, const struct push_fault *fault)
{
	return dispatch_error_text(d, fault->condition, fault->text);
}

/* What has the server's own address is for it to tell by itself: a push service of the web. */
static bool is_possible(const struct dispatch *d, const struct push_enable *wanted,
			struct push_fault *ret_fault)
{
	bool is_here = str_eq(wanted->jid.full, d->home->domain);
	bool is_web = wanted->web.endpoint.len > 0;

	if (is_web && is_here)
		return push_web_check(d->home, &wanted->web, ret_fault);
	*ret_fault = (struct push_fault){
		.condition = is_web ? COND_NOT_ACCEPTABLE : COND_ITEM_NOT_FOUND,
		.text = is_web ? STR("such a form is for the server's own address")
			       : STR("there is no app server, and no form that names another one"),
	};
	return !is_web && !is_here;
}

static enum verdict on_enable(struct dispatch *d)
{
	struct push_enable wanted;
	struct push_fault fault;

	if (!d->resource)
		return dispatch_error(d, COND_NOT_ALLOWED); /* only a device knows what it has */
	if (!push_enable_read(stanza_payload(&d->stanza), d->arena, &wanted, &fault) ||
	    !is_possible(d, &wanted, &fault))
		return refuse(d, &fault);
	if (!push_enable(d, &wanted))
		return dispatch_error(d, COND_NOT_ACCEPTABLE);
	return dispatch_result(d);
}

static enum verdict on_disable(struct dispatch *d)
{
	struct push_disable wanted;
	struct push_fault fault;

	if (!push_disable_read(stanza_payload(&d->stanza), d->arena, &wanted, &fault))
		return refuse(d, &fault);
	push_disable(d, &wanted);
	return dispatch_result(d);
}

/* ---- messages in ---- */

static bool is_encrypted(const struct xml *el)
{
	static const struct str kinds[] = { STR_INIT("eu.siacs.conversations.axolotl"),
					    STR_INIT("urn:xmpp:omemo:2") };

	for (size_t i = 0; i < array_len(kinds); i++) {
		const struct xml *encrypted = xml_child(el, kinds[i], STR("encrypted"));

		if (xml_child(encrypted, kinds[i], STR("payload")))
			return true;
	}
	return xml_child(el, STR("urn:xmpp:openpgp:0"), STR("openpgp")) != NULL;
}

/* What is said about an earlier message wakes nobody, whatever its fallback is. */
static bool is_about_another(const struct xml *el)
{
	return xml_child(el, NS_REACTIONS, STR("reactions")) ||
	       xml_child(el, NS_RETRACT, STR("retract")) ||
	       xml_child(el, STR("urn:xmpp:message-correct:0"), STR("replace"));
}

static bool is_invitation(const struct xml *el)
{
	return xml_child(el, NS_CONFERENCE, STR("x")) ||
	       xml_child(xml_child(el, NS_MUC_USER, STR("x")), NS_MUC_USER, STR("invite"));
}

static bool read_event(struct dispatch *d, struct push_event *e)
{
	const struct xml *el = d->stanza.el;
	const struct realm *realm = home_realm(d->home, d->stanza.from.domain);
	/* What is whispered in a room is no conversation of the room. */
	bool is_whispered = realm && !realm->has_accounts;

	*e = (struct push_event){ .conversation = is_whispered ? d->stanza.from.full
							       : jid_bare_str(d->stanza.from),
				  .sender = d->stanza.from.full,
				  .id = d->stanza.id,
				  .seq = d->seq,
				  .otherwise = PUSH_ALWAYS };
	if (xml_child(el, NS_JINGLE_MESSAGE, STR("propose"))) {
		e->kind = PUSH_CALL;
		return true;
	}
	if (!d->is_stored || is_about_another(el))
		return false;
	e->is_readable = true;
	if (is_encrypted(el))
		return true;
	e->body = xml_child_text(el, NS_CLIENT, STR("body"), d->arena);
	return e->body.len || is_invitation(el);
}

static enum verdict on_message(struct dispatch *d)
{
	struct push_event e;

	if (!d->entity->push || !d->entity->push->count ||
	    (d->stanza.type != MESSAGE_CHAT && d->stanza.type != MESSAGE_NORMAL) ||
	    jid_bare_eq(d->stanza.from, d->entity->jid))
		return PASS;
	if (read_event(d, &e))
		push_consider(d, &e);
	return PASS;
}

/* Somebody asks to become a contact, and is not one yet: once. Whoever comes with a token
 * (XEP-0379) is most likely let in without being asked about. */
static enum verdict on_presence(struct dispatch *d)
{
	struct push_event e = { .kind = PUSH_REQUEST,
				.conversation = jid_bare_str(d->stanza.from),
				.sender = jid_bare_str(d->stanza.from),
				.otherwise = PUSH_ALWAYS };
	const struct roster_item *item;

	if (d->stanza.type != PRESENCE_SUBSCRIBE || d->is_quiet ||
	    xml_child(d->stanza.el, NS_PREAUTH, STR("preauth")) || !d->entity->push ||
	    !d->entity->roster || jid_bare_eq(d->stanza.from, d->entity->jid))
		return PASS;
	item = roster_find(d->entity->roster, e.conversation);
	if (!item || !(item->flags & (ROSTER_FROM | ROSTER_APPROVED | ROSTER_PENDING_IN)))
		push_consider(d, &e);
	return PASS;
}

/* XEP-0357 8: the app server says that it wants no more. */
static enum verdict on_withdrawal(struct dispatch *d)
{
	struct str node;

	if (!d->entity->push || !d->entity->push->count)
		return PASS;
	node = push_withdrawn(d->stanza.el, d->entity->jid, d->arena);
	if (node.ptr)
		push_withdraw(d, d->stanza.from.full, node);
	return PASS;
}

/* ---- what was read elsewhere ---- */

/* From a device of the account: XEP-0333, or an answer. */
static enum verdict on_own(struct dispatch *d)
{
	const struct xml *el = d->stanza.el;
	const struct xml *displayed;
	struct str conversation = jid_bare_str(d->stanza.to);

	if (!d->entity->push || !jid_is_set(d->stanza.to) || d->stanza.type == MESSAGE_ERROR)
		return PASS;
	displayed = xml_child(el, NS_MARKERS, STR("displayed"));
	if (displayed && xml_attr(displayed, STR("id")).len)
		push_on_read(d->entity, conversation, 0, xml_attr(displayed, STR("id")));
	else if (xml_child(el, NS_CLIENT, STR("body")) || is_encrypted(el))
		push_on_read(d->entity, conversation, 0, STR_NONE);
	return PASS;
}

/* XEP-0490: the newest message that was displayed. */
static void on_marker(struct dispatch *d, struct str conversation, const struct xml *payload)
{
	const struct xml *id = xml_child(payload, NS_SID, STR("stanza-id"));
	int64_t seq;

	if (archive_id_read(d->home, xml_attr(id, STR("id")), &seq))
		push_on_read(d->entity, conversation, seq, STR_NONE);
}

/* Of a room in its bookmark, of a chat in its item. */
static void on_settings(struct dispatch *d, struct str conversation, const struct xml *settings)
{
	struct push_levels levels = push_levels_read(settings);
	struct jid jid;

	if (jid_parse(d->arena, conversation, &jid) == OK)
		push_set_quiet(d, jid_bare_str(jid), &levels);
}

static void on_item(struct dispatch *d, struct str node, struct str id, const struct xml *payload)
{
	if (str_eq(node, NS_DISPLAYED) && payload)
		on_marker(d, id, payload);
	else if (str_eq(node, NS_BOOKMARKS) && id.len)
		on_settings(d, id, xml_child(payload, NS_BOOKMARKS, STR("extensions")));
	else if (str_eq(node, NS_PARLEY_CHATS) && id.len)
		on_settings(d, id, payload);
	else if (str_eq(node, NS_BOOKMARKS) || str_eq(node, NS_PARLEY_CHATS))
		push_forget_quiet(d);
}

/* ---- devices ---- */

static void on_open(struct dispatch *d, struct resource *r)
{
	(void)d;
	push_on_attention(r, true);
}

static void on_close(struct dispatch *d, struct resource *r)
{
	(void)d;
	push_on_attention(r, false);
}

/* docs/push.md: the key that browsers ask for when they subscribe. */
static void disco_extend(const struct home *h, struct arena *a, struct xml *query)
{
	struct sbuf key scoped(sbuf_done) = SBUF(2 * P256_PUBLIC);
	struct xml *form;

	if (!h->push_key ||
	    base64_url_encode(&key, str_make((const char *)h->push_key->pub, P256_PUBLIC)))
		return;
	form = form_new(a, STR("result"), NS_PARLEY_WEBPUSH);
	form_add_field(a, form, STR("vapid"), STR("text-single"), arena_dup(a, sbuf_str(&key)));
	xml_add(query, form);
}

static const struct str domain_vars[] = { STR_INIT("urn:parley:webpush:0"), { .ptr = NULL } };
static const struct str vars[] = { STR_INIT("urn:xmpp:push:0"),
				   STR_INIT("tigase:push:priority:0"),
				   { .ptr = NULL } };
static const struct str spaces[] = { STR_INIT("push"), STR_INIT("quiet"), { .ptr = NULL } };

static const struct iq_handler iq[] = {
	{ STR_INIT("urn:xmpp:push:0"), STR_INIT("enable"), IQ_SET, TARGET_SELF, on_enable },
	{ STR_INIT("urn:xmpp:push:0"), STR_INIT("disable"), IQ_SET, TARGET_SELF, on_disable },
	{ .run = NULL },
};

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_IN, PHASE_STAMP, on_withdrawal },
	{ STANZA_MESSAGE, WAY_IN, PHASE_NOTIFY, on_message },
	{ STANZA_MESSAGE, WAY_OUT, PHASE_NOTIFY, on_own },
	{ STANZA_PRESENCE, WAY_IN, PHASE_STAMP, on_presence },
	{ .run = NULL },
};

const struct feature feature_push = {
	.name = "push",
	.spec = "XEP-0357 0.4.1, XEP-0492 0.2.0",
	.test = "push/enable.talk, push/chats.talk, push/devices.talk, push/web.talk, push/rooms.talk, "
		"push/guests.talk",
	.disco_domain = domain_vars,
	.disco_account = vars,
	.disco_extend = disco_extend,
	.iq = iq,
	.hooks = hooks,
	.conf = &table,
	.spaces = spaces,
	.on_load = push_load,
	.on_unload = push_unload,
	.on_answer = push_on_answer,
	.on_removal = push_on_removal,
	.on_item = on_item,
	.on_open = on_open,
	.on_close = on_close,
	.on_attention = push_on_attention,
	.on_member_news = push_on_member_news,
	.on_delivered = push_on_delivered,
};
