/* SPDX-License-Identifier: Apache-2.0 */
/* xep/dialback: the keys of XEP-0185 and XEP-0220, keys that must differ (XMPP.md 5, row 34), and
 * the elements. */
#include "xep/dialback.h"

#include "base/arena.h"
#include "xml/build.h"
#include "xmpp/ns.h"

#include "support/unit.h"

static struct arena arena;

#define assert_str(s, text) assert_true(str_eq((s), STR(text)))

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

static struct str key_of(const char *secret, const char *to, const char *from, const char *id)
{
	char key[DIALBACK_KEY_LEN];

	dialback_key(str_from(secret), str_from(to), str_from(from), str_from(id), key);
	return arena_dup(&arena, str_make(key, sizeof(key)));
}

/* XEP-0185 3, XEP-0220 2.1.1 */
static void test_key_of_the_document(void **state)
{
	assert_str(key_of("s3cr3tf0rd14lb4ck", "xmpp.example.com", "example.org", "D60000229F"),
		   "37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643");
	assert_str(key_of("s3cr3tf0rd14lb4ck", "montague.example", "capulet.example", "D60000229F"),
		   "b4835385f37fe2895af6c196b59097b16862406db80559900d96bf6fa7d23df3");
}

/* What one stream was given must fit no other one, however the names are cut. */
static void test_keys_differ(void **state)
{
	struct str key = key_of("s", "a.example", "b.example", "123");

	assert_true(dialback_key_is(STR("s"), STR("a.example"), STR("b.example"), STR("123"), key));
	assert_false(
		dialback_key_is(STR("t"), STR("a.example"), STR("b.example"), STR("123"), key));
	assert_false(
		dialback_key_is(STR("s"), STR("b.example"), STR("a.example"), STR("123"), key));
	assert_false(
		dialback_key_is(STR("s"), STR("a.example"), STR("b.example1"), STR("23"), key));
	assert_false(
		dialback_key_is(STR("s"), STR("a.exampleb"), STR(".example"), STR("123"), key));
	assert_false(dialback_key_is(STR("s"), STR("a.example"), STR("b.example"), STR("123"),
				     str_sub(key, 0, 63)));
	assert_false(
		dialback_key_is(STR("s"), STR("a.example"), STR("b.example"), STR("123"), STR("")));
}

static enum err read(const char *text, struct dialback *ret_d)
{
	static const struct xml_limits limits = { .stanza_bytes = 100000,
						  .depth = 20,
						  .attrs = 20,
						  .name_bytes = 200,
						  .children = 1000 };
	const struct xml_scope scope = { .default_ns = NS_CLIENT,
					 .prefixes = { { STR_INIT("db"),
							 STR_INIT("jabber:server:dialback") } },
					 .prefix_count = 1 };
	struct xml *x = NULL;

	assert_int_equal(xml_parse(&arena, str_from(text), &scope, &limits, &x), XML_FAULT_NONE);
	assert_true(dialback_is(x));
	return dialback_read(&arena, x, ret_d);
}

static void test_reading(void **state)
{
	struct dialback d;

	assert_int_equal(read("<db:result from='A.example' to='b.example'> k3y\n</db:result>", &d),
			 OK);
	assert_int_equal(d.kind, DIALBACK_RESULT);
	assert_int_equal(d.type, DIALBACK_REQUEST);
	assert_str(d.from, "a.example");
	assert_str(d.to, "b.example");
	assert_str(d.key, "k3y");
	assert_int_equal(
		read("<db:verify from='a.example' to='b.example' id='1' type='valid'/>", &d), OK);
	assert_int_equal(d.kind, DIALBACK_VERIFY);
	assert_int_equal(d.type, DIALBACK_VALID);
	assert_str(d.id, "1");
	assert_int_equal(
		read("<db:result from='a.example' to='b.example' type='error'><error type='cancel'>"
		     "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:result>",
		     &d),
		OK);
	assert_int_equal(d.type, DIALBACK_ERROR);
	assert_str(d.error, "item-not-found");
}

static void test_what_cannot_be(void **state)
{
	static const char *const bad[] = {
		"<db:result from='a.example' to='b.example'/>",
		"<db:result from='a.example'>k</db:result>",
		"<db:result to='a.example'>k</db:result>",
		"<db:result from='' to='b.example'>k</db:result>",
		"<db:result from='a@b' to='b.example'>k</db:result>",
		"<db:result from='a b' to='b.example'>k</db:result>",
		"<db:result from='a.example' to='b.example' type='true'>k</db:result>",
		"<db:verify from='a.example' to='b.example'>k</db:verify>",
		"<db:verify from='a.example' to='b.example' id=''>k</db:verify>",
		"<db:verify from='a.example' to='b.example' type='valid'/>",
	};
	struct dialback d;

	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(read(bad[i], &d), ERR_INVALID);
}

static void test_writing(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(DIALBACK_ELEMENT_MAX);
	struct dialback d = { .kind = DIALBACK_VERIFY,
			      .type = DIALBACK_REQUEST,
			      .from = STR("a.example"),
			      .to = STR("b.example"),
			      .id = STR("<1>"),
			      .key = STR("k&y") };

	assert_int_equal(dialback_write(&out, &d), OK);
	assert_str(sbuf_str(&out),
		   "<db:verify from='a.example' to='b.example' id='&lt;1&gt;'>k&amp;y"
		   "</db:verify>");
	sbuf_reset(&out);
	d = (struct dialback){ .kind = DIALBACK_RESULT,
			       .type = DIALBACK_ERROR,
			       .from = STR("a.example"),
			       .to = STR("b.example"),
			       .error = STR("forbidden") };
	assert_int_equal(dialback_write(&out, &d), OK);
	assert_str(sbuf_str(&out),
		   "<db:result from='a.example' to='b.example' type='error'><error type='cancel'>"
		   "<forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:result>");
}

UNIT_TESTS_WITH(xep_dialback, set_up, tear_down, cmocka_unit_test(test_key_of_the_document),
		cmocka_unit_test(test_keys_differ), cmocka_unit_test(test_reading),
		cmocka_unit_test(test_what_cannot_be), cmocka_unit_test(test_writing));
