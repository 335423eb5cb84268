/* SPDX-License-Identifier: Apache-2.0 */
/* Message carbons (XEP-0280), see carbons.h. <private/> stays in the message: since 1.0 nobody
 * takes it out (section 9). On the entity's loop. */
#include "server/feature/carbons.h"

#include "base/mem.h"
#include "server/route/archive_id.h"
#include "server/route/recipients.h"
#include "xep/forward.h"
#include "xml/write.h"
#include "xmpp/ns.h"

enum { COPIED_MAX = 32 /* messages whose errors are recognised, of one account */ };

/* Of a resource. */
struct carbons {
	bool is_on;
};

/* Of an account: what was copied last, so that an error which answers it is copied, too (6.1). */
struct copied {
	uint64_t *hashes; /* ring of COPIED_MAX; NULL while there is none */
	unsigned next;
};

static size_t entity_offset, resource_offset;

static struct carbons *carbons_of(const struct resource *r)
{
	return (struct carbons *)(void *)((char *)r->state + resource_offset);
}

static struct copied *copied_of(const struct entity *e)
{
	return entity_slot(e, entity_offset);
}

/* ---- switching ---- */

/* 10.1: again is no error. */
static enum verdict turn(struct dispatch *d, bool is_on)
{
	if (d->resource)
		carbons_of(d->resource)->is_on = is_on;
	return dispatch_result(d);
}

static enum verdict on_enable(struct dispatch *d)
{
	return turn(d, true);
}

static enum verdict on_disable(struct dispatch *d)
{
	return turn(d, false);
}

static void on_bind(struct resource *r, const struct xml *bind, struct arena *a, struct xml *bound)
{
	(void)a;
	(void)bound;
	if (xml_child(bind, NS_CARBONS, STR("enable")))
		carbons_of(r)->is_on = true;
}

/* ---- errors ---- */

/* The other side and the id: an error has both from what it answers. */
static uint64_t hash_of(struct dispatch *d)
{
	struct jid peer = d->way == WAY_OUT ? d->stanza.to : d->stanza.from;

	return siphash(d->home->place_key,
		       ARENA_JOIN(d->arena, peer.full, STR("\n"), d->stanza.id));
}

static void remember(struct dispatch *d)
{
	struct copied *c = copied_of(d->entity);

	if (!d->stanza.id.len || d->stanza.type == MESSAGE_ERROR)
		return;
	if (!c->hashes)
		c->hashes = mem_zalloc(COPIED_MAX, sizeof(*c->hashes));
	c->hashes[c->next] = hash_of(d);
	c->next = (c->next + 1) % COPIED_MAX;
}

static bool answers_copied(struct dispatch *d)
{
	const struct copied *c = copied_of(d->entity);
	uint64_t hash;

	if (!c->hashes || !d->stanza.id.len)
		return false;
	hash = hash_of(d);
	for (unsigned i = 0; i < COPIED_MAX; i++) {
		if (c->hashes[i] == hash)
			return true;
	}
	return false;
}

static void on_unload(struct entity *e)
{
	struct copied *c = copied_of(e);

	mem_free(c->hashes);
	*c = (struct copied){ 0 };
}

/* ---- which messages: section 6.1 ---- */

/* Not wanted (9), or something that only the server makes (11, XEP-0313 10.2): forged, as it comes
 * by here. */
static bool is_apart(const struct xml *el)
{
	return xml_child(el, NS_CARBONS, STR_NONE) || xml_child(el, NS_MAM, STR("result")) ||
	       xml_child(el, NS_HINTS, STR("no-copy"));
}

static bool is_invitation(const struct xml *el)
{
	return xml_child(xml_child(el, NS_MUC_USER, STR("x")), NS_MUC_USER, STR("invite")) != NULL;
}

/* A private message of a room: the room itself sends it to all devices that are in it. */
static bool is_from_occupant(const struct dispatch *d)
{
	return d->way == WAY_IN && jid_is_full(d->stanza.from) &&
	       xml_child(d->stanza.el, NS_MUC_USER, STR("x")) && !is_invitation(d->stanza.el);
}

/* Payloads of instant messaging; XEP-0249 and XEP-0353 are among them. */
static bool has_payload(const struct xml *el)
{
	static const struct str payloads[] = {
		STR_INIT("urn:xmpp:receipts"),
		STR_INIT("http://jabber.org/protocol/chatstates"),
		STR_INIT("urn:xmpp:chat-markers:0"),
		STR_INIT("urn:xmpp:jingle-message:0"),
		STR_INIT("jabber:x:conference"),
	};

	for (size_t i = 0; i < array_len(payloads); i++) {
		if (xml_child(el, payloads[i], STR_NONE))
			return true;
	}
	return xml_child(el, NS_CLIENT, STR("body")) || is_invitation(el);
}

static bool is_eligible(struct dispatch *d)
{
	const struct xml *el = d->stanza.el;

	if (is_apart(el))
		return false;
	switch (d->stanza.type) {
	case MESSAGE_CHAT:
		return !is_from_occupant(d);
	case MESSAGE_NORMAL:
		return has_payload(el) && !is_from_occupant(d);
	case MESSAGE_ERROR:
		return answers_copied(d);
	default:
		return false;
	}
}

/* ---- copies ---- */

/* What all copies have inside, serialised once. */
static struct bytes *wrap(struct dispatch *d)
{
	struct str name = d->way == WAY_OUT ? STR("sent") : STR("received");
	struct xml *message = xml_copy(d->arena, d->stanza.el);
	struct xml *wrapper = xml_new(d->arena, NS_CARBONS, name);

	if (d->way == WAY_OUT && d->seq) { /* what came in has it already */
		struct xml *id = xml_add_new(d->arena, message, NS_SID, STR("stanza-id"));

		xml_set(d->arena, id, STR("by"), d->entity->jid.full);
		xml_set(d->arena, id, STR("id"), archive_id_write(d->home, d->arena, d->seq));
	}
	xml_add(wrapper, forward_wrap(d->arena, message, 0));
	return dispatch_bytes(d, wrapper);
}

static void deliver_copy(struct dispatch *d, struct resource *r, struct bytes *inside)
{
	struct sbuf *out = &d->home->scratch;
	struct str type = xml_attr(d->stanza.el, STR("type"));
	struct bytes *bytes;

	sbuf_reset(out);
	(void)sbuf_lit(out, "<message from='");
	(void)xml_write_attr(out, d->entity->jid.full);
	(void)sbuf_lit(out, "' to='");
	(void)xml_write_attr(out, r->jid.full);
	if (str_is_set(type)) {
		(void)sbuf_lit(out, "' type='");
		(void)xml_write_attr(out, type);
	}
	(void)sbuf_lit(out, "'>");
	(void)sbuf_add(out, bytes_str(inside));
	(void)sbuf_lit(out, "</message>");
	if (out->err) {
		log_error(&d->entity->log, "a copy is too large", F_INT("bytes", inside->len));
		return;
	}
	bytes = bytes_new(sbuf_str(out));
	/* Not as the stored message itself: that a copy has arrived says nothing about earlier
	 * messages that wait for a client which becomes available. */
	dispatch_deliver_stored(d, r, bytes, 0);
	(void)bytes_unref(bytes);
}

/* Whether r has the message itself: it sent it, or is among its recipients. */
static bool has_itself(const struct dispatch *d, const struct resource *r, enum recipients who,
		       const struct resource *one)
{
	if (jid_eq(r->jid, d->stanza.from))
		return true;
	return (who == RECIPIENTS_ONE && r == one) ||
	       (who == RECIPIENTS_ALL && recipients_takes(r));
}

static void copy(struct dispatch *d, enum recipients who, const struct resource *one)
{
	struct bytes *inside = NULL;

	resource_each(r, &d->entity->resources)
	{
		if (!carbons_of(r)->is_on || has_itself(d, r, who, one))
			continue;
		if (!inside)
			inside = wrap(d);
		deliver_copy(d, r, inside);
	}
	if (inside)
		remember(d);
	(void)bytes_unref(inside);
}

/* 8. What goes to the own account is copied where it arrives: nobody gets it twice. */
static enum verdict copy_sent(struct dispatch *d)
{
	bool is_note = !jid_is_set(d->stanza.to) || jid_bare_eq(d->stanza.to, d->entity->jid);

	if (!is_note && is_eligible(d))
		copy(d, RECIPIENTS_NONE, NULL);
	return PASS;
}

/* 7: to all that are connected, whatever their presence, when the message itself is not refused. */
static enum verdict copy_received(struct dispatch *d)
{
	struct resource *one = NULL;
	enum recipients who;

	if (!is_eligible(d))
		return PASS;
	who = recipients_of(d, &one);
	if (who != RECIPIENTS_REFUSED)
		copy(d, who, one);
	return PASS;
}

#define CARBONS "urn:xmpp:carbons:2"

static const struct iq_handler iq[] = {
	{ STR_INIT(CARBONS), STR_INIT("enable"), IQ_SET, TARGET_SELF, on_enable },
	{ STR_INIT(CARBONS), STR_INIT("disable"), IQ_SET, TARGET_SELF, on_disable },
	{ .run = NULL },
};

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_OUT, PHASE_COPY, copy_sent },
	{ STANZA_MESSAGE, WAY_IN, PHASE_COPY, copy_received },
	{ .run = NULL },
};

static const struct str disco[] = { STR_INIT(CARBONS), { .ptr = NULL } };

const struct feature feature_carbons = {
	.name = "carbons",
	.spec = "XEP-0280 1.0.1",
	.test = "session/carbons.talk, session/carbons-two-accounts.talk",
	.disco_domain = disco,
	.iq = iq,
	.hooks = hooks,
	.entity_state = sizeof(struct copied),
	.entity_offset = &entity_offset,
	.resource_state = sizeof(struct carbons),
	.resource_offset = &resource_offset,
	.on_unload = on_unload,
	.bind_inline = CARBONS,
	.on_bind = on_bind,
};
