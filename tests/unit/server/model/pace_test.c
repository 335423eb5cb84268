/* SPDX-License-Identifier: Apache-2.0 */
/* model/pace: how often strangers may do what they do. */
#include "server/model/pace.h"

#include "support/unit.h"

#include <stdio.h>

#define WORD  STR("word")
#define NOONE STR("")

static const struct pace_limits limits = { .requests = { 3, USEC_PER_HOUR },
					   .domain_requests = { 5, USEC_PER_HOUR },
					   .people = { 2, USEC_PER_HOUR },
					   .domain_people = { 3, USEC_PER_HOUR },
					   .messages = { 4, USEC_PER_HOUR },
					   .joins = { 2, USEC_PER_MIN },
					   .domain_joins = { 3, USEC_PER_MIN } };

static const struct pace_stranger tybalt = { STR_INIT("tybalt@evil.example"),
					     STR_INIT("evil.example") };
static const struct pace_stranger paris = { STR_INIT("paris@evil.example"),
					    STR_INIT("evil.example") };
static const struct pace_stranger romeo = { STR_INIT("romeo@good.example"),
					    STR_INIT("good.example") };

static usec_t now = USEC_PER_DAY;

static void pass(usec_t time)
{
	now += time;
	clock_fake(now, now);
}

static int begin(void **state)
{
	*state = pace_new();
	pass(2 * PACE_TALK_USEC);
	return 0;
}

static int end(void **state)
{
	struct pace *p = *state;

	pace_free(&p);
	clock_real();
	return 0;
}

static void takes_what_there_is(void **state)
{
	struct pace *p = *state;
	const struct pace_rate rate = { 4, USEC_PER_HOUR };

	for (int i = 0; i < 4; i++)
		assert_true(pace_take(p, WORD, STR("a"), NOONE, rate));
	assert_false(pace_take(p, WORD, STR("a"), NOONE, rate));
	assert_true(pace_take(p, STR("other"), STR("a"), NOONE, rate));
	assert_true(pace_take(p, WORD, STR("b"), NOONE, rate));
	assert_true(pace_take(p, WORD, NOONE, STR("a"), rate)); /* which is another name */
	pass(USEC_PER_HOUR / 4);
	assert_true(pace_take(p, WORD, STR("a"), NOONE, rate));
	assert_false(pace_take(p, WORD, STR("a"), NOONE, rate));
	pass(10 * USEC_PER_HOUR); /* never more than max at once */
	for (int i = 0; i < 4; i++)
		assert_true(pace_take(p, WORD, STR("a"), NOONE, rate));
	assert_false(pace_take(p, WORD, STR("a"), NOONE, rate));
}

/* Who goes on trying gets as much as who waits. */
static void does_not_punish(void **state)
{
	struct pace *p = *state;
	const struct pace_rate rate = { 1, USEC_PER_MIN };

	assert_true(pace_take(p, WORD, STR("a"), NOONE, rate));
	for (int i = 0; i < 6; i++) {
		pass(9 * USEC_PER_SEC);
		assert_false(pace_take(p, WORD, STR("a"), NOONE, rate));
	}
	pass(7 * USEC_PER_SEC);
	assert_true(pace_take(p, WORD, STR("a"), NOONE, rate));
}

static void no_limit(void **state)
{
	const struct pace_rate rate = { 0, USEC_PER_MIN };

	for (int i = 0; i < 1000; i++)
		assert_true(pace_take(*state, WORD, STR("a"), NOONE, rate));
}

static void counts_requests_of_one_and_of_all(void **state)
{
	struct pace *p = *state;

	for (int i = 0; i < 3; i++)
		assert_true(pace_request(p, &limits, tybalt));
	assert_false(pace_request(p, &limits, tybalt));
	assert_true(pace_request(p, &limits, paris));
	assert_true(pace_request(p, &limits, paris));
	assert_false(pace_request(p, &limits, paris)); /* his domain's fifth is gone */
	assert_true(pace_request(p, &limits, romeo));
}

static void counts_people_not_messages(void **state)
{
	struct pace *p = *state;

	for (int i = 0; i < 3; i++)
		assert_true(pace_message(p, &limits, tybalt, STR("a@here")));
	assert_true(pace_message(p, &limits, tybalt, STR("b@here")));
	assert_false(pace_message(p, &limits, tybalt, STR("c@here")));
	assert_false(pace_message(p, &limits, tybalt, STR("c@here")));
	assert_true(pace_message(p, &limits, tybalt, STR("a@here")));
	assert_false(pace_message(p, &limits, tybalt, STR("a@here"))); /* four are enough */
	assert_true(pace_message(p, &limits, paris, STR("c@here")));
	assert_false(pace_message(p, &limits, paris, STR("d@here"))); /* the domain's third */
	pass(USEC_PER_HOUR);
	assert_true(pace_message(p, &limits, tybalt, STR("c@here")));
}

static void who_was_written_to_is_free(void **state)
{
	struct pace *p = *state;

	pace_wrote(p, STR("a@here"), tybalt.sender);
	for (int i = 0; i < 50; i++)
		assert_true(pace_message(p, &limits, tybalt, STR("a@here")));
	assert_true(pace_message(p, &limits, tybalt, STR("b@here")));
	assert_true(pace_message(p, &limits, tybalt, STR("c@here")));
	assert_false(pace_message(p, &limits, tybalt, STR("d@here")));
	pass(PACE_TALK_USEC);
	for (int i = 0; i < 4; i++)
		assert_true(pace_message(p, &limits, tybalt, STR("a@here")));
	assert_false(pace_message(p, &limits, tybalt, STR("a@here")));
}

static void counts_joins(void **state)
{
	struct pace *p = *state;

	assert_true(pace_join(p, &limits, tybalt));
	assert_true(pace_join(p, &limits, tybalt));
	assert_false(pace_join(p, &limits, tybalt));
	assert_true(pace_join(p, &limits, paris));
	assert_false(pace_join(p, &limits, paris));
	assert_true(pace_join(p, &limits, romeo));
	pass(USEC_PER_MIN);
	assert_true(pace_join(p, &limits, tybalt));
}

/* More names than there are places: nobody pays for others, and who has used much is kept. */
static void a_flood_counts_against_nobody(void **state)
{
	struct pace *p = *state;
	const struct pace_rate rate = { 20, USEC_PER_HOUR };
	char name[16];

	for (int i = 0; i < 20; i++)
		assert_true(pace_take(p, WORD, STR("romeo"), NOONE, rate));
	for (int i = 0; i < 300000; i++) {
		(void)snprintf(name, sizeof(name), "user%d", i);
		assert_true(pace_take(p, WORD, str_from(name), NOONE, rate));
	}
	assert_false(pace_take(p, WORD, STR("romeo"), NOONE, rate));
}

#define IN_TIME(test) cmocka_unit_test_setup_teardown(test, begin, end)

UNIT_TESTS(model_pace, IN_TIME(takes_what_there_is), IN_TIME(does_not_punish), IN_TIME(no_limit),
	   IN_TIME(counts_requests_of_one_and_of_all), IN_TIME(counts_people_not_messages),
	   IN_TIME(who_was_written_to_is_free), IN_TIME(counts_joins),
	   IN_TIME(a_flood_counts_against_nobody));
