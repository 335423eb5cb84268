/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on invitations: invite new, list, revoke. */
#include "server/admin/invite_commands.h"

#include "base/arena.h"
#include "server/conf/schema.h"
#include "server/model/account.h"
#include "server/model/invites.h"
#include "server/route/home.h"

enum {
	ARENA_LIMIT = 64 * 1024, /* bytes of one call */
	URI_MAX = 8 * 1024,
};
static const usec_t EXPIRES_MAX = 365 * USEC_PER_DAY;

static struct home *home_of_call(struct admin_call *call)
{
	struct home *h = call->config->home;

	if (!h || !h->invites) {
		admin_fail(call, "unsupported", "there are no invitations here");
		return NULL;
	}
	return h;
}

static json_t *describe(const struct invite *i)
{
	static const char *const states[] = {
		[INVITE_LIVE] = "open", [INVITE_USED] = "used", [INVITE_ENDED] = "expired"
	};
	json_t *row = json_object();

	json_object_set_new(row, "id", admin_json_str(str_sub(i->key, 0, INVITE_ID_LEN)));
	json_object_set_new(row, "state", json_string(states[invite_state(i, wall_now())]));
	json_object_set_new(row, "makes", json_string(i->may_register ? "account" : "contact"));
	json_object_set_new(row, "for", admin_json_str(i->name));
	json_object_set_new(row, "contact", admin_json_str(i->contact));
	json_object_set_new(row, "by", admin_json_str(i->by));
	json_object_set_new(row, "left", json_integer(i->left));
	json_object_set_new(row, "uses", json_integer(i->uses));
	json_object_set_new(row, "trap", json_boolean(i->is_trap));
	json_object_set_new(row, "expires", admin_json_time(i->wall_end));
	return row;
}

/* ---- new ---- */

static void on_made(void *arg, enum err err, struct str token, const struct invite *i)
{
	struct admin_call *call = arg;
	const struct home *h = call->config->home;
	struct sbuf uri scoped(sbuf_done) = SBUF(URI_MAX), link scoped(sbuf_done) = SBUF(URI_MAX);
	json_t *result;

	if (!err)
		err = invite_write_uri(&uri, i, h->domain, token);
	if (err == ERR_BUSY) {
		admin_fail(call, "too-many", "there may be %d invitations at most", INVITES_MAX);
		return;
	}
	if (err == ERR_EXISTS) {
		admin_fail(call, "exists", "this name is taken, or promised to somebody else");
		return;
	}
	if (err) {
		admin_fail_err(call, err, STR("invitation"));
		return;
	}
	if (h->web_url.len)
		sbuf_printf(&link, "%.*s/i/%.*s", STR_ARG(h->web_url), STR_ARG(token));
	result = describe(i);
	json_object_del(result, "by");
	json_object_set_new(result, "uri", admin_json_str(sbuf_str(&uri)));
	if (link.len)
		json_object_set_new(result, "link", admin_json_str(sbuf_str(&link)));
	json_object_set_new(result, "qr", admin_json_str(sbuf_str(link.len ? &link : &uri)));
	admin_reply(call, result);
}

/* What the arguments ask for; answers the call itself when that cannot be. */
static bool read_wish(struct admin_call *call, struct arena *a, struct invite *wish)
{
	struct str name = admin_arg_str(call, "for"), contact = admin_arg_str(call, "contact"),
		   expires = admin_arg_str(call, "expires");
	usec_t lifetime = conf_duration(call->config->home->conf, "invites.expire");
	int64_t uses = admin_arg_int(call, "uses", 1);

	if (name.len && (jid_prep_node(a, name, &wish->name) || !wish->name.len)) {
		admin_fail(call, "invalid", "\"%.*s\" cannot be a name",
			   STR_ARG(str_sub(name, 0, 128)));
		return false;
	}
	if (contact.len &&
	    account_owner_parse(a, contact, call->config->home->domain, &wish->contact)) {
		admin_fail(call, "invalid", "\"%.*s\" cannot be an account here",
			   STR_ARG(str_sub(contact, 0, 128)));
		return false;
	}
	if (uses < 1 || uses > INVITE_USES_MAX || (name.len && uses != 1)) {
		admin_fail(call, "wrong-argument", "uses must be from 1 to %d, and 1 with a name",
			   INVITE_USES_MAX);
		return false;
	}
	if (expires.len && (schema_parse_duration(expires, &lifetime) || lifetime <= 0 ||
			    lifetime > EXPIRES_MAX)) {
		admin_fail(call, "wrong-argument", "expires must be a time like 7d, at most 365d");
		return false;
	}
	wish->is_trap = admin_arg_bool(call, "trap");
	if (wish->is_trap && (name.len || contact.len)) {
		admin_fail(call, "wrong-argument", "a trap is for nobody in particular");
		return false;
	}
	wish->uses = (uint32_t)uses;
	wish->wall_end = wall_now() + lifetime;
	return true;
}

static void run_new(struct admin_call *call)
{
	struct arena arena scoped(arena_done) = { 0 };
	struct home *h = home_of_call(call);
	struct invite wish = { .may_register = true };

	arena_init(&arena, ARENA_LIMIT);
	if (h && read_wish(call, &arena, &wish))
		invites_make(h->invites, &wish, 0, on_made, call);
}

/* ---- list, revoke ---- */

static void on_listed(void *arg, enum err err, const struct invite *list, size_t count)
{
	struct admin_call *call = arg;
	json_t *rows = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(rows, describe(&list[i]));
	if (!err) {
		admin_reply(call, rows);
		return;
	}
	json_decref(rows);
	admin_fail_err(call, err, STR("invitations"));
}

static void run_list(struct admin_call *call)
{
	struct home *h = home_of_call(call);

	if (h)
		invites_list(h->invites, STR_NONE, on_listed, call);
}

static void on_revoked(void *arg, enum err err, const struct invite *i)
{
	struct admin_call *call = arg;
	json_t *result;

	if (err == ERR_NOT_FOUND) {
		admin_fail(call, "not-found", "no invitation has this id");
	} else if (err == ERR_INVALID) {
		admin_fail(call, "invalid", "more than one id begins like this");
	} else if (err) {
		admin_fail_err(call, err, STR("invitation"));
	} else {
		result = json_object();
		json_object_set_new(result, "id",
				    admin_json_str(str_sub(i->key, 0, INVITE_ID_LEN)));
		json_object_set_new(result, "done", json_string("revoked"));
		admin_reply(call, result);
	}
}

static void run_revoke(struct admin_call *call)
{
	struct home *h = home_of_call(call);

	if (h)
		invites_revoke(h->invites, admin_arg_str(call, "id"), STR_NONE, on_revoked, call);
}

/* ---- the table ---- */

static const struct admin_arg new_args[] = {
	{ "for", ADMIN_STR, false, false,
	  "The name of the account; it is kept free for it. Left out: the guest chooses." },
	{ "uses", ADMIN_INT, false, false, "How many accounts may be made with it (1)." },
	{ "expires", ADMIN_STR, false, false,
	  "How long it is good for: 7d, 12h (invites.expire)." },
	{ "contact", ADMIN_STR, false, false,
	  "An account here; it and the new account become contacts of each other." },
	{ "trap", ADMIN_BOOL, false, false,
	  "A trap, to be published where only spammers look: accounts made with it are held." },
	{ .name = NULL },
};
static const struct admin_arg revoke_args[] = {
	{ "id", ADMIN_STR, true, true, "The id that invite list shows, or how it begins." },
	{ .name = NULL },
};

const struct admin_command admin_invite_commands[] = {
	{ "invite new", "Makes a link by which somebody gets an account.", new_args, run_new },
	{ "invite list", "Lists the invitations, the newest first.", NULL, run_list },
	{ "invite revoke", "Takes an invitation back.", revoke_args, run_revoke },
	{ .words = NULL },
};
