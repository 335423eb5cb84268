/* SPDX-License-Identifier: Apache-2.0 */
/* Node configuration: forms in, forms out, and the store. */
#include "support/unit.h"
#include "xep/form.h"
#include "xep/pubsub_config.h"
#include "xmpp/ns.h"

static struct arena a;

static int begin(void **state)
{
	arena_init(&a, MIB);
	return 0;
}

static int end(void **state)
{
	arena_done(&a);
	return 0;
}

static enum err read_one(struct pubsub_config *c, const char *var, const char *value)
{
	struct xml *form = form_new(&a, STR("submit"), STR("any"));
	struct str field;

	form_add_field(&a, form, str_from(var), STR_NONE, str_from(value));
	return pubsub_config_read(c, form, &a, true, &field);
}

static void reads_values(void **state)
{
	struct pubsub_config c = pubsub_config_default();

	assert_int_equal(c.choice[PUBSUB_ACCESS_MODEL], ACCESS_PRESENCE);
	assert_int_equal(c.choice[PUBSUB_SEND_LAST], SEND_LAST_ON_SUB_AND_PRESENCE);
	assert_int_equal(c.number[PUBSUB_MAX_ITEMS], 1);
	assert_int_equal(read_one(&c, "pubsub#access_model", "open"), OK);
	assert_int_equal(c.choice[PUBSUB_ACCESS_MODEL], ACCESS_OPEN);
	assert_int_equal(read_one(&c, "pubsub#persist_items", "false"), OK);
	assert_int_equal(c.choice[PUBSUB_PERSIST_ITEMS], 0);
	assert_int_equal(read_one(&c, "pubsub#persist_items", " 1 "), OK);
	assert_int_equal(c.choice[PUBSUB_PERSIST_ITEMS], 1);
	assert_int_equal(read_one(&c, "pubsub#max_items", "max"), OK);
	assert_int_equal(c.number[PUBSUB_MAX_ITEMS], PUBSUB_NO_LIMIT);
	assert_int_equal(read_one(&c, "pubsub#max_items", "99999999999999999999999"), OK);
	assert_int_equal(c.number[PUBSUB_MAX_ITEMS], PUBSUB_NO_LIMIT);
	assert_int_equal(read_one(&c, "pubsub#max_items", "12"), OK);
	assert_int_equal(c.number[PUBSUB_MAX_ITEMS], 12);
}

static void refuses_what_it_cannot_be(void **state)
{
	struct pubsub_config c = pubsub_config_default();
	char *long_text = arena_alloc(&a, PUBSUB_TEXT_MAX + 2);

	memset(long_text, 'x', PUBSUB_TEXT_MAX + 1);
	long_text[PUBSUB_TEXT_MAX + 1] = '\0';
	assert_int_equal(read_one(&c, "pubsub#access_model", "secret"), ERR_INVALID);
	assert_int_equal(read_one(&c, "pubsub#persist_items", "maybe"), ERR_INVALID);
	assert_int_equal(read_one(&c, "pubsub#max_items", "-1"), ERR_INVALID);
	assert_int_equal(read_one(&c, "pubsub#max_items", ""), ERR_INVALID);
	assert_int_equal(read_one(&c, "pubsub#purge_offline", "1"), ERR_INVALID);
	assert_int_equal(read_one(&c, "pubsub#title", long_text), ERR_INVALID);
	assert_int_equal(read_one(&c, "pubsub#colour", "blue"), ERR_UNSUPPORTED);
}

static void passes_over_the_unknown_where_it_may(void **state)
{
	struct pubsub_config c = pubsub_config_default(), before = c;
	struct xml *form = form_new(&a, STR("submit"), STR("any"));
	struct str field;

	form_add_field(&a, form, STR("pubsub#colour"), STR_NONE, STR("blue"));
	assert_int_equal(pubsub_config_read(&c, form, &a, false, &field), OK);
	assert_true(pubsub_config_eq(&c, &before));
}

static void writes_what_it_reads(void **state)
{
	struct pubsub_config c = pubsub_config_default(), back = pubsub_config_default(), stored;
	struct xml *form = form_new(&a, STR("submit"), STR("any")), *field;
	struct sbuf out scoped(sbuf_done) = SBUF(64 * KIB);
	struct str bad;

	c.choice[PUBSUB_ACCESS_MODEL] = ACCESS_ROSTER;
	c.choice[PUBSUB_ITEMREPLY] = ITEMREPLY_PUBLISHER;
	c.number[PUBSUB_ITEM_EXPIRE] = 60;
	c.text[PUBSUB_TITLE] = STR("x = y");
	c.text[PUBSUB_ROSTER_GROUPS] = STR("one\x1ftwo");
	pubsub_config_write(&c, &a, form, true);
	field = form_field(form, STR("pubsub#roster_groups_allowed"));
	assert_true(str_eq(xml_text(xml_next(xml_first(field)), &a), STR("two")));
	assert_int_equal(pubsub_config_read(&back, form, &a, true, &bad), OK);
	assert_true(pubsub_config_eq(&c, &back));
	pubsub_config_encode(&c, &out);
	assert_int_equal(pubsub_config_decode(sbuf_str(&out), &stored), OK);
	assert_true(pubsub_config_eq(&c, &stored));
	assert_int_equal(pubsub_config_decode(STR("access_model=none"), &stored), ERR_INVALID);
	assert_int_equal(pubsub_config_decode(STR("access_model"), &stored), ERR_INVALID);
	assert_int_equal(pubsub_config_decode(STR("of_tomorrow=1"), &stored), OK);
}

UNIT_TESTS_WITH(pubsub_config, begin, end, cmocka_unit_test(reads_values),
		cmocka_unit_test(refuses_what_it_cannot_be),
		cmocka_unit_test(passes_over_the_unknown_where_it_may),
		cmocka_unit_test(writes_what_it_reads));
