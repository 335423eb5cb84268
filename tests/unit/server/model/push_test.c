/* SPDX-License-Identifier: Apache-2.0 */
/* model/push: rows of registrations, how failures are waited for, quiet conversations. */
#include "server/model/push.h"

#include "xml/build.h"

#include "support/unit.h"

static const struct xml_limits limits = {
	.stanza_bytes = 64 * 1024, .depth = 16, .attrs = 64, .name_bytes = 256, .children = 100
};
static const struct xml_scope scope = { .default_ns = STR_INIT("urn:xmpp:push:0") };

static struct xml *parse(struct arena *a, const char *text)
{
	struct xml *el;

	assert_int_equal(xml_parse(a, arena_dup(a, str_from(text)), &scope, &limits, &el), 0);
	return el;
}

static struct push_target *make(struct arena *a, const char *text)
{
	struct push_enable e;
	struct push_fault fault;

	assert_true(push_enable_read(parse(a, text), a, &e, &fault));
	return push_target_new(&e, STR("client"), STR("phone"));
}

static void a_row_comes_back(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct push_target *t, *again;

	(void)state;
	arena_init(&a, MIB);
	t = make(&a,
		 "<enable jid='push.example' node='a&amp;b'><priority "
		 "xmlns='tigase:push:priority:0'/><x xmlns='jabber:x:data' type='submit'><field "
		 "var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value>"
		 "</field><field var='secret'><value>&lt;s'3cret&gt;</value></field></x></enable>");
	t->wall_pushed = 1;
	t->wall_answered = 2;
	t->failures = 3;
	t->is_disabled = true;
	push_target_answer(t, STR("item-not-found"));
	push_target_set_room(t, STR("den@conference.example"));
	assert_int_equal(push_target_decode(t->key, push_target_encode(t, &a), &again), OK);
	assert_true(str_eq(again->key, t->key));
	assert_true(str_eq(again->jid, STR("push.example")));
	assert_true(str_eq(again->node, STR("a&b")));
	assert_true(str_eq(again->room, STR("den@conference.example")));
	assert_true(str_eq(again->client, STR("client")));
	assert_true(str_eq(again->resource, STR("phone")));
	assert_int_equal(again->wall_enabled, t->wall_enabled);
	assert_int_equal(again->wall_pushed, 1);
	assert_int_equal(again->wall_answered, 2);
	assert_int_equal(again->failures, 3);
	assert_true(again->is_disabled && again->has_priority);
	assert_string_equal(again->answer, "item-not-found");
	assert_true(str_eq(push_target_encode(again, &a), push_target_encode(t, &a)));
	push_target_free(&t);
	push_target_free(&again);
}

static void keys_tell_address_and_node_apart(void **state)
{
	struct arena a scoped(arena_done) = { 0 };

	(void)state;
	arena_init(&a, MIB);
	assert_false(str_eq(push_target_key(&a, STR("a.example"), STR("b"), STR_NONE),
			    push_target_key(&a, STR("a.exampleb"), STR(""), STR_NONE)));
	assert_false(str_eq(push_target_key(&a, STR("a"), STR("b"), STR_NONE),
			    push_target_key(&a, STR("a"), STR("b"), STR("r@c"))));
	assert_false(str_eq(push_target_key(&a, STR("a"), STR("b"), STR("r@c")),
			    push_target_key(&a, STR("a"), STR("b"), STR("s@c"))));
	assert_int_equal(push_target_key(&a, STR("a"), STR("b"), STR_NONE).len, PUSH_KEY);
}

static void what_is_no_row(void **state)
{
	static const char *const rows[] = { "", "x", "<target/>", "<target jid='a' failures='-1'/>",
					    "<target jid='a' enabled='soon'/>" };
	struct push_target *t;

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++)
		assert_int_equal(push_target_decode(STR("k"), str_from(rows[i]), &t), ERR_INVALID);
}

static void the_pause_doubles_up_to_its_end(void **state)
{
	(void)state;
	assert_int_equal(push_backoff(1, 30 * USEC_PER_SEC), 30 * USEC_PER_SEC);
	assert_int_equal(push_backoff(2, 30 * USEC_PER_SEC), 60 * USEC_PER_SEC);
	assert_int_equal(push_backoff(5, 30 * USEC_PER_SEC), 480 * USEC_PER_SEC);
	assert_int_equal(push_backoff(20, 30 * USEC_PER_SEC), PUSH_BACKOFF_MAX);
	assert_int_equal(push_backoff(UINT32_MAX, 1), PUSH_BACKOFF_MAX);
}

/* XEP-0492 3: the most special element counts. */
static void quiet_for_whom(void **state)
{
	static const struct {
		const char *inside;
		enum push_level phone, web;
	} rows[] = {
		{ "<never/>", PUSH_NEVER, PUSH_NEVER },
		{ "<always/><never identity-category='client' identity-type='phone'/>", PUSH_NEVER,
		  PUSH_ALWAYS },
		{ "<always/><on-mention identity-category='client'/>", PUSH_ON_MENTION,
		  PUSH_ON_MENTION },
		{ "<never identity-category='client' identity-type='pc'/>", PUSH_UNSET,
		  PUSH_UNSET },
		{ "<never identity-category='gateway'/><always/>", PUSH_ALWAYS, PUSH_ALWAYS },
		{ "<never identity-type='phone'/>", PUSH_NEVER, PUSH_NEVER },
		{ "<sometimes/>", PUSH_UNSET, PUSH_UNSET },
		{ "<never xmlns='urn:example'/>", PUSH_UNSET, PUSH_UNSET },
		{ "<on-mention identity-category='client' identity-type='web'><advanced/>"
		  "</on-mention>",
		  PUSH_UNSET, PUSH_ON_MENTION },
	};
	struct arena a scoped(arena_done) = { 0 };

	(void)state;
	arena_init(&a, MIB);
	for (size_t i = 0; i < array_len(rows); i++) {
		struct str text = arena_printf(
			&a, "<x><notify xmlns='urn:xmpp:notification-settings:1'>%s</notify></x>",
			rows[i].inside);
		struct push_levels l = push_levels_read(parse(&a, text.ptr)), again;

		assert_int_equal(push_level_of(&l, false, 0), rows[i].phone);
		assert_int_equal(push_level_of(&l, true, 0), rows[i].web);
		assert_int_equal(push_levels_decode(push_levels_encode(&l, &a), &again), OK);
		assert_memory_equal(&again, &l, sizeof(l));
	}
	assert_false(push_levels_are_set(&(struct push_levels){ .wall_until = 1 }));
}

/* 1767225600: 2026-01-01T00:00:00Z. */
static void quiet_until_when(void **state)
{
	static const usec_t end = 1767225600 * USEC_PER_SEC;
	static const struct {
		const char *inside, *until;
		enum push_level phone_before, phone_then, web_then;
	} rows[] = {
		{ "<never/>", "2026-01-01T00:00:00Z", PUSH_NEVER, PUSH_UNSET, PUSH_UNSET },
		{ "<never/>", "2026-01-01T01:00:00+01:00", PUSH_NEVER, PUSH_UNSET, PUSH_UNSET },
		{ "<never/>", "tomorrow", PUSH_NEVER, PUSH_NEVER, PUSH_NEVER },
		{ "<never/>", "1961-04-12T06:07:00Z", PUSH_UNSET, PUSH_UNSET, PUSH_UNSET },
		{ "<on-mention/>", "2026-01-01T00:00:00Z", PUSH_ON_MENTION, PUSH_ON_MENTION,
		  PUSH_ON_MENTION },
		{ "<never identity-category='client' identity-type='phone'/><never/>",
		  "2026-01-01T00:00:00Z", PUSH_NEVER, PUSH_NEVER, PUSH_UNSET },
	};
	struct arena a scoped(arena_done) = { 0 };

	(void)state;
	arena_init(&a, MIB);
	for (size_t i = 0; i < array_len(rows); i++) {
		struct str text = arena_printf(
			&a,
			"<x><notify xmlns='urn:xmpp:notification-settings:1'>%s</notify>"
			"<place xmlns='urn:parley:chats:0' until='%s'/></x>",
			rows[i].inside, rows[i].until);
		struct push_levels read = push_levels_read(parse(&a, text.ptr)), l;

		assert_int_equal(push_levels_decode(push_levels_encode(&read, &a), &l), OK);
		assert_int_equal(push_level_of(&l, false, end - 1), rows[i].phone_before);
		assert_int_equal(push_level_of(&l, false, end), rows[i].phone_then);
		assert_int_equal(push_level_of(&l, true, end), rows[i].web_then);
	}
}

static void what_are_no_levels(void **state)
{
	static const char *const values[] = {
		"", "---", "-----", "xxxx", "---- ", "---- x", "---- 99999999999999999999"
	};
	struct push_levels l;

	(void)state;
	for (size_t i = 0; i < array_len(values); i++)
		assert_int_equal(push_levels_decode(str_from(values[i]), &l), ERR_INVALID);
}

UNIT_TESTS(push, cmocka_unit_test(a_row_comes_back),
	   cmocka_unit_test(keys_tell_address_and_node_apart), cmocka_unit_test(what_is_no_row),
	   cmocka_unit_test(the_pause_doubles_up_to_its_end), cmocka_unit_test(quiet_for_whom),
	   cmocka_unit_test(quiet_until_when), cmocka_unit_test(what_are_no_levels));
