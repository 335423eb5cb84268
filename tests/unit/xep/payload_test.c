/* SPDX-License-Identifier: Apache-2.0 */
/* xep/disco, xep/delay, xep/forward: as they go over the wire, and read back. */
#include "xep/delay.h"
#include "xep/disco.h"
#include "xep/forward.h"

#include "xml/write.h"
#include "xmpp/ns.h"

#include "support/unit.h"

static struct arena arena;

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

static void assert_written(const struct xml *x, const char *wanted)
{
	struct sbuf out scoped(sbuf_done) = SBUF(64 * KIB);

	assert_int_equal(xml_write(&out, x, NS_CLIENT), OK);
	(void)sbuf_add_char(&out, '\0');
	assert_string_equal(out.ptr, wanted);
}

static void disco(void **state)
{
	struct xml *info = disco_info_new(&arena, STR("n#v"));
	struct xml *items = disco_items_new(&arena, STR_NONE);

	disco_add_identity(&arena, info, STR("server"), STR("im"), STR("A&B"));
	disco_add_feature(&arena, info, STR("f"));
	disco_add_feature(&arena, info, STR("f"));
	assert_true(disco_has_feature(info, STR("f")));
	assert_false(disco_has_feature(info, STR("g")));
	assert_false(disco_has_feature(NULL, STR("f")));
	assert_written(info, "<query xmlns='http://jabber.org/protocol/disco#info' node='n#v'>"
			     "<identity category='server' type='im' name='A&amp;B'/>"
			     "<feature var='f'/></query>");
	disco_add_item(&arena, items, STR("a@b"), STR("A"), STR_NONE);
	disco_add_item(&arena, items, STR("b"), STR_NONE, STR("n"));
	assert_written(items, "<query xmlns='http://jabber.org/protocol/disco#items'>"
			      "<item jid='a@b' name='A'/><item jid='b' node='n'/></query>");
}

static void delay(void **state)
{
	struct xml *message = xml_new(&arena, NS_CLIENT, STR("message"));

	delay_add(&arena, message, STR("localhost"), 1700000000 * USEC_PER_SEC + 5);
	delay_add(&arena, message, STR("elsewhere"), 0);
	assert_written(message,
		       "<message><delay xmlns='urn:xmpp:delay' from='localhost' "
		       "stamp='2023-11-14T22:13:20.000005Z'/><delay xmlns='urn:xmpp:delay' "
		       "from='elsewhere' stamp='1970-01-01T00:00:00.000000Z'/></message>");
	delay_strip(message, STR("localhost"));
	assert_written(message, "<message><delay xmlns='urn:xmpp:delay' from='elsewhere' "
				"stamp='1970-01-01T00:00:00.000000Z'/></message>");
}

static void forward(void **state)
{
	struct xml *message = xml_new(&arena, NS_CLIENT, STR("message"));
	struct xml *plain = forward_wrap(&arena, message, 0);
	struct xml *dated;

	assert_written(plain, "<forwarded xmlns='urn:xmpp:forward:0'>"
			      "<message xmlns='jabber:client'/></forwarded>");
	assert_ptr_equal(forward_inside(plain), message);
	dated = forward_wrap(&arena, xml_copy(&arena, message), 1);
	assert_written(dated, "<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' "
			      "stamp='1970-01-01T00:00:00.000001Z'/>"
			      "<message xmlns='jabber:client'/></forwarded>");
	assert_non_null(forward_inside(dated));
	xml_add(dated, xml_copy(&arena, message));
	assert_null(forward_inside(dated));
	assert_null(forward_inside(message));
	assert_null(forward_inside(NULL));
}

UNIT_TESTS_WITH(xep_payload, set_up, tear_down, cmocka_unit_test(disco), cmocka_unit_test(delay),
		cmocka_unit_test(forward));
