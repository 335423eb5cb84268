/* SPDX-License-Identifier: Apache-2.0 */
/* Prosody's database, see prosody_sql.h. Table "prosody": a row for each key of a table, with the
 * type of its value; what has no text for a key stands together under "". Table "prosodyarchive": a
 * row for each message or item. */
#include "server/transfer/prosody_sql.h"

#include "server/transfer/prosody_json.h"
#include "server/transfer/prosody_stanza.h"
#include "server/transfer/prosody_value.h"
#include "server/transfer/sql_file.h"
#include "xmpp/ns.h"

#include <stdlib.h>

enum { VALUE_MAX = 256 * 1024 * 1024 /* bytes of a store in memory */ };

struct reader {
	struct prosody_taker taker;
	struct sql_file file;
	struct arena values; /* of the store, or the row */
	struct str host, user;
};

static enum err refuse(struct reader *r, const char *store, const char *why)
{
	report_at(r->file.report, r->file.path, 0);
	return report_refuse(r->file.report, "%s of %.*s: %s", store,
			     STR_ARG(str_sub(r->user, 0, 100)), why);
}

/* ---- values ---- */

/* NULL: not what Prosody writes. */
static const struct lua *read_value(struct reader *r, struct str type, struct str text)
{
	struct lua *v = arena_zalloc(&r->values, sizeof(*v));
	const struct lua *json;

	if (str_eq(type, STR("json")))
		return prosody_json(&r->values, text, &json) ? NULL : json;
	if (str_eq(type, STR("boolean")))
		v->type = LUA_BOOL;
	else if (str_eq(type, STR("number")))
		v->type = LUA_NUMBER;
	else if (str_eq(type, STR("string")) || str_eq(type, STR("xml")))
		v->type = LUA_STRING;
	v->is_true = str_eq(text, STR("true"));
	v->string = arena_dup(&r->values, text);
	if (v->type == LUA_NUMBER)
		v->number = strtod(v->string.ptr, NULL);
	return v->type == LUA_NIL ? NULL : v;
}

/* Puts what the row says into the table: a value by its key, or all of those under "". */
static bool add_row(struct reader *r, const struct sql_query *q, struct lua *table)
{
	const struct lua *found = read_value(r, sql_text(q, 1), sql_text(q, 2));
	struct str key = sql_text(q, 0);
	struct lua *v;

	if (!found || (!key.len && found->type != LUA_TABLE))
		return false;
	if (!key.len) {
		struct lua **last = &table->first;

		while (*last)
			last = &(*last)->next;
		*last = found->first;
		return true;
	}
	v = arena_zalloc(&r->values, sizeof(*v));
	*v = *found;
	v->key = arena_zalloc(&r->values, sizeof(*v->key));
	v->key->type = LUA_STRING;
	v->key->string = arena_dup(&r->values, key);
	v->next = table->first;
	table->first = v;
	return true;
}

/* A store as one table; NULL: the account has none. */
static enum err read_table(struct reader *r, const char *store, const struct lua **ret_table)
{
	const struct str values[] = { r->host, r->user, str_from(store) };
	struct lua *table = NULL;
	struct sql_query q;
	bool has = true;
	enum err err = sql_query_begin(&q, &r->file,
				       "SELECT key, type, value FROM prosody WHERE host = ? AND "
				       "user = ? AND store = ?",
				       values, array_len(values));

	arena_wipe(&r->values);
	arena_init(&r->values, VALUE_MAX);
	while (!err && !(err = sql_query_next(&q, &has)) && has) {
		table = table ? table : arena_zalloc(&r->values, sizeof(*table));
		table->type = LUA_TABLE;
		if (!add_row(r, &q, table))
			err = refuse(r, store, "this is not what Prosody writes");
	}
	sql_query_done(&q);
	if (!err && arena_is_over(&r->values))
		err = refuse(r, store, err_text(ERR_TOO_BIG));
	if (!err)
		*ret_table = table;
	return err;
}

static enum err take_table(struct reader *r, const struct prosody_store *s)
{
	const struct lua *table;
	enum err err;

	foreign_begin(&r->taker.foreign);
	err = read_table(r, s->name, &table);
	report_at(r->file.report, s->name, 0);
	return err || !table ? err : s->take(&r->taker, table);
}

/* ---- rows of archives ---- */

typedef enum err row_fn(struct reader *r, const struct sql_query *q, struct str store);

static enum err each_row(struct reader *r, struct str store, row_fn *fn)
{
	const struct str values[] = { r->host, r->user, store };
	struct sql_query q;
	bool has = true;
	enum err err = sql_query_begin(&q, &r->file,
				       "SELECT key, type, value, \"when\" FROM prosodyarchive "
				       "WHERE host = ? AND user = ? AND store = ? ORDER BY sort_id",
				       values, array_len(values));

	while (!err && !(err = sql_query_next(&q, &has)) && has) {
		foreign_begin(&r->taker.foreign);
		err = fn(r, &q, store);
	}
	sql_query_done(&q);
	return err;
}

/* Stanzas are text of XML; in some versions tables in JSON. */
static struct xml *stanza_of(struct reader *r, const struct sql_query *q, struct str ns)
{
	struct foreign *f = &r->taker.foreign;
	const struct lua *v;

	if (str_eq(sql_text(q, 1), STR("xml")))
		return foreign_parse(f, sql_text(q, 2), ns);
	if (!str_eq(sql_text(q, 1), STR("json")) || prosody_json(&f->arena, sql_text(q, 2), &v))
		return NULL;
	return prosody_stanza(&f->arena, v, ns);
}

static enum err take_message(struct reader *r, const struct sql_query *q, struct str store)
{
	double when = sql_number(q, 3);
	usec_t wall = when > 0 && when < 1e11 ? (usec_t)(when * 1e6) : 0;

	return prosody_take_message(&r->taker,
				    str_eq(store, STR("archive")) ? PIECE_ARCHIVED : PIECE_OFFLINE,
				    stanza_of(r, q, NS_CLIENT), wall);
}

static enum err take_item(struct reader *r, const struct sql_query *q, struct str store)
{
	return prosody_take_item(&r->taker, str_from_at(store, PROSODY_NODE_STORE.len),
				 sql_text(q, 0), stanza_of(r, q, STR("")));
}

static enum err read_items(struct reader *r)
{
	const struct str values[] = { r->host, r->user };
	struct arena names scoped(arena_done) = { 0 };
	struct sql_query q;
	bool has = true;
	enum err err = sql_query_begin(&q, &r->file,
				       "SELECT DISTINCT store FROM prosodyarchive WHERE host = ? "
				       "AND user = ? AND store LIKE 'pep\\_%' ESCAPE '\\'",
				       values, array_len(values));

	arena_init(&names, VALUE_MAX);
	while (!err && !(err = sql_query_next(&q, &has)) && has)
		err = each_row(r, arena_dup(&names, sql_text(&q, 0)), take_item);
	sql_query_done(&q);
	return err;
}

/* ---- accounts ---- */

static enum err begin_account(struct reader *r)
{
	const struct lua *table;
	enum err err = read_table(r, "accounts", &table);

	report_at(r->file.report, "accounts", 0);
	if (err)
		return err;
	return r->taker.foreign.sink->begin(r->taker.foreign.sink, r->user,
					    lua_get_str(table, STR("password")));
}

static enum err read_account(struct reader *r)
{
	enum err err = begin_account(r);

	r->taker.has_card = false;
	for (const struct prosody_store *s = prosody_stores; s->name && !err; s++) {
		report_at(r->file.report, s->name, 0);
		err = s->is_list ? each_row(r, str_from(s->name), take_message) : take_table(r, s);
	}
	report_at(r->file.report, "pep", 0);
	if (!err)
		err = read_items(r);
	return err ? err : r->taker.foreign.sink->end(r->taker.foreign.sink);
}

static enum err read_accounts(struct reader *r)
{
	struct arena names scoped(arena_done) = { 0 };
	struct sql_query q;
	bool has = true, has_any = false;
	enum err err = sql_query_begin(&q, &r->file,
				       "SELECT DISTINCT user FROM prosody WHERE host = ? AND "
				       "store = 'accounts' ORDER BY user",
				       &r->host, 1);

	while (!err && !(err = sql_query_next(&q, &has)) && has) {
		arena_done(&names);
		arena_init(&names, VALUE_MAX);
		r->user = arena_dup(&names, sql_text(&q, 0));
		has_any = true;
		err = r->user.len ? read_account(r) : refuse(r, "accounts", "a name is missing");
	}
	sql_query_done(&q);
	report_at(r->file.report, r->file.path, 0);
	return err || has_any ? err
			      : report_refuse(r->file.report, "there are no accounts of this host");
}

enum err prosody_sql_read(const char *path, struct str domain, struct piece_sink *sink)
{
	static const char *const tables[] = { "prosody", "prosodyarchive" };
	struct reader r = { .host = domain };
	enum err err = sql_file_open(&r.file, path, sink->report);

	foreign_init(&r.taker.foreign, sink);
	arena_init(&r.values, VALUE_MAX);
	report_at(sink->report, path, 0);
	for (size_t i = 0; i < array_len(tables) && !err; i++) {
		err = sql_file_find(&r.file, tables[i]);
		if (err == ERR_NOT_FOUND)
			err = report_refuse(sink->report, "the table %s is missing", tables[i]);
	}
	if (!err)
		err = read_accounts(&r);
	report_at(sink->report, NULL, 0);
	arena_wipe(&r.values);
	foreign_done(&r.taker.foreign);
	sql_file_done(&r.file);
	return err;
}
