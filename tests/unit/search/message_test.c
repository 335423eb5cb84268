/* SPDX-License-Identifier: Apache-2.0 */
/* search/message: which tokens come out of a message. */
#include "search/message.h"

#include "support/unit.h"

static struct message_words words;

static int set_up(void **state)
{
	message_words_init(&words);
	return 0;
}

static int tear_down(void **state)
{
	message_words_done(&words);
	return 0;
}

static bool read_text(const char *stanza)
{
	return message_words_read(&words, str_from(stanza));
}

static bool has(const char *token)
{
	struct str rest = sbuf_str(&words.tokens), one;

	while (str_split(&rest, TOKEN_END, &one)) {
		if (str_eq(one, str_from(token)))
			return true;
	}
	return false;
}

static bool has_phrase(const char *phrase)
{
	const struct str one = str_from(phrase);

	return message_words_have(&words, &one, 1);
}

static void words_of_body_and_subject(void **state)
{
	assert_true(read_text("<message from='a@x/r' to='b@x'><subject>Big News</subject>"
			      "<body>It &lt;is&gt; here</body><body xml:lang='de'>Da ist es</body>"
			      "</message>"));
	assert_true(has("big") && has("news") && has("is") && has("here") && has("da"));
	assert_true(has("@fa@x") && has("@na"));
	assert_false(has("@hlink") || has("@hfile"));
	assert_true(has_phrase(" it is here ") && has_phrase(" news "));
	assert_false(has_phrase(" here da ")); /* of two texts */
	assert_false(has_phrase(" new "));
}

static void ideographs_come_alone_and_in_pairs(void **state)
{
	assert_true(read_text("<message><body>明日の会議 室</body></message>"));
	assert_true(has("明") && has("明日") && has("の会") && has("会議") && has("室"));
	assert_false(has("議室")); /* there is a blank between */
	assert_true(has_phrase(" 日 の 会 "));
}

static void an_encrypted_message_says_nothing(void **state)
{
	assert_false(read_text("<message><body>hint</body><encrypted "
			       "xmlns='eu.siacs.conversations.axolotl'/></message>"));
	assert_false(read_text("<message><body>hint</body><encrypted xmlns='urn:xmpp:omemo:2'/>"
			       "</message>"));
	assert_false(read_text("<message><body>hint</body><encryption xmlns='urn:xmpp:eme:0' "
			       "namespace='x'/></message>"));
	assert_false(read_text("<message><body>hint</body><x xmlns='jabber:x:encrypted'>a</x>"
			       "</message>"));
	assert_false(read_text("<message><body>hint</body><openpgp xmlns='urn:xmpp:openpgp:0'/>"
			       "</message>"));
	assert_false(read_text("<message><body>?OTR:AAMDjj==</body></message>"));
	assert_true(read_text("<message><body>what is OTR?</body></message>"));
}

static void what_quotes_is_left_out(void **state)
{
	assert_true(read_text("<message><body>&gt; ünsaid\nsaid</body>"
			      "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>"
			      "<body start='0' end='9'/></fallback></message>"));
	assert_true(has("said"));
	assert_false(has("unsaid"));
	/* Two spans that overlap, in the wrong order. */
	assert_true(read_text("<message><body>one two three four</body>"
			      "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>"
			      "<body start='4' end='13'/><body start='0' end='8'/></fallback>"
			      "</message>"));
	assert_true(has("four"));
	assert_false(has("one") || has("two") || has("three"));
	/* All of it. */
	assert_false(
		read_text("<message><body>liked it</body><fallback "
			  "xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reactions:0'/></message>"));
	assert_false(read_text("<message><body>liked it</body><fallback "
			       "xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body/>"
			       "</fallback></message>"));
	/* Of something that few can show: it is what most have read. */
	assert_true(read_text("<message><body>Poll: red or blue?</body><fallback "
			      "xmlns='urn:xmpp:fallback:0' for='urn:example:poll'/></message>"));
	assert_true(has("poll"));
	/* Spans that are none. */
	assert_true(read_text("<message><body>kept</body><fallback xmlns='urn:xmpp:fallback:0' "
			      "for='urn:xmpp:reply:0'><body start='9' end='3'/></fallback>"
			      "</message>"));
	assert_true(has("kept"));
}

static void what_is_attached(void **state)
{
	assert_true(read_text("<message><body>https://x/cat%20one.JPG?v=1</body>"
			      "<x xmlns='jabber:x:oob'><url>https://x/cat%20one.JPG?v=1</url></x>"
			      "</message>"));
	assert_true(has("@hfile") && has("@himage") && has("cat"));
	assert_false(has("@hlink"));
	assert_true(read_text("<message><body>look: HTTPS://example.org</body></message>"));
	assert_true(has("@hlink"));
	assert_true(read_text("<message><body>http:// is no link, xmpp: neither</body></message>"));
	assert_false(has("@hlink"));
	assert_true(read_text("<message><file-sharing xmlns='urn:xmpp:sfs:0'><file "
			      "xmlns='urn:xmpp:file:metadata:0'><media-type>application/pdf"
			      "</media-type><name>Summer Report.pdf</name></file></file-sharing>"
			      "</message>"));
	assert_true(has("@hfile") && has("summer") && has("pdf"));
	assert_false(has("@himage"));
	assert_true(read_text("<message><reference xmlns='urn:xmpp:reference:0' type='data'>"
			      "<media-sharing xmlns='urn:xmpp:sims:1'><file "
			      "xmlns='urn:xmpp:jingle:apps:file-transfer:5'><media-type>image/png"
			      "</media-type></file></media-sharing></reference></message>"));
	assert_true(has("@himage"));
}

static void what_pins(void **state)
{
	(void)state;
	assert_true(read_text("<message from='a@x/r'><pin xmlns='urn:parley:pins:0' id='1'/>"
			      "<fallback xmlns='urn:xmpp:fallback:0' for='urn:parley:pins:0'/>"
			      "<body>/me pinned a message.</body></message>"));
	assert_true(has("@hpin") && has("@fa@x"));
	assert_false(has("pinned"));
	assert_true(read_text("<message><unpin xmlns='urn:parley:pins:0' id='1'/></message>"));
	assert_true(has("@hpin"));
	assert_true(read_text("<message><pin xmlns='urn:x' id='1'/><body>word</body></message>"));
	assert_false(has("@hpin"));
}

static void people(void **state)
{
	assert_true(read_text(
		"<message type='groupchat' from='r@c/The Sun'><body>x</body>"
		"<thread>T 1</thread><mention xmlns='urn:xmpp:mentions:0' occupantid='oc1'/>"
		"<reference xmlns='urn:xmpp:reference:0' type='mention' uri='xmpp:bob@x'/>"
		"<reference xmlns='urn:xmpp:reference:0' type='mention' "
		"uri='xmpp:r@c/The%20Sun?;node=1'/>"
		"<x xmlns='http://jabber.org/protocol/muc#user'><item jid='juliet@x'/></x>"
		"</message>"));
	assert_true(has("@nthe sun") && has("@fjuliet@x") && has("@tT 1"));
	assert_true(has("@mbob@x") && has("@ooc1") && has("@mr@c/The Sun"));
	/* Outside of rooms nobody speaks for others. */
	assert_true(read_text("<message type='chat' from='eve@x/r'><body>x</body>"
			      "<x xmlns='http://jabber.org/protocol/muc#user'><item "
			      "jid='juliet@x'/></x></message>"));
	assert_true(has("@feve@x"));
	assert_false(has("@fjuliet@x"));
}

/* By a term that is a mention, or by the name; a word of the name alone is none. */
static void who_is_mentioned(void **state)
{
	static const struct query_term terms[] = {
		{ .token = STR_INIT("rose") },
		{ .token = STR_INIT("@mbob@x") },
		{ .token = STR_INIT("@ooc1"), .is_alternative = true },
		{ .token = STR_INIT("le"), .is_alternative = true },
		{ .token = STR_INIT("@nle") },
	};
	const struct str name = STR(" le brother ");

	assert_true(read_text("<message from='le@x'><body>Le rose, brother</body></message>"));
	assert_false(message_words_mention(&words, terms, array_len(terms), STR_NONE));
	assert_false(message_words_mention(&words, terms, array_len(terms), name));
	assert_true(read_text("<message from='le@x'><body>(Le Brother!)</body></message>"));
	assert_true(message_words_mention(&words, terms, array_len(terms), name));
	assert_false(message_words_mention(&words, terms, array_len(terms), STR_NONE));
	assert_true(read_text("<message><body>x</body><mention xmlns='urn:xmpp:mentions:0' "
			      "occupantid='oc1'/></message>"));
	assert_true(message_words_mention(&words, terms, array_len(terms), STR_NONE));
	assert_false(message_words_mention(&words, terms, 1, STR_NONE));
}

/* Who needs no phrases gets the same tokens. */
static void tokens_alone(void **state)
{
	static const char text[] = "<message from='a@x'><body>Two Words \u4f1a\u8b70</body>"
				   "</message>";
	struct message_words m;

	message_words_init(&m);
	m.is_without_phrases = true;
	assert_true(read_text(text));
	assert_true(message_words_read(&m, str_from(text)));
	assert_true(str_eq(sbuf_str(&m.tokens), sbuf_str(&words.tokens)));
	assert_int_equal(m.phrases.len, 0);
	message_words_done(&m);
}

static void what_is_no_message_says_nothing(void **state)
{
	assert_false(read_text(""));
	assert_false(read_text("<message>"));
	assert_false(read_text("<message><body/></message>"));
	assert_false(read_text("<message><received xmlns='urn:xmpp:receipts' id='1'/></message>"));
}

UNIT_TESTS_WITH(search_message, set_up, tear_down, cmocka_unit_test(words_of_body_and_subject),
		cmocka_unit_test(ideographs_come_alone_and_in_pairs),
		cmocka_unit_test(an_encrypted_message_says_nothing),
		cmocka_unit_test(what_quotes_is_left_out), cmocka_unit_test(what_is_attached),
		cmocka_unit_test(what_pins), cmocka_unit_test(people),
		cmocka_unit_test(who_is_mentioned), cmocka_unit_test(tokens_alone),
		cmocka_unit_test(what_is_no_message_says_nothing));
