/* SPDX-License-Identifier: Apache-2.0 */
/* In-band registration before login, see register.h. On the connection's loop. */
#include "server/session/register.h"

#include "base/mem.h"
#include "crypto/secret.h"
#include "server/model/account.h"
#include "server/session/offer.h"
#include "xep/form.h"
#include "xmpp/ns.h"

enum {
	REGISTER_ARENA_MAX = 64 * 1024, /* bytes of one request and its answer */
	REGISTER_ID_MAX = 1023,         /* bytes of an iq's id */
};

/* A registration under way. */
struct registration {
	struct conn *conn;
	char *id;       /* owned */
	char *owner;    /* owned */
	char *address;  /* owned: for counting */
	char *password; /* owned */
	size_t password_len;
};

static void registration_free(struct registration *r)
{
	mem_free(r->id);
	mem_free(r->owner);
	mem_free(r->address);
	secret_wipe(r->password, r->password_len);
	mem_free(r->password);
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

static void send_error(struct conn *c, struct str id, enum condition why)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *iq, *error;

	arena_init(&a, REGISTER_ARENA_MAX);
	iq = reply_new(c, &a, STR("error"), id);
	error = xml_add_new(&a, iq, NS_CLIENT, STR("error"));
	xml_set(&a, error, STR("type"), condition_type(why));
	(void)xml_add_new(&a, error, NS_STANZAS, condition_name(why));
	conn_send(c, iq);
}

/* A request that asked for what cannot be: who goes on like that is cut off. */
static bool refuse(struct conn *c, struct str id, enum condition why)
{
	send_error(c, id, why);
	if (++c->failures >= (unsigned)conf_int(c->c2s->home->conf, "limits.login_failures"))
		(void)conn_fail(
			c, STREAM_POLICY_VIOLATION,
			STR("too many failed requests")); /* login_element looks at the state */
	return true;
}

/* ---- get ---- */

static bool send_fields(struct conn *c, struct str id)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *iq, *query, *form;
	struct str why = STR("Choose a name and a password.");

	arena_init(&a, REGISTER_ARENA_MAX);
	iq = reply_new(c, &a, STR("result"), id);
	query = xml_add_new(&a, iq, NS_REGISTER, STR("query"));
	(void)xml_add_text_el(&a, query, NS_REGISTER, STR("instructions"), why);
	(void)xml_add_new(&a, query, NS_REGISTER, STR("username"));
	(void)xml_add_new(&a, query, NS_REGISTER, STR("password"));
	form = form_new(&a, STR("form"), NS_REGISTER);
	(void)xml_add_text_el(&a, form, NS_DATA, STR("instructions"), why);
	form_require(&a, form_add(&a, form, STR("username"), STR("text-single"), STR("Name")));
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
	case ERR_BUSY:
	case ERR_NO_SPACE:
		return COND_RESOURCE_CONSTRAINT;
	default:
		return COND_INTERNAL_SERVER_ERROR;
	}
}

static void on_created(void *arg, enum err err)
{
	struct registration *r = arg;
	struct conn *c = r->conn;

	if (err)
		log_info(NULL, "registration failed", F_STR("account", str_from(r->owner)),
			 F_STR("peer", str_from(r->address)), F_ERR(err));
	else
		log_info(NULL, "account registered", F_STR("account", str_from(r->owner)),
			 F_STR("peer", str_from(r->address)));
	if (conn_resume(c)) {
		if (err)
			(void)refuse(c, str_from(r->id), condition_of(err)); /* always true */
		else
			send_result(c, str_from(r->id));
		conn_read_on(c);
	}
	registration_free(r);
}

/* A name of the configuration's administrators is not for whoever comes first. */
static bool is_reserved(const struct conn *c, struct arena *a, struct str owner)
{
	const struct conf *conf = c->c2s->home->conf;
	size_t count = conf_list_count(conf, "admins");

	for (size_t i = 0; i < count; i++) {
		struct jid admin;

		if (jid_parse(a, conf_list_at(conf, "admins", i), &admin) == OK &&
		    str_eq(jid_bare_str(admin), owner))
			return true;
	}
	return false;
}

/* The name is free: hashing begins, which is what costs and therefore counts. */
static void on_looked_up(void *arg, struct store_answer *answer)
{
	struct registration *r = arg;
	struct conn *c = r->conn;
	enum err err = answer->err ? answer->err : ERR_EXISTS;

	if (err == ERR_NOT_FOUND) {
		err = OK;
		if (!conn_is_trusted(c) &&
		    throttle_register(c->c2s->throttle, str_from(r->address)) != THROTTLE_GO)
			err = ERR_BUSY;
	}
	if (err) {
		on_created(r, err);
		return;
	}
	accounts_create(c->c2s->home->accounts, str_from(r->owner),
			str_make(r->password, r->password_len), false, on_created, r);
}

static bool create(struct conn *c, struct str id, struct str owner, struct str password)
{
	struct store_request request = { .kind = READ_ACCOUNT, .owner = owner };
	struct registration *r = mem_zalloc(1, sizeof(*r));
	char address[ADDR_TEXT_MAX];

	r->conn = c;
	r->id = str_dup(id);
	r->owner = str_dup(owner);
	r->password = str_dup(password);
	r->password_len = password.len;
	r->address = str_dup(conn_counted_address(c, address));
	conn_wait(c);
	store_read(c->c2s->home->store, &request, on_looked_up, r);
	return true;
}

static bool set(struct conn *c, struct str id, const struct xml *query)
{
	struct arena a scoped(arena_wipe);
	const struct xml *form;
	struct str name, password, owner;

	arena_init(&a, REGISTER_ARENA_MAX);
	form = form_submitted(query, NS_REGISTER, &a);
	name = form ? form_value(form, STR("username"), &a)
		    : xml_child_text(query, NS_REGISTER, STR("username"), &a);
	password = form ? form_value(form, STR("password"), &a)
			: xml_child_text(query, NS_REGISTER, STR("password"), &a);
	if (!name.len || !password.len || password.len > SCRAM_PASSWORD_MAX ||
	    account_owner(&a, name, c->c2s->home->domain, &owner))
		return refuse(c, id, COND_NOT_ACCEPTABLE);
	if (is_reserved(c, &a, owner))
		return refuse(c, id, COND_CONFLICT);
	return create(c, id, owner, password);
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
	struct str type = xml_attr(iq, STR("type")), id = xml_attr(iq, STR("id"));
	bool is_set = str_eq(type, STR("set"));

	if (!query || (!is_set && !str_eq(type, STR("get"))) || !str_is_set(id) ||
	    id.len > REGISTER_ID_MAX || !is_for_us(c, iq) || c->auth)
		return false;
	if (!conf_bool(c->c2s->home->conf, "registration.open"))
		return refuse(c, id, COND_NOT_ALLOWED);
	if (!offer_mechanisms(c)) /* a password may not be sent here */
		return refuse(c, id, COND_NOT_AUTHORIZED);
	return is_set ? set(c, id, query) : send_fields(c, id);
}
