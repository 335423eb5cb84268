/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds of archive queries, and the resource filter on a stanza's start tag. */
#include "server/store/archive.h"

#include "support/unit.h"

static bool matches(const char *bare, const char *resource, const char *stanza)
{
	struct archive_query q = { .with = str_from(bare), .with_resource = str_from(resource) };

	return archive_matches_resource(&q, str_from(stanza));
}

static void reads_from_and_to_of_the_start_tag(void **state)
{
	assert_true(matches("a@x", "r", "<message from='a@x/r' to='b@x'/>"));
	assert_true(matches("a@x", "r", "<message to=\"a@x/r\"><body>hi</body></message>"));
	assert_true(matches("a@x", "r", " \n<message\n\tid = '1'\n from\t=\n'a@x/r'>"));
	assert_true(matches("a@x", "r", "<m:message id='x' from='b@x/q' to='a@x/r'/>"));
	assert_false(matches("a@x", "r", "<message from='a@x' to='b@x'/>"));
	assert_false(matches("a@x", "r", "<message from='a@x/r2' to='b@x/r'/>"));
	assert_false(matches("a@x", "r", "<message from='a@x/' to='ba@x/r'/>"));
	assert_false(matches("a@x", "r", "<message from=''/>"));
	assert_true(matches("a@x", "", "<message from='a@x/'/>"));
}

static void only_the_real_attributes_count(void **state)
{
	/* Other attributes, other elements, text, and what merely looks like an attribute. */
	assert_false(matches("a@x", "r", "<message xfrom='a@x/r' fromx='a@x/r' x:from='a@x/r'/>"));
	assert_false(matches("a@x", "r", "<message><x from='a@x/r'/></message>"));
	assert_false(matches("a@x", "r", "<message id=\"from='a@x/r'\" to='b@x'/>"));
	assert_false(matches("a@x", "r", "<message>from='a@x/r'</message>"));
	assert_true(matches("a@x", "r", "<message id='>' a=\"/>\" from='a@x/r'/>"));
	assert_true(matches("a@x", "from='q'", "<message id='1' to=\"a@x/from='q'\"/>"));
}

static void values_are_unescaped(void **state)
{
	assert_true(matches("a@x", "a&b", "<m from='a@x/a&amp;b'/>"));
	assert_true(matches("a@x", "<'\">", "<m from='a@x/&lt;&apos;&quot;&gt;'/>"));
	assert_true(matches("a@x", "AZ", "<m from='a@x/&#65;&#x5a;'/>"));
	assert_true(matches("a@x", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
			    "<m from='a@x/&#xe4;&#x20AC;&#128512;'/>"));
	assert_true(matches("a@x", "&amp;", "<m from='a@x/&amp;amp;'/>"));
	assert_false(matches("a@x", "&amp;", "<m from='a@x/&amp;'/>"));
	assert_false(matches("a@x", "r", "<m from='a@x/&nosuch;'/>"));
	assert_false(matches("a@x", "r", "<m from='a@x/&#;'/>"));
	assert_false(matches("a@x", "r", "<m from='a@x/&#x;'/>"));
	assert_false(matches("a@x", "r", "<m from='a@x/&#1114112;'/>"));
	assert_false(matches("a@x", "r", "<m from='a@x/&#99999999999999999999;'/>"));
	assert_false(matches("a@x", "r", "<m from='a@x/r&'/>"));
}

static void what_is_no_xml_matches_nothing(void **state)
{
	static const char *const bad[] = { "",
					   "<",
					   "<m",
					   "<m from",
					   "<m from=",
					   "<m from='",
					   "<m from='a@x/r",
					   "from='a@x/r'",
					   "<m from=a@x/r>",
					   "<m 'from'='a@x/r'>",
					   "<m =>" };

	for (size_t i = 0; i < array_len(bad); i++)
		assert_false(matches("a@x", "r", bad[i]));
	assert_true(archive_matches_resource(&(struct archive_query){ .max = 1 }, STR("")));
}

static void assert_range(struct archive_query q, bool is_paged, int64_t low, int64_t high)
{
	struct archive_range r = archive_range_of(&q, is_paged);

	assert_int_equal(r.low, low);
	assert_int_equal(r.high, high);
}

static void ranges_are_what_all_bounds_leave(void **state)
{
	assert_range((struct archive_query){ .max = 1 }, true, INT64_MIN, INT64_MAX);
	assert_range((struct archive_query){ .after = 5, .before = 9 }, true, 6, 8);
	assert_range((struct archive_query){ .after = 5, .before = 9 }, false, INT64_MIN,
		     INT64_MAX);
	assert_range((struct archive_query){ .after = 5, .wall_start = 9 }, true, 9, INT64_MAX);
	assert_range((struct archive_query){ .before = 5, .wall_end = 9 }, true, INT64_MIN, 4);
	assert_range((struct archive_query){ .before = 15, .wall_end = 9, .visible = 7 }, true,
		     INT64_MIN, 7);
	assert_range((struct archive_query){ .after = INT64_MAX }, true, 1, 0);
	assert_range((struct archive_query){ .before = INT64_MIN }, true, 1, 0);
}

static void pages_are_cut_to_their_limit(void **state)
{
	assert_int_equal(archive_page_rows(&(struct archive_query){ .max = 0 }), 0);
	assert_int_equal(archive_page_rows(&(struct archive_query){ .max = 50 }), 50);
	assert_int_equal(archive_page_rows(&(struct archive_query){ .max = UINT32_MAX }),
			 ARCHIVE_PAGE_MAX);
}

UNIT_TESTS(store_archive, cmocka_unit_test(reads_from_and_to_of_the_start_tag),
	   cmocka_unit_test(only_the_real_attributes_count), cmocka_unit_test(values_are_unescaped),
	   cmocka_unit_test(what_is_no_xml_matches_nothing),
	   cmocka_unit_test(ranges_are_what_all_bounds_leave),
	   cmocka_unit_test(pages_are_cut_to_their_limit));
