/* SPDX-License-Identifier: Apache-2.0 */
/* model/archive_prefs: the rules of XEP-0441 2.3, and what the store holds. */
#include "server/model/archive_prefs.h"

#include "support/unit.h"

static const struct str always[] = { STR_INIT("anna@here"), STR_INIT("both@here"),
				     STR_INIT("caro@here/phone") };
static const struct str never[] = { STR_INIT("bela@here"), STR_INIT("both@here"),
				    STR_INIT("anna@here/work"), STR_INIT("far.example") };

static struct mam_prefs lists(enum mam_default by_default)
{
	return (struct mam_prefs){ .by_default = by_default,
				   .always = always,
				   .always_count = array_len(always),
				   .never = never,
				   .never_count = array_len(never) };
}

static bool keeps(enum mam_default by_default, const char *who, bool is_contact)
{
	struct arena a scoped(arena_done) = { 0 };
	struct mam_prefs prefs = lists(by_default);
	struct jid jid;

	arena_init(&a, 64 * KIB);
	assert_int_equal(jid_parse(&a, str_from(who), &jid), OK);
	return archive_prefs_keep(&prefs, jid, is_contact);
}

static void goes_by_the_lists_first(void **state)
{
	for (enum mam_default d = MAM_ALWAYS; d <= MAM_ROSTER; d++) {
		for (int is_contact = 0; is_contact < 2; is_contact++) {
			assert_true(keeps(d, "anna@here", is_contact));
			assert_true(keeps(d, "anna@here/phone", is_contact));
			assert_false(keeps(d, "bela@here", is_contact));
			assert_false(keeps(d, "bela@here/phone", is_contact));
			assert_false(keeps(d, "far.example", is_contact));
		}
	}
}

static void a_resource_stands_for_itself(void **state)
{
	assert_true(keeps(MAM_NEVER, "caro@here/phone", false));
	assert_false(keeps(MAM_NEVER, "caro@here", false));
	assert_false(keeps(MAM_NEVER, "caro@here/Phone", false));
	assert_false(keeps(MAM_ALWAYS, "anna@here/work", false));
	assert_true(keeps(MAM_NEVER, "anna@here/works", false));
}

static void never_counts_before_always(void **state)
{
	assert_false(keeps(MAM_ALWAYS, "both@here", true));
	assert_false(keeps(MAM_ALWAYS, "both@here/x", true));
}

static void goes_by_the_default_then(void **state)
{
	assert_true(keeps(MAM_ALWAYS, "dora@here", false));
	assert_false(keeps(MAM_NEVER, "dora@here", true));
	assert_true(keeps(MAM_ROSTER, "dora@here/x", true));
	assert_false(keeps(MAM_ROSTER, "dora@here/x", false));
	assert_true(keeps(MAM_ALWAYS, "a@far.example", false));
}

static void comes_back_from_the_store(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct mam_prefs prefs = lists(MAM_ROSTER);
	struct archive_prefs *back;
	struct str text;

	arena_init(&a, 64 * KIB);
	text = archive_prefs_encode(&prefs, &a);
	assert_int_equal(archive_prefs_decode(text, &back), OK);
	memset((char *)(uintptr_t)text.ptr, 'x', text.len); /* it is on its own */
	assert_int_equal(back->prefs.by_default, MAM_ROSTER);
	assert_int_equal(back->prefs.always_count, array_len(always));
	assert_int_equal(back->prefs.never_count, array_len(never));
	for (size_t i = 0; i < array_len(always); i++)
		assert_true(str_eq(back->prefs.always[i], always[i]));
	for (size_t i = 0; i < array_len(never); i++)
		assert_true(str_eq(back->prefs.never[i], never[i]));
	archive_prefs_free(&back);
	assert_null(back);
	archive_prefs_free(&back);
	assert_int_equal(archive_prefs_decode(STR("never"), &back), OK);
	assert_int_equal(back->prefs.always_count + back->prefs.never_count, 0);
	archive_prefs_free(&back);
}

static void refuses_what_nobody_wrote(void **state)
{
	static const char *const texts[] = { "",           "sometimes",   "never\n",     "never\n+",
					     "never\na@b", "never\n+a\n", "never\n\n-a", "+a@b" };
	struct archive_prefs *p = NULL;

	for (size_t i = 0; i < array_len(texts); i++)
		assert_int_equal(archive_prefs_decode(str_from(texts[i]), &p), ERR_INVALID);
	assert_null(p);
}

UNIT_TESTS(model_archive_prefs, cmocka_unit_test(goes_by_the_lists_first),
	   cmocka_unit_test(a_resource_stands_for_itself),
	   cmocka_unit_test(never_counts_before_always), cmocka_unit_test(goes_by_the_default_then),
	   cmocka_unit_test(comes_back_from_the_store),
	   cmocka_unit_test(refuses_what_nobody_wrote));
