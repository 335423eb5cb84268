/* SPDX-License-Identifier: Apache-2.0 */
/* search/words: what is a unit, and what it folds to. */
#include "search/words.h"

#include "base/sbuf.h"

#include "support/unit.h"

/* Units with '|' between, those that stand directly behind the one before with '+'. */
static void assert_units(const char *text, const char *wanted)
{
	struct sbuf out scoped(sbuf_done) = SBUF(4 * KIB);
	struct words w;

	words_init(&w, str_from(text));
	while (words_next(&w)) {
		assert_true(w.len > 0 && w.len <= WORD_MAX);
		if (out.len)
			(void)sbuf_add_char(&out, w.is_joined ? '+' : '|');
		(void)sbuf_add(&out, words_unit(&w));
	}
	(void)sbuf_add_char(&out, 0);
	assert_string_equal(out.ptr, wanted);
}

static void words_are_folded(void **state)
{
	assert_units("", "");
	assert_units("Hello, World!", "hello|world");
	assert_units("naïve NAÏVE nai\xcc\x88ve", "naive|naive|naive");
	assert_units("Straße STRASSE", "strasse|strasse");
	assert_units("Ёлка ΣΊΣΥΦΟΣ", "елка|σισυφοσ");
	assert_units("ﬁne ＡＢＣ １２３ x²", "fine|abc|123|x2");
	assert_units("IPv6 3.14 e-mail don't", "ipv6|3|14|e|mail|don|t");
	assert_units("İstanbul ISTANBUL", "istanbul|istanbul");
}

static void scripts_without_blanks_come_one_by_one(void **state)
{
	assert_units("会議室", "会+議+室");
	assert_units("会議、室", "会+議|室");
	assert_units("iPhone用の", "iphone+用+の");
	assert_units("안녕 하세요", "안+녕|하+세+요");
	assert_units("ｶﾞ", "カ");
	assert_units("สวัสดี", "ส+ว+ั+ส+ด+ี");
}

static void signs_are_units(void **state)
{
	assert_units("ok 👍🏽 yes", "ok|👍|yes");
	assert_units("a\xe2\x9d\xa4\xef\xb8\x8f"
		     "b",
		     "a+❤+b");
	assert_units("a + b = c", "a|b|c");
	assert_units("soft\xc2\xadhyphen zero\xe2\x80\x8bwidth", "softhyphen|zerowidth");
}

static void vowel_signs_are_part_of_their_words(void **state)
{
	assert_units("हिन्दी", "हिन्दी");
	assert_units("مُحَمَّد محمد", "محمد|محمد");
	assert_units("שָׁלוֹם", "שלום");
}

static void what_is_long_is_cut(void **state)
{
	char text[300];
	struct words w;

	memset(text, 'a', sizeof(text));
	words_init(&w, str_make(text, sizeof(text)));
	assert_true(words_next(&w));
	assert_int_equal(w.len, WORD_MAX);
	assert_false(words_next(&w));
	for (size_t i = 0; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xb8", 2); /* ø: folds to itself */
	words_init(&w, str_make(text, sizeof(text)));
	assert_true(words_next(&w));
	assert_int_equal(w.len, WORD_MAX);
	assert_false(words_next(&w));
}

static void bytes_that_are_no_text_separate(void **state)
{
	assert_units("a\xff\xfe"
		     "b\xc3",
		     "a|b");
	assert_units("\xed\xa0\x80x", "x");
}

UNIT_TESTS(search_words, cmocka_unit_test(words_are_folded),
	   cmocka_unit_test(scripts_without_blanks_come_one_by_one),
	   cmocka_unit_test(signs_are_units), cmocka_unit_test(vowel_signs_are_part_of_their_words),
	   cmocka_unit_test(what_is_long_is_cut),
	   cmocka_unit_test(bytes_that_are_no_text_separate));
