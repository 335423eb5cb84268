/* SPDX-License-Identifier: Apache-2.0 */
/* Lua constants and tables, see lua_data.h. No recursion: open tables are a list. */
#include "server/transfer/lua_data.h"

#include "base/sbuf.h"

#include <stdlib.h>

enum { NUMBER_MAX = 64 /* bytes of a number */ };

struct open_table {
	struct open_table *up;
	struct lua *table, *last;
	bool is_root; /* not a table: what stands behind "return" */
};

struct parser {
	struct arena *a;
	struct str text;
	size_t at;
	struct open_table *open;
	unsigned depth;
};

/* ---- bytes ---- */

static int peek(const struct parser *p)
{
	return p->at < p->text.len ? (unsigned char)p->text.ptr[p->at] : -1;
}

static void skip_space(struct parser *p)
{
	while (p->at < p->text.len && memchr(" \t\r\n\f\v", p->text.ptr[p->at], 6))
		p->at++;
}

static bool take_char(struct parser *p, char c)
{
	skip_space(p);
	if (peek(p) != (unsigned char)c)
		return false;
	p->at++;
	return true;
}

static bool is_name_byte(int c, bool is_first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!is_first && c >= '0' && c <= '9');
}

static struct str take_name(struct parser *p)
{
	size_t from;

	skip_space(p);
	from = p->at;
	while (is_name_byte(peek(p), p->at == from))
		p->at++;
	return str_sub(p->text, from, p->at - from);
}

/* ---- constants ---- */

/* One escape; p stands behind the backslash. */
static bool take_escape(struct parser *p, struct sbuf *out)
{
	static const char from[] = "abfnrtv\\\"'\n", to[] = "\a\b\f\n\r\t\v\\\"'\n";
	int c = peek(p);
	const char *found = c > 0 ? memchr(from, c, sizeof(from) - 1) : NULL;
	unsigned n = 0, digits = 0;

	if (found) {
		p->at++;
		return sbuf_add_char(out, to[found - from]) == OK;
	}
	while (digits < 3 && peek(p) >= '0' && peek(p) <= '9') {
		n = 10 * n + (unsigned)(peek(p) - '0');
		p->at++;
		digits++;
	}
	return digits > 0 && n < 256 && sbuf_add_char(out, (char)n) == OK;
}

/* p stands behind the quote. */
static bool take_string(struct parser *p, char quote, struct str *ret)
{
	size_t from = p->at;
	struct sbuf out scoped(sbuf_done) = SBUF(p->text.len);

	while (peek(p) >= 0 && peek(p) != quote && peek(p) != '\\' && peek(p) != '\n')
		p->at++;
	if (peek(p) == quote) {
		*ret = str_sub(p->text, from, p->at++ - from);
		return true;
	}
	(void)sbuf_add(&out, str_sub(p->text, from, p->at - from));
	while (peek(p) >= 0 && peek(p) != quote) {
		int c = peek(p);

		p->at++;
		if (c == '\n' || (c == '\\' ? !take_escape(p, &out) : sbuf_add_char(&out, (char)c)))
			return false;
	}
	if (!take_char(p, quote))
		return false;
	*ret = arena_dup(p->a, sbuf_str(&out));
	return true;
}

static bool take_number(struct parser *p, double *ret)
{
	char text[NUMBER_MAX + 1];
	size_t n = 0;
	char *end;

	while (n < NUMBER_MAX && peek(p) > 0 &&
	       memchr("+-.0123456789abcdefxpABCDEFXP", peek(p), 29))
		text[n++] = p->text.ptr[p->at++];
	text[n] = '\0';
	*ret = strtod(text, &end);
	return n > 0 && *end == '\0';
}

static bool take_word(struct parser *p, struct lua *v)
{
	struct str word = take_name(p);

	if (str_eq(word, STR("true")) || str_eq(word, STR("false"))) {
		v->type = LUA_BOOL;
		v->is_true = word.len == 4;
		return true;
	}
	v->type = LUA_NIL;
	return str_eq(word, STR("nil"));
}

/* Everything but tables. */
static bool take_constant(struct parser *p, struct lua *v)
{
	int c = peek(p);

	if (c == '"' || c == '\'') {
		p->at++;
		v->type = LUA_STRING;
		return take_string(p, (char)c, &v->string);
	}
	if (c == '-' || c == '.' || (c >= '0' && c <= '9')) {
		v->type = LUA_NUMBER;
		return take_number(p, &v->number);
	}
	return take_word(p, v);
}

/* ---- tables ---- */

static void append(struct open_table *t, struct lua *v)
{
	if (t->last)
		t->last->next = v;
	else
		t->table->first = v;
	t->last = v;
}

static void open_one(struct parser *p, struct lua *table)
{
	struct open_table *t = arena_new(p->a, struct open_table);

	t->table = table;
	t->up = p->open;
	p->open = t;
	p->depth++;
}

/* "[constant] =" or "name =" in front of a value, if it stands there. */
static bool take_key(struct parser *p, struct lua **ret_key)
{
	size_t from = p->at;
	struct lua *key = arena_new(p->a, struct lua);

	*ret_key = NULL;
	if (take_char(p, '[')) {
		skip_space(p);
		if (!take_constant(p, key) || !take_char(p, ']') || !take_char(p, '='))
			return false;
		*ret_key = key;
		return true;
	}
	key->type = LUA_STRING;
	key->string = take_name(p);
	if (key->string.len && take_char(p, '='))
		*ret_key = key;
	else
		p->at = from;
	return true;
}

/* A value with its key, or the end of the table. */
static bool take_field(struct parser *p)
{
	struct lua *v, *key;

	skip_space(p);
	if (!take_key(p, &key))
		return false;
	v = arena_new(p->a, struct lua);
	v->key = key;
	append(p->open, v);
	skip_space(p);
	if (peek(p) == '{') {
		p->at++;
		v->type = LUA_TABLE;
		open_one(p, v);
		return true;
	}
	return take_constant(p, v);
}

/* Behind a value: separators, and ends of tables. */
static bool take_ends(struct parser *p)
{
	while (p->depth > 1) {
		bool is_first = !p->open->last;

		if (take_char(p, '}')) {
			p->open = p->open->up;
			p->depth--;
			continue;
		}
		if (is_first)
			return true;
		if (!take_char(p, ';') && !take_char(p, ','))
			return false;
		if (take_char(p, '}')) {
			p->open = p->open->up;
			p->depth--;
			continue;
		}
		return true;
	}
	return true;
}

static bool take_value(struct parser *p, struct lua *root)
{
	open_one(p, root);
	do {
		if (p->depth > LUA_DEPTH_MAX || arena_is_over(p->a) || !take_field(p) ||
		    !take_ends(p))
			return false;
	} while (p->depth > 1);
	return true;
}

static bool take_statement(struct parser *p, struct lua *root)
{
	struct str name = take_name(p);
	bool is_call = !str_eq(name, STR("return"));

	if (!name.len || (is_call && !take_char(p, '(')) || !take_value(p, root) ||
	    (is_call && !take_char(p, ')')))
		return false;
	(void)take_char(p, ';');
	skip_space(p);
	return p->at == p->text.len;
}

enum err lua_parse(struct arena *a, struct str text, const struct lua **ret_value, size_t *ret_at)
{
	struct parser p = { .a = a, .text = text };
	struct lua root = { .type = LUA_TABLE };

	if (!take_statement(&p, &root)) {
		*ret_at = p.at;
		return p.depth > LUA_DEPTH_MAX || arena_is_over(a) ? ERR_TOO_BIG : ERR_INVALID;
	}
	if (arena_is_over(a))
		return ERR_TOO_BIG;
	*ret_value = root.first;
	return OK;
}

/* ---- asking ---- */

const struct lua *lua_get(const struct lua *t, struct str key)
{
	const struct lua *found = NULL;

	for (const struct lua *v = t && t->type == LUA_TABLE ? t->first : NULL; v; v = v->next) {
		if (v->key && v->key->type == LUA_STRING && str_eq(v->key->string, key))
			found = v;
	}
	return found;
}

const struct lua *lua_get_false(const struct lua *t)
{
	for (const struct lua *v = t && t->type == LUA_TABLE ? t->first : NULL; v; v = v->next) {
		if (v->key && v->key->type == LUA_BOOL && !v->key->is_true)
			return v;
	}
	return NULL;
}

struct str lua_str(const struct lua *v)
{
	return v && v->type == LUA_STRING ? v->string : STR_NONE;
}

struct str lua_get_str(const struct lua *t, struct str key)
{
	return lua_str(lua_get(t, key));
}

bool lua_is_true(const struct lua *v)
{
	return v && v->type == LUA_BOOL && v->is_true;
}

double lua_get_number(const struct lua *t, struct str key, double otherwise)
{
	const struct lua *v = lua_get(t, key);

	return v && v->type == LUA_NUMBER ? v->number : otherwise;
}
