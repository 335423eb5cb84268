/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds and the resource filter of archive queries, see archive.h. */
#include "server/store/archive.h"

static const struct archive_range nothing = { .low = 1, .high = 0 };

/* The part of r behind after and in front of before, both exclusive, 0: open. */
static struct archive_range cut(struct archive_range r, int64_t after, int64_t before)
{
	if (after && after >= r.low) {
		if (after == INT64_MAX)
			return nothing;
		r.low = after + 1;
	}
	if (before && before <= r.high) {
		if (before == INT64_MIN)
			return nothing;
		r.high = before - 1;
	}
	return r;
}

struct archive_range archive_range_of(const struct archive_query *q, bool is_paged)
{
	struct archive_range r = { .low = INT64_MIN, .high = INT64_MAX };

	if (q->wall_start)
		r.low = q->wall_start;
	if (q->wall_end)
		r.high = q->wall_end;
	if (q->visible && q->visible < r.high)
		r.high = q->visible;
	r = cut(r, q->above, q->below);
	return is_paged ? cut(r, q->after, q->before) : r;
}

bool archive_is_bound(const struct archive_query *q)
{
	return q->must_exist && (q->after || q->before || q->above || q->below || q->id_count);
}

unsigned archive_page_rows(const struct archive_query *q)
{
	return q->max < ARCHIVE_PAGE_MAX ? q->max : ARCHIVE_PAGE_MAX;
}

bool archive_page_is_full(const struct archive_query *q, unsigned rows, size_t bytes)
{
	return rows >= archive_page_rows(q) || (rows && q->max_bytes && bytes >= q->max_bytes);
}

/* ---- the start tag ---- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_space(struct str *s)
{
	while (s->len && is_space(s->ptr[0]))
		*s = str_from_at(*s, 1);
}

/* Takes the characters of a name (for our purpose: up to what can end one). */
static struct str take_name(struct str *s)
{
	static const char enders[] = { '=', '/', '>', '<', '"', '\'' };
	size_t n = 0;
	struct str name;

	while (n < s->len && !is_space(s->ptr[n]) && !memchr(enders, s->ptr[n], sizeof(enders)))
		n++;
	name = str_sub(*s, 0, n);
	*s = str_from_at(*s, n);
	return name;
}

/* Takes one attribute, its value still escaped. False at the end of the tag, or where it is no XML.
 */
static bool take_attr(struct str *s, struct str *ret_name, struct str *ret_value)
{
	struct str name;
	ptrdiff_t end;

	skip_space(s);
	name = take_name(s);
	if (str_is_empty(name))
		return false;
	skip_space(s);
	if (s->len < 2 || s->ptr[0] != '=')
		return false;
	*s = str_from_at(*s, 1);
	skip_space(s);
	if (s->len < 2 || (s->ptr[0] != '"' && s->ptr[0] != '\''))
		return false;
	end = str_index(str_from_at(*s, 1), s->ptr[0]);
	if (end < 0)
		return false;
	*ret_name = name;
	*ret_value = str_sub(*s, 1, (size_t)end);
	*s = str_from_at(*s, (size_t)end + 2);
	return true;
}

/* ---- values ---- */

static size_t encode_utf8(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* The code point of a reference "#38" or "#x26"; 0 if it is none. */
static uint32_t number_of(struct str name)
{
	bool is_hex = name.len > 1 && name.ptr[1] == 'x';
	uint32_t c = 0;

	for (size_t i = is_hex ? 2 : 1; i < name.len; i++) {
		char d = name.ptr[i];
		uint32_t v = d >= '0' && d <= '9'             ? (uint32_t)(d - '0')
			     : is_hex && d >= 'a' && d <= 'f' ? (uint32_t)(d - 'a' + 10)
			     : is_hex && d >= 'A' && d <= 'F' ? (uint32_t)(d - 'A' + 10)
							      : 99;

		if (v == 99)
			return 0;
		c = c * (is_hex ? 16 : 10) + v;
		if (c > 0x10ffff)
			return 0;
	}
	return c;
}

/* Decodes the character in front of *s into out; gives its length, 0 where it is no XML. */
static size_t take_char(struct str *s, char out[4])
{
	static const struct {
		struct str name;
		char c;
	} names[] = { { STR_INIT("amp"), '&' },
		      { STR_INIT("lt"), '<' },
		      { STR_INIT("gt"), '>' },
		      { STR_INIT("apos"), '\'' },
		      { STR_INIT("quot"), '"' } };
	struct str name;
	ptrdiff_t end;
	uint32_t c = 0;

	out[0] = s->ptr[0];
	if (out[0] != '&') {
		*s = str_from_at(*s, 1);
		return 1;
	}
	end = str_index(*s, ';');
	if (end < 2)
		return 0;
	name = str_sub(*s, 1, (size_t)end - 1);
	*s = str_from_at(*s, (size_t)end + 1);
	for (size_t i = 0; i < array_len(names); i++) {
		if (str_eq(name, names[i].name))
			c = (uint32_t)(unsigned char)names[i].c;
	}
	if (!c && name.ptr[0] == '#')
		c = number_of(name);
	return c ? encode_utf8(c, out) : 0;
}

/* Takes the expected text off the front of the escaped value. */
static bool take_text(struct str *value, struct str expected)
{
	size_t at = 0;

	while (at < expected.len && value->len) {
		char c[4];
		size_t n = take_char(value, c);

		if (n == 0 || n > expected.len - at || memcmp(expected.ptr + at, c, n) != 0)
			return false;
		at += n;
	}
	return at == expected.len;
}

static bool is_full_jid(struct str value, struct str bare, struct str resource)
{
	return take_text(&value, bare) && take_text(&value, STR("/")) &&
	       take_text(&value, resource) && str_is_empty(value);
}

bool archive_matches_resource(const struct archive_query *q, struct str stanza)
{
	struct str name, value;

	if (!str_is_set(q->with_resource))
		return true;
	skip_space(&stanza);
	if (stanza.len == 0 || stanza.ptr[0] != '<')
		return false;
	stanza = str_from_at(stanza, 1);
	(void)take_name(&stanza);
	while (take_attr(&stanza, &name, &value)) {
		if ((str_eq(name, STR("from")) || str_eq(name, STR("to"))) &&
		    is_full_jid(value, q->with, q->with_resource))
			return true;
	}
	return false;
}

static struct str bare_of(struct arena *a, struct str escaped)
{
	char *text = arena_alloc(a, escaped.len + 1);
	size_t len = 0;

	while (escaped.len) {
		char c[4];
		size_t n = take_char(&escaped, c);

		if (!n)
			return STR_NONE;
		if (c[0] == '/')
			break;
		memcpy(text + len, c, n);
		len += n;
	}
	return str_make(text, len);
}

struct str archive_row_peer(struct arena *a, const struct archive_row *row)
{
	struct str wanted = row->flags & ARCHIVE_OUT ? STR("to") : STR("from");
	struct str stanza = row->stanza, name, value;

	skip_space(&stanza);
	if (stanza.len == 0 || stanza.ptr[0] != '<')
		return STR_NONE;
	stanza = str_from_at(stanza, 1);
	(void)take_name(&stanza);
	while (take_attr(&stanza, &name, &value)) {
		if (str_eq(name, wanted))
			return bare_of(a, value);
	}
	return STR_NONE;
}

/* Between an entry's place, which is its time, and the clock when its text was stored: further
 * apart only after the clock has been set back. */
static const usec_t DRIFT_MAX_USEC = USEC_PER_MIN;

usec_t archive_row_time(const struct archive_row *row)
{
	usec_t drift = row->seq - row->wall_time;

	return drift > DRIFT_MAX_USEC || drift < -DRIFT_MAX_USEC ? row->wall_time : row->seq;
}
