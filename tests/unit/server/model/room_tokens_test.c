/* SPDX-License-Identifier: Apache-2.0 */
/* model/room_tokens, model/room_listing: how long and how often a token holds (XEP-0488), and what
 * is kept. */
#include "server/model/room_tokens.h"

#include "server/model/room_listing.h"
#include "support/unit.h"

static void a_token_holds_for_a_while(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct room_tokens t, again;
	struct room_token *token, *copy;

	(void)state;
	arena_init(&a, MIB);
	room_tokens_init(&t);
	room_tokens_init(&again);
	token = room_tokens_add(&t, STR("romeo@a.example"), 1000);
	assert_int_equal(strlen(token->text), ROOM_TOKEN_LEN);
	assert_true(room_token_holds(token, 999));
	assert_false(room_token_holds(token, 1000));
	token->is_counted = true;
	assert_false(room_token_holds(token, 1));
	token->left = 2;
	assert_true(room_token_holds(token, 1));
	assert_ptr_equal(room_tokens_find(&t, str_from(token->text)), token);
	assert_null(room_tokens_find(&t, STR("short")));
	assert_int_equal(
		room_token_decode(&again, str_from(token->text), room_token_encode(token, &a)), OK);
	copy = room_tokens_find(&again, str_from(token->text));
	assert_true(copy->is_counted && copy->left == 2 && copy->until == 1000);
	assert_string_equal(copy->creator.ptr, "romeo@a.example");
	assert_null(room_tokens_expired(&t, 999));
	assert_ptr_equal(room_tokens_expired(&t, 1000), token);
	room_tokens_drop(&t, token);
	assert_int_equal(t.items.count, 0);
	room_tokens_done(&again);
	room_tokens_done(&t);
}

static void tokens_are_bounded_and_checked(void **state)
{
	static const struct str key = STR_INIT("0123456789abcdef0123456789abcdef");
	static const char *const wrong[] = { "",
					     "1",
					     "2\x1f"
					     "1\x1f"
					     "1\x1f"
					     "a@x",
					     "1\x1f"
					     "x\x1f"
					     "1\x1f"
					     "a@x",
					     "1\x1f"
					     "1\x1f"
					     "-2\x1f"
					     "a@x",
					     "1\x1f"
					     "1\x1f"
					     "4294967296\x1f"
					     "a@x",
					     "1\x1f"
					     "1\x1f"
					     "1\x1f" };
	struct room_tokens t;

	(void)state;
	room_tokens_init(&t);
	for (size_t i = 0; i < array_len(wrong); i++)
		assert_int_equal(room_token_decode(&t, key, str_from(wrong[i])), ERR_INVALID);
	for (int i = 0; i < ROOM_TOKENS_MAX; i++)
		assert_non_null(room_tokens_add(&t, STR("a@x"), 1));
	assert_null(room_tokens_add(&t, STR("a@x"), 1));
	room_tokens_done(&t);
}

static void listings_come_back(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct room_config c;
	struct room_listing l;

	(void)state;
	arena_init(&a, MIB);
	room_config_init(&c);
	room_listing_read(STR("r@c"), room_listing_encode(&c, STR("r"), &a), &l);
	assert_true(l.is_whole && l.is_open && l.is_anonymous);
	assert_true(str_eq(l.name, STR("r")) && str_eq(l.address, STR("r@c")));
	c.is_members_only = true;
	c.whois = WHOIS_ANYONE;
	room_listing_read(STR("r@c"), room_listing_encode(&c, STR("r"), &a), &l);
	assert_true(l.is_whole && !l.is_open && !l.is_anonymous);
	room_listing_read(STR("r@c"), STR("Old name"), &l);
	assert_true(!l.is_whole && !l.is_open && str_eq(l.name, STR("Old name")));
	room_config_done(&c);
}

UNIT_TESTS(room_tokens, cmocka_unit_test(a_token_holds_for_a_while),
	   cmocka_unit_test(tokens_are_bounded_and_checked), cmocka_unit_test(listings_come_back));
