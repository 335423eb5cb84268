/* SPDX-License-Identifier: Apache-2.0 */
/* xmpp/stanza and xmpp/condition: reading of stanzas, faults, replies as they go over the wire. */
#include "xmpp/stanza.h"

#include "xml/build.h"
#include "xml/write.h"
#include "xmpp/condition.h"
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

static void assert_str(struct str got, struct str wanted)
{
	if (!str_eq(got, wanted))
		print_message("# got \"%.*s\", wanted \"%.*s\"\n", STR_ARG(got), STR_ARG(wanted));
	assert_true(str_eq(got, wanted));
}

static struct xml *parse(const char *text)
{
	static const struct xml_limits limits = {
		.stanza_bytes = 10000, .depth = 20, .attrs = 20, .name_bytes = 200, .children = 100
	};
	const struct xml_scope scope = { .default_ns = NS_CLIENT };
	struct xml *x = NULL;

	assert_int_equal(xml_parse(&arena, str_from(text), &scope, &limits, &x), XML_FAULT_NONE);
	return x;
}

static enum stanza_fault read_text(const char *text, struct stanza *ret_s)
{
	return stanza_read(&arena, parse(text), ret_s);
}

static void assert_written(const struct xml *x, const char *wanted)
{
	struct sbuf out scoped(sbuf_done) = SBUF(64 * KIB);

	assert_int_equal(xml_write(&out, x, NS_CLIENT), OK);
	assert_str(sbuf_str(&out), str_from(wanted));
}

static void kinds_and_types(void **state)
{
	static const struct {
		const char *text;
		enum stanza_kind kind;
		enum stanza_type type;
	} rows[] = {
		{ "<message/>", STANZA_MESSAGE, MESSAGE_NORMAL },
		{ "<message type='normal'/>", STANZA_MESSAGE, MESSAGE_NORMAL },
		{ "<message type='chat'/>", STANZA_MESSAGE, MESSAGE_CHAT },
		{ "<message type='groupchat'/>", STANZA_MESSAGE, MESSAGE_GROUPCHAT },
		{ "<message type='headline'/>", STANZA_MESSAGE, MESSAGE_HEADLINE },
		{ "<message type='error'/>", STANZA_MESSAGE, MESSAGE_ERROR },
		{ "<message type='CHAT'/>", STANZA_MESSAGE, MESSAGE_NORMAL },
		{ "<message type=''/>", STANZA_MESSAGE, MESSAGE_NORMAL },
		{ "<presence/>", STANZA_PRESENCE, PRESENCE_AVAILABLE },
		{ "<presence type='unavailable'/>", STANZA_PRESENCE, PRESENCE_UNAVAILABLE },
		{ "<presence type='subscribe'/>", STANZA_PRESENCE, PRESENCE_SUBSCRIBE },
		{ "<presence type='subscribed'/>", STANZA_PRESENCE, PRESENCE_SUBSCRIBED },
		{ "<presence type='unsubscribe'/>", STANZA_PRESENCE, PRESENCE_UNSUBSCRIBE },
		{ "<presence type='unsubscribed'/>", STANZA_PRESENCE, PRESENCE_UNSUBSCRIBED },
		{ "<presence type='probe'/>", STANZA_PRESENCE, PRESENCE_PROBE },
		{ "<presence type='error'/>", STANZA_PRESENCE, PRESENCE_ERROR },
		{ "<iq type='get' id='1'><q xmlns='x'/></iq>", STANZA_IQ, IQ_GET },
		{ "<iq type='set' id='1'> <q xmlns='x'/> </iq>", STANZA_IQ, IQ_SET },
		{ "<iq type='result' id='1'/>", STANZA_IQ, IQ_RESULT },
		{ "<iq type='result' id='1'><q xmlns='x'/></iq>", STANZA_IQ, IQ_RESULT },
		{ "<iq type='error' id='1'><q xmlns='x'/><error/></iq>", STANZA_IQ, IQ_ERROR },
		{ "<message xmlns='jabber:server'/>", STANZA_MESSAGE, MESSAGE_NORMAL },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct stanza s;

		assert_int_equal(read_text(rows[i].text, &s), STANZA_OK);
		assert_int_equal(s.kind, rows[i].kind);
		assert_int_equal(s.type, rows[i].type);
	}
}

static void faults(void **state)
{
	static const struct {
		const char *text;
		enum stanza_fault fault;
	} rows[] = {
		{ "<messages/>", STANZA_NOT_A_STANZA },
		{ "<Message/>", STANZA_NOT_A_STANZA },
		{ "<message xmlns='x'/>", STANZA_NOT_A_STANZA },
		{ "<iq xmlns=''/>", STANZA_NOT_A_STANZA },
		{ "<message to='a b@c'/>", STANZA_BAD_TO },
		{ "<message to=''/>", STANZA_BAD_TO },
		{ "<message from='@'/>", STANZA_BAD_FROM },
		{ "<message from='@' to='@'/>", STANZA_BAD_FROM },
		{ "<iq id='1' type='' to='@'/>", STANZA_BAD_TO },
		{ "<presence type='available'/>", STANZA_BAD_TYPE },
		{ "<presence type=''/>", STANZA_BAD_TYPE },
		{ "<iq id='1'><q xmlns='x'/></iq>", STANZA_BAD_TYPE },
		{ "<iq id='1' type='put'><q xmlns='x'/></iq>", STANZA_BAD_TYPE },
		{ "<iq type='get'><q xmlns='x'/></iq>", STANZA_BAD_TYPE },
		{ "<iq type='error'/>", STANZA_BAD_TYPE },
		{ "<iq type='get' id='1'/>", STANZA_BAD_TYPE },
		{ "<iq type='set' id='1'><q xmlns='x'/><q xmlns='x'/></iq>", STANZA_BAD_TYPE },
		{ "<iq type='result' id='1'><q xmlns='x'/><q xmlns='x'/></iq>", STANZA_BAD_TYPE },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct stanza s = { .id = STR("untouched") };
		enum stanza_fault fault = read_text(rows[i].text, &s);

		if (fault != rows[i].fault)
			print_message("# %s\n", rows[i].text);
		assert_int_equal(fault, rows[i].fault);
	}
}

/* An error must be answerable, and errors never answer errors, however broken they are. */
static void faults_keep_what_is_needed(void **state)
{
	struct stanza s;

	assert_int_equal(read_text("<message type='error' id='7' to='@'/>", &s), STANZA_BAD_TO);
	assert_int_equal(s.type, MESSAGE_ERROR);
	assert_str(s.id, STR("7"));
	assert_false(reply_may_error(&s));
	assert_int_equal(read_text("<iq type='get' id='7' to='@' from='a@b'><q xmlns='x'/></iq>",
				   &s),
			 STANZA_BAD_TO);
	assert_true(reply_may_error(&s));
	assert_written(reply_error(&arena, &s, COND_JID_MALFORMED, STR_NONE),
		       "<iq type='error' to='a@b' id='7'><error type='modify'>"
		       "<jid-malformed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
	assert_int_equal(read_text("<iq type='nonsense' id='7'/>", &s), STANZA_BAD_TYPE);
	assert_true(reply_may_error(&s));
	assert_int_equal(read_text("<iq type='result'/>", &s), STANZA_BAD_TYPE);
	assert_false(reply_may_error(&s));
}

static void addresses(void **state)
{
	struct stanza s;

	assert_int_equal(
		read_text("<message from='Juliet@Example.com/Balcony' to='romeo@example.net'/>",
			  &s),
		STANZA_OK);
	assert_str(s.from.full, STR("juliet@example.com/Balcony"));
	assert_str(s.to.full, STR("romeo@example.net"));
	assert_false(str_is_set(s.id));
	stanza_set_from(&arena, &s, jid_make(&arena, STR("a"), STR("b"), STR("c")));
	stanza_set_to(&arena, &s, (struct jid){ 0 });
	assert_false(jid_is_set(s.to));
	assert_written(s.el, "<message from='a@b/c'/>");
	assert_int_equal(read_text("<message/>", &s), STANZA_OK);
	assert_false(jid_is_set(s.from));
	assert_false(jid_is_set(s.to));
}

static void payload(void **state)
{
	struct stanza s;

	assert_int_equal(read_text("<iq type='get' id='1'> <q xmlns='x'/> </iq>", &s), STANZA_OK);
	assert_true(xml_is(stanza_payload(&s), STR("x"), STR("q")));
	assert_int_equal(read_text("<iq type='result' id='1'/>", &s), STANZA_OK);
	assert_null(stanza_payload(&s));
}

static void replies(void **state)
{
	struct stanza s;

	assert_int_equal(
		read_text(
			"<iq type='set' id='x&apos;1' from='a@b/c' to='d'><q xmlns='x'>1</q></iq>",
			&s),
		STANZA_OK);
	assert_written(reply_result(&arena, &s),
		       "<iq type='result' from='d' to='a@b/c' id='x&apos;1'/>");
	assert_written(
		reply_error(&arena, &s, COND_NOT_ALLOWED, STR("No <way>")),
		"<iq type='error' from='d' to='a@b/c' id='x&apos;1'><error type='cancel'>"
		"<not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
		"<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>No &lt;way&gt;</text></error></iq>");
	assert_int_equal(read_text("<message to='d' type='chat'><body>hi</body></message>", &s),
			 STANZA_OK);
	assert_written(
		reply_error(&arena, &s, COND_SERVICE_UNAVAILABLE, STR_NONE),
		"<message type='error' from='d'><error type='cancel'>"
		"<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>");
}

/* RFC 6120 8.3.3: the name says the type. */
static void conditions(void **state)
{
	static const struct {
		enum condition c;
		const char *name, *type;
	} rows[] = {
		{ COND_BAD_REQUEST, "bad-request", "modify" },
		{ COND_FORBIDDEN, "forbidden", "auth" },
		{ COND_GONE, "gone", "cancel" },
		{ COND_ITEM_NOT_FOUND, "item-not-found", "cancel" },
		{ COND_JID_MALFORMED, "jid-malformed", "modify" },
		{ COND_REMOTE_SERVER_TIMEOUT, "remote-server-timeout", "wait" },
		{ COND_RESOURCE_CONSTRAINT, "resource-constraint", "wait" },
		{ COND_SUBSCRIPTION_REQUIRED, "subscription-required", "auth" },
		{ COND_UNEXPECTED_REQUEST, "unexpected-request", "wait" },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		assert_str(condition_name(rows[i].c), str_from(rows[i].name));
		assert_str(condition_type(rows[i].c), str_from(rows[i].type));
	}
	for (int c = 0; c <= COND_UNEXPECTED_REQUEST; c++)
		assert_true(condition_name((enum condition)c).len > 0 &&
			    condition_type((enum condition)c).len > 0);
	for (int c = 0; c <= STREAM_UNSUPPORTED_VERSION; c++)
		assert_true(stream_condition_name((enum stream_condition)c).len > 0);
}

static void stream_errors(void **state)
{
	assert_written(
		stream_error_new(&arena, STREAM_HOST_UNKNOWN, STR_NONE),
		"<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>");
	assert_written(
		stream_error_new(&arena, STREAM_POLICY_VIOLATION, STR("too big")),
		"<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
		"<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>too big</text></stream:error>");
}

UNIT_TESTS_WITH(stanza, set_up, tear_down, cmocka_unit_test(kinds_and_types),
		cmocka_unit_test(faults), cmocka_unit_test(faults_keep_what_is_needed),
		cmocka_unit_test(addresses), cmocka_unit_test(payload), cmocka_unit_test(replies),
		cmocka_unit_test(conditions), cmocka_unit_test(stream_errors));
