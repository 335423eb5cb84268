/* SPDX-License-Identifier: Apache-2.0 */
/* The archive (XEP-0313) as every back end keeps it: pages, filters, blanking, removing, expiry. */
#include "contract/store_bed.h"
#include "contract/store_suites.h"

#include "server/store/archive.h"

#include <stdio.h>

#define ANNA STR("anna@here")
#define BELA STR("bela@here")
#define CARO STR("caro@far")

static struct str stanza_of(char buf[128], int i, const char *resource)
{
	int n = snprintf(
		buf, 128,
		"<message from='anna@here/phone' to=\"bela@here/%s\"><body>%d</body></message>",
		resource, i);

	return str_make(buf, (size_t)n);
}

/* Anna's 1..40: odd ones with Bela (her seq is 1000 higher, every fifth offline), even with Caro */
static void fill(struct bed *b)
{
	for (int i = 1; i <= 40; i++) {
		char buf[128];
		struct archive_entry entries[2] = {
			{ .owner = ANNA,
			  .seq = i,
			  .peer = i % 2 ? BELA : CARO,
			  .flags = ARCHIVE_OUT },
			{ .owner = BELA, .seq = 1000 + i, .peer = ANNA, .flags = ARCHIVE_IN },
		};
		struct txn *t = txn_new();

		entries[0].dedup = (uint64_t)(i % 3 ? i : 0);
		entries[1].dedup = (uint64_t)(i % 10 == 7 ? 100 + i : 0);
		entries[1].flags |= i % 5 ? 0 : ARCHIVE_OFFLINE;
		txn_append(t, 5000 + i, stanza_of(buf, i, i % 4 == 1 ? "a&amp;b" : "home"), entries,
			   1);
		if (i % 2)
			txn_append_entry(t, &entries[1]);
		assert_ok(bed_commit(b, t));
	}
}

/* Reads a page and compares it: "1 3 5" and whether it is complete. */
static void assert_page(struct bed *b, struct str owner, struct archive_query q, const char *wanted,
			bool is_complete)
{
	struct store_answer a = bed_read(
		b, &(struct store_request){ .kind = READ_ARCHIVE, .owner = owner, .archive = q });
	char found[512] = "";
	size_t n = 0;

	assert_ok(a.err);
	for (const struct archive_row *r = a.messages; r; r = r->next)
		n += (size_t)snprintf(found + n, sizeof(found) - n, "%s%ld", n ? " " : "",
				      (long)r->seq);
	assert_string_equal(found, wanted);
	assert_int_equal(a.is_complete, is_complete);
	arena_done(&a.arena);
}

#define PAGE(...) ((struct archive_query){ __VA_ARGS__ })
#define IDS(...)                                                                                   \
	.ids = (const int64_t[]){ __VA_ARGS__ },                                                   \
	.id_count = array_len(((const int64_t[]){ __VA_ARGS__ }))

static void pages_of_an_owner_go_both_ways(void **state)
{
	struct bed *b = *state;

	fill(b);
	assert_page(b, ANNA, PAGE(.max = 3), "1 2 3", false);
	assert_page(b, ANNA, PAGE(.max = 3, .after = 3), "4 5 6", false);
	assert_page(b, ANNA, PAGE(.max = 3, .after = 37), "38 39 40", true);
	assert_page(b, ANNA, PAGE(.max = 3, .after = 40), "", true);
	assert_page(b, ANNA, PAGE(.max = 3, .after = INT64_MAX), "", true);
	assert_page(b, ANNA, PAGE(.max = 3, .is_backward = true), "38 39 40", false);
	assert_page(b, ANNA, PAGE(.max = 3, .is_backward = true, .before = 38), "35 36 37", false);
	assert_page(b, ANNA, PAGE(.max = 3, .is_backward = true, .before = 4), "1 2 3", true);
	assert_page(b, ANNA, PAGE(.max = 3, .is_backward = true, .before = 1), "", true);
	assert_page(b, ANNA, PAGE(.max = 0), "", false);
	assert_page(b, ANNA, PAGE(.max = 10, .after = 4, .before = 8), "5 6 7", true);
	assert_page(b, CARO, PAGE(.max = 10), "", true);
	/* Bela has odd ones only: 1002 is not there, and is a place all the same. */
	assert_page(b, BELA, PAGE(.max = 2, .after = 1002), "1003 1005", false);
	assert_page(b, BELA, PAGE(.max = 2, .before = 1036, .is_backward = true), "1033 1035",
		    false);
}

static void pages_of_a_conversation_go_both_ways(void **state)
{
	struct bed *b = *state;

	fill(b);
	assert_page(b, ANNA, PAGE(.with = BELA, .max = 3), "1 3 5", false);
	assert_page(b, ANNA, PAGE(.with = CARO, .max = 3, .after = 3), "4 6 8", false);
	assert_page(b, ANNA, PAGE(.with = CARO, .max = 3, .after = 34), "36 38 40", true);
	assert_page(b, ANNA, PAGE(.with = BELA, .max = 3, .is_backward = true), "35 37 39", false);
	assert_page(b, ANNA, PAGE(.with = BELA, .max = 3, .is_backward = true, .before = 6),
		    "1 3 5", true);
	assert_page(b, BELA, PAGE(.with = ANNA, .max = 2), "1001 1003", false);
	assert_page(b, BELA, PAGE(.with = CARO, .max = 2), "", true);
	assert_page(b, ANNA, PAGE(.with = STR("nobody"), .max = 2), "", true);
}

static void pages_keep_to_time_and_visibility(void **state)
{
	struct bed *b = *state;

	fill(b);
	assert_page(b, ANNA, PAGE(.max = 9, .wall_start = 10, .wall_end = 13), "10 11 12 13", true);
	assert_page(b, ANNA, PAGE(.max = 2, .wall_start = 10, .wall_end = 13), "10 11", false);
	assert_page(b, ANNA, PAGE(.max = 2, .wall_start = 10, .wall_end = 13, .after = 11), "12 13",
		    true);
	assert_page(b, ANNA, PAGE(.max = 2, .wall_end = 13, .is_backward = true), "12 13", false);
	assert_page(b, ANNA, PAGE(.max = 9, .wall_start = 38), "38 39 40", true);
	assert_page(b, ANNA, PAGE(.max = 9, .after = 36, .visible = 38), "37 38", true);
	assert_page(b, ANNA, PAGE(.max = 2, .visible = 38, .is_backward = true), "37 38", false);
	assert_page(b, ANNA, PAGE(.max = 9, .wall_start = 13, .wall_end = 10), "", true);
	assert_page(b, ANNA, PAGE(.max = 3, .with = CARO, .wall_start = 37, .visible = 39), "38",
		    true);
}

static void pages_are_full_in_spite_of_filters(void **state)
{
	struct bed *b = *state;

	fill(b);
	assert_page(b, BELA, PAGE(.max = 2, .flags_any = ARCHIVE_OFFLINE), "1005 1015", false);
	assert_page(b, BELA, PAGE(.max = 9, .flags_any = ARCHIVE_OFFLINE), "1005 1015 1025 1035",
		    true);
	assert_page(b, BELA, PAGE(.max = 2, .flags_any = ARCHIVE_OFFLINE | ARCHIVE_IN), "1001 1003",
		    false);
	assert_page(b, ANNA, PAGE(.max = 9, .flags_any = ARCHIVE_IN), "", true);
	/* with_resource: the escaped one, and the plain one. */
	assert_page(b, ANNA, PAGE(.max = 3, .with = BELA, .with_resource = STR("a&b")), "1 5 9",
		    false);
	assert_page(b, ANNA,
		    PAGE(.max = 2, .with = BELA, .with_resource = STR("home"), .after = 33),
		    "35 39", true);
	assert_page(b, ANNA,
		    PAGE(.max = 2, .with = BELA, .with_resource = STR("home"), .is_backward = true),
		    "35 39", false);
	assert_page(b, ANNA, PAGE(.max = 2, .with = BELA, .with_resource = STR("a&amp;b")), "",
		    true);
	assert_page(b, ANNA, PAGE(.max = 2, .with = BELA, .with_resource = STR("")), "", true);
	assert_page(b, BELA, PAGE(.max = 2, .with = ANNA, .with_resource = STR("phone")),
		    "1001 1003", false);
}

static void ends_that_are_asked_for_are_no_page(void **state)
{
	struct bed *b = *state;

	fill(b);
	assert_page(b, ANNA, PAGE(.max = 9, .above = 4, .below = 8), "5 6 7", true);
	assert_page(b, ANNA, PAGE(.max = 2, .above = 4, .below = 8), "5 6", false);
	assert_page(b, ANNA, PAGE(.max = 2, .above = 4, .below = 8, .after = 6), "7", true);
	assert_page(b, ANNA, PAGE(.max = 2, .above = 4, .below = 8, .is_backward = true), "6 7",
		    false);
	assert_page(b, ANNA, PAGE(.max = 2, .above = 4, .is_backward = true, .before = 7), "5 6",
		    true);
	assert_page(b, ANNA, PAGE(.max = 9, .above = 4, .after = 2, .below = 7, .before = 30),
		    "5 6", true);
	assert_page(b, ANNA, PAGE(.max = 9, .above = 8, .below = 4), "", true);
	assert_page(b, ANNA, PAGE(.max = 9, .above = 4, .wall_end = 6, .with = CARO), "6", true);
	assert_page(b, ANNA, PAGE(.max = 9, .above = INT64_MAX), "", true);
	assert_page(b, ANNA, PAGE(.max = 9, .below = INT64_MIN), "", true);
}

static void pages_of_a_list_hold_nothing_else(void **state)
{
	struct bed *b = *state;

	fill(b);
	assert_page(b, ANNA, PAGE(.max = 9, IDS(7)), "7", true);
	assert_page(b, ANNA, PAGE(.max = 9, IDS(2, 3, 39, 41)), "2 3 39", true);
	assert_page(b, ANNA, PAGE(.max = 2, IDS(2, 3, 39)), "2 3", false);
	assert_page(b, ANNA, PAGE(.max = 2, IDS(2, 3, 39), .after = 3), "39", true);
	assert_page(b, ANNA, PAGE(.max = 2, IDS(2, 3, 39), .is_backward = true), "3 39", false);
	assert_page(b, ANNA, PAGE(.max = 2, IDS(2, 3, 39), .is_backward = true, .before = 3), "2",
		    true);
	assert_page(b, ANNA, PAGE(.max = 9, IDS(2, 3, 39), .with = BELA), "3 39", true);
	assert_page(b, ANNA, PAGE(.max = 9, IDS(2, 3, 39), .visible = 38), "2 3", true);
	assert_page(b, ANNA, PAGE(.max = 9, IDS(2, 3, 39), .above = 2, .wall_end = 10), "3", true);
	assert_page(b, ANNA, PAGE(.max = 9, IDS(1, 3), .with = BELA, .with_resource = STR("home")),
		    "3", true);
	assert_page(b, BELA, PAGE(.max = 9, IDS(7)), "", true);
	assert_page(b, STR("nobody"), PAGE(.max = 9, IDS(7)), "", true);
}

static void assert_ends(struct bed *b, struct str owner, int64_t visible, int64_t first,
			int64_t last)
{
	struct store_answer a = bed_read(b, &(struct store_request){ .kind = READ_ARCHIVE_ENDS,
								     .owner = owner,
								     .archive.visible = visible });
	const struct archive_row *row = a.messages;

	assert_ok(a.err);
	assert_int_equal(row != NULL, first != 0);
	assert_int_equal(row ? row->seq : 0, first);
	if (row && first < 1000)
		assert_int_equal(row->wall_time, 5000 + first);
	row = row && row->next ? row->next : row;
	assert_int_equal(row ? row->seq : 0, last);
	assert_true(!row || (!row->next && row->stanza.len == 0));
	arena_done(&a.arena);
}

static void ends_are_of_the_whole_archive(void **state)
{
	struct bed *b = *state;
	struct txn *t = txn_new();

	assert_ends(b, ANNA, 0, 0, 0);
	fill(b);
	assert_ends(b, ANNA, 0, 1, 40);
	assert_ends(b, ANNA, 17, 1, 17);
	assert_ends(b, ANNA, 1, 1, 1);
	assert_ends(b, BELA, 0, 1001, 1039);
	assert_ends(b, BELA, 40, 0, 0);
	assert_ends(b, STR("nobody"), 0, 0, 0);
	txn_remove(t, ANNA, 1, 4);
	assert_ok(bed_commit(b, t));
	assert_ends(b, ANNA, 0, 5, 40);
}

static void assert_count_of(struct bed *b, struct str owner, struct archive_query q, uint64_t count)
{
	struct store_answer a;

	q.want_count = true;
	a = bed_read(b,
		     &(struct store_request){ .kind = READ_ARCHIVE, .owner = owner, .archive = q });
	assert_ok(a.err);
	assert_int_equal(a.count, count);
	arena_done(&a.arena);
}

static void assert_counts(struct bed *b, struct archive_query q, uint64_t count)
{
	assert_count_of(b, ANNA, q, count);
}

static void counts_are_of_all_pages(void **state)
{
	struct bed *b = *state;

	assert_counts(b, PAGE(.max = 5), 0);
	fill(b);
	assert_counts(b, PAGE(.max = 5), 40);
	assert_counts(b, PAGE(.max = 5, .after = 30, .before = 35), 40);
	assert_counts(b, PAGE(.max = 5, .above = 30, .below = 35), 4);
	assert_counts(b, PAGE(.max = 5, .above = 30, .with = BELA), 5);
	assert_counts(b, PAGE(.max = 1, IDS(3, 4, 5)), 3);
	assert_counts(b, PAGE(.max = 1, IDS(3, 4, 5), .with = BELA), 2);
	assert_counts(b, PAGE(.max = 0, .with = CARO), 20);
	assert_counts(b, PAGE(.max = 0, .with = CARO, .visible = 20), 10);
	assert_counts(b, PAGE(.max = 0, .wall_start = 11, .wall_end = 20), 10);
	assert_counts(b, PAGE(.max = 0, .with = BELA, .with_resource = STR("home")), 10);
	assert_counts(b, PAGE(.max = 0, .flags_any = ARCHIVE_OFFLINE), 0);
	assert_counts(b, PAGE(.max = 0, .visible = 1, .with = CARO), 0);
}

static void pages_end_at_a_size(void **state)
{
	struct bed *b = *state;
	char buf[128];
	size_t size =
		stanza_of(buf, 1, "home").len; /* of any of the first nine, but for the odd ones */

	fill(b);
	assert_page(b, ANNA, PAGE(.max = 9, .with = CARO, .max_bytes = 1), "2", false);
	assert_page(b, ANNA, PAGE(.max = 9, .with = CARO, .max_bytes = size), "2", false);
	assert_page(b, ANNA, PAGE(.max = 9, .with = CARO, .max_bytes = size + 1), "2 4", false);
	assert_page(b, ANNA, PAGE(.max = 1, .with = CARO, .max_bytes = size * 2), "2", false);
	assert_page(b, ANNA, PAGE(.max = 9, .max_bytes = 1, .is_backward = true), "40", false);
	assert_page(b, ANNA, PAGE(.max = 9, .max_bytes = 1, .after = 39), "40", true);
	assert_page(b, ANNA, PAGE(.max = 9, .max_bytes = 1 * MIB, .after = 37), "38 39 40", true);
}

static void assert_bound(struct bed *b, struct str owner, struct archive_query q, enum err wanted)
{
	struct store_answer a;

	q.must_exist = true;
	q.max = 3;
	a = bed_read(b,
		     &(struct store_request){ .kind = READ_ARCHIVE, .owner = owner, .archive = q });
	assert_int_equal(a.err, wanted);
	assert_true(!wanted || !a.messages);
	arena_done(&a.arena);
}

static void bounds_must_exist_when_asked(void **state)
{
	struct bed *b = *state;
	struct txn *t = txn_new();

	assert_bound(b, ANNA, PAGE(.after = 0), OK);
	assert_bound(b, ANNA, PAGE(.after = 3), ERR_NOT_FOUND);
	fill(b);
	assert_bound(b, ANNA, PAGE(.after = 3), OK);
	assert_bound(b, ANNA, PAGE(.before = 3), OK);
	assert_bound(b, ANNA, PAGE(.after = 41), ERR_NOT_FOUND);
	assert_bound(b, ANNA, PAGE(.before = 41), ERR_NOT_FOUND);
	assert_bound(b, ANNA, PAGE(.after = 3, .before = 41), ERR_NOT_FOUND);
	assert_bound(b, ANNA, PAGE(.after = INT64_MAX), ERR_NOT_FOUND);
	/* Of the archive, not of what the filters let pass; but visible. */
	assert_bound(b, ANNA, PAGE(.after = 3, .with = CARO), OK);
	assert_bound(b, ANNA, PAGE(.after = 3, .wall_start = 10), OK);
	assert_bound(b, ANNA, PAGE(.after = 3, .visible = 3), OK);
	assert_bound(b, ANNA, PAGE(.after = 3, .visible = 2), ERR_NOT_FOUND);
	assert_bound(b, ANNA, PAGE(.above = 3, .below = 41), ERR_NOT_FOUND);
	assert_bound(b, ANNA, PAGE(.above = 41), ERR_NOT_FOUND);
	assert_bound(b, ANNA, PAGE(.above = 3, .below = 8), OK);
	assert_bound(b, ANNA, PAGE(IDS(3, 8)), OK);
	assert_bound(b, ANNA, PAGE(IDS(3, 41)), ERR_NOT_FOUND);
	assert_bound(b, ANNA, PAGE(IDS(3, 8), .visible = 7), ERR_NOT_FOUND);
	/* Of somebody else, and of nobody. */
	assert_bound(b, BELA, PAGE(.after = 3), ERR_NOT_FOUND);
	assert_bound(b, BELA, PAGE(.after = 1002), ERR_NOT_FOUND);
	assert_bound(b, STR("nobody"), PAGE(.before = 3), ERR_NOT_FOUND);
	assert_bound(b, STR("nobody"), PAGE(.before = 0), OK);
	assert_bound(b, STR("nobody"), PAGE(.above = 3), ERR_NOT_FOUND);
	assert_bound(b, STR("nobody"), PAGE(IDS(3)), ERR_NOT_FOUND);
	txn_remove(t, ANNA, 3, 3);
	assert_ok(bed_commit(b, t));
	assert_bound(b, ANNA, PAGE(.after = 3), ERR_NOT_FOUND);
}

static void rows_come_as_they_were_put(void **state)
{
	struct bed *b = *state;
	struct store_request r = { .kind = READ_ARCHIVE, .owner = BELA };
	struct store_answer a;
	char buf[128];

	fill(b);
	r.archive = PAGE(.max = 1, .after = 1004);
	a = bed_read(b, &r);
	assert_int_equal(a.messages->flags, ARCHIVE_IN | ARCHIVE_OFFLINE);
	assert_int_equal(a.messages->wall_time, 5005);
	assert_true(str_eq(a.messages->stanza, stanza_of(buf, 5, "a&amp;b")));
	assert_int_equal(a.examined_seq, 1005);
	arena_done(&a.arena);
}

static void dedup_values_come_newest_first(void **state)
{
	struct bed *b = *state;
	struct store_request r = { .kind = READ_DEDUP, .owner = ANNA, .from_wall = 30, .max = 100 };
	const uint64_t wanted[] = { 40, 38, 37, 35, 34, 32, 31 };
	struct store_answer a;

	fill(b);
	a = bed_read(b, &r);
	assert_true(a.dedup_count == array_len(wanted) && !memcmp(a.dedup, wanted, sizeof(wanted)));
	arena_done(&a.arena);
	r.max = 2;
	a = bed_read(b, &r);
	assert_true(a.dedup_count == 2 && a.dedup[0] == 40 && a.dedup[1] == 38);
	arena_done(&a.arena);
	r.owner = BELA;
	a = bed_read(b, &r);
	assert_true(!a.err && !a.dedup_count);
	arena_done(&a.arena);
	r.is_in = true;
	a = bed_read(b, &r);
	assert_true(a.dedup_count == 2 && a.dedup[0] == 137);
	arena_done(&a.arena);
}

static void assert_stats(struct bed *b, uint64_t messages, uint64_t entries)
{
	struct store_answer a = bed_read(b, &(struct store_request){ .kind = READ_STATS });

	assert_int_equal(a.stats.messages, messages);
	assert_int_equal(a.stats.entries, entries);
	arena_done(&a.arena);
}

static void assert_stanza(struct bed *b, struct str owner, int64_t seq, const char *text,
			  unsigned flags)
{
	struct store_request r = { .kind = READ_ARCHIVE, .owner = owner };
	struct store_answer a;

	r.archive = PAGE(.max = 1, .after = seq - 1);
	a = bed_read(b, &r);
	assert_non_null(a.messages);
	assert_int_equal(a.messages->seq, seq);
	assert_str(a.messages->stanza, text);
	assert_int_equal(a.messages->flags, flags);
	arena_done(&a.arena);
}

static void blanking_is_for_everybody(void **state)
{
	struct bed *b = *state;
	struct txn *t = txn_new();

	fill(b);
	txn_blank(t, BELA, 1007, STR("<gone/>"));
	txn_blank(t, BELA, 1008, STR("<gone/>")); /* no such seq */
	txn_blank(t, CARO, 8, STR("<gone/>"));    /* no such owner */
	assert_ok(bed_commit(b, t));
	assert_stanza(b, BELA, 1007, "<gone/>", ARCHIVE_IN | ARCHIVE_BLANKED);
	assert_stanza(b, ANNA, 7, "<gone/>", ARCHIVE_OUT | ARCHIVE_BLANKED);
	assert_page(b, ANNA, PAGE(.max = 5, .flags_any = ARCHIVE_BLANKED), "7", true);
	assert_stats(b, 40, 60);
}

static void removing_is_for_one_owner(void **state)
{
	struct bed *b = *state;
	struct txn *t = txn_new();

	fill(b);
	txn_remove(t, ANNA, 1, 4);
	txn_remove(t, ANNA, 100, 200);
	txn_remove(t, CARO, 1, 40);
	assert_ok(bed_commit(b, t));
	assert_page(b, ANNA, PAGE(.max = 2), "5 6", false);
	assert_page(b, ANNA, PAGE(.max = 2, .with = BELA), "5 7", false);
	assert_page(b, ANNA, PAGE(.max = 2, .with = CARO), "6 8", false);
	assert_page(b, BELA, PAGE(.max = 2), "1001 1003", false);
	assert_stats(b, 38, 56); /* the bodies of 2 and 4 had nobody else */
	t = txn_new();
	txn_remove(t, BELA, 1003, 1003);
	assert_ok(bed_commit(b, t));
	assert_page(b, BELA, PAGE(.max = 2, .with = ANNA), "1001 1005", false);
	assert_stats(b, 37, 55);
}

static void expiry_goes_by_age(void **state)
{
	struct bed *b = *state;
	uint64_t removed;

	fill(b);
	assert_ok(bed_expire(b, CARO, 99999, &removed));
	assert_int_equal(removed, 0);
	assert_ok(bed_expire(b, ANNA, 11, &removed));
	assert_int_equal(removed, 10);
	assert_page(b, ANNA, PAGE(.max = 2), "11 12", false);
	assert_page(b, BELA, PAGE(.max = 2), "1001 1003", false);
	assert_stats(b, 35, 50);
	assert_ok(bed_expire(b, STR_NONE, 1010, &removed));
	assert_int_equal(removed, 35);
	assert_page(b, ANNA, PAGE(.max = 2), "", true);
	assert_page(b, BELA, PAGE(.max = 2), "1011 1013", false);
	assert_stats(b, 15, 15);
	assert_ok(bed_expire(b, STR_NONE, INT64_MAX, &removed));
	assert_int_equal(removed, 15);
	assert_stats(b, 0, 0);
}

/* More than fit one step, and beside commits. */
static void expiry_takes_as_many_steps_as_it_needs(void **state)
{
	struct bed *b = *state;
	uint64_t removed;

	for (int64_t i = 0; i < 3; i++) {
		struct txn *txns[400];
		enum err errs[400];

		for (int64_t k = 0; k < 400; k++)
			txns[k] = bed_message(ANNA, 1 + 400 * i + k, BELA, 1 + 400 * i + k,
					      STR("<m/>"));
		bed_commit_all(b, txns, 400, errs);
		for (int64_t k = 0; k < 400; k++)
			assert_ok(errs[k]);
	}
	assert_ok(bed_expire(b, STR_NONE, 1151, &removed));
	assert_int_equal(removed, 2300);
	assert_stats(b, 50, 100);
}

/* What waits for its receiver, but is in nobody's archive. */
static void what_is_hidden_is_not_in_the_archive(void **state)
{
	struct bed *b = *state;
	struct archive_entry hidden = { .owner = BELA,
					.seq = 1008,
					.peer = STR(""),
					.flags = ARCHIVE_OFFLINE | ARCHIVE_HIDDEN };
	struct txn *t = txn_new();

	fill(b);
	txn_append(t, 5008, STR("<m/>"), NULL, 0);
	txn_append_entry(t, &hidden);
	assert_ok(bed_commit(b, t));
	t = txn_new();
	hidden.seq = 1050;
	txn_append(t, 5050, STR("<m/>"), &hidden, 1);
	assert_ok(bed_commit(b, t));
	assert_stats(b, 42, 62);
	assert_page(b, BELA, PAGE(.max = 9, .above = 1006, .below = 1012), "1007 1009 1011", true);
	assert_page(b, BELA, PAGE(.max = 9, .above = 1006, .below = 1012, .with = ANNA),
		    "1007 1009 1011", true);
	assert_page(b, BELA, PAGE(.max = 9, .after = 1006, .before = 1010, .with_hidden = true),
		    "1007 1008 1009", true);
	assert_page(b, BELA, PAGE(.max = 9, .flags_any = ARCHIVE_HIDDEN, .with_hidden = true),
		    "1008 1050", true);
	assert_page(b, BELA, PAGE(.max = 9, IDS(1007, 1008)), "1007", true);
	assert_bound(b, BELA, PAGE(.after = 1008), ERR_NOT_FOUND);
	assert_bound(b, BELA, PAGE(IDS(1007, 1008)), ERR_NOT_FOUND);
	assert_ends(b, BELA, 0, 1001, 1039);
	assert_count_of(b, BELA, PAGE(.max = 0, .above = 1006, .below = 1012), 3);
	assert_count_of(b, BELA, PAGE(.max = 0, .above = 1006, .below = 1012, .with = ANNA), 3);
	t = txn_new();
	txn_remove_hidden(t, BELA, 1000, 1049);
	assert_ok(bed_commit(b, t));
	assert_stats(b, 41, 61);
	assert_page(b, BELA, PAGE(.max = 9, .after = 1036, .with_hidden = true), "1037 1039 1050",
		    true);
}

/* A message that nobody keeps leaves nothing behind. */
static void a_message_without_entries_is_not_kept(void **state)
{
	struct bed *b = *state;
	struct txn *t = txn_new();

	txn_append(t, 5000, STR("<m/>"), NULL, 0);
	assert_ok(bed_commit(b, t));
	assert_stats(b, 0, 0);
}

/* Two that write to one another at the same time see their own message first, each in the own
 * archive. */
static void crossing_messages_keep_each_owners_order(void **state)
{
	struct bed *b = *state;

	assert_ok(bed_commit(b, bed_message(ANNA, 10, BELA, 13, STR("<from-anna/>"))));
	assert_ok(bed_commit(b, bed_message(BELA, 11, ANNA, 12, STR("<from-bela/>"))));
	assert_ok(bed_commit(b, bed_message(ANNA, 5, BELA, 20, STR("<late/>"))));
	assert_page(b, ANNA, PAGE(.max = 1, .with = BELA), "5", false);
	assert_page(b, ANNA, PAGE(.max = 9, .with = BELA, .after = 5), "10 12", true);
	assert_page(b, BELA, PAGE(.max = 9, .with = ANNA), "11 13 20", true);
	assert_page(b, BELA, PAGE(.max = 1, .with = ANNA, .before = 20, .is_backward = true), "13",
		    false);
}

static void one_may_write_to_oneself(void **state)
{
	struct bed *b = *state;
	struct txn *t = bed_message(ANNA, 1, ANNA, 2, STR("<m/>"));

	assert_ok(bed_commit(b, t));
	assert_page(b, ANNA, PAGE(.max = 9, .with = ANNA), "1 2", true);
	t = txn_new();
	txn_remove(t, ANNA, 1, 2);
	assert_ok(bed_commit(b, t));
	assert_stats(b, 0, 0);
}

#define ARCHIVE_TESTS(fixture)                                                                     \
	{                                                                                          \
		STORE_TEST(pages_of_an_owner_go_both_ways, fixture),                               \
			STORE_TEST(pages_of_a_conversation_go_both_ways, fixture),                 \
			STORE_TEST(pages_keep_to_time_and_visibility, fixture),                    \
			STORE_TEST(pages_are_full_in_spite_of_filters, fixture),                   \
			STORE_TEST(ends_that_are_asked_for_are_no_page, fixture),                  \
			STORE_TEST(pages_of_a_list_hold_nothing_else, fixture),                    \
			STORE_TEST(ends_are_of_the_whole_archive, fixture),                        \
			STORE_TEST(counts_are_of_all_pages, fixture),                              \
			STORE_TEST(pages_end_at_a_size, fixture),                                  \
			STORE_TEST(bounds_must_exist_when_asked, fixture),                         \
			STORE_TEST(rows_come_as_they_were_put, fixture),                           \
			STORE_TEST(dedup_values_come_newest_first, fixture),                       \
			STORE_TEST(blanking_is_for_everybody, fixture),                            \
			STORE_TEST(removing_is_for_one_owner, fixture),                            \
			STORE_TEST(expiry_goes_by_age, fixture),                                   \
			STORE_TEST(expiry_takes_as_many_steps_as_it_needs, fixture),               \
			STORE_TEST(what_is_hidden_is_not_in_the_archive, fixture),                 \
			STORE_TEST(a_message_without_entries_is_not_kept, fixture),                \
			STORE_TEST(crossing_messages_keep_each_owners_order, fixture),             \
			STORE_TEST(one_may_write_to_oneself, fixture),                             \
	}

int run_archive_tests(void)
{
	const struct CMUnitTest memory[] = ARCHIVE_TESTS(bed_memory);
	const struct CMUnitTest sqlite[] = ARCHIVE_TESTS(bed_sqlite);
	const struct CMUnitTest young[] = ARCHIVE_TESTS(bed_young);

	return cmocka_run_group_tests_name("archive on memory", memory, NULL, NULL) +
	       cmocka_run_group_tests_name("archive on sqlite", sqlite, NULL, NULL) +
	       cmocka_run_group_tests_name("archive on sqlite, settling", young, NULL, NULL);
}
