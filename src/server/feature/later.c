/* SPDX-License-Identifier: Apache-2.0 */
/* Requests about messages for later, see later.h: urn:parley:later:0. */
#include "server/feature/later.h"

#include "base/random.h"
#include "server/later/later_send.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

static const struct conf_key keys[] = {
	{ "limits.later_messages", CONF_INT, "100", 0, 10000,
	  "Messages that one account may leave with the server to be sent later; 0: none." },
	{ "limits.later_bytes", CONF_SIZE, "\"512KiB\"", 1024, 16 * 1024 * 1024,
	  "All of them together, of one account." },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "Messages for later", .keys = keys };

static const usec_t AHEAD_USEC = 366 * USEC_PER_DAY; /* at most */
static const usec_t PAST_USEC = USEC_PER_MIN;        /* clocks differ, and networks are slow */

/* ---- what is to be sent ---- */

static bool is_message(struct dispatch *d, struct xml *el, struct stanza *ret_s)
{
	return el && xml_is(el, NS_CLIENT, STR("message")) && !xml_next(el) &&
	       stanza_read(d->arena, el, ret_s) == STANZA_OK && jid_is_set(ret_s->to) &&
	       ret_s->type <= MESSAGE_GROUPCHAT &&
	       (ret_s->type != MESSAGE_GROUPCHAT || !jid_is_full(ret_s->to));
}

static bool is_nick(struct dispatch *d, struct str nick, struct jid room)
{
	struct str text = ARENA_JOIN(d->arena, jid_bare_str(room), STR("/"), nick);
	struct jid jid;

	return !nick.len || (nick.len <= LATER_NICK_MAX && str_index(nick, '\n') < 0 &&
			     jid_parse(d->arena, text, &jid) == OK);
}

static bool has_room(const struct dispatch *d, const struct later_item *old, size_t bytes)
{
	const struct later *l = later_of(d->entity);
	size_t count = (l ? l->count : 0) + !old;
	size_t all = (l ? l->bytes : 0) + bytes - (old ? old->stanza->len : 0);

	return count <= (size_t)conf_int(d->home->conf, "limits.later_messages") &&
	       all <= conf_size(d->home->conf, "limits.later_bytes");
}

static enum verdict answer_item(struct dispatch *d, const struct later_item *item)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);

	(void)later_show(d->arena, reply, item);
	return dispatch_reply(d, reply);
}

/* As it is kept: nobody's words but the user's own. */
static enum verdict keep(struct dispatch *d, struct later_item *item, struct xml *message)
{
	const struct later_item *old = later_find(later_of(d->entity), str_from(item->id));
	struct bytes *bytes;
	bool has_place;

	xml_set(d->arena, message, STR("from"), STR_NONE);
	bytes = dispatch_bytes(d, message);
	has_place = bytes->len && has_room(d, old, bytes->len);
	if (has_place) {
		item->stanza = bytes;
		later_set(d, item);
	}
	(void)bytes_unref(bytes);
	if (!has_place)
		return dispatch_error_text(d, COND_RESOURCE_CONSTRAINT,
					   STR("no more messages are kept for later"));
	return answer_item(d, later_find(later_of(d->entity), str_from(item->id)));
}

static enum verdict on_send(struct dispatch *d)
{
	const struct xml *el = stanza_payload(&d->stanza);
	struct xml *message = xml_first(el);
	struct later_item item = { .nick = xml_attr(el, STR("nick")) };
	struct str id = xml_attr(el, STR("id"));
	usec_t now = wall_now();
	struct stanza s;

	if (datetime_parse(xml_attr(el, STR("at")), &item.wall_at) || !is_message(d, message, &s) ||
	    !is_nick(d, item.nick, s.to))
		return dispatch_error(d, COND_BAD_REQUEST);
	if (item.wall_at < now - PAST_USEC || item.wall_at > now + AHEAD_USEC)
		return dispatch_error_text(d, COND_NOT_ACCEPTABLE,
					   STR("this time is past, or too far away"));
	if (id.ptr && !later_find(later_of(d->entity), id))
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (id.ptr)
		memcpy(item.id, id.ptr, LATER_ID_LEN);
	else
		random_token(item.id, LATER_ID_LEN);
	return keep(d, &item, message);
}

/* ---- the others ---- */

static enum verdict on_list(struct dispatch *d)
{
	const struct later *l = later_of(d->entity);
	struct xml *reply = reply_result(d->arena, &d->stanza);
	struct xml *list = xml_add_new(d->arena, reply, NS_PARLEY_LATER, STR("list"));

	if (d->resource)
		d->resource->watches_later = true;
	if (!l)
		return dispatch_reply(d, reply);
	list_each (link, (struct list *)(uintptr_t)&l->items)
		(void)later_show(d->arena, list, list_entry(link, struct later_item, link));
	return dispatch_reply(d, reply);
}

/* Which is meant; or answers. */
static struct later_item *meant(struct dispatch *d)
{
	struct str id = xml_attr(stanza_payload(&d->stanza), STR("id"));
	struct later_item *item = later_find(later_of(d->entity), id);

	if (!item)
		(void)dispatch_error(d, COND_ITEM_NOT_FOUND);
	return item;
}

static enum verdict on_cancel(struct dispatch *d)
{
	struct later_item *item = meant(d);

	if (!item)
		return DONE;
	(void)dispatch_result(d);
	later_cancel(d, item);
	return DONE;
}

static enum verdict on_now(struct dispatch *d)
{
	struct later_item *item = meant(d);

	if (!item)
		return DONE;
	(void)dispatch_result(d);
	later_send(d, item);
	return DONE;
}

#define LATER STR_INIT("urn:parley:later:0")

static const struct iq_handler iq[] = {
	{ LATER, STR_INIT("send"), IQ_SET, TARGET_SELF, on_send },
	{ LATER, STR_INIT("list"), IQ_GET, TARGET_SELF, on_list },
	{ LATER, STR_INIT("cancel"), IQ_SET, TARGET_SELF, on_cancel },
	{ LATER, STR_INIT("now"), IQ_SET, TARGET_SELF, on_now },
	{ .run = NULL },
};

static const struct hook hooks[] = {
	{ STANZA_PRESENCE, WAY_IN, PHASE_GUARD, later_hear },
	{ STANZA_MESSAGE, WAY_IN, PHASE_GUARD, later_hear },
	{ .run = NULL },
};

static const struct str spaces[] = { STR_INIT("later"), { .ptr = NULL } };
static const struct str vars[] = { LATER, { .ptr = NULL } };

const struct feature feature_later = {
	.name = "later",
	.spec = "urn:parley:later:0",
	.test = "im/later.talk",
	.disco_account = vars,
	.conf = &table,
	.iq = iq,
	.hooks = hooks,
	.spaces = spaces,
	.on_load = later_load,
	.on_unload = later_unload,
	.on_removal = later_forget,
};
