/* SPDX-License-Identifier: Apache-2.0 */
/* Administration of accounts from a client (XEP-0133 4.1 to 4.7): add, delete, disable, re-enable,
 * end sessions, change a password. Get User Password is retracted and not there. Of several
 * accounts one is done after the other; what could not be done is told in a note. */
#include "server/feature/user_commands.h"

#include "crypto/secret.h"
#include "server/model/account.h"
#include "server/route/adhoc.h"
#include "server/route/census.h"
#include "server/route/removal.h"

enum { ACCOUNTS_MAX = 100 /* of one command */ };

/* ---- one account ---- */

static void ask_one(struct adhoc *x, struct str title, struct str instructions)
{
	adhoc_form(x, title, instructions);
	(void)adhoc_required(x, STR("accountjid"), STR("jid-single"),
			     STR("Address of the account"));
}

static void add_password(struct adhoc *x, struct str var, struct str label)
{
	(void)adhoc_required(x, var, STR("text-private"), label);
}

static struct str owner_of(const struct adhoc *x, struct str text)
{
	struct str owner;

	return account_owner_parse(x->arena, str_trim(text), x->home->domain, &owner) ? STR_NONE
										      : owner;
}

static struct str check_one(struct adhoc *x)
{
	struct str text = adhoc_value(x, STR("accountjid"));

	if (!text.len)
		return STR("the address of the account is missing");
	if (!str_is_set(owner_of(x, text)))
		return STR("this cannot be the address of an account here");
	if (!adhoc_value(x, STR("password")).len)
		return STR("the password is missing");
	return STR_NONE;
}

static void on_one(void *arg, enum err err)
{
	struct adhoc *x = arg;

	if (err == ERR_INVALID || err == ERR_TOO_BIG)
		adhoc_failed(x, STR("this password cannot be used"));
	else if (err == ERR_EXISTS)
		adhoc_failed(x, STR("this name is taken"));
	else if (err == ERR_NOT_FOUND)
		adhoc_failed(x, STR("there is no such account"));
	else if (err)
		adhoc_failed_err(x, err);
	else
		adhoc_done(x, STR_NONE);
}

/* As it was typed: a password may begin or end with a space. */
static struct str password_of(const struct adhoc *x)
{
	const struct str *values;

	return adhoc_values_of(x, STR("password"), &values) ? values[0] : STR_NONE;
}

/* XEP-0133 4.1; what it further asks (e-mail and names) is nothing that the server would use. */
static void ask_add(struct adhoc *x)
{
	ask_one(x, STR("Add an account"), STR("Fill in the address and a first password."));
	add_password(x, STR("password"), STR("Password"));
	add_password(x, STR("password-verify"), STR("Password, once more"));
	adhoc_ask(x);
}

static struct str check_add(struct adhoc *x)
{
	struct str why = check_one(x), password = password_of(x);
	const struct str *again;

	if (str_is_set(why) || !adhoc_values_of(x, STR("password-verify"), &again))
		return why;
	return again->len == password.len && secret_equal(again->ptr, password.ptr, password.len)
		       ? STR_NONE
		       : STR("the two passwords are not the same");
}

static void run_add(struct adhoc *x)
{
	struct str owner = owner_of(x, adhoc_value(x, STR("accountjid")));

	log_info(&x->entity->log, "administrator adds an account", F_STR("account", owner));
	accounts_create(x->home->accounts, owner, password_of(x), false, on_one, x);
}

static void ask_password(struct adhoc *x)
{
	ask_one(x, STR("Change a password"), STR("The new password holds from the next login on."));
	add_password(x, STR("password"), STR("New password"));
	adhoc_ask(x);
}

static void run_password(struct adhoc *x)
{
	struct str owner = owner_of(x, adhoc_value(x, STR("accountjid")));

	log_info(&x->entity->log, "administrator sets a password", F_STR("account", owner));
	accounts_set_password(x->home->accounts, owner, password_of(x), on_one, x);
}

/* ---- several accounts ---- */

struct batch {
	struct adhoc *x;
	const struct str *values;
	size_t count, next, done;
	struct str faults;
	/* Works on account now, then calls batch_took. */
	void (*one)(struct batch *b);
	struct str account;
};

static void ask_several(struct adhoc *x, struct str title, struct str instructions)
{
	adhoc_form(x, title, instructions);
	(void)adhoc_required(x, STR("accountjids"), STR("jid-multi"),
			     STR("Addresses of the accounts"));
	adhoc_ask(x);
}

/* The account, or (is_of_sessions) the session of one; without pointer if it can be none. */
static struct str subject_of(const struct adhoc *x, struct str text, bool is_of_sessions)
{
	struct jid jid;

	if (!is_of_sessions || str_index(text, '/') < 0)
		return owner_of(x, text);
	if (jid_parse(x->arena, str_trim(text), &jid) || !jid.node.len ||
	    !str_eq(jid.domain, x->home->domain))
		return STR_NONE;
	return jid.full;
}

static struct str check_addresses(struct adhoc *x, bool is_of_sessions)
{
	const struct str *values = NULL;
	size_t count = adhoc_values_of(x, STR("accountjids"), &values);

	if (count == 0)
		return STR("the addresses are missing");
	if (count > ACCOUNTS_MAX)
		return STR("too many at a time");
	for (size_t i = 0; i < count; i++) {
		if (!str_is_set(subject_of(x, values[i], is_of_sessions)))
			return STR("one of these cannot be the address of an account here");
	}
	return STR_NONE;
}

static struct str check_several(struct adhoc *x)
{
	return check_addresses(x, false);
}

static struct str check_sessions(struct adhoc *x)
{
	return check_addresses(x, true);
}

static void go_on(struct batch *b)
{
	struct adhoc *x = b->x;

	if (b->next < b->count) {
		b->account = subject_of(x, b->values[b->next++], true);
		b->one(b);
	} else if (b->faults.len) {
		adhoc_failed(x, arena_printf(x->arena, "%zu done; not done: %.*s", b->done,
					     STR_ARG(b->faults)));
	} else {
		adhoc_done(x, STR_NONE);
	}
}

static void batch_failed(struct batch *b, struct str why)
{
	b->faults = arena_printf(b->x->arena, "%.*s%s%.*s (%.*s)", STR_ARG(b->faults),
				 b->faults.len ? ", " : "", STR_ARG(b->account), STR_ARG(why));
	go_on(b);
}

static void batch_took(void *arg, enum err err)
{
	struct batch *b = arg;

	if (err == ERR_NOT_FOUND) {
		batch_failed(b, STR("there is no such account"));
	} else if (err) {
		batch_failed(b, str_from(err_text(err)));
	} else {
		b->done++;
		go_on(b);
	}
}

static void batch_run(struct adhoc *x, void (*one)(struct batch *b))
{
	struct batch *b = arena_new(x->arena, struct batch);

	b->x = x;
	b->count = adhoc_values_of(x, STR("accountjids"), &b->values);
	b->one = one;
	go_on(b);
}

/* Who ends his own account by mistake could not undo it. */
static bool is_own(struct batch *b)
{
	if (!str_eq(b->account, b->x->entity->jid.full))
		return false;
	batch_failed(b, STR("this is your own account"));
	return true;
}

static void note(const struct batch *b, const char *what)
{
	log_info(&b->x->entity->log, "administrator's command", F_STR("command", str_from(what)),
		 F_STR("account", b->account));
}

/* ---- delete: first no new session, then the end ---- */

static void on_delete_disabled(void *arg, enum err err)
{
	struct batch *b = arg;

	if (err)
		batch_took(b, err);
	else
		removal_start(b->x->home, b->account, batch_took, b);
}

static void delete_one(struct batch *b)
{
	if (is_own(b))
		return;
	note(b, "delete user");
	accounts_set_disabled(b->x->home->accounts, b->account, true, on_delete_disabled, b);
}

static void ask_delete(struct adhoc *x)
{
	ask_several(x, STR("Delete accounts"),
		    STR("Their sessions end, and all that they have is removed for good."));
}

static void run_delete(struct adhoc *x)
{
	batch_run(x, delete_one);
}

/* ---- disable, re-enable ---- */

static void on_ended(void *arg, unused_arg size_t count)
{
	batch_took(arg, OK);
}

static void on_disabled(void *arg, enum err err)
{
	struct batch *b = arg;

	if (err)
		batch_took(b, err);
	else
		census_end_sessions(b->x->home, b->account, STR("the account was disabled"),
				    on_ended, b);
}

static void disable_one(struct batch *b)
{
	if (is_own(b))
		return;
	note(b, "disable user");
	accounts_set_disabled(b->x->home->accounts, b->account, true, on_disabled, b);
}

static void ask_disable(struct adhoc *x)
{
	ask_several(x, STR("Disable accounts"),
		    STR("Their sessions end, and nobody can log in until they are enabled again. "
			"Nothing is removed."));
}

static void run_disable(struct adhoc *x)
{
	batch_run(x, disable_one);
}

static void enable_one(struct batch *b)
{
	note(b, "re-enable user");
	accounts_set_disabled(b->x->home->accounts, b->account, false, batch_took, b);
}

static void ask_enable(struct adhoc *x)
{
	ask_several(x, STR("Enable accounts again"), STR("They can log in again."));
}

static void run_enable(struct adhoc *x)
{
	batch_run(x, enable_one);
}

/* ---- end sessions ---- */

static void on_sessions_ended(void *arg, size_t count)
{
	struct batch *b = arg;

	if (count)
		batch_took(b, OK);
	else
		batch_failed(b, STR("there is no such session"));
}

static void end_one(struct batch *b)
{
	note(b, "end user session");
	census_end_sessions(b->x->home, b->account, STR("ended by the administrator"),
			    on_sessions_ended, b);
}

static void ask_end(struct adhoc *x)
{
	ask_several(x, STR("End sessions"),
		    STR("Addresses of accounts end all their sessions, addresses with a resource "
			"one. Their users may log in again."));
}

static void run_end(struct adhoc *x)
{
	batch_run(x, end_one);
}

/* ---- the table ---- */

#define ADMIN_FORM STR_INIT("http://jabber.org/protocol/admin")
#define STAGE(ask, check)                                                                          \
	(const struct adhoc_stage[])                                                               \
	{                                                                                          \
		{                                                                                  \
			ask, check                                                                 \
		}                                                                                  \
	}
#define ROW(node_name, words, ask, check, do)                                                      \
	{                                                                                          \
		.node = STR_INIT("http://jabber.org/protocol/admin#" node_name),                   \
		.name = STR_INIT(words), .who = ADHOC_ADMIN, .form_type = ADMIN_FORM,              \
		.stages = STAGE(ask, check), .stage_count = 1, .run = do,                          \
	}

static const struct adhoc_command commands[] = {
	ROW("add-user", "Add an account", ask_add, check_add, run_add),
	ROW("delete-user", "Delete accounts", ask_delete, check_several, run_delete),
	ROW("disable-user", "Disable accounts", ask_disable, check_several, run_disable),
	ROW("reenable-user", "Enable accounts again", ask_enable, check_several, run_enable),
	ROW("end-user-session", "End sessions", ask_end, check_sessions, run_end),
	ROW("change-user-password", "Change a password", ask_password, check_one, run_password),
	{ .node = { .ptr = NULL } },
};

const struct feature feature_user_commands = {
	.name = "user_commands",
	.spec = "XEP-0133 1.3.1",
	.test = "im/admin-users.talk",
	.commands = commands,
};
