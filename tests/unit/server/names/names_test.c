/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says about servers of names. */
#include "server/names/names.h"

#include "base/mem.h"
#include "support/unit.h"

#include <string.h>

static struct conf *read_conf(const char *text)
{
	static const struct conf_table *const tables[] = { &names_conf_table };
	struct conf *conf = NULL;
	struct blame blame;

	assert_int_equal(conf_parse(str_from(text), "t.conf", tables, 1, &conf, &blame), OK);
	return conf;
}

static void refuses(const char *text, const char *sentence)
{
	struct conf *conf = read_conf(text);
	struct blame blame;

	assert_int_equal(names_check(conf, "t.conf", &blame), ERR_INVALID);
	assert_string_equal(blame.text, sentence);
	(void)conf_unref(conf);
}

static void what_cannot_be(void **state)
{
	refuses("resolve = { servers = [ \"192.0.2.1\", \"ns.example\" ]; };",
		"t.conf:1: 'resolve.servers' has \"ns.example\", but must have addresses like "
		"\"192.0.2.53\" or \"192.0.2.53:53\"");
	refuses("resolve = { servers = [ \"\" ]; };",
		"t.conf:1: 'resolve.servers' has \"\", but must have addresses like "
		"\"192.0.2.53\" or \"192.0.2.53:53\"");
	refuses("resolve = { servers = [ \"10.0.0.1\", \"10.0.0.1\", \"10.0.0.1\", \"10.0.0.1\", "
		"\"10.0.0.1\", \"10.0.0.1\", \"10.0.0.1\", \"10.0.0.1\", \"10.0.0.1\" ]; };",
		"t.conf:1: 'resolve.servers' has more than 8 servers");
}

static void makes_resolvers(void **state)
{
	struct conf *conf = read_conf("resolve = { servers = [ \"192.0.2.1\", \"192.0.2.1:5353\", "
				      "\"::1\", \"[::1]:5353\" ]; trust_anchor = \"none\"; };");
	struct resolver *r = NULL;
	struct loop *loop;
	struct blame blame;

	assert_int_equal(names_check(conf, "t.conf", &blame), OK);
	assert_int_equal(loop_new(0, &loop), OK);
	assert_null(names_anchor(conf));
	assert_int_equal(names_resolver(conf, loop, &r, NULL), OK);
	assert_false(resolver_validates(r));
	resolver_free(&r);
	(void)conf_unref(conf);
	conf = read_conf("resolve = { trust_anchor = \"/nonexistent/key\"; };");
	assert_int_equal(names_resolver(conf, loop, &r, NULL), ERR_NOT_FOUND);
	(void)conf_unref(conf);
	loop_free(&loop);
}

static void paths_are_meant_from_the_file(void **state)
{
	struct conf *conf = read_conf("resolve = { trust_anchor = \"lab.key\"; };");
	char *path = names_anchor(conf);

	assert_true(str_ends(str_from(path), STR("lab.key")));
	mem_free(path);
	(void)conf_unref(conf);
}

static struct str key_of(const char *text, struct sbuf *out)
{
	struct conf *conf = read_conf(text);

	sbuf_reset(out);
	assert_int_equal(names_key(conf, out), OK);
	(void)conf_unref(conf);
	return sbuf_str(out);
}

static void a_key_tells_resolvers_apart(void **state)
{
	static const char *const texts[] = {
		"",
		"resolve = { servers = [ \"192.0.2.1\" ]; };",
		"resolve = { servers = [ \"192.0.2.1\", \"192.0.2.2\" ]; };",
		"resolve = { servers = [ \"192.0.2.2\", \"192.0.2.1\" ]; };",
		"resolve = { servers = [ \"192.0.2.1\" ]; trust_anchor = \"none\"; };",
	};
	struct sbuf one scoped(sbuf_done) = SBUF(KIB), other scoped(sbuf_done) = SBUF(KIB);

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		for (size_t j = 0; j < sizeof(texts) / sizeof(*texts); j++)
			assert_int_equal(str_eq(key_of(texts[i], &one), key_of(texts[j], &other)),
					 i == j);
	}
}

UNIT_TESTS(names, cmocka_unit_test(a_key_tells_resolvers_apart), cmocka_unit_test(what_cannot_be),
	   cmocka_unit_test(makes_resolvers), cmocka_unit_test(paths_are_meant_from_the_file));
