/* SPDX-License-Identifier: Apache-2.0 */
/* search/query: what is typed, and what is looked for. */
#include "search/query.h"

#include "xmpp/datetime.h"

#include "support/unit.h"

static struct arena arena;
static const struct query_view view = { .me = STR_INIT("romeo@x") };

static int set_up(void **state)
{
	arena_init(&arena, 16 * MIB);
	return 0;
}

static int tear_down(void **state)
{
	arena_done(&arena);
	return 0;
}

static struct query read_text(const char *text)
{
	struct query q;

	assert_int_equal(query_read(str_from(text), &view, &arena, &q), OK);
	return q;
}

/* Terms with ' ' between, alternatives with '|'; then phrases in angles. */
static void assert_query(struct query q, const char *wanted)
{
	struct sbuf out scoped(sbuf_done) = SBUF(64 * KIB);

	for (unsigned i = 0; i < q.term_count; i++) {
		if (i)
			(void)sbuf_add_char(&out, q.terms[i].is_alternative ? '|' : ' ');
		(void)sbuf_add(&out, q.terms[i].token);
	}
	for (unsigned i = 0; i < q.phrase_count; i++)
		(void)sbuf_printf(&out, "<%.*s>", STR_ARG(q.phrases[i]));
	(void)sbuf_add_char(&out, 0);
	assert_string_equal(out.ptr, wanted);
}

static void words_and_phrases(void **state)
{
	assert_query(read_text("Hello  wörld"), "hello world");
	assert_query(read_text("\"the quick\" fox"), "the quick fox< the quick >");
	assert_query(read_text("\"one\""), "one");
	assert_query(read_text("\"open end"), "open end< open end >");
	assert_query(read_text("example.org"), "example org< example org >");
	assert_query(read_text("会議"), "会議");
	assert_query(read_text("会"), "会");
	assert_query(read_text("会議室"), "会議 議室< 会 議 室 >");
	assert_query(read_text("\"会議 室\""), "会議 室< 会 議 室 >");
	assert_false(read_text("x").is_void);
	assert_true(read_text("!?").is_void);
	assert_true(read_text(" ").is_void);
}

static void operators(void **state)
{
	struct query q = read_text("from:juliet has:Image FROM:\"The Sun\" thread:T-1 rose");

	assert_query(q, "@njuliet @himage @nthe sun @tT-1 rose");
	assert_query(read_text("has:pin"), "@hpin");
	assert_query(read_text("from:Juliet@X/balcony"), "@fjuliet@x");
	assert_query(read_text("from:me"), "@fromeo@x");
	assert_query(read_text("mentions:me"), "@mromeo@x");
	q = read_text("in:Verona@C rose");
	assert_query(q, "rose");
	assert_memory_equal(q.in.full.ptr, "verona@c", 8);
	assert_true(read_text("in:a@x in:b@x").is_void);
	assert_true(read_text("in:@").is_void);
	assert_false(read_text("in:a@x in:A@x/r").is_void);
}

static void others_are_text(void **state)
{
	assert_query(read_text("has:fun note:x"), "has fun note x< has fun >< note x >");
	assert_query(read_text("mentions:you"), "mentions you< mentions you >");
	assert_query(read_text("before: noon"), "before noon");
	assert_query(read_text("after:lunch"), "after lunch< after lunch >");
	assert_query(read_text("AND OR NOT * ("), "and or not");
}

static usec_t time_of(const char *text)
{
	usec_t t;

	assert_int_equal(datetime_parse(str_from(text), &t), OK);
	return t;
}

static void times(void **state)
{
	struct query q = read_text("after:2026-01-01 before:2026-02-01 after:2025-01-01");

	assert_true(q.has_begin && q.has_end && !q.is_void);
	assert_int_equal(q.wall_begin, time_of("2026-01-01T00:00:00Z"));
	assert_int_equal(q.wall_end, time_of("2026-02-01T00:00:00Z"));
	q = read_text("before:2026-01-01T10:00:00+02:00");
	assert_int_equal(q.wall_end, time_of("2026-01-01T08:00:00Z"));
	assert_query(read_text("before:2026-02-30"), "before 2026 02 30< before 2026 02 30 >");
}

static void of_others_no_address(void **state)
{
	const struct query_view hidden = { .me = STR_INIT("romeo@x"),
					   .occupant_jid = STR_INIT("r@c/Ro"),
					   .occupant_id = STR_INIT("oc"),
					   .hides_addresses = true };
	struct query q;

	assert_int_equal(query_read(STR("from:juliet@x"), &hidden, &arena, &q), OK);
	assert_true(q.is_void);
	assert_int_equal(query_read(STR("from:romeo@x/r"), &hidden, &arena, &q), OK);
	assert_false(q.is_void);
	assert_false(q.has_address);
	assert_int_equal(query_read(STR("from:juliet mentions:me"), &hidden, &arena, &q), OK);
	assert_query(q, "@njuliet @mromeo@x|@mr@c/Ro|@ooc");
}

static void an_address_is_told(void **state)
{
	const struct query_view me = { .me = STR_INIT("romeo@x") };
	struct query q;

	assert_int_equal(query_read(STR("from:juliet@x from:me"), &me, &arena, &q), OK);
	assert_true(q.has_address && !q.is_void);
	assert_int_equal(query_read(STR("from:me from:juliet rose"), &me, &arena, &q), OK);
	assert_false(q.has_address);
}

static void a_name_is_a_phrase(void **state)
{
	struct str token = STR_NONE;
	struct query q;

	assert_true(str_eq(query_name(STR("Le Brother!"), &arena, &token), STR(" le brother ")));
	assert_true(str_eq(token, STR("le")));
	token = STR_NONE;
	assert_false(str_is_set(query_name(STR(" - "), &arena, &token)));
	assert_false(str_is_set(token));
	assert_false(str_is_set(query_name(STR_NONE, &arena, &token)));
	assert_int_equal(query_read(STR("rose mentions:me x mentions:me"), &view, &arena, &q), OK);
	assert_true(q.has_mention);
	assert_int_equal(q.mention_at, 1);
	assert_int_equal(query_read(STR("mentions:you"), &view, &arena, &q), OK);
	assert_false(q.has_mention);
}

static void is_bounded(void **state)
{
	char text[2 * QUERY_BYTES_MAX];
	struct query q = { .term_count = 7 };

	memset(text, 'a', sizeof(text));
	assert_int_equal(query_read(str_make(text, QUERY_BYTES_MAX + 1), &view, &arena, &q),
			 ERR_TOO_BIG);
	assert_int_equal(q.term_count, 7);
	for (size_t i = 1; i < sizeof(text); i += 2)
		text[i] = ' ';
	assert_int_equal(query_read(str_make(text, 2 * QUERY_TERMS_MAX), &view, &arena, &q), OK);
	assert_int_equal(q.term_count, QUERY_TERMS_MAX);
	assert_int_equal(query_read(str_make(text, 2 * QUERY_TERMS_MAX + 1), &view, &arena, &q),
			 ERR_TOO_BIG);
	for (size_t i = 1; i < sizeof(text); i += 2)
		text[i] = i % 4 == 1 ? '.' : ' ';
	assert_int_equal(query_read(str_make(text, 4 * QUERY_PHRASES_MAX), &view, &arena, &q), OK);
	assert_int_equal(query_read(str_make(text, 4 * QUERY_PHRASES_MAX + 4), &view, &arena, &q),
			 ERR_TOO_BIG);
}

UNIT_TESTS_WITH(search_query, set_up, tear_down, cmocka_unit_test(words_and_phrases),
		cmocka_unit_test(operators), cmocka_unit_test(others_are_text),
		cmocka_unit_test(times), cmocka_unit_test(of_others_no_address),
		cmocka_unit_test(an_address_is_told), cmocka_unit_test(a_name_is_a_phrase),
		cmocka_unit_test(is_bounded));
