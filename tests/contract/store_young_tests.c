/* SPDX-License-Identifier: Apache-2.0 */
/* Entries on their way from their bodies to their table (docs/adr/0016): whatever happens to them
 * there, an archive is what the memory double says. */
#include "contract/store_bed.h"
#include "contract/store_suites.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/resource.h>

enum { ROUNDS = 400, REOPEN_EVERY = 60, COMPARE_EVERY = 5, OWNERS = 4 };

static const struct str owners[OWNERS] = { STR_INIT("anna@here"), STR_INIT("bela@here"),
					   STR_INIT("caro@here"), STR_INIT("room@here") };

static int64_t ask(struct bed *b, const char *sql)
{
	char path[128];
	sqlite3 *conn;
	sqlite3_stmt *q;
	int64_t n;

	(void)snprintf(path, sizeof(path), "%s/parley.db", b->dir);
	assert_int_equal(sqlite3_open_v2(path, &conn, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(conn, sql, -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	n = sqlite3_column_int64(q, 0);
	(void)sqlite3_finalize(q);
	(void)sqlite3_close(conn);
	return n;
}

/* ---- changes ---- */

static unsigned next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33);
}

/* Now and then with a seq that lies back, and may be taken. */
static int64_t random_seq(uint64_t *seed, int64_t seq)
{
	return next_random(seed) % 8 ? seq : (int64_t)(next_random(seed) % (unsigned)seq) + 1;
}

static void add_message(struct txn *t, uint64_t *seed, int64_t seq)
{
	static const unsigned kinds[] = { ARCHIVE_IN | ARCHIVE_TEXT | ARCHIVE_COUNTED,
					  ARCHIVE_OUT | ARCHIVE_TEXT, ARCHIVE_OUT,
					  ARCHIVE_IN | ARCHIVE_HIDDEN,
					  ARCHIVE_IN | ARCHIVE_OFFLINE | ARCHIVE_TEXT |
						  ARCHIVE_COUNTED };
	struct archive_entry entries[2] = { { .seq = 0 }, { .seq = 0 } };
	unsigned who = next_random(seed), count = 1 + next_random(seed) % 2;
	char text[64];

	for (unsigned i = 0; i < count; i++) {
		entries[i].owner = owners[(who + i) % OWNERS];
		entries[i].flags = kinds[next_random(seed) % array_len(kinds)];
		entries[i].seq = random_seq(seed, seq + i);
		if (!(entries[i].flags & ARCHIVE_HIDDEN))
			entries[i].peer = owners[(who + next_random(seed)) % OWNERS];
		if (entries[i].flags & ARCHIVE_OUT)
			entries[i].dedup = next_random(seed) + (uint64_t)1;
	}
	(void)snprintf(text, sizeof(text), "<m>%d</m>", (int)next_random(seed));
	txn_append(t, seq, str_from(text), entries, count);
}

/* One change, the same for both. */
static struct txn *random_change(uint64_t *seed, int64_t seq)
{
	struct txn *t = txn_new();
	unsigned kind = next_random(seed) % 20;
	struct str who = owners[next_random(seed) % OWNERS];
	int64_t at = (int64_t)(next_random(seed) % (unsigned)(seq + 1));

	if (kind < 14)
		add_message(t, seed, seq);
	else if (kind < 16)
		txn_blank(t, who, at, STR("<gone/>"));
	else if (kind < 17)
		txn_uncount(t, who, at);
	else if (kind < 18)
		txn_remove(t, who, at, at + 9);
	else if (kind < 19)
		txn_remove_hidden(t, who, at, at + 99);
	else if (at % 20 == 0)
		txn_account_delete(t, who);
	return t;
}

/* ---- the same on both ---- */

static void compare_rows(const struct archive_row *x, const struct archive_row *y)
{
	for (; x && y; x = x->next, y = y->next) {
		assert_int_equal(x->seq, y->seq);
		assert_int_equal(x->flags, y->flags);
		assert_int_equal(x->wall_time, y->wall_time);
		assert_true(str_eq(x->stanza, y->stanza));
	}
	assert_true(!x && !y);
}

static const struct talk_row *talk_with(const struct store_answer *a, const struct talk_row *like)
{
	for (const struct talk_row *row = a->talks; row; row = row->next) {
		if (row->newest == like->newest && row->message->seq == like->message->seq &&
		    row->unread == like->unread && row->places == like->places &&
		    str_eq(row->message->stanza, like->message->stanza))
			return row;
	}
	return NULL;
}

static unsigned count_talks(const struct store_answer *a)
{
	unsigned n = 0;

	for (const struct talk_row *row = a->talks; row; row = row->next)
		n++;
	return n;
}

/* Conversations come in no order. */
static void compare_talks(const struct store_answer *x, const struct store_answer *y)
{
	assert_int_equal(count_talks(x), count_talks(y));
	for (const struct talk_row *row = x->talks; row; row = row->next)
		assert_non_null(talk_with(y, row));
}

static void compare(struct bed *one, struct bed *two, const struct store_request *r)
{
	struct store_answer x = bed_read(one, r), y = bed_read(two, r);

	assert_int_equal(x.err, y.err);
	compare_rows(x.messages, y.messages);
	assert_int_equal(x.count, y.count);
	if (r->kind == READ_ARCHIVE && !x.err)
		assert_int_equal(x.is_complete, y.is_complete);
	assert_int_equal(x.last_seq, y.last_seq);
	assert_int_equal(x.dedup_count, y.dedup_count);
	for (unsigned i = 0; i < x.dedup_count; i++)
		assert_true(x.dedup[i] == y.dedup[i]);
	assert_int_equal(x.usage.messages, y.usage.messages);
	assert_int_equal(x.usage.bytes, y.usage.bytes);
	assert_int_equal(x.stats.messages, y.stats.messages);
	assert_int_equal(x.stats.entries, y.stats.entries);
	compare_talks(&x, &y);
	arena_done(&x.arena);
	arena_done(&y.arena);
}

static void compare_archive(struct bed *one, struct bed *two, unsigned who, int64_t seq)
{
	struct store_request r = { .kind = READ_ARCHIVE, .owner = owners[who] };

	for (unsigned form = 0; form < 16; form++) {
		r.archive = (struct archive_query){ .max = form & 8 ? 5 : 1000,
						    .want_count = !(form & 4),
						    .is_backward = form & 1,
						    .with_hidden = form & 4 };
		if (form & 2)
			r.archive.with = owners[(who + 1 + form) % OWNERS];
		if (form & 8) {
			r.archive.after = seq / 2;
			r.archive.visible = seq - 9;
		}
		compare(one, two, &r);
	}
	r.archive = (struct archive_query){ .max = 10, .after = seq / 3, .must_exist = true };
	compare(one, two, &r);
}

static void compare_all(struct bed *one, struct bed *two, int64_t seq)
{
	for (unsigned who = 0; who < OWNERS; who++) {
		struct talk_query room = { .owner = owners[who], .not_from = owners[0] };
		struct store_request r = { .kind = READ_OWNER, .owner = owners[who] };

		compare_archive(one, two, who, seq);
		compare(one, two, &r);
		r.kind = READ_ARCHIVE_ENDS;
		compare(one, two, &r);
		r.kind = READ_USAGE;
		compare(one, two, &r);
		r.kind = READ_DEDUP;
		r.from_wall = seq / 4;
		compare(one, two, &r);
		r.kind = READ_TALKS;
		r.all_talks = true;
		compare(one, two, &r);
		r.all_talks = false;
		r.talks = &room;
		r.talk_count = 1;
		room.after = seq / 2;
		compare(one, two, &r);
	}
	compare(one, two, &(struct store_request){ .kind = READ_STATS });
}

static void it_is_what_the_double_says(void **state)
{
	struct bed *b = *state, *other;
	uint64_t one = 7, two = 7;
	void *memory;

	assert_int_equal(bed_memory(&memory), 0);
	other = memory;
	for (int64_t i = 1, seq = 10; i <= ROUNDS; i++, seq += 4) {
		enum err x = bed_commit(b, random_change(&one, seq));
		enum err y = bed_commit(other, random_change(&two, seq));

		assert_err(x, y);
		if (i % REOPEN_EVERY == 0)
			assert_ok(bed_reopen(b));
		if (i % COMPARE_EVERY == 0)
			compare_all(b, other, seq);
		if (i % 97 == 0) {
			uint64_t n, m;

			assert_ok(bed_expire(b, i % 2 ? STR_NONE : owners[1], seq / 3, &n));
			assert_ok(bed_expire(other, i % 2 ? STR_NONE : owners[1], seq / 3, &m));
			assert_int_equal(n, m);
			compare_all(b, other, seq);
		}
	}
	assert_true(b->config.young_limit == 0 || ask(b, "SELECT base FROM young_state") > 0);
	assert_int_equal(bed_end(&memory), 0);
}

/* ---- by itself ---- */

static unsigned count_rows(struct bed *b, unsigned who)
{
	struct store_request r = { .kind = READ_ARCHIVE, .owner = owners[who] };
	struct store_answer a;
	int64_t last = 0;
	unsigned n = 0;

	r.archive.max = 1000;
	a = bed_read(b, &r);
	assert_ok(a.err);
	for (const struct archive_row *row = a.messages; row; row = row->next, n++) {
		assert_true(row->seq > last);
		last = row->seq;
	}
	arena_done(&a.arena);
	return n;
}

static void a_generation_goes_to_the_table(void **state)
{
	struct bed *b = *state;

	for (int64_t i = 1; i <= 30; i++) {
		assert_ok(bed_commit(b, bed_message(owners[i % 3], i, owners[(i + 1) % 3], i,
						    STR("<m/>"))));
		assert_int_equal(count_rows(b, 0) + count_rows(b, 1) + count_rows(b, 2), 2 * i);
	}
	/* Some are there, and some are not yet. */
	assert_in_range(ask(b, "SELECT count(*) FROM entry"), 20, 59);
	assert_in_range(ask(b, "SELECT base FROM young_state"), 5, 29);
}

/* The batch is undone, with what it would have settled. */
static void a_full_disk_loses_nothing(void **state)
{
	struct bed *b = *state;
	static char big[2000000];
	struct rlimit before, tight;
	enum err e;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	tight = before;
	tight.rlim_cur = 1000000;
	for (int64_t i = 1; i <= 40; i++) {
		struct txn *t = bed_message(owners[0], 10 * i, owners[1], 10 * i, STR("<m/>"));

		assert_ok(bed_commit(b, t));
		t = bed_message(owners[0], 10 * i + 1, owners[1], 10 * i + 1, STR("<lost/>"));
		txn_put(t, owners[0], STR("s"), STR("f"), str_make(big, sizeof(big)));
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
		e = bed_commit(b, t);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		assert_err(e, ERR_IO);
		assert_int_equal(count_rows(b, 0), i);
		assert_int_equal(count_rows(b, 1), i);
	}
	assert_ok(bed_reopen(b));
	assert_int_equal(count_rows(b, 0), 40);
	assert_true(ask(b, "SELECT base FROM young_state") > 0);
	assert_int_equal(
		ask(b,
		    "SELECT count(*) FROM pragma_integrity_check() WHERE integrity_check = 'ok'"),
		1);
}

/* Of a txn that fails in a batch nothing is left, and its seq can be used. */
static void what_is_undone_may_come_again(void **state)
{
	struct bed *b = *state;

	for (int64_t i = 1; i <= 30; i++) {
		struct txn *t = bed_message(owners[0], 2 * i, owners[1], 2 * i, STR("<m/>"));

		txn_append(t, i, STR("<m/>"),
			   &(struct archive_entry){ .owner = owners[0], .seq = 2 * i }, 1);
		assert_err(bed_commit(b, t), ERR_EXISTS);
		assert_int_equal(count_rows(b, 0), i - 1);
		assert_ok(bed_commit(b,
				     bed_message(owners[0], 2 * i, owners[1], 2 * i, STR("<m/>"))));
		assert_int_equal(count_rows(b, 1), i);
	}
}

/* More of one owner than a generation takes. */
static void one_owner_may_have_many(void **state)
{
	enum { MANY = 1200 };
	static struct txn *txns[MANY];
	static enum err errs[MANY];
	struct bed *b = *state;
	struct store_request r = { .kind = READ_ARCHIVE, .owner = owners[0] };
	struct store_answer a;

	for (int64_t i = 0; i < MANY; i++)
		txns[i] = bed_message(owners[0], i + 1, STR_NONE, 0, STR("<m/>"));
	bed_commit_all(b, txns, MANY, errs);
	r.archive = (struct archive_query){ .max = 1, .want_count = true, .is_backward = true };
	a = bed_read(b, &r);
	assert_int_equal(a.count, MANY);
	assert_int_equal(a.messages->seq, MANY);
	arena_done(&a.arena);
	assert_true(ask(b, "SELECT count(*) FROM entry") > 0);
	assert_ok(bed_reopen(b));
	assert_int_equal(count_rows(b, 0), 1000); /* a page of it */
	assert_err(bed_commit(b, bed_message(owners[0], 700, STR_NONE, 0, STR("<m/>"))),
		   ERR_EXISTS);
}

/* An id of a body that is given twice would count as settled the second time. */
static void ids_are_not_given_again(void **state)
{
	struct bed *b = *state;

	for (int64_t i = 1; i <= 10; i++)
		assert_ok(bed_commit(b, bed_message(owners[0], i, owners[1], i, STR("<m/>"))));
	for (unsigned who = 0; who < 2; who++) {
		struct txn *t = txn_new();

		txn_remove(t, owners[who], 0, 100);
		assert_ok(bed_commit(b, t));
	}
	assert_ok(bed_reopen(b));
	for (int64_t i = 1; i <= 10; i++) {
		assert_ok(bed_commit(b, bed_message(owners[0], i, owners[1], i, STR("<m/>"))));
		assert_ok(bed_reopen(b));
		assert_int_equal(count_rows(b, 0), i);
		assert_int_equal(count_rows(b, 1), i);
	}
}

static void an_older_archive_goes_on(void **state)
{
	struct bed *b = *state;

	b->config.young_limit = 0; /* so that all is where BED_VERSION_4 expects it */
	assert_ok(bed_reopen(b));
	for (int64_t i = 1; i <= 9; i++)
		assert_ok(bed_commit(b, bed_message(owners[0], i, owners[1], i, STR("<m/>"))));
	bed_close(b);
	bed_sql(b, BED_VERSION_4);
	b->config.young_limit = YOUNG_FEW;
	for (int64_t i = 10; i <= 40; i++) {
		assert_ok(bed_reopen(b));
		assert_ok(bed_commit(b, bed_message(owners[0], i, owners[1], i, STR("<m/>"))));
		assert_int_equal(count_rows(b, 0), i);
		assert_int_equal(count_rows(b, 1), i);
	}
	assert_err(bed_commit(b, bed_message(owners[0], 5, STR_NONE, 0, STR("<m/>"))), ERR_EXISTS);
}

int run_young_tests(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(it_is_what_the_double_says, bed_sqlite),
		STORE_TEST(it_is_what_the_double_says, bed_young),
		STORE_TEST(a_generation_goes_to_the_table, bed_young),
		STORE_TEST(a_full_disk_loses_nothing, bed_young),
		STORE_TEST(what_is_undone_may_come_again, bed_young),
		STORE_TEST(one_owner_may_have_many, bed_sqlite),
		STORE_TEST(ids_are_not_given_again, bed_young),
		STORE_TEST(an_older_archive_goes_on, bed_young),
	};

	return cmocka_run_group_tests_name("young entries", tests, NULL, NULL);
}
