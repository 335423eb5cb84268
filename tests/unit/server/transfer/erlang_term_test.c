/* SPDX-License-Identifier: Apache-2.0 */
/* server/transfer/erlang_term: what is a term, and what is refused. */
#include "server/transfer/erlang_term.h"
#include "support/unit.h"

static void reads_terms(void **state)
{
	static const struct str text = STR_INIT(
		"{rec, 'An\\'atom', <<\"a\\\"b\\n\\x{e9}\"/utf8>>, <<195,169>>, <<>>,\n % why\n "
		"[-5, 1.5e3, \"s\"], {}}.\n");
	const struct term *t;
	struct arena a;
	size_t at;

	arena_init(&a, MIB);
	assert_int_equal(erlang_parse(&a, text, &t, &at), OK);
	assert_true(term_is_record(t, STR("rec"), 7));
	assert_false(term_is_record(t, STR("rec"), 8));
	assert_true(term_is_atom(term_at(t, 1), STR("An'atom")));
	assert_true(str_eq(term_bytes(term_at(t, 2)), STR("a\"b\n\xc3\xa9")));
	assert_true(str_eq(term_bytes(term_at(t, 3)), STR("\xc3\xa9")));
	assert_int_equal(term_bytes(term_at(t, 4)).len, 0);
	assert_int_equal(term_at(term_at(t, 5), 0)->number, -5);
	assert_int_equal(term_at(term_at(t, 5), 1)->number, 1);
	assert_int_equal(term_at(t, 6)->count, 0);
	assert_null(term_at(t, 7));
	assert_null(term_at(NULL, 0));
	arena_done(&a);
}

static void refuses_the_rest(void **state)
{
	static const char *const wrong[] = {
		"",  "{",       "{a",      "{a,}",    "{a b}", "[a}", "<<256>>", "<<1,>>",
		"-", "<0.1.0>", "#{a=>1}", "fun x/1", "A",     "\"a", "<<\"a\"", "a. b",
	};

	for (size_t i = 0; i < array_len(wrong); i++) {
		const struct term *t = NULL;
		struct arena a;
		size_t at = 999;

		arena_init(&a, MIB);
		assert_int_equal(erlang_parse(&a, str_from(wrong[i]), &t, &at), ERR_INVALID);
		assert_null(t);
		assert_true(at <= strlen(wrong[i]));
		arena_done(&a);
	}
}

UNIT_TESTS(erlang_term, cmocka_unit_test(reads_terms), cmocka_unit_test(refuses_the_rest));
