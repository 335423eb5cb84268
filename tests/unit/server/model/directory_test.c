/* SPDX-License-Identifier: Apache-2.0 */
/* People who want to be found. */
#include "server/model/directory.h"
#include "support/unit.h"

static struct directory_card card_of(const char *nick, const char *last)
{
	struct directory_card c = { 0 };

	assert_int_equal(directory_set(&c, DIRECTORY_NICK, str_from(nick)), OK);
	assert_int_equal(directory_set(&c, DIRECTORY_LAST, str_from(last)), OK);
	return c;
}

static void words_begin_words_of_the_same_field(void **state)
{
	struct directory_card c = card_of("Jülchen", "Capulet of Verona");
	static const struct {
		const char *nick, *last;
		bool is_found;
	} rows[] = {
		{ "jul", "", true },        { "JÜL", "", true },         { "ulchen", "", false },
		{ "", "ver cap", true },    { "", "ver mantua", false }, { "verona", "", false },
		{ "jul", "capulet", true }, { "", "", false },           { "...", "", false },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct directory_card wanted = card_of(rows[i].nick, rows[i].last);

		assert_int_equal(directory_matches(&c, &wanted), rows[i].is_found);
	}
}

static void comes_back_from_the_store(void **state)
{
	struct directory_card c = card_of("Jülchen", ""), back = { 0 };
	struct arena a scoped(arena_done) = { 0 };

	arena_init(&a, 64 * KIB);
	assert_int_equal(directory_decode(&back, directory_encode(&c, &a)), OK);
	assert_true(str_eq(back.text[DIRECTORY_NICK], STR("Jülchen")));
	assert_false(back.text[DIRECTORY_EMAIL].len);
	assert_int_equal(directory_decode(&back, STR("1\x1f"
						     "a\x1f"
						     "b\x1f"
						     "c")),
			 ERR_INVALID);
	assert_int_equal(directory_decode(&back, STR("")), ERR_INVALID);
	assert_int_equal(directory_decode(&back, STR("2\x1f\x1f\x1f\x1f")), ERR_INVALID);
}

static void texts_are_bounded(void **state)
{
	struct directory_card c = { 0 };
	char text[DIRECTORY_TEXT_MAX + 1];

	memset(text, 'x', sizeof(text));
	assert_int_equal(directory_set(&c, DIRECTORY_NICK, str_make(text, sizeof(text))),
			 ERR_TOO_BIG);
	assert_int_equal(directory_set(&c, DIRECTORY_NICK, str_make(text, sizeof(text) - 1)), OK);
	assert_int_equal(directory_set(&c, DIRECTORY_NICK, STR("a\nb")), ERR_INVALID);
	assert_true(directory_is_empty(&(struct directory_card){ 0 }));
}

UNIT_TESTS(directory, cmocka_unit_test(words_begin_words_of_the_same_field),
	   cmocka_unit_test(comes_back_from_the_store), cmocka_unit_test(texts_are_bounded));
