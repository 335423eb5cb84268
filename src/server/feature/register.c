/* SPDX-License-Identifier: Apache-2.0 */
/* In-band registration (XEP-0077) after login; before it: session/register.c.
 *
 * An account that its owner removes is disabled (for good, whatever happens next), the client is
 * told, and what follows is route/removal.h. */
#include "server/feature/register.h"

#include "base/mem.h"
#include "crypto/secret.h"
#include "server/model/account.h"
#include "server/route/removal.h"
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

/* Err is of what stood in front: the account is disabled already, there is no way back. */
static void begin_removal(struct entity *e, unused_arg void *arg, unused_arg enum err err)
{
	removal_start(e->home, e->jid.full, NULL, NULL);
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
	log_info(&d->entity->log, "account removes itself");
	dispatch_call(d, begin_removal, NULL);
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
