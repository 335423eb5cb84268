/* SPDX-License-Identifier: Apache-2.0 */
/* An SQLite file of another program, which may be hostile: opened for reading, its tables must be
 * tables, its values are bounded. Blocking; one thread. */
#pragma once

#include "server/transfer/report.h"

enum { SQL_VALUE_MAX = 32 * 1024 * 1024 /* bytes of a value */ };

struct sqlite3;
struct sqlite3_stmt;

struct sql_file {
	struct sqlite3 *db;
	struct report *report;
	const char *path; /* borrowed */
};

/* Whether the file at path is one. */
bool sql_file_is(const char *path);

/* Refuses (ERR_INVALID, the reason in report) what cannot be opened. sql_file_done in any case. */
must_check enum err sql_file_open(struct sql_file *f, const char *path, struct report *report);
void sql_file_done(struct sql_file *f);

/* OK, ERR_NOT_FOUND, or ERR_INVALID: it is there, but is no table (a view could be anything). */
must_check enum err sql_file_find(struct sql_file *f, const char *table);

/* Whether a table has this column. */
bool sql_file_has(struct sql_file *f, const char *table, const char *column);

struct sql_query {
	struct sql_file *file;
	struct sqlite3_stmt *stmt;
};

/* text is constant; its '?' get the values in their order. Refuses when a column is missing.
 * sql_query_done in any case. */
must_check enum err sql_query_begin(struct sql_query *q, struct sql_file *f, const char *text,
				    const struct str *values, size_t count);

/* The next row, or at the end *ret_has = false. Refuses what is damaged. */
must_check enum err sql_query_next(struct sql_query *q, bool *ret_has);

/* Of the row, until the next one. A NULL is empty. */
struct str sql_text(const struct sql_query *q, int column);
int64_t sql_int(const struct sql_query *q, int column);
double sql_number(const struct sql_query *q, int column);

void sql_query_done(struct sql_query *q);
