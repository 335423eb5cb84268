/* SPDX-License-Identifier: Apache-2.0 */
/* Erlang terms, see erlang_term.h. No recursion: what is open is a list. */
#include "server/transfer/erlang_term.h"

#include "base/sbuf.h"
#include "codec/utf8.h"

struct open_term {
	struct open_term *up;
	struct term *term, *last;
	char end; /* '}' or ']' */
};

struct parser {
	struct arena *a;
	struct str text;
	size_t at;
	struct open_term *open;
	unsigned depth;
};

/* ---- bytes ---- */

static int peek(const struct parser *p)
{
	return p->at < p->text.len ? (unsigned char)p->text.ptr[p->at] : -1;
}

static bool is_space(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* White space and comments. */
static void skip_space(struct parser *p)
{
	for (;;) {
		while (is_space(peek(p)))
			p->at++;
		if (peek(p) != '%')
			return;
		while (peek(p) >= 0 && peek(p) != '\n')
			p->at++;
	}
}

static bool take_text(struct parser *p, struct str word)
{
	skip_space(p);
	if (!str_starts(str_from_at(p->text, p->at), word))
		return false;
	p->at += word.len;
	return true;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_atom_byte(int c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       c == '@';
}

/* ---- quoted text ---- */

static int hex_value(int c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \xHH or \x{H…}; p stands behind the x. */
static bool take_hex(struct parser *p, struct sbuf *out)
{
	bool is_long = peek(p) == '{';
	uint32_t n = 0;
	unsigned digits = 0;

	p->at += is_long;
	while (digits < (is_long ? 6U : 2U) && hex_value(peek(p)) >= 0) {
		n = n << 4 | (uint32_t)hex_value(peek(p));
		p->at++;
		digits++;
	}
	if (!digits || (is_long && peek(p) != '}'))
		return false;
	p->at += is_long;
	return n < 256 && !is_long ? sbuf_add_char(out, (char)n) == OK : utf8_add(out, n) == OK;
}

/* p stands behind the backslash. */
static bool take_escape(struct parser *p, struct sbuf *out)
{
	static const char from[] = "bdefnrstv", to[] = "\b\x7f\x1b\f\n\r \t\v";
	int c = peek(p);
	const char *found = c > 0 ? memchr(from, c, sizeof(from) - 1) : NULL;
	unsigned n = 0, digits = 0;

	if (c < 0)
		return false;
	if (c == 'x') {
		p->at++;
		return take_hex(p, out);
	}
	while (digits < 3 && peek(p) >= '0' && peek(p) <= '7') {
		n = 8 * n + (unsigned)(peek(p) - '0');
		p->at++;
		digits++;
	}
	if (digits)
		return n < 256 && sbuf_add_char(out, (char)n) == OK;
	p->at++;
	return sbuf_add_char(out, found ? to[found - from] : (char)c) == OK;
}

/* p stands at the quote. */
static bool take_quoted(struct parser *p, struct str *ret)
{
	int quote = peek(p);
	size_t from = ++p->at;
	struct sbuf out scoped(sbuf_done) = SBUF(p->text.len + 8);

	while (peek(p) >= 0 && peek(p) != quote && peek(p) != '\\')
		p->at++;
	if (peek(p) == quote) {
		*ret = str_sub(p->text, from, p->at++ - from);
		return true;
	}
	(void)sbuf_add(&out, str_sub(p->text, from, p->at - from));
	while (peek(p) >= 0 && peek(p) != quote) {
		int c = peek(p);

		p->at++;
		if (c == '\\' ? !take_escape(p, &out) : sbuf_add_char(&out, (char)c) != OK)
			return false;
	}
	if (peek(p) != quote)
		return false;
	p->at++;
	*ret = arena_dup(p->a, sbuf_str(&out));
	return true;
}

/* ---- single terms ---- */

static bool take_int(struct parser *p, int64_t *ret)
{
	size_t from = p->at;

	p->at += peek(p) == '-';
	while (is_digit(peek(p)))
		p->at++;
	if (str_to_i64(str_sub(p->text, from, p->at - from), ret))
		return false;
	if (peek(p) == '.' && p->at + 1 < p->text.len && is_digit(p->text.ptr[p->at + 1])) {
		p->at++;
		while (peek(p) > 0 && (is_digit(peek(p)) || memchr("eE+-", peek(p), 4)))
			p->at++;
	}
	return true;
}

/* <<"text">>, <<"text"/utf8>> or <<1,2,3>>; p stands behind the <<. */
static bool take_binary(struct parser *p, struct str *ret)
{
	struct sbuf out scoped(sbuf_done) = SBUF(p->text.len);
	int64_t byte;

	skip_space(p);
	if (peek(p) == '"') {
		if (!take_quoted(p, ret))
			return false;
		(void)take_text(p, STR("/utf8"));
		return take_text(p, STR(">>"));
	}
	while (!take_text(p, STR(">>"))) {
		if (out.len && !take_text(p, STR(",")))
			return false;
		skip_space(p);
		if (!take_int(p, &byte) || byte < 0 || byte > 255 ||
		    sbuf_add_char(&out, (char)byte))
			return false;
	}
	*ret = arena_dup(p->a, sbuf_str(&out));
	return true;
}

static bool take_atom(struct parser *p, struct str *ret)
{
	size_t from = p->at;

	if (peek(p) == '\'')
		return take_quoted(p, ret);
	if (peek(p) < 'a' || peek(p) > 'z')
		return false;
	while (is_atom_byte(peek(p)))
		p->at++;
	*ret = str_sub(p->text, from, p->at - from);
	return true;
}

static void append(struct parser *p, struct term *t)
{
	struct open_term *o = p->open;

	if (o->last)
		o->last->next = t;
	else
		o->term->first = t;
	o->last = t;
	o->term->count++;
}

static void open_one(struct parser *p, struct term *t, char end)
{
	struct open_term *o = arena_new(p->a, struct open_term);

	o->term = t;
	o->end = end;
	o->up = p->open;
	p->open = o;
	p->depth++;
}

/* A term without what is in it. */
static bool take_term(struct parser *p)
{
	struct term *t = arena_new(p->a, struct term);
	int c;

	skip_space(p);
	c = peek(p);
	append(p, t);
	if (c == '{' || c == '[') {
		p->at++;
		t->type = c == '{' ? TERM_TUPLE : TERM_LIST;
		open_one(p, t, c == '{' ? '}' : ']');
		return true;
	}
	if (take_text(p, STR("<<"))) {
		t->type = TERM_BYTES;
		return take_binary(p, &t->bytes);
	}
	if (c == '"') {
		t->type = TERM_BYTES;
		return take_quoted(p, &t->bytes);
	}
	t->type = is_digit(c) || c == '-' ? TERM_INT : TERM_ATOM;
	return t->type == TERM_INT ? take_int(p, &t->number) : take_atom(p, &t->bytes);
}

/* Behind a term: ends, and the comma in front of the next one. */
static bool take_ends(struct parser *p)
{
	while (p->depth > 1) {
		char end[2] = { p->open->end, '\0' };

		if (take_text(p, str_from(end))) {
			p->open = p->open->up;
			p->depth--;
			continue;
		}
		return !p->open->last || take_text(p, STR(","));
	}
	return true;
}

enum err erlang_parse(struct arena *a, struct str text, const struct term **ret_term,
		      size_t *ret_at)
{
	struct parser p = { .a = a, .text = text };
	struct term root = { .type = TERM_LIST };
	bool is_good;

	open_one(&p, &root, '\0');
	do
		is_good = p.depth <= ERLANG_DEPTH_MAX && !arena_is_over(a) && take_term(&p) &&
			  take_ends(&p);
	while (is_good && p.depth > 1);
	if (is_good) {
		(void)take_text(&p, STR("."));
		skip_space(&p);
		is_good = p.at == text.len;
	}
	if (!is_good) {
		*ret_at = p.at;
		return p.depth > ERLANG_DEPTH_MAX || arena_is_over(a) ? ERR_TOO_BIG : ERR_INVALID;
	}
	*ret_term = root.first;
	return OK;
}

/* ---- asking ---- */

const struct term *term_at(const struct term *t, size_t n)
{
	const struct term *found =
		t && (t->type == TERM_TUPLE || t->type == TERM_LIST) ? t->first : NULL;

	while (found && n--)
		found = found->next;
	return found;
}

bool term_is_atom(const struct term *t, struct str name)
{
	return t && t->type == TERM_ATOM && str_eq(t->bytes, name);
}

bool term_is_record(const struct term *t, struct str name, size_t count)
{
	return t && t->type == TERM_TUPLE && t->count >= count && term_is_atom(t->first, name);
}

struct str term_bytes(const struct term *t)
{
	return t && t->type == TERM_BYTES ? t->bytes : STR_NONE;
}
