/* SPDX-License-Identifier: Apache-2.0 */
/* Avatars, see avatar.h: what is shown is followed from publication to publication, and its hash
 * stands in all presence of the account. The card itself is feature/vcard's. On the entity's loop.
 */
#include "server/feature/avatar.h"

#include "base/mem.h"
#include "server/model/avatar.h"
#include "server/model/pep.h"
#include "server/route/presence_view.h"
#include "xep/vcard_update.h"
#include "xmpp/ns.h"

/* Of a resource. */
struct shown {
	bool is_declined; /* its presence said that no picture is to be shown */
};

static size_t resource_offset;

static struct shown *shown_of(const struct resource *r)
{
	return (struct shown *)(void *)((char *)r->state + resource_offset);
}

/* ---- presence: XEP-0398 4 ---- */

static void mark(struct dispatch *d, struct xml *presence, enum vcard_update said)
{
	struct str hash = avatar_shown(d->entity->avatar);
	const struct pep_node *node = pep_node_find(d->entity->pep, NS_AVATAR_METADATA);

	/* Who has disabled the picture says so; who never had one says nothing without need. */
	if (hash.len || said == VCARD_UPDATE_UNSURE ||
	    (said == VCARD_UPDATE_NONE && node && node->item_count))
		vcard_update_set(d->arena, presence, arena_dup(d->arena, hash));
}

/* Before feature/presence, which keeps it. */
static enum verdict on_presence_out(struct dispatch *d)
{
	enum vcard_update said;

	if (d->stanza.type != PRESENCE_AVAILABLE || !d->resource || !d->entity->avatar)
		return PASS;
	said = vcard_update_of(d->stanza.el, d->arena);
	if (!jid_is_set(d->stanza.to))
		shown_of(d->resource)->is_declined = said == VCARD_UPDATE_EMPTY;
	if (said != VCARD_UPDATE_EMPTY)
		mark(d, d->stanza.el, said);
	return PASS;
}

/* Everybody who sees the account learns of its other picture. */
static void show_again(struct dispatch *d)
{
	struct str hash = arena_dup(d->arena, avatar_shown(d->entity->avatar));

	resource_each(r, &d->entity->resources)
	{
		struct xml *el;

		if (!r->is_available || shown_of(r)->is_declined)
			continue;
		el = presence_of(d->arena, r, STR_NONE);
		vcard_update_set(d->arena, el, hash);
		(void)bytes_unref(r->presence);
		r->presence = dispatch_bytes(d, el);
		presence_broadcast(d, r, el);
	}
}

static const struct hook hooks[] = {
	{ STANZA_PRESENCE, WAY_OUT, PHASE_STAMP, on_presence_out },
	{ .run = NULL },
};

/* ---- publications ---- */

static void on_item(struct dispatch *d, struct str node, struct str id, const struct xml *payload)
{
	struct avatar *x = d->entity->avatar;
	struct str before;

	if (!str_eq(node, NS_AVATAR_DATA) && !str_eq(node, NS_AVATAR_METADATA))
		return;
	before = arena_dup(d->arena, avatar_shown(x));
	if (str_eq(node, NS_AVATAR_METADATA))
		avatar_want(x, payload);
	else
		avatar_hold(x, d->arena, id,
			    xml_is(payload, NS_AVATAR_DATA, STR("data"))
				    ? xml_text(payload, d->arena)
				    : STR_NONE);
	txn_put(dispatch_txn(d), d->entity->jid.full, AVATAR_SPACE, AVATAR_KEY,
		avatar_encode(x, d->arena));
	if (!str_eq(before, avatar_shown(x)))
		show_again(d);
}

/* ---- loading ---- */

static void on_load(struct entity *e, const struct keyval_row *rows)
{
	e->avatar = mem_zalloc(1, sizeof(*e->avatar));
	for (; rows; rows = rows->next) {
		if (str_eq(rows->space, AVATAR_SPACE) && avatar_decode(rows->value, e->avatar))
			log_error(&e->log, "what picture is shown cannot be read",
				  F_INT("bytes", rows->value.len));
	}
}

static void on_unload(struct entity *e)
{
	mem_free(e->avatar);
	e->avatar = NULL;
}

static const struct str spaces[] = { STR_INIT("avatar"), { .ptr = NULL } };

static const struct str disco[] = { STR_INIT("urn:xmpp:pep-vcard-conversion:0"), { .ptr = NULL } };

const struct feature feature_avatar = {
	.name = "avatar",
	.spec = "XEP-0084 1.1.4, XEP-0153 1.1.1, XEP-0398 1.0.0",
	.test = "pep/avatar.talk, pep/avatar-card.talk",
	.disco_account = disco,
	.hooks = hooks,
	.spaces = spaces,
	.resource_state = sizeof(struct shown),
	.resource_offset = &resource_offset,
	.on_load = on_load,
	.on_unload = on_unload,
	.on_item = on_item,
};
