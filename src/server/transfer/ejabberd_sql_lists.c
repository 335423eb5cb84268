/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in several tables of ejabberd's database: privacy lists, published nodes. */
#include "server/transfer/ejabberd_row.h"
#include "server/transfer/ejabberd_sql-private.h"
#include "xep/form.h"

#define NS_PRIVACY      STR("jabber:iq:privacy")
#define NS_PUBSUB       STR("http://jabber.org/protocol/pubsub")
#define NS_PUBSUB_OWNER STR("http://jabber.org/protocol/pubsub#owner")
#define NODE_CONFIG     STR("http://jabber.org/protocol/pubsub#node_config")

/* ---- privacy lists ---- */

static bool is_true(struct str text)
{
	return str_eq(text, STR("1")) || str_eq(text, STR("t")) || str_eq(text, STR("true"));
}

/* t, value, action, match_all, match_iq, match_message, match_presence_in, match_presence_out */
static void add_rule(struct arena *a, struct xml *list, const struct sql_query *q)
{
	static const struct {
		struct str letter, word;
	} types[] = {
		{ STR_INIT("j"), STR_INIT("jid") },
		{ STR_INIT("g"), STR_INIT("group") },
		{ STR_INIT("s"), STR_INIT("subscription") },
	};
	static const struct str kinds[] = { STR_INIT("iq"), STR_INIT("message"),
					    STR_INIT("presence-in"), STR_INIT("presence-out") };
	struct xml *item = xml_add_new(a, list, NS_PRIVACY, STR("item"));

	for (size_t i = 0; i < array_len(types); i++) {
		if (!str_eq(sql_text(q, 0), types[i].letter))
			continue;
		xml_set(a, item, STR("type"), types[i].word);
		xml_set(a, item, STR("value"), arena_dup(a, sql_text(q, 1)));
	}
	xml_set(a, item, STR("action"),
		str_eq(sql_text(q, 2), STR("d")) ? STR("deny") : STR("allow"));
	for (size_t i = 0; i < array_len(kinds) && !is_true(sql_text(q, 3)); i++) {
		if (is_true(sql_text(q, 4 + (int)i)))
			(void)xml_add_new(a, item, NS_PRIVACY, kinds[i]);
	}
}

static enum err add_rules(struct ejabberd_sql *r, struct xml *list, struct str id)
{
	struct sql_query q;
	bool has = true;
	enum err err = sql_query_begin(
		&q, &r->file,
		"SELECT t, value, action, match_all, match_iq, match_message, match_presence_in, "
		"match_presence_out FROM privacy_list_data WHERE id = CAST(? AS INTEGER) "
		"ORDER BY ord",
		&id, 1);

	while (!err && !(err = sql_query_next(&q, &has)) && has)
		add_rule(&r->foreign.arena, list, &q);
	sql_query_done(&q);
	return err;
}

/* name, id: of a default list. */
static enum err take_default_list(struct ejabberd_sql *r, const struct sql_query *q)
{
	struct arena *a = &r->foreign.arena;
	struct xml *query = xml_new(a, NS_PRIVACY, STR("query")), *list;
	struct str name = arena_dup(a, sql_text(q, 0));
	enum err err;

	xml_set(a, xml_add_new(a, query, NS_PRIVACY, STR("default")), STR("name"), name);
	list = xml_add_new(a, query, NS_PRIVACY, STR("list"));
	xml_set(a, list, STR("name"), name);
	err = add_rules(r, list, arena_dup(a, sql_text(q, 1)));
	return err ? err : foreign_take(&r->foreign, PIECE_PRIVACY, STR_NONE, query);
}

enum err ejabberd_sql_privacy(struct ejabberd_sql *r)
{
	static const char *const tables[] = { "privacy_list_data", "privacy_default_list" };
	bool has_host = sql_file_has(&r->file, "privacy_list", "server_host");

	for (size_t i = 0; i < array_len(tables); i++) {
		enum err err = sql_file_find(&r->file, tables[i]);

		if (err)
			return err == ERR_NOT_FOUND ? OK : err;
	}
	/* The other lists hold for nobody that we could ask: only the default one is taken. */
	return ejabberd_sql_each(
		r, "privacy_list", "name, id",
		has_host ? "AND name = (SELECT d.name FROM privacy_default_list AS d WHERE "
			   "d.username = privacy_list.username AND "
			   "d.server_host = privacy_list.server_host)"
			 : "AND name = (SELECT d.name FROM privacy_default_list AS d WHERE "
			   "d.username = privacy_list.username)",
		take_default_list);
}

/* ---- published nodes ---- */

static void add_option(struct arena *a, struct xml *form, const struct sql_query *q)
{
	struct str name = ARENA_JOIN(a, STR("pubsub#"), sql_text(q, 0));
	const struct term *value;
	struct xml *field;
	size_t at;

	if (erlang_parse(a, arena_dup(a, sql_text(q, 1)), &value, &at) || value->type == TERM_TUPLE)
		return;
	field = form_add(a, form, name, STR_NONE, STR_NONE);
	if (value->type != TERM_LIST)
		form_add_value(a, field, ejabberd_option_text(a, value));
	for (const struct term *v = value->type == TERM_LIST ? value->first : NULL; v; v = v->next)
		form_add_value(a, field, ejabberd_option_text(a, v));
}

static enum err take_node(struct ejabberd_sql *r, struct str node, struct str id)
{
	struct arena *a = &r->foreign.arena;
	struct xml *el, *form;
	struct sql_query q;
	bool has = true;
	enum err err = sql_query_begin(
		&q, &r->file,
		"SELECT name, val FROM pubsub_node_option WHERE nodeid = CAST(? AS INTEGER)", &id,
		1);

	foreign_begin(&r->foreign);
	el = xml_new(a, NS_PUBSUB_OWNER, STR("configure"));
	form = form_new(a, STR("submit"), NODE_CONFIG);
	xml_set(a, el, STR("node"), node);
	xml_add(el, form);
	while (!err && !(err = sql_query_next(&q, &has)) && has)
		add_option(a, form, &q);
	sql_query_done(&q);
	return err ? err : foreign_take(&r->foreign, PIECE_NODE, STR_NONE, el);
}

static enum err take_item(struct ejabberd_sql *r, struct str node, const struct sql_query *q)
{
	struct arena *a = &r->foreign.arena;
	struct xml *item, *payload;

	foreign_begin(&r->foreign);
	item = xml_new(a, NS_PUBSUB, STR("item"));
	xml_set(a, item, STR("id"), arena_dup(a, sql_text(q, 0)));
	payload = sql_text(q, 1).len ? foreign_parse(&r->foreign, sql_text(q, 1), STR("")) : NULL;
	if (payload)
		xml_add(item, payload);
	return foreign_take(&r->foreign, PIECE_ITEM, node, item);
}

static enum err take_items(struct ejabberd_sql *r, struct str node, struct str id)
{
	struct sql_query q;
	bool has = true;
	enum err err =
		sql_query_begin(&q, &r->file,
				"SELECT itemid, payload FROM pubsub_item WHERE nodeid = CAST(? AS "
				"INTEGER) ORDER BY modification, rowid",
				&id, 1);

	while (!err && !(err = sql_query_next(&q, &has)) && has)
		err = take_item(r, node, &q);
	sql_query_done(&q);
	return err;
}

enum err ejabberd_sql_nodes(struct ejabberd_sql *r)
{
	static const char *const tables[] = { "pubsub_node", "pubsub_node_option", "pubsub_item" };
	struct str owner = ARENA_JOIN(&r->names, r->user, STR("@"), r->host);
	struct sql_query q;
	bool has = true;
	enum err err;

	for (size_t i = 0; i < array_len(tables); i++) {
		err = sql_file_find(&r->file, tables[i]);
		if (err)
			return err == ERR_NOT_FOUND ? OK : err;
	}
	err = sql_query_begin(&q, &r->file,
			      "SELECT node, nodeid FROM pubsub_node WHERE host = ? ORDER BY nodeid",
			      &owner, 1);
	while (!err && !(err = sql_query_next(&q, &has)) && has) {
		struct str node = arena_dup(&r->names, sql_text(&q, 0));
		struct str id = arena_dup(&r->names, sql_text(&q, 1));

		report_at(r->file.report, "pubsub_node", 0);
		err = take_node(r, node, id);
		report_at(r->file.report, "pubsub_item", 0);
		if (!err)
			err = take_items(r, node, id);
	}
	sql_query_done(&q);
	return err;
}
