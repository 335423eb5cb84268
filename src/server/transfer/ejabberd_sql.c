/* SPDX-License-Identifier: Apache-2.0 */
/* ejabberd's database, see ejabberd_sql.h: accounts and what has one row for each piece. Its newer
 * form has a column server_host in each table that is of an account. */
#include "server/transfer/ejabberd_sql.h"

#include "codec/base64.h"
#include "server/transfer/ejabberd_row.h"
#include "server/transfer/ejabberd_sql-private.h"
#include "xmpp/ns.h"

#include <stdio.h>

enum { NAMES_MAX = 16 * 1024 * 1024, QUERY_MAX = 512 /* bytes */ };

enum err ejabberd_sql_each(struct ejabberd_sql *r, const char *table, const char *columns,
			   const char *rest, ejabberd_sql_fn *fn)
{
	const struct str values[] = { r->user, r->host };
	char text[QUERY_MAX];
	struct sql_query q;
	bool has_host, has = true;
	enum err err = sql_file_find(&r->file, table);

	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	has_host = sql_file_has(&r->file, table, "server_host");
	must(snprintf(text, sizeof(text), "SELECT %s FROM %s WHERE username = ?%s %s", columns,
		      table, has_host ? " AND server_host = ?" : "", rest) < (int)sizeof(text));
	err = sql_query_begin(&q, &r->file, text, values, has_host ? 2 : 1);
	while (!err && !(err = sql_query_next(&q, &has)) && has) {
		report_at(r->file.report, table, 0);
		foreign_begin(&r->foreign);
		err = fn(r, &q);
	}
	sql_query_done(&q);
	return err;
}

/* ---- credentials ---- */

/* "sha256:…"; SHA-1 has nothing in front. */
static struct str without_hash(struct str key)
{
	ptrdiff_t colon = str_index(key, ':');

	return colon < 0 ? key : str_from_at(key, (size_t)colon + 1);
}

/* password, serverkey, salt, iterationcount: without a salt it is one in the clear. */
static enum err take_scram(struct ejabberd_sql *r, const struct sql_query *q)
{
	struct arena *a = &r->foreign.arena;
	struct foreign_scram scram = { .iterations = sql_number(q, 3) };

	if (!sql_text(q, 2).len)
		return OK;
	if (scram.iterations >= 1 && scram.iterations <= UINT32_MAX &&
	    base64_decode(a, without_hash(sql_text(q, 0)), &scram.stored_key) == OK &&
	    base64_decode(a, sql_text(q, 1), &scram.server_key) == OK &&
	    base64_decode(a, sql_text(q, 2), &scram.salt) == OK)
		return foreign_take_scram(&r->foreign, &scram);
	foreign_leave_out(&r->foreign, PIECE_SCRAM, "not well formed");
	return OK;
}

/* ---- roster ---- */

static enum err take_group(struct ejabberd_sql *r, struct xml *item, struct str jid)
{
	const struct str values[] = { r->user, jid, r->host };
	bool has_host = sql_file_has(&r->file, "rostergroups", "server_host"), has = true;
	struct sql_query q;
	enum err err = sql_query_begin(&q, &r->file,
				       has_host ? "SELECT grp FROM rostergroups WHERE username = ? "
						  "AND jid = ? AND server_host = ?"
						: "SELECT grp FROM rostergroups WHERE username = ? "
						  "AND jid = ?",
				       values, has_host ? 3 : 2);

	while (!err && !(err = sql_query_next(&q, &has)) && has) {
		if (sql_text(&q, 0).len)
			(void)xml_add_text_el(&r->foreign.arena, item, NS_ROSTER, STR("group"),
					      arena_dup(&r->foreign.arena, sql_text(&q, 0)));
	}
	sql_query_done(&q);
	return err;
}

static struct str subscription_of(struct str letter)
{
	static const struct {
		struct str letter, word;
	} rows[] = {
		{ STR_INIT("N"), STR_INIT("none") },
		{ STR_INIT("T"), STR_INIT("to") },
		{ STR_INIT("F"), STR_INIT("from") },
		{ STR_INIT("B"), STR_INIT("both") },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		if (str_eq(letter, rows[i].letter))
			return rows[i].word;
	}
	return STR("?");
}

/* jid, nick, subscription, ask: N none, S or O out, I in, B both, U unsubscribe. */
static enum err take_contact(struct ejabberd_sql *r, const struct sql_query *q)
{
	struct arena *a = &r->foreign.arena;
	struct str jid = arena_dup(a, sql_text(q, 0)), ask = sql_text(q, 3);
	bool is_both = str_eq(ask, STR("B")), is_in = str_eq(ask, STR("I"));
	bool is_asking = is_both || str_eq(ask, STR("S")) || str_eq(ask, STR("O"));
	struct str subscription = subscription_of(sql_text(q, 2));
	struct xml *el;
	enum err err = OK;

	if (is_in || is_both)
		err = foreign_take_request(&r->foreign, jid);
	/* What only asks is in no roster that anybody sees. */
	if (err || (is_in && str_eq(subscription, STR("none"))))
		return err;
	el = foreign_contact(&r->foreign, jid, arena_dup(a, sql_text(q, 1)), subscription,
			     is_asking);
	err = take_group(r, el, jid);
	return err ? err : foreign_take(&r->foreign, PIECE_CONTACT, STR_NONE, el);
}

/* ---- single elements ---- */

static enum err take_card(struct ejabberd_sql *r, const struct sql_query *q)
{
	return foreign_take(&r->foreign, PIECE_VCARD, STR_NONE,
			    foreign_parse(&r->foreign, sql_text(q, 0), NS_VCARD));
}

static enum err take_private(struct ejabberd_sql *r, const struct sql_query *q)
{
	return foreign_take(&r->foreign, PIECE_PRIVATE, STR_NONE,
			    foreign_parse(&r->foreign, sql_text(q, 0), STR("")));
}

/* def, always, never: the lists are terms. */
static enum err take_prefs(struct ejabberd_sql *r, const struct sql_query *q)
{
	struct arena *a = &r->foreign.arena;
	struct xml *el = xml_new(a, NS_MAM, STR("prefs"));
	const struct term *lists[2];
	size_t at;

	for (int i = 0; i < 2; i++) {
		if (erlang_parse(a, arena_dup(a, sql_text(q, 1 + i)), &lists[i], &at)) {
			foreign_leave_out(&r->foreign, PIECE_PREFS, "not well formed");
			return OK;
		}
	}
	xml_set(a, el, STR("default"), arena_dup(a, sql_text(q, 0)));
	ejabberd_add_jids(a, el, STR("always"), lists[0]);
	ejabberd_add_jids(a, el, STR("never"), lists[1]);
	return foreign_take(&r->foreign, PIECE_PREFS, STR_NONE, el);
}

/* ---- messages ---- */

static enum err take_offline(struct ejabberd_sql *r, const struct sql_query *q)
{
	struct xml *el = foreign_parse(&r->foreign, sql_text(q, 0), NS_CLIENT);

	if (el)
		return foreign_take_offline(&r->foreign, el, 0); /* it says when */
	foreign_leave_out(&r->foreign, PIECE_OFFLINE, "not well formed");
	return OK;
}

/* xml, timestamp in microseconds. */
static enum err take_archived(struct ejabberd_sql *r, const struct sql_query *q)
{
	struct xml *el = foreign_parse(&r->foreign, sql_text(q, 0), NS_CLIENT);

	if (el && sql_int(q, 1) > 0)
		return foreign_take_archived(&r->foreign, el, sql_int(q, 1));
	foreign_leave_out(&r->foreign, PIECE_ARCHIVED, "not well formed");
	return OK;
}

/* ---- accounts ---- */

static enum err read_account(struct ejabberd_sql *r)
{
	static const struct {
		const char *table, *columns, *rest;
		ejabberd_sql_fn *fn;
	} rows[] = {
		{ "users", "password, serverkey, salt, iterationcount", "", take_scram },
		{ "rosterusers", "jid, nick, subscription, ask", "ORDER BY jid", take_contact },
		{ "vcard", "vcard", "", take_card },
		{ "private_storage", "data", "ORDER BY namespace", take_private },
		{ "archive_prefs", "def, always, never", "", take_prefs },
		{ "spool", "xml", "ORDER BY seq", take_offline },
		{ "archive", "xml, timestamp", "ORDER BY timestamp, id", take_archived },
	};
	enum err err = OK;

	for (size_t i = 0; i < array_len(rows) && !err; i++)
		err = ejabberd_sql_each(r, rows[i].table, rows[i].columns, rows[i].rest,
					rows[i].fn);
	if (!err)
		err = ejabberd_sql_privacy(r);
	if (!err)
		err = ejabberd_sql_nodes(r);
	return err ? err : r->foreign.sink->end(r->foreign.sink);
}

static enum err begin_account(struct ejabberd_sql *r, const struct sql_query *q)
{
	bool is_clear = !sql_text(q, 2).len;

	arena_wipe(&r->names);
	arena_init(&r->names, NAMES_MAX);
	r->user = arena_dup(&r->names, sql_text(q, 0));
	report_at(r->file.report, "users", 0);
	return r->foreign.sink->begin(r->foreign.sink, r->user,
				      is_clear ? arena_dup(&r->names, sql_text(q, 1)) : STR_NONE);
}

/* Since 24 an account may have a row for each kind of password: one in the clear says what all
 * others do, so it comes first. */
static enum err read_accounts(struct ejabberd_sql *r)
{
	bool has_host = sql_file_has(&r->file, "users", "server_host"), has = true;
	struct sql_query q;
	enum err err = sql_query_begin(
		&q, &r->file,
		has_host ? "SELECT username, password, salt FROM users WHERE server_host = ? "
			   "ORDER BY username, length(salt) > 0"
			 : "SELECT username, password, salt FROM users ORDER BY username, "
			   "length(salt) > 0",
		&r->host, has_host ? 1 : 0);

	while (!err && !(err = sql_query_next(&q, &has)) && has) {
		if (str_eq(r->user, sql_text(&q, 0)) && r->user.len)
			continue;
		err = begin_account(r, &q);
		if (!err)
			err = read_account(r);
	}
	sql_query_done(&q);
	return err;
}

enum err ejabberd_sql_read(const char *path, struct str domain, struct piece_sink *sink)
{
	struct ejabberd_sql r = { .host = domain };
	enum err err = sql_file_open(&r.file, path, sink->report);

	foreign_init(&r.foreign, sink);
	arena_init(&r.names, NAMES_MAX);
	report_at(sink->report, path, 0);
	if (!err)
		err = sql_file_find(&r.file, "users");
	if (err == ERR_NOT_FOUND)
		err = report_refuse(sink->report, "the table users is missing");
	if (!err)
		err = read_accounts(&r);
	report_at(sink->report, NULL, 0);
	arena_wipe(&r.names);
	foreign_done(&r.foreign);
	sql_file_done(&r.file);
	return err;
}
