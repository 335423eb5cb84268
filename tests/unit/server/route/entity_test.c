/* SPDX-License-Identifier: Apache-2.0 */
/* route/entity: after a failed commit memory says what the store says, whatever else was under way.
 */
#include "server/route/entity.h"

#include "server/route/feature.h"
#include "server/route/router.h"
#include "xml/build.h"
#include "xmpp/ns.h"

#include "support/server/route/route_bed.h"
#include "support/server/store/memory_store.h"
#include "support/unit.h"

/* ---- a feature that keeps the id of the last presence, and stores both sides of a message ---- */

static size_t value_offset;

static int64_t *value_of(const struct entity *e)
{
	return entity_slot(e, value_offset);
}

static void on_load(struct entity *e, const struct keyval_row *rows)
{
	for (; rows; rows = rows->next) {
		if (str_eq(rows->space, STR("test")))
			assert_int_equal(str_to_i64(rows->value, value_of(e)), OK);
	}
}

static enum verdict presence_out(struct dispatch *d)
{
	assert_int_equal(str_to_i64(d->stanza.id, value_of(d->entity)), OK);
	txn_put(dispatch_txn(d), d->entity->jid.full, STR("test"), STR("value"), d->stanza.id);
	return DONE;
}

static struct dispatch *waiting; /* for an answer that does not come before the account is gone */
static unsigned waits;

static enum verdict message_out(struct dispatch *d)
{
	struct archive_entry entry = { .owner = d->entity->jid.full,
				       .peer = jid_bare_str(d->stanza.to),
				       .flags = ARCHIVE_OUT };

	if (str_eq(d->stanza.id, STR("wait"))) {
		waiting = d;
		waits++;
		return dispatch_wait_again(d);
	}
	if (str_eq(d->stanza.id, STR("reload")))
		entity_reload(d->entity); /* before it hears what others ask */
	entry.seq = d->seq = entity_next_seq(d->entity);
	txn_append(dispatch_txn(d), wall_now(), dispatch_text(d, d->stanza.el), &entry, 1);
	d->has_propose = true;
	return DONE;
}

static enum verdict message_in(struct dispatch *d)
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

static const struct hook hooks[] = {
	{ STANZA_PRESENCE, WAY_OUT, PHASE_STORE, presence_out },
	{ STANZA_MESSAGE, WAY_OUT, PHASE_STORE, message_out },
	{ STANZA_MESSAGE, WAY_IN, PHASE_STORE, message_in },
	{ .run = NULL },
};
static const struct str spaces[] = { STR_INIT("test"), { .ptr = NULL } };
static const struct feature feature = { .name = "test",
					.spec = "",
					.test = "",
					.hooks = hooks,
					.spaces = spaces,
					.entity_state = sizeof(int64_t),
					.entity_offset = &value_offset,
					.on_load = on_load };
static const struct feature *const features[] = { &feature, NULL };

/* ---- the bed ---- */

struct pair {
	struct route_bed *bed;
	struct route_client *romeo, *juliet;
	struct timer later;
};

static void pair_init(struct pair *p)
{
	*p = (struct pair){ .bed = route_bed_new(features, "") };
	route_bed_account(p->bed, "romeo");
	route_bed_account(p->bed, "juliet");
	p->romeo = route_bed_client(p->bed, "romeo", "x");
	p->juliet = route_bed_client(p->bed, "juliet", "y");
}

static void say(struct pair *p, const char *name, const char *stanza)
{
	static const struct xml_limits limits = {
		.stanza_bytes = 4096, .depth = 8, .attrs = 8, .name_bytes = 64, .children = 8
	};
	const struct xml_scope scope = { .default_ns = NS_CLIENT };
	struct entity *e = route_bed_entity(p->bed, name);
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

/* fn comes when what was said before is with the store, which stands still. */
static void later(struct pair *p, void (*fn)(struct timer *t))
{
	p->later.fn = fn;
	entity_pin(route_bed_entity(p->bed, "romeo")); /* the bed is not quiet before */
	loop_timer(route_bed_home(p->bed)->loop, &p->later, 20 * USEC_PER_MSEC);
}

static struct pair *pair_of(struct timer *t)
{
	struct pair *p = container_of(t, struct pair, later);

	entity_unpin(route_bed_entity(p->bed, "romeo"));
	return p;
}

/* The first batch fails, and those behind it take their time. */
static void let_go(struct pair *p)
{
	struct memory_store *m = route_bed_store(p->bed);

	memory_store_fail_commit(m, 1, ERR_NO_SPACE);
	memory_store_delay(m, 60 * USEC_PER_MSEC);
	memory_store_hold(m, false);
}

/* ---- tests ---- */

static void second_change(struct timer *t)
{
	struct pair *p = pair_of(t);

	say(p, "romeo", "<presence id='2'/>");
	let_go(p);
}

static void first_change(void *arg)
{
	struct pair *p = arg;

	memory_store_hold(route_bed_store(p->bed), true);
	say(p, "romeo", "<presence id='1'/>");
	later(p, second_change);
}

/* A change that was with the store already when an earlier one failed is in what is read again. */
static void reads_behind_what_is_under_way(void **state)
{
	struct pair p;

	pair_init(&p);
	route_bed_call(p.bed, first_change, &p);
	assert_int_equal(*value_of(route_bed_entity(p.bed, "romeo")), 2);
	route_client_expect_part(p.romeo, "<resource-constraint ");
	route_client_expect_nothing(p.romeo);
	route_bed_free(&p.bed);
}

static void ask_each_other(struct timer *t)
{
	struct pair *p = pair_of(t);
	struct entity *romeo = route_bed_entity(p->bed, "romeo"),
		      *juliet = route_bed_entity(p->bed, "juliet");

	juliet->busy++;
	say(p, "juliet", "<message type='chat' to='romeo@localhost' id='reload'/>");
	say(p, "romeo", "<message type='chat' to='juliet@localhost' id='3'/>");
	entity_reload(romeo);
	juliet->busy--;
	entity_wake(juliet);
	assert_true(romeo->is_reloading && juliet->is_reloading);
	let_go(p);
}

static void fail_both(void *arg)
{
	struct pair *p = arg;

	memory_store_hold(route_bed_store(p->bed), true);
	say(p, "romeo", "<presence id='1'/>");
	say(p, "juliet", "<presence id='1'/>");
	later(p, ask_each_other);
}

/* Two accounts that are to be read again and have asked each other: both are answered. */
static void nobody_waits_for_ever(void **state)
{
	struct pair p;

	pair_init(&p);
	route_bed_call(p.bed, fail_both, &p);
	route_client_expect_part(p.juliet, "<resource-constraint ");
	route_client_expect_part(p.juliet, "id='3'");
	route_client_expect_part(p.romeo, "<resource-constraint ");
	route_client_expect_part(p.romeo, "id='reload'");
	assert_int_equal(*value_of(route_bed_entity(p.bed, "romeo")), 0);
	assert_int_equal(*value_of(route_bed_entity(p.bed, "juliet")), 0);
	route_bed_free(&p.bed);
}

static void resume_it(struct timer *t)
{
	struct pair *p = pair_of(t);

	assert_int_equal(route_bed_entity(p->bed, "romeo")->state, ENTITY_ABSENT);
	dispatch_resume(waiting);
}

static void lose_the_account(void *arg)
{
	struct pair *p = arg;

	say(p, "romeo", "<message type='chat' to='juliet@localhost' id='wait'/>");
	memory_store_fail_read(route_bed_store(p->bed), 1, ERR_IO);
	entity_reload(route_bed_entity(p->bed, "romeo"));
	later(p, resume_it);
}

/* What features keep of an account that cannot be read again is gone: nothing that had waited goes
 * on with it. */
static void what_waited_does_not_go_on_without_the_account(void **state)
{
	struct pair p;

	pair_init(&p);
	waits = 0;
	route_bed_call(p.bed, lose_the_account, &p);
	assert_int_equal(waits, 1);
	route_client_expect_nothing(p.juliet);
	route_bed_free(&p.bed);
}

UNIT_TESTS(route_entity, cmocka_unit_test(what_waited_does_not_go_on_without_the_account),
	   cmocka_unit_test(reads_behind_what_is_under_way),
	   cmocka_unit_test(nobody_waits_for_ever));
