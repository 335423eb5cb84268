/* SPDX-License-Identifier: Apache-2.0 */
/* In-band registration (XEP-0077) after login; before it: session/register.c.
 *
 * The end of an account goes in steps, each behind all that the one before led to: it is disabled
 * (for good, whatever happens next), the client is told, its sessions end (contacts hear that it is
 * gone), subscriptions are cancelled, and when all of that is durable everything that it has is
 * deleted. */
#include "server/feature/register.h"

#include "base/mem.h"
#include "crypto/secret.h"
#include "server/model/account.h"
#include "server/model/roster.h"
#include "server/route/presence_view.h"
#include "server/route/router.h"
#include "xep/form.h"
#include "xmpp/ns.h"

/* ---- a change that is carried out elsewhere ---- */

static void on_changed(void *arg, enum err err)
{
	struct dispatch *d = arg;

	*(enum err *)d->wait_arg = err;
	dispatch_resume(d);
}

static enum err change_err(const struct dispatch *d)
{
	return *(const enum err *)d->wait_arg;
}

static enum verdict refuse(struct dispatch *d, enum err err)
{
	switch (err) {
	case ERR_INVALID:
	case ERR_TOO_BIG:
		return dispatch_error_text(d, COND_NOT_ACCEPTABLE,
					   STR("this password cannot be used"));
	case ERR_NOT_FOUND:
		return dispatch_error(d, COND_REGISTRATION_REQUIRED);
	case ERR_BUSY:
	case ERR_NO_SPACE:
		return dispatch_error(d, COND_RESOURCE_CONSTRAINT);
	default:
		return dispatch_error(d, COND_INTERNAL_SERVER_ERROR);
	}
}

/* ---- password ---- */

static void password_changed(struct dispatch *d)
{
	if (change_err(d)) {
		(void)refuse(d, change_err(d));
		return;
	}
	log_info(&d->entity->log, "password changed", F_BOOL("in_band", true));
	(void)dispatch_result(d);
}

/* From the form (XEP-0077 5 prefers it), or from the fields. */
static struct str field(struct dispatch *d, const struct xml *query, struct str name)
{
	const struct xml *form =
		form_submitted(query, STR("jabber:iq:register:changepassword"), d->arena);

	if (form)
		return form_value(form, name, d->arena);
	return xml_child_text(query, NS_REGISTER, name, d->arena);
}

/* Texts of a stanza live in the arena of its dispatch. */
static void wipe(struct str s)
{
	secret_wipe((void *)(uintptr_t)s.ptr, s.len);
}

static enum verdict set_password(struct dispatch *d, const struct xml *query)
{
	struct str name = field(d, query, STR("username"));
	struct str password = field(d, query, STR("password"));
	struct str node;

	if (!name.len || !password.len)
		return dispatch_error(d, COND_BAD_REQUEST);
	if (jid_prep_node(d->arena, name, &node) || !str_eq(node, d->entity->jid.node)) {
		wipe(password);
		return dispatch_error(d, COND_FORBIDDEN);
	}
	d->wait_arg = arena_new(d->arena, enum err);
	accounts_set_password(d->home->accounts, d->entity->jid.full, password, on_changed, d);
	wipe(password);
	return dispatch_wait(d, password_changed);
}

/* ---- the end of an account ---- */

static void on_deleted(void *arg, enum err err)
{
	struct entity *e = arg;

	if (err && err != ERR_NOT_FOUND) {
		/* It stays disabled: an administrator sees it and can delete it. */
		log_error(&e->log, "account could not be deleted", F_ERR(err));
		e->is_deleted = false;
	} else {
		log_info(&e->log, "account deleted", F_BOOL("in_band", true));
	}
	entity_unpin(e);
}

/* Err is of what stood in front; what it left behind goes, too. */
static void delete_now(struct entity *e, void *arg, enum err err)
{
	(void)arg;
	(void)err;
	accounts_delete(e->home->accounts, e->jid.full, on_deleted, e);
}

static void cancel(struct dispatch *d, const struct roster_item *item)
{
	struct str from = d->entity->jid.full, to = arena_dup(d->arena, item->jid);

	if (item->flags & (ROSTER_TO | ROSTER_PENDING_OUT))
		dispatch_route(d, presence_new(d->arena, STR("unsubscribe"), from, to));
	if (item->flags & (ROSTER_FROM | ROSTER_PENDING_IN))
		dispatch_route(d, presence_new(d->arena, STR("unsubscribed"), from, to));
}

static void take_leave(struct dispatch *d, void *arg)
{
	const struct roster *roster = d->entity->roster;
	const struct roster_item *item;
	size_t at = 0;

	(void)arg;
	while (roster && (item = map_next(&roster->items, &at)))
		cancel(d, item);
	dispatch_call(d, delete_now, NULL);
}

struct ending {
	struct letter letter;
	struct entity *entity;
};

static void on_ending(struct letter *l)
{
	struct ending *ending = container_of(l, struct ending, letter);
	struct entity *e = ending->entity;

	mem_free(ending);
	while (e->resource_count) {
		struct resource *r = resource_at(e, e->resources.next);

		r->ops->kick(r, STREAM_NOT_AUTHORIZED, STR("the account was removed"));
	}
	router_act(e, take_leave, NULL); /* its pin goes with the deletion */
}

/* Not from inside a delivery to this entity. */
static void end_later(struct entity *e, void *arg, enum err err)
{
	struct ending *ending = mem_zalloc(1, sizeof(*ending));

	(void)arg;
	(void)err; /* the account is disabled already: there is no way back */
	ending->letter.fn = on_ending;
	ending->entity = e;
	entity_pin(e);
	loop_post(e->home->loop, &ending->letter);
}

static void disabled(struct dispatch *d)
{
	if (change_err(d)) {
		(void)refuse(d, change_err(d));
		return;
	}
	d->entity->account.is_disabled = true;
	d->entity->is_deleted = true;
	(void)dispatch_result(d);
	dispatch_call(d, end_later, NULL);
}

static enum verdict remove_account(struct dispatch *d, const struct xml *query)
{
	const struct xml *only = xml_first(query);

	if (xml_next(only))
		return dispatch_error(d, COND_BAD_REQUEST);
	d->wait_arg = arena_new(d->arena, enum err);
	accounts_set_disabled(d->home->accounts, d->entity->jid.full, true, on_changed, d);
	return dispatch_wait(d, disabled);
}

/* ---- iq ---- */

static enum verdict on_get(struct dispatch *d)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);
	struct xml *query = xml_add_new(d->arena, reply, NS_REGISTER, STR("query"));

	(void)xml_add_new(d->arena, query, NS_REGISTER, STR("registered"));
	(void)xml_add_text_el(d->arena, query, NS_REGISTER, STR("username"), d->entity->jid.node);
	(void)xml_add_new(d->arena, query, NS_REGISTER, STR("password"));
	return dispatch_reply(d, reply);
}

static enum verdict on_set(struct dispatch *d)
{
	const struct xml *query = stanza_payload(&d->stanza);

	if (d->entity->is_deleted)
		return dispatch_error(d, COND_REGISTRATION_REQUIRED);
	if (xml_child(query, NS_REGISTER, STR("remove")))
		return remove_account(d, query);
	return set_password(d, query);
}

static const struct iq_handler iq[] = {
	{ STR_INIT("jabber:iq:register"), STR_INIT("query"), IQ_GET, TARGET_DOMAIN | TARGET_SELF,
	  on_get },
	{ STR_INIT("jabber:iq:register"), STR_INIT("query"), IQ_SET, TARGET_DOMAIN | TARGET_SELF,
	  on_set },
	{ .run = NULL },
};

static const struct str vars[] = { STR_INIT("jabber:iq:register"), { .ptr = NULL } };

const struct feature feature_register = {
	.name = "register",
	.spec = "XEP-0077 2.4",
	.test = "im/register.talk, im/register-closed.talk",
	.disco_domain = vars,
	.iq = iq,
};
