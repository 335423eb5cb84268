/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of bees that send each other numbered, dated messages: bee 2i talks with bee 2i + 1. Every
 * message is looked at for loss, order and doubles; latency counts from the time it was due (open
 * loop) or sent (closed loop). */
#include "base/random.h"
#include "modes.h"
#include "report.h"
#include "stamp.h"

struct chat {
	struct hive *hive;
	struct tally tally;
	uint32_t run; /* tells this run's messages from leftovers */
	bool is_sending, is_measuring, is_open;
	uint64_t sent, delivered, measured, errors;
};

static struct usage use_of(const struct hive *h)
{
	return usage_of_both((pid_t)h->opt->pid, (pid_t)h->opt->other_pid);
}

static void send_one(struct chat *c, struct bee *b, usec_t due)
{
	struct stamp stamp = { .run = c->run, .number = b->sent, .due = due };

	if (b->state != BEE_READY)
		return;
	if (stamp_put(&b->wire.out, c->hive->opt, b->number ^ 1, stamp)) {
		c->hive->failed++;
		return;
	}
	b->sent++;
	c->sent++;
	bee_mark(b);
}

static void on_message(struct hive *h, struct bee *b, struct str piece)
{
	struct chat *c = h->arg;
	struct stamp stamp;
	usec_t now = clock_now();

	if (str_eq(piece_attr(piece, STR("type")), STR("error"))) {
		c->errors++;
		return;
	}
	if (!stamp_read(piece, &stamp) || stamp.run != c->run ||
	    !order_add(&b->order, stamp.number))
		return;
	c->delivered++;
	if (c->is_measuring) {
		tally_add(&c->tally, now - stamp.due);
		c->measured++;
	}
	if (c->is_sending && !c->is_open)
		send_one(c, b, now);
}

/* Closed loop: the first messages. What comes in keeps it going. */
static void begin_closed(struct chat *c)
{
	for (size_t i = 0; i < c->hive->opt->users; i += 2)
		for (uint64_t w = 0; w < c->hive->opt->window; w++)
			send_one(c, &c->hive->bees[i + (w & 1)], clock_now());
}

/* Lets the pairs talk until end. The open loop's message number *turn is due at start + *turn /
 * rate. */
static void talk(struct chat *c, usec_t end, usec_t start, uint64_t *turn)
{
	struct hive *h = c->hive;
	usec_t now = clock_now();

	while (now < end && !h->failed && !hive_is_late(h)) {
		usec_t next = end;

		if (c->is_open) {
			next = start + (usec_t)(*turn * USEC_PER_SEC / h->opt->rate);
			while (next <= now) {
				send_one(c, &h->bees[*turn % h->opt->users], next);
				++*turn;
				next = start + (usec_t)(*turn * USEC_PER_SEC / h->opt->rate);
			}
		}
		hive_step(h, next < end ? next : end);
		now = clock_now();
	}
}

static void drain(struct chat *c)
{
	usec_t end = clock_now() + (usec_t)c->hive->opt->drain_ms * USEC_PER_MSEC;

	c->is_sending = false;
	while (c->delivered < c->sent && clock_now() < end && !c->hive->failed &&
	       !hive_is_late(c->hive))
		hive_step(c->hive, end);
}

static int tell(struct chat *c, const struct usage *from, const struct usage *to)
{
	struct hive *h = c->hive;
	uint64_t late = 0, twice = 0,
		 lost = c->sent - c->delivered; /* doubles are not in delivered */
	struct report report;

	for (size_t i = 0; i < h->opt->users; i++) {
		late += h->bees[i].order.late;
		twice += h->bees[i].order.twice;
	}
	report_begin(&report, "chat", h->opt);
	report_count(&report, c->is_open ? "rate" : "window",
		     c->is_open ? h->opt->rate : h->opt->window);
	report_count(&report, "body", h->opt->body);
	report_work(&report, from, to, c->measured);
	report_tally(&report, &c->tally);
	report_count(&report, "sent", c->sent);
	report_count(&report, "delivered", c->delivered);
	report_count(&report, "lost", lost);
	report_count(&report, "out_of_order", late);
	report_count(&report, "twice", twice);
	report_count(&report, "errors", c->errors);
	return report_end(&report, h, c->measured && !lost && !late && !twice && !c->errors);
}

int chat_run(struct hive *h)
{
	struct chat c = { .hive = h, .run = (uint32_t)random_u64(), .is_open = h->opt->rate > 0 };
	struct usage from, to;
	uint64_t turn = 0;
	usec_t start;

	h->arg = &c;
	h->on_message = on_message;
	if (hive_login(h)) {
		c.is_sending = true;
		start = clock_now();
		if (!c.is_open)
			begin_closed(&c);
		talk(&c, start + (usec_t)h->opt->warmup_ms * USEC_PER_MSEC, start, &turn);
		c.is_measuring = true;
		from = use_of(h);
		talk(&c, from.at + (usec_t)h->opt->measure_ms * USEC_PER_MSEC, start, &turn);
		to = use_of(h);
		c.is_measuring = false;
		drain(&c);
	} else {
		from = use_of(h);
		to = use_of(h);
	}
	hive_quit(h);
	return tell(&c, &from, &to);
}
