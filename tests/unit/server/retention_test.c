/* SPDX-License-Identifier: Apache-2.0 */
/* server/retention: whose messages go, and when. */
#include "server/retention.h"

#include "base/metric.h"
#include "server/model/account.h"

#include "support/server/route/route_bed.h"
#include "support/server/store/memory_store.h"
#include "support/unit.h"

#include <stdio.h>

enum { MANY = 250 /* accounts: more than a page of the round */ };

static const struct feature settings = { .name = "retention",
					 .spec = "-",
					 .conf = &retention_conf_table };
static const struct feature *const features[] = { &settings, NULL };

struct bed {
	struct route_bed *route;
	struct retention *retention;
	bool is_done;
	enum err err;
	unsigned entries;
};

static struct bed open_bed(const char *conf)
{
	return (struct bed){ .route = route_bed_new(features, conf) };
}

static void close_bed(struct bed *b)
{
	retention_free(&b->retention);
	route_bed_free(&b->route);
}

static void turn(struct bed *b)
{
	b->is_done = false;
}

static void wait_done(struct bed *b)
{
	loop_run_until(route_bed_home(b->route)->loop, &b->is_done, 20 * USEC_PER_SEC);
	assert_true(b->is_done);
}

/* ---- messages of a certain age ---- */

struct putting {
	struct bed *bed;
	const char *name;
	usec_t age;
};

static void on_put(struct txn *t)
{
	struct bed *b = t->arg;

	b->err = t->err;
	b->is_done = true;
	txn_free(&t);
}

static void put(void *arg)
{
	struct putting *p = arg;
	char owner[64];
	struct archive_entry entry = { .peer = STR("juliet@localhost"), .flags = ARCHIVE_IN };
	struct txn *t = txn_new();

	(void)snprintf(owner, sizeof(owner), "%s@localhost", p->name);
	entry.owner = str_from(owner);
	entry.seq = wall_now() - p->age;
	txn_append(t, entry.seq, STR("<message/>"), &entry, 1);
	t->done = on_put;
	t->arg = p->bed;
	store_commit(route_bed_home(p->bed->route)->store, t);
}

static void add_message(struct bed *b, const char *name, usec_t age)
{
	struct putting p = { .bed = b, .name = name, .age = age };

	turn(b);
	route_bed_call(b->route, put, &p);
	wait_done(b);
	assert_int_equal(b->err, OK);
}

static void on_entries(void *arg, struct store_answer *answer)
{
	struct bed *b = arg;

	assert_int_equal(answer->err, OK);
	b->entries = 0;
	for (const struct archive_row *row = answer->messages; row; row = row->next)
		b->entries++;
	b->is_done = true;
}

static void ask(void *arg)
{
	struct putting *p = arg;
	char owner[64];
	struct store_request request = { .kind = READ_ARCHIVE, .archive = { .max = 100 } };

	(void)snprintf(owner, sizeof(owner), "%s@localhost", p->name);
	request.owner = str_from(owner);
	store_read(route_bed_home(p->bed->route)->store, &request, on_entries, p->bed);
}

static unsigned count(struct bed *b, const char *name)
{
	struct putting p = { .bed = b, .name = name };

	turn(b);
	route_bed_call(b->route, ask, &p);
	wait_done(b);
	return b->entries;
}

static void start(void *arg)
{
	struct bed *b = arg;

	b->retention = retention_new(route_bed_home(b->route));
}

/* Runs until so many entries have gone in all, and a little longer: no more may go. */
static void run_round(struct bed *b, int64_t goal)
{
	usec_t end = clock_now() + 20 * USEC_PER_SEC;
	int64_t before = metric_sum(METRIC_EXPIRED);
	static const bool never = false;

	if (!b->retention)
		route_bed_call(b->route, start, b);
	while (metric_sum(METRIC_EXPIRED) - before < goal && clock_now() < end)
		loop_run_until(route_bed_home(b->route)->loop, &never, 10 * USEC_PER_MSEC);
	loop_run_until(route_bed_home(b->route)->loop, &never, 100 * USEC_PER_MSEC);
	assert_int_equal(metric_sum(METRIC_EXPIRED) - before, goal);
}

/* ---- tests ---- */

static void keeps_for_ever(unused_arg void **state)
{
	struct bed b = open_bed("");

	route_bed_account(b.route, "romeo");
	add_message(&b, "romeo", 20000 * USEC_PER_DAY);
	run_round(&b, 0);
	assert_int_equal(count(&b, "romeo"), 1);
	close_bed(&b);
}

static void keeps_as_long_as_is_said(unused_arg void **state)
{
	struct bed b = open_bed("archive = { keep = \"10d\"; };");
	static const char *const names[] = { "romeo", "juliet", "nurse", "tybalt" };

	for (size_t i = 0; i < array_len(names); i++)
		route_bed_account(b.route, names[i]);
	route_bed_row(b.route, "juliet", ACCOUNT_RETENTION_SPACE, STR(""), STR("0"));
	route_bed_row(b.route, "nurse", ACCOUNT_RETENTION_SPACE, STR(""), STR("86400000000"));
	route_bed_row(b.route, "tybalt", ACCOUNT_RETENTION_SPACE, STR(""), STR("ten days"));
	for (size_t i = 0; i < array_len(names); i++) {
		add_message(&b, names[i], 30 * USEC_PER_DAY);
		add_message(&b, names[i], 11 * USEC_PER_DAY);
		add_message(&b, names[i], 9 * USEC_PER_DAY);
		add_message(&b, names[i], USEC_PER_HOUR);
	}
	run_round(&b, 5);
	assert_int_equal(count(&b, "romeo"), 2);
	assert_int_equal(count(&b, "juliet"), 4);
	assert_int_equal(count(&b, "nurse"), 1);
	assert_int_equal(count(&b, "tybalt"), 4); /* what cannot be understood removes nothing */
	close_bed(&b);
}

static void goes_through_all_pages(unused_arg void **state)
{
	struct bed b = open_bed("archive = { keep = \"1d\"; };");
	char name[16];

	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "u%u", i);
		route_bed_account(b.route, name);
		add_message(&b, name, 2 * USEC_PER_DAY);
	}
	run_round(&b, MANY);
	close_bed(&b);
}

static void goes_round_again(unused_arg void **state)
{
	struct bed b = open_bed("archive = { keep = \"1s\"; };");

	route_bed_account(b.route, "romeo");
	run_round(&b, 0);
	add_message(&b, "romeo", 0);
	run_round(&b, 1);
	assert_int_equal(count(&b, "romeo"), 0);
	close_bed(&b);
}

static void goes_on_after_a_failure(unused_arg void **state)
{
	struct bed b = open_bed("archive = { keep = \"1s\"; };");

	route_bed_account(b.route, "juliet");
	route_bed_account(b.route, "romeo");
	add_message(&b, "juliet", USEC_PER_DAY);
	add_message(&b, "romeo", USEC_PER_DAY);
	memory_store_fail_commit(route_bed_store(b.route), 1, ERR_NO_SPACE);
	run_round(&b, 2); /* the one that failed goes with the next round */
	close_bed(&b);
}

UNIT_TESTS(retention, cmocka_unit_test(keeps_for_ever), cmocka_unit_test(keeps_as_long_as_is_said),
	   cmocka_unit_test(goes_through_all_pages), cmocka_unit_test(goes_round_again),
	   cmocka_unit_test(goes_on_after_a_failure));
