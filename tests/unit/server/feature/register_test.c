/* SPDX-License-Identifier: Apache-2.0 */
/* feature/register: new passwords, and that of an account that goes nothing stays. */
#include "server/feature/register.h"

#include "server/feature/avatar.h"
#include "server/feature/last_activity.h"
#include "server/feature/pep.h"
#include "server/feature/presence.h"
#include "server/feature/roster.h"
#include "server/feature/subscription.h"
#include "server/feature/vcard.h"
#include "server/model/account.h"
#include "server/model/roster.h"
#include "server/route/removal.h"
#include "xmpp/condition.h"

#include "support/server/route/route_bed.h"
#include "support/server/store/memory_store.h"
#include "support/unit.h"

static const struct feature *const features[] = {
	&feature_roster,        &feature_subscription, &feature_presence,
	&feature_last_activity, &feature_pep,          &feature_avatar,
	&feature_vcard,         &feature_register,     NULL
};

struct bed {
	struct route_bed *route;
	struct route_client *romeo, *juliet;
};

static int set_up(void **state)
{
	static struct bed b;

	b.route = route_bed_new(features, "");
	route_bed_account(b.route, "romeo");
	route_bed_account(b.route, "juliet");
	route_bed_friends(b.route, "romeo", "juliet");
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

#define SET(inside)                                                                                \
	"<iq type='set' id='1'><query xmlns='jabber:iq:register'>" inside "</query></iq>"

/* ---- what the store knows ---- */

struct looking {
	struct bed *bed;
	struct store_request request;
	enum err err;
	struct account account;
	bool has_rows;
	bool is_done;
};

static void on_answer(void *arg, struct store_answer *answer)
{
	struct looking *l = arg;

	l->err = answer->err;
	l->account = answer->account;
	l->has_rows = answer->rows != NULL;
	l->is_done = true;
}

static void look(void *arg)
{
	struct looking *l = arg;

	store_read(route_bed_home(l->bed->route)->store, &l->request, on_answer, l);
}

static struct looking look_up(struct bed *b, enum store_read_kind kind)
{
	static const struct str spaces[] = { STR_INIT("roster"), STR_INIT("last") };
	struct looking l = { .bed = b,
			     .request = { .kind = kind,
					  .owner = STR("romeo@localhost"),
					  .spaces = spaces,
					  .space_count = 2 } };

	route_bed_call(b->route, look, &l);
	loop_run_until(route_bed_home(b->route)->loop, &l.is_done, 20 * USEC_PER_SEC);
	assert_true(l.is_done);
	return l;
}

/* ---- reading ---- */

static void tells_who_is_registered(void **state)
{
	struct bed *b = *state;

	route_client_send(b->romeo, "<iq type='get' id='1' to='localhost'>"
				    "<query xmlns='jabber:iq:register'/></iq>");
	route_client_expect(b->romeo,
			    "<iq type='result' from='localhost' "
			    "to='romeo@localhost/balcony' id='1'><query xmlns='jabber:iq:register'>"
			    "<registered/><username>romeo</username><password/></query></iq>");
}

/* ---- passwords ---- */

static void changes_the_password(void **state)
{
	static const char *const requests[] = {
		SET("<username>romeo</username><password>wherefore</password>"),
		SET("<username>ROMEO</username><password>art-thou</password>"),
		SET("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>"
		    "jabber:iq:register:changepassword</value></field><field var='username'><value>"
		    "romeo</value></field><field var='password'><value>by-form</value></field></x>"),
	};
	struct bed *b = *state;
	struct scram_verifier before, after;
	bool had = false;

	for (size_t i = 0; i < array_len(requests); i++) {
		struct looking l;

		route_client_send(b->romeo, requests[i]);
		route_client_expect(b->romeo,
				    "<iq type='result' to='romeo@localhost/balcony' id='1'/>");
		l = look_up(b, READ_ACCOUNT);
		assert_int_equal(l.err, OK);
		assert_true(account_verifier_get(&l.account, DIGEST_SHA256, &after));
		if (had)
			assert_memory_not_equal(before.stored_key, after.stored_key, 32);
		before = after;
		had = true;
	}
	assert_false(route_client_is_kicked(b->romeo, NULL));
}

static void refuses_passwords(void **state)
{
	static const struct {
		const char *request, *error;
	} rows[] = {
		{ SET("<username>juliet</username><password>stolen</password>"), "<forbidden " },
		{ SET("<username>romeo@localhost</username><password>p</password>"),
		  "<forbidden " },
		{ SET("<username>romeo</username>"), "<bad-request " },
		{ SET("<username>romeo</username><password/>"), "<bad-request " },
		{ SET("<password>p</password>"), "<bad-request " },
		{ SET(""), "<bad-request " },
		{ SET("<username>romeo</username><password>\xc2\xad\x7f</password>"),
		  "<not-acceptable " },
	};
	struct bed *b = *state;
	struct scram_verifier v;
	struct looking l;

	for (size_t i = 0; i < array_len(rows); i++) {
		route_client_send(b->romeo, rows[i].request);
		route_client_expect_part(b->romeo, rows[i].error);
	}
	l = look_up(b, READ_ACCOUNT);
	assert_false(account_verifier_get(&l.account, DIGEST_SHA256, &v));
}

static void never_for_others(void **state)
{
	struct bed *b = *state;

	route_client_send(
		b->juliet,
		"<iq type='set' id='1' to='romeo@localhost'><query xmlns='jabber:iq:register'>"
		"<remove/></query></iq>");
	route_client_expect_part(b->juliet, "<service-unavailable ");
	assert_false(route_client_is_kicked(b->romeo, NULL));
}

/* ---- the end ---- */

static void remove_must_stand_alone(void **state)
{
	struct bed *b = *state;

	route_client_send(b->romeo, SET("<remove/><username>romeo</username>"));
	route_client_expect_part(b->romeo, "<bad-request ");
	assert_int_equal(look_up(b, READ_ACCOUNT).err, OK);
}

static void removes_everything(void **state)
{
	struct bed *b = *state;
	struct route_client *phone = route_bed_client(b->route, "romeo", "phone");
	struct looking l;
	unsigned condition = 0;

	route_client_send(b->juliet, "<presence/>");
	route_client_send(b->romeo, "<presence/>");
	while (route_client_take(b->juliet))
		;
	route_client_send(b->romeo, SET("<remove/>"));
	do {
		const char *got = route_client_take(b->romeo);

		assert_non_null(got);
		condition =
			strcmp(got, "<iq type='result' to='romeo@localhost/balcony' id='1'/>") == 0;
	} while (!condition);
	assert_true(route_client_is_kicked(b->romeo, &condition));
	assert_int_equal(condition, STREAM_NOT_AUTHORIZED);
	assert_true(route_client_is_kicked(phone, NULL));
	/* The contact: first it is gone, then it is nobody any more. */
	route_client_expect(b->juliet,
			    "<presence type='unavailable' from='romeo@localhost/balcony' "
			    "to='juliet@localhost'/>");
	l = look_up(b, READ_OWNER);
	assert_int_equal(l.err, ERR_NOT_FOUND);
	assert_false(l.has_rows);
	assert_null(route_bed_entity(b->route, "romeo"));
	{
		const struct roster_item *item =
			roster_find(route_bed_entity(b->route, "juliet")->roster,
				    STR("romeo@localhost"));

		assert_non_null(item);
		assert_int_equal(item->flags & (ROSTER_TO | ROSTER_FROM), 0);
	}
	/* Whoever takes the name now starts anew. */
	route_bed_account(b->route, "romeo");
	b->romeo = route_bed_client(b->route, "romeo", "balcony");
	assert_int_equal(route_bed_entity(b->route, "romeo")->roster->items.count, 0);
}

static void second_remove_is_refused(void **state)
{
	struct bed *b = *state;

	route_client_send_two(b->romeo, SET("<remove/>"), SET("<remove/>"));
	route_client_expect(b->romeo, "<iq type='result' to='romeo@localhost/balcony' id='1'/>");
	assert_true(route_client_is_kicked(b->romeo, NULL));
	assert_int_equal(look_up(b, READ_ACCOUNT).err, ERR_NOT_FOUND);
}

static void store_fails(void **state)
{
	struct bed *b = *state;

	memory_store_fail_commit(route_bed_store(b->route), 1, ERR_IO);
	route_client_send(b->romeo, SET("<remove/>"));
	route_client_expect_part(b->romeo, "<internal-server-error ");
	memory_store_fail_commit(route_bed_store(b->route), 1, ERR_NO_SPACE);
	route_client_send(b->romeo,
			  SET("<username>romeo</username><password>wherefore</password>"));
	route_client_expect_part(b->romeo, "<resource-constraint ");
	assert_false(route_client_is_kicked(b->romeo, NULL));
	assert_int_equal(look_up(b, READ_ACCOUNT).err, OK);
	route_client_send(b->romeo, SET("<remove/>"));
	assert_true(route_client_is_kicked(b->romeo, NULL));
}

/* ---- by somebody else: route/removal.h ---- */

struct ending {
	struct bed *bed;
	struct str owner;
	enum err err;
	bool is_done;
};

static void on_ended(void *arg, enum err err)
{
	struct ending *ending = arg;

	ending->err = err;
	ending->is_done = true;
}

static void start_removal(void *arg)
{
	struct ending *ending = arg;

	removal_start(route_bed_home(ending->bed->route), ending->owner, on_ended, ending);
}

static enum err end_account(struct bed *b, struct str owner)
{
	struct ending ending = { .bed = b, .owner = owner };

	route_bed_call(b->route, start_removal, &ending);
	loop_run_until(route_bed_home(b->route)->loop, &ending.is_done, 20 * USEC_PER_SEC);
	assert_true(ending.is_done);
	return ending.err;
}

static void ends_by_the_administrator(void **state)
{
	struct bed *b = *state;

	route_client_close(b->romeo);
	route_bed_forget(b->route);
	assert_null(route_bed_entity(b->route, "romeo"));
	while (route_client_take(b->juliet))
		;
	assert_int_equal(end_account(b, STR("romeo@localhost")), OK);
	assert_int_equal(look_up(b, READ_ACCOUNT).err, ERR_NOT_FOUND);
	assert_false(look_up(b, READ_OWNER).has_rows);
	route_client_send(b->juliet,
			  "<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>");
	for (const char *text;;) {
		text = route_client_take(b->juliet);
		assert_non_null(text);
		if (strstr(text, "type='result'")) {
			assert_non_null(strstr(text, "subscription='none'"));
			break;
		}
	}
	assert_null(route_bed_entity(b->route, "romeo"));
	assert_int_equal(end_account(b, STR("romeo@localhost")), ERR_NOT_FOUND);
}

static void removal_that_fails_can_be_tried_again(void **state)
{
	struct bed *b = *state;

	route_bed_account(b->route, "nurse");
	memory_store_fail_commit(route_bed_store(b->route), 1, ERR_NO_SPACE);
	assert_int_equal(end_account(b, STR("nurse@localhost")), ERR_NO_SPACE);
	assert_int_equal(end_account(b, STR("nurse@localhost")), OK);
	assert_int_equal(end_account(b, STR("nurse@localhost")), ERR_NOT_FOUND);
}

static void delete_behind_its_back(void *arg)
{
	struct ending *ending = arg;

	accounts_delete(route_bed_home(ending->bed->route)->accounts, STR("romeo@localhost"),
			on_ended, ending);
}

/* A commit fails, and the account that is then read again is not there any more: its sessions end,
 * and what they leave behind is the last that the entity waits for. */
static void vanishes(void **state)
{
	struct bed *b = *state;
	struct ending ending = { .bed = b };

	route_bed_call(b->route, delete_behind_its_back, &ending);
	loop_run_until(route_bed_home(b->route)->loop, &ending.is_done, 20 * USEC_PER_SEC);
	assert_int_equal(ending.err, OK);
	memory_store_fail_commit(route_bed_store(b->route), 1, ERR_IO);
	route_client_send(b->romeo, "<iq type='set' id='1'><vCard xmlns='vcard-temp'/></iq>");
	assert_true(route_client_is_kicked(b->romeo, NULL));
	assert_null(route_bed_entity(b->route, "romeo"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_TESTS(feature_register, TEST(tells_who_is_registered), TEST(changes_the_password),
	   TEST(refuses_passwords), TEST(never_for_others), TEST(remove_must_stand_alone),
	   TEST(removes_everything), TEST(second_remove_is_refused), TEST(store_fails),
	   TEST(ends_by_the_administrator), TEST(removal_that_fails_can_be_tried_again),
	   TEST(vanishes));
