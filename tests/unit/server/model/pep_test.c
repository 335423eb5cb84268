/* SPDX-License-Identifier: Apache-2.0 */
/* What an account has published: state, rules, and the way to the store and back. */
#include "server/model/pep.h"
#include "support/unit.h"

static struct arena a;
static struct pep *p;

static int begin(void **state)
{
	arena_init(&a, MIB);
	p = pep_new(PEP_PEOPLE_MAX);
	return 0;
}

static int end(void **state)
{
	pep_free(&p);
	arena_done(&a);
	return 0;
}

static struct pep_node *node_new(const char *name)
{
	struct pubsub_config config = pubsub_config_default();

	return pep_node_add(p, str_from(name), &config, STR(""));
}

static struct pep_subject subject(const char *jid)
{
	struct pep_subject who = { .groups = STR("") };

	assert_int_equal(jid_parse(&a, str_from(jid), &who.jid), OK);
	return who;
}

static void items_are_in_the_order_of_publishing(void **state)
{
	struct pep_node *node = node_new("n");

	(void)pep_item_put(p, node, STR("a"), STR(""), 10);
	(void)pep_item_put(p, node, STR("b"), STR(""), 20);
	(void)pep_item_put(p, node, STR("a"), STR(""), 5);
	assert_int_equal(node->item_count, 2);
	assert_int_equal(p->bytes, 25);
	assert_true(str_eq(pep_item_first(node)->id, STR("b")));
	assert_true(str_eq(pep_item_last(node)->id, STR("a")));
	assert_null(pep_item_next(pep_item_last(node)));
	assert_ptr_equal(pep_item_prev(pep_item_last(node)), pep_item_first(node));
	pep_item_remove(p, pep_item_find(p, node, STR("b")));
	assert_null(pep_item_find(p, node, STR("b")));
	assert_int_equal(p->bytes, 5);
	pep_node_remove(p, node);
	assert_int_equal(p->bytes, 0);
	assert_int_equal(p->index_bytes, 0);
	assert_int_equal(p->items.count, 0);
}

/* Options are of a subscription: stored with it, over when its time is, gone when it goes. */
static void subscriptions_have_options(void **state)
{
	static const char *const bad[] = { "none subscribed ",    "none subscribed 0",
					   "none subscribed 2 0", "none subscribed 0 -1",
					   "none subscribed 0 x", "none subscribed 0 1 2" };
	struct pep_node *node = node_new("n");
	struct pep_person *person;
	struct str key = pep_item_key(&a, STR("n"), STR("x@b"));

	assert_int_equal(pep_decode(p, PEP_PERSON_SPACE, key, STR("none subscribed 0 5")), OK);
	person = pep_person_find(node, STR("x@b"));
	assert_true(person->options.is_silent);
	assert_int_equal(person->options.wall_expire, 5);
	assert_false(pep_person_is_subscribed(person));
	assert_true(str_eq(pep_person_encode(person, &a), STR("none subscribed 0 5")));
	person->options = (struct pep_options){ .wall_expire = wall_now() + USEC_PER_DAY };
	assert_true(pep_person_is_subscribed(person));
	person->options = (struct pep_options){ .wall_expire = 0 };
	assert_true(pep_person_is_subscribed(person));
	assert_true(str_eq(pep_person_encode(person, &a), STR("none subscribed")));
	person->options.is_silent = true;
	assert_int_equal(pep_person_set(p, node, STR("x@b"), PEP_MEMBER, PEP_UNSUBSCRIBED), OK);
	assert_false(person->options.is_silent);
	assert_int_equal(pep_person_set(p, node, STR("x@b"), PEP_NONE, PEP_UNSUBSCRIBED), OK);
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(pep_decode(p, PEP_PERSON_SPACE, key, str_from(bad[i])),
				 ERR_INVALID);
}

static void comes_back_from_the_store(void **state)
{
	struct pep_node *node = node_new("n"), *back;
	struct pubsub_config config = node->config;
	struct pep *copy = pep_new(PEP_PEOPLE_MAX);
	const struct pep_person *person;
	struct pep_item *item;
	size_t at = 0;

	config.choice[PUBSUB_ACCESS_MODEL] = ACCESS_WHITELIST;
	config.number[PUBSUB_MAX_ITEMS] = PUBSUB_NO_LIMIT;
	config.text[PUBSUB_TITLE] = STR("a=b\n1 2");
	config.text[PUBSUB_ROSTER_GROUPS] = STR("x\x1fy z");
	pep_node_configure(p, node, &config);
	assert_int_equal(pep_person_set(p, node, STR("b@c/d e"), PEP_NONE, PEP_SUBSCRIBED), OK);
	assert_int_equal(pep_person_set(p, node, STR("b@c"), PEP_MEMBER, PEP_UNSUBSCRIBED), OK);
	(void)pep_item_put(p, node, STR("z"), STR("b@c"), 7);
	(void)pep_item_put(p, node, STR("a"), STR(""), 8);

	assert_int_equal(pep_decode(copy, PEP_NODE_SPACE, node->name, pep_node_encode(node, &a)),
			 OK);
	while ((person = pep_person_next(node, &at)))
		assert_int_equal(pep_decode(copy, PEP_PERSON_SPACE,
					    pep_item_key(&a, node->name, person->jid),
					    pep_person_encode(person, &a)),
				 OK);
	for (item = pep_item_last(node); item; item = pep_item_prev(item))
		assert_int_equal(
			pep_decode(copy, PEP_ITEM_SPACE, item->key, pep_item_encode(item, &a)), OK);
	pep_decoded(copy);
	back = pep_node_find(copy, STR("n"));
	assert_true(pubsub_config_eq(&back->config, &config));
	assert_int_equal(back->people.count, 2);
	assert_int_equal(pep_person_find(back, STR("b@c/d e"))->subscription, PEP_SUBSCRIBED);
	assert_int_equal(pep_person_find(back, STR("b@c"))->affiliation, PEP_MEMBER);
	item = pep_item_first(back);
	assert_true(str_eq(item->id, STR("z")));
	assert_true(str_eq(item->publisher, STR("b@c")));
	assert_true(str_eq(pep_item_last(back)->id, STR("a")));
	assert_int_equal(copy->bytes, 15);
	assert_int_equal(copy->index_bytes, p->index_bytes);
	assert_true(copy->last_order >= p->last_order);
	pep_free(&copy);
}

static void refuses_foreign_rows(void **state)
{
	static const char *const nodes[] = { "",
					     "1",
					     "1 ",
					     "1 5 a",
					     "3 0 ",
					     "2 0 x\n",
					     "1 0 x",
					     "1 0 \n",
					     "1 0 \nnone none a@b",
					     "1 0 \nboss none a@b" };
	static const char *const items[] = { "", "1", "1 2 3", "2 1 1 1 ", "1 x 1 1 ", "1 1 1 1" };

	for (size_t i = 0; i < array_len(nodes); i++)
		assert_int_equal(pep_decode(p, PEP_NODE_SPACE, STR("n"), str_from(nodes[i])),
				 ERR_INVALID);
	assert_int_equal(p->nodes.count, 0);
	assert_int_equal(pep_decode(p, PEP_ITEM_SPACE,
				    STR("n\x1f"
					"a"),
				    STR("1 1 1 1 ")),
			 ERR_INVALID); /* no such node */
	(void)node_new("n");
	assert_int_equal(pep_decode(p, PEP_NODE_SPACE, STR("n"), STR("1 0 ")), ERR_EXISTS);
	for (size_t i = 0; i < array_len(items); i++)
		assert_int_equal(pep_decode(p, PEP_ITEM_SPACE,
					    STR("n\x1f"
						"a"),
					    str_from(items[i])),
				 ERR_INVALID);
	assert_int_equal(pep_decode(p, PEP_ITEM_SPACE, STR("n"), STR("1 1 1 1 ")), ERR_INVALID);
}

/* Every access model by every relation: XMPP 5 row 46. */
static void access_matrix(void **state)
{
	enum { OWNER, STRANGER, CONTACT, IN_GROUP, SUBSCRIBER, ASKING, MEMBER, PUBLISHER, OUTCAST };
	static const char *const names[] = { "romeo@a",  "stranger@b",   "contact@b",
					     "friend@b", "subscriber@b", "asking@b",
					     "member@b", "publisher@b",  "outcast@b" };
	static const enum pep_access wanted[][9] = {
		[ACCESS_OPEN] = { 0, 0, 0, 0, 0, 0, 0, 0, PEP_IS_OUTCAST },
		[ACCESS_PRESENCE] = { 0, PEP_NEEDS_PRESENCE, 0, 0, PEP_NEEDS_PRESENCE,
				      PEP_NEEDS_PRESENCE, 0, 0, PEP_IS_OUTCAST },
		[ACCESS_ROSTER] = { 0, PEP_NEEDS_GROUP, PEP_NEEDS_GROUP, 0, PEP_NEEDS_GROUP,
				    PEP_NEEDS_GROUP, 0, 0, PEP_IS_OUTCAST },
		[ACCESS_AUTHORIZE] = { 0, PEP_NEEDS_SUBSCRIPTION, PEP_NEEDS_SUBSCRIPTION,
				       PEP_NEEDS_SUBSCRIPTION, 0, PEP_NEEDS_SUBSCRIPTION, 0, 0,
				       PEP_IS_OUTCAST },
		[ACCESS_WHITELIST] = { 0, PEP_IS_CLOSED, PEP_IS_CLOSED, PEP_IS_CLOSED,
				       PEP_IS_CLOSED, PEP_IS_CLOSED, 0, 0, PEP_IS_OUTCAST },
	};
	struct pep_node *node = node_new("n");

	assert_int_equal(pep_person_set(p, node, STR("subscriber@b"), PEP_NONE, PEP_SUBSCRIBED), 0);
	assert_int_equal(pep_person_set(p, node, STR("asking@b"), PEP_NONE, PEP_PENDING), 0);
	assert_int_equal(pep_person_set(p, node, STR("member@b"), PEP_MEMBER, PEP_UNSUBSCRIBED), 0);
	assert_int_equal(pep_person_set(p, node, STR("publisher@b"), PEP_PUBLISHER, 0), 0);
	assert_int_equal(pep_person_set(p, node, STR("outcast@b"), PEP_OUTCAST, PEP_SUBSCRIBED), 0);
	for (unsigned model = 0; model < array_len(wanted); model++) {
		struct pubsub_config config = node->config;

		config.choice[PUBSUB_ACCESS_MODEL] = (uint8_t)model;
		config.text[PUBSUB_ROSTER_GROUPS] = STR("other\x1f"
							"friends");
		pep_node_configure(p, node, &config);
		for (unsigned i = OWNER; i <= OUTCAST; i++) {
			struct pep_subject who = subject(names[i]);

			who.is_owner = i == OWNER;
			who.sees_presence = i == CONTACT || i == IN_GROUP;
			if (i == IN_GROUP)
				who.groups = STR("family\x1f"
						 "friends");
			assert_int_equal(pep_may_read(node, &who), wanted[model][i]);
			assert_int_equal(pep_may_publish(node, &who), i == OWNER || i == PUBLISHER);
			who.is_blocked = i != OWNER;
			assert_int_equal(pep_may_read(node, &who),
					 i == OWNER ? PEP_ALLOWED : PEP_IS_OUTCAST);
		}
	}
}

static void groups_mean_nothing_without_presence(void **state)
{
	struct pep_node *node = node_new("n");
	struct pubsub_config config = node->config;
	struct pep_subject who = subject("a@b");

	config.choice[PUBSUB_ACCESS_MODEL] = ACCESS_ROSTER;
	config.text[PUBSUB_ROSTER_GROUPS] = STR("friends");
	pep_node_configure(p, node, &config);
	who.groups = STR("friends");
	assert_int_equal(pep_may_read(node, &who), PEP_NEEDS_GROUP);
}

static void publishers_change_only_their_own(void **state)
{
	struct pep_node *node = node_new("n");
	struct pep_subject who = subject("a@b/c"), owner = subject("r@a");
	const struct pep_item *own = pep_item_put(p, node, STR("1"), STR("a@b"), 1);
	const struct pep_item *other = pep_item_put(p, node, STR("2"), STR(""), 1);

	owner.is_owner = true;
	assert_true(pep_may_change(own, &who));
	assert_false(pep_may_change(other, &who));
	assert_true(pep_may_change(own, &owner));
}

static void people_are_bounded(void **state)
{
	struct pep_node *node = node_new("n");

	for (unsigned i = 0; i < PEP_PEOPLE_MAX; i++)
		assert_int_equal(pep_person_set(p, node, arena_printf(&a, "%u@b", i), PEP_MEMBER,
						PEP_UNSUBSCRIBED),
				 OK);
	assert_int_equal(pep_person_set(p, node, STR("x@b"), PEP_MEMBER, PEP_UNSUBSCRIBED),
			 ERR_TOO_BIG);
	assert_int_equal(pep_person_set(p, node, STR("7@b"), PEP_NONE, PEP_UNSUBSCRIBED), OK);
	assert_null(pep_person_find(node, STR("7@b")));
	assert_int_equal(pep_person_set(p, node, STR("x@b"), PEP_MEMBER, PEP_SUBSCRIBED), OK);
	pep_person_unsubscribe(p, node, STR("x@b"));
	assert_int_equal(pep_person_find(node, STR("x@b"))->affiliation, PEP_MEMBER);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, begin, end)

UNIT_TESTS(pep, FRESH(items_are_in_the_order_of_publishing), FRESH(comes_back_from_the_store),
	   FRESH(subscriptions_have_options), FRESH(refuses_foreign_rows), FRESH(access_matrix),
	   FRESH(groups_mean_nothing_without_presence), FRESH(publishers_change_only_their_own),
	   FRESH(people_are_bounded));
