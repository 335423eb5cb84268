/* SPDX-License-Identifier: Apache-2.0 */
/* route/receipt: who has brought a stanza hears when what it has led to is durable, not before, and
 * always. */
#include "server/route/receipt.h"

#include "server/route/feature.h"
#include "server/route/post.h"

#include "support/server/route/route_bed.h"
#include "support/server/store/memory_store.h"
#include "support/unit.h"

static enum verdict message_in(struct dispatch *d)
{
	struct archive_entry entry = { .owner = d->entity->jid.full,
				       .peer = jid_bare_str(d->stanza.from),
				       .flags = ARCHIVE_IN };

	entry.seq = d->seq = entity_next_seq(d->entity);
	txn_append(dispatch_txn(d), wall_now(), dispatch_text(d, d->stanza.el), &entry, 1);
	resource_each(r, &d->entity->resources) dispatch_deliver(d, r, d->stanza.el);
	return DONE;
}

static const struct hook hooks[] = { { STANZA_MESSAGE, WAY_IN, PHASE_STORE, message_in },
				     { .run = NULL } };
static const struct feature feature = { .name = "test", .spec = "", .test = "", .hooks = hooks };
static const struct feature *const features[] = { &feature, NULL };

struct awaited {
	struct receipt receipt;
	struct route_bed *bed;
	const char *stanza;
	unsigned given;
	unsigned given_early; /* while the store stood still */
	struct timer later;
};

static void on_given(struct receipt *r)
{
	container_of(r, struct awaited, receipt)->given++;
}

static void let_go(struct timer *t)
{
	struct awaited *a = container_of(t, struct awaited, later);

	a->given_early = a->given;
	memory_store_hold(route_bed_store(a->bed), false);
	entity_unpin(route_bed_entity(a->bed, "romeo"));
}

static void bring(void *arg)
{
	struct awaited *a = arg;
	struct home *h = route_bed_home(a->bed);
	struct bytes *bytes = bytes_new(str_from(a->stanza));
	struct arena arena scoped(arena_done) = { 0 };
	struct jid to;

	arena_init(&arena, KIB);
	must(jid_parse(&arena, STR("romeo@localhost"), &to) == OK);
	if (strstr(a->stanza, "nobody"))
		must(jid_parse(&arena, STR("nobody@localhost"), &to) == OK);
	receipt_init(&a->receipt, h->loop, on_given);
	assert_true(post_awaited(h, to, bytes, 0, &a->receipt));
	receipt_give(&a->receipt);
	(void)bytes_unref(bytes);
	a->later.fn = let_go;
	memory_store_hold(route_bed_store(a->bed), true);
	entity_pin(route_bed_entity(a->bed, "romeo")); /* the bed is not quiet before */
	loop_timer(h->loop, &a->later, 20 * USEC_PER_MSEC);
}

static void begin(struct awaited *a, const char *stanza)
{
	*a = (struct awaited){ .bed = route_bed_new(features, ""), .stanza = stanza };
	route_bed_account(a->bed, "romeo");
	(void)route_bed_client(a->bed, "romeo", "x");
}

static void is_given_after_the_commit(void **state)
{
	struct awaited a;

	(void)state;
	begin(&a, "<message from='juliet@b.example' to='romeo@localhost'><body>x</body></message>");
	route_bed_call(a.bed, bring, &a);
	assert_int_equal(a.given_early, 0);
	assert_int_equal(a.given, 1);
	assert_int_equal(memory_store_commits(route_bed_store(a.bed)) > 0, 1);
	route_bed_free(&a.bed);
}

/* Its sender gets an error: it was dealt with. */
static void is_given_after_a_failure(void **state)
{
	struct awaited a;

	(void)state;
	begin(&a, "<message from='juliet@b.example' to='romeo@localhost'><body>x</body></message>");
	memory_store_fail_commit(route_bed_store(a.bed), 1, ERR_NO_SPACE);
	route_bed_call(a.bed, bring, &a);
	assert_int_equal(a.given_early, 0);
	assert_int_equal(a.given, 1);
	route_bed_free(&a.bed);
}

static void is_given_where_nothing_is_stored(void **state)
{
	struct awaited a;

	(void)state;
	begin(&a, "<presence from='juliet@b.example/x' to='romeo@localhost'/>");
	route_bed_call(a.bed, bring, &a);
	assert_int_equal(a.given, 1);
	route_bed_free(&a.bed);
	begin(&a, "<message from='juliet@b.example' to='nobody@localhost'/>");
	route_bed_call(a.bed, bring, &a);
	assert_int_equal(a.given, 1);
	route_bed_free(&a.bed);
	begin(&a, "<message from='juliet@b.example' to='romeo@localhost'"); /* cannot be read */
	route_bed_call(a.bed, bring, &a);
	assert_int_equal(a.given, 1);
	route_bed_free(&a.bed);
}

UNIT_TESTS(route_receipt, cmocka_unit_test(is_given_after_the_commit),
	   cmocka_unit_test(is_given_after_a_failure),
	   cmocka_unit_test(is_given_where_nothing_is_stored));
