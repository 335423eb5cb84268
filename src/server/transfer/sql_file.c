/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite files of other programs, see sql_file.h. */
#include "server/transfer/sql_file.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_LEN = 16, BUSY_MSEC = 5000 };

bool sql_file_is(const char *path)
{
	char head[HEAD_LEN] = "";
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool is_one;

	if (fd < 0)
		return false;
	is_one = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		 read(fd, head, sizeof(head)) == HEAD_LEN &&
		 memcmp(head, "SQLite format 3", HEAD_LEN) == 0;
	(void)close(fd); /* read only */
	return is_one;
}

static enum err refuse(const struct sql_file *f)
{
	report_at(f->report, f->path, 0);
	return report_refuse(f->report, "%.300s", f->db ? sqlite3_errmsg(f->db) : "no memory");
}

static enum err make_safe(struct sql_file *f)
{
	(void)sqlite3_limit(f->db, SQLITE_LIMIT_LENGTH, SQL_VALUE_MAX);
	(void)sqlite3_limit(f->db, SQLITE_LIMIT_ATTACHED, 0);
	if (sqlite3_db_config(f->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) ||
	    sqlite3_db_config(f->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) ||
	    sqlite3_db_config(f->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL) ||
	    sqlite3_db_config(f->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL) ||
	    sqlite3_busy_timeout(f->db, BUSY_MSEC) ||
	    sqlite3_exec(f->db, "PRAGMA query_only = 1; PRAGMA mmap_size = 0", NULL, NULL, NULL))
		return refuse(f);
	return OK;
}

enum err sql_file_open(struct sql_file *f, const char *path, struct report *report)
{
	int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;

	*f = (struct sql_file){ .report = report, .path = path };
	return sqlite3_open_v2(path, &f->db, flags, NULL) ? refuse(f) : make_safe(f);
}

void sql_file_done(struct sql_file *f)
{
	(void)sqlite3_close(f->db); /* all statements are gone */
	f->db = NULL;
}

/* ---- tables ---- */

enum err sql_file_find(struct sql_file *f, const char *table)
{
	const struct str name = str_from(table);
	struct sql_query q;
	bool has = false;
	enum err err = sql_query_begin(
		&q, f,
		"SELECT type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' FROM sqlite_schema "
		"WHERE name = ? AND type IN ('table', 'view')",
		&name, 1);

	if (!err)
		err = sql_query_next(&q, &has);
	if (!err && !has)
		err = ERR_NOT_FOUND;
	else if (!err && !sql_int(&q, 0))
		err = report_refuse(f->report, "%s is no table", table);
	sql_query_done(&q);
	return err;
}

bool sql_file_has(struct sql_file *f, const char *table, const char *column)
{
	return sqlite3_table_column_metadata(f->db, "main", table, column, NULL, NULL, NULL, NULL,
					     NULL) == SQLITE_OK;
}

/* ---- rows ---- */

enum err sql_query_begin(struct sql_query *q, struct sql_file *f, const char *text,
			 const struct str *values, size_t count)
{
	*q = (struct sql_query){ .file = f };
	if (sqlite3_prepare_v2(f->db, text, -1, &q->stmt, NULL))
		return refuse(f);
	for (size_t i = 0; i < count; i++) {
		if (sqlite3_bind_text(q->stmt, (int)i + 1, values[i].ptr ? values[i].ptr : "",
				      (int)values[i].len, SQLITE_TRANSIENT))
			return refuse(f);
	}
	return OK;
}

enum err sql_query_next(struct sql_query *q, bool *ret_has)
{
	int code = sqlite3_step(q->stmt);

	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return refuse(q->file);
	*ret_has = code == SQLITE_ROW;
	return OK;
}

struct str sql_text(const struct sql_query *q, int column)
{
	const char *text = (const char *)sqlite3_column_text(q->stmt, column);

	return str_make(text ? text : "", text ? (size_t)sqlite3_column_bytes(q->stmt, column) : 0);
}

int64_t sql_int(const struct sql_query *q, int column)
{
	return sqlite3_column_int64(q->stmt, column);
}

double sql_number(const struct sql_query *q, int column)
{
	return sqlite3_column_double(q->stmt, column);
}

void sql_query_done(struct sql_query *q)
{
	(void)sqlite3_finalize(q->stmt); /* what failed was said */
	q->stmt = NULL;
}
