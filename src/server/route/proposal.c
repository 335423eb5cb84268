/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the receiver of a stored message, see proposal.h. At any time one side only touches a
 * proposal: it goes to and fro. */
#include "server/route/proposal.h"

#include "base/mem.h"
#include "server/route/settle.h"

struct proposal {
	struct letter letter;
	struct home *from_home, *to_home;
	struct slot *from_slot, *to_slot; /* to_slot NULL: the receiver keeps nothing */
	struct txn *txn;
	bool is_refused, is_refusal_brief;
	enum condition refusal;
	struct bytes *refusal_text; /* one count; NULL: none */
	enum err err;
};

struct txn *proposal_txn(const struct proposal *p)
{
	return p->txn;
}

/* ---- back at the sender ---- */

static void on_answer(struct letter *l)
{
	struct proposal *p = container_of(l, struct proposal, letter);
	struct slot *s = p->from_slot;

	s->txn = p->txn;
	if (p->is_refused) {
		s->refusal = p->refusal;
		s->refusal_text = p->refusal_text;
		s->is_refusal_brief = p->is_refusal_brief;
		mem_free(p);
		txn_free(&s->txn);
		s->proposal = NULL;
		settle_refused(s);
		return;
	}
	s->state = SLOT_READY;
	outbox_pump(s->outbox);
}

static void send_answer(struct proposal *p)
{
	p->letter.fn = on_answer;
	if (p->from_home == p->to_home)
		on_answer(&p->letter);
	else
		loop_post(p->from_home->loop, &p->letter);
}

/* ---- at the receiver ---- */

void proposal_refuse(struct proposal **pp, enum condition why)
{
	struct proposal *p = *pp;

	*pp = NULL;
	p->is_refused = true;
	p->refusal = why;
	send_answer(p);
}

void proposal_take(struct proposal **pp)
{
	struct proposal *p = *pp;

	*pp = NULL;
	send_answer(p);
}

void proposal_answer(struct dispatch *d)
{
	struct proposal *p = d->proposal;
	struct slot *s;

	d->proposal = NULL;
	d->txn = NULL; /* borrowed */
	if (d->has_refusal) {
		p->refusal_text = d->refusal_text;
		d->refusal_text = NULL;
		p->is_refusal_brief = d->is_refusal_brief;
		proposal_refuse(&p, d->refusal);
		return;
	}
	s = outbox_add(&d->entity->outbox, SLOT_FOREIGN,
		       &(struct slot_origin){ .kind = d->stanza.kind });
	s->seq = d->seq;
	slot_set_effects(s, dispatch_take_effects(d));
	p->to_slot = s;
	send_answer(p);
}

static void on_committed(struct letter *l)
{
	struct proposal *p = container_of(l, struct proposal, letter);
	struct slot *s = p->to_slot;
	enum err err = p->err;

	mem_free(p);
	if (s)
		outbox_resolve(s, err);
}

void proposal_committed(struct proposal **pp, enum err err)
{
	struct proposal *p = *pp;

	*pp = NULL;
	p->err = err;
	p->letter.fn = on_committed;
	if (p->from_home == p->to_home)
		on_committed(&p->letter);
	else
		loop_post(p->to_home->loop, &p->letter);
}

/* ---- at the sender ---- */

static void ask_here(struct dispatch *d, struct entity *to, struct proposal *p)
{
	struct dispatch *in = dispatch_begin(to, WAY_IN, d);

	in->stanza = d->stanza;
	in->stanza.el =
		xml_copy(d->arena, d->stanza.el); /* the receiver adds and strips children */
	in->received = d->received;
	in->proposal = p;
	in->txn = p->txn;
	in->is_txn_borrowed = true;
	d->home->ops->run_in(in);
}

static void ask_there(struct dispatch *d, struct home *to, struct proposal *p)
{
	struct parcel *parcel =
		parcel_new(to, jid_bare_str(d->stanza.to), WAY_IN, dispatch_bytes(d, d->stanza.el));

	parcel->received = d->received;
	parcel->proposal = p;
	parcel_post(parcel);
}

void proposal_make(struct dispatch *d)
{
	struct str bare = jid_bare_str(d->stanza.to);
	struct proposal *p = mem_zalloc(1, sizeof(*p));
	struct entity *to;

	p->from_home = d->home;
	p->to_home = home_of(d->home, bare);
	p->txn = dispatch_txn(d);
	d->txn = NULL;
	p->from_slot = settle_slot(d, SLOT_ASKING);
	p->from_slot->seq = d->seq;
	p->from_slot->proposal = p;
	to = p->to_home == d->home ? entity_get(d->home, bare) : NULL;
	if (to && entity_is_free(to))
		ask_here(d, to, p);
	else
		ask_there(d, p->to_home, p);
}
