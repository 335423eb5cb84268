/* SPDX-License-Identifier: Apache-2.0 */
/* xep/bookmark: both forms of a bookmark, and what has no place in one of them. */
#include "xep/bookmark.h"

#include "xml/build.h"
#include "xml/write.h"

#include "support/unit.h"

static struct arena arena;

static int set_up(void **state)
{
	arena_init(&arena, MIB);
	return 0;
}

static int tear_down(void **state)
{
	arena_done(&arena);
	return 0;
}

static struct xml *parsed(struct str text)
{
	static const struct xml_limits limits = { .stanza_bytes = 100000,
						  .depth = 20,
						  .attrs = 20,
						  .name_bytes = 200,
						  .children = 9999 };
	static const struct xml_scope scope = { .default_ns = STR_INIT("") };
	struct xml *x = NULL;

	assert_int_equal(xml_parse(&arena, text, &scope, &limits, &x), XML_FAULT_NONE);
	return x;
}

static struct xml *storage(const char *inside)
{
	struct str text =
		arena_printf(&arena, "<storage xmlns='storage:bookmarks'>%s</storage>", inside);

	return parsed(text);
}

static void assert_written(const struct xml *x, const char *wanted)
{
	struct sbuf out scoped(sbuf_done) = SBUF(10000);
	struct sbuf same scoped(sbuf_done) = SBUF(10000);

	assert_int_equal(xml_write_alone(&out, x), OK);
	assert_int_equal(xml_write_alone(&same, parsed(str_from(wanted))), OK);
	assert_true(str_eq(sbuf_str(&out), sbuf_str(&same)));
}

static void goes_round(void **state)
{
	static const char old[] = "<conference jid='A@b' name='A' autojoin='1'><password/>"
				  "<nick>n</nick><minimize>1</minimize>"
				  "<extensions><x xmlns='urn:x'/></extensions></conference>";
	struct xml *back = xml_new(&arena, NS_STORAGE, STR("storage"));
	struct bookmark *list, b;
	bool is_whole = false;
	size_t count = 0;

	assert_int_equal(bookmarks_read(&arena, storage(old), false, &list, &count, &is_whole), OK);
	assert_int_equal(count, 1);
	assert_true(is_whole);
	assert_true(str_eq(list[0].jid, STR("a@b")));
	assert_written(bookmark_write(&arena, &list[0]),
		       "<conference xmlns='urn:xmpp:bookmarks:1' name='A' autojoin='true'>"
		       "<nick>n</nick><password/><extensions>"
		       "<minimize xmlns='storage:bookmarks'>1</minimize><x xmlns='urn:x'/>"
		       "</extensions></conference>");
	assert_true(bookmark_read(&arena, STR("a@b"), bookmark_write(&arena, &list[0]), &b));
	bookmark_write_storage(&arena, back, &b);
	assert_written(back, "<storage xmlns='storage:bookmarks'><conference jid='a@b' name='A' "
			     "autojoin='true'><nick>n</nick><password/><minimize>1</minimize>"
			     "<extensions><x xmlns='urn:x'/></extensions></conference></storage>");
}

static void refuses(void **state)
{
	static const char *const wrong[] = {
		"<url url='http://x/'/>",
		"<conference/>",
		"<conference jid='a@'/>",
		"<conference jid='a@b'/><conference jid='A@B'/>",
		"<conference xmlns='urn:other' jid='a@b'/>",
	};
	struct bookmark *list = NULL, b;
	bool is_whole = true;
	size_t count = 9;

	for (size_t i = 0; i < array_len(wrong); i++) {
		struct xml *x = storage(wrong[i]);

		assert_int_equal(bookmarks_read(&arena, x, false, &list, &count, &is_whole),
				 ERR_INVALID);
		assert_int_equal(count, 9);
	}
	assert_int_equal(bookmarks_read(&arena, storage("<conference jid='a@b'/><url/>"), true,
					&list, &count, &is_whole),
			 OK);
	assert_int_equal(count, 1);
	assert_false(is_whole);
	assert_false(
		bookmark_read(&arena, STR("a@b"), parsed(STR("<conference xmlns='urn:x'/>")), &b));
	assert_false(bookmark_read(&arena, STR("a@b"), NULL, &b));
}

static void is_bounded(void **state)
{
	struct xml *many = xml_new(&arena, NS_STORAGE, STR("storage"));
	struct bookmark *list;
	bool is_whole;
	size_t count;

	for (int i = 0; i <= BOOKMARKS_MAX; i++)
		xml_set(&arena, xml_add_new(&arena, many, NS_STORAGE, STR("conference")),
			STR("jid"), arena_printf(&arena, "r%d@b", i));
	assert_int_equal(bookmarks_read(&arena, many, false, &list, &count, &is_whole),
			 ERR_TOO_BIG);
}

static void keeps_extensions(void **state)
{
	struct bookmark old, b;

	assert_true(bookmark_read(&arena, STR("a@b"),
				  parsed(STR("<conference xmlns='urn:xmpp:bookmarks:1'><extensions>"
					     "<x xmlns='urn:x'>1</x><y xmlns='urn:y'/></extensions>"
					     "</conference>")),
				  &old));
	assert_true(bookmark_read(&arena, STR("a@b"),
				  parsed(STR("<conference xmlns='urn:xmpp:bookmarks:1'><extensions>"
					     "<x xmlns='urn:x'>2</x></extensions></conference>")),
				  &b));
	bookmark_keep_extensions(&arena, &b, &old);
	assert_written(bookmark_write(&arena, &b),
		       "<conference xmlns='urn:xmpp:bookmarks:1'><extensions>"
		       "<x xmlns='urn:x'>2</x><y xmlns='urn:y'/></extensions></conference>");
}

UNIT_TESTS_WITH(xep_bookmark, set_up, tear_down, cmocka_unit_test(goes_round),
		cmocka_unit_test(refuses), cmocka_unit_test(is_bounded),
		cmocka_unit_test(keeps_extensions));
