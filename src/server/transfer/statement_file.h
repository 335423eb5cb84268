/* SPDX-License-Identifier: Apache-2.0 */
/* A file of statements (Lua's with ';' behind them, Erlang's with '.'), one after the other, in
 * bounded memory: where each ends, strings and brackets looked at. Blocking; one thread. */
#pragma once

#include "base/err.h"
#include "base/sbuf.h"

enum { STATEMENT_MAX = 32 * 1024 * 1024 /* bytes of one */ };

enum statement_kind {
	STATEMENT_LUA,    /* ends with ';' outside of brackets, or with the file */
	STATEMENT_ERLANG, /* ends with '.' and white space behind it, or with the file */
};

struct statement_file {
	int fd;
	enum statement_kind kind;
	struct sbuf buf;
	size_t at;      /* of buf: what is not yet given out */
	size_t used;    /* bytes from there that were given out last */
	uint64_t taken; /* bytes of the file in front of buf */
	unsigned line;  /* on which the statement begins */
	unsigned next_line;
	bool is_over;
};

/* Takes fd. */
void statement_file_init(struct statement_file *f, int fd, enum statement_kind kind);
void statement_file_done(struct statement_file *f);

/* The next statement, valid until the next call; without pointer at the end. ERR_TOO_BIG, ERR_IO.
 */
must_check enum err statement_file_next(struct statement_file *f, struct str *ret_text);

/* Where in the file (bytes) that statement ends. */
uint64_t statement_file_end(const struct statement_file *f);
