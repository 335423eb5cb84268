/* SPDX-License-Identifier: Apache-2.0 */
/* Invitations (XEP-0401): commands that make, and take back, a link; and the contact who sends its
 * token along with a subscription request (XEP-0379 3.4), who is let in without being asked. */
#include "server/feature/invite.h"

#include "server/model/invites.h"
#include "server/route/adhoc.h"
#include "server/route/befriend.h"
#include "server/route/roster_view.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

enum {
	URI_MAX = 8 * 1024, /* bytes of a link */
	TRAP_USES = 100,    /* accounts that one trap holds */
};
static const usec_t TRAP_USEC = 365 * USEC_PER_DAY;

/* ---- who may ---- */

static bool may_register(const struct home *h, bool is_admin)
{
	struct str who = conf_str(h->conf, "invites.accounts");

	return str_eq(who, STR("users")) || (is_admin && str_eq(who, STR("admins")));
}

static bool may_invite(const struct home *h, bool is_admin)
{
	return h->invites && (conf_bool(h->conf, "invites.contacts") || may_register(h, is_admin));
}

static bool may_create(const struct home *h, bool is_admin)
{
	return h->invites && may_register(h, is_admin);
}

/* ---- make ---- */

static void add_text(struct adhoc *x, struct str var, struct str value)
{
	form_add_field(x->arena, x->form, var, STR("text-single"), value);
}

static void on_made(void *arg, enum err err, struct str token, const struct invite *i)
{
	struct adhoc *x = arg;
	struct sbuf uri scoped(sbuf_done) = SBUF(URI_MAX);

	if (err == ERR_BUSY) {
		adhoc_failed(x, STR("too many invitations are open; take one back first"));
		return;
	}
	if (err == ERR_EXISTS) {
		adhoc_failed(x, STR("this name is taken"));
		return;
	}
	if (err || invite_write_uri(&uri, i, x->home->domain, token)) {
		adhoc_failed_err(x, err ? err : ERR_TOO_BIG);
		return;
	}
	adhoc_result(x);
	add_text(x, STR("uri"), arena_dup(x->arena, sbuf_str(&uri)));
	if (x->home->web_url.len)
		add_text(x, STR("landing-url"),
			 ARENA_JOIN(x->arena, x->home->web_url, STR("/i/"), token));
	add_text(x, STR("expire"), datetime_format(x->arena, i->wall_end));
	adhoc_done(x, STR_NONE);
}

static void make(struct adhoc *x, struct invite *wish)
{
	unsigned max = (unsigned)conf_int(x->home->conf, "invites.per_user");

	wish->by = x->entity->jid.full;
	wish->uses = wish->is_trap ? TRAP_USES : 1;
	wish->wall_end =
		wall_now() +
		(wish->is_trap ? TRAP_USEC : conf_duration(x->home->conf, "invites.expire"));
	log_info(&x->entity->log, "invitation", F_BOOL("to_an_account", wish->may_register),
		 F_BOOL("trap", wish->is_trap));
	invites_make(x->home->invites, wish, x->is_admin ? 0 : max, on_made, x);
}

/* XEP-0401 4.1 */
static void run_invite(struct adhoc *x)
{
	struct invite wish = { .contact = x->entity->jid.full,
			       .may_register = may_register(x->home, x->is_admin) };

	make(x, &wish);
}

/* XEP-0401 4.4 */
static void ask_account(struct adhoc *x)
{
	adhoc_form(x, STR("Invite to an account"),
		   STR("A link that makes an account. Without a name, the guest chooses one."));
	(void)adhoc_field(x, STR("username"), STR("text-single"), STR("Name of the account"));
	form_add_value(x->arena,
		       adhoc_field(x, STR("roster-subscription"), STR("boolean"),
				   STR("We become contacts of each other")),
		       STR("true"));
	adhoc_ask(x);
}

static bool read_name(const struct adhoc *x, struct str *ret_name)
{
	struct str text = adhoc_value(x, STR("username"));

	*ret_name = STR_NONE;
	return !text.len || (jid_prep_node(x->arena, text, ret_name) == OK && ret_name->len);
}

static struct str check_account(struct adhoc *x)
{
	struct str name;

	return read_name(x, &name) ? STR_NONE : STR("this cannot be a name");
}

static void run_account(struct adhoc *x)
{
	struct invite wish = { .may_register = true };

	must(read_name(x, &wish.name)); /* it was checked */
	if (adhoc_bool(x, STR("roster-subscription"), false))
		wish.contact = x->entity->jid.full;
	make(x, &wish);
}

/* For administrators: to be published where only spammers look (docs/moderation.md). */
static void run_trap(struct adhoc *x)
{
	struct invite wish = { .may_register = true, .is_trap = true };

	make(x, &wish);
}

static bool has_invites(const struct home *h, bool is_admin)
{
	return h->invites && is_admin;
}

/* ---- take back ---- */

static void on_listed(void *arg, enum err err, const struct invite *list, size_t count)
{
	struct adhoc *x = arg;
	size_t shown = 0;
	struct xml *field;

	if (err) {
		adhoc_failed_err(x, err);
		return;
	}
	adhoc_form(x, STR("Take back an invitation"), STR("From then on the link does nothing."));
	field = adhoc_required(x, STR("invite"), STR("list-single"), STR("Invitation"));
	for (size_t i = 0; i < count && shown < FORM_FIELDS_MAX; i++) {
		struct str id = arena_dup(x->arena, str_sub(list[i].key, 0, INVITE_ID_LEN));
		struct str until = datetime_format(x->arena, list[i].wall_end);

		if (invite_state(&list[i], wall_now()) != INVITE_LIVE)
			continue;
		shown++;
		form_add_option(x->arena, field, id,
				arena_printf(x->arena, "%s%s%.*s, until %.*s (%.*s)",
					     list[i].is_trap        ? "trap"
					     : list[i].may_register ? "account"
								    : "contact",
					     list[i].name.len ? " " : "", STR_ARG(list[i].name),
					     STR_ARG(until), STR_ARG(id)));
	}
	if (shown)
		adhoc_ask(x);
	else
		adhoc_failed(x, STR("no invitation is open"));
}

static void ask_revoke(struct adhoc *x)
{
	invites_list(x->home->invites, x->entity->jid.full, on_listed, x);
}

static struct str check_revoke(struct adhoc *x)
{
	return adhoc_value(x, STR("invite")).len ? STR_NONE : STR("choose an invitation");
}

static void on_revoked(void *arg, enum err err, const struct invite *i)
{
	struct adhoc *x = arg;

	(void)i;
	if (err == ERR_NOT_FOUND)
		adhoc_failed(x, STR("there is no such invitation (any more)"));
	else if (err)
		adhoc_failed_err(x, err);
	else
		adhoc_done(x, STR_NONE);
}

static void run_revoke(struct adhoc *x)
{
	invites_revoke(x->home->invites, adhoc_value(x, STR("invite")), x->entity->jid.full,
		       on_revoked, x);
}

static const struct adhoc_stage account_stage[] = { { ask_account, check_account } };
static const struct adhoc_stage revoke_stage[] = { { ask_revoke, check_revoke } };

static const struct adhoc_command commands[] = {
	{ .node = STR_INIT("urn:xmpp:invite#invite"),
	  .name = STR_INIT("Invite somebody"),
	  .form_type = STR_INIT("urn:xmpp:invite#invitation"),
	  .is_offered = may_invite,
	  .run = run_invite },
	{ .node = STR_INIT("urn:xmpp:invite#create-account"),
	  .name = STR_INIT("Invite somebody to an account"),
	  .form_type = STR_INIT("urn:xmpp:invite#invitation"),
	  .is_offered = may_create,
	  .stages = account_stage,
	  .stage_count = 1,
	  .run = run_account },
	{ .node = STR_INIT("urn:parley:invite:0#trap"),
	  .name = STR_INIT("Make an invitation that is a trap"),
	  .who = ADHOC_ADMIN,
	  .form_type = STR_INIT("urn:parley:invite:0"),
	  .is_offered = has_invites,
	  .run = run_trap },
	{ .node = STR_INIT("urn:parley:invite:0#revoke"),
	  .name = STR_INIT("Take back an invitation"),
	  .form_type = STR_INIT("urn:parley:invite:0"),
	  .is_offered = may_invite,
	  .stages = revoke_stage,
	  .stage_count = 1,
	  .run = run_revoke },
	{ .node = { .ptr = NULL } },
};

/* ---- a contact comes with a token (XEP-0379 3.4, 3.5) ---- */

struct coming {
	bool is_good;
};

static void on_used(void *arg, enum err err, const struct invite *i)
{
	struct dispatch *d = arg;

	(void)i;
	((struct coming *)d->wait_arg)->is_good = !err;
	dispatch_resume(d);
}

static enum verdict on_subscribe(struct dispatch *d)
{
	const struct xml *preauth = d->stanza.type == PRESENCE_SUBSCRIBE
					    ? xml_child(d->stanza.el, NS_PREAUTH, STR("preauth"))
					    : NULL;
	struct str contact = jid_bare_str(d->stanza.from), token;
	const struct coming *coming = d->wait_arg;
	const struct roster_item *item;

	if (!preauth || !d->home->invites)
		return PASS;
	if (coming) {
		d->wait_arg = NULL;
		if (!coming->is_good)
			return PASS; /* XEP-0379 4.1: as if there were no token */
		contact = arena_dup(d->arena, contact);
		befriend_accept(d, contact, true);
		log_info(&d->entity->log, "a contact came by invitation",
			 F_STR("contact", contact));
		return DONE;
	}
	token = xml_attr(preauth, STR("token"));
	item = roster_find(d->entity->roster, contact);
	if (!invite_is_token(token) || (item && (item->flags & ROSTER_FROM)) ||
	    !roster_has_room(d->entity, contact) || jid_bare_eq(d->stanza.from, d->entity->jid))
		return PASS;
	d->wait_arg = arena_new(d->arena, struct coming);
	invites_use_for_contact(d->home->invites, token, d->entity->jid.full, on_used, d);
	return dispatch_wait_again(d);
}

static const struct hook hooks[] = {
	{ STANZA_PRESENCE, WAY_IN, PHASE_STAMP, on_subscribe },
	{ .run = NULL },
};

static const struct conf_key keys[] = {
	{ "invites.accounts", CONF_STR, "\"admins\"", 0, 0,
	  "Whose invitations make accounts, beside those of parleyctl: nobody, admins or users." },
	{ "invites.contacts", CONF_BOOL, "true", 0, 0,
	  "Whether everybody may invite contacts who have an account elsewhere (XEP-0379)." },
	{ "invites.expire", CONF_DURATION, "\"7d\"", USEC_PER_MIN, 365 * USEC_PER_DAY,
	  "How long an invitation is good for, unless it says otherwise." },
	{ "invites.per_user", CONF_INT, "20", 1, 1000,
	  "Open invitations that a user who is no administrator may have at a time." },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "Invitations", .keys = keys };

const struct feature feature_invite = {
	.name = "invite",
	.spec = "XEP-0401 0.6.0, XEP-0379 0.3.3, XEP-0445 0.2.0",
	.test = "im/invite.talk, im/invite-contact.talk, im/invite-account.talk",
	.hooks = hooks,
	.conf = &table,
	.commands = commands,
};
