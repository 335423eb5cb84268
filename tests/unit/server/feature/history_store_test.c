/* SPDX-License-Identifier: Apache-2.0 */
/* feature/history: what stands in the store, and an asker who goes. */
#include "server/feature/history.h"

#include "server/feature/archive.h"
#include "server/feature/message.h"
#include "server/feature/presence.h"
#include "server/feature/roster.h"
#include "server/route/router.h"

#include "support/server/route/route_bed.h"
#include "support/server/store/memory_store.h"
#include "support/unit.h"

#include <stdio.h>

static const struct feature *const features[] = { &feature_roster,  &feature_presence,
						  &feature_archive, &feature_history,
						  &feature_message, NULL };

struct bed {
	struct route_bed *route;
	struct route_client *romeo;
};

static int set_up(void **state)
{
	static struct bed b;

	b.route = route_bed_new(features, "");
	route_bed_account(b.route, "romeo");
	b.romeo = route_bed_client(b.route, "romeo", "balcony");
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	route_bed_free(&b->route);
	return 0;
}

static void ask(struct route_client *c, const char *rsm)
{
	char stanza[300];

	(void)snprintf(stanza, sizeof(stanza),
		       "<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2'>"
		       "<set xmlns='http://jabber.org/protocol/rsm'>%s</set></query></iq>",
		       rsm);
	route_client_send(c, stanza);
}

/* The asker goes while the store looks. */
static void end_session(void *arg)
{
	struct bed *b = arg;
	struct entity *e = route_bed_entity(b->route, "romeo");
	struct resource *r = resource_by_name(&e->resources, STR("balcony"));

	assert_int_equal(e->outbox.count, 1); /* the look-up has its place in the order */
	r->ops->kick(r, 0, STR_NONE);
}

static void send_and_end(void *arg)
{
	struct bed *b = arg;
	struct dispatch *d;
	struct resource *r =
		resource_by_name(&route_bed_entity(b->route, "romeo")->resources, STR("balcony"));
	struct xml *el, *query;

	d = dispatch_begin(r->entity, WAY_OUT, NULL);
	d->resource = r;
	d->resource_id = r->id;
	el = xml_new(d->arena, STR("jabber:client"), STR("iq"));
	xml_set(d->arena, el, STR("type"), STR("set"));
	xml_set(d->arena, el, STR("id"), STR("q"));
	xml_set(d->arena, el, STR("from"), r->jid.full);
	query = xml_add_new(d->arena, el, STR("urn:xmpp:mam:2"), STR("query"));
	assert_non_null(query);
	router_receive(d, el);
	end_session(b);
}

static void asker_may_go(void **state)
{
	struct bed *b = *state;
	struct route_client *garden;

	route_client_send(b->romeo, "<message type='chat'><body>1</body></message>");
	route_bed_call(b->route, send_and_end, b);
	route_client_expect_nothing(b->romeo);
	assert_true(route_client_is_kicked(b->romeo, NULL));
	assert_int_equal(route_bed_entity(b->route, "romeo")->outbox.count, 0);
	garden = route_bed_client(b->route, "romeo", "garden");
	ask(garden, "<max>1</max>");
	route_client_expect_part(garden, "<body>1</body>");
}

static void put_odd(struct dispatch *d, void *arg)
{
	static const struct str texts[] = {
		STR_INIT("<message xmlns='jabber:client' id='a'><body>a</body></message>"),
		STR_INIT("no message"),
		STR_INIT("<messages><body>c</body></messages>"),
		STR_INIT("<message"),
		STR_INIT("<message><body>e</body></message>"),
	};
	int64_t *seqs = arg;

	for (size_t i = 0; i < array_len(texts); i++) {
		struct archive_entry entry = { .owner = d->entity->jid.full,
					       .seq = entity_next_seq(d->entity),
					       .peer = STR("juliet@localhost"),
					       .flags = ARCHIVE_IN };

		seqs[i] = entry.seq;
		txn_append(dispatch_txn(d), i ? entry.seq : entry.seq - USEC_PER_DAY, texts[i],
			   &entry, 1);
	}
}

static void blank_last(struct dispatch *d, void *arg)
{
	const int64_t *seqs = arg;

	txn_blank(dispatch_txn(d), d->entity->jid.full, seqs[4],
		  STR("<message from='juliet@localhost'><body>gone</body></message>"));
}

struct act {
	struct bed *bed;
	void (*fn)(struct dispatch *d, void *arg);
	int64_t seqs[5];
};

static void run_act(void *arg)
{
	struct act *act = arg;

	router_act(route_bed_entity(act->bed->route, "romeo"), act->fn, act->seqs);
}

/* Namespaces are said once; what is no message is left out, and pages go on behind it. */
static void odd_texts(void **state)
{
	struct act act = { .bed = *state, .fn = put_odd };
	struct bed *b = *state;

	route_bed_call(b->route, run_act, &act);
	ask(b->romeo, "<max>9</max>");
	route_client_expect_part(
		b->romeo,
		"'/><message xmlns='jabber:client' id='a'><body>a</body></message></forwarded>");
	route_client_expect_part(b->romeo, "<body>e</body>");
	route_client_expect_part(b->romeo, "<fin ");
	route_client_expect_nothing(b->romeo);
	ask(b->romeo, "<max>2</max><before/>");
	route_client_expect_part(b->romeo, "<body>e</body>");
	route_client_expect_part(b->romeo, "<fin ");
	act.fn = blank_last;
	route_bed_call(b->route, run_act, &act);
	ask(b->romeo, "<max>1</max><before/>");
	route_client_expect_part(
		b->romeo,
		"'/><message xmlns='jabber:client' from='juliet@localhost'><body>gone</body></message></forwarded>");
}

static void take_day(struct route_client *c, char day[11])
{
	const char *text = route_client_take(c);
	const char *at = text ? strstr(text, " stamp='") : NULL;

	assert_non_null(at);
	(void)snprintf(day, 11, "%s", at + strlen(" stamp='"));
	route_client_expect_part(c, "<fin ");
}

/* The clock was a day ahead when the first was stored: people see the true time. */
static void stamps_are_true(void **state)
{
	struct act act = { .bed = *state, .fn = put_odd };
	struct bed *b = *state;
	char first[11], last[11];

	route_bed_call(b->route, run_act, &act);
	ask(b->romeo, "<max>1</max>");
	take_day(b->romeo, first);
	ask(b->romeo, "<max>1</max><before/>");
	take_day(b->romeo, last);
	assert_true(strcmp(first, last) < 0);
}

static void fill_devices(struct dispatch *d, void *arg)
{
	(void)arg;
	for (int i = 0; i < 300; i++) {
		bool is_rare = i == 10 || i == 150;
		struct archive_entry entry = { .owner = d->entity->jid.full,
					       .seq = entity_next_seq(d->entity),
					       .peer = STR("juliet@localhost"),
					       .flags = ARCHIVE_IN };

		txn_append(dispatch_txn(d), entry.seq,
			   arena_printf(
				   d->arena,
				   "<message from='juliet@localhost/%s'><body>%d</body></message>",
				   is_rare ? "rare" : "usual", i),
			   &entry, 1);
	}
}

static void ask_rare(struct route_client *c, const char *rsm)
{
	char stanza[600];

	(void)snprintf(
		stanza, sizeof(stanza),
		"<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data' type='submit'>"
		"<field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field>"
		"<field var='with'><value>juliet@localhost/rare</value></field></x>"
		"<set xmlns='http://jabber.org/protocol/rsm'>%s</set></query></iq>",
		rsm);
	route_client_send(c, stanza);
}

/* The store gives up after a number of entries; a page that is empty for that reason is not the
 * answer. */
static void looks_on(void **state)
{
	struct act act = { .bed = *state, .fn = fill_devices };
	struct bed *b = *state;

	route_bed_call(b->route, run_act, &act);
	memory_store_examine(route_bed_store(b->route), 20);
	ask_rare(b->romeo, "<max>1</max>");
	route_client_expect_part(b->romeo, "<body>10</body>");
	route_client_expect_part(b->romeo, "<fin xmlns='urn:xmpp:mam:2'>");
	ask_rare(b->romeo, "<max>5</max><before/>");
	route_client_expect_part(b->romeo, "<body>150</body>");
	route_client_expect_part(b->romeo, "<fin xmlns='urn:xmpp:mam:2'>");
	memory_store_examine(route_bed_store(b->route), 100);
	ask_rare(b->romeo, "<max>5</max><before/>");
	route_client_expect_part(b->romeo, "<body>150</body>");
	route_client_expect_part(b->romeo, "<fin xmlns='urn:xmpp:mam:2'>");
	memory_store_examine(route_bed_store(b->route), 1000);
	ask_rare(b->romeo, "<max>5</max><before/>");
	route_client_expect_part(b->romeo, "<body>10</body>");
	route_client_expect_part(b->romeo, "<body>150</body>");
	route_client_expect_part(b->romeo, "<fin xmlns='urn:xmpp:mam:2' complete='true'>");
	/* But not for ever. */
	memory_store_examine(route_bed_store(b->route), 2);
	ask_rare(b->romeo, "<max>5</max><before/>");
	route_client_expect_part(b->romeo, "<error type='wait'><resource-constraint ");
	route_client_expect_nothing(b->romeo);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_TESTS(feature_history_store, TEST(asker_may_go), TEST(odd_texts), TEST(stamps_are_true),
	   TEST(looks_on));
