/* SPDX-License-Identifier: Apache-2.0 */
/* model/subscription: the tables of RFC 6121 Appendix A, row by row. */
#include "server/model/roster.h"

#include "support/unit.h"

enum {
	NONE = 0,
	TO = ROSTER_TO,
	FROM = ROSTER_FROM,
	BOTH = ROSTER_TO | ROSTER_FROM,
	OUT = ROSTER_PENDING_OUT,
	IN = ROSTER_PENDING_IN,
};

/* The nine states of A.1, in its order. */
enum { STATES = 9 };
static const unsigned states[STATES] = { NONE,    OUT,  IN,         OUT | IN, TO,
					 TO | IN, FROM, FROM | OUT, BOTH };

struct table {
	enum subscription_verb verb;
	bool is_passed_on[STATES];
	unsigned after[STATES];
};

static const struct table outbound[] = {
	{ SUBSCRIBE, /* A.2.1 */
	  { true, true, true, true, true, true, true, true, true },
	  { OUT, OUT, OUT | IN, OUT | IN, TO, TO | IN, FROM | OUT, FROM | OUT, BOTH } },
	{ UNSUBSCRIBE, /* A.2.2 */
	  { true, true, true, true, true, true, true, true, true },
	  { NONE, NONE, IN, IN, NONE, IN, FROM, FROM, FROM } },
	{ SUBSCRIBED, /* A.2.3 */
	  { false, false, true, true, false, true, false, false, false },
	  { NONE, OUT, FROM, FROM | OUT, TO, BOTH, FROM, FROM | OUT, BOTH } },
	{ UNSUBSCRIBED, /* A.2.4 */
	  { false, false, true, true, false, true, true, true, true },
	  { NONE, OUT, NONE, OUT, TO, TO, NONE, OUT, TO } },
};

static const struct table inbound[] = {
	{ SUBSCRIBE, /* A.3.1 */
	  { true, true, false, false, true, false, false, false, false },
	  { IN, OUT | IN, IN, OUT | IN, TO | IN, TO | IN, FROM, FROM | OUT, BOTH } },
	{ UNSUBSCRIBE, /* A.3.2 */
	  { false, false, true, true, false, true, true, true, true },
	  { NONE, OUT, NONE, OUT, TO, TO, NONE, OUT, TO } },
	{ SUBSCRIBED, /* A.3.3 */
	  { false, true, false, true, false, false, false, true, false },
	  { NONE, TO, IN, TO | IN, TO, TO | IN, FROM, BOTH, BOTH } },
	{ UNSUBSCRIBED, /* A.3.4 */
	  { false, true, false, true, true, true, false, true, true },
	  { NONE, NONE, IN, IN, NONE, IN, FROM, FROM, FROM } },
};

static void check(const struct table *t,
		  struct subscription_change (*rule)(unsigned, enum subscription_verb))
{
	for (size_t i = 0; i < STATES; i++) {
		/* Listed or not, the state is the same. */
		for (unsigned listed = 0; listed <= ROSTER_LISTED; listed += ROSTER_LISTED) {
			struct subscription_change c = rule(states[i] | listed, t->verb);
			unsigned flags = c.flags & ~(unsigned)(ROSTER_LISTED | ROSTER_APPROVED);

			if (flags != t->after[i] || c.is_passed_on != t->is_passed_on[i])
				fail_msg("verb %d, state %u: became %u, passed on %d", (int)t->verb,
					 states[i], flags, c.is_passed_on);
		}
	}
}

static void outbound_tables(void **state)
{
	for (size_t i = 0; i < array_len(outbound); i++)
		check(&outbound[i], subscription_out);
}

static void inbound_tables(void **state)
{
	for (size_t i = 0; i < array_len(inbound); i++)
		check(&inbound[i], subscription_in);
}

/* Presence begins to be seen, and ceases, with FROM and nothing else. */
static void presence_follows_from(void **state)
{
	for (size_t i = 0; i < STATES; i++) {
		for (enum subscription_verb verb = SUBSCRIBE; verb <= UNSUBSCRIBED; verb++) {
			struct subscription_change changes[] = { subscription_out(states[i], verb),
								 subscription_in(states[i], verb) };

			for (size_t k = 0; k < array_len(changes); k++) {
				bool before = states[i] & ROSTER_FROM,
				     after = changes[k].flags & ROSTER_FROM;

				assert_int_equal(changes[k].is_shown, after && !before);
				assert_int_equal(changes[k].is_hidden, before && !after);
			}
		}
	}
}

/* RFC 6121 3.4: approval before the request. */
static void pre_approval(void **state)
{
	struct subscription_change c = subscription_out(NONE, SUBSCRIBED);

	assert_int_equal(c.flags, ROSTER_APPROVED | ROSTER_LISTED);
	assert_true(c.is_push);
	assert_false(c.is_passed_on);
	c = subscription_in(c.flags, SUBSCRIBE);
	assert_int_equal(c.flags, ROSTER_FROM | ROSTER_LISTED);
	assert_true(c.is_answered && c.is_shown && c.is_push);
	assert_false(c.is_passed_on);
	c = subscription_out(ROSTER_APPROVED | ROSTER_LISTED | TO, UNSUBSCRIBED);
	assert_int_equal(c.flags, ROSTER_LISTED | TO);
	assert_true(c.is_push);
	assert_false(c.is_passed_on);
}

/* A request that nobody has answered shows in no roster: RFC 6121 3.1.3. */
static void requests_are_not_pushed(void **state)
{
	struct subscription_change c = subscription_in(NONE, SUBSCRIBE);

	assert_false(c.is_push);
	assert_false(c.flags & ROSTER_LISTED);
	c = subscription_in(ROSTER_LISTED | TO, SUBSCRIBE);
	assert_false(c.is_push);
	c = subscription_in(FROM | ROSTER_LISTED, SUBSCRIBE);
	assert_true(c.is_answered);
	assert_false(c.is_push);
}

UNIT_TESTS(model_subscription, cmocka_unit_test(outbound_tables), cmocka_unit_test(inbound_tables),
	   cmocka_unit_test(presence_follows_from), cmocka_unit_test(pre_approval),
	   cmocka_unit_test(requests_are_not_pushed));
