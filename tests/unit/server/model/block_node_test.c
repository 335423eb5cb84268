/* SPDX-License-Identifier: Apache-2.0 */
/* model/block_node: where lists are that others publish, and their rows. */
#include "server/model/block_node.h"

#include "support/unit.h"

static void reads_addresses(void **state)
{
	static const struct {
		const char *text, *service, *node;
	} rows[] = {
		{ "xmppbl.org", "xmppbl.org", "muc_bans_sha256" },
		{ "xmpp:XMPPBL.org", "xmppbl.org", "muc_bans_sha256" },
		{ "xmpp:xmppbl.org?;node=spam_source_domains", "xmppbl.org",
		  "spam_source_domains" },
		{ "bot@a.example?pubsub;action=subscribe;node=x", "bot@a.example", "x" },
	};
	static const char *const bad[] = { "",
					   "a b",
					   "x@y/z",
					   "xmpp:a.example?;node=",
					   "xmpp:a.example?;action=join",
					   "xmpp:a.example?;node=a%20b" };
	struct arena a scoped(arena_done) = { 0 };
	struct block_node n;

	(void)state;
	arena_init(&a, 64 * 1024);
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_int_equal(block_node_parse(&a, str_from(rows[i].text), &n), OK);
		assert_true(str_eq(n.service, str_from(rows[i].service)));
		assert_true(str_eq(n.node, str_from(rows[i].node)));
	}
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(block_node_parse(&a, str_from(bad[i]), &n), ERR_INVALID);
}

static void reads_what_it_wrote(void **state)
{
	const struct block_node n = { STR_INIT("bl.example"), STR_INIT("list") };
	struct arena a scoped(arena_done) = { 0 };
	struct block_node back;
	struct str id, key;

	(void)state;
	arena_init(&a, 64 * 1024);
	key = block_node_key(&a, &n, STR("x y"));
	assert_int_equal(block_node_key_read(key, &back, &id), OK);
	assert_true(str_eq(back.service, n.service) && str_eq(back.node, n.node));
	assert_true(str_eq(id, STR("x y")));
	assert_true(str_starts(key, block_node_key(&a, &n, STR(""))));
	assert_int_equal(block_node_key_read(block_node_key(&a, &n, STR("")), &back, &id),
			 ERR_INVALID);
	assert_int_equal(block_node_key_read(STR("x"), &back, &id), ERR_INVALID);
}

UNIT_TESTS(model_block_node, cmocka_unit_test(reads_addresses),
	   cmocka_unit_test(reads_what_it_wrote));
