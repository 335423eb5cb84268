/* SPDX-License-Identifier: Apache-2.0 */
/* model/invite: rows, states, links. */
#include "server/model/invite.h"

#include "support/unit.h"

#define KEY STR("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")

static void keeps_what_it_is(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct invite i = { .key = KEY,
			    .by = STR("romeo@localhost"),
			    .contact = STR("romeo@localhost"),
			    .wall_made = 5,
			    .wall_end = 77,
			    .uses = 3,
			    .left = 2,
			    .may_register = true };
	struct invite read;

	(void)state;
	arena_init(&a, 64 * KIB);
	assert_int_equal(invite_decode(KEY, invite_encode(&a, &i), &read), OK);
	assert_true(str_eq(read.by, i.by) && str_eq(read.contact, i.contact) && !read.name.len);
	assert_true(read.wall_made == 5 && read.wall_end == 77 && read.uses == 3 && read.left == 2);
	assert_true(read.may_register && !read.is_trap);
	i.is_trap = true;
	assert_int_equal(invite_decode(KEY, invite_encode(&a, &i), &read), OK);
	assert_true(read.may_register && read.is_trap);
	i = (struct invite){
		.key = KEY, .name = STR("juliet"), .wall_end = 1, .uses = 1, .left = 0
	};
	assert_int_equal(invite_decode(KEY, invite_encode(&a, &i), &read), OK);
	assert_true(!read.by.len && !read.contact.len && str_eq(read.name, STR("juliet")));
	assert_true(!read.may_register && read.left == 0);
}

static void refuses_other_rows(void **state)
{
	static const char *const rows[] = {
		"",
		"1",
		"2 5 77 3 2 r - - -",
		"1 5 77 3 4 r - - -",   /* more left than there were */
		"1 5 77 3 2 r - -",     /* too few */
		"1 5 77 3 2 r - - - -", /* too many */
		"1 5 77 -3 2 r - - -",
		"1 x 77 3 2 r - - -",
		"1 5 77 99999 2 r - - -",
		"1 5  77 3 2 r - -",
	};
	struct invite read;

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++)
		assert_int_equal(invite_decode(KEY, str_from(rows[i]), &read), ERR_INVALID);
	assert_int_equal(invite_decode(STR("short"), STR("1 5 77 3 2 r - - -"), &read),
			 ERR_INVALID);
}

static void ends(void **state)
{
	struct invite i = { .wall_end = 100, .uses = 1, .left = 1 };

	(void)state;
	assert_int_equal(invite_state(&i, 99), INVITE_LIVE);
	assert_int_equal(invite_state(&i, 100), INVITE_ENDED);
	i.left = 0;
	assert_int_equal(invite_state(&i, 99), INVITE_USED);
}

static void want_uri(const struct invite *i, const char *uri)
{
	struct sbuf out scoped(sbuf_done) = SBUF(KIB);

	assert_int_equal(invite_write_uri(&out, i, STR("chat.example"), STR("tok")), OK);
	assert_true(str_eq(sbuf_str(&out), str_from(uri)));
}

static void writes_links(void **state)
{
	struct invite i = { .may_register = true };

	(void)state;
	want_uri(&i, "xmpp:chat.example?register;preauth=tok");
	i.name = STR("o#b/\xc3\xa9");
	want_uri(&i, "xmpp:o%23b%2F%C3%A9@chat.example?register;preauth=tok");
	i.name = STR_NONE;
	i.contact = STR("romeo@chat.example");
	want_uri(&i, "xmpp:romeo@chat.example?roster;preauth=tok;ibr=y");
	i.may_register = false;
	want_uri(&i, "xmpp:romeo@chat.example?roster;preauth=tok");
}

static void knows_tokens(void **state)
{
	(void)state;
	assert_true(invite_is_token(STR("abcdefghijklmnopqrstuvwxyz")));
	assert_false(invite_is_token(STR("abcdefghijklmnopqrstuvwxy")));
	assert_false(invite_is_token(STR("abcdefghijklmnopqrstuvwxy/")));
	assert_false(invite_is_token(STR("ABCDEFGHIJKLMNOPQRSTUVWXYZ")));
}

UNIT_TESTS(model_invite, cmocka_unit_test(keeps_what_it_is), cmocka_unit_test(refuses_other_rows),
	   cmocka_unit_test(ends), cmocka_unit_test(writes_links), cmocka_unit_test(knows_tokens));
