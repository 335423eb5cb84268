/* SPDX-License-Identifier: Apache-2.0 */
/* What streams to other servers count and remember: queue, back-off, rates, pairs, troubles. */
#include "server/s2s/s2s_backoff.h"
#include "server/s2s/s2s_head.h"
#include "server/s2s/s2s_pairs.h"
#include "server/s2s/s2s_queue.h"
#include "server/s2s/s2s_rates.h"
#include "server/s2s/s2s_trouble.h"

#include "support/unit.h"

#include <stdio.h>

static void push(struct s2s_queue *q, const char *text)
{
	struct bytes *bytes = bytes_new(str_from(text));

	assert_int_equal(s2s_queue_push(q, bytes, false, MIB), OK);
	(void)bytes_unref(bytes);
}

static void queue_keeps_order(void **state)
{
	struct s2s_queue q;

	(void)state;
	s2s_queue_init(&q);
	push(&q, "a");
	push(&q, "b");
	push(&q, "c");
	assert_true(str_eq(bytes_str(s2s_queue_next(&q)->stanza), STR("a")));
	assert_true(str_eq(bytes_str(s2s_queue_next(&q)->stanza), STR("b")));
	assert_int_equal(s2s_queue_ack(&q, 3), ERR_INVALID);
	assert_int_equal(s2s_queue_ack(&q, 1), OK);
	assert_int_equal(q.count, 2);
	s2s_queue_rewind(&q); /* the stream has gone: what was not acknowledged is sent again */
	assert_true(str_eq(bytes_str(s2s_queue_next(&q)->stanza), STR("b")));
	assert_true(str_eq(bytes_str(s2s_queue_next(&q)->stanza), STR("c")));
	assert_null(s2s_queue_next(&q));
	push(&q, "d");
	assert_true(str_eq(bytes_str(s2s_queue_next(&q)->stanza), STR("d")));
	s2s_queue_done(&q);
	assert_int_equal(q.bytes, 0);
}

static void queue_is_bounded(void **state)
{
	struct bytes *bytes = bytes_new_empty(1000);
	struct s2s_queue q;
	size_t room = 2 * (1000 + S2S_STANZA_COST);

	(void)state;
	memset(bytes->data, 'x', bytes->len);
	s2s_queue_init(&q);
	assert_int_equal(s2s_queue_push(&q, bytes, false, room), OK);
	assert_int_equal(s2s_queue_push(&q, bytes, false, room), OK);
	assert_int_equal(s2s_queue_push(&q, bytes, false, room), ERR_TOO_BIG);
	assert_int_equal(q.count, 2);
	assert_int_equal(s2s_queue_push(&q, bytes, false, 0), ERR_TOO_BIG);
	s2s_queue_done(&q);
	(void)bytes_unref(bytes);
}

static void backoff_grows_and_ends(void **state)
{
	(void)state;
	for (unsigned failures = 1; failures < 1000; failures++) {
		usec_t wait = s2s_backoff(failures);

		assert_true(wait <= S2S_BACKOFF_MOST);
		assert_true(wait * 3 >= S2S_BACKOFF_FIRST * 2);
		if (failures > 20)
			assert_true(wait * 3 >= S2S_BACKOFF_MOST * 2);
	}
	assert_true(s2s_backoff(1) <= S2S_BACKOFF_FIRST);
}

static void rates(void **state)
{
	struct s2s_rate r = { 0 };
	usec_t now = 100 * USEC_PER_SEC;
	unsigned free = 0;

	(void)state;
	while (!s2s_rate_take(&r, now, 10, 100, MIB))
		free++;
	assert_int_equal(free, 500); /* S2S_RATE_BURST at 100 a second */
	assert_true(s2s_rate_take(&r, now, 10, 100, MIB) > 0);
	assert_int_equal(s2s_rate_take(&r, now + 6 * USEC_PER_SEC, 10, 100, MIB), 0);
	assert_true(s2s_rate_take(&r, now + 6 * USEC_PER_SEC, 100 * MIB, 100, MIB) >
		    90 * USEC_PER_SEC);
}

static void domains_share_a_rate(void **state)
{
	struct s2s_rates *r = s2s_rates_new();
	struct s2s_account *one = s2s_rates_get(r, STR("a.example")),
			   *same = s2s_rates_get(r, STR("a.example")),
			   *other = s2s_rates_get(r, STR("b.example"));
	usec_t now = 100 * USEC_PER_SEC;

	assert_ptr_equal(one, same);
	assert_ptr_not_equal(one, other);
	for (unsigned i = 0; i < 500; i++) /* S2S_RATE_BURST at 100 a second, by two streams */
		assert_int_equal(
			s2s_rate_take(s2s_account_rate(i % 2 ? one : same), now, 10, 100, MIB), 0);
	assert_true(s2s_rate_take(s2s_account_rate(same), now, 10, 100, MIB) > 0);
	assert_int_equal(s2s_rate_take(s2s_account_rate(other), now, 10, 100, MIB), 0);
	s2s_rates_put(r, &one, now);
	assert_null(one);
	s2s_rates_put(r, &same, now);
	same = s2s_rates_get(r, STR("a.example")); /* coming again does not help */
	assert_true(s2s_rate_take(s2s_account_rate(same), now, 10, 100, MIB) > 0);
	s2s_rates_put(r, &same, now + USEC_PER_MIN);
	s2s_rates_put(r, &other, now + USEC_PER_MIN);
	assert_int_equal(s2s_rates_count(r), 0);
	(void)s2s_rates_unref(r);
}

static void rates_are_bounded(void **state)
{
	struct s2s_rates *r = s2s_rates_new();
	char name[32];

	for (unsigned i = 0; i < 10000; i++) { /* each leaves while it is too fast */
		struct s2s_account *a;

		(void)snprintf(name, sizeof(name), "a%u.example", i);
		a = s2s_rates_get(r, str_from(name));
		assert_int_equal(s2s_rate_take(s2s_account_rate(a), 1, 10, 100, MIB), 0);
		s2s_rates_put(r, &a, 1);
	}
	assert_true(s2s_rates_count(r) <= 64);
	(void)s2s_rates_unref(r);
}

static void pairs(void **state)
{
	struct s2s_pairs p = { 0 };
	char name[] = "a0.example";

	(void)state;
	assert_int_equal(s2s_pairs_add(&p, STR("us"), STR("b.example")), OK);
	assert_true(s2s_pairs_have(&p, STR("us"), STR("b.example")));
	assert_false(s2s_pairs_have(&p, STR("other"), STR("b.example")));
	assert_false(s2s_pairs_have(&p, STR("us"), STR("evilb.example")));
	assert_false(s2s_pairs_have(&p, STR("b.example"), STR("us")));
	assert_int_equal(s2s_pairs_add(&p, STR(""), STR("c.example")), OK);
	assert_true(s2s_pairs_have(&p, STR("other"), STR("c.example")));
	assert_int_equal(s2s_pairs_add(&p, STR("us"), STR("b.example")), OK);
	assert_int_equal(p.count, 2);
	for (unsigned i = p.count; i < S2S_PAIRS_MAX; i++) {
		name[1] = (char)('0' + i);
		assert_int_equal(s2s_pairs_add(&p, STR("us"), str_from(name)), OK);
	}
	assert_int_equal(s2s_pairs_add(&p, STR("us"), STR("z.example")), ERR_TOO_BIG);
	s2s_pairs_done(&p);
	assert_false(s2s_pairs_have(&p, STR("us"), STR("b.example")));
}

static struct s2s_head head(const char *text)
{
	struct arena a scoped(arena_done) = { 0 };
	struct s2s_head found = { .is_quiet = false };

	arena_init(&a, 64 * KIB);
	assert_int_equal(s2s_head_read(&a, str_from(text), &found), OK);
	assert_true(str_eq(found.from, STR("a.example")));
	return found;
}

static void heads(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct s2s_head found;

	(void)state;
	arena_init(&a, 64 * KIB);
	assert_false(
		head("<message from='x@a.example/r' to='b'><body>&gt;</body></message>").is_quiet);
	assert_false(
		head("<iq type='get' id='1' from='a.example' to='b'><q xmlns='x'/></iq>").is_quiet);
	assert_true(head("<iq type='result' id='1' from='a.example' to='b'/>").is_quiet);
	assert_true(head("<message type='error' from='x@a.example' to='b'/>").is_quiet);
	assert_true(head("<presence from='x@a.example/r' to='y@b'/>").is_quiet);
	assert_false(head("<presence from='x@a.example/r' to='room@b/nick'/>").is_quiet);
	assert_false(head("<presence type='subscribe' from='x@a.example' to='y@b'/>").is_quiet);
	assert_true(head("<presence type='probe' from='x@a.example' to='y@b'/>").is_quiet);
	assert_int_equal(s2s_head_read(&a, STR("<message to='b'/>"), &found), ERR_INVALID);
	assert_int_equal(s2s_head_read(&a, STR("<foo from='a.example'/>"), &found), ERR_INVALID);
	assert_int_equal(s2s_head_read(&a, STR("<message"), &found), ERR_INVALID);
	assert_int_equal(s2s_head_read(&a, STR(""), &found), ERR_INVALID);
}

static void troubles(void **state)
{
	(void)state;
	for (enum s2s_trouble t = S2S_NO_TROUBLE; t < S2S_TROUBLES; t++) {
		assert_true(s2s_trouble_text(t).len > 0);
		assert_true(condition_name(s2s_trouble_condition(t)).len > 0);
	}
	/* XEP-0220 2.1.1 and 2.4 */
	assert_int_equal(s2s_trouble_condition(S2S_INVALID), COND_INTERNAL_SERVER_ERROR);
	assert_int_equal(s2s_trouble_condition(S2S_REFUSED), COND_REMOTE_SERVER_TIMEOUT);
	assert_int_equal(s2s_trouble_dialback(S2S_UNKNOWN_HOST), COND_REMOTE_SERVER_NOT_FOUND);
}

UNIT_TESTS(server_s2s_model, cmocka_unit_test(queue_keeps_order),
	   cmocka_unit_test(queue_is_bounded), cmocka_unit_test(backoff_grows_and_ends),
	   cmocka_unit_test(rates), cmocka_unit_test(domains_share_a_rate),
	   cmocka_unit_test(rates_are_bounded), cmocka_unit_test(pairs), cmocka_unit_test(heads),
	   cmocka_unit_test(troubles));
