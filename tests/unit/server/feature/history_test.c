/* SPDX-License-Identifier: Apache-2.0 */
/* feature/history: pages, filters, limits, and that an archive is its owner's alone (XMPP.md 5,
 * rows 41 and 46). */
#include "server/feature/history.h"

#include "server/feature/archive.h"
#include "server/feature/message.h"
#include "server/feature/presence.h"
#include "server/feature/roster.h"
#include "server/route/archive_id.h"

#include "support/server/route/route_bed.h"
#include "support/server/store/memory_store.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>

static const struct feature *const features[] = { &feature_roster,  &feature_presence,
						  &feature_archive, &feature_history,
						  &feature_message, NULL };

struct bed {
	struct route_bed *route;
	struct route_client *romeo, *juliet;
};

static int set_up(void **state)
{
	static struct bed b;

	b.route = route_bed_new(features, "archive = { page_max = 4; };");
	route_bed_account(b.route, "romeo");
	route_bed_account(b.route, "juliet");
	route_bed_account(b.route, "tybalt");
	b.romeo = route_bed_client(b.route, "romeo", "balcony");
	b.juliet = route_bed_client(b.route, "juliet", "chamber");
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	route_bed_free(&b->route);
	return 0;
}

static void drain(struct route_client *c)
{
	while (route_client_take(c))
		;
}

/* ---- asking ---- */

#define FORM(fields)                                                                               \
	"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"             \
	"<value>urn:xmpp:mam:2</value></field>" fields "</x>"
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define SET(inside)       "<set xmlns='http://jabber.org/protocol/rsm'>" inside "</set>"

static void ask(struct route_client *c, const char *inside)
{
	char stanza[3000];

	drain(c);
	(void)snprintf(
		stanza, sizeof(stanza),
		"<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2' queryid='f1'>%s</query></iq>",
		inside);
	route_client_send(c, stanza);
}

/* What an answer held. */
struct page {
	char bodies[200]; /* one behind the other */
	char ids[10][14];
	char stamps[10][28];
	unsigned count;
	char fin[500];
};

static void copy_between(const char *text, const char *before, const char *behind, char *out,
			 size_t size)
{
	const char *at = strstr(text, before),
		   *end = at ? strstr(at + strlen(before), behind) : NULL;

	assert_non_null(end);
	at += strlen(before);
	assert_true((size_t)(end - at) < size);
	memcpy(out, at, (size_t)(end - at));
	out[end - at] = '\0';
}

static struct page take_page(struct route_client *c)
{
	struct page p = { .count = 0 };
	const char *text;

	while ((text = route_client_take(c)) && str_starts(str_from(text), STR("<message "))) {
		char body[100];

		assert_true(p.count < 10);
		assert_non_null(strstr(text, "<result xmlns='urn:xmpp:mam:2' queryid='f1' id='"));
		copy_between(text, " queryid='f1' id='", "'", p.ids[p.count], 14);
		copy_between(text, " stamp='", "'", p.stamps[p.count], 28);
		copy_between(text, "<body>", "</body>", body, sizeof(body));
		(void)snprintf(p.bodies + strlen(p.bodies), sizeof(p.bodies) - strlen(p.bodies),
			       "%s", body);
		p.count++;
	}
	assert_non_null(text);
	(void)snprintf(p.fin, sizeof(p.fin), "%s", text);
	route_client_expect_nothing(c);
	return p;
}

static struct page ask_page(struct route_client *c, const char *inside)
{
	ask(c, inside);
	return take_page(c);
}

static struct page ask_after(struct route_client *c, const char *name, const char *id)
{
	char inside[300];

	(void)snprintf(inside, sizeof(inside), SET("<max>2</max><%s>%s</%s>"), name, id, name);
	return ask_page(c, inside);
}

static void assert_page(struct page p, const char *bodies, bool is_complete)
{
	char ends[200];

	assert_string_equal(p.bodies, bodies);
	assert_non_null(strstr(p.fin, is_complete ? "<fin xmlns='urn:xmpp:mam:2' complete='true'>"
						  : "<fin xmlns='urn:xmpp:mam:2'>"));
	if (!p.count) {
		assert_null(strstr(p.fin, "<first"));
		assert_null(strstr(p.fin, "<last"));
		return;
	}
	(void)snprintf(ends, sizeof(ends), ">%s</first><last>%s</last>", p.ids[0],
		       p.ids[p.count - 1]);
	assert_non_null(strstr(p.fin, ends));
}

/* From Juliet's chamber to Romeo: one message for each character. */
static void fill(struct bed *b, const char *bodies)
{
	for (; *bodies; bodies++) {
		char stanza[200];

		(void)snprintf(
			stanza, sizeof(stanza),
			"<message to='romeo@localhost/balcony' id='%c' type='chat'><body>%c</body></message>",
			*bodies, *bodies);
		route_client_send(b->juliet, stanza);
	}
	drain(b->romeo);
	drain(b->juliet);
}

/* ---- form, and what an answer looks like ---- */

static void tells_its_fields(void **state)
{
	struct bed *b = *state;

	route_client_send(b->romeo, "<iq type='get' id='f'><query xmlns='urn:xmpp:mam:2'/></iq>");
	route_client_expect(
		b->romeo,
		"<iq type='result' to='romeo@localhost/balcony' id='f'><query xmlns='urn:xmpp:mam:2'>"
		"<x xmlns='jabber:x:data' type='form'>"
		"<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>"
		"<field var='with' type='jid-single'/><field var='start' type='text-single'/>"
		"<field var='end' type='text-single'/><field var='before-id' type='text-single'/>"
		"<field var='after-id' type='text-single'/><field var='ids' type='list-multi'>"
		"<validate xmlns='http://jabber.org/protocol/xdata-validate' datatype='xs:string'>"
		"<open/></validate></field><field var='include-groupchat' type='boolean'/>"
		"<field var='{urn:xmpp:fulltext:0}fulltext' type='text-single'/>"
		"<field var='{urn:parley:search:0}context' type='text-single'/>"
		"</x></query></iq>");
}

static void empty_archive(void **state)
{
	struct bed *b = *state;

	route_client_send(b->romeo, "<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2'/></iq>");
	route_client_expect(
		b->romeo,
		"<iq type='result' to='romeo@localhost/balcony' id='q'>"
		"<fin xmlns='urn:xmpp:mam:2' complete='true'>"
		"<set xmlns='http://jabber.org/protocol/rsm'><count>0</count></set></fin></iq>");
	ask(b->romeo, SET("<max>0</max>"));
	route_client_expect(
		b->romeo,
		"<iq type='result' to='romeo@localhost/balcony' id='q'>"
		"<fin xmlns='urn:xmpp:mam:2' complete='true'>"
		"<set xmlns='http://jabber.org/protocol/rsm'><count>0</count></set></fin></iq>");
}

static void results_hold_what_is_stored(void **state)
{
	struct bed *b = *state;
	char id[14], stamp[28], wanted[900];
	const char *text;

	route_client_send(
		b->juliet,
		"<message to='romeo@localhost' type='chat' id='m&apos;1'><body>a &lt; &amp; b</body>"
		"<x xmlns='urn:other' y='&quot;'/></message>");
	drain(b->romeo);
	route_client_send(
		b->romeo,
		"<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2' queryid='a&apos;&lt;&amp;'/></iq>");
	text = route_client_take(b->romeo);
	copy_between(text, "queryid='a&apos;&lt;&amp;' id='", "'", id, sizeof(id));
	copy_between(text, "stamp='", "'", stamp, sizeof(stamp));
	(void)snprintf(
		wanted, sizeof(wanted),
		"<message from='romeo@localhost' to='romeo@localhost/balcony'>"
		"<result xmlns='urn:xmpp:mam:2' queryid='a&apos;&lt;&amp;' id='%s'>"
		"<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='%s'/>"
		"<message xmlns='jabber:client' to='romeo@localhost' type='chat' id='m&apos;1' "
		"from='juliet@localhost/chamber'><body>a &lt; &amp; b</body><x xmlns='urn:other' y='&quot;'/></message>"
		"</forwarded></result></message>",
		id, stamp);
	assert_string_equal(text, wanted);
	(void)snprintf(
		wanted, sizeof(wanted),
		"<iq type='result' to='romeo@localhost/balcony' id='q'><fin xmlns='urn:xmpp:mam:2' complete='true'>"
		"<set xmlns='http://jabber.org/protocol/rsm'><first index='0'>%s</first><last>%s</last>"
		"<count>1</count></set></fin></iq>",
		id, id);
	route_client_expect(b->romeo, wanted);
	route_client_expect_nothing(b->romeo);
}

/* The id of a result is the one that came with the message (XEP-0313 3.2). */
static void ids_are_those_of_the_messages(void **state)
{
	struct bed *b = *state;
	char id[14];

	route_client_send(b->romeo, "<presence/>");
	drain(b->romeo);
	route_client_send(b->juliet,
			  "<message to='romeo@localhost' type='chat'><body>1</body></message>");
	copy_between(route_client_take(b->romeo),
		     "<stanza-id xmlns='urn:xmpp:sid:0' by='romeo@localhost' id='", "'", id,
		     sizeof(id));
	assert_string_equal(ask_page(b->romeo, "").ids[0], id);
	assert_string_not_equal(ask_page(b->juliet, "").ids[0], id);
}

/* ---- pages ---- */

static void pages_go_on(void **state)
{
	struct bed *b = *state;
	struct page p;

	fill(b, "12345");
	p = ask_page(b->romeo, SET("<max>2</max>"));
	assert_page(p, "12", false);
	assert_null(strstr(p.fin, "<count>"));
	assert_null(strstr(p.fin, "index="));
	p = ask_after(b->romeo, "after", p.ids[1]);
	assert_page(p, "34", false);
	p = ask_after(b->romeo, "after", p.ids[1]);
	assert_page(p, "5", true);
	p = ask_after(b->romeo, "after", p.ids[0]);
	assert_page(p, "", true);
}

static void pages_go_back(void **state)
{
	struct bed *b = *state;
	struct page p;

	fill(b, "12345");
	p = ask_page(b->romeo, SET("<max>2</max><before/>"));
	assert_page(p, "45", false);
	p = ask_after(b->romeo, "before", p.ids[0]);
	assert_page(p, "23", false);
	p = ask_after(b->romeo, "before", p.ids[0]);
	assert_page(p, "1", true);
	p = ask_after(b->romeo, "before", p.ids[0]);
	assert_page(p, "", true);
}

static void pages_are_bounded(void **state)
{
	struct bed *b = *state;
	struct page p;

	fill(b, "12345");
	assert_page(ask_page(b->romeo, ""), "1234", false); /* archive.page_max */
	assert_page(ask_page(b->romeo, SET("<max>99999999999</max>")), "1234", false);
	p = ask_page(b->romeo, SET("<max>0</max>"));
	assert_page(p, "", false);
	assert_non_null(strstr(p.fin, "<count>5</count>"));
	p = ask_page(b->romeo, FORM(FIELD("with", "tybalt@localhost")) SET("<max>0</max>"));
	assert_non_null(strstr(p.fin, "<count>0</count>"));
}

static void pages_are_bounded_in_bytes(void **state)
{
	struct bed *b = *state;
	size_t size = 400 * KIB;
	char *stanza = malloc(size + 200);
	unsigned counts[2] = { 0, 0 };

	for (int i = 0; i < 4; i++) {
		int n = snprintf(stanza, 200,
				 "<message to='romeo@localhost' type='chat' id='%d'><body>", i);

		memset(stanza + n, 'x', size);
		(void)snprintf(stanza + (size_t)n + size, 100, "</body></message>");
		route_client_send(b->juliet, stanza);
	}
	free(stanza);
	for (int is_backward = 0; is_backward < 2; is_backward++) {
		const char *text;

		ask(b->romeo, is_backward ? SET("<max>4</max><before/>") : SET("<max>4</max>"));
		while ((text = route_client_take(b->romeo)) &&
		       str_starts(str_from(text), STR("<message ")))
			counts[is_backward]++;
		assert_non_null(text);
		assert_null(strstr(text, "complete="));
		assert_non_null(strstr(text, "<last>"));
	}
	assert_int_equal(counts[0], 3);
	assert_int_equal(counts[1], 3);
}

/* ---- filters ---- */

static void filters_by_address(void **state)
{
	struct bed *b = *state;
	struct route_client *orchard = route_bed_client(b->route, "juliet", "orchard");
	struct route_client *tybalt = route_bed_client(b->route, "tybalt", "street");

	fill(b, "1");
	route_client_send(orchard,
			  "<message to='romeo@localhost' type='chat'><body>2</body></message>");
	route_client_send(tybalt,
			  "<message to='romeo@localhost' type='chat'><body>3</body></message>");
	route_client_send(
		b->romeo,
		"<message to='juliet@localhost/chamber' type='chat'><body>4</body></message>");
	route_client_send(b->romeo,
			  "<message to='romeo@localhost' type='chat'><body>5</body></message>");
	assert_page(ask_page(b->romeo, FORM(FIELD("with", "juliet@localhost"))), "124", true);
	assert_page(ask_page(b->romeo, FORM(FIELD("with", "JULIET@LocalHost"))), "124", true);
	assert_page(ask_page(b->romeo, FORM(FIELD("with", "juliet@localhost/chamber"))), "14",
		    true);
	assert_page(ask_page(b->romeo, FORM(FIELD("with", "juliet@localhost/Chamber"))), "", true);
	assert_page(ask_page(b->romeo, FORM(FIELD("with", "tybalt@localhost"))), "3", true);
	assert_page(ask_page(b->romeo, FORM(FIELD("with", "romeo@localhost"))), "5", true);
	assert_page(ask_page(b->romeo, FORM(FIELD("with", "localhost"))), "", true);
	assert_page(ask_page(b->romeo,
			     FORM(FIELD("with", "juliet@localhost")) SET("<max>2</max><before/>")),
		    "24", false);
}

static void filters_by_time(void **state)
{
	struct bed *b = *state;
	struct page all;
	char inside[600];

	fill(b, "123");
	all = ask_page(b->romeo, "");
	assert_page(all, "123", true);
	(void)snprintf(inside, sizeof(inside), FORM(FIELD("start", "%s")), all.stamps[1]);
	assert_page(ask_page(b->romeo, inside), "23", true);
	(void)snprintf(inside, sizeof(inside), FORM(FIELD("end", "%s")), all.stamps[1]);
	assert_page(ask_page(b->romeo, inside), "12", true);
	(void)snprintf(inside, sizeof(inside), FORM(FIELD("start", "%s") FIELD("end", "%s")),
		       all.stamps[1], all.stamps[1]);
	assert_page(ask_page(b->romeo, inside), "2", true);
	assert_page(ask_page(b->romeo, FORM(FIELD("end", "1970-01-01T00:00:00Z"))), "", true);
	assert_page(ask_page(b->romeo, FORM(FIELD("start", "1970-01-01T00:00:00Z"))), "123", true);
	assert_page(ask_page(b->romeo, FORM(FIELD("end", "0001-01-01T00:00:00Z"))), "", true);
	assert_page(ask_page(b->romeo, FORM(FIELD("start", "9999-12-31T23:59:59.999999-00:00"))),
		    "", true);
	assert_page(ask_page(b->romeo, FORM(FIELD("start", "9999-01-01T00:00:00Z")
						    FIELD("end", "1980-01-01T00:00:00Z"))),
		    "", true);
}

/* ---- what is refused ---- */

static void bad_queries(void **state)
{
	static const struct {
		const char *inside, *condition;
	} bad[] = {
		{ FORM(FIELD("mood", "lonely")), "<error type='cancel'><feature-not-implemented " },
		{ FORM(FIELD("ids", "1")), "<item-not-found " },
		{ FORM(FIELD("before-id", "1")), "<item-not-found " },
		{ FORM(FIELD("include-groupchat", "2")), "<bad-request " },
		{ FORM(FIELD("start", "at dawn")), "<error type='modify'><bad-request " },
		{ FORM(FIELD("start", "")), "<bad-request " },
		{ FORM(FIELD("end", "2020-13-01T00:00:00Z")), "<bad-request " },
		{ FORM(FIELD("end", "99999-01-01T00:00:00Z")), "<bad-request " },
		{ FORM(FIELD("end", "0000-01-01T00:00:00Z")), "<bad-request " },
		{ FORM(FIELD("with", "a b@@c")), "<error type='modify'><jid-malformed " },
		{ FORM(FIELD("with", "")), "<jid-malformed " },
		{ FORM(FIELD("with", "a@b") FIELD("with", "c@d")), "<bad-request " },
		{ "<x xmlns='jabber:x:data' type='submit'/>", "<bad-request " },
		{ "<x xmlns='jabber:x:data' type='cancel'>" FIELD("FORM_TYPE",
								  "urn:xmpp:mam:2") "</x>",
		  "<bad-request " },
		{ "<x xmlns='jabber:x:data' type='submit'>" FIELD("FORM_TYPE", "urn:other") "</x>",
		  "<bad-request " },
		{ SET("<max>many</max>"), "<bad-request " },
		{ SET("<max>-1</max>"), "<bad-request " },
		{ SET("<index>3</index>"), "<feature-not-implemented " },
		{ SET("<after>never-was</after>"), "<error type='cancel'><item-not-found " },
		{ SET("<after>aaaaaaaaaaaaa</after>"), "<item-not-found " },
		{ SET("<before>aaaaaaaaaaaaa</before>"), "<item-not-found " },
		{ SET("<before>' OR 1=1 --</before>"), "<item-not-found " },
		{ SET("<after>zzzzzzzzzzzzz</after>"), "<item-not-found " },
	};
	struct bed *b = *state;

	fill(b, "12");
	for (size_t i = 0; i < array_len(bad); i++) {
		ask(b->romeo, bad[i].inside);
		route_client_expect_part(b->romeo, bad[i].condition);
		route_client_expect_nothing(b->romeo);
	}
}

static void bad_ids(void **state)
{
	struct bed *b = *state;
	char stanza[2500], long_id[1100];
	struct arena a scoped(arena_done);

	fill(b, "12");
	arena_init(&a, 64 * KIB);
	/* A place that no message has: to the store it would mean that the page begins anywhere. */
	(void)snprintf(stanza, sizeof(stanza), SET("<after>%.*s</after>"),
		       STR_ARG(archive_id_write(route_bed_home(b->route), &a, 0)));
	ask(b->romeo, stanza);
	route_client_expect_part(b->romeo, "<item-not-found ");
	memset(long_id, 'a', sizeof(long_id) - 1);
	long_id[sizeof(long_id) - 1] = '\0';
	(void)snprintf(stanza, sizeof(stanza), SET("<after>%s</after>"), long_id);
	ask(b->romeo, stanza);
	route_client_expect_part(b->romeo, "<item-not-found ");
	(void)snprintf(stanza, sizeof(stanza),
		       "<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2' queryid='%s'/></iq>",
		       long_id);
	route_client_send(b->romeo, stanza);
	route_client_expect_part(b->romeo, "<bad-request ");
	route_client_send(b->romeo,
			  "<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2' node='n'/></iq>");
	route_client_expect_part(b->romeo, "<item-not-found ");
	route_client_expect_nothing(b->romeo);
}

/* Row 46: whoever they are, they read nothing. */
static void archives_are_private(void **state)
{
	struct bed *b = *state;
	struct page hers, his;

	fill(b, "1");
	route_client_send(
		b->juliet,
		"<iq type='set' id='q' to='romeo@localhost'><query xmlns='urn:xmpp:mam:2'/></iq>");
	route_client_expect_part(b->juliet, "<service-unavailable ");
	route_client_send(
		b->juliet,
		"<iq type='get' id='q' to='romeo@localhost'><query xmlns='urn:xmpp:mam:2'/></iq>");
	route_client_expect_part(b->juliet, "<service-unavailable ");
	route_client_send(
		b->juliet,
		"<iq type='set' id='q' to='localhost'><query xmlns='urn:xmpp:mam:2'/></iq>");
	route_client_expect_part(b->juliet, "<service-unavailable ");
	route_client_expect_nothing(b->juliet);
	route_client_expect_nothing(b->romeo);
	/* An id of somebody else's archive is none. */
	hers = ask_page(b->juliet, "");
	his = ask_page(b->romeo, "");
	ask(b->romeo, "");
	assert_string_not_equal(hers.ids[0], his.ids[0]);
	drain(b->romeo);
	{
		char inside[200];

		(void)snprintf(inside, sizeof(inside), SET("<after>%s</after>"), hers.ids[0]);
		ask(b->romeo, inside);
	}
	route_client_expect_part(b->romeo, "<item-not-found ");
}

/* Row 41: who has not asked gets nothing, and the results come from the account. */
static void results_go_to_who_asked(void **state)
{
	struct bed *b = *state;
	struct route_client *garden = route_bed_client(b->route, "romeo", "garden");

	fill(b, "1");
	drain(garden);
	ask(garden, "");
	route_client_expect_part(
		garden, "<message from='romeo@localhost' to='romeo@localhost/garden'><result ");
	route_client_expect_part(garden, "<fin ");
	route_client_expect_nothing(garden);
	route_client_expect_nothing(b->romeo);
}

/* ---- durability ---- */

static void what_is_not_durable_is_not_there(void **state)
{
	struct bed *b = *state;

	fill(b, "1");
	route_client_send(
		b->romeo,
		"<message to='juliet@localhost' type='chat' id='2'><body>2</body></message>");
	/* The query comes while the third is on its way to the store, and waits for it. */
	route_client_send_two(
		b->romeo,
		"<message to='juliet@localhost' type='chat' id='3'><body>3</body></message>",
		"<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2' queryid='f1'/></iq>");
	assert_page(take_page(b->romeo), "123", true);
	assert_page(ask_page(b->romeo, ""), "123", true);
	memory_store_fail_commit(route_bed_store(b->route), 1, ERR_IO);
	route_client_send_two(
		b->romeo,
		"<message to='juliet@localhost' type='chat' id='4'><body>4</body></message>",
		"<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2' queryid='f1'/></iq>");
	route_client_expect_part(b->romeo, "<internal-server-error ");
	assert_page(take_page(b->romeo), "123", true);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_TESTS(feature_history, TEST(tells_its_fields), TEST(empty_archive),
	   TEST(results_hold_what_is_stored), TEST(ids_are_those_of_the_messages),
	   TEST(pages_go_on), TEST(pages_go_back), TEST(pages_are_bounded),
	   TEST(pages_are_bounded_in_bytes), TEST(filters_by_address), TEST(filters_by_time),
	   TEST(bad_queries), TEST(bad_ids), TEST(archives_are_private),
	   TEST(results_go_to_who_asked), TEST(what_is_not_durable_is_not_there));
