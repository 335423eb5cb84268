/* SPDX-License-Identifier: Apache-2.0 */
/* Archives are filled by pairs that talk in a closed loop, then read page by page (XEP-0313 4,
 * XEP-0059 2.2), oldest first, one page under way a reader. Latency counts from the question to
 * the <fin/> of its page. */
#include "base/mem.h"
#include "base/random.h"
#include "modes.h"
#include "report.h"
#include "stamp.h"

#define PLACE_MAX 256 /* bytes of an archive's id */

/* One account's way through its archive. */
struct reader {
	bool is_reading;
	uint64_t query; /* number of the question that is under way */
	uint64_t rows;  /* results of this page so far */
	usec_t asked;
	char place[PLACE_MAX + 1]; /* <last/> of the page before, as it was sent; "" at first */
	struct order sent, got;    /* this run's messages, by direction, in this pass */
};

struct archive {
	struct hive *hive;
	struct reader *readers; /* one an account */
	uint32_t run;           /* tells this run's messages from leftovers */
	bool is_filling, is_measuring;
	bool is_open;    /* who is through makes room for the next */
	uint64_t cursor; /* the account that reads next */
	uint64_t active; /* readers on their way */
	uint64_t queries;
	uint64_t delivered;       /* while filling */
	uint64_t pages, messages; /* in the window */
	uint64_t passes, lost, late, twice, errors;
	struct tally tally;
};

/* ---- filling ---- */

static void send_one(struct archive *a, struct bee *b)
{
	struct stamp stamp = { .run = a->run, .number = b->sent, .due = clock_now() };

	if (b->state != BEE_READY || b->sent == a->hive->opt->messages / 2)
		return;
	if (stamp_put(&b->wire.out, a->hive->opt, b->number ^ 1, stamp)) {
		a->hive->failed++;
		return;
	}
	b->sent++;
	bee_mark(b);
}

static void on_delivery(struct archive *a, struct bee *b, struct str piece)
{
	struct stamp stamp;

	if (str_eq(piece_attr(piece, STR("type")), STR("error"))) {
		a->errors++;
		return;
	}
	if (!stamp_read(piece, &stamp) || stamp.run != a->run ||
	    !order_add(&b->order, stamp.number))
		return;
	a->delivered++;
	send_one(a, b);
}

/* Each delivery sends the next one, until both of a pair have sent their half. */
static bool fill(struct archive *a)
{
	struct hive *h = a->hive;
	uint64_t wanted = h->opt->users / 2 * h->opt->messages;

	a->is_filling = true;
	for (size_t i = 0; i < h->opt->users; i++)
		for (uint64_t w = i & 1; w < h->opt->window; w += 2)
			send_one(a, &h->bees[i]);
	while (a->delivered < wanted && !a->errors && !h->failed && !hive_is_late(h))
		hive_step(h, clock_now() + USEC_PER_SEC);
	a->is_filling = false;
	return a->delivered == wanted && !a->errors;
}

/* ---- reading ---- */

static enum err put_query(struct sbuf *out, const struct options *opt, const struct reader *r)
{
	unsigned long long query = r->query, page = opt->page;
	enum err e = sbuf_printf(out,
				 "<iq type='set' id='page-%llu'><query xmlns='urn:xmpp:mam:2' "
				 "queryid='q%llu'><set xmlns='http://jabber.org/protocol/rsm'>"
				 "<max>%llu</max>",
				 query, query, page);

	if (!e && r->place[0])
		e = sbuf_printf(out, "<after>%s</after>", r->place);
	return e ? e : sbuf_lit(out, "</set></query></iq>");
}

static void ask(struct archive *a, struct bee *b)
{
	struct reader *r = &a->readers[b->number];

	r->query = ++a->queries;
	r->rows = 0;
	r->asked = clock_now();
	if (put_query(&b->wire.out, a->hive->opt, r))
		a->hive->failed++;
	bee_mark(b);
}

/* The next account in turn that is not reading yet, or NULL. */
static struct bee *next_free(struct archive *a)
{
	for (uint64_t i = 0; i < a->hive->opt->users; i++) {
		struct bee *b = &a->hive->bees[a->cursor];

		a->cursor = (a->cursor + 1) % a->hive->opt->users;
		if (b->state == BEE_READY && !a->readers[b->number].is_reading)
			return b;
	}
	return NULL;
}

static void begin_pass(struct archive *a)
{
	struct bee *b = next_free(a);

	if (!b)
		return; /* fewer accounts than readers, or a failure, which is counted */
	a->readers[b->number] = (struct reader){ .is_reading = true };
	a->active++;
	ask(a, b);
}

/* What of one direction is not there. */
static uint64_t missing(const struct archive *a, const struct order *o)
{
	return a->hive->opt->messages / 2 - (o->next - o->skipped);
}

static void end_pass(struct archive *a, struct reader *r, bool is_whole)
{
	r->is_reading = false;
	a->active--;
	a->late += r->sent.late + r->got.late;
	a->twice += r->sent.twice + r->got.twice;
	if (!is_whole) {
		a->errors++;
		return;
	}
	a->lost += missing(a, &r->sent) + missing(a, &r->got);
	a->passes++;
	if (a->is_open)
		begin_pass(a);
}

/* The tag that begins with text, and what is behind it. */
static struct str tag_in(struct str piece, struct str text)
{
	ptrdiff_t at = str_find(piece, text);

	return at < 0 ? STR_NONE : str_from_at(piece, (size_t)at);
}

/* Whether the forwarded message went to this account (and not to its peer). */
static bool is_to(struct str inner, const struct options *opt, const struct bee *b)
{
	struct str to = piece_attr(inner, STR("to")), prefix = str_from(opt->prefix);
	ptrdiff_t at = str_index(to, '@');
	uint64_t number;

	return at >= (ptrdiff_t)prefix.len && str_starts(to, prefix) &&
	       !str_to_u64(str_sub(to, prefix.len, (size_t)at - prefix.len), &number) &&
	       number == b->number;
}

static void on_row(struct archive *a, struct bee *b, struct str piece)
{
	struct reader *r = &a->readers[b->number];
	struct str inner = tag_in(tag_in(piece, STR("<forwarded")), STR("<message"));
	struct stamp stamp;

	if (!r->is_reading || !inner.len)
		return;
	r->rows++;
	if (stamp_read(inner, &stamp) && stamp.run == a->run)
		(void)order_add(is_to(inner, a->hive->opt, b) ? &r->got : &r->sent,
				stamp.number); /* it counts for itself */
}

/* The place behind this page; false: there is none. */
static bool keep_place(struct reader *r, struct str last)
{
	if (!last.len || last.len > PLACE_MAX)
		return false;
	memcpy(r->place, last.ptr, last.len);
	r->place[last.len] = 0;
	return true;
}

static void on_page(struct archive *a, struct bee *b, struct str fin)
{
	struct reader *r = &a->readers[b->number];
	struct str complete = piece_attr(fin, STR("complete"));
	bool is_last = str_eq(complete, STR("true")) || str_eq(complete, STR("1"));

	if (a->is_measuring) {
		tally_add(&a->tally, clock_now() - r->asked);
		a->pages++;
		a->messages += r->rows;
	}
	if (is_last)
		end_pass(a, r, true);
	else if (r->rows && keep_place(r, piece_text(fin, STR("last"))))
		ask(a, b);
	else
		end_pass(a, r, false); /* nothing to go on from */
}

static void on_message(struct hive *h, struct bee *b, struct str piece)
{
	struct archive *a = h->arg;

	if (a->is_filling)
		on_delivery(a, b, piece);
	else
		on_row(a, b, piece);
}

static void on_iq(struct hive *h, struct bee *b, struct str piece)
{
	struct archive *a = h->arg;
	struct reader *r = &a->readers[b->number];
	struct str id = piece_attr(piece, STR("id")), fin = tag_in(piece, STR("<fin"));
	uint64_t query;

	if (!r->is_reading || !str_starts(id, STR("page-")) ||
	    str_to_u64(str_from_at(id, 5), &query) || query != r->query)
		return;
	if (str_eq(piece_attr(piece, STR("type")), STR("result")) && fin.len)
		on_page(a, b, fin);
	else
		end_pass(a, r, false);
}

static void read_until(struct archive *a, usec_t end)
{
	while (a->active && clock_now() < end && !a->hive->failed && !hive_is_late(a->hive))
		hive_step(a->hive, end);
}

/* ---- the run ---- */

static void tell_work(struct report *report, const struct archive *a, const struct usage *from,
		      const struct usage *to)
{
	double time = to->at > from->at ? (double)(to->at - from->at) : 1,
	       pages = a->pages ? (double)a->pages : 1;

	report_work(report, from, to, a->messages);
	report_number(report, "pages_per_second", (double)a->pages * USEC_PER_SEC / time);
	if (!from->seen || !to->seen)
		return;
	report_number(report, "server_us_page", (double)(to->cpu - from->cpu) / pages);
	report_number(report, "rss_before_mib", (double)from->rss / MIB);
	report_number(report, "rss_after_mib", (double)to->rss / MIB);
}

static int tell(struct archive *a, usec_t fill_usec, const struct usage *from,
		const struct usage *to)
{
	const struct options *opt = a->hive->opt;
	double seconds = (double)(fill_usec ? fill_usec : 1) / USEC_PER_SEC;
	struct report report;

	report_begin(&report, "archive", opt);
	report_count(&report, "messages", opt->messages);
	report_count(&report, "page", opt->page);
	report_count(&report, "readers", opt->readers);
	report_number(&report, "fill_per_second", (double)a->delivered / seconds);
	tell_work(&report, a, from, to);
	report_tally(&report, &a->tally);
	report_count(&report, "pages", a->pages);
	report_count(&report, "passes", a->passes);
	report_count(&report, "unfinished", a->active);
	report_count(&report, "lost", a->lost);
	report_count(&report, "out_of_order", a->late);
	report_count(&report, "twice", a->twice);
	report_count(&report, "errors", a->errors);
	return report_end(&report, a->hive,
			  a->passes && a->pages && !a->active && !a->lost && !a->late &&
				  !a->twice && !a->errors);
}

/* The window, then the passes that have begun are read to their ends. */
static void page_through(struct archive *a, struct usage *from, struct usage *to)
{
	const struct options *opt = a->hive->opt;
	pid_t pid = (pid_t)opt->pid;
	struct usage memory = { .at = 0 };

	usage_memory(pid, &memory);
	a->is_open = true;
	for (uint64_t i = 0; i < opt->readers && i < opt->users; i++)
		begin_pass(a);
	read_until(a, clock_now() + (usec_t)opt->warmup_ms * USEC_PER_MSEC);
	a->is_measuring = true;
	*from = usage_now(pid);
	read_until(a, from->at + (usec_t)opt->measure_ms * USEC_PER_MSEC);
	*to = usage_now(pid);
	a->is_measuring = false;
	usage_memory(pid, to);
	from->rss = memory.rss;
	a->is_open = false;
	read_until(a, clock_now() + (usec_t)opt->drain_ms * USEC_PER_MSEC);
}

int archive_run(struct hive *h)
{
	struct archive a = { .hive = h, .run = (uint32_t)random_u64() };
	struct usage from = { .at = 0 }, to = { .at = 0 };
	usec_t start, spent = 0;
	int code;

	a.readers = mem_zalloc(h->opt->users, sizeof(*a.readers));
	h->arg = &a;
	h->on_message = on_message;
	h->on_iq = on_iq;
	if (hive_login(h)) {
		bool is_filled;

		start = clock_now();
		is_filled = fill(&a);
		spent = clock_now() - start;
		if (is_filled)
			page_through(&a, &from, &to);
	}
	hive_quit(h);
	code = tell(&a, spent, &from, &to);
	mem_free(a.readers);
	return code;
}
