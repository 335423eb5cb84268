/* SPDX-License-Identifier: Apache-2.0 */
/* In-band registration before login, see register.h. On the connection's loop. */
#include "server/session/register.h"

#include "base/mem.h"
#include "crypto/secret.h"
#include "server/model/invites.h"
#include "server/route/enrol.h"
#include "server/session/offer.h"
#include "xep/form.h"
#include "xmpp/ns.h"

enum {
	REGISTER_ARENA_MAX = 64 * 1024, /* bytes of one request and its answer */
	REGISTER_ID_MAX = 1023,         /* bytes of an iq's id */
};

/* A request under way. */
struct registration {
	struct conn *conn;
	char *id; /* owned */
};

static void registration_free(struct registration *r)
{
	mem_free(r->id);
	mem_free(r);
}

/* ---- answers ---- */

static struct xml *reply_new(struct conn *c, struct arena *a, struct str type, struct str id)
{
	struct xml *iq = xml_new(a, NS_CLIENT, STR("iq"));

	xml_set(a, iq, STR("type"), type);
	xml_set(a, iq, STR("id"), id);
	xml_set(a, iq, STR("from"), c->c2s->home->domain);
	return iq;
}

static void send_result(struct conn *c, struct str id)
{
	struct arena a scoped(arena_done) = { 0 };

	arena_init(&a, REGISTER_ARENA_MAX);
	conn_send(c, reply_new(c, &a, STR("result"), id));
}

static void send_error(struct conn *c, struct str id, enum condition why, struct str text)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *iq, *error;

	arena_init(&a, REGISTER_ARENA_MAX);
	iq = reply_new(c, &a, STR("error"), id);
	error = xml_add_new(&a, iq, NS_CLIENT, STR("error"));
	xml_set(&a, error, STR("type"), condition_type(why));
	(void)xml_add_new(&a, error, NS_STANZAS, condition_name(why));
	if (text.len)
		(void)xml_add_text_el(&a, error, NS_STANZAS, STR("text"), text);
	conn_send(c, iq);
}

/* A request that asked for what cannot be: who goes on like that is cut off. */
static bool refuse_text(struct conn *c, struct str id, enum condition why, struct str text)
{
	send_error(c, id, why, text);
	if (++c->failures >= (unsigned)conf_int(c->c2s->home->conf, "limits.login_failures"))
		(void)conn_fail(
			c, STREAM_POLICY_VIOLATION,
			STR("too many failed requests")); /* login_element looks at the state */
	return true;
}

static bool refuse(struct conn *c, struct str id, enum condition why)
{
	return refuse_text(c, id, why, STR_NONE);
}

/* ---- get ---- */

static bool send_fields(struct conn *c, struct str id)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *iq, *query, *form, *field;
	struct str why = STR("Choose a name and a password.");

	arena_init(&a, REGISTER_ARENA_MAX);
	iq = reply_new(c, &a, STR("result"), id);
	query = xml_add_new(&a, iq, NS_REGISTER, STR("query"));
	(void)xml_add_text_el(&a, query, NS_REGISTER, STR("instructions"), why);
	(void)xml_add_new(&a, query, NS_REGISTER, STR("username"));
	(void)xml_add_new(&a, query, NS_REGISTER, STR("password"));
	form = form_new(&a, STR("form"), NS_REGISTER);
	(void)xml_add_text_el(&a, form, NS_DATA, STR("instructions"), why);
	field = form_add(&a, form, STR("username"), STR("text-single"), STR("Name"));
	if (c->pass && c->pass->name.len)
		form_add_value(&a, field, c->pass->name);
	form_require(&a, field);
	form_require(&a, form_add(&a, form, STR("password"), STR("text-private"), STR("Password")));
	xml_add(query, form);
	conn_send(c, iq);
	return true;
}

/* ---- set ---- */

static enum condition condition_of(enum err err)
{
	switch (err) {
	case ERR_EXISTS:
		return COND_CONFLICT;
	case ERR_INVALID:
	case ERR_TOO_BIG:
		return COND_NOT_ACCEPTABLE;
	case ERR_DENIED: /* the invitation is for another name, or somebody was quicker */
		return COND_NOT_ALLOWED;
	case ERR_BUSY:
	case ERR_NO_SPACE:
		return COND_RESOURCE_CONSTRAINT;
	default:
		return COND_INTERNAL_SERVER_ERROR;
	}
}

static void on_enrolled(void *arg, enum err err)
{
	struct registration *r = arg;
	struct conn *c = r->conn;

	if (conn_resume(c)) {
		if (err)
			(void)refuse(c, str_from(r->id), condition_of(err)); /* always true */
		else
			send_result(c, str_from(r->id));
		if (!err) /* one account with it on this stream */
			enrol_pass_free(&c->pass);
		conn_read_on(c);
	}
	registration_free(r);
}

static struct registration *begin(struct conn *c, struct str id)
{
	struct registration *r = mem_zalloc(1, sizeof(*r));

	r->conn = c;
	r->id = str_dup(id);
	conn_wait(c);
	return r;
}

static bool set(struct conn *c, struct str id, const struct xml *query)
{
	struct arena a scoped(arena_wipe);
	char address[ADDR_TEXT_MAX];
	struct enrolment e = { .pass = c->pass, .is_trusted = conn_is_trusted(c) };
	const struct xml *form;

	arena_init(&a, REGISTER_ARENA_MAX);
	form = form_submitted(query, NS_REGISTER, &a);
	e.name = form ? form_value(form, STR("username"), &a)
		      : xml_child_text(query, NS_REGISTER, STR("username"), &a);
	e.password = form ? form_value(form, STR("password"), &a)
			  : xml_child_text(query, NS_REGISTER, STR("password"), &a);
	if (!e.name.len || !e.password.len)
		return refuse(c, id, COND_NOT_ACCEPTABLE);
	e.address = conn_counted_address(c, address);
	enrol(c->c2s->home, &e, on_enrolled, begin(c, id));
	return true;
}

static bool on_query(struct conn *c, struct str id, const struct xml *query, bool is_set)
{
	if (!conf_bool(c->c2s->home->conf, "registration.open") && !c->pass)
		return refuse(c, id, COND_NOT_ALLOWED);
	return is_set ? set(c, id, query) : send_fields(c, id);
}

/* ---- invitations (XEP-0445 4) ---- */

static void on_invite(void *arg, enum err err, const struct invite *invite)
{
	struct registration *r = arg;
	struct conn *c = r->conn;
	bool is_good =
		!err && invite->may_register && invite_state(invite, wall_now()) == INVITE_LIVE;

	if (conn_resume(c)) {
		enrol_pass_free(&c->pass);
		if (is_good) {
			c->pass = enrol_pass_new(invite);
			send_result(c, str_from(r->id));
		} else if (err && err != ERR_NOT_FOUND) {
			(void)refuse(c, str_from(r->id), condition_of(err)); /* always true */
		} else {
			(void)refuse_text(
				c, str_from(r->id), COND_ITEM_NOT_FOUND,
				STR("The invitation is not valid (any more).")); /* always true */
		}
		conn_read_on(c);
	}
	registration_free(r);
}

static bool on_preauth(struct conn *c, struct str id, const struct xml *preauth)
{
	struct str token = xml_attr(preauth, STR("token"));

	if (!token.len || !c->c2s->home->invites)
		return refuse(c, id, COND_BAD_REQUEST);
	invites_look_up(c->c2s->home->invites, token, on_invite, begin(c, id));
	return true;
}

/* ---- the door ---- */

static bool is_for_us(const struct conn *c, const struct xml *iq)
{
	struct str to = xml_attr(iq, STR("to"));
	struct arena a scoped(arena_done) = { 0 };
	struct str domain;

	arena_init(&a, REGISTER_ARENA_MAX);
	return !to.ptr ||
	       (jid_prep_domain(&a, to, &domain) == OK && str_eq(domain, c->c2s->home->domain));
}

bool register_element(struct conn *c, const struct xml *iq)
{
	const struct xml *query = xml_child(iq, NS_REGISTER, STR("query"));
	const struct xml *preauth = xml_child(iq, NS_PREAUTH, STR("preauth"));
	struct str type = xml_attr(iq, STR("type")), id = xml_attr(iq, STR("id"));
	bool is_set = str_eq(type, STR("set"));

	if ((!query && !(preauth && is_set)) || (!is_set && !str_eq(type, STR("get"))) ||
	    !str_is_set(id) || id.len > REGISTER_ID_MAX || !is_for_us(c, iq) || c->auth)
		return false;
	if (!offer_mechanisms(c)) /* a password may not be sent here */
		return refuse(c, id, COND_NOT_AUTHORIZED);
	return query ? on_query(c, id, query, is_set) : on_preauth(c, id, preauth);
}
