/* SPDX-License-Identifier: Apache-2.0 */
/* What Prosody stores, value by value, see prosody_value.h. */
#include "server/transfer/prosody_value.h"

#include "codec/hex.h"
#include "server/transfer/prosody_stanza.h"
#include "xmpp/ns.h"

/* ---- credentials ---- */

static bool take_hex(struct prosody_taker *t, const struct lua *v, struct str name, struct str *ret)
{
	struct str text = lua_get_str(v, name);

	return text.len && hex_decode(&t->foreign.arena, text, ret) == OK;
}

static enum err on_account(struct prosody_taker *t, const struct lua *v)
{
	struct foreign_scram scram = { .salt = lua_get_str(v, STR("salt")),
				       .iterations = lua_get_number(v, STR("iteration_count"), 0) };
	double created = lua_get_number(v, STR("created"), 0);
	bool is_disabled = lua_is_true(lua_get(v, STR("disabled")));
	enum err err = OK;

	if (scram.salt.len && scram.iterations >= 1 && scram.iterations <= UINT32_MAX &&
	    take_hex(t, v, STR("stored_key"), &scram.stored_key) &&
	    take_hex(t, v, STR("server_key"), &scram.server_key))
		err = foreign_take_scram(&t->foreign, &scram);
	else if (!lua_get_str(v, STR("password")).ptr)
		foreign_leave_out(&t->foreign, PIECE_SCRAM, "not well formed");
	if (!err && (is_disabled || created > 0))
		err = foreign_take_settings(&t->foreign,
					    created > 0 && created < 1e10 ? (usec_t)(created * 1e6)
									  : 0,
					    is_disabled);
	return err;
}

/* ---- roster, blocked addresses ---- */

static enum err take_contact(struct prosody_taker *t, const struct lua *v)
{
	const struct lua *groups = lua_get(v, STR("groups"));
	struct xml *el = foreign_contact(&t->foreign, v->key->string, lua_get_str(v, STR("name")),
					 lua_get_str(v, STR("subscription")),
					 lua_get_str(v, STR("ask")).len > 0);

	if (lua_is_true(lua_get(v, STR("approved"))))
		xml_set(&t->foreign.arena, el, STR("approved"), STR("true"));
	for (const struct lua *g = groups && groups->type == LUA_TABLE ? groups->first : NULL; g;
	     g = g->next) {
		if (g->key && g->key->type == LUA_STRING)
			(void)xml_add_text_el(&t->foreign.arena, el, NS_ROSTER, STR("group"),
					      g->key->string);
	}
	return foreign_take(&t->foreign, PIECE_CONTACT, STR_NONE, el);
}

/* A request is true, or the stanza that it was. */
static enum err take_request(struct prosody_taker *t, const struct lua *v)
{
	struct xml *el;

	if (v->type != LUA_TABLE)
		return foreign_take_request(&t->foreign, v->key->string);
	el = prosody_stanza(&t->foreign.arena, v, NS_CLIENT);
	if (el)
		xml_set(&t->foreign.arena, el, STR("from"), v->key->string);
	return foreign_take(&t->foreign, PIECE_REQUEST, STR_NONE, el);
}

static bool has_string_key(const struct lua *v)
{
	return v->key && v->key->type == LUA_STRING;
}

static const struct lua *first_of(const struct lua *table)
{
	return table && table->type == LUA_TABLE ? table->first : NULL;
}

static enum err on_roster(struct prosody_taker *t, const struct lua *roster)
{
	const struct lua *pending = lua_get(lua_get_false(roster), STR("pending"));
	enum err err = OK;

	if (!pending) /* before 0.10 */
		pending = lua_get(roster, STR("pending"));
	for (const struct lua *v = first_of(pending); v && !err; v = v->next) {
		if (has_string_key(v) && (v->type == LUA_TABLE || lua_is_true(v)))
			err = take_request(t, v);
	}
	for (const struct lua *v = first_of(roster); v && !err; v = v->next) {
		if (has_string_key(v) && v->type == LUA_TABLE && v != pending)
			err = take_contact(t, v);
	}
	return err;
}

static enum err on_blocklist(struct prosody_taker *t, const struct lua *list)
{
	enum err err = OK;

	for (const struct lua *v = first_of(list); v && !err; v = v->next) {
		if (has_string_key(v) && (lua_is_true(v) || v->type == LUA_NUMBER))
			err = foreign_take_blocked(&t->foreign, v->key->string);
	}
	return err;
}

/* ---- single elements ---- */

static enum err on_vcard(struct prosody_taker *t, const struct lua *v)
{
	t->has_card = true;
	return foreign_take(&t->foreign, PIECE_VCARD, STR_NONE,
			    prosody_stanza(&t->foreign.arena, v, NS_VCARD));
}

static enum err on_private(struct prosody_taker *t, const struct lua *table)
{
	enum err err = OK;

	for (const struct lua *v = first_of(table); v && !err; v = v->next) {
		if (has_string_key(v))
			err = foreign_take(&t->foreign, PIECE_PRIVATE, STR_NONE,
					   prosody_stanza(&t->foreign.arena, v,
							  STR("jabber:iq:private")));
	}
	return err;
}

/* ---- messages ---- */

static usec_t when(const struct lua *v)
{
	double seconds = lua_get_number(v, STR("when"), 0);

	return seconds > 0 && seconds < 1e11 ? (usec_t)(seconds * 1e6) : 0;
}

static struct xml *message_of(struct prosody_taker *t, const struct lua *v)
{
	return prosody_stanza(&t->foreign.arena, v, NS_CLIENT);
}

enum err prosody_take_message(struct prosody_taker *t, enum piece_kind kind, struct xml *el,
			      usec_t wall)
{
	if (!el || (kind == PIECE_ARCHIVED && !wall)) {
		foreign_leave_out(&t->foreign, kind, "not well formed");
		return OK;
	}
	/* Of the store, not of the message. */
	xml_set(&t->foreign.arena, el, STR("stamp"), STR_NONE);
	xml_set(&t->foreign.arena, el, STR("stamp_legacy"), STR_NONE);
	return kind == PIECE_ARCHIVED ? foreign_take_archived(&t->foreign, el, wall)
				      : foreign_take_offline(&t->foreign, el, wall);
}

static enum err on_archived(struct prosody_taker *t, const struct lua *v)
{
	return prosody_take_message(t, PIECE_ARCHIVED, message_of(t, v), when(v));
}

static enum err on_offline(struct prosody_taker *t, const struct lua *v)
{
	return prosody_take_message(t, PIECE_OFFLINE, message_of(t, v), when(v));
}

/* [false]: the default; addresses: true or false. */
static enum err on_prefs(struct prosody_taker *t, const struct lua *prefs)
{
	struct arena *a = &t->foreign.arena;
	const struct lua *standard = lua_get_false(prefs);
	struct xml *el = xml_new(a, NS_MAM, STR("prefs")), *lists[2];
	struct str word = lua_str(standard);

	if (!word.ptr)
		word = lua_is_true(standard) ? STR("always") : STR("never");
	xml_set(a, el, STR("default"), word);
	lists[1] = xml_add_new(a, el, NS_MAM, STR("always"));
	lists[0] = xml_add_new(a, el, NS_MAM, STR("never"));
	for (const struct lua *v = first_of(prefs); v; v = v->next) {
		if (has_string_key(v) && v->type == LUA_BOOL)
			(void)xml_add_text_el(a, lists[v->is_true], NS_MAM, STR("jid"),
					      v->key->string);
	}
	return foreign_take(&t->foreign, PIECE_PREFS, STR_NONE, el);
}

/* ---- pubsub nodes of an account ---- */

static enum err on_nodes(struct prosody_taker *t, const struct lua *nodes)
{
	enum err err = OK;

	for (const struct lua *v = first_of(nodes); v && !err; v = v->next) {
		if (has_string_key(v) && (v->type == LUA_TABLE || lua_is_true(v)))
			err = foreign_take(&t->foreign, PIECE_NODE, STR_NONE,
					   prosody_node(&t->foreign.arena, v));
	}
	return err;
}

enum err prosody_take_item(struct prosody_taker *t, struct str node, struct str id,
			   struct xml *payload)
{
	struct arena *a = &t->foreign.arena;
	struct xml *card, *item;
	enum err err;

	if (payload)
		xml_set(a, payload, STR("stamp"), STR_NONE);
	card = payload && !t->has_card ? prosody_card(a, payload) : NULL;
	item = xml_new(a, STR("http://jabber.org/protocol/pubsub"), STR("item"));
	xml_set(a, item, STR("id"), id);
	if (payload)
		xml_add(item, payload);
	err = foreign_take(&t->foreign, PIECE_ITEM, node, item);
	if (err || !card)
		return err;
	t->has_card = true;
	return foreign_take(&t->foreign, PIECE_VCARD, STR_NONE, card);
}

/* ---- the stores ---- */

const struct prosody_store prosody_stores[] = {
	{ "accounts", PIECE_SCRAM, false, on_account },
	{ "roster", PIECE_CONTACT, false, on_roster },
	{ "vcard", PIECE_VCARD, false, on_vcard },
	{ "private", PIECE_PRIVATE, false, on_private },
	{ "blocklist", PIECE_BLOCKED, false, on_blocklist },
	{ "archive_prefs", PIECE_PREFS, false, on_prefs },
	{ "pep", PIECE_NODE, false, on_nodes },
	{ "offline", PIECE_OFFLINE, true, on_offline },
	{ "archive", PIECE_ARCHIVED, true, on_archived },
	{ .name = NULL },
};
