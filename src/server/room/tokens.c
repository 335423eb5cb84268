/* SPDX-License-Identifier: Apache-2.0 */
/* Invitations by token, see tokens.h. */
#include "server/room/tokens.h"

#include "server/room/news.h"
#include "server/room/permit.h"
#include "server/room/versions.h"
#include "xmpp/ns.h"

static const struct conf_key keys[] = {
	{ "rooms.token_lifetime", CONF_DURATION, "\"30d\"", USEC_PER_MIN, 3650 * USEC_PER_DAY,
	  "How long a token that invites to a room (XEP-0488) holds at most." },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "Tokens of rooms", .keys = keys };

/* ---- the store ---- */

static void store(struct dispatch *d, const struct room_token *token)
{
	txn_put(dispatch_txn(d), d->entity->jid.full, ROOM_TOKEN_SPACE,
		arena_dup(d->arena, str_from(token->text)), room_token_encode(token, d->arena));
}

static void drop(struct dispatch *d, struct room *r, struct room_token *token)
{
	txn_delete(dispatch_txn(d), d->entity->jid.full, ROOM_TOKEN_SPACE,
		   arena_dup(d->arena, str_from(token->text)));
	room_tokens_drop(&r->tokens, token);
}

static void drop_expired(struct dispatch *d, struct room *r)
{
	struct room_token *token;

	while ((token = room_tokens_expired(&r->tokens, wall_now())))
		drop(d, r, token);
}

/* ---- entering ---- */

struct room_token *tokens_offered(struct dispatch *d, const struct room *r, const struct xml *x,
				  bool *ret_is_lost)
{
	struct str text = x ? xml_child_text(x, NS_MUC, STR("password"), d->arena) : STR_NONE;
	struct room_token *token;

	*ret_is_lost = false;
	if (!r->exists || !text.len ||
	    room_members_get(&r->members, d->stanza.from) != AFFILIATION_NONE)
		return NULL;
	token = room_tokens_find(&r->tokens, text);
	if (token && room_token_holds(token, wall_now()))
		return token;
	*ret_is_lost = r->config.is_members_only && !r->config.has_password;
	return NULL;
}

void tokens_add_expired(struct dispatch *d, struct xml *error)
{
	(void)xml_add_new(d->arena, error, NS_MUC_TOKEN, STR("expired-token"));
}

void tokens_spend(struct dispatch *d, struct room *r, struct room_token *token)
{
	struct str bare = jid_bare_str(d->stanza.from);

	room_members_set(&r->members, bare, AFFILIATION_MEMBER, STR_NONE, STR_NONE);
	room_store_member(d, r, bare);
	news_of_standing(d, r, bare);
	r->told_version = r->members.version;
	versions_tell(d, r, bare);
	if (!token->is_counted)
		return;
	if (--token->left)
		store(d, token);
	else
		drop(d, r, token);
}

/* ---- requests ---- */

/* Members only where they may invite (muc#roomconfig_allowinvites). */
static bool may_issue(const struct dispatch *d, const struct room *r)
{
	enum room_affiliation a = room_members_get(&r->members, d->stanza.from);

	return a >= AFFILIATION_ADMIN || (a == AFFILIATION_MEMBER && r->config.allow_invites);
}

static bool may_revoke(const struct dispatch *d, const struct room *r,
		       const struct room_token *token)
{
	return room_members_get(&r->members, d->stanza.from) >= AFFILIATION_ADMIN ||
	       str_eq(token->creator, jid_bare_str(d->stanza.from));
}

/* False: d is answered. */
static bool is_open(struct dispatch *d, const struct room *r)
{
	if (!r->exists || r->is_locked)
		(void)dispatch_error(d, COND_ITEM_NOT_FOUND);
	else if (!may_issue(d, r))
		(void)dispatch_error(d, COND_FORBIDDEN);
	else
		return true;
	return false;
}

static void add_token(struct dispatch *d, struct xml *parent, const struct room_token *token)
{
	struct xml *el = xml_add_text_el(d->arena, parent, NS_MUC_TOKEN, STR("token"),
					 str_from(token->text));
	int64_t seconds = (token->until - wall_now() + USEC_PER_SEC / 2) / USEC_PER_SEC;

	xml_set(d->arena, el, STR("delay"), arena_printf(d->arena, "%lld", (long long)seconds));
	if (token->is_counted)
		xml_set(d->arena, el, STR("counter"), arena_printf(d->arena, "%u", token->left));
}

/* xs:unsignedInt; false: it is there and none, or 0. */
static bool read_limit(const struct xml *el, struct str name, bool *ret_is_set, uint32_t *ret_n)
{
	struct str text = xml_attr(el, name);
	uint64_t n;

	*ret_is_set = str_is_set(text);
	if (!*ret_is_set)
		return true;
	if (str_to_u64(text, &n) || n == 0 || n > UINT32_MAX)
		return false;
	*ret_n = (uint32_t)n;
	return true;
}

static enum verdict on_request(struct dispatch *d)
{
	struct room *r = room_of(d->entity);
	const struct xml *wish = stanza_payload(&d->stanza);
	usec_t life = conf_duration(d->home->conf, "rooms.token_lifetime");
	bool has_delay, has_counter;
	uint32_t delay = 0, counter = 0;
	struct room_token *token;
	struct xml *reply;

	if (!is_open(d, r))
		return DONE;
	if (!read_limit(wish, STR("delay"), &has_delay, &delay) ||
	    !read_limit(wish, STR("counter"), &has_counter, &counter))
		return dispatch_error(d, COND_BAD_REQUEST);
	if (has_delay && (usec_t)delay * USEC_PER_SEC < life)
		life = (usec_t)delay * USEC_PER_SEC;
	drop_expired(d, r);
	token = room_tokens_add(&r->tokens, jid_bare_str(d->stanza.from), wall_now() + life);
	if (!token)
		return dispatch_error(d, COND_RESOURCE_CONSTRAINT);
	token->is_counted = has_counter;
	token->left = counter;
	store(d, token);
	reply = reply_result(d->arena, &d->stanza);
	add_token(d, reply, token);
	return dispatch_reply(d, reply);
}

static enum verdict on_list(struct dispatch *d)
{
	struct room *r = room_of(d->entity);
	const struct room_token *token;
	struct xml *reply, *list;
	size_t at = 0;

	if (!is_open(d, r))
		return DONE;
	reply = reply_result(d->arena, &d->stanza);
	list = xml_add_new(d->arena, reply, NS_MUC_TOKEN, STR("tokens"));
	while ((token = map_next(&r->tokens.items, &at))) {
		if (room_token_holds(token, wall_now()) && may_revoke(d, r, token))
			add_token(d, list, token);
	}
	return dispatch_reply(d, reply);
}

static enum verdict on_revoke(struct dispatch *d)
{
	struct room *r = room_of(d->entity);
	struct room_token *token;

	if (!is_open(d, r))
		return DONE;
	token = room_tokens_find(&r->tokens,
				 str_trim(xml_text(stanza_payload(&d->stanza), d->arena)));
	if (!token || !may_revoke(d, r, token))
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	drop(d, r, token);
	return dispatch_result(d);
}

#define TOKEN STR_INIT("urn:xmpp:muc-token-invite:0")

static const struct iq_handler iq[] = {
	{ TOKEN, STR_INIT("request"), IQ_SET, TARGET_OTHER, on_request },
	{ TOKEN, STR_INIT("tokens"), IQ_GET, TARGET_OTHER, on_list },
	{ TOKEN, STR_INIT("revoke"), IQ_SET, TARGET_OTHER, on_revoke },
	{ .run = NULL },
};

static const struct str vars[] = { TOKEN, { .ptr = NULL } };

const struct feature room_tokens_feature = {
	.name = "room_tokens",
	.spec = "XEP-0488 0.1.0",
	.test = "rooms/tokens.talk",
	.iq = iq,
	.disco_account = vars,
	.conf = &table,
};
