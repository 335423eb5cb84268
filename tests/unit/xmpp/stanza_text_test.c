/* SPDX-License-Identifier: Apache-2.0 */
/* xmpp/stanza_text: what is told of a serialised stanza, also of one that wants to seem another. */
#include "xmpp/stanza_text.h"

#include "support/unit.h"

static void expect_from(const char *text, struct str from)
{
	assert_true(str_eq(stanza_text_from(str_from(text)), from));
}

static void senders(void **state)
{
	expect_from("<presence from='a@b/c' to='x@y'/>", STR("a@b/c"));
	expect_from("<presence to=\"x@y\" from=\"a@b/c\"/>", STR("a@b/c"));
	expect_from("<presence from=''/>", STR(""));
	expect_from("<presence/>", STR_NONE);
	expect_from("<presence from='a@b", STR_NONE);
	expect_from("<message><presence from='a@b/c'/></message>", STR_NONE);
	assert_null(stanza_text_from(STR("<presence/>")).ptr);
}

/* Quotes are escaped in values: another attribute cannot look like this one. */
static void forged_senders(void **state)
{
	expect_from("<presence id=' from=Zjuliet@b/cZ' from='a@b/c'/>", STR("a@b/c"));
	expect_from("<presence id=' from=&quot;juliet@b/c&quot;' from='a@b/c'/>", STR("a@b/c"));
}

static void kinds(void **state)
{
	assert_true(stanza_text_is_iq(STR("<iq type='get'/>")));
	assert_false(stanza_text_is_iq(STR("<message/>")));
	assert_true(str_eq(stanza_text_type(STR("<presence type='probe'/>")), STR("probe")));
	assert_true(stanza_text_is_state(STR("<presence/>")));
	assert_true(stanza_text_is_state(STR("<presence type='unavailable'/>")));
	assert_true(stanza_text_is_state(STR("<presence type=\"unavailable\"/>")));
	assert_false(stanza_text_is_state(STR("<presence type='subscribe'/>")));
	assert_false(stanza_text_is_state(STR("<presence type='error'/>")));
	assert_false(stanza_text_is_state(STR("<message type='unavailable'/>")));
}

#define STATE "<composing xmlns='http://jabber.org/protocol/chatstates'/>"

static void chat_states(void **state)
{
	assert_true(stanza_text_is_chat_state(STR("<message>" STATE "</message>")));
	assert_false(stanza_text_is_chat_state(STR("<message><body>x</body>" STATE "</message>")));
	assert_false(stanza_text_is_chat_state(STR(
		"<message><forwarded xmlns='urn:xmpp:forward:0'>" STATE "</forwarded></message>")));
	assert_false(stanza_text_is_chat_state(STR("<presence>" STATE "</presence>")));
}

UNIT_TESTS(xmpp_stanza_text, cmocka_unit_test(senders), cmocka_unit_test(forged_senders),
	   cmocka_unit_test(kinds), cmocka_unit_test(chat_states));
