/* SPDX-License-Identifier: Apache-2.0 */
/* feature/presence, feature/subscription, feature/roster: what others can do to an account, and
 * what a session leaves behind. */
#include "server/feature/presence.h"

#include "server/feature/roster.h"
#include "server/feature/subscription.h"
#include "server/model/account.h"
#include "xmpp/condition.h"

#include "support/server/route/route_bed.h"
#include "support/server/store/memory_store.h"
#include "support/unit.h"

#include <stdio.h>

static const struct feature *const features[] = { &feature_roster, &feature_subscription,
						  &feature_presence, NULL };

struct pair {
	struct route_bed *bed;
	struct route_client *romeo, *juliet;
};

static void drain(struct route_client *c)
{
	while (route_client_take(c))
		;
}

static void pair_init(struct pair *p)
{
	p->bed = route_bed_new(features, "");
	route_bed_account(p->bed, "romeo");
	route_bed_account(p->bed, "juliet");
	route_bed_friends(p->bed, "romeo", "juliet");
	p->romeo = route_bed_client(p->bed, "romeo", "balcony");
	p->juliet = route_bed_client(p->bed, "juliet", "chamber");
}

/* RFC 6121 4.6.4: who was sent presence hears of the end, also a contact that no broadcast has
 * reached. */
static void directed_presence_ends(void **state)
{
	struct pair p;

	pair_init(&p);
	route_client_send(p.juliet, "<presence/>");
	drain(p.juliet);
	route_client_send(p.romeo, "<presence to='juliet@localhost'/>");
	route_client_expect_part(p.juliet, "from='romeo@localhost/balcony'");
	route_client_close(p.romeo);
	route_client_expect_part(p.juliet, "type='unavailable'");
	route_client_expect_nothing(p.juliet);
	route_bed_free(&p.bed);
}

/* And only once when a broadcast has. */
static void is_told_once(void **state)
{
	struct pair p;

	pair_init(&p);
	route_client_send(p.juliet, "<presence/>");
	route_client_send(p.romeo, "<presence/>");
	route_client_send(p.romeo, "<presence to='juliet@localhost'/>");
	drain(p.juliet);
	route_client_close(p.romeo);
	route_client_expect_part(p.juliet, "type='unavailable'");
	route_client_expect_nothing(p.juliet);
	route_bed_free(&p.bed);
}

/* What is kept for each session and copied for each contact is short. */
static void presence_is_bounded(void **state)
{
	static char text[40 * 1024];
	struct pair p;

	pair_init(&p);
	route_client_send(p.juliet, "<presence/>");
	drain(p.juliet);
	(void)snprintf(text, sizeof(text), "<presence><status>%0*d</status></presence>", 20000, 7);
	route_client_send(p.romeo, text);
	route_client_expect_part(p.romeo, "<policy-violation ");
	route_client_expect_nothing(p.juliet);
	(void)snprintf(text, sizeof(text), "<presence><status>%0*d</status></presence>", 10000, 7);
	route_client_send(p.romeo, text);
	route_client_expect_part(p.juliet, "<status>");
	route_bed_free(&p.bed);
}

/* Many long ones do not fit what one stanza may lead to: then they are told without what they
 * carry. */
static void many_long_presences(void **state)
{
	enum { SESSIONS = 60 };
	static char text[40 * 1024];
	struct route_client *last;
	struct pair p;
	char name[16];
	int at, heard = 0;

	pair_init(&p);
	at = snprintf(text, sizeof(text), "<presence>");
	for (int i = 0; i < 3000; i++)
		at += snprintf(text + at, sizeof(text) - (size_t)at, "<a/>");
	(void)snprintf(text + at, sizeof(text) - (size_t)at, "</presence>");
	for (int i = 0; i < SESSIONS; i++) {
		(void)snprintf(name, sizeof(name), "s%d", i);
		last = route_bed_client(p.bed, "romeo", name);
		route_client_send(last, text);
		drain(last);
	}
	last = route_bed_client(p.bed, "romeo", "last");
	route_client_send(last, "<presence/>");
	while (route_client_take(last))
		heard++;
	assert_int_equal(heard, SESSIONS + 2); /* its own, and that juliet is not there */
	route_bed_free(&p.bed);
}

/* Requests of strangers do not take the room of the user's own contacts. */
static void strangers_do_not_fill_the_roster(void **state)
{
	struct route_bed *b = route_bed_new(features, "limits = { roster_items = 10; };");
	struct route_client *romeo;
	char name[16], text[160];

	route_bed_account(b, "romeo");
	romeo = route_bed_client(b, "romeo", "balcony");
	for (int i = 0; i < 12; i++) {
		(void)snprintf(name, sizeof(name), "u%d", i);
		route_bed_account(b, name);
		route_client_send(route_bed_client(b, name, "x"),
				  "<presence type='subscribe' to='romeo@localhost'/>");
	}
	for (int i = 0; i < 11; i++) {
		(void)snprintf(
			text, sizeof(text),
			"<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='c%d@localhost'/></query></iq>",
			i);
		route_client_send(romeo, text);
		if (i < 10)
			route_client_expect_part(romeo, "type='result'");
		else
			route_client_expect_part(romeo, "<resource-constraint ");
	}
	route_client_send(romeo, "<presence/>");
	for (int i = 0; i < 10; i++) /* as many requests are kept */
		route_client_expect_part(romeo, "type='subscribe'");
	route_client_expect_part(romeo, "<presence from='romeo@localhost/balcony'");
	route_client_expect_nothing(romeo);
	route_bed_free(&b);
}

struct deletion {
	struct home *home;
	bool is_done;
};

static void on_deleted(void *arg, enum err err)
{
	struct deletion *x = arg;

	assert_int_equal(err, OK);
	x->is_done = true;
}

static void delete_romeo(void *arg)
{
	struct deletion *x = arg;

	accounts_delete(x->home->accounts, STR("romeo@localhost"), on_deleted, x);
}

static void wait_a_turn(void *arg)
{
	(void)arg;
}

/* A commit fails, and then the account cannot be read: its sessions end while there is still
 * something to end them with. */
static void ends_who_cannot_be_read(void **state)
{
	struct pair p;
	struct deletion deletion = { .is_done = false };
	unsigned condition = 0;

	pair_init(&p);
	route_client_send(p.romeo, "<presence/>");
	route_client_send(p.juliet, "<presence/>");
	drain(p.romeo);
	drain(p.juliet);
	deletion.home = route_bed_home(p.bed);
	route_bed_call(p.bed, delete_romeo, &deletion);
	for (int i = 0; i < 10000 && !deletion.is_done; i++) /* else it would be what fails */
		route_bed_call(p.bed, wait_a_turn, NULL);
	assert_true(deletion.is_done);
	memory_store_fail_commit(route_bed_store(p.bed), 1, ERR_IO);
	route_client_send(
		p.romeo,
		"<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='c@localhost'/></query></iq>");
	assert_true(route_client_is_kicked(p.romeo, &condition));
	assert_int_equal(condition, STREAM_INTERNAL_SERVER_ERROR);
	route_client_expect_part(p.juliet, "type='unavailable'");
	route_bed_free(&p.bed);
}

UNIT_TESTS(feature_presence, cmocka_unit_test(directed_presence_ends),
	   cmocka_unit_test(is_told_once), cmocka_unit_test(presence_is_bounded),
	   cmocka_unit_test(many_long_presences),
	   cmocka_unit_test(strangers_do_not_fill_the_roster),
	   cmocka_unit_test(ends_who_cannot_be_read));
