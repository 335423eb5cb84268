/* SPDX-License-Identifier: Apache-2.0 */
/* A look at a copy of a database, see inspect.h. */
#include "server/store/sqlite/inspect.h"

#include "server/store/sqlite/db.h"
#include "server/store/sqlite/schema.h"

enum { YOUNG_SINCE = 5 }; /* version: entries of new bodies stand in their rows (settle.h) */

/* One value of a statement; *ret_text (may be NULL) says whether it is "ok". */
static enum err ask(struct db *d, const char *sql, int64_t *ret_number, bool *ret_is_ok)
{
	sqlite3_stmt *q = NULL;
	enum err e = db_err(sqlite3_prepare_v2(d->conn, sql, -1, &q, NULL));
	bool has_row = false;

	if (!e)
		e = db_step(q, &has_row);
	if (!e && !has_row)
		e = ERR_INVALID;
	if (!e && ret_number)
		*ret_number = sqlite3_column_int64(q, 0);
	if (!e && ret_is_ok)
		*ret_is_ok = str_eq(db_str(q, 0), STR("ok"));
	(void)sqlite3_finalize(q);
	return e;
}

static enum err count(struct db *d, const char *sql, uint64_t *ret_count)
{
	int64_t n = 0;
	enum err e = ask(d, sql, &n, NULL);

	if (!e)
		*ret_count = (uint64_t)n;
	return e;
}

static enum err count_entries(struct db *d, struct sqlite_facts *facts)
{
	int64_t n = 0;
	enum err e;

	if (facts->version < YOUNG_SINCE)
		return count(d, "SELECT count(*) FROM entry", &facts->entries);
	e = db_run_int(db_stmt(d, STMT_STAT_ENTRIES), &n);
	if (!e)
		facts->entries = (uint64_t)n;
	return e;
}

static enum err look(struct db *d, struct sqlite_facts *facts)
{
	bool is_ok = false;
	enum err e = ask(d, "PRAGMA quick_check(1)", NULL, &is_ok);

	if (e || !is_ok)
		return ERR_INVALID;
	e = count(d, "SELECT count(*) FROM account", &facts->accounts);
	if (!e)
		e = count(d, "SELECT count(*) FROM body", &facts->messages);
	if (!e)
		e = count_entries(d, facts);
	if (!e)
		e = count(d, "SELECT count(*) FROM keyval", &facts->documents);
	return e;
}

enum err sqlite_inspect(const char *path, struct sqlite_facts *ret_facts)
{
	static const char *const pragmas[] = { "PRAGMA query_only = 1", NULL };
	struct sqlite_facts facts = { 0 };
	struct db d;
	enum err e = schema_look(path, &facts.version);

	if (e)
		return e;
	if (!facts.version)
		return ERR_INVALID;
	e = db_init(&d, path, NULL, pragmas);
	if (!e)
		e = look(&d, &facts);
	db_done(&d);
	if (!e)
		*ret_facts = facts;
	return e;
}
