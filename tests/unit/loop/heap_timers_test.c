/* SPDX-License-Identifier: Apache-2.0 */
/* loop/loop: timers. */
#include "loop/loop.h"

#include "support/unit.h"

enum { ALARMS = 200 };

static const usec_t PATIENCE_USEC = 10 * USEC_PER_SEC;

struct clock {
	struct loop *loop;
	usec_t last; /* when the last one was due */
	unsigned rung;
	bool is_done;
};

struct alarm {
	struct timer timer;
	struct clock *clock;
	struct alarm *stops; /* another one, when it rings */
	usec_t due;
	bool is_last, has_rung, rings_again;
};

static void on_alarm(struct timer *t)
{
	struct alarm *a = container_of(t, struct alarm, timer);
	struct clock *c = a->clock;

	assert_true(loop_now(c->loop) >= a->due); /* never early */
	assert_true(a->due >= c->last);
	c->last = a->due;
	c->rung++;
	a->has_rung = true;
	if (a->stops)
		loop_timer_stop(c->loop, &a->stops->timer);
	if (a->rings_again) {
		a->rings_again = false;
		a->due = loop_now(c->loop) + USEC_PER_MSEC;
		loop_timer(c->loop, t, USEC_PER_MSEC);
	}
	c->is_done = a->is_last;
}

static void begin(struct alarm *a, struct clock *c, usec_t delay)
{
	a->timer.fn = on_alarm;
	a->clock = c;
	a->due = loop_now(c->loop) + delay;
	loop_timer(c->loop, &a->timer, delay);
}

static void rings_in_order(void **state)
{
	static struct alarm alarms[ALARMS];
	struct clock c = { .rung = 0 };

	assert_int_equal(loop_new(0, &c.loop), OK);
	for (unsigned i = 0; i < ALARMS; i++) /* 7919 is a prime: every place comes once */
		begin(&alarms[i], &c, (usec_t)(i * 7919 % ALARMS) * 100);
	for (unsigned i = 0; i < ALARMS; i++)
		alarms[i].is_last = i * 7919 % ALARMS == ALARMS - 1;
	loop_run_until(c.loop, &c.is_done, PATIENCE_USEC);
	assert_int_equal(c.rung, ALARMS);
	loop_free(&c.loop);
}

static void stops_and_starts_again(void **state)
{
	struct alarm first = { .stops = NULL }, second = { .stops = NULL },
		     again = { .rings_again = true }, last = { .is_last = true };
	struct clock c = { .rung = 0 };

	assert_int_equal(loop_new(0, &c.loop), OK);
	first.stops = &second;
	begin(&first, &c, 0);
	begin(&second, &c, 1); /* due in the same turn, perhaps */
	begin(&again, &c, 2);
	begin(&last, &c, 60 * USEC_PER_SEC);
	begin(&last, &c, 30 * USEC_PER_MSEC); /* the later word counts */
	loop_run_until(c.loop, &c.is_done, PATIENCE_USEC);
	assert_true(first.has_rung && again.has_rung && last.has_rung);
	assert_false(second.has_rung);
	assert_int_equal(c.rung, 4);
	loop_timer_stop(c.loop, &second.timer); /* harmless */
	loop_free(&c.loop);
}

/* More milliseconds than an int holds: the wait must not wrap to something else. */
static void waits_for_months(void **state)
{
	struct alarm far = { .stops = NULL }, near = { .is_last = true };
	struct clock c = { .rung = 0 };

	assert_int_equal(loop_new(0, &c.loop), OK);
	begin(&far, &c, 100 * USEC_PER_DAY);
	begin(&near, &c, 5 * USEC_PER_MSEC);
	loop_run_until(c.loop, &c.is_done, PATIENCE_USEC);
	assert_true(near.has_rung);
	c.is_done = false;
	loop_run_until(c.loop, &c.is_done, 10 * USEC_PER_MSEC);
	assert_false(far.has_rung);
	loop_timer_stop(c.loop, &far.timer);
	loop_free(&c.loop);
}

UNIT_TESTS(loop_timers, cmocka_unit_test(rings_in_order), cmocka_unit_test(stops_and_starts_again),
	   cmocka_unit_test(waits_for_months));
