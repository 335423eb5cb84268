/* SPDX-License-Identifier: Apache-2.0 */
/* route/outbox, route/entity: order, and that nobody waits for ever. */
#include "server/route/outbox.h"

#include "base/mem.h"
#include "server/route/feature.h"
#include "server/route/router.h"
#include "xml/build.h"
#include "xmpp/ns.h"

#include "support/server/route/route_bed.h"
#include "support/server/store/memory_store.h"
#include "support/unit.h"

#include <stdio.h>

/* ---- a feature whose messages are stored by both sides, and whose presence changes something and
 * tells somebody ---- */

static enum verdict store_out(struct dispatch *d)
{
	struct archive_entry entry = { .owner = d->entity->jid.full,
				       .peer = jid_bare_str(d->stanza.to),
				       .flags = ARCHIVE_OUT };
	struct bytes *text;

	if (!xml_child(d->stanza.el, NS_CLIENT, STR("body"))) {
		dispatch_route(d, d->stanza.el);
		return DONE;
	}
	text = dispatch_bytes(d, d->stanza.el);
	entry.seq = d->seq = entity_next_seq(d->entity);
	txn_append(dispatch_txn(d), wall_now(), bytes_str(text), &entry, 1);
	(void)bytes_unref(text); /* the txn has a copy */
	d->has_propose = true;
	return DONE;
}

static enum verdict store_in(struct dispatch *d)
{
	struct archive_entry entry = { .owner = d->entity->jid.full,
				       .peer = jid_bare_str(d->stanza.from),
				       .flags = ARCHIVE_IN };

	if (d->proposal) {
		entry.seq = d->seq = entity_next_seq(d->entity);
		txn_append_entry(d->txn, &entry);
	}
	resource_each(r, &d->entity->resources) dispatch_deliver(d, r, d->stanza.el);
	return DONE;
}

static enum verdict presence_out(struct dispatch *d)
{
	txn_put(dispatch_txn(d), d->entity->jid.full, STR("test"), STR("key"), STR("value"));
	dispatch_route(d, d->stanza.el);
	return DONE;
}

static enum verdict presence_in(struct dispatch *d)
{
	resource_each(r, &d->entity->resources) dispatch_deliver(d, r, d->stanza.el);
	return DONE;
}

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_OUT, PHASE_STORE, store_out },
	{ STANZA_MESSAGE, WAY_IN, PHASE_STORE, store_in },
	{ STANZA_PRESENCE, WAY_OUT, PHASE_STORE, presence_out },
	{ STANZA_PRESENCE, WAY_IN, PHASE_STORE, presence_in },
	{ .run = NULL },
};
static const struct feature feature = { .name = "test", .spec = "", .test = "", .hooks = hooks };
static const struct feature *const features[] = { &feature, NULL };

struct pair {
	struct route_bed *bed;
	struct route_client *romeo, *juliet;
};

static void pair_init(struct pair *p)
{
	p->bed = route_bed_new(features, "");
	route_bed_account(p->bed, "romeo");
	route_bed_account(p->bed, "juliet");
	p->romeo = route_bed_client(p->bed, "romeo", "x");
	p->juliet = route_bed_client(p->bed, "juliet", "y");
}

#define MESSAGE(to, id)                                                                            \
	"<message type='chat' to='" to "@localhost' id='" id "'><body>x</body></message>"
#define STATE(to, id)                                                                              \
	"<message type='chat' to='" to "@localhost' id='" id "'><composing/></message>"
#define CHANGE(to, id) "<presence to='" to "@localhost' id='" id "'/>"

/* RFC 6120 10.1: what is stored, what is not, and what changes something arrive as they were sent.
 */
static void keeps_order(void **state)
{
	struct pair p;

	pair_init(&p);
	memory_store_delay(route_bed_store(p.bed), 5 * USEC_PER_MSEC);
	route_client_send_two(p.romeo, CHANGE("juliet", "1"), STATE("juliet", "2"));
	route_client_send_two(p.romeo, MESSAGE("juliet", "3"), STATE("juliet", "4"));
	route_client_send_two(p.romeo, STATE("juliet", "5"), CHANGE("juliet", "6"));
	for (int i = 1; i <= 6; i++) {
		char id[24];

		(void)snprintf(id, sizeof(id), "id='%d'", i);
		route_client_expect_part(p.juliet, id);
	}
	route_client_expect_nothing(p.juliet);
	route_bed_free(&p.bed);
}

/* ---- two that ask each other ---- */

static void ask(struct entity *e, const char *stanza)
{
	static const struct xml_limits limits = {
		.stanza_bytes = 4096, .depth = 8, .attrs = 8, .name_bytes = 64, .children = 8
	};
	const struct xml_scope scope = { .default_ns = NS_CLIENT };
	struct resource *r = resource_first(&e->resources);
	struct dispatch *d = dispatch_begin(e, WAY_OUT, NULL);
	struct xml *el;

	d->resource = r;
	d->resource_id = r->id;
	assert_int_equal(xml_parse(d->arena, arena_dup(d->arena, str_from(stanza)), &scope, &limits,
				   &el),
			 XML_FAULT_NONE);
	xml_set(d->arena, el, STR("from"), arena_dup(d->arena, r->jid.full));
	router_receive_later(d, el);
}

/* As if both were on loops of their own: each has handled all that its client said before it hears
 * of the other. */
static void both_at_once(void *arg)
{
	struct pair *p = arg;
	struct entity *romeo = route_bed_entity(p->bed, "romeo"),
		      *juliet = route_bed_entity(p->bed, "juliet");

	romeo->busy++;
	juliet->busy++;
	ask(romeo, MESSAGE("juliet", "1"));
	ask(romeo, CHANGE("juliet", "2"));
	ask(juliet, MESSAGE("romeo", "3"));
	ask(juliet, CHANGE("romeo", "4"));
	romeo->busy--;
	entity_wake(romeo); /* its question waits at juliet's, and its change behind the question */
	assert_int_equal(romeo->outbox.routes, 1);
	juliet->busy--;
	entity_wake(juliet);
}

static void nobody_waits_for_ever(void **state)
{
	struct pair p;

	pair_init(&p);
	route_bed_call(p.bed, both_at_once, &p);
	route_client_expect_part(p.juliet, "id='1'");
	route_client_expect_part(p.juliet, "id='2'");
	route_client_expect_part(p.romeo, "id='3'");
	route_client_expect_part(p.romeo, "id='4'");
	route_bed_free(&p.bed);
}

/* With the outbox full of answers to wait for, what others ask is refused in the end, not kept. */
static void fill(void *arg)
{
	struct pair *p = arg;
	struct entity *romeo = route_bed_entity(p->bed, "romeo");

	for (int i = 0; i < OUTBOX_IN_MAX; i++)
		(void)outbox_add(&romeo->outbox, SLOT_FOREIGN,
				 &(struct slot_origin){ .kind = STANZA_MESSAGE }); /* stays */
}

static void empty(void *arg)
{
	struct pair *p = arg;
	struct entity *romeo = route_bed_entity(p->bed, "romeo");

	while (!outbox_is_empty(&romeo->outbox))
		outbox_resolve(list_entry(romeo->outbox.slots.next, struct slot, link), OK);
}

static void fill_and_ask(void *arg)
{
	struct pair *p = arg;

	fill(p);
	ask(route_bed_entity(p->bed, "juliet"), MESSAGE("romeo", "1"));
	ask(route_bed_entity(p->bed, "romeo"), STATE("juliet", "2"));
	assert_int_equal(route_bed_entity(p->bed, "romeo")->inbox_count, 1); /* his own waits */
	empty(p);
}

static void refuses_when_full(void **state)
{
	struct pair p;

	pair_init(&p);
	route_bed_call(p.bed, fill_and_ask, &p);
	route_client_expect_part(p.juliet, "<resource-constraint ");
	route_client_expect_part(p.juliet, "id='2'");
	route_client_expect_nothing(p.romeo);
	route_bed_free(&p.bed);
}

/* An inbox takes so many bytes and no more. */
static void pile_up(void *arg)
{
	enum { STEP = INBOX_BYTES_MAX / 8 };
	struct pair *p = arg;
	struct entity *romeo = route_bed_entity(p->bed, "romeo");
	char *text = mem_alloc(STEP + 1000);

	(void)snprintf(text, STEP + 1000,
		       "<message type='chat' from='juliet@localhost/y' to='romeo@localhost'>"
		       "<composing>%0*d</composing></message>",
		       STEP, 7);
	romeo->busy++;
	for (int i = 0; i < 10; i++)
		parcel_post(parcel_new(romeo->home, romeo->jid.full, WAY_IN,
				       bytes_new(str_from(text))));
	assert_int_equal(romeo->inbox_count, 8);
	assert_in_range(romeo->inbox_bytes, INBOX_BYTES_MAX, INBOX_BYTES_MAX + 8 * 1000);
	romeo->busy--;
	entity_wake(romeo);
	assert_int_equal(romeo->inbox_bytes, 0);
	mem_free(text);
}

static void bounds_the_bytes_that_wait(void **state)
{
	struct pair p;

	pair_init(&p);
	route_bed_call(p.bed, pile_up, &p);
	for (int i = 0; i < 8; i++)
		route_client_expect_part(p.romeo, "<composing");
	route_client_expect_nothing(p.romeo);
	for (int i = 0; i < 2; i++)
		route_client_expect_part(p.juliet, "<resource-constraint ");
	route_client_expect_nothing(p.juliet);
	route_bed_free(&p.bed);
}

/* ---- what may be seen ---- */

static void look(void *arg)
{
	struct pair *p = arg;
	struct entity *e = route_bed_entity(p->bed, "romeo");
	struct slot *first, *refused, *last;

	e->last_seq = 30;
	assert_int_equal(outbox_visible(&e->outbox, e->last_seq), 30);
	first = outbox_add(&e->outbox, SLOT_FOREIGN,
			   &(struct slot_origin){ .kind = STANZA_PRESENCE });
	refused = outbox_add(&e->outbox, SLOT_FOREIGN,
			     &(struct slot_origin){ .kind = STANZA_MESSAGE });
	refused->seq = 20;
	last = outbox_add(&e->outbox, SLOT_FOREIGN,
			  &(struct slot_origin){ .kind = STANZA_MESSAGE });
	last->seq = 30;
	assert_int_equal(outbox_visible(&e->outbox, e->last_seq), 19);
	refused->seq = 0; /* void */
	assert_int_equal(outbox_visible(&e->outbox, e->last_seq), 29);
	outbox_resolve(refused, ERR_DENIED);
	assert_int_equal(e->outbox.count, 3); /* behind the first */
	outbox_resolve(first, OK);
	assert_int_equal(e->outbox.count, 1);
	outbox_resolve(last, OK);
	assert_true(outbox_is_empty(&e->outbox));
	assert_int_equal(outbox_visible(&e->outbox, e->last_seq), 30);
}

static void shows_what_is_durable(void **state)
{
	struct pair p;

	pair_init(&p);
	route_bed_call(p.bed, look, &p);
	route_bed_free(&p.bed);
}

UNIT_TESTS(route_outbox, cmocka_unit_test(keeps_order), cmocka_unit_test(nobody_waits_for_ever),
	   cmocka_unit_test(refuses_when_full), cmocka_unit_test(bounds_the_bytes_that_wait),
	   cmocka_unit_test(shows_what_is_durable));
