/* SPDX-License-Identifier: Apache-2.0 */
/* stream/stream over a transport that only writes down. */
#include "stream/stream.h"

#include "base/mem.h"

#include "support/unit.h"

#include <stdio.h>

enum { LOG_MAX = 64 * 1024, STANZA_MAX = 300 };

static const struct xml_limits limits = {
	.stanza_bytes = STANZA_MAX, .depth = 8, .attrs = 8, .name_bytes = 64, .children = 16
};

/* An owner: hears, and does what an element of that name says. */
struct owner {
	struct transport transport;
	struct stream stream;
	struct sbuf log; /* what was heard */
	struct sbuf out; /* what was sent */
	bool is_framed, is_closed, is_dead;
};

/* ---- transport ---- */

static void t_send(struct transport *t, struct bytes *data)
{
	(void)sbuf_add(&((struct owner *)t->owner)->out, bytes_str(data));
}

static void t_close(struct transport *t)
{
	((struct owner *)t->owner)->is_closed = true;
}

static bool t_is_framed(const struct transport *t)
{
	return ((const struct owner *)t->owner)->is_framed;
}

static const struct transport_ops ops = { .send = t_send,
					  .close = t_close,
					  .is_framed = t_is_framed };

/* ---- events ---- */

static bool on_open(void *arg, const struct xml *open)
{
	struct owner *o = arg;

	(void)sbuf_printf(&o->log, "open to=%.*s lang=%.*s\n", STR_ARG(xml_attr(open, STR("to"))),
			  STR_ARG(o->stream.lang));
	return true;
}

static bool on_element(void *arg, struct str text)
{
	struct owner *o = arg;

	(void)sbuf_printf(&o->log, "element %.*s\n", STR_ARG(text));
	if (str_starts(text, STR("<restart")))
		stream_restart(&o->stream, o->stream.transport);
	if (str_starts(text, STR("<hold")))
		stream_hold(&o->stream);
	if (str_starts(text, STR("<die"))) {
		stream_done(&o->stream);
		o->is_dead = true;
		return false;
	}
	return true;
}

static bool on_close(void *arg)
{
	struct owner *o = arg;

	(void)sbuf_lit(&o->log, "close\n");
	return false;
}

static bool on_fault(void *arg, enum stream_condition why)
{
	struct owner *o = arg;
	struct str name = stream_condition_name(why);

	(void)sbuf_printf(&o->log, "fault %.*s\n", STR_ARG(name));
	return false;
}

static const struct stream_events events = {
	.on_open = on_open, .on_element = on_element, .on_close = on_close, .on_fault = on_fault
};

static void owner_init(struct owner *o, bool is_framed)
{
	*o = (struct owner){ .is_framed = is_framed, .log = SBUF(LOG_MAX), .out = SBUF(LOG_MAX) };
	o->transport = (struct transport){ .ops = &ops, .owner = o };
	stream_init(&o->stream, &o->transport, &events, o);
	o->stream.limits = &limits;
}

static void owner_done(struct owner *o)
{
	if (!o->is_dead)
		stream_done(&o->stream);
	sbuf_done(&o->log);
	sbuf_done(&o->out);
}

static void expect(struct sbuf *b, const char *text)
{
	(void)sbuf_add_char(b, '\0');
	assert_string_equal(b->ptr, text);
	sbuf_reset(b);
}

/* A copy on the heap: reading past its end is seen. */
static void feed(struct owner *o, struct str text)
{
	char *copy = str_dup(text);

	if (text.len)
		stream_feed(&o->stream, str_make(copy, text.len));
	mem_free(copy);
}

/* ---- tests ---- */

#define OPEN                                                                                                         \
	"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' " \
	"to='localhost' xml:lang='de' version='1.0'>"
#define LOGIN                                                                                      \
	OPEN "<auth>eHl6</auth> \n<restart/>" OPEN                                                 \
	     "<iq type='set' id='1'><bind xmlns='b'><resource>&lt;x&gt;</resource></bind></iq>"    \
	     " \n<message><body>\xe4\xbc\x9a</body></message></stream:stream>"
#define HEARD                                                                                                   \
	"open to=localhost lang=de\nelement <auth>eHl6</auth>\nelement <restart/>\nopen to=localhost lang=de\n" \
	"element <iq type='set' id='1'><bind xmlns='b'><resource>&lt;x&gt;</resource></bind></iq>\n"            \
	"element <message><body>\xe4\xbc\x9a</body></message>\nclose\n"

static void hears_the_same_however_it_is_cut(void **state)
{
	struct str text = STR(LOGIN);

	for (size_t a = 0; a <= text.len; a++) {
		for (size_t b = a; b <= text.len; b += b - a < 3 ? 1 : 17) {
			struct owner o;

			owner_init(&o, false);
			feed(&o, str_sub(text, 0, a));
			feed(&o, str_sub(text, a, b - a));
			feed(&o, str_from_at(text, b));
			expect(&o.log, HEARD);
			assert_int_equal(o.stream.half.cap, 0);
			owner_done(&o);
		}
	}
}

static void byte_by_byte(void **state)
{
	struct str text = STR(LOGIN);
	struct owner o;

	owner_init(&o, false);
	for (size_t i = 0; i < text.len; i++)
		feed(&o, str_sub(text, i, 1));
	expect(&o.log, HEARD);
	owner_done(&o);
}

/* Whatever comes while the owner waits is heard afterwards, wherever it was cut. */
static void holds(void **state)
{
	struct str text = STR(OPEN "<hold/><a/><hold/><b/></stream:stream>");

	for (size_t a = 0; a <= text.len; a++) {
		struct owner o;

		owner_init(&o, false);
		feed(&o, str_sub(text, 0, a));
		feed(&o, str_from_at(text, a));
		expect(&o.log, "open to=localhost lang=de\nelement <hold/>\n");
		stream_go_on(&o.stream);
		expect(&o.log, "element <a/>\nelement <hold/>\n");
		stream_go_on(&o.stream);
		expect(&o.log, "element <b/>\nclose\n");
		owner_done(&o);
	}
}

static void holds_so_much_and_no_more(void **state)
{
	static char much[STREAM_HELD_MAX];
	struct owner o;

	memset(much, ' ', sizeof(much));
	owner_init(&o, false);
	feed(&o, STR(OPEN "<hold/>"));
	sbuf_reset(&o.log);
	feed(&o, str_make(much, sizeof(much)));
	expect(&o.log, "");
	feed(&o, STR(" "));
	expect(&o.log, "fault policy-violation\n");
	owner_done(&o);
}

/* The owner may free the stream inside any element; nothing behind it is looked at. */
static void dies_inside(void **state)
{
	struct str text = STR(OPEN "<x/><die/><never/>");

	for (size_t a = 0; a <= text.len; a++) {
		struct owner o;

		owner_init(&o, false);
		feed(&o, str_sub(text, 0, a));
		if (!o.is_dead)
			feed(&o, str_from_at(text, a));
		expect(&o.log, "open to=localhost lang=de\nelement <x/>\nelement <die/>\n");
		owner_done(&o);
	}
}

static void faults(void **state)
{
	static const struct {
		const char *text, *fault;
	} rows[] = {
		{ "<!DOCTYPE x>", "restricted-xml" },
		{ OPEN "<!-- -->", "restricted-xml" },
		{ OPEN "<?php ?>", "restricted-xml" },
		{ "<?xml version='1.0' encoding='latin1'?><stream:stream>",
		  "unsupported-encoding" },
		{ "<stream:features xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client'>",
		  "bad-format" },
		{ "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:server'>",
		  "invalid-namespace" },
		{ "<stream:stream xmlns:stream='urn:other' xmlns='jabber:client'>",
		  "invalid-namespace" },
		{ "<stream:stream xmlns='jabber:client'>", "bad-namespace-prefix" },
		{ OPEN "text", "not-well-formed" },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct owner o;
		char wanted[64];

		owner_init(&o, false);
		feed(&o, str_from(rows[i].text));
		(void)snprintf(wanted, sizeof(wanted), "fault %s\n", rows[i].fault);
		(void)sbuf_add_char(&o.log, '\0');
		if (!strstr(o.log.ptr, wanted))
			fail_msg("%s: %s", rows[i].text, o.log.ptr);
		owner_done(&o);
	}
}

/* The limit is the same for what comes at once and for what comes in pieces. */
static void elements_are_bounded(void **state)
{
	char text[STANZA_MAX + 2];

	for (size_t len = STANZA_MAX; len <= STANZA_MAX + 1; len++) {
		for (size_t piece = 1; piece <= len; piece += len - 1) {
			struct owner o;

			memset(text, 'x', sizeof(text));
			memcpy(text, "<a>", 3);
			memcpy(text + len - 4, "</a>", 4);
			owner_init(&o, false);
			feed(&o, STR(OPEN));
			sbuf_reset(&o.log);
			for (size_t i = 0; i < len && !str_starts(sbuf_str(&o.log), STR("fault"));
			     i += piece)
				feed(&o, str_sub(str_make(text, len), i, piece));
			assert_int_equal(str_starts(sbuf_str(&o.log), STR("element")),
					 len == STANZA_MAX);
			assert_int_equal(str_starts(sbuf_str(&o.log),
						    STR("fault policy-violation")),
					 len > STANZA_MAX);
			owner_done(&o);
		}
	}
}

/* RFC 6120 4.8.5: prefixes of the stream hold for its stanzas; kept only where there are any. */
static void keeps_prefixes(void **state)
{
	struct owner o;
	struct xml_scope *copy;

	owner_init(&o, false);
	feed(&o, STR(OPEN));
	assert_null(o.stream.scope);
	assert_ptr_equal(stream_scope_or(o.stream.scope, false), stream_scope(false));
	stream_restart(&o.stream, &o.transport);
	assert_int_equal(o.stream.lang.len, 0);
	feed(&o,
	     STR("<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:client' xmlns:x='urn:x' to='a'>"));
	copy = stream_scope_dup(stream_scope_or(o.stream.scope, false));
	owner_done(&o);
	assert_int_equal(copy->prefix_count, 2);
	assert_true(str_eq(copy->default_ns, STR("jabber:client")));
	for (size_t i = 0; i < 2; i++) {
		bool is_stream = str_eq(copy->prefixes[i].prefix, STR("s"));

		assert_true(is_stream || str_eq(copy->prefixes[i].prefix, STR("x")));
		assert_true(
			str_eq(copy->prefixes[i].ns,
			       is_stream ? STR("http://etherx.jabber.org/streams") : STR("urn:x")));
	}
	mem_free(copy);
	assert_null(stream_scope_dup(NULL));
}

static void forgets_a_long_language(void **state)
{
	char text[400];
	struct owner o;

	owner_init(&o, false);
	(void)snprintf(
		text, sizeof(text),
		"<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client' xml:lang='%0*d'>",
		STREAM_LANG_MAX + 1, 0);
	feed(&o, str_from(text));
	expect(&o.log, "open to= lang=\n");
	owner_done(&o);
}

/* RFC 6120 4.9.1.2: an error before the opening tag comes behind one of ours, with an id. */
static void an_error_opens(void **state)
{
	struct owner o;

	owner_init(&o, false);
	stream_error(&o.stream, STR("localhost"), STREAM_NOT_WELL_FORMED, STR_NONE);
	stream_error(&o.stream, STR("localhost"), STREAM_RESET, STR_NONE); /* one is enough */
	assert_true(o.is_closed);
	assert_true(str_starts(sbuf_str(&o.out), STR("<?xml version='1.0'?><stream:stream ")));
	assert_true(str_find(sbuf_str(&o.out), STR(" id='")) > 0);
	assert_true(str_ends(
		sbuf_str(&o.out),
		STR("<not-well-formed xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")));
	owner_done(&o);
}

/* RFC 7395: each message stands alone, in and out. */
static void framed(void **state)
{
	struct owner o;
	struct bytes *b = bytes_new(STR("<message to='x'/>"));

	owner_init(&o, true);
	feed(&o,
	     STR("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0' xml:lang='fr'/>"));
	feed(&o, STR("<iq xmlns='jabber:client' type='get' id='1'><x xmlns='y'/></iq>"));
	feed(&o, STR("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"));
	expect(&o.log,
	       "open to=localhost lang=fr\nelement <iq xmlns='jabber:client' type='get' id='1'><x xmlns='y'/></iq>\nclose\n");
	stream_send_open(&o.stream, STR("localhost"), STR_NONE, STR("1"));
	expect(&o.out,
	       "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='localhost' id='1' version='1.0' xml:lang='en'/>");
	stream_send_bytes(&o.stream, b);
	expect(&o.out, "<message xmlns='jabber:client' to='x'/>");
	stream_close(&o.stream);
	expect(&o.out, "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
	(void)bytes_unref(b); /* the stream had its own */
	owner_done(&o);
}

static void framed_faults(void **state)
{
	struct owner o;

	owner_init(&o, true);
	feed(&o, STR("<open xmlns='urn:other' to='localhost'/>"));
	expect(&o.log, "fault invalid-namespace\n");
	feed(&o, STR("<close xmlns='urn:other'/>"));
	expect(&o.log, "fault invalid-namespace\n");
	feed(&o, STR("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'"));
	expect(&o.log, "fault not-well-formed\n");
	stream_hold(&o.stream);
	feed(&o, STR("<iq xmlns='jabber:client'/>"));
	expect(&o.log, "fault policy-violation\n");
	owner_done(&o);
}

UNIT_TESTS(stream_stream, cmocka_unit_test(hears_the_same_however_it_is_cut),
	   cmocka_unit_test(byte_by_byte), cmocka_unit_test(holds),
	   cmocka_unit_test(holds_so_much_and_no_more), cmocka_unit_test(dies_inside),
	   cmocka_unit_test(faults), cmocka_unit_test(elements_are_bounded),
	   cmocka_unit_test(keeps_prefixes), cmocka_unit_test(forgets_a_long_language),
	   cmocka_unit_test(an_error_opens), cmocka_unit_test(framed),
	   cmocka_unit_test(framed_faults));
