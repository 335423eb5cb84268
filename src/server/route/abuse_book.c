/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of abuse, see abuse_book.h. The count is everybody's, all else the first loop's. */
#include "server/route/abuse_book.h"

#include "base/mem.h"
#include "base/metric.h"
#include "server/route/abuse_contact.h"
#include "server/route/admins.h"
#include "server/route/archive_id.h"
#include "server/route/notice.h"
#include "server/route/post.h"
#include "server/store/archive.h"
#include "xml/build.h"
#include "xml/write.h"
#include "xmpp/ns.h"

#define NS_JID STR("urn:xmpp:jid:0")

enum {
	ACCOUNTS_PAGE = 500,            /* accounts read at a time */
	PARSE_MAX = 256 * 1024,         /* bytes of a report that is read */
	FILING_ARENA_MAX = 1024 * 1024, /* bytes of copies under way */
};

struct abuse_book {
	struct home *home;
	int64_t waiting;  /* atomic */
	uint64_t fresh;   /* reports that the administrators have not been told of */
	uint64_t trapped; /* the same of accounts that are held */
	bool is_telling;
	usec_t told; /* monotonic; 0: never */
	struct timer timer;
	struct letter start;
	struct arena arena; /* of a notice under way */
	struct str admins[ABUSE_TOLD_ADMINS_MAX];
	unsigned admin_count;
	struct abuse_contact_asks asks;
};

/* ---- counting ---- */

static void count(struct abuse_book *b, int64_t n)
{
	(void)__atomic_add_fetch(&b->waiting, n, __ATOMIC_RELAXED);
	metric_add(METRIC_REPORTS_WAITING, n);
}

static void on_counted(void *arg, struct store_answer *answer)
{
	struct abuse_book *b = arg;

	for (const struct usage_row *row = answer->usage.spaces; row; row = row->next) {
		if (str_eq(row->space, ABUSE_SPACE))
			count(b, (int64_t)row->count);
	}
}

static void on_start(struct letter *l)
{
	struct abuse_book *b = container_of(l, struct abuse_book, start);
	struct store_request request = { .kind = READ_USAGE, .owner = b->home->domain };

	store_read(b->home->store, &request, on_counted, b);
}

struct abuse_book *abuse_book_new(struct home *first)
{
	struct abuse_book *b = mem_zalloc(1, sizeof(*b));

	b->home = first;
	b->start.fn = on_start;
	list_init(&b->asks.all);
	for (unsigned i = 0; i < first->count; i++) {
		first->all[i]->abuse_book = b;
		first->all[i]->abuse_asks = &b->asks;
	}
	loop_post(first->loop, &b->start); /* the store answers loops that run */
	return b;
}

void abuse_book_free(struct abuse_book **b)
{
	if (*b) {
		arena_done(&(*b)->arena);
		abuse_contact_done(&(*b)->asks);
	}
	mem_free(*b);
	*b = NULL;
}

/* ---- the administrators are told ---- */

static void tell_later(struct abuse_book *b, usec_t wait);

static void tell_one(struct abuse_book *b, struct str owner, const struct notice *n)
{
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf out scoped(sbuf_done) = SBUF(NOTICE_MAX);
	struct bytes *bytes;
	struct jid to;

	arena_init(&a, PARSE_MAX);
	if (jid_parse(&a, owner, &to) ||
	    xml_write(&out, notice_new(&a, b->home, owner, n), NS_CLIENT))
		return;
	bytes = bytes_new(sbuf_str(&out));
	(void)post_stanza(b->home, to, bytes, 0);
	(void)bytes_unref(bytes);
}

static void tell_all(struct abuse_book *b)
{
	int64_t waiting = __atomic_load_n(&b->waiting, __ATOMIC_RELAXED);
	struct notice n = { .subject = STR("Reports of abuse") };

	n.text = arena_printf(&b->arena,
			      "New reports: %llu; waiting: %lld. New held accounts: %llu.",
			      (unsigned long long)b->fresh, (long long)waiting,
			      (unsigned long long)b->trapped);
	b->fresh = b->trapped = 0;
	for (unsigned i = 0; i < b->admin_count; i++)
		tell_one(b, b->admins[i], &n);
	arena_done(&b->arena);
	b->is_telling = false;
}

static void add_admin(struct abuse_book *b, struct str owner)
{
	for (unsigned i = 0; i < b->admin_count; i++) {
		if (str_eq(b->admins[i], owner))
			return;
	}
	if (b->admin_count < ABUSE_TOLD_ADMINS_MAX)
		b->admins[b->admin_count++] = arena_dup(&b->arena, owner);
}

static void read_accounts(struct abuse_book *b, struct str after);

static void on_accounts(void *arg, struct store_answer *answer)
{
	struct abuse_book *b = arg;
	const struct account *last =
		answer->account_count ? &answer->accounts[answer->account_count - 1] : NULL;

	for (unsigned i = 0; i < answer->account_count; i++) {
		if (admins_may(b->home, &answer->accounts[i]))
			add_admin(b, answer->accounts[i].owner);
	}
	if (answer->has_more && last)
		read_accounts(b, last->owner);
	else
		tell_all(b);
}

static void read_accounts(struct abuse_book *b, struct str after)
{
	struct store_request request = { .kind = READ_ACCOUNTS,
					 .after_key = after,
					 .max = ACCOUNTS_PAGE };

	store_read(b->home->store, &request, on_accounts, b);
}

static void tell(struct abuse_book *b)
{
	b->is_telling = true;
	b->told = loop_now(b->home->loop);
	b->admin_count = 0;
	arena_init(&b->arena, PARSE_MAX);
	read_accounts(b, STR_NONE);
}

static void on_timer(struct timer *t)
{
	struct abuse_book *b = container_of(t, struct abuse_book, timer);

	if (b->is_telling)
		tell_later(b, USEC_PER_MIN);
	else if (b->fresh || b->trapped)
		tell(b);
}

static void tell_later(struct abuse_book *b, usec_t wait)
{
	b->timer.fn = on_timer;
	loop_timer(b->home->loop, &b->timer, wait);
}

struct news {
	struct letter letter;
	struct abuse_book *book;
	bool is_trapped; /* it is no report */
};

static void on_news(struct letter *l)
{
	struct news *news = container_of(l, struct news, letter);
	struct abuse_book *b = news->book;
	usec_t wait = b->told ? b->told + ABUSE_NOTICE_USEC - loop_now(b->home->loop) : 0;
	bool is_first = !b->fresh && !b->trapped; /* else the timer runs */

	if (news->is_trapped)
		b->trapped++;
	else
		b->fresh++;
	mem_free(news);
	if (is_first)
		tell_later(b, wait > 0 ? wait : 0);
}

static void send_news(struct abuse_book *b, bool is_trapped)
{
	struct news *news = mem_zalloc(1, sizeof(*news));

	news->book = b;
	news->is_trapped = is_trapped;
	news->letter.fn = on_news;
	loop_post(b->home->loop, &news->letter);
}

void abuse_trapped(struct home *h)
{
	if (h->abuse_book)
		send_news(h->abuse_book, true);
}

/* ---- copies of messages ---- */

struct filing {
	struct home *home;
	struct arena arena;
	struct str key, owner; /* whose archive */
	struct jid about;
	bool is_room; /* it is that of the room */
	struct str reason, text;
	bool may_go_to_origin, may_go_on;
	int64_t seqs[ABUSE_COPIES_MAX];
	unsigned count;
};

static void filing_free(struct filing *f)
{
	arena_done(&f->arena);
	mem_free(f);
}

/* XEP-0377 5, in the form in which servers tell one another: the reporter is not named. */
static void forward_to(struct filing *f, struct str to)
{
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf out scoped(sbuf_done) = SBUF(NOTICE_MAX);
	struct xml *el, *report;
	struct bytes *bytes;
	struct jid jid;

	arena_init(&a, PARSE_MAX);
	el = xml_new(&a, NS_CLIENT, STR("message"));
	xml_set(&a, el, STR("from"), f->home->domain);
	xml_set(&a, el, STR("to"), to);
	xml_set(&a, el, STR("id"), f->key);
	report = xml_add_new(&a, el, NS_REPORTING, STR("report"));
	xml_set(&a, report, STR("reason"), f->reason);
	(void)xml_add_text_el(&a, report, NS_JID, STR("jid"), f->about.full);
	if (f->text.len)
		(void)xml_add_text_el(&a, report, NS_REPORTING, STR("text"), f->text);
	if (jid_parse(&a, to, &jid) || xml_write(&out, el, NS_CLIENT))
		return;
	bytes = bytes_new(sbuf_str(&out));
	(void)post_stanza(f->home, jid, bytes, 0); /* nobody waits for it */
	(void)bytes_unref(bytes);
}

/* As far as the reporter allows it, and who runs the server. */
static void forward(struct filing *f)
{
	const struct conf *conf = f->home->conf;

	if (f->may_go_to_origin && conf_bool(conf, "reports.to_origin") && jid_is_set(f->about) &&
	    !home_realm(f->home, f->about.domain))
		forward_to(f, f->about.domain);
	for (size_t i = 0; f->may_go_on && i < conf_list_count(conf, "reports.to"); i++)
		forward_to(f, conf_list_at(conf, "reports.to", i));
}

/* All of it is there to be read. */
static void end_filing(struct filing *f)
{
	forward(f);
	send_news(f->home->abuse_book, false);
	filing_free(f);
}

static void on_copied(struct txn *t)
{
	if (t->err)
		log_warn(NULL, "messages of a report of abuse were not copied", F_ERR(t->err));
	end_filing(t->arg);
	txn_free(&t);
}

/* What others have written goes with no report about somebody: it must be the one's own. */
static bool is_of(struct filing *f, const struct archive_row *row)
{
	struct arena a scoped(arena_done) = { 0 };
	struct jid from;
	struct xml *el;

	arena_init(&a, FILING_ARENA_MAX);
	if (xml_parse(&a, arena_dup(&a, row->stanza), &post_scope, &post_limits, &el) ||
	    jid_parse(&a, xml_attr(el, STR("from")), &from))
		return false;
	if (f->is_room)
		return str_eq(from.full, f->about.full);
	return f->about.node.len ? jid_bare_eq(from, f->about)
				 : str_eq(from.domain, f->about.domain);
}

static void on_messages(void *arg, struct store_answer *answer)
{
	struct filing *f = arg;
	struct txn *t = txn_new();
	size_t bytes = 0;
	unsigned n = 0;

	for (const struct archive_row *row = answer->messages; row && n < f->count;
	     row = row->next) {
		if ((row->flags & ARCHIVE_BLANKED) || !is_of(f, row) ||
		    bytes + row->stanza.len > ABUSE_COPIES_BYTES_MAX)
			continue;
		bytes += row->stanza.len;
		txn_put(t, f->home->domain, ABUSE_COPY_SPACE, abuse_copy_key(&f->arena, f->key, n),
			abuse_copy_encode(row->wall_time, row->stanza, &f->arena));
		n++;
	}
	t->done = on_copied;
	t->arg = f;
	store_commit(f->home->store, t);
}

static void read_messages(struct filing *f)
{
	struct store_request request = {
		.kind = READ_ARCHIVE,
		.owner = f->owner,
		.archive = { .ids = f->seqs, .id_count = f->count, .max = f->count },
	};

	store_read(f->home->store, &request, on_messages, f);
}

/* The report is durable. */
static void on_filed(struct entity *e, void *arg, enum err err)
{
	struct filing *f = arg;

	(void)e;
	if (err) {
		filing_free(f);
		return;
	}
	metric_inc(METRIC_REPORTS);
	count(f->home->abuse_book, 1);
	if (f->count)
		read_messages(f);
	else
		end_filing(f);
}

/* In rising order, each once, as the store wants them. */
static void add_seq(struct filing *f, int64_t seq)
{
	unsigned at = f->count;

	while (at > 0 && f->seqs[at - 1] >= seq)
		at--;
	if (f->count == ABUSE_COPIES_MAX || (at < f->count && f->seqs[at] == seq))
		return;
	memmove(&f->seqs[at + 1], &f->seqs[at], (f->count - at) * sizeof(*f->seqs));
	f->seqs[at] = seq;
	f->count++;
}

/* Ids of one archive: the account's, or that of a room of ours whose occupant is reported. */
static void add_ids(struct filing *f, const struct xml *report, struct str by)
{
	xml_each (el, report) {
		int64_t seq;

		if (xml_is(el, NS_SID, STR("stanza-id")) && str_eq(xml_attr(el, STR("by")), by) &&
		    archive_id_read(f->home, xml_attr(el, STR("id")), &seq))
			add_seq(f, seq);
	}
}

static struct filing *filing_new(struct dispatch *d, const struct abuse *abuse,
				 const struct xml *report, struct str key)
{
	struct filing *f = mem_zalloc(1, sizeof(*f));
	const struct realm *realm;

	f->home = d->home;
	arena_init(&f->arena, FILING_ARENA_MAX);
	f->key = arena_dup(&f->arena, key);
	if (jid_parse(&f->arena, arena_dup(&f->arena, abuse->about), &f->about))
		return f;
	f->reason = arena_dup(&f->arena, xml_attr(report, STR("reason")));
	f->text = arena_dup(&f->arena, xml_child_text(report, NS_REPORTING, STR("text"), d->arena));
	f->may_go_to_origin = xml_child(report, NS_REPORTING, STR("report-origin"));
	f->may_go_on = xml_child(report, NS_REPORTING, STR("third-party"));
	realm = home_realm(d->home, f->about.domain);
	f->is_room = realm && !realm->has_accounts && f->about.resource.len;
	f->owner = f->is_room ? jid_bare_str(f->about) : arena_dup(&f->arena, d->entity->jid.full);
	add_ids(f, report, f->owner);
	return f;
}

/* ---- filing ---- */

static bool has_room(struct dispatch *d)
{
	struct entity_reports *r = &d->entity->reports;
	const struct abuse_book *b = d->home->abuse_book;

	if (!r->since || clock_now() - r->since > USEC_PER_DAY)
		*r = (struct entity_reports){ .since = clock_now() };
	return b && r->count++ < ABUSES_A_DAY &&
	       __atomic_load_n(&b->waiting, __ATOMIC_RELAXED) < ABUSES_MAX;
}

void abuse_file(struct dispatch *d, struct abuse *abuse, const struct xml *report)
{
	struct str key;

	if (!has_room(d)) {
		metric_inc(METRIC_REPORTS_LOST);
		return;
	}
	key = abuse_key(d->arena, wall_now());
	txn_put(dispatch_txn(d), d->home->domain, ABUSE_SPACE, key, abuse_encode(abuse, d->arena));
	dispatch_call(d, on_filed, filing_new(d, abuse, report, key));
}

/* ---- reading, and the end ---- */

static void read_report(struct arena *a, const struct xml *report, struct abuse_view *v)
{
	const struct xml *text = xml_child(report, NS_REPORTING, STR("text"));

	v->reason = xml_attr(report, STR("reason"));
	v->text = text ? xml_text(text, a) : STR("");
	v->may_go_to_origin = xml_child(report, NS_REPORTING, STR("report-origin"));
	v->may_go_on = xml_child(report, NS_REPORTING, STR("third-party"));
	xml_each (el, report) {
		if (xml_is(el, NS_SID, STR("stanza-id")) && v->id_count < ABUSE_COPIES_MAX)
			v->ids[v->id_count++] = xml_attr(el, STR("id"));
	}
}

enum err abuse_view_read(struct arena *a, const struct keyval_row *row, struct abuse_view *ret_view)
{
	struct abuse_view v = { .key = row->key };
	struct xml *report;
	struct abuse kept;

	if (abuse_key_read(row->key, &v.wall) || abuse_decode(&kept, row->value) ||
	    xml_parse(a, arena_dup(a, kept.markup), &post_alone_scope, &post_limits, &report))
		return ERR_INVALID;
	v.by = kept.by;
	v.about = kept.about;
	read_report(a, report, &v);
	*ret_view = v;
	return OK;
}

void abuse_read_copies(struct home *h, struct str key,
		       void (*fn)(void *arg, struct store_answer *answer), void *arg)
{
	struct arena a scoped(arena_done) = { 0 };
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = h->domain,
					 .space = ABUSE_COPY_SPACE };
	struct str keys[ABUSE_COPIES_MAX];

	arena_init(&a, PARSE_MAX);
	for (unsigned i = 0; i < ABUSE_COPIES_MAX; i++)
		keys[i] = abuse_copy_key(&a, key, i);
	request.keys = keys;
	request.key_count = ABUSE_COPIES_MAX;
	store_read(h->store, &request, fn, arg);
}

struct resolving {
	struct home *home;
	struct str key; /* owned */
	void (*fn)(void *arg, enum err err);
	void *arg;
};

static void end_resolving(struct resolving *r, enum err err)
{
	r->fn(r->arg, err);
	mem_free((void *)(uintptr_t)r->key.ptr);
	mem_free(r);
}

static void on_gone(struct txn *t)
{
	struct resolving *r = t->arg;
	enum err err = t->err;

	txn_free(&t);
	if (!err && r->home->abuse_book)
		count(r->home->abuse_book, -1);
	end_resolving(r, err);
}

static void on_found(void *arg, struct store_answer *answer)
{
	struct resolving *r = arg;
	struct txn *t;

	if (answer->err || !answer->rows) {
		end_resolving(r, answer->err ? answer->err : ERR_NOT_FOUND);
		return;
	}
	t = txn_new();
	t->done = on_gone;
	t->arg = r;
	txn_delete(t, r->home->domain, ABUSE_SPACE, r->key);
	for (unsigned i = 0; i < ABUSE_COPIES_MAX; i++)
		txn_delete(t, r->home->domain, ABUSE_COPY_SPACE,
			   abuse_copy_key(&t->arena, r->key, i));
	store_commit(r->home->store, t);
}

void abuse_resolve(struct home *h, struct str key, void (*fn)(void *arg, enum err err), void *arg)
{
	struct store_request request = {
		.kind = READ_KEYVAL, .owner = h->domain, .space = ABUSE_SPACE, .key = key
	};
	struct resolving *r = mem_zalloc(1, sizeof(*r));

	*r = (struct resolving){
		.home = h, .key = str_make(str_dup(key), key.len), .fn = fn, .arg = arg
	};
	store_read(h->store, &request, on_found, r);
}
