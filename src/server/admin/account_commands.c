/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on accounts: user add, list, passwd, disable, enable, admin, retention,
 * reset-link, usage, delete. */
#include "server/admin/account_commands.h"

#include "base/mem.h"
#include "server/admin/usage.h"
#include "server/conf/schema.h"
#include "server/model/account.h"
#include "server/model/reset.h"
#include "server/route/home.h"
#include "server/store/store.h"

enum {
	LIST_MAX = 100000,     /* accounts in one answer */
	LIST_PAGE = 500,       /* accounts read at a time */
	LIST_USAGE_MAX = 1000, /* accounts in one answer with their usage */
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
	struct arena arena scoped(arena_done) = { 0 };
	struct user_call *u;
	struct str owner;

	arena_init(&arena, ARENA_LIMIT);
	if (!admin_owner(call, &arena, &owner))
		return NULL;
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

/* ---- usage ---- */

static void on_usage(void *arg, enum err err, const struct usage *usage)
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
	usage_describe(usage, result);
	user_free(&u);
	admin_reply(call, result);
}

static void on_usage_account(void *arg, struct store_answer *answer)
{
	struct user_call *u = arg;

	if (answer->err)
		fail(u, answer->err);
	else
		usage_read(u->call->config->store, str_from(u->owner), on_usage, u);
}

static void run_usage(struct admin_call *call)
{
	struct user_call *u = user_new(call, NULL);
	struct store_request request = { .kind = READ_ACCOUNT };

	if (!u)
		return;
	request.owner = str_from(u->owner);
	store_read(call->config->store, &request, on_usage_account, u);
}

/* ---- list ---- */

struct list_call {
	struct admin_call *call;
	json_t *rows;
	int64_t left;      /* rows that may still come */
	bool is_more;      /* the last page was not the end */
	size_t with_usage; /* --usage: rows that have theirs */
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

static void end_list(struct list_call *l, enum err err)
{
	struct admin_call *call = l->call;
	json_t *rows = l->rows;

	mem_free(l);
	if (err == OK) {
		admin_reply(call, rows);
		return;
	}
	json_decref(rows);
	admin_fail_err(call, err, STR("reading the accounts"));
}

/* Where the list goes on: behind its last row. */
static struct str last_of(const struct list_call *l)
{
	const json_t *row = json_array_get(l->rows, json_array_size(l->rows) - 1);

	return str_from(json_string_value(json_object_get(row, "jid")));
}

static void read_usages(struct list_call *l);

static void on_row_usage(void *arg, enum err err, const struct usage *usage)
{
	struct list_call *l = arg;

	if (err) {
		end_list(l, err);
		return;
	}
	usage_describe(usage, json_array_get(l->rows, l->with_usage++));
	read_usages(l);
}

/* One account after the other: the readers are for everybody. */
static void read_usages(struct list_call *l)
{
	const json_t *row = json_array_get(l->rows, l->with_usage);
	struct str jid = str_from(json_string_value(json_object_get(row, "jid")));

	if (row)
		usage_read(l->call->config->store, jid, on_row_usage, l);
	else if (l->is_more)
		read_page(l, last_of(l));
	else
		end_list(l, OK);
}

static void on_page(void *arg, struct store_answer *answer)
{
	struct list_call *l = arg;

	if (answer->err) {
		end_list(l, answer->err == ERR_NOT_FOUND ? OK : answer->err);
		return;
	}
	for (unsigned i = 0; i < answer->account_count && l->left > 0; i++, l->left--)
		json_array_append_new(l->rows, account_row(&answer->accounts[i]));
	l->is_more = answer->has_more && l->left > 0 && answer->account_count > 0;
	if (admin_arg_bool(l->call, "usage"))
		read_usages(l);
	else if (l->is_more)
		read_page(l, last_of(l));
	else
		end_list(l, OK);
}

static void read_page(struct list_call *l, struct str after)
{
	struct store_request request = { .kind = READ_ACCOUNTS, .after_key = after };

	request.max = l->left < LIST_PAGE ? (unsigned)l->left : LIST_PAGE;
	store_read(l->call->config->store, &request, on_page, l);
}

static void run_list(struct admin_call *call)
{
	int most = admin_arg_bool(call, "usage") ? LIST_USAGE_MAX : LIST_MAX;
	int64_t max = admin_arg_int(call, "max", most);
	struct list_call *l;

	if (max < 1 || max > most) {
		admin_fail(call, "wrong-argument", "max must be from 1 to %d", most);
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
	{ "max", ADMIN_INT, false, false, "Lists at most so many (100000; 1000 with --usage)." },
	{ "usage", ADMIN_BOOL, false, false, "Tells what each of them keeps, too." },
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
	{ "user usage", "Tells what an account keeps: counts and bytes.", jid_args, run_usage },
	{ "user delete", "Removes an account and all that it has.", jid_args, run_delete },
	{ .words = NULL },
};
