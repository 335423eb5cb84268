/* SPDX-License-Identifier: Apache-2.0 */
/* session/sm: the counting of XEP-0198. */
#include "server/session/sm.h"

#include "support/unit.h"

enum { MANY = 1000 };

struct heard {
	int64_t last;
	unsigned count;
};

static void on_acked(void *arg, int64_t seq)
{
	struct heard *h = arg;

	assert_true(seq > h->last); /* oldest first */
	h->last = seq;
	h->count++;
}

static void push(struct sm *sm, const char *text, int64_t seq)
{
	struct bytes *b = bytes_new(str_from(text));

	sm_push(sm, b, seq);
	(void)bytes_unref(b); /* sm has its own count */
}

static void keeps_until_acknowledged(void **state)
{
	struct sm sm = { .is_enabled = false };
	struct heard heard = { .count = 0 };

	sm_enable(&sm, true, USEC_PER_SEC);
	assert_true(sm.is_enabled && sm.can_resume);
	assert_int_equal(strlen(sm.token), SM_TOKEN_LEN);
	push(&sm, "<message/>", 5);
	push(&sm, "<presence/>", 0);
	push(&sm, "<message/>", 7);
	assert_int_equal(sm.bytes, 31);
	assert_int_equal(sm_sent(&sm), 3);
	assert_int_equal(sm_ack(&sm, 0, on_acked, &heard), OK); /* nothing new */
	assert_int_equal(sm_ack(&sm, 2, on_acked, &heard), OK);
	assert_int_equal(heard.count, 1); /* presence has no place in an archive */
	assert_int_equal(heard.last, 5);
	assert_int_equal(sm.count, 1);
	assert_int_equal(sm_item(&sm, 0)->seq, 7);
	assert_int_equal(sm_ack(&sm, 4, on_acked, &heard), ERR_INVALID); /* more than was sent */
	assert_int_equal(sm_ack(&sm, 1, on_acked, &heard), ERR_INVALID); /* less than before */
	assert_int_equal(sm.count, 1);
	assert_int_equal(sm_ack(&sm, 3, on_acked, &heard), OK);
	assert_int_equal(sm.bytes, 0);
	assert_null(sm.items); /* an idle session owns no ring */
	assert_int_equal(sm_sent(&sm), 3);
	sm_done(&sm);
}

/* Counters wrap at 2^32, and the ring grows and turns meanwhile. */
static void wraps(void **state)
{
	struct sm sm = { .h_acked = UINT32_MAX - 10 };
	struct heard heard = { .count = 0 };
	uint32_t h = sm.h_acked;
	int64_t seq = 0;

	sm_enable(&sm, false, 0);
	for (unsigned i = 0; i < MANY; i++) {
		push(&sm, "<iq/>", ++seq);
		push(&sm, "<iq/>", ++seq);
		assert_int_equal(sm_ack(&sm, ++h, on_acked, &heard), OK);
		assert_int_equal(sm_sent(&sm), (uint32_t)(h + sm.count));
		assert_int_equal(sm_item(&sm, sm.count - 1)->seq, seq);
	}
	assert_int_equal(sm.count, MANY);
	assert_int_equal(heard.count, MANY);
	assert_int_equal(sm_ack(&sm, h + MANY, on_acked, &heard), OK);
	assert_int_equal(heard.last, seq);
	sm_done(&sm);
	sm_done(&sm);
}

/* Whoever reads the store must not be able to resume. */
static void tokens_are_not_stored(void **state)
{
	struct sm a = { .is_enabled = false }, b = { .is_enabled = false };

	sm_enable(&a, true, 1);
	sm_enable(&b, true, 1);
	assert_string_not_equal(a.token, b.token);
	assert_int_equal(a.store_id, sm_store_id(str_from(a.token)));
	assert_true(a.store_id != b.store_id);
	sm_done(&a);
	sm_done(&b);
}

UNIT_TESTS(session_sm, cmocka_unit_test(keeps_until_acknowledged), cmocka_unit_test(wraps),
	   cmocka_unit_test(tokens_are_not_stored));
