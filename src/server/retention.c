/* SPDX-License-Identifier: Apache-2.0 */
/* The round of retention.h: one look-up or one removal is under way at a time, so that it never
 * stands in the way of messages. The first worker's loop. */
#include "server/retention.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "server/model/account.h"

enum { ACCOUNTS_PAGE = 100 /* accounts read at a time */ };

static const usec_t ROUND_USEC = USEC_PER_HOUR;      /* between two rounds, at most */
static const usec_t ROUND_LEAST_USEC = USEC_PER_SEC; /* and at least */
static const usec_t LOOK_USEC = USEC_PER_MIN;        /* between two looks at the settings */

static const struct conf_key keys[] = {
	{ "archive.keep", CONF_DURATION, "\"0s\"", 0, 36500 * USEC_PER_DAY,
	  "How long messages are kept, offline ones too; 0s: for ever. \"parleyctl user retention\" "
	  "sets it for one account." },
	{ .path = NULL },
};

const struct conf_table retention_conf_table = { .module = "Retention", .keys = keys };

struct retention {
	struct home *home;
	struct timer timer;
	struct arena page;    /* of the accounts of this step */
	struct str *accounts; /* count of them */
	unsigned count, at;   /* at: the next one */
	bool has_more;        /* behind this page */
	usec_t shortest;      /* of this round, 0: nothing is ever removed */
	usec_t ended;         /* the last round */
	uint64_t removed;     /* in this round */
};

static void next_account(struct retention *r);

/* ---- the round ---- */

/* A quarter of the time that messages live, so that none lives much longer. */
static usec_t pause_after(usec_t shortest)
{
	usec_t pause = shortest / 4;

	if (!shortest || pause > ROUND_USEC)
		return ROUND_USEC;
	return pause < ROUND_LEAST_USEC ? ROUND_LEAST_USEC : pause;
}

/* Of the next round; a reload may have made it sooner. */
static usec_t due_at(const struct retention *r)
{
	usec_t by_round = pause_after(r->shortest);
	usec_t by_conf = pause_after(conf_duration(r->home->conf, "archive.keep"));

	return r->ended + (by_conf < by_round ? by_conf : by_round);
}

static void wait_until_due(struct retention *r)
{
	usec_t left = due_at(r) - loop_now(r->home->loop);

	loop_timer(r->home->loop, &r->timer, left < LOOK_USEC ? left : LOOK_USEC);
}

static void end_round(struct retention *r)
{
	if (r->removed)
		log_info(NULL, "old messages removed", F_INT("entries", (int64_t)r->removed));
	r->ended = loop_now(r->home->loop);
	wait_until_due(r);
}

static void count_limit(struct retention *r, usec_t keep)
{
	if (keep && (!r->shortest || keep < r->shortest))
		r->shortest = keep;
}

/* ---- one account ---- */

static void on_expired(void *arg, enum err err, uint64_t removed)
{
	struct retention *r = arg;

	if (err)
		log_error(NULL, "old messages could not be removed", F_ERR(err),
			  F_STR("jid", r->accounts[r->at - 1]));
	r->removed += removed;
	metric_add(METRIC_EXPIRED, (int64_t)removed);
	next_account(r);
}

static usec_t limit_of(const struct retention *r, const struct store_answer *answer)
{
	usec_t keep = conf_duration(r->home->conf, "archive.keep");

	if (!answer->rows || account_retention_decode(answer->rows->value, &keep) == OK)
		return keep;
	log_error(NULL, "the retention of an account cannot be read: its messages stay",
		  F_STR("jid", r->accounts[r->at - 1]), F_STR("value", answer->rows->value));
	return ACCOUNT_KEEP_FOREVER;
}

static void on_limit(void *arg, struct store_answer *answer)
{
	struct retention *r = arg;
	usec_t keep = answer->err ? ACCOUNT_KEEP_FOREVER : limit_of(r, answer);
	usec_t before = wall_now() - keep;

	count_limit(r, keep);
	if (keep && before > 0)
		store_expire(r->home->store, r->accounts[r->at - 1], before, on_expired, r);
	else
		next_account(r);
}

/* ---- a page of accounts ---- */

static void on_page(void *arg, struct store_answer *answer)
{
	struct retention *r = arg;

	if (answer->err) {
		log_error(NULL, "old messages are not looked for: no accounts", F_ERR(answer->err));
		end_round(r);
		return;
	}
	arena_done(&r->page);
	arena_init(&r->page, SIZE_MAX);
	r->at = 0;
	r->count = answer->account_count;
	r->has_more = answer->has_more && r->count > 0;
	r->accounts = arena_alloc(&r->page, (r->count + 1) * sizeof(*r->accounts));
	for (unsigned i = 0; i < r->count; i++)
		r->accounts[i] = arena_dup(&r->page, answer->accounts[i].owner);
	next_account(r);
}

static void read_page(struct retention *r, struct str after)
{
	struct store_request request = { .kind = READ_ACCOUNTS,
					 .after_key = after,
					 .max = ACCOUNTS_PAGE };

	store_read(r->home->store, &request, on_page, r);
}

static void next_account(struct retention *r)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .space = ACCOUNT_RETENTION_SPACE,
					 .key = STR("") };

	if (r->at == r->count && r->has_more) {
		read_page(r, r->accounts[r->count - 1]);
		return;
	}
	if (r->at == r->count) {
		end_round(r);
		return;
	}
	request.owner = r->accounts[r->at++];
	store_read(r->home->store, &request, on_limit, r);
}

/* ---- beginning ---- */

static void begin_round(struct retention *r)
{
	r->shortest = 0;
	r->removed = 0;
	read_page(r, STR_NONE);
}

static void on_timer(struct timer *t)
{
	struct retention *r = container_of(t, struct retention, timer);

	if (loop_now(r->home->loop) < due_at(r))
		wait_until_due(r);
	else
		begin_round(r);
}

struct retention *retention_new(struct home *h)
{
	struct retention *r = mem_zalloc(1, sizeof(*r));

	r->home = h;
	arena_init(&r->page, SIZE_MAX);
	r->timer.fn = on_timer;
	r->ended = -ROUND_USEC;
	loop_timer(h->loop, &r->timer, 0);
	return r;
}

void retention_free(struct retention **retention)
{
	struct retention *r = *retention;

	*retention = NULL;
	if (!r)
		return;
	loop_timer_stop(r->home->loop, &r->timer);
	arena_done(&r->page);
	mem_free(r);
}
