/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of a file, see statement_file.h. */
#include "server/transfer/statement_file.h"

#include <errno.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024 };

void statement_file_init(struct statement_file *f, int fd, enum statement_kind kind)
{
	*f = (struct statement_file){ .fd = fd, .kind = kind, .line = 1, .next_line = 1 };
	f->buf = SBUF(STATEMENT_MAX + 2 * CHUNK);
}

void statement_file_done(struct statement_file *f)
{
	sbuf_done(&f->buf);
	if (f->fd >= 0)
		(void)close(f->fd); /* only read */
	f->fd = -1;
}

/* False at the end, and when it cannot be read: then err of the buffer is set. */
static bool fill(struct statement_file *f)
{
	ssize_t n;

	if (f->is_over || f->buf.err || sbuf_room(&f->buf, CHUNK))
		return false;
	do
		n = read(f->fd, f->buf.ptr + f->buf.len, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		f->buf.err = ERR_IO;
	f->is_over = n <= 0;
	f->buf.len += n > 0 ? (size_t)n : 0;
	return n > 0;
}

/* Offsets count from what is not yet given out. */
static int byte_at(struct statement_file *f, size_t offset)
{
	while (f->at + offset >= f->buf.len) {
		if (!fill(f))
			return -1;
	}
	return (unsigned char)f->buf.ptr[f->at + offset];
}

/* Gives n bytes up, and counts their lines. Moving the rest for each statement would cost more than
 * reading it. */
static void pass(struct statement_file *f, size_t n)
{
	const char *p = f->buf.ptr + f->at, *end = p + n;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		f->next_line++;
		p++;
	}
	f->at += n;
	if (f->at < CHUNK)
		return;
	sbuf_drop(&f->buf, f->at);
	f->taken += f->at;
	f->at = 0;
}

static bool is_space(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct scan {
	int quote;
	int depth;
	bool is_comment;
};

/* One byte inside of a quoted text or a comment. False: it stands in neither. */
static bool step_quoted(struct statement_file *f, struct scan *s, int c, size_t *at)
{
	if (s->is_comment) {
		s->is_comment = c != '\n';
		return true;
	}
	if (!s->quote)
		return false;
	if (c == '\\' && byte_at(f, *at + 1) >= 0)
		++*at;
	else if (c == s->quote)
		s->quote = 0;
	return true;
}

/* Whether the statement ends with the byte at at. */
static bool step(struct statement_file *f, struct scan *s, size_t *at)
{
	bool is_erlang = f->kind == STATEMENT_ERLANG;
	int c = byte_at(f, *at), behind;

	if (step_quoted(f, s, c, at))
		return false;
	if (is_erlang && c == '$') { /* a character */
		++*at;
		if (byte_at(f, *at) == '\\')
			++*at;
	} else if (is_erlang && c == '%') {
		s->is_comment = true;
	} else if (c == '"' || c == '\'') {
		s->quote = c;
	} else if (c == '{' || c == '(' || c == '[') {
		s->depth++;
	} else if (c == '}' || c == ')' || c == ']') {
		s->depth--;
	} else if (s->depth <= 0 && c == (is_erlang ? '.' : ';')) {
		behind = is_erlang ? byte_at(f, *at + 1) : -1;
		return behind < 0 || is_space(behind);
	}
	return false;
}

enum err statement_file_next(struct statement_file *f, struct str *ret_text)
{
	struct scan s = { .quote = 0 };
	size_t at = 0;

	if (f->used)
		pass(f, f->used);
	f->used = 0;
	while (is_space(byte_at(f, 0)))
		pass(f, 1);
	f->line = f->next_line;
	while (byte_at(f, at) >= 0) {
		bool is_end = step(f, &s, &at);

		at++;
		if (is_end)
			break;
		if (at > STATEMENT_MAX)
			return ERR_TOO_BIG;
	}
	if (f->buf.err)
		return f->buf.err;
	f->used = at < f->buf.len - f->at ? at : f->buf.len - f->at;
	*ret_text = f->used ? str_make(f->buf.ptr + f->at, f->used) : STR_NONE;
	return OK;
}

uint64_t statement_file_end(const struct statement_file *f)
{
	return f->taken + f->at + f->used;
}
