/* SPDX-License-Identifier: Apache-2.0 */
/* xep/caps: the examples of XEP-0115 5.2 and 5.3, what makes an answer ill-formed (5.4), and what
 * must not pass for something else. */
#include "xep/caps.h"

#include "xep/disco.h"
#include "xml/build.h"
#include "xmpp/ns.h"

#include "support/unit.h"

static struct arena arena;

static int set_up(void **state)
{
	arena_init(&arena, 8 * MIB);
	return 0;
}

static int tear_down(void **state)
{
	arena_done(&arena);
	return 0;
}

static struct xml *parse(const char *text)
{
	static const struct xml_limits limits = { .stanza_bytes = 100000,
						  .depth = 20,
						  .attrs = 20,
						  .name_bytes = 200,
						  .children = 1000 };
	const struct xml_scope scope = { .default_ns = NS_CLIENT };
	struct xml *x = NULL;

	assert_int_equal(xml_parse(&arena, str_from(text), &scope, &limits, &x), XML_FAULT_NONE);
	return x;
}

#define QUERY(inside) "<query xmlns='http://jabber.org/protocol/disco#info'>" inside "</query>"
#define FORM(inside)  "<x xmlns='jabber:x:data' type='result'>" inside "</x>"
#define TYPE(t)       "<field var='FORM_TYPE' type='hidden'><value>" t "</value></field>"

static const char simple[] = QUERY("<identity category='client' name='Exodus 0.9.1' type='pc'/>"
				   "<feature var='http://jabber.org/protocol/muc'/>"
				   "<feature var='http://jabber.org/protocol/disco#items'/>"
				   "<feature var='http://jabber.org/protocol/disco#info'/>"
				   "<feature var='http://jabber.org/protocol/caps'/>");

static const char complex[] = QUERY(
	"<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>"
	"<identity xml:lang='el' category='client' name='\xce\xa8 0.11' type='pc'/>"
	"<feature var='http://jabber.org/protocol/caps'/>"
	"<feature var='http://jabber.org/protocol/disco#info'/>"
	"<feature var='http://jabber.org/protocol/disco#items'/>"
	"<feature var='http://jabber.org/protocol/muc'/>" FORM(
		"<field var='software_version'><value>0.11</value></field>" TYPE(
			"urn:xmpp:dataforms:softwareinfo") "<field var='ip_version' type='text-multi'>"
							   "<value>ipv6</value><value>ipv4</value></field>"
							   "<field var='os'><value>Mac</value></field>"
							   "<field var='os_version'><value>10.5.1</value></field>"
							   "<field var='software'><value>Psi</value></field>"));

static struct str ver_of(const char *text)
{
	struct str ver = STR_NONE;

	assert_int_equal(caps_ver(&arena, parse(text), DIGEST_SHA1, &ver), OK);
	return ver;
}

static enum err err_of(const char *text)
{
	struct str ver;

	return caps_ver(&arena, parse(text), DIGEST_SHA1, &ver);
}

static void examples(void **state)
{
	assert_true(str_eq(ver_of(simple), STR("QgayPKawpkPSDYmwT/WM94uAlu0=")));
	assert_true(str_eq(ver_of(complex), STR("q07IKJEyjvHSyhy//CH0CxmKi8w=")));
}

static void verifies(void **state)
{
	struct xml *query = parse(simple);
	struct str sha256 = STR_NONE;

	assert_true(caps_verify(query, STR("sha-1"), STR("QgayPKawpkPSDYmwT/WM94uAlu0=")));
	assert_false(caps_verify(query, STR("sha-1"), STR("QgayPKawpkPSDYmwT/WM94uAlu1=")));
	assert_false(caps_verify(query, STR("sha-1"), STR("QgayPKawpkPSDYmwT/WM94uAlu0")));
	assert_false(caps_verify(query, STR("sha-1"), STR_NONE));
	assert_false(caps_verify(query, STR("md5"), STR("QgayPKawpkPSDYmwT/WM94uAlu0=")));
	assert_false(caps_verify(query, STR_NONE, STR("QgayPKawpkPSDYmwT/WM94uAlu0=")));
	assert_false(caps_verify(NULL, STR("sha-1"), STR("QgayPKawpkPSDYmwT/WM94uAlu0=")));
	assert_int_equal(caps_ver(&arena, query, DIGEST_SHA256, &sha256), OK);
	assert_true(caps_verify(query, STR("sha-256"), sha256));
	assert_false(caps_verify(query, STR("sha-1"), sha256));
}

static void order_does_not_matter(void **state)
{
	struct str one = ver_of(QUERY("<feature var='b'/><identity category='c' type='t'/>"
				      "<identity category='a' type='t'/><feature var='a'/>"));
	struct str other = ver_of(QUERY("<identity category='a' type='t'/><feature var='a'/>"
					"<feature var='b'/><identity category='c' type='t'/>"));

	assert_true(str_eq(one, other));
	/* By octets: upper case in front, and not as a language would have it. */
	assert_true(str_eq(ver_of(QUERY("<feature var='Z'/><feature var='a'/>")),
			   ver_of(QUERY("<feature var='a'/><feature var='Z'/>"))));
}

static void ill_formed(void **state)
{
	static const char *const texts[] = {
		QUERY("<feature var='a'/><feature var='b'/><feature var='a'/>"),
		QUERY("<identity category='c' type='t' name='n'/>"
		      "<identity category='c' type='t' name='n'/>"),
		QUERY(FORM(TYPE("t")) FORM(TYPE("t"))),
		QUERY(FORM("<field var='FORM_TYPE' type='hidden'><value>a</value><value>b</value>"
			   "</field>")),
		QUERY(FORM(TYPE("t") "<field var='f'/><field var='f'/>")),
		"<query xmlns='http://jabber.org/protocol/disco#items'/>",
		"<iq/>",
	};

	for (size_t i = 0; i < array_len(texts); i++)
		assert_int_equal(err_of(texts[i]), ERR_INVALID);
	/* The same name in two languages, and a FORM_TYPE that says one thing twice. */
	assert_int_equal(err_of(QUERY("<identity category='c' type='t' name='n'/>"
				      "<identity category='c' type='t' name='n' xml:lang='en'/>")),
			 OK);
	assert_int_equal(err_of(QUERY(FORM("<field var='FORM_TYPE' type='hidden'><value>a</value>"
					   "<value>a</value></field>"))),
			 OK);
}

static void forms_without_hidden_type_do_not_count(void **state)
{
	struct str bare = ver_of(QUERY("<feature var='a'/>"));

	assert_true(str_eq(bare, ver_of(QUERY("<feature var='a'/>" FORM("<field var='f'/>")))));
	assert_true(str_eq(bare, ver_of(QUERY("<feature var='a'/>" FORM(
					 "<field var='FORM_TYPE'><value>t</value></field>")))));
	assert_false(str_eq(bare, ver_of(QUERY("<feature var='a'/>" FORM(TYPE("t"))))));
}

/* Poisoning: a separator inside a text is another answer than two texts. */
static void separators_inside_texts(void **state)
{
	assert_false(str_eq(ver_of(QUERY("<feature var='a&lt;b'/>")),
			    ver_of(QUERY("<feature var='a'/><feature var='b'/>"))));
	assert_false(str_eq(ver_of(QUERY("<identity category='c' type='t' name='n&lt;a'/>")),
			    ver_of(QUERY("<identity category='c' type='t' name='n'/>"
					 "<feature var='a'/>"))));
	assert_false(str_eq(ver_of(QUERY("<feature var='a&lt;'/>")),
			    ver_of(QUERY("<feature var='a'/>"))));
}

static void limits(void **state)
{
	struct xml *query = disco_info_new(&arena, STR_NONE);
	struct str ver = STR("untouched");

	for (int i = 0; i <= CAPS_ITEMS_MAX; i++) {
		struct xml *feature = xml_add_new(&arena, query, NS_DISCO_INFO, STR("feature"));

		xml_set(&arena, feature, STR("var"), arena_printf(&arena, "f%d", i));
	}
	assert_int_equal(caps_ver(&arena, query, DIGEST_SHA1, &ver), ERR_TOO_BIG);
	assert_true(str_eq(ver, STR("untouched")));
	query = disco_info_new(&arena, STR_NONE);
	disco_add_feature(&arena, query,
			  str_make(arena_zalloc(&arena, CAPS_TEXT_MAX), CAPS_TEXT_MAX));
	assert_int_equal(caps_ver(&arena, query, DIGEST_SHA1, &ver), ERR_TOO_BIG);
}

UNIT_TESTS_WITH(xep_caps, set_up, tear_down, cmocka_unit_test(examples), cmocka_unit_test(verifies),
		cmocka_unit_test(order_does_not_matter), cmocka_unit_test(ill_formed),
		cmocka_unit_test(forms_without_hidden_type_do_not_count),
		cmocka_unit_test(separators_inside_texts), cmocka_unit_test(limits));
