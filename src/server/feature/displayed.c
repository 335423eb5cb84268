/* SPDX-License-Identifier: Apache-2.0 */
/* Markers of what was read, see displayed.h. On the entity's loop. */
#include "server/feature/displayed.h"

#include "server/model/displayed.h"
#include "server/pep/pep_change.h"
#include "server/route/archive_id.h"
#include "xmpp/ns.h"

/* ---- places ---- */

/* Whether the account's own archive, or that of a room of ours, gave the id. */
static bool is_our_archive(const struct entity *e, const struct jid *by)
{
	const struct realm *realm = home_realm(e->home, by->domain);

	return str_eq(by->full, e->jid.full) || (realm && !realm->has_accounts);
}

/* An id that was never given out means any place: one that is still to come is none, or no marker
 * could ever pass it. */
static int64_t place_of(const struct dispatch *d, const struct marker *m)
{
	const struct entity *e = d->entity;
	int64_t seq, newest = wall_now();
	struct jid by;

	if (newest < e->last_seq)
		newest = e->last_seq;
	if (jid_parse(d->arena, m->by, &by) || !is_our_archive(e, &by) ||
	    !archive_id_read(e->home, m->id, &seq) || seq > newest)
		return 0;
	return seq;
}

static enum err read_marker(const struct dispatch *d, struct str item_id, const struct xml *payload,
			    struct marker *ret_m)
{
	enum err e = displayed_read(d->arena, item_id, payload, ret_m);

	if (!e)
		ret_m->seq = place_of(d, ret_m);
	return e;
}

/* ---- server assist ---- */

/* Takes all of them out before anything is stored or copied; the first one, standing alone. */
static struct xml *take_out(struct dispatch *d)
{
	struct xml *first = NULL, *el;

	while ((el = xml_child(d->stanza.el, NS_DISPLAYED, STR("displayed")))) {
		xml_remove(el);
		if (!first)
			first = el;
	}
	return first;
}

static void publish(struct dispatch *d, const struct xml *displayed)
{
	struct str id = xml_attr(d->stanza.el, STR("to"));
	struct pep_node *node;
	struct marker m;
	enum err err;

	if (!id.len)
		id = d->entity->jid.full;
	/* A device that was offline for long may say what is old; nobody has to hear it. */
	if (read_marker(d, id, displayed, &m) || displayed_is_behind(d->entity->displayed, &m))
		return;
	node = pep_private_node(d, NS_DISPLAYED);
	err = node ? pep_publish(d, node, id, displayed, STR("")) : ERR_NO_SPACE;
	if (err)
		log_info(&d->entity->log, "a marker has no room", F_ERR(err));
}

/* Only what a client of the account says itself. */
static enum verdict on_message_out(struct dispatch *d)
{
	const struct xml *displayed = take_out(d);

	if (displayed && d->resource_id && d->stanza.type != MESSAGE_ERROR)
		publish(d, displayed);
	return PASS;
}

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_OUT, PHASE_STAMP, on_message_out },
	{ .run = NULL },
};

/* ---- publications ---- */

static void forget_all(struct dispatch *d)
{
	displayed_free(&d->entity->displayed);
	d->entity->displayed = displayed_new();
	txn_delete(dispatch_txn(d), d->entity->jid.full, DISPLAYED_SPACE, STR_NONE);
}

static void forget(struct dispatch *d, struct str item_id)
{
	struct jid conversation;

	if (jid_parse(d->arena, item_id, &conversation))
		return;
	displayed_remove(d->entity->displayed, conversation.full);
	txn_delete(dispatch_txn(d), d->entity->jid.full, DISPLAYED_SPACE, conversation.full);
}

static void on_item(struct dispatch *d, struct str node, struct str id, const struct xml *payload)
{
	struct marker m;

	if (!str_eq(node, NS_DISPLAYED))
		return;
	if (!id.len)
		forget_all(d);
	else if (!payload)
		forget(d, id);
	else if (!read_marker(d, id, payload, &m) && displayed_put(d->entity->displayed, &m))
		txn_put(dispatch_txn(d), d->entity->jid.full, DISPLAYED_SPACE, m.conversation,
			displayed_encode(&m, d->arena));
}

/* ---- loading ---- */

static void on_load(struct entity *e, const struct keyval_row *rows)
{
	e->displayed = displayed_new();
	for (; rows; rows = rows->next) {
		struct marker m;

		if (!str_eq(rows->space, DISPLAYED_SPACE))
			continue;
		if (displayed_decode(rows->key, rows->value, &m) ||
		    !displayed_put(e->displayed, &m))
			log_error(&e->log, "a marker in the store cannot be read",
				  F_STR("key", rows->key));
	}
}

static void on_unload(struct entity *e)
{
	displayed_free(&e->displayed);
}

static const struct str spaces[] = { STR_INIT("displayed"), { .ptr = NULL } };

static const struct str vars[] = { STR_INIT("urn:xmpp:mds:server-assist:0"), { .ptr = NULL } };

const struct feature feature_displayed = {
	.name = "displayed",
	.spec = "XEP-0490 1.0.1",
	.test = "pep/displayed.talk",
	.disco_account = vars,
	.hooks = hooks,
	.spaces = spaces,
	.on_load = on_load,
	.on_unload = on_unload,
	.on_item = on_item,
};
