/* SPDX-License-Identifier: Apache-2.0 */
/* xep/rsm: what is asked for, what is refused, and what a page says. */
#include "xep/rsm.h"

#include "xml/build.h"
#include "xml/write.h"
#include "xmpp/ns.h"

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

static enum err read_set(const char *inside, struct rsm *ret_rsm)
{
	static const struct xml_limits limits = {
		.stanza_bytes = 10000, .depth = 20, .attrs = 20, .name_bytes = 200, .children = 100
	};
	const struct xml_scope scope = { .default_ns = NS_CLIENT };
	struct str text =
		arena_printf(&arena, "<q><set xmlns='http://jabber.org/protocol/rsm'>%s</set></q>",
			     inside);
	struct xml *x = NULL;

	assert_int_equal(xml_parse(&arena, text, &scope, &limits, &x), XML_FAULT_NONE);
	return rsm_read(x, &arena, ret_rsm);
}

static void reads(void **state)
{
	struct rsm r = { .max = 7 };

	assert_int_equal(rsm_read(xml_new(&arena, NS_CLIENT, STR("q")), &arena, &r), OK);
	assert_false(r.is_set || r.has_max || r.has_index || str_is_set(r.after) ||
		     str_is_set(r.before));
	assert_int_equal(read_set("<max>10</max><after> id </after>", &r), OK);
	assert_true(r.is_set && r.has_max && r.max == 10);
	assert_true(str_eq(r.after, STR(" id ")));
	assert_false(str_is_set(r.before));
	assert_int_equal(read_set("<max> 0 </max><before/>", &r), OK);
	assert_true(r.has_max && r.max == 0 && str_is_set(r.before) && r.before.len == 0);
	assert_int_equal(read_set("<before>x</before>", &r), OK);
	assert_true(!r.has_max && str_eq(r.before, STR("x")));
	assert_int_equal(read_set("<index>12</index><other xmlns='o'/>", &r), OK);
	assert_true(r.has_index && r.index == 12);
	assert_int_equal(read_set("<max>99999999999</max>", &r), OK);
	assert_int_equal(r.max, UINT32_MAX);
}

static void refuses(void **state)
{
	static const char *const insides[] = {
		"<max>-1</max>",
		"<max>x</max>",
		"<max/>",
		"<max>1</max><max>2</max>",
		"<after/>",
		"<after>a</after><after>b</after>",
		"<after>a</after><before>b</before>",
		"<after>a</after><index>1</index>",
		"<index>1.5</index>",
		"<max>99999999999999999999999</max>",
		"</set><set xmlns='http://jabber.org/protocol/rsm'>",
	};
	struct rsm r = { .max = 7 };
	struct str big = str_make(memset(arena_alloc(&arena, RSM_ID_MAX + 1), 'a', RSM_ID_MAX + 1),
				  RSM_ID_MAX + 1);

	for (size_t i = 0; i < array_len(insides); i++)
		assert_int_equal(read_set(insides[i], &r), ERR_INVALID);
	assert_int_equal(read_set(arena_printf(&arena, "<after>%.*s</after>", STR_ARG(big)).ptr,
				  &r),
			 ERR_TOO_BIG);
	assert_int_equal(r.max, 7);
}

static void assert_page(const struct rsm_page *page, const char *wanted)
{
	struct sbuf out scoped(sbuf_done) = SBUF(64 * KIB);
	struct xml *parent = xml_new(&arena, NS_RSM, STR("p"));

	rsm_write(&arena, parent, page);
	assert_int_equal(xml_write(&out, parent->first, NS_RSM), OK);
	(void)sbuf_add_char(&out, '\0');
	assert_string_equal(out.ptr, wanted);
}

static void writes(void **state)
{
	assert_page(&(struct rsm_page){ .has_count = true }, "<set><count>0</count></set>");
	assert_page(&(struct rsm_page){ .first = STR("a"),
					.last = STR("b"),
					.has_index = true,
					.index = 3,
					.has_count = true,
					.count = 800 },
		    "<set><first index='3'>a</first><last>b</last><count>800</count></set>");
	assert_page(&(struct rsm_page){ .first = STR("a"), .last = STR("a") },
		    "<set><first>a</first><last>a</last></set>");
}

UNIT_TESTS_WITH(xep_rsm, set_up, tear_down, cmocka_unit_test(reads), cmocka_unit_test(refuses),
		cmocka_unit_test(writes));
