/* SPDX-License-Identifier: Apache-2.0 */
/* The quiet box, see quiet_box.h. Whoever leaves it is marked first; when that is durable, and with
 * it all that was on its way into the box, his messages are taken out: each in a commit with its
 * delivery. So nothing is lost, doubled or overtaken, also when the server dies in between. */
#include "server/quiet/quiet_box.h"

#include "server/quiet/quiet_judge.h"
#include "server/quiet/quiet_leave.h"
#include "server/route/befriend.h"
#include "server/route/block_change.h"
#include "server/route/presence_view.h"
#include "server/route/roster_push.h"
#include "xmpp/ns.h"

void quiet_load(struct entity *e, const struct keyval_row *rows)
{
	for (; rows; rows = rows->next) {
		if (!str_eq(rows->space, QUIET_SPACE))
			continue;
		if (!e->quiet)
			e->quiet = quiet_new();
		if (quiet_decode(e->quiet, rows->key, rows->value))
			log_error(&e->log, "somebody in the quiet box cannot be read",
				  F_STR("address", rows->key));
	}
}

unsigned quiet_waiting(const struct entity *e)
{
	const struct quiet_item *item;
	unsigned count = 0;
	size_t at = 0;

	while (e->quiet && (item = map_next(&e->quiet->items, &at)))
		count += item->state == QUIET_WAITING;
	return count;
}

/* ---- who is told: clients that have asked for it ---- */

static void tell(struct dispatch *d)
{
	unsigned waiting = quiet_waiting(d->entity);

	resource_each(r, &d->entity->resources)
	{
		struct xml *message, *box;

		if (!r->watches_quiet)
			continue;
		message = xml_new(d->arena, NS_CLIENT, STR("message"));
		box = xml_add_new(d->arena, message, NS_PARLEY_QUIET, STR("box"));
		xml_set(d->arena, message, STR("type"), STR("headline"));
		xml_set(d->arena, message, STR("from"), d->entity->jid.full);
		xml_set(d->arena, message, STR("to"), arena_dup(d->arena, r->jid.full));
		xml_set(d->arena, box, STR("waiting"), arena_printf(d->arena, "%u", waiting));
		dispatch_deliver(d, r, message);
	}
}

static void put(struct dispatch *d, const struct quiet_item *item)
{
	txn_put(dispatch_txn(d), d->entity->jid.full, QUIET_SPACE, item->jid,
		quiet_item_encode(item, d->arena));
	tell(d);
}

/* ---- in ---- */

/* Who waits already has his place; for others there may be none. */
static struct quiet_item *place_of(struct dispatch *d, struct str who)
{
	struct entity *e = d->entity;
	size_t max = (size_t)conf_int(d->home->conf, "limits.quiet_senders");

	if (!e->quiet)
		e->quiet = quiet_new();
	if (!quiet_find(e->quiet, who) && e->quiet->items.count >= max)
		return NULL;
	return quiet_get(e->quiet, who, wall_now());
}

static bool has_room(const struct dispatch *d, const struct quiet_item *item, size_t bytes)
{
	return bytes <= QUIET_MESSAGE_MAX &&
	       item->next - item->first <
		       (uint64_t)conf_int(d->home->conf, "limits.quiet_messages") &&
	       d->entity->quiet->bytes + bytes <= conf_size(d->home->conf, "limits.quiet_bytes");
}

void quiet_keep_message(struct dispatch *d, struct jid who)
{
	struct quiet_item *item = place_of(d, who.full);
	struct str text = dispatch_text(d, d->stanza.el), key;

	if (!item || item->state == QUIET_REFUSED)
		return;
	item->wall_last = wall_now();
	if (!has_room(d, item, text.len)) {
		item->lost++;
	} else {
		key = quiet_mail_key(item->jid, quiet_add_message(d->entity->quiet, item, text.len),
				     d->arena);
		txn_put(dispatch_txn(d), d->entity->jid.full, QUIET_MAIL_SPACE, key,
			quiet_mail_encode(item->wall_last, text, d->arena));
	}
	put(d, item);
	if (item->state == QUIET_ACCEPTED)
		quiet_leave(d);
}

bool quiet_keep_request(struct dispatch *d, struct str who)
{
	struct quiet_item *item = place_of(d, who);

	if (!item || item->state == QUIET_REFUSED)
		return false;
	item->has_request = true;
	item->wall_last = wall_now();
	put(d, item);
	return true;
}

bool quiet_hides_request(const struct entity *e, struct str who)
{
	const struct quiet_item *item = quiet_find(e->quiet, who);

	return item && item->has_request;
}

void quiet_drop_request(struct dispatch *d, struct str who)
{
	struct quiet_item *item = quiet_find(d->entity->quiet, who);

	if (!item || !item->has_request)
		return;
	item->has_request = false;
	if (item->first == item->next && item->state == QUIET_WAITING) {
		txn_delete(dispatch_txn(d), d->entity->jid.full, QUIET_SPACE, item->jid);
		quiet_remove(d->entity->quiet, item);
		tell(d);
	} else {
		put(d, item);
	}
}

/* ---- out ---- */

static void show_request(struct dispatch *d, struct str who)
{
	const struct roster_item *item = roster_find(d->entity->roster, who);
	struct bytes *bytes;

	if (!item || !item->request.len)
		return;
	bytes = bytes_new(item->request);
	resource_each(r, &d->entity->resources)
	{
		if (r->is_available)
			dispatch_deliver_bytes(d, r, bytes);
	}
	(void)bytes_unref(bytes);
}

static void leave(struct dispatch *d, struct quiet_item *item, enum quiet_state state)
{
	item->state = state;
	item->has_request = false;
	put(d, item);
	quiet_leave(d);
}

void quiet_accept(struct dispatch *d, struct quiet_item *item, enum quiet_consent consent)
{
	struct str who = arena_dup(d->arena, item->jid);
	const struct roster_item *asks = roster_find(d->entity->roster, who);
	bool has_request = item->has_request && asks && (asks->flags & ROSTER_PENDING_IN);

	txn_put(dispatch_txn(d), d->entity->jid.full, QUIET_KNOWN_SPACE, who, STR(""));
	quiet_trust(d->entity, who);
	leave(d, item, QUIET_ACCEPTED);
	if (has_request && consent == CONSENT_ALL)
		befriend_accept(d, who, false);
	else if (has_request && consent == CONSENT_MESSAGES)
		show_request(d, who);
}

/* RFC 6121 3.1.6, as if a client had sent it. */
static void deny(struct dispatch *d, struct str who)
{
	struct roster_item *item = roster_find(d->entity->roster, who);
	struct subscription_change c;

	if (!item || !(item->flags & ROSTER_PENDING_IN))
		return;
	c = subscription_out(item->flags, UNSUBSCRIBED);
	dispatch_route(d, presence_new(d->arena, STR("unsubscribed"), d->entity->jid.full, who));
	roster_set_flags(d->entity->roster, item, c.flags);
	roster_changed(d, item, false, c.is_push);
}

void quiet_forget(struct dispatch *d, struct quiet_item *item)
{
	leave(d, item, QUIET_REFUSED);
}

void quiet_refuse(struct dispatch *d, struct quiet_item *item)
{
	struct str who = arena_dup(d->arena, item->jid);

	quiet_forget(d, item);
	deny(d, who);
}

bool quiet_may_block(const struct dispatch *d, const struct quiet_item *item)
{
	struct blocklist *one = blocklist_new();
	bool has_room;

	blocklist_add(one, item->jid);
	has_room = block_has_room(d, one);
	blocklist_free(&one);
	return has_room;
}

void quiet_block(struct dispatch *d, struct quiet_item *item, const struct xml *report)
{
	struct str who = arena_dup(d->arena, item->jid);
	struct blocklist *one = blocklist_new();

	blocklist_add(one, who);
	quiet_forget(d, item);
	block_add(d, one);
	block_report(d, who, report);
	deny(d, who);
	blocklist_free(&one);
}

void quiet_release_all(struct dispatch *d)
{
	struct quiet_item *item;
	size_t at = 0;

	while (d->entity->quiet && (item = map_next(&d->entity->quiet->items, &at))) {
		struct str who = arena_dup(d->arena, item->jid);
		bool has_request = item->has_request;

		if (item->state != QUIET_WAITING)
			continue;
		leave(d, item, QUIET_ACCEPTED);
		if (has_request)
			show_request(d, who);
	}
}

void quiet_switch(struct dispatch *d, bool is_on)
{
	struct entity *e = d->entity;

	if (!e->quiet)
		e->quiet = quiet_new();
	e->quiet->is_set = true;
	e->quiet->is_on = is_on;
	txn_put(dispatch_txn(d), e->jid.full, QUIET_SPACE, STR(""), quiet_switch_encode(is_on));
	if (!is_on)
		quiet_release_all(d);
}
