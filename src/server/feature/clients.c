/* SPDX-License-Identifier: Apache-2.0 */
/* Client access management (XEP-0494): the account's own sessions may list its clients, and sign
 * one out. There are no grants and no restricted permissions here, so they are never listed. */
#include "server/feature/clients.h"

#include "server/push/push_list.h"
#include "server/route/clients.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

/* ---- list ---- */

static void add_time(struct arena *a, struct xml *parent, struct str name, usec_t wall)
{
	struct str text = datetime_format(a, wall);
	struct str cut = str_sub(text, 0, sizeof("2026-11-22T01:02:03") - 1);

	(void)xml_add_text_el(a, parent, NS_CLIENTS, name, ARENA_JOIN(a, cut, STR("Z")));
}

static void add_agent(struct arena *a, struct xml *el, const struct client *c)
{
	struct xml *agent = xml_add_new(a, el, NS_CLIENTS, STR("user-agent"));

	if (c->software.len)
		(void)xml_add_text_el(a, agent, NS_CLIENTS, STR("software"),
				      arena_dup(a, c->software));
	if (c->device.len)
		(void)xml_add_text_el(a, agent, NS_CLIENTS, STR("device"), arena_dup(a, c->device));
}

/* own: of the client that asks, which cannot know its id otherwise. */
static void add_client(struct arena *a, struct xml *list, const struct client_view *v,
		       struct str own)
{
	struct xml *el = xml_add_new(a, list, NS_CLIENTS, STR("client")), *auth;

	xml_set(a, el, STR("connected"), v->is_connected ? STR("true") : STR("false"));
	xml_set(a, el, STR("id"), arena_dup(a, v->id));
	xml_set(a, el, STR("type"), STR("session"));
	add_time(a, el, STR("first-seen"), v->client.wall_first);
	add_time(a, el, STR("last-seen"), v->client.wall_last);
	auth = xml_add_new(a, el, NS_CLIENTS, STR("auth"));
	if (v->knows_password)
		(void)xml_add_new(a, auth, NS_CLIENTS, STR("password"));
	if (v->has_token)
		(void)xml_add_new(a, auth, NS_CLIENTS, STR("fast"));
	xml_set(a, xml_add_new(a, el, NS_CLIENTS, STR("permission")), STR("status"),
		STR("unrestricted"));
	add_agent(a, el, &v->client);
	if (v->is_known && str_eq(v->id, own))
		(void)xml_add_new(a, el, NS_PARLEY_CLIENTS, STR("own"));
}

/* What a look-up gave, while the dispatch waits. */
struct outcome {
	struct str own; /* who asks; empty: it has not said who it is */
	enum err err;
	struct xml *reply;
};

static enum verdict fail(struct dispatch *d, enum err err)
{
	return dispatch_error(d, err == ERR_NOT_FOUND ? COND_ITEM_NOT_FOUND
				 : err == ERR_BUSY    ? COND_RESOURCE_CONSTRAINT
						      : COND_INTERNAL_SERVER_ERROR);
}

static void answer_list(struct dispatch *d)
{
	const struct outcome *o = d->wait_arg;

	if (o->err)
		(void)fail(d, o->err);
	else
		(void)dispatch_reply(d, o->reply);
}

static void on_list(void *arg, enum err err, const struct client_view *clients, size_t count)
{
	struct dispatch *d = arg;
	struct outcome *o = d->wait_arg;
	struct xml *list;

	o->err = err;
	o->reply = reply_result(d->arena, &d->stanza);
	list = xml_add_new(d->arena, o->reply, NS_CLIENTS, STR("clients"));
	for (size_t i = 0; !err && i < count; i++)
		add_client(d->arena, list, &clients[i], o->own);
	dispatch_resume(d);
}

static enum verdict on_get(struct dispatch *d)
{
	struct outcome *o = arena_new(d->arena, struct outcome);

	if (d->resource)
		o->own = arena_dup(d->arena, str_from(d->resource->client_id));
	d->wait_arg = o;
	clients_list(d->home, d->entity->jid.full, on_list, d);
	return dispatch_wait(d, answer_list);
}

/* ---- revoke ---- */

/* XEP-0494 4.2: who knows the password can come back until it is another one. */
static enum verdict ask_for_new_password(struct dispatch *d)
{
	struct xml *reply = reply_error(d->arena, &d->stanza, COND_SERVICE_UNAVAILABLE,
					STR("the client was signed out, but it can log in again: "
					    "change the password"));
	struct xml *error = xml_child(reply, NS_CLIENT, STR("error"));

	(void)xml_add_new(d->arena, error, NS_CLIENTS, STR("password-reset-required"));
	return dispatch_reply(d, reply);
}

static void answer_revoke(struct dispatch *d)
{
	const struct outcome *o = d->wait_arg;

	if (o->err == ERR_DENIED)
		(void)ask_for_new_password(d);
	else if (o->err)
		(void)fail(d, o->err);
	else
		(void)dispatch_result(d);
}

static void on_revoked(void *arg, enum err err)
{
	struct dispatch *d = arg;
	struct outcome *o = d->wait_arg;

	o->err = err;
	if (!err || err == ERR_DENIED)
		push_sign_out(d->home, d->entity->jid.full,
			      xml_attr(stanza_payload(&d->stanza), STR("id")));
	dispatch_resume(d);
}

static enum verdict on_set(struct dispatch *d)
{
	struct str id = xml_attr(stanza_payload(&d->stanza), STR("id"));

	if (!id.len)
		return dispatch_error(d, COND_BAD_REQUEST);
	d->wait_arg = arena_new(d->arena, struct outcome);
	clients_sign_out(d->home, d->entity->jid.full, id, on_revoked, d);
	return dispatch_wait(d, answer_revoke);
}

static const struct iq_handler iq[] = {
	{ STR_INIT("urn:xmpp:cam:0"), STR_INIT("list"), IQ_GET, TARGET_SELF, on_get },
	{ STR_INIT("urn:xmpp:cam:0"), STR_INIT("revoke"), IQ_SET, TARGET_SELF, on_set },
	{ .run = NULL },
};

static const struct str vars[] = { STR_INIT("urn:xmpp:cam:0"), { .ptr = NULL } };

const struct feature feature_clients = {
	.name = "clients",
	.spec = "XEP-0494 0.1.0",
	.test = "session/clients.talk",
	.disco_domain = vars,
	.disco_account = vars,
	.iq = iq,
};
