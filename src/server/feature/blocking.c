/* SPDX-License-Identifier: Apache-2.0 */
/* Blocking, see blocking.h. The list comes with the account; what is handled asks it first of all.
 * What the blocked are told is what there is to tell of an account that does not exist. Blocking is
 * polite: subscriptions stay, nobody is told (XEP-0191 4). */
#include "server/feature/blocking.h"

#include "server/route/block_change.h"
#include "server/route/blocking.h"
#include "server/route/feature.h"
#include "server/route/nobody.h"
#include "server/route/presence_view.h"
#include "xmpp/ns.h"

static const struct conf_key keys[] = {
	{ "limits.blocked_addresses", CONF_INT, "1000", 10, 100000,
	  "Addresses that one account may block (XEP-0191)." },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "Blocking", .keys = keys };

/* ---- guards ---- */

static enum verdict refuse_out(struct dispatch *d)
{
	struct xml *reply, *error;

	if (!reply_may_error(&d->stanza))
		return DONE;
	reply = reply_error(d->arena, &d->stanza, COND_NOT_ACCEPTABLE, STR_NONE);
	error = xml_child(reply, NS_CLIENT, STR("error"));
	xml_set(d->arena, error, STR("type"), STR("cancel"));
	(void)xml_add_new(d->arena, error, NS_BLOCKING_ERRORS, STR("blocked"));
	return dispatch_reply(d, reply);
}

static enum verdict guard_out(struct dispatch *d)
{
	return blocking_covers(d->entity, d->stanza.to) ? refuse_out(d) : PASS;
}

/* An error to a room ends the visit there: whom one does not want to hear in it is just silent. */
static bool is_from_room(const struct dispatch *d)
{
	return presence_is_directed(d->entity, jid_bare_str(d->stanza.from));
}

static enum verdict guard_message(struct dispatch *d)
{
	const struct stanza *s = &d->stanza;

	if (!blocking_covers(d->entity, s->from))
		return PASS;
	if (d->proposal && !nobody_is_hidden(d->home))
		return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	if (is_from_room(d) || !nobody_answers(d->home, s))
		return DONE;
	return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
}

static enum verdict guard_presence(struct dispatch *d)
{
	return blocking_covers(d->entity, d->stanza.from) ? DONE : PASS;
}

static enum verdict guard_iq(struct dispatch *d)
{
	return blocking_covers(d->entity, d->stanza.from)
		       ? dispatch_error(d, COND_SERVICE_UNAVAILABLE)
		       : PASS;
}

/* ---- the list ---- */

static enum verdict on_get(struct dispatch *d)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);
	struct xml *list = xml_add_new(d->arena, reply, NS_BLOCKING, STR("blocklist"));
	const struct blocklist *blocked = d->entity->blocklist;
	const struct blocklist_item *item;
	size_t at = 0;

	if (d->resource)
		d->resource->watches_blocking = true;
	while (blocked && (item = map_next(&blocked->items, &at))) {
		struct xml *el = xml_add_new(d->arena, list, NS_BLOCKING, STR("item"));

		xml_set(d->arena, el, STR("jid"), arena_dup(d->arena, item->jid));
	}
	return dispatch_reply(d, reply);
}

/* Addresses of a request, prepared. */
struct request {
	struct blocklist *jids;
	enum condition fault;
};

static void request_done(struct request *r)
{
	blocklist_free(&r->jids);
}

static bool read_items(struct dispatch *d, struct request *r)
{
	r->jids = blocklist_new();
	xml_each (item, stanza_payload(&d->stanza)) {
		struct str text = xml_attr(item, STR("jid"));
		struct jid jid;

		r->fault = COND_BAD_REQUEST;
		if (!xml_is(item, NS_BLOCKING, STR("item")) || !text.ptr)
			return false;
		r->fault = COND_JID_MALFORMED;
		if (jid_parse(d->arena, text, &jid))
			return false;
		blocklist_add(r->jids, jid.full);
	}
	return true;
}

/* ---- block ---- */

static void keep_reports(struct dispatch *d)
{
	xml_each (item, stanza_payload(&d->stanza)) {
		struct jid jid;

		if (jid_parse(d->arena, xml_attr(item, STR("jid")), &jid) == OK)
			block_report(d, jid.full, xml_child(item, NS_REPORTING, STR("report")));
	}
}

static enum verdict on_block(struct dispatch *d)
{
	struct request r scoped(request_done) = { 0 };

	if (!read_items(d, &r))
		return dispatch_error(d, r.fault);
	if (blocklist_is_empty(r.jids))
		return dispatch_error(d, COND_BAD_REQUEST);
	if (!block_has_room(d, r.jids))
		return dispatch_error_text(d, COND_RESOURCE_CONSTRAINT,
					   STR("no more addresses can be blocked"));
	(void)dispatch_result(d);
	block_add(d, r.jids);
	keep_reports(d);
	return DONE;
}

/* ---- unblock ---- */

/* Takes jids that are there out of the list, all of it without jids; gives what was there. */
static struct blocklist *take_out(struct dispatch *d, const struct blocklist *jids)
{
	struct entity *e = d->entity;
	struct blocklist *removed = blocklist_new();
	const struct blocklist_item *item;
	size_t at = 0;

	while ((item = map_next(jids ? &jids->items : &e->blocklist->items, &at))) {
		if (!blocklist_has(e->blocklist, item->jid))
			continue;
		txn_delete(dispatch_txn(d), e->jid.full, BLOCK_SPACE, item->jid);
		txn_delete(dispatch_txn(d), e->jid.full, REPORT_SPACE, item->jid);
		blocklist_add(removed, item->jid);
	}
	at = 0;
	while ((item = map_next(&removed->items, &at)))
		blocklist_remove(e->blocklist, item->jid);
	if (blocklist_is_empty(e->blocklist))
		blocklist_free(&e->blocklist);
	return removed;
}

static enum verdict on_unblock(struct dispatch *d)
{
	struct request r scoped(request_done) = { 0 };
	bool is_all = !xml_first(stanza_payload(&d->stanza));
	struct blocklist *removed;

	if (!read_items(d, &r))
		return dispatch_error(d, r.fault);
	(void)dispatch_result(d);
	block_push(d, STR("unblock"), is_all ? NULL : r.jids);
	if (!d->entity->blocklist)
		return DONE;
	removed = take_out(d, is_all ? NULL : r.jids);
	block_tell(d, removed, false);
	blocklist_free(&removed);
	return DONE;
}

/* ---- loading ---- */

static void on_load(struct entity *e, const struct keyval_row *rows)
{
	for (; rows; rows = rows->next) {
		if (!str_eq(rows->space, BLOCK_SPACE))
			continue;
		if (!e->blocklist)
			e->blocklist = blocklist_new();
		blocklist_add(e->blocklist, rows->key);
	}
}

static void on_unload(struct entity *e)
{
	blocklist_free(&e->blocklist);
}

#define BLOCKING STR_INIT("urn:xmpp:blocking")

static const struct iq_handler iq[] = {
	{ BLOCKING, STR_INIT("blocklist"), IQ_GET, TARGET_SELF, on_get },
	{ BLOCKING, STR_INIT("block"), IQ_SET, TARGET_SELF, on_block },
	{ BLOCKING, STR_INIT("unblock"), IQ_SET, TARGET_SELF, on_unblock },
	{ .run = NULL },
};

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_OUT, PHASE_GUARD, guard_out },
	{ STANZA_PRESENCE, WAY_OUT, PHASE_GUARD, guard_out },
	{ STANZA_IQ, WAY_OUT, PHASE_GUARD, guard_out },
	{ STANZA_MESSAGE, WAY_IN, PHASE_GUARD, guard_message },
	{ STANZA_PRESENCE, WAY_IN, PHASE_GUARD, guard_presence },
	{ STANZA_IQ, WAY_IN, PHASE_GUARD, guard_iq },
	{ .run = NULL },
};

static const struct str domain_vars[] = { BLOCKING,
					  STR_INIT("urn:xmpp:reporting:1"),
					  { .ptr = NULL } };
static const struct str account_vars[] = { BLOCKING, { .ptr = NULL } };
static const struct str spaces[] = { STR_INIT("block"), { .ptr = NULL } };

const struct feature feature_blocking = {
	.name = "blocking",
	.spec = "XEP-0191 1.3, XEP-0377 0.4.1",
	.test = "im/blocking.talk, im/blocking-matrix.talk, im/blocking-forms.talk, im/reporting.talk",
	.disco_domain = domain_vars,
	.disco_account = account_vars,
	.iq = iq,
	.hooks = hooks,
	.conf = &table,
	.spaces = spaces,
	.on_load = on_load,
	.on_unload = on_unload,
};
