/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of archived messages: there and back, opaque, and nothing else is read. */
#include "server/route/archive_id.h"

#include "base/random.h"
#include "support/unit.h"

static void there_and_back(void **state)
{
	const struct home h = { .id_key = { 1, 2, 3, 4 } };
	struct arena a scoped(arena_done);
	int64_t seqs[] = { 0, 1, 2, 1795000000000000, INT64_MAX };
	int64_t found;

	arena_init(&a, MIB);
	for (size_t i = 0; i < array_len(seqs); i++) {
		found = -1;
		assert_true(archive_id_read(&h, archive_id_write(&h, &a, seqs[i]), &found));
		assert_int_equal(found, seqs[i]);
	}
	for (int i = 0; i < 10000; i++) {
		int64_t seq = (int64_t)(random_u64() >> 1);
		struct str id = archive_id_write(&h, &a, seq);

		assert_int_equal(id.len, 13);
		assert_true(archive_id_read(&h, id, &found));
		assert_int_equal(found, seq);
	}
}

static void neighbours_differ(void **state)
{
	const struct home h = { .id_key = { 1, 2, 3, 4 } }, other = { .id_key = { 1, 3, 3, 4 } };
	struct arena a scoped(arena_done);
	unsigned same = 0;

	arena_init(&a, MIB);
	for (int64_t seq = 1795000000000000; seq < 1795000000001000; seq++) {
		struct str one = archive_id_write(&h, &a, seq);
		struct str next = archive_id_write(&h, &a, seq + 1);

		for (size_t i = 1; i < 13; i++)
			same += one.ptr[i] == next.ptr[i];
		assert_false(str_eq(one, archive_id_write(&other, &a, seq)));
	}
	/* Of 12,000 characters one in 32 is the same by chance: 375. */
	assert_in_range(same, 200, 550);
}

static void reads_nothing_else(void **state)
{
	static const struct str bad[] = {
		{ .ptr = NULL },
		STR_INIT(""),
		STR_INIT("a"),
		STR_INIT("aaaaaaaaaaaa"),
		STR_INIT("aaaaaaaaaaaaaa"),
		STR_INIT("qaaaaaaaaaaaa"), /* past 64 bits */
		STR_INIT("7aaaaaaaaaaaa"),
		STR_INIT("aaaaaaAaaaaaa"),
		STR_INIT("aaaaaa1aaaaaa"),
		STR_INIT("aaaaaa\0aaaaaa"),
		STR_INIT("aaaaaa\xc3\xa4"
			 "aaaaa"),
	};
	const struct home h = { .id_key = { 1, 2, 3, 4 } };
	int64_t seq = 77;

	for (size_t i = 0; i < array_len(bad); i++)
		assert_false(archive_id_read(&h, bad[i], &seq));
	assert_int_equal(seq, 77);
}

/* What reads gives its own text back, and never less than 0. */
static void one_text_each(void **state)
{
	const struct home h = { .id_key = { 1, 2, 3, 4 } };
	struct arena a scoped(arena_done);
	unsigned readable = 0;

	arena_init(&a, MIB);
	for (int i = 0; i < 10000; i++) {
		char text[14];
		int64_t seq;

		random_token(text, 13);
		if (!archive_id_read(&h, str_from(text), &seq))
			continue;
		readable++;
		assert_true(seq >= 0);
		assert_true(str_eq(archive_id_write(&h, &a, seq), str_from(text)));
	}
	/* Half begin too high, half of the rest are below 0. */
	assert_in_range(readable, 2000, 3000);
}

UNIT_TESTS(route_archive_id, cmocka_unit_test(there_and_back), cmocka_unit_test(neighbours_differ),
	   cmocka_unit_test(reads_nothing_else), cmocka_unit_test(one_text_each));
