/* SPDX-License-Identifier: Apache-2.0 */
/* Looking after accounts from a client (XEP-0133 4.8, 4.9, 4.29): an account's roster, its last
 * login, and who administers the server. */
#include "server/feature/care_commands.h"

#include "server/model/account.h"
#include "server/model/roster.h"
#include "server/route/adhoc.h"
#include "server/route/admins.h"
#include "server/route/clients.h"
#include "server/route/errand.h"
#include "server/route/roster_push.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

enum {
	PAGE = 500,       /* accounts read at a time */
	ADMINS_MAX = 500, /* in a list that is edited */
};

/* ---- one account ---- */

static struct str owner_of(const struct adhoc *x, struct str text)
{
	struct str owner;

	return account_owner_parse(x->arena, str_trim(text), x->home->domain, &owner) ? STR_NONE
										      : owner;
}

static struct str subject_of(const struct adhoc *x)
{
	return owner_of(x, adhoc_value(x, STR("accountjids")));
}

static struct str check_one(struct adhoc *x)
{
	const struct str *values = NULL;
	size_t count = adhoc_values_of(x, STR("accountjids"), &values);

	if (count == 0)
		return STR("the address is missing");
	if (count > 1)
		return STR("one account at a time");
	return str_is_set(subject_of(x)) ? STR_NONE
					 : STR("this cannot be the address of an account here");
}

static void fail(struct adhoc *x, enum err err)
{
	if (err == ERR_NOT_FOUND)
		adhoc_failed(x, STR("there is no such account"));
	else
		adhoc_failed_err(x, err);
}

static void begin_result(struct adhoc *x)
{
	adhoc_result(x);
	form_add_field(x->arena, x->form, STR("accountjids"), STR("jid-multi"), subject_of(x));
}

/* ---- roster ---- */

struct reading {
	struct adhoc *x;
	struct xml *query;
};

static void ask_roster(struct adhoc *x)
{
	adhoc_form(x, STR("Getting a User's Roster"),
		   STR("Fill out this form to get a user's roster."));
	(void)adhoc_required(x, STR("accountjids"), STR("jid-multi"),
			     STR("The Jabber ID(s) for which to retrieve the roster"));
	adhoc_ask(x);
}

/* On the loop of the account; the command's arena is nobody else's meanwhile. */
static void copy_roster(struct dispatch *d, void *arg)
{
	struct reading *r = arg;
	const struct roster *roster = d->entity->roster;
	const struct roster_item *item;
	size_t at = 0;

	while (roster && (item = map_next(&roster->items, &at))) {
		if (item->flags & ROSTER_LISTED)
			xml_add(r->query, roster_item_el(r->x->arena, item, false));
	}
}

static void on_roster(void *arg, enum err err)
{
	struct reading *r = arg;
	struct adhoc *x = r->x;

	if (!err && arena_is_over(x->arena))
		err = ERR_TOO_BIG;
	if (err) {
		fail(x, err);
		return;
	}
	begin_result(x);
	xml_add(x->form, r->query);
	adhoc_done(x, STR_NONE);
}

static void run_roster(struct adhoc *x)
{
	struct reading *r = arena_new(x->arena, struct reading);

	r->x = x;
	r->query = xml_new(x->arena, NS_ROSTER, STR("query"));
	log_info(&x->entity->log, "administrator reads a roster", F_STR("account", subject_of(x)));
	errand_run(x->home, subject_of(x), copy_roster, on_roster, r);
}

/* ---- last login ---- */

static void ask_login(struct adhoc *x)
{
	adhoc_form(x, STR("Getting a User's Last Login Time"),
		   STR("Fill out this form to get a user's last login time."));
	(void)adhoc_required(x, STR("accountjids"), STR("jid-multi"),
			     STR("The Jabber ID(s) for which to retrieve the last login time"));
	adhoc_ask(x);
}

static void on_clients(void *arg, enum err err, const struct client_view *clients, size_t count)
{
	struct adhoc *x = arg;
	usec_t last = 0;

	if (err) {
		fail(x, err);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (clients[i].client.wall_last > last)
			last = clients[i].client.wall_last;
	}
	begin_result(x);
	if (last)
		form_add_field(x->arena, x->form, STR("lastlogin"), STR("text-single"),
			       datetime_format(x->arena, last));
	adhoc_done(x, last ? STR_NONE : STR("No login is known."));
}

static void run_login(struct adhoc *x)
{
	clients_list(x->home, subject_of(x), on_clients, x);
}

/* ---- administrators ---- */

struct admin_list {
	struct adhoc *x;
	struct str *admins; /* accounts that are administrators in the store */
	size_t admin_count;
	const struct str *values; /* what was filled in */
	size_t value_count;
	size_t next_value, next_admin;
	struct str now, faults;
	void (*then)(struct admin_list *l);
};

static bool is_among(struct str owner, const struct str *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eq(list[i], owner))
			return true;
	}
	return false;
}

static void read_page(struct admin_list *l, struct str after);

static void on_page(void *arg, struct store_answer *answer)
{
	struct admin_list *l = arg;

	if (answer->err && answer->err != ERR_NOT_FOUND) {
		adhoc_failed_err(l->x, answer->err);
		return;
	}
	for (unsigned i = 0; i < answer->account_count; i++) {
		if (!answer->accounts[i].is_admin)
			continue;
		if (l->admin_count == ADMINS_MAX) {
			adhoc_failed(l->x, STR("there are too many administrators for a list"));
			return;
		}
		l->admins[l->admin_count++] = arena_dup(l->x->arena, answer->accounts[i].owner);
	}
	if (answer->has_more && answer->account_count)
		read_page(l, answer->accounts[answer->account_count - 1].owner);
	else
		l->then(l);
}

static void read_page(struct admin_list *l, struct str after)
{
	struct store_request request = { .kind = READ_ACCOUNTS, .after_key = after, .max = PAGE };

	store_read(l->x->home->store, &request, on_page, l);
}

static void read_admins(struct adhoc *x, void (*then)(struct admin_list *l))
{
	struct admin_list *l = arena_new(x->arena, struct admin_list);

	l->x = x;
	l->admins = arena_alloc(x->arena, ADMINS_MAX * sizeof(*l->admins));
	l->then = then;
	read_page(l, STR_NONE);
}

/* Those of the configuration are shown, too: they have the rights. */
static void show_admins(struct admin_list *l)
{
	struct adhoc *x = l->x;
	size_t count = conf_list_count(x->home->conf, "admins");
	struct xml *field;

	adhoc_form(x, STR("Editing the Admin List"),
		   STR("Fill out this form to edit the list of entities who have administrative "
		       "privileges."));
	field = adhoc_field(x, STR("adminjids"), STR("jid-multi"), STR("The admin list"));
	for (size_t i = 0; i < l->admin_count; i++)
		form_add_value(x->arena, field, l->admins[i]);
	for (size_t i = 0; i < count; i++) {
		struct str owner = owner_of(x, conf_list_at(x->home->conf, "admins", i));

		if (str_is_set(owner) && !is_among(owner, l->admins, l->admin_count))
			form_add_value(x->arena, field, owner);
	}
	adhoc_ask(x);
}

static void ask_admins(struct adhoc *x)
{
	read_admins(x, show_admins);
}

/* Who gives up his own rights by mistake could not undo it. */
static struct str check_admins(struct adhoc *x)
{
	const struct str *values = NULL;
	size_t count = adhoc_values_of(x, STR("adminjids"), &values);
	bool has_self = admins_have(x->home, x->entity->jid.full);

	if (count > ADMINS_MAX)
		return STR("too many at a time");
	for (size_t i = 0; i < count; i++) {
		struct str owner = owner_of(x, values[i]);

		if (!str_is_set(owner))
			return STR("one of these cannot be the address of an account here");
		has_self |= str_eq(owner, x->entity->jid.full);
	}
	return has_self ? STR_NONE : STR("your own address must stay in the list");
}

static void change_next(struct admin_list *l);

static void note_fault(struct admin_list *l, struct str why)
{
	l->faults = arena_printf(l->x->arena, "%.*s%s%.*s (%.*s)", STR_ARG(l->faults),
				 l->faults.len ? ", " : "", STR_ARG(l->now), STR_ARG(why));
}

static void on_changed(void *arg, enum err err)
{
	struct admin_list *l = arg;

	if (err == ERR_NOT_FOUND)
		note_fault(l, STR("there is no such account"));
	else if (err)
		note_fault(l, str_from(err_text(err)));
	change_next(l);
}

static void change_one(struct admin_list *l, struct str owner, bool is_admin)
{
	struct adhoc *x = l->x;

	l->now = owner;
	log_info(&x->entity->log, "administrator edits the list of administrators",
		 F_STR("account", owner), F_BOOL("admin", is_admin));
	accounts_set_admin(x->home->accounts, owner, is_admin, on_changed, l);
}

/* First those who come, then those who go. */
static void change_next(struct admin_list *l)
{
	struct adhoc *x = l->x;

	while (l->next_value < l->value_count) {
		struct str owner = l->values[l->next_value++];

		if (!is_among(owner, l->admins, l->admin_count) && !admins_have(x->home, owner)) {
			change_one(l, owner, true);
			return;
		}
	}
	while (l->next_admin < l->admin_count) {
		struct str owner = l->admins[l->next_admin++];

		if (!is_among(owner, l->values, l->value_count)) {
			change_one(l, owner, false);
			return;
		}
	}
	if (l->faults.len)
		adhoc_failed(x, ARENA_JOIN(x->arena, STR("not done: "), l->faults));
	else
		adhoc_done(x, STR_NONE);
}

static void note_configured(struct admin_list *l)
{
	const struct home *h = l->x->home;
	size_t count = conf_list_count(h->conf, "admins");

	for (size_t i = 0; i < count; i++) {
		l->now = owner_of(l->x, conf_list_at(h->conf, "admins", i));
		if (str_is_set(l->now) && !is_among(l->now, l->values, l->value_count))
			note_fault(l, STR("the configuration names it"));
	}
}

static void set_admins(struct admin_list *l)
{
	struct adhoc *x = l->x;
	const struct str *came = NULL;
	struct str *values;

	l->value_count = adhoc_values_of(x, STR("adminjids"), &came);
	values = arena_alloc(x->arena, (l->value_count + 1) * sizeof(*values));
	for (size_t i = 0; i < l->value_count; i++)
		values[i] = owner_of(x, came[i]);
	l->values = values;
	note_configured(l);
	change_next(l);
}

static void run_admins(struct adhoc *x)
{
	read_admins(x, set_admins);
}

/* ---- the table ---- */

static const struct adhoc_stage roster_stage[] = { { ask_roster, check_one } };
static const struct adhoc_stage login_stage[] = { { ask_login, check_one } };
static const struct adhoc_stage admin_stage[] = { { ask_admins, check_admins } };

#define ROW(node_name, words, stage, do)                                                           \
	{                                                                                          \
		.node = STR_INIT("http://jabber.org/protocol/admin#" node_name),                   \
		.name = STR_INIT(words), .who = ADHOC_ADMIN,                                       \
		.form_type = STR_INIT("http://jabber.org/protocol/admin"), .stages = stage,        \
		.stage_count = 1, .run = do,                                                       \
	}

static const struct adhoc_command commands[] = {
	ROW("get-user-roster", "Get User Roster", roster_stage, run_roster),
	ROW("get-user-lastlogin", "Get User Last Login Time", login_stage, run_login),
	ROW("edit-admin", "Edit Admin List", admin_stage, run_admins),
	{ .node = { .ptr = NULL } },
};

const struct feature feature_care_commands = {
	.name = "care_commands",
	.spec = "XEP-0133 1.3.1",
	.test = "im/admin-care.talk",
	.commands = commands,
};
