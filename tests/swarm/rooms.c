/* SPDX-License-Identifier: Apache-2.0 */
/* Rooms full of bees (XEP-0045). Account n sits in room n % rooms; the first accounts of each make
 * the room, and the first senders of each speak. Latency counts from sending to each delivery. */
#include "base/mem.h"
#include "base/random.h"
#include "modes.h"
#include "report.h"
#include "stamp.h"

/* An occupant that speaks. */
struct sender {
	uint64_t left;   /* deliveries of its last message that are to come */
	uint64_t copies; /* occupants of its room */
};

struct rooms {
	struct hive *hive;
	struct sender *senders; /* rooms * senders, account n is number n */
	struct order *orders;   /* an occupant and sender of its room */
	bool *is_in;            /* an account */
	uint32_t run;
	bool is_sending, is_measuring;
	uint64_t cursor, asked, joined; /* accounts */
	uint64_t sent, measured, lost, errors;
	struct tally tally;
	struct tally last; /* from sending a message to its last delivery */
};

/* ---- entering ---- */

static void join(struct rooms *r, struct bee *b)
{
	const struct options *opt = r->hive->opt;
	unsigned long long n = b->number, room = b->number % opt->rooms;

	r->asked++;
	bee_mark(b);
	if (sbuf_printf(
		    &b->wire.out,
		    "<presence to='%s-room%llu@conference.%s/%llu'>"
		    "<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>",
		    opt->prefix, room, opt->domain, n))
		r->hive->failed++;
}

/* XEP-0045 10.1.2: the room as it is; nobody else comes in before. */
static void unlock(struct rooms *r, struct bee *b)
{
	const struct options *opt = r->hive->opt;
	unsigned long long room = b->number % opt->rooms;

	bee_mark(b);
	if (sbuf_printf(&b->wire.out,
			"<iq type='set' id='unlock' to='%s-room%llu@conference.%s'>"
			"<query xmlns='http://jabber.org/protocol/muc#owner'>"
			"<x xmlns='jabber:x:data' type='submit'/></query></iq>",
			opt->prefix, room, opt->domain))
		r->hive->failed++;
}

static void is_in(struct rooms *r, struct bee *b)
{
	r->joined += !r->is_in[b->number];
	r->is_in[b->number] = true;
}

static bool has_code(struct str piece, struct str single, struct str dual)
{
	return piece_has(piece, single) || piece_has(piece, dual);
}

static void on_presence(struct hive *h, struct bee *b, struct str piece)
{
	struct rooms *r = h->arg;

	if (str_eq(piece_attr(piece, STR("type")), STR("error"))) {
		r->errors++;
		return;
	}
	if (!has_code(piece, STR("code='110'"), STR("code=\"110\"")))
		return;
	if (has_code(piece, STR("code='201'"), STR("code=\"201\"")))
		unlock(r, b);
	else
		is_in(r, b);
}

static void on_iq(struct hive *h, struct bee *b, struct str piece)
{
	struct rooms *r = h->arg;

	if (!str_eq(piece_attr(piece, STR("id")), STR("unlock")))
		return;
	if (str_eq(piece_attr(piece, STR("type")), STR("result")))
		is_in(r, b);
	else
		r->errors++;
}

/* The accounts below end come in, the makers of the rooms before all others. */
static bool enter(struct rooms *r, uint64_t end)
{
	struct hive *h = r->hive;

	while (r->joined < end && !r->errors && !h->failed && !hive_is_late(h)) {
		while (r->cursor < end && r->asked - r->joined < h->opt->concurrency)
			join(r, &h->bees[r->cursor++]);
		hive_step(h, clock_now() + USEC_PER_SEC);
	}
	return r->joined == end && !r->errors;
}

/* ---- speaking ---- */

static void speak(struct rooms *r, uint64_t number)
{
	const struct options *opt = r->hive->opt;
	struct bee *b = &r->hive->bees[number];
	struct stamp stamp = { .run = r->run, .number = b->sent, .due = clock_now() };

	if (b->state != BEE_READY)
		return;
	if (stamp_put_room(&b->wire.out, opt, number % opt->rooms, stamp)) {
		r->hive->failed++;
		return;
	}
	b->sent++;
	r->sent++;
	r->senders[number].left = r->senders[number].copies;
	bee_mark(b);
}

/* The account behind an occupant's address: its nick is its number. */
static bool read_sender(const struct rooms *r, struct str piece, uint64_t *ret_number)
{
	struct str from = piece_attr(piece, STR("from"));
	ptrdiff_t slash = str_index(from, '/');
	const struct options *opt = r->hive->opt;

	return slash > 0 && !str_to_u64(str_from_at(from, (size_t)slash + 1), ret_number) &&
	       *ret_number < opt->rooms * opt->senders;
}

static void on_message(struct hive *h, struct bee *b, struct str piece)
{
	struct rooms *r = h->arg;
	const struct options *opt = h->opt;
	struct stamp stamp;
	uint64_t n;
	usec_t took;

	if (str_eq(piece_attr(piece, STR("type")), STR("error"))) {
		r->errors++;
		return;
	}
	if (!stamp_read(piece, &stamp) || stamp.run != r->run || !read_sender(r, piece, &n) ||
	    !order_add(&r->orders[b->number * opt->senders + n / opt->rooms], stamp.number))
		return;
	took = clock_now() - stamp.due;
	r->senders[n].left--;
	if (r->is_measuring) {
		tally_add(&r->tally, took);
		r->measured++;
	}
	if (r->is_measuring && !r->senders[n].left)
		tally_add(&r->last, took);
	if (r->is_sending && !r->senders[n].left)
		speak(r, n);
}

static void talk(struct rooms *r, usec_t end)
{
	while (clock_now() < end && !r->errors && !r->hive->failed && !hive_is_late(r->hive))
		hive_step(r->hive, end);
}

static uint64_t to_come(const struct rooms *r)
{
	uint64_t sum = 0;

	for (uint64_t n = 0; n < r->hive->opt->rooms * r->hive->opt->senders; n++)
		sum += r->senders[n].left;
	return sum;
}

static void speak_for(struct rooms *r, struct usage *from, struct usage *to)
{
	const struct options *opt = r->hive->opt;
	usec_t end;

	r->is_sending = true;
	for (uint64_t n = 0; n < opt->rooms * opt->senders; n++) {
		r->senders[n].copies = (opt->users - n % opt->rooms + opt->rooms - 1) / opt->rooms;
		speak(r, n);
	}
	talk(r, clock_now() + (usec_t)opt->warmup_ms * USEC_PER_MSEC);
	r->is_measuring = true;
	*from = usage_now((pid_t)opt->pid);
	talk(r, from->at + (usec_t)opt->measure_ms * USEC_PER_MSEC);
	*to = usage_now((pid_t)opt->pid);
	r->is_measuring = r->is_sending = false;
	end = clock_now() + (usec_t)opt->drain_ms * USEC_PER_MSEC;
	while (to_come(r) && clock_now() < end)
		talk(r,
		     clock_now() + USEC_PER_SEC / 10 < end ? clock_now() + USEC_PER_SEC / 10 : end);
	r->lost = to_come(r);
}

/* ---- the run ---- */

static int tell(struct rooms *r, double join_us, const struct usage *from, const struct usage *to)
{
	const struct options *opt = r->hive->opt;
	uint64_t late = 0, twice = 0;
	struct report report;

	for (uint64_t i = 0; i < opt->users * opt->senders; i++) {
		late += r->orders[i].late;
		twice += r->orders[i].twice;
	}
	report_begin(&report, "rooms", opt);
	report_count(&report, "rooms", opt->rooms);
	report_count(&report, "senders", opt->senders);
	report_count(&report, "joined", r->joined);
	report_number(&report, "server_us_join", join_us);
	report_work(&report, from, to, r->measured);
	report_tally(&report, &r->tally);
	report_number(&report, "last_p50_ms", tally_ms(&r->last, 0.5));
	report_number(&report, "last_p95_ms", tally_ms(&r->last, 0.95));
	report_count(&report, "sent", r->sent);
	report_count(&report, "delivered", r->measured);
	report_count(&report, "lost", r->lost);
	report_count(&report, "out_of_order", late);
	report_count(&report, "twice", twice);
	report_count(&report, "errors", r->errors);
	return report_end(&report, r->hive,
			  r->measured && !r->lost && !late && !twice && !r->errors);
}

int rooms_run(struct hive *h)
{
	struct rooms r = { .hive = h, .run = (uint32_t)random_u64() };
	struct usage from = { .at = 0 }, to = { .at = 0 };
	double join_us = 0;
	int code;

	r.senders = mem_zalloc(h->opt->rooms * h->opt->senders, sizeof(*r.senders));
	r.orders = mem_zalloc(h->opt->users * h->opt->senders, sizeof(*r.orders));
	r.is_in = mem_zalloc(h->opt->users, sizeof(*r.is_in));
	h->arg = &r;
	h->on_message = on_message;
	h->on_presence = on_presence;
	h->on_iq = on_iq;
	if (hive_login(h)) {
		from = usage_now((pid_t)h->opt->pid);
		if (enter(&r, h->opt->rooms) && enter(&r, h->opt->users)) {
			to = usage_now((pid_t)h->opt->pid);
			join_us = (double)(to.cpu - from.cpu) / (double)h->opt->users;
			speak_for(&r, &from, &to);
		}
	}
	hive_quit(h);
	code = tell(&r, join_us, &from, &to);
	mem_free(r.senders);
	mem_free(r.orders);
	mem_free(r.is_in);
	return code;
}
