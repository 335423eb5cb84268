/* SPDX-License-Identifier: Apache-2.0 */
/* The card of an account (XEP-0054): one row in the store, read when somebody asks, because cards
 * with pictures are large. Everybody may read it; that there is none looks like that there is no
 * such account. */
#include "server/feature/vcard.h"

#include "server/model/vcard.h"
#include "xml/build.h"
#include "xml/write.h"
#include "xmpp/ns.h"

static const struct conf_key keys[] = {
	{ "limits.vcard_bytes", CONF_SIZE, "\"256KiB\"", 1024, 4 * 1024 * 1024,
	  "Largest card (XEP-0054) that an account may store, picture included." },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "Cards", .keys = keys };

/* Of an entity: a card that was set and is not in the store for sure, so that a get right behind
 * the set sees it. */
struct vcard {
	struct bytes *fresh;
	uint64_t generation;
};

static size_t entity_offset;

static struct vcard *vcard_of(const struct entity *e)
{
	return entity_slot(e, entity_offset);
}

/* ---- set ---- */

static void on_stored(struct entity *e, void *arg, enum err err)
{
	struct vcard *v = vcard_of(e);

	(void)err; /* the store says what there is, in any case */
	if (v->generation == (uint64_t)(uintptr_t)arg)
		v->fresh = bytes_unref(v->fresh);
}

static void on_unload(struct entity *e)
{
	struct vcard *v = vcard_of(e);

	v->fresh = bytes_unref(v->fresh);
}

static enum verdict on_set(struct dispatch *d)
{
	size_t limit = conf_size(d->home->conf, "limits.vcard_bytes");
	struct sbuf out scoped(sbuf_done) = SBUF(limit);
	struct vcard *v = vcard_of(d->entity);

	if (xml_write_alone(&out, stanza_payload(&d->stanza)))
		return dispatch_error_text(d, COND_POLICY_VIOLATION, STR("the card is too large"));
	txn_put(dispatch_txn(d), d->entity->jid.full, VCARD_SPACE, VCARD_KEY, sbuf_str(&out));
	(void)bytes_unref(v->fresh);
	v->fresh = bytes_new(sbuf_str(&out));
	v->generation++;
	dispatch_call(d, on_stored, (void *)(uintptr_t)v->generation);
	return dispatch_result(d);
}

/* ---- get ---- */

/* text lives as long as the arena. */
static struct xml *parse(struct dispatch *d, struct str text)
{
	static const struct xml_limits limits = { .stanza_bytes = 16 * 1024 * 1024,
						  .depth = 512,
						  .attrs = 512,
						  .name_bytes = 4096,
						  .children = UINT16_MAX };
	static const struct xml_scope scope = { .default_ns = STR_INIT("") };
	struct xml *card;

	if (xml_parse(d->arena, text, &scope, &limits, &card)) {
		log_error(&d->entity->log, "a card in the store cannot be read",
			  F_INT("bytes", text.len));
		return NULL;
	}
	return card;
}

static enum verdict answer(struct dispatch *d, struct str text)
{
	struct xml *card = text.len ? parse(d, text) : NULL;
	struct xml *reply;

	if (!card && d->target != TARGET_SELF)
		return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	reply = reply_result(d->arena, &d->stanza);
	xml_add(reply, card ? card : xml_new(d->arena, NS_VCARD, STR("vCard")));
	return dispatch_reply(d, reply);
}

/* What a look-up found, in the arena of its dispatch. */
struct found {
	enum err err;
	struct str text;
};

static void go_on(struct dispatch *d)
{
	struct found *found = d->wait_arg;

	if (found->err)
		(void)dispatch_error(d, found->err == ERR_BUSY ? COND_RESOURCE_CONSTRAINT
							       : COND_INTERNAL_SERVER_ERROR);
	else
		(void)answer(d, found->text);
}

static void on_read(void *arg, struct store_answer *stored)
{
	struct dispatch *d = arg;
	struct found *found = d->wait_arg;

	found->err = stored->err;
	if (!stored->err && stored->rows)
		found->text = arena_dup(d->arena, stored->rows->value);
	dispatch_resume(d);
}

static enum verdict on_get(struct dispatch *d)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = d->entity->jid.full,
					 .space = VCARD_SPACE,
					 .key = VCARD_KEY };
	struct vcard *v = vcard_of(d->entity);

	if (v->fresh)
		return answer(d, arena_dup(d->arena, bytes_str(v->fresh)));
	d->wait_arg = arena_new(d->arena, struct found);
	store_read(d->home->store, &request, on_read, d);
	return dispatch_wait(d, go_on);
}

/* A set for somebody else has no handler: it is refused like one for nobody. */
static const struct iq_handler iq[] = {
	{ STR_INIT("vcard-temp"), STR_INIT("vCard"), IQ_GET, TARGET_SELF | TARGET_OTHER, on_get },
	{ STR_INIT("vcard-temp"), STR_INIT("vCard"), IQ_SET, TARGET_SELF, on_set },
	{ .run = NULL },
};

static const struct str vars[] = { STR_INIT("vcard-temp"), { .ptr = NULL } };

const struct feature feature_vcard = {
	.name = "vcard",
	.spec = "XEP-0054 1.3.0",
	.test = "im/vcard.talk",
	.disco_domain = vars,
	.disco_account = vars,
	.iq = iq,
	.conf = &table,
	.entity_state = sizeof(struct vcard),
	.entity_offset = &entity_offset,
	.on_unload = on_unload,
};
