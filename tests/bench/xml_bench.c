/* SPDX-License-Identifier: Apache-2.0 */
/* Microseconds for framing, parsing and writing one chat message, with expat beside it. Not part of
 * the tests; by hand: gcc -std=gnu17 -D_GNU_SOURCE -O2 -Isrc tests/bench/xml_bench.c
 * src/{base,codec,xml}/NAME.c… -lexpat -lpthread */
#include "base/clock.h"
#include "codec/utf8.h"
#include "xml/build.h"
#include "xml/write.h"

#include <expat.h>
#include <stdio.h>

enum { ROUNDS = 300000, REPEATS = 5 };

#define OPEN                                                                                       \
	STR("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>")

static const struct str message = STR_INIT(
	"<message to='bob@example.org/phone' from='alice@example.org/desk' type='chat' id='5f2a-77b1' xml:lang='en'>"
	"<body>Shall we meet at 10 &amp; talk? \xe4\xbc\x9a\xe8\xad\xb0</body>"
	"<active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/>"
	"<origin-id xmlns='urn:xmpp:sid:0' id='5f2a-77b1-4c0e-9d3e'/><markable xmlns='urn:xmpp:chat-markers:0'/></message>");
static const struct xml_limits limits = {
	.stanza_bytes = 262144, .depth = 50, .attrs = 50, .name_bytes = 256, .children = 5000
};

struct bench {
	struct arena a;
	struct xml_scan scan;
	struct xml_scope scope;
	struct xml *x; /* parsed */
	struct sbuf out;
	XML_Parser parser;
	size_t events;
};

static void run_scan(struct bench *b)
{
	size_t used, skipped;

	must(xml_scan_feed(&b->scan, &limits, message, &used, &skipped) == XML_SCAN_STANZA);
}

static void run_build(struct bench *b)
{
	arena_reset(&b->a);
	must(xml_parse(&b->a, message, &b->scope, &limits, &b->x) == XML_FAULT_NONE);
}

static void run_both(struct bench *b)
{
	run_scan(b);
	run_build(b);
}

static void run_utf8(struct bench *b)
{
	b->events += utf8_is_xml(message);
}

static void run_write(struct bench *b)
{
	sbuf_reset(&b->out);
	must(xml_write(&b->out, b->x, b->scope.default_ns) == OK);
}

static void run_expat(struct bench *b)
{
	must(XML_Parse(b->parser, message.ptr, (int)message.len, 0) == XML_STATUS_OK);
}

static void on_start(void *arg, unused_arg const char *name, unused_arg const char **attrs)
{
	((struct bench *)arg)->events++;
}

static void on_text(void *arg, unused_arg const char *text, int len)
{
	((struct bench *)arg)->events += (size_t)len;
}

/* The best of some runs, in nanoseconds a round. */
static void measure(struct bench *b, const char *name, void (*run)(struct bench *b))
{
	usec_t best = INT64_MAX;

	for (int repeat = 0; repeat < REPEATS; repeat++) {
		usec_t began = clock_thread_cpu(), took;

		for (int i = 0; i < ROUNDS; i++)
			run(b);
		took = clock_thread_cpu() - began;
		best = took < best ? took : best;
	}
	(void)printf("%-28s %.3f us\n", name, (double)best / ROUNDS);
}

int main(void)
{
	struct bench b = { .out = SBUF(64 * KIB), .parser = XML_ParserCreateNS("UTF-8", '\1') };
	struct arena open;
	struct xml *x;
	size_t used, skipped;

	arena_init(&open, MIB);
	arena_init(&b.a, MIB);
	xml_scan_init(&b.scan);
	must(xml_scan_feed(&b.scan, &limits, OPEN, &used, &skipped) == XML_SCAN_OPEN);
	must(xml_parse_open(&open, OPEN, &limits, &x, &b.scope) == XML_FAULT_NONE);
	XML_SetUserData(b.parser, &b);
	XML_SetStartElementHandler(b.parser, on_start);
	XML_SetCharacterDataHandler(b.parser, on_text);
	must(XML_Parse(b.parser, OPEN.ptr, (int)OPEN.len, 0) == XML_STATUS_OK);
	run_build(&b);
	(void)printf("%zu bytes, %zu bytes of arena\n", message.len, b.a.used);
	measure(&b, "scan", run_scan);
	measure(&b, "build (UTF-8 check included)", run_build);
	measure(&b, "UTF-8 check alone", run_utf8);
	measure(&b, "scan and build", run_both);
	measure(&b, "write", run_write);
	measure(&b, "expat, events only", run_expat);
	XML_ParserFree(b.parser);
	sbuf_done(&b.out);
	arena_done(&b.a);
	arena_done(&open);
	return 0;
}
