/* SPDX-License-Identifier: Apache-2.0 */
/* The table of components: what the configuration may say, and the sentence for what it may not. */
#include "support/unit.h"

#include "server/component/component_conn.h"
#include "server/component/component_table.h"
#include "server/conf/base_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECRET "\"0123456789abcdef\""

static const struct conf_table *const tables[] = { &conf_base_table, &component_conf_table };

static struct conf *parse(const char *components)
{
	char text[4096];
	struct blame blame = { .text = "" };
	struct conf *conf = NULL;

	(void)snprintf(text, sizeof(text), "domain = \"localhost\"; components = (\n%s );",
		       components);
	if (conf_parse(str_from(text), "t.conf", tables, array_len(tables), &conf, &blame))
		fail_msg("%s", blame.text);
	return conf;
}

static struct services *reads(const char *components)
{
	struct conf *conf = parse(components);
	struct blame blame = { .text = "" };
	struct services *services = NULL;

	if (component_table_read(conf, "t.conf", &services, &blame))
		fail_msg("%s", blame.text);
	(void)conf_unref(conf);
	return services;
}

static void refuses(const char *components, const char *sentence)
{
	struct conf *conf = parse(components);
	struct blame blame = { .text = "" };
	struct services *services = NULL;

	assert_int_equal(component_table_read(conf, "t.conf", &services, &blame), ERR_INVALID);
	assert_null(services);
	assert_string_equal(blame.text, sentence);
	(void)conf_unref(conf);
}

static void finds_by_domain(void **state)
{
	struct services *s = reads("{ name = \"irc.localhost\"; secret = " SECRET "; },\n"
				   "{ name = \"bücher.example\"; secret = " SECRET "; }");

	assert_int_equal(s->count, 2);
	assert_ptr_equal(services_find(s, STR("irc.localhost")), &s->items[0]);
	assert_true(str_eq(s->items[0].secret, STR("0123456789abcdef")));
	assert_non_null(services_find(s, STR("bücher.example")));
	assert_null(services_find(s, STR("localhost")));
	assert_null(services_find(s, STR("x.irc.localhost")));
	assert_null(services_find(s, STR("rc.localhost")));
	assert_null(services_find(NULL, STR("irc.localhost")));
	assert_null(services_unref(s));
	assert_null(services_unref(reads("")));
}

static void refuses_bad_names(void **state)
{
	refuses("{ secret = " SECRET "; }", "t.conf:1: component \"\": it has no name");
	refuses("{ name = \"IRC.localhost\"; secret = " SECRET "; }",
		"t.conf:2: component \"IRC.localhost\": the name is not a domain like "
		"\"irc.chat.example\" in its normal form");
	refuses("{ name = \"a@b\"; secret = " SECRET "; }",
		"t.conf:2: component \"a@b\": the name is not a domain like \"irc.chat.example\" in "
		"its normal form");
	refuses("{ name = \"localhost\"; secret = " SECRET "; }",
		"t.conf:2: component \"localhost\": the name is the server's own domain");
	refuses("{ name = \"a.b\"; secret = " SECRET "; },\n{ name = \"a.b\"; secret = " SECRET
		"; }",
		"t.conf:3: component \"a.b\": there are two of this name");
}

static void refuses_bad_secrets(void **state)
{
	refuses("{ name = \"a.b\"; }",
		"t.conf:1: component \"a.b\": its secret has fewer than 16 characters");
	refuses("{ name = \"a.b\"; secret = \"short\"; }",
		"t.conf:2: component \"a.b\": its secret has fewer than 16 characters");
	refuses("{ name = \"a.b\"; secret = " SECRET "; secret_file = \"x\"; }",
		"t.conf:2: component \"a.b\": it has both secret and secret_file");
	refuses("{ name = \"a.b\"; secret_file = \"/nonexistent/secret\"; }",
		"t.conf:2: component \"a.b\": its secret_file cannot be opened");
}

static void reads_rights(void **state)
{
	struct services *s = reads(
		"{ name = \"a.b\"; secret = " SECRET "; },\n"
		"{ name = \"c.d\"; secret = " SECRET "; roster = \"both\"; message = \"outgoing\";"
		"  presence = \"roster\"; iq = [ \"urn:x get\", \"urn:y  both\" ]; },\n"
		"{ name = \"e.f\"; secret = " SECRET "; roster = \"get\"; roster_push = false;"
		"  presence = \"managed_entity\"; },\n"
		"{ name = \"g.h\"; secret = " SECRET "; roster = \"set\"; }");

	assert_int_equal(s->items[0].rights, 0);
	assert_int_equal(s->items[0].iq_count, 0);
	assert_int_equal(s->items[1].rights, SERVICE_ROSTER_GET | SERVICE_ROSTER_SET |
						     SERVICE_ROSTER_PUSH | SERVICE_MESSAGE |
						     SERVICE_PRESENCE | SERVICE_ROSTER_PRESENCE);
	assert_int_equal(s->items[1].iq_count, 2);
	assert_true(str_eq(s->items[1].iqs[0].ns, STR("urn:x")));
	assert_true(s->items[1].iqs[0].may_get);
	assert_false(s->items[1].iqs[0].may_set);
	assert_true(s->items[1].iqs[1].may_get && s->items[1].iqs[1].may_set);
	assert_int_equal(s->items[2].rights, SERVICE_ROSTER_GET | SERVICE_PRESENCE);
	assert_int_equal(s->items[3].rights, SERVICE_ROSTER_SET);
	assert_null(services_unref(s));
}

#define COMPONENT(more) "{ name = \"a.b\"; secret = " SECRET "; " more " }"

static void refuses_bad_rights(void **state)
{
	refuses(COMPONENT("roster = \"all\";"),
		"t.conf:2: component \"a.b\": its roster must be none, get, set or both");
	refuses(COMPONENT("message = \"incoming\";"),
		"t.conf:2: component \"a.b\": its message must be none or outgoing");
	refuses(COMPONENT("presence = \"all\";"),
		"t.conf:2: component \"a.b\": its presence must be none, managed_entity or roster");
	refuses(COMPONENT("presence = \"roster\"; roster = \"set\";"),
		"t.conf:2: component \"a.b\": its presence is roster, but its roster is neither get "
		"nor both");
	refuses(COMPONENT("iq = [ \"urn:x\" ];"), "t.conf:2: component \"a.b\": its iq must have "
						  "entries like \"NAMESPACE get\", set or both");
	refuses(COMPONENT("iq = [ \"urn:x none\" ];"),
		"t.conf:2: component \"a.b\": its iq must have entries like \"NAMESPACE get\", set "
		"or both");
}

static void reads_delegations(void **state)
{
	struct services *s = reads(COMPONENT("delegate = [ \"urn:x\", \"urn:y node  id\" ];"));

	assert_int_equal(s->items[0].delegation_count, 2);
	assert_true(str_eq(s->items[0].delegations[0].ns, STR("urn:x")));
	assert_int_equal(s->items[0].delegations[0].attr_count, 0);
	assert_true(str_eq(s->items[0].delegations[1].ns, STR("urn:y")));
	assert_int_equal(s->items[0].delegations[1].attr_count, 2);
	assert_true(str_eq(s->items[0].delegations[1].attrs[1], STR("id")));
	assert_true(str_eq(s->items[0].terms, STR("0\nd urn:x\nd urn:y node  id")));
	assert_null(services_unref(s));
	refuses(COMPONENT("delegate = [ \"urn:xmpp:delegation:2\" ];"),
		"t.conf:2: component \"a.b\": its delegate has a namespace that cannot be");
	refuses(COMPONENT("delegate = [ \"http://jabber.org/protocol/disco#info\" ];"),
		"t.conf:2: component \"a.b\": its delegate has a namespace that cannot be");
	refuses(COMPONENT("delegate = [ \"\" ];"),
		"t.conf:2: component \"a.b\": its delegate has a namespace that cannot be");
	refuses(COMPONENT("delegate = [ \"urn:x\", \"urn:x\" ];"),
		"t.conf:2: component \"a.b\": its delegate has a namespace that is taken");
	refuses(COMPONENT("delegate = [ \"urn:x a b c d e f g h i\" ];"),
		"t.conf:2: component \"a.b\": its delegate has more than 8 attributes");
}

static void reads_secret_files(void **state)
{
	char path[] = "/tmp/parley-secret-XXXXXX", text[256];
	int fd = mkstemp(path);
	struct services *s;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "0123456789abcdefg\nmore\n", 23), 23);
	(void)snprintf(text, sizeof(text), "{ name = \"a.b\"; secret_file = \"%s\"; }", path);
	s = reads(text);
	assert_true(str_eq(s->items[0].secret, STR("0123456789abcdefg")));
	assert_null(services_unref(s));
	assert_int_equal(ftruncate(fd, 0), 0);
	(void)snprintf(text, sizeof(text), "{ name = \"a.b\";\nsecret_file = \"%s\"; }", path);
	refuses(text, "t.conf:1: component \"a.b\": its secret has fewer than 16 characters");
	(void)close(fd);
	(void)unlink(path);
}

UNIT_TESTS(component_table, cmocka_unit_test(finds_by_domain), cmocka_unit_test(refuses_bad_names),
	   cmocka_unit_test(reads_rights), cmocka_unit_test(refuses_bad_rights),
	   cmocka_unit_test(reads_delegations), cmocka_unit_test(refuses_bad_secrets),
	   cmocka_unit_test(reads_secret_files));
