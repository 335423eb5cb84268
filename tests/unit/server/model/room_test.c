/* SPDX-License-Identifier: Apache-2.0 */
/* model/room, model/room_config: who may do what (XEP-0045 5.1.2, 5.2.2), and what is kept. */
#include "server/model/room.h"

#include "server/model/room_config.h"
#include "support/unit.h"

static struct jid jid_of(struct arena *a, const char *text)
{
	struct jid jid;

	assert_int_equal(jid_parse(a, str_from(text), &jid), OK);
	return jid;
}

static void members_come_and_go(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct room_members m;

	(void)state;
	arena_init(&a, MIB);
	room_members_init(&m);
	room_members_set(&m, STR("romeo@a.example"), AFFILIATION_OWNER, STR("Romeo"), STR_NONE);
	room_members_set(&m, STR("b.example"), AFFILIATION_OUTCAST, STR_NONE, STR("spam"));
	assert_int_equal(m.owners, 1);
	assert_int_equal(room_members_get(&m, jid_of(&a, "romeo@a.example/x")), AFFILIATION_OWNER);
	assert_int_equal(room_members_get(&m, jid_of(&a, "juliet@a.example")), AFFILIATION_NONE);
	assert_int_equal(room_members_get(&m, jid_of(&a, "any@b.example")), AFFILIATION_OUTCAST);
	assert_int_equal(room_members_get(&m, jid_of(&a, "any@sub.b.example")), AFFILIATION_NONE);
	assert_non_null(room_members_by_nick(&m, STR("Romeo")));
	assert_null(room_members_by_nick(&m, STR("")));
	room_members_set(&m, STR("romeo@a.example"), AFFILIATION_ADMIN, STR_NONE, STR_NONE);
	assert_int_equal(m.owners, 0);
	assert_non_null(room_members_by_nick(&m, STR("Romeo"))); /* stays reserved */
	room_members_set(&m, STR("romeo@a.example"), AFFILIATION_NONE, STR_NONE, STR_NONE);
	assert_null(room_members_find(&m, STR("romeo@a.example")));
	room_members_done(&m);
}

/* A nickname is reserved for one: whoever asks for it later goes without. */
static void nicks_are_reserved_once(void **state)
{
	struct room_members m;

	(void)state;
	room_members_init(&m);
	room_members_set(&m, STR("romeo@a.example"), AFFILIATION_MEMBER, STR("Sun"), STR_NONE);
	room_members_set(&m, STR("juliet@a.example"), AFFILIATION_MEMBER, STR("Sun"), STR_NONE);
	assert_string_equal(room_members_by_nick(&m, STR("Sun"))->jid.ptr, "romeo@a.example");
	assert_int_equal(room_members_find(&m, STR("juliet@a.example"))->nick.len, 0);
	room_members_set(&m, STR("romeo@a.example"), AFFILIATION_MEMBER, STR("Moon"), STR_NONE);
	assert_null(room_members_by_nick(&m, STR("Sun")));
	room_members_set(&m, STR("juliet@a.example"), AFFILIATION_MEMBER, STR("Sun"), STR_NONE);
	assert_string_equal(room_members_by_nick(&m, STR("Sun"))->jid.ptr, "juliet@a.example");
	room_members_set(&m, STR("juliet@a.example"), AFFILIATION_NONE, STR_NONE, STR_NONE);
	assert_null(room_members_by_nick(&m, STR("Sun")));
	room_members_set(&m, STR("romeo@a.example"), AFFILIATION_MEMBER, STR(""), STR_NONE);
	assert_null(room_members_by_nick(&m, STR("Moon")));
	room_members_done(&m);
}

/* A domain is never a member, whatever the store says. */
static void domains_are_only_banned(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct room_members m;

	(void)state;
	arena_init(&a, MIB);
	room_members_init(&m);
	room_members_set(&m, STR("b.example"), AFFILIATION_OWNER, STR_NONE, STR_NONE);
	assert_int_equal(room_members_get(&m, jid_of(&a, "any@b.example")), AFFILIATION_NONE);
	room_members_done(&m);
}

static void members_come_back_from_the_store(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct room_members m, again;
	const struct room_member *member;

	(void)state;
	arena_init(&a, MIB);
	room_members_init(&m);
	room_members_init(&again);
	room_members_set(&m, STR("r@a"), AFFILIATION_MEMBER, STR("Nick"), STR("because"));
	member = room_members_find(&m, STR("r@a"));
	assert_int_equal(room_member_decode(&again, member->jid, room_member_encode(member, &a)),
			 OK);
	member = room_members_find(&again, STR("r@a"));
	assert_int_equal(member->affiliation, AFFILIATION_MEMBER);
	assert_true(str_eq(member->nick, STR("Nick")));
	assert_true(str_eq(member->reason, STR("because")));
	assert_int_equal(room_member_decode(&again, STR("x@a"), STR("")), ERR_INVALID);
	assert_int_equal(room_member_decode(&again, STR("x@a"), STR("1\x1fking\x1f\x1f")),
			 ERR_INVALID);
	assert_int_equal(room_member_decode(&again, STR("x@a"), STR("1\x1fnone\x1f\x1f")),
			 ERR_INVALID);
	assert_null(room_members_find(&again, STR("x@a")));
	room_members_done(&m);
	room_members_done(&again);
}

static void affiliations_are_given_downwards(void **state)
{
	(void)state;
	for (enum room_affiliation actor = 0; actor <= AFFILIATION_OWNER; actor++) {
		for (enum room_affiliation is = 0; is <= AFFILIATION_OWNER; is++) {
			for (enum room_affiliation becomes = 0; becomes <= AFFILIATION_OWNER;
			     becomes++) {
				bool may =
					actor == AFFILIATION_OWNER ||
					(actor == AFFILIATION_ADMIN && is <= AFFILIATION_MEMBER &&
					 becomes <= AFFILIATION_MEMBER);

				assert_int_equal(room_may_affiliate(actor, is, becomes), may);
			}
		}
	}
}

static void roles_are_given_downwards(void **state)
{
	(void)state;
	/* 8.2: a moderator without affiliation kicks whom nobody has made more. */
	assert_true(room_may_appoint(AFFILIATION_NONE, ROLE_MODERATOR, AFFILIATION_NONE,
				     ROLE_PARTICIPANT, ROLE_NONE));
	assert_false(room_may_appoint(AFFILIATION_NONE, ROLE_MODERATOR, AFFILIATION_MEMBER,
				      ROLE_PARTICIPANT, ROLE_NONE));
	assert_false(room_may_appoint(AFFILIATION_OWNER, ROLE_PARTICIPANT, AFFILIATION_NONE,
				      ROLE_PARTICIPANT, ROLE_NONE));
	/* 9.6, 9.7: moderators are made and unmade by admins; an owner stays one. */
	assert_false(room_may_appoint(AFFILIATION_MEMBER, ROLE_MODERATOR, AFFILIATION_NONE,
				      ROLE_PARTICIPANT, ROLE_MODERATOR));
	assert_true(room_may_appoint(AFFILIATION_ADMIN, ROLE_MODERATOR, AFFILIATION_MEMBER,
				     ROLE_MODERATOR, ROLE_PARTICIPANT));
	assert_false(room_may_appoint(AFFILIATION_OWNER, ROLE_MODERATOR, AFFILIATION_ADMIN,
				      ROLE_MODERATOR, ROLE_VISITOR));
	assert_true(room_may_appoint(AFFILIATION_OWNER, ROLE_MODERATOR, AFFILIATION_ADMIN,
				     ROLE_MODERATOR, ROLE_NONE));
	assert_false(room_may_appoint(AFFILIATION_ADMIN, ROLE_MODERATOR, AFFILIATION_OWNER,
				      ROLE_MODERATOR, ROLE_NONE));
}

static void roles_of_those_who_enter(void **state)
{
	(void)state;
	assert_int_equal(room_role_of(AFFILIATION_OWNER, true), ROLE_MODERATOR);
	assert_int_equal(room_role_of(AFFILIATION_ADMIN, false), ROLE_MODERATOR);
	assert_int_equal(room_role_of(AFFILIATION_MEMBER, true), ROLE_PARTICIPANT);
	assert_int_equal(room_role_of(AFFILIATION_NONE, true), ROLE_VISITOR);
	assert_int_equal(room_role_of(AFFILIATION_NONE, false), ROLE_PARTICIPANT);
	assert_int_equal(room_role_of(AFFILIATION_OUTCAST, false), ROLE_NONE);
}

static bool set(struct room_config *c, const char *var, const char *value)
{
	const struct room_field *f = room_field_find(str_from(var));
	struct str text = str_from(value);

	assert_non_null(f);
	return room_field_set(c, f, &text, 1);
}

static void settings_come_back_from_the_store(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct room_config c, again;

	(void)state;
	arena_init(&a, MIB);
	room_config_init(&c);
	room_config_init(&again);
	assert_true(set(&c, "muc#roomconfig_roomname", "Fair\nVerona"));
	assert_true(set(&c, "muc#roomconfig_whois", "anyone"));
	assert_true(set(&c, "muc#roomconfig_persistentroom", "0"));
	assert_true(set(&c, "muc#roomconfig_maxusers", "none"));
	assert_true(set(&c, "muc#maxhistoryfetch", "7"));
	assert_true(set(&c, "muc#roomconfig_presencebroadcast", "moderator"));
	room_config_decode(&again, room_config_encode(&c, &a));
	assert_true(str_eq(again.name, STR("Fair\nVerona")));
	assert_int_equal(again.whois, WHOIS_ANYONE);
	assert_false(again.is_persistent);
	assert_int_equal(again.max_history, 7);
	assert_int_equal(again.broadcast, 1 << ROLE_MODERATOR);
	room_config_done(&c);
	room_config_done(&again);
}

static void wrong_values_change_nothing(void **state)
{
	struct room_config c;

	(void)state;
	room_config_init(&c);
	assert_false(set(&c, "muc#roomconfig_whois", "everybody"));
	assert_false(set(&c, "muc#roomconfig_persistentroom", "yes"));
	assert_false(set(&c, "muc#roomconfig_maxusers", "-1"));
	assert_false(set(&c, "muc#roomconfig_maxusers", "99999999"));
	assert_false(set(&c, "muc#roomconfig_presencebroadcast", "king"));
	assert_int_equal(c.whois, WHOIS_MODERATORS);
	assert_true(c.is_persistent);
	assert_null(room_field_find(STR("muc#roomconfig_ldapgroup")));
	room_config_done(&c);
}

/* XEP-0463: every change has a version of its own, also of who is gone; words beside it have none.
 */
static void changes_have_versions(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct room_members m, again;
	const struct room_member *gone;
	int64_t first, second;

	(void)state;
	arena_init(&a, MIB);
	room_members_init(&m);
	room_members_set(&m, STR("a@x"), AFFILIATION_OUTCAST, STR_NONE, STR_NONE);
	first = m.version;
	assert_true(first > 0);
	room_members_set(&m, STR("a@x"), AFFILIATION_OUTCAST, STR_NONE, STR("spam"));
	assert_int_equal(m.version, first);
	room_members_set(&m, STR("b@x"), AFFILIATION_MEMBER, STR("B"), STR_NONE);
	second = m.version;
	assert_true(second > first && m.previous == first);
	room_members_set(&m, STR("b@x"), AFFILIATION_NONE, STR_NONE, STR_NONE);
	gone = map_get(&m.gone, STR("b@x"));
	assert_non_null(gone);
	assert_int_equal(gone->version, m.version);
	assert_true(m.version > second && m.previous == second);
	room_members_init(&again);
	assert_int_equal(room_member_decode(&again, STR("b@x"), room_member_encode(gone, &a)), OK);
	assert_int_equal(room_member_decode(&again, STR("a@x"),
					    room_member_encode(room_members_find(&m, STR("a@x")),
							       &a)),
			 OK);
	assert_int_equal(again.version, m.version);
	assert_int_equal(room_members_find(&again, STR("a@x"))->version, first);
	assert_string_equal(room_members_find(&again, STR("a@x"))->reason.ptr, "spam");
	assert_int_equal(again.gone.count, 1);
	assert_false(room_members_forget(&again, &a).ptr != NULL);
	assert_int_equal(room_member_decode(&again, STR("c@x"),
					    STR("1\x1f"
						"member\x1f"
						"C\x1f")),
			 OK);
	assert_int_equal(room_members_find(&again, STR("c@x"))->version, 0);
	assert_int_equal(room_member_decode(&again, STR("d@x"),
					    STR("2\x1f"
						"member\x1f"
						"\x1f"
						"x\x1f")),
			 ERR_INVALID);
	room_members_done(&again);
	room_members_done(&m);
}

/* Only so many of those who are gone are remembered. */
static void the_oldest_gone_are_forgotten(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct room_members m;
	int64_t first = 0;

	(void)state;
	arena_init(&a, MIB);
	room_members_init(&m);
	for (int i = 0; i <= ROOM_GONE_MAX; i++) {
		struct str jid = arena_printf(&a, "u%d@x", i);

		room_members_set(&m, jid, AFFILIATION_MEMBER, STR_NONE, STR_NONE);
		room_members_set(&m, jid, AFFILIATION_NONE, STR_NONE, STR_NONE);
		first = i ? first : m.version;
	}
	assert_true(str_eq(room_members_forget(&m, &a), STR("u0@x")));
	assert_int_equal(m.floor, first);
	assert_null(room_members_forget(&m, &a).ptr);
	room_members_done(&m);
}

/* XEP-0444: what an owner allows; the sign for colour does not count. */
static void reactions_are_allowed_by_list(void **state)
{
	static const struct str few[] = { STR_INIT("\xe2\x9d\xa4\xef\xb8\x8f"), STR_INIT(" "),
					  STR_INIT("ok") };
	static const struct str broken[] = { STR_INIT("a\nb") };
	const struct room_field *f = room_field_find(STR("{urn:parley:room:0}reactions"));
	struct room_config c, again;
	struct arena a scoped(arena_done) = { 0 };
	const struct str *values;

	(void)state;
	arena_init(&a, MIB);
	room_config_init(&c);
	assert_true(room_config_allows_reaction(&c, STR("any")));
	assert_true(room_field_set(&c, f, few, array_len(few)));
	assert_int_equal(room_field_values(&c, f, &a, &values), 2);
	assert_true(room_config_allows_reaction(&c, STR("\xe2\x9d\xa4")));
	assert_true(room_config_allows_reaction(&c, STR("ok")));
	assert_false(room_config_allows_reaction(&c, STR("o")));
	assert_false(room_config_allows_reaction(&c, STR("okk")));
	assert_false(room_config_allows_reaction(&c, STR("")));
	assert_false(room_field_set(&c, f, broken, 1));
	room_config_init(&again);
	room_config_decode(&again, room_config_encode(&c, &a));
	assert_true(room_config_allows_reaction(&again, STR("ok")));
	assert_false(room_config_allows_reaction(&again, STR("any")));
	room_config_done(&again);
	room_config_done(&c);
}

/* XEP-0500 5.1: a number that is none, or no number. */
static void slow_mode_is_a_number(void **state)
{
	static const char *const wrong[] = { "", "-1", "none", "1.5", "86401" };
	const struct room_field *f = room_field_find(STR("muc#roomconfig_slow_mode_duration"));
	struct room_config c;
	struct str value = STR("86400");

	(void)state;
	room_config_init(&c);
	assert_true(room_field_set(&c, f, &value, 1));
	assert_int_equal(c.slow_mode, 86400);
	for (size_t i = 0; i < array_len(wrong); i++) {
		value = str_from(wrong[i]);
		assert_false(room_field_set(&c, f, &value, 1));
	}
	assert_int_equal(c.slow_mode, 86400);
	room_config_done(&c);
}

UNIT_TESTS(room, cmocka_unit_test(members_come_and_go), cmocka_unit_test(nicks_are_reserved_once),
	   cmocka_unit_test(changes_have_versions), cmocka_unit_test(the_oldest_gone_are_forgotten),
	   cmocka_unit_test(reactions_are_allowed_by_list), cmocka_unit_test(slow_mode_is_a_number),
	   cmocka_unit_test(domains_are_only_banned),
	   cmocka_unit_test(members_come_back_from_the_store),
	   cmocka_unit_test(affiliations_are_given_downwards),
	   cmocka_unit_test(roles_are_given_downwards), cmocka_unit_test(roles_of_those_who_enter),
	   cmocka_unit_test(settings_come_back_from_the_store),
	   cmocka_unit_test(wrong_values_change_nothing));
