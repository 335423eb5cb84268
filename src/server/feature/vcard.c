/* SPDX-License-Identifier: Apache-2.0 */
/* The card of an account (XEP-0054): one row in the store, read when somebody asks, because cards
 * with pictures are large. The picture comes from the account's nodes, if it shows one there.
 * Everybody may read it; that there is none looks like that there is no such account. */
#include "server/feature/vcard.h"

#include "server/model/pep.h"
#include "server/model/vcard.h"
#include "server/pep/pep_avatar.h"
#include "server/route/post.h"
#include "server/route/settle.h"
#include "xml/build.h"
#include "xml/write.h"
#include "xmpp/ns.h"

static const struct conf_key keys[] = {
	{ "limits.vcard_bytes", CONF_SIZE, "\"256KiB\"", 1024, 4 * 1024 * 1024,
	  "Largest card (XEP-0054) that an account may store, picture included." },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "Cards", .keys = keys };

/* ---- set ---- */

static enum verdict refuse(struct dispatch *d)
{
	return dispatch_error_text(d, COND_POLICY_VIOLATION, STR("the card is too large"));
}

/* The picture goes where XEP-0084 has it (XEP-0398 3.2), the rest is kept here. */
static enum verdict on_set(struct dispatch *d)
{
	size_t limit = conf_size(d->home->conf, "limits.vcard_bytes");
	struct sbuf out scoped(sbuf_done) = SBUF(limit);
	struct xml *card = stanza_payload(&d->stanza);

	if (xml_write_alone(&out, card))
		return refuse(d);
	switch (pep_avatar_take(d, card)) {
	case OK:
		break;
	case ERR_TOO_BIG:
		return refuse(d);
	default:
		return dispatch_error_text(d, COND_RESOURCE_CONSTRAINT,
					   STR("there is no room for the picture"));
	}
	sbuf_reset(&out);
	if (xml_write_alone(&out, card))
		return refuse(d);
	txn_put(dispatch_txn(d), d->entity->jid.full, VCARD_SPACE, VCARD_KEY, sbuf_str(&out));
	return dispatch_result(d);
}

/* ---- get ---- */

/* text lives as long as the arena. */
static struct xml *parse(struct dispatch *d, struct str text)
{
	struct xml *card;

	if (xml_parse(d->arena, text, &post_alone_scope, &post_limits, &card)) {
		log_error(&d->entity->log, "a card in the store cannot be read",
			  F_INT("bytes", text.len));
		return NULL;
	}
	return card;
}

/* What a look-up found, in the arena of its dispatch. */
struct found {
	enum err err;
	struct str text;    /* of the card */
	struct str key;     /* of the picture; empty: none */
	struct str picture; /* of its item */
};

static void answer(struct dispatch *d)
{
	const struct found *found = d->wait_arg;
	struct xml *card, *reply;

	if (found->err) {
		(void)dispatch_error(d, found->err == ERR_BUSY ? COND_RESOURCE_CONSTRAINT
							       : COND_INTERNAL_SERVER_ERROR);
		return;
	}
	card = found->text.len ? parse(d, found->text) : NULL;
	if (!card && !found->picture.len && d->target != TARGET_SELF) {
		(void)dispatch_error(d, COND_SERVICE_UNAVAILABLE);
		return;
	}
	if (!card)
		card = xml_new(d->arena, NS_VCARD, STR("vCard"));
	if (found->picture.len)
		pep_avatar_give(d, card, found->picture);
	reply = reply_result(d->arena, &d->stanza);
	xml_add(reply, card);
	(void)dispatch_reply(d, reply);
}

static void look(struct dispatch *d, struct str space, struct str key,
		 void (*done)(void *arg, struct store_answer *stored))
{
	struct store_request request = {
		.kind = READ_KEYVAL, .owner = d->entity->jid.full, .space = space, .key = key
	};

	store_read(d->home->store, &request, done, d);
}

static void on_picture(void *arg, struct store_answer *stored)
{
	struct dispatch *d = arg;
	struct found *found = d->wait_arg;

	found->err = stored->err;
	if (!stored->err && stored->rows)
		found->picture = arena_dup(d->arena, stored->rows->value);
	dispatch_resume(d);
}

static void on_card(void *arg, struct store_answer *stored)
{
	struct dispatch *d = arg;
	struct found *found = d->wait_arg;

	found->err = stored->err;
	if (!stored->err && stored->rows)
		found->text = arena_dup(d->arena, stored->rows->value);
	if (stored->err || !found->key.len)
		dispatch_resume(d);
	else
		look(d, PEP_DATA_SPACE, found->key, on_picture);
}

static void look_card(struct dispatch *d)
{
	look(d, VCARD_SPACE, VCARD_KEY, on_card);
}

static enum verdict on_get(struct dispatch *d)
{
	struct found *found = arena_new(d->arena, struct found);

	found->key = pep_avatar_key(d);
	d->wait_arg = found;
	return settle_in_turn(d, look_card, answer);
}

/* A set for somebody else has no handler: it is refused like one for nobody. */
static const struct iq_handler iq[] = {
	{ STR_INIT("vcard-temp"), STR_INIT("vCard"), IQ_GET,
	  TARGET_SELF | TARGET_OTHER | TARGET_STRANGER, on_get },
	{ STR_INIT("vcard-temp"), STR_INIT("vCard"), IQ_SET, TARGET_SELF, on_set },
	{ .run = NULL },
};

static const struct str vars[] = { STR_INIT("vcard-temp"), { .ptr = NULL } };

const struct feature feature_vcard = {
	.name = "vcard",
	.spec = "XEP-0054 1.3.0",
	.test = "im/vcard.talk, pep/avatar-card.talk",
	.disco_domain = vars,
	.disco_account = vars,
	.iq = iq,
	.conf = &table,
};
