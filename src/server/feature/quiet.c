/* SPDX-License-Identifier: Apache-2.0 */
/* The quiet box, see quiet.h: how stanzas come into it, and what clients ask. */
#include "server/feature/quiet.h"

#include "server/quiet/quiet_box.h"
#include "server/quiet/quiet_judge.h"
#include "server/quiet/quiet_leave.h"
#include "server/quiet/quiet_list.h"
#include "server/route/block_change.h"
#include "server/route/lasting.h"
#include "server/route/recipients.h"
#include "xmpp/ns.h"

static const struct conf_key keys[] = {
	{ "quiet.default", CONF_BOOL, "false", 0, 0,
	  "Whether accounts that have not said what they want have a quiet box: what strangers send "
	  "waits there without a sound." },
	{ "quiet.others", CONF_BOOL, "false", 0, 0,
	  "Whether they have one for people of other domains at least." },
	{ "quiet.trust_listed", CONF_BOOL, "true", 0, 0,
	  "Whether people of this server who want to be found by others (XEP-0055) are no strangers "
	  "to anybody." },
	{ "limits.quiet_senders", CONF_INT, "100", 1, 10000,
	  "Strangers that wait in the quiet box of one account; more are not let in." },
	{ "limits.quiet_messages", CONF_INT, "20", 1, 1000,
	  "Messages of one stranger in a quiet box; more are only counted." },
	{ "limits.quiet_bytes", CONF_SIZE, "\"1MiB\"", 64 * KIB, 1024 * MIB,
	  "All messages in the quiet box of one account." },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "Quiet box", .keys = keys };

/* ---- what strangers send ---- */

/* What the sender hears is what he would hear without the box. */
static enum verdict on_message_in(struct dispatch *d)
{
	struct resource *one = NULL;
	struct jid who;

	if (!d->is_quiet || !quiet_who(d, &who))
		return PASS;
	d->is_stored = d->proposal || lasting_is_kept(&d->stanza, d->arena);
	if (recipients_of(d, &one) == RECIPIENTS_REFUSED)
		return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	if (d->is_stored)
		quiet_keep_message(d, who);
	return DONE;
}

/* Requests go on to feature/subscription. */
static enum verdict on_presence_in(struct dispatch *d)
{
	return d->is_quiet && d->stanza.type == PRESENCE_AVAILABLE ? DONE : PASS;
}

/* ---- what the user's clients do, also those that know nothing of the box ---- */

static struct quiet_item *waiting(const struct dispatch *d, struct str who)
{
	struct quiet_item *item = quiet_find(d->entity->quiet, who);

	return item && item->state == QUIET_WAITING ? item : NULL;
}

/* Whoever is written to is let in. */
static enum verdict on_message_out(struct dispatch *d)
{
	struct quiet_item *item;
	struct str who;

	if (!d->entity->quiet || !jid_is_set(d->stanza.to) ||
	    !lasting_is_kept(&d->stanza, d->arena))
		return PASS;
	who = jid_bare_str(d->stanza.to);
	quiet_trust(d->entity, who);
	item = waiting(d, who);
	if (item)
		quiet_accept(d, item, CONSENT_MESSAGES);
	return PASS;
}

static enum verdict on_request_answered(struct dispatch *d)
{
	struct str who = jid_bare_str(d->stanza.to);
	struct quiet_item *item = jid_is_set(d->stanza.to) ? waiting(d, who) : NULL;

	if (!item)
		return PASS;
	if (d->stanza.type == PRESENCE_SUBSCRIBED)
		quiet_accept(d, item, CONSENT_ELSEWHERE);
	else if (d->stanza.type == PRESENCE_SUBSCRIBE)
		quiet_accept(d, item, CONSENT_MESSAGES);
	else if (d->stanza.type == PRESENCE_UNSUBSCRIBED)
		quiet_drop_request(d, who);
	return PASS;
}

/* The server may have another default than when they came. */
static enum verdict on_presence_out(struct dispatch *d)
{
	if (!d->entity->quiet)
		return PASS;
	if (!quiet_is_on(d->entity) && quiet_waiting(d->entity))
		quiet_release_all(d);
	return on_request_answered(d);
}

static void on_open(struct dispatch *d, unused_arg struct resource *r)
{
	quiet_leave_now(d->entity);
}

static void on_blocking(struct dispatch *d, const struct blocklist *changed, bool is_blocked)
{
	struct quiet_item *item;
	size_t at = 0;

	while (is_blocked && d->entity->quiet && (item = map_next(&d->entity->quiet->items, &at))) {
		struct jid who;

		if (item->state == QUIET_WAITING &&
		    jid_parse(d->arena, arena_dup(d->arena, item->jid), &who) == OK &&
		    blocklist_covers(changed, who))
			quiet_forget(d, item);
	}
}

/* ---- requests (docs/quiet.md) ---- */

/* Who is meant, if he waits; or answers the request. */
static struct quiet_item *meant(struct dispatch *d)
{
	struct str text = xml_attr(stanza_payload(&d->stanza), STR("jid"));
	struct quiet_item *item;
	struct jid jid;

	if (jid_parse(d->arena, text, &jid)) {
		(void)dispatch_error(d, COND_BAD_REQUEST);
		return NULL;
	}
	item = waiting(d, jid_bare_str(jid));
	if (!item)
		(void)dispatch_error(d, COND_ITEM_NOT_FOUND);
	return item;
}

static enum verdict on_accept(struct dispatch *d)
{
	struct quiet_item *item = meant(d);

	if (!item)
		return DONE;
	(void)dispatch_result(d);
	quiet_accept(d, item, CONSENT_ALL);
	return DONE;
}

static bool is_true(struct str text)
{
	return str_eq(text, STR("true")) || str_eq(text, STR("1"));
}

static bool is_bool(struct str text)
{
	return is_true(text) || str_eq(text, STR("false")) || str_eq(text, STR("0"));
}

static enum verdict on_refuse(struct dispatch *d)
{
	const struct xml *el = stanza_payload(&d->stanza);
	const struct xml *report = xml_child(el, NS_REPORTING, STR("report"));
	struct str block = xml_attr(el, STR("block"));
	struct quiet_item *item;

	if ((block.ptr && !is_bool(block)) || (report && !is_true(block)))
		return dispatch_error(d, COND_BAD_REQUEST);
	item = meant(d);
	if (!item)
		return DONE;
	if (is_true(block) && !quiet_may_block(d, item))
		return dispatch_error_text(d, COND_RESOURCE_CONSTRAINT,
					   STR("no more addresses can be blocked"));
	(void)dispatch_result(d);
	if (is_true(block))
		quiet_block(d, item, report);
	else
		quiet_refuse(d, item);
	return DONE;
}

static enum verdict on_get_settings(struct dispatch *d)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);
	struct xml *el = xml_add_new(d->arena, reply, NS_PARLEY_QUIET, STR("settings"));

	xml_set(d->arena, el, STR("on"), quiet_is_on(d->entity) ? STR("true") : STR("false"));
	xml_set(d->arena, el, STR("default"),
		conf_bool(d->home->conf, "quiet.default") ? STR("true") : STR("false"));
	return dispatch_reply(d, reply);
}

static enum verdict on_set_settings(struct dispatch *d)
{
	struct str on = xml_attr(stanza_payload(&d->stanza), STR("on"));

	if (!is_bool(on))
		return dispatch_error(d, COND_BAD_REQUEST);
	(void)dispatch_result(d);
	quiet_switch(d, is_true(on));
	return DONE;
}

static enum verdict watch(struct dispatch *d, bool is_on)
{
	if (d->resource)
		d->resource->watches_quiet = is_on;
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

static void on_unload(struct entity *e)
{
	quiet_free(&e->quiet);
}

#define QUIET STR_INIT("urn:parley:quiet:0")

static const struct iq_handler iq[] = {
	{ QUIET, STR_INIT("box"), IQ_GET, TARGET_SELF, quiet_on_list },
	{ QUIET, STR_INIT("accept"), IQ_SET, TARGET_SELF, on_accept },
	{ QUIET, STR_INIT("refuse"), IQ_SET, TARGET_SELF, on_refuse },
	{ QUIET, STR_INIT("settings"), IQ_GET, TARGET_SELF, on_get_settings },
	{ QUIET, STR_INIT("settings"), IQ_SET, TARGET_SELF, on_set_settings },
	{ QUIET, STR_INIT("enable"), IQ_SET, TARGET_SELF, on_watch },
	{ QUIET, STR_INIT("disable"), IQ_SET, TARGET_SELF, on_unwatch },
	{ .run = NULL },
};

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_IN, PHASE_GUARD, quiet_judge },
	{ STANZA_PRESENCE, WAY_IN, PHASE_GUARD, quiet_judge },
	{ STANZA_MESSAGE, WAY_IN, PHASE_STORE, on_message_in },
	{ STANZA_PRESENCE, WAY_IN, PHASE_STORE, on_presence_in },
	{ STANZA_MESSAGE, WAY_OUT, PHASE_STAMP, on_message_out },
	{ STANZA_PRESENCE, WAY_OUT, PHASE_STAMP, on_presence_out },
	{ .run = NULL },
};

static const struct str vars[] = { QUIET, { .ptr = NULL } };
static const struct str spaces[] = { STR_INIT("quiet-box"), { .ptr = NULL } };

const struct feature feature_quiet = {
	.name = "quiet",
	.spec = "urn:parley:quiet:0",
	.test = "quiet/box.talk, quiet/strangers.talk, quiet/old-clients.talk, quiet/limits.talk, quiet/others.talk, quiet/rooms.talk",
	.disco_account = vars,
	.iq = iq,
	.hooks = hooks,
	.conf = &table,
	.spaces = spaces,
	.on_load = quiet_load,
	.on_unload = on_unload,
	.on_open = on_open,
	.on_blocking = on_blocking,
};
