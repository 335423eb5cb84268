/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on accounts: user add, list, passwd, disable, enable, admin, retention,
 * reset-link, delete. */
#include "server/admin/account_commands.h"

#include "base/mem.h"
#include "server/conf/schema.h"
#include "server/model/account.h"
#include "server/model/reset.h"
#include "server/route/home.h"
#include "server/store/store.h"

enum {
	LIST_MAX = 100000, /* accounts in one answer */
	LIST_PAGE = 500,   /* accounts read at a time */
	ARENA_LIMIT = 16 * 1024,
};
static const usec_t KEEP_MAX = 36500 * USEC_PER_DAY;

/* A command on one account. */
struct user_call {
	struct admin_call *call;
	char *owner; /* bare JID, with NUL */
	const char *done_text;
	usec_t wall_end; /* reset-link */
};

static void user_free(struct user_call **u)
{
	mem_free((*u)->owner);
	mem_free(*u);
	*u = NULL;
}

/* Reads the argument jid; answers the call itself when that cannot be an account here. */
static struct user_call *user_new(struct admin_call *call, const char *done_text)
{
	struct str text = admin_arg_str(call, "jid");
	struct arena arena scoped(arena_done) = { 0 };
	struct user_call *u;
	struct str owner;
	enum err err;

	arena_init(&arena, ARENA_LIMIT);
	err = account_owner_parse(&arena, text, call->config->domain, &owner);
	if (err == ERR_NOT_FOUND) {
		admin_fail(call, "not-found", "this server serves %.*s only",
			   STR_ARG(call->config->domain));
		return NULL;
	}
	if (err) {
		admin_fail(call, "invalid", "\"%.*s\" cannot be the address of an account",
			   STR_ARG(str_sub(text, 0, 128)));
		return NULL;
	}
	u = mem_zalloc(1, sizeof(*u));
	u->call = call;
	u->owner = str_dup(owner);
	u->done_text = done_text;
	return u;
}

static void fail(struct user_call *u, enum err err)
{
	struct admin_call *call = u->call;

	if (err == ERR_INVALID || err == ERR_TOO_BIG)
		admin_fail(call, "invalid",
			   "this password cannot be used: it must be 1 to %d bytes of text without "
			   "control characters",
			   SCRAM_PASSWORD_MAX);
	else
		admin_fail_err(call, err, str_from(u->owner));
	user_free(&u);
}

static void on_changed(void *arg, enum err err)
{
	struct user_call *u = arg;
	struct admin_call *call = u->call;
	json_t *result;

	if (err) {
		fail(u, err);
		return;
	}
	result = json_object();
	json_object_set_new(result, "jid", admin_json_str(str_from(u->owner)));
	json_object_set_new(result, "done", json_string(u->done_text));
	user_free(&u);
	admin_reply(call, result);
}

static void run_add(struct admin_call *call)
{
	struct user_call *u = user_new(call, "added");

	if (u)
		accounts_create(call->config->accounts, str_from(u->owner),
				admin_arg_str(call, "password"), admin_arg_bool(call, "admin"),
				on_changed, u);
}

static void run_passwd(struct admin_call *call)
{
	struct user_call *u = user_new(call, "password changed");

	if (u)
		accounts_set_password(call->config->accounts, str_from(u->owner),
				      admin_arg_str(call, "password"), on_changed, u);
}

static void run_enable(struct admin_call *call)
{
	struct user_call *u = user_new(call, "enabled");

	if (u)
		accounts_set_disabled(call->config->accounts, str_from(u->owner), false, on_changed,
				      u);
}

static void run_admin(struct admin_call *call)
{
	bool is_admin = !admin_arg_bool(call, "off");
	struct user_call *u =
		user_new(call, is_admin ? "is an administrator" : "is no administrator any more");

	if (u)
		accounts_set_admin(call->config->accounts, str_from(u->owner), is_admin, on_changed,
				   u);
}

/* ---- disable and delete: first no new session, then no session ---- */

static void on_disabled_ended(void *arg, unused_arg size_t count)
{
	on_changed(arg, OK);
}

static void on_disabled(void *arg, enum err err)
{
	struct user_call *u = arg;
	const struct admin_config *config = u->call->config;

	if (err || !config->end_sessions)
		on_changed(u, err);
	else
		config->end_sessions(config->owner, str_from(u->owner), on_disabled_ended, u);
}

static void run_disable(struct admin_call *call)
{
	struct user_call *u = user_new(call, "disabled");

	if (u)
		accounts_set_disabled(call->config->accounts, str_from(u->owner), true, on_disabled,
				      u);
}

static void on_delete_disabled(void *arg, enum err err)
{
	struct user_call *u = arg;
	const struct admin_config *config = u->call->config;

	if (err)
		fail(u, err);
	else if (config->remove_account)
		config->remove_account(config->owner, str_from(u->owner), on_changed, u);
	else
		accounts_delete(config->accounts, str_from(u->owner), on_changed, u);
}

static void run_delete(struct admin_call *call)
{
	struct user_call *u = user_new(call, "deleted");

	if (u)
		accounts_set_disabled(call->config->accounts, str_from(u->owner), true,
				      on_delete_disabled, u);
}

/* ---- retention ---- */

static bool read_keep(struct str text, usec_t *ret_keep)
{
	if (str_eq(text, STR("default")))
		*ret_keep = ACCOUNT_KEEP_DEFAULT;
	else if (str_eq(text, STR("forever")))
		*ret_keep = ACCOUNT_KEEP_FOREVER;
	else
		return schema_parse_duration(text, ret_keep) == OK && *ret_keep > 0 &&
		       *ret_keep <= KEEP_MAX;
	return true;
}

static void run_retention(struct admin_call *call)
{
	struct user_call *u;
	usec_t keep;

	if (!read_keep(admin_arg_str(call, "keep"), &keep)) {
		admin_fail(call, "wrong-argument",
			   "keep must be a time like 30d or 12h, or forever, or default");
		return;
	}
	u = user_new(call, keep == ACCOUNT_KEEP_DEFAULT ? "keeps messages like everybody"
							: "retention set");
	if (u)
		accounts_set_retention(call->config->accounts, str_from(u->owner), keep, on_changed,
				       u);
}

/* ---- reset-link ---- */

static void on_link(void *arg, enum err err, struct str token)
{
	struct user_call *u = arg;
	struct admin_call *call = u->call;
	const struct home *h = call->config->home;
	json_t *result, *link = NULL;

	if (err) {
		fail(u, err);
		return;
	}
	result = json_object();
	json_object_set_new(result, "jid", admin_json_str(str_from(u->owner)));
	if (h && h->web_url.len)
		link = json_sprintf("%.*s/reset/%.*s", STR_ARG(h->web_url), STR_ARG(token));
	if (link) {
		json_object_set(result, "qr", link);
		json_object_set_new(result, "link", link);
	}
	json_object_set_new(result, "path", json_sprintf("/reset/%.*s", STR_ARG(token)));
	json_object_set_new(result, "expires", admin_json_time(u->wall_end));
	user_free(&u);
	admin_reply(call, result);
}

static void run_reset_link(struct admin_call *call)
{
	struct str text = admin_arg_str(call, "expires");
	usec_t lifetime = RESET_LIFETIME_DEFAULT;
	struct user_call *u;

	if (text.len && (schema_parse_duration(text, &lifetime) || lifetime <= 0 ||
			 lifetime > RESET_LIFETIME_MAX)) {
		admin_fail(call, "wrong-argument", "expires must be a time like 12h, at most 30d");
		return;
	}
	u = user_new(call, NULL);
	if (!u)
		return;
	u->wall_end = wall_now() + lifetime;
	reset_make(call->config->accounts, str_from(u->owner), lifetime, on_link, u);
}

/* ---- list ---- */

struct list_call {
	struct admin_call *call;
	json_t *rows;
	int64_t left; /* rows that may still come */
};

static void read_page(struct list_call *l, struct str after);

static json_t *account_row(const struct account *account)
{
	json_t *row = json_object();

	json_object_set_new(row, "jid", admin_json_str(account->owner));
	json_object_set_new(row, "admin", json_boolean(account->is_admin));
	json_object_set_new(row, "disabled", json_boolean(account->is_disabled));
	json_object_set_new(row, "created", admin_json_time(account->wall_created));
	return row;
}

static void on_page(void *arg, struct store_answer *answer)
{
	struct list_call *l = arg;
	struct admin_call *call = l->call;
	json_t *rows = l->rows;

	if (answer->err == OK) {
		for (unsigned i = 0; i < answer->account_count && l->left > 0; i++, l->left--)
			json_array_append_new(rows, account_row(&answer->accounts[i]));
		if (answer->has_more && l->left > 0 && answer->account_count > 0) {
			read_page(l, answer->accounts[answer->account_count - 1].owner);
			return;
		}
	}
	mem_free(l);
	if (answer->err == OK || answer->err == ERR_NOT_FOUND) {
		admin_reply(call, rows);
		return;
	}
	json_decref(rows);
	admin_fail_err(call, answer->err, STR("reading the accounts"));
}

static void read_page(struct list_call *l, struct str after)
{
	struct store_request request = { .kind = READ_ACCOUNTS, .after_key = after };

	request.max = l->left < LIST_PAGE ? (unsigned)l->left : LIST_PAGE;
	store_read(l->call->config->store, &request, on_page, l);
}

static void run_list(struct admin_call *call)
{
	int64_t max = admin_arg_int(call, "max", LIST_MAX);
	struct list_call *l;

	if (max < 1 || max > LIST_MAX) {
		admin_fail(call, "wrong-argument", "max must be from 1 to %d", LIST_MAX);
		return;
	}
	l = mem_zalloc(1, sizeof(*l));
	l->call = call;
	l->rows = json_array();
	l->left = max;
	read_page(l, admin_arg_str(call, "after"));
}

/* ---- the table ---- */

#define JID                                                                                        \
	{                                                                                          \
		"jid", ADMIN_STR, true, true, "The address, or the part of it before the @."       \
	}
#define PASSWORD                                                                                   \
	{                                                                                          \
		"password", ADMIN_SECRET, true, false, "The password, read from stdin."            \
	}

static const struct admin_arg jid_args[] = { JID, { .name = NULL } };
static const struct admin_arg passwd_args[] = { JID, PASSWORD, { .name = NULL } };
static const struct admin_arg add_args[] = {
	JID,
	PASSWORD,
	{ "admin", ADMIN_BOOL, false, false, "Makes the account an administrator." },
	{ .name = NULL },
};
static const struct admin_arg admin_args[] = {
	JID,
	{ "off", ADMIN_BOOL, false, false, "Takes the rights away again." },
	{ .name = NULL },
};
static const struct admin_arg retention_args[] = {
	JID,
	{ "keep", ADMIN_STR, true, true,
	  "How long messages are kept: 30d, 12h, forever, or default (archive.keep)." },
	{ .name = NULL },
};
static const struct admin_arg reset_args[] = {
	JID,
	{ "expires", ADMIN_STR, false, false, "How long the link works: 1d (the default), 12h." },
	{ .name = NULL },
};
static const struct admin_arg list_args[] = {
	{ "after", ADMIN_STR, false, false, "Begins behind this address." },
	{ "max", ADMIN_INT, false, false, "Lists at most so many (100000)." },
	{ .name = NULL },
};

const struct admin_command admin_account_commands[] = {
	{ "user add", "Makes an account.", add_args, run_add },
	{ "user list", "Lists the accounts.", list_args, run_list },
	{ "user passwd", "Sets the password of an account.", passwd_args, run_passwd },
	{ "user disable", "Ends the sessions of an account and lets nobody log in.", jid_args,
	  run_disable },
	{ "user enable", "Lets a disabled account log in again.", jid_args, run_enable },
	{ "user admin", "Makes an account an administrator.", admin_args, run_admin },
	{ "user retention", "Sets how long the messages of an account are kept.", retention_args,
	  run_retention },
	{ "user reset-link", "Makes a link by which a new password can be set, once.", reset_args,
	  run_reset_link },
	{ "user delete", "Removes an account and all that it has.", jid_args, run_delete },
	{ .words = NULL },
};
