/* SPDX-License-Identifier: Apache-2.0 */
/* Reading of what people type into a search, see query.h. */
#include "search/query.h"

#include "search/words.h"
#include "xmpp/datetime.h"

struct reader {
	const struct query_view *view;
	struct arena *arena;
	struct query *query;
	struct query_term *terms;
	struct str *phrases;
	enum err err;
};

static struct str text_of(struct reader *r, struct sbuf *out)
{
	struct str s = arena_dup(r->arena, sbuf_str(out));

	if (out->err)
		r->err = ERR_TOO_BIG;
	sbuf_reset(out);
	return s;
}

static void add_term(struct reader *r, struct str token, bool is_alternative)
{
	struct query *q = r->query;

	if (q->term_count == QUERY_TERMS_MAX)
		r->err = ERR_TOO_BIG;
	else
		r->terms[q->term_count++] =
			(struct query_term){ .token = token, .is_alternative = is_alternative };
}

static void add_special(struct reader *r, enum token_kind kind, struct str value,
			bool is_alternative)
{
	struct sbuf out scoped(sbuf_done) = SBUF(2 * TOKEN_MAX);

	token_write(&out, kind, value);
	add_term(r, text_of(r, &out), is_alternative);
}

/* ---- text ---- */

/* The tokens of a run of units that stand together: pairs of ideographs say more than each. */
static void add_units(struct reader *r, const struct str *units, const bool *is_paired,
		      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool is_in_next = i + 1 < count && is_paired[i + 1];

		if (is_paired[i])
			add_term(r, ARENA_JOIN(r->arena, units[i - 1], units[i]), false);
		else if (!is_in_next)
			add_term(r, units[i], false);
	}
}

static void add_phrase(struct reader *r, const struct str *units, size_t count)
{
	struct sbuf out scoped(sbuf_done) = SBUF(4 * QUERY_BYTES_MAX + QUERY_TERMS_MAX * WORD_MAX);
	struct query *q = r->query;

	if (q->phrase_count == QUERY_PHRASES_MAX) {
		r->err = ERR_TOO_BIG;
		return;
	}
	(void)sbuf_add_char(&out, ' ');
	for (size_t i = 0; i < count; i++) {
		(void)sbuf_add(&out, units[i]);
		(void)sbuf_add_char(&out, ' ');
	}
	r->phrases[q->phrase_count++] = text_of(r, &out);
}

/* Text that must stand together: one word, or several ("example.org", "a phrase"). */
static void add_text(struct reader *r, struct str text)
{
	struct str units[QUERY_TERMS_MAX];
	bool is_paired[QUERY_TERMS_MAX];
	enum word_kind before = WORD_LETTERS;
	size_t count = 0;
	struct words w;

	words_init(&w, text);
	while (words_next(&w)) {
		if (count == QUERY_TERMS_MAX) {
			r->err = ERR_TOO_BIG;
			return;
		}
		is_paired[count] = count && w.is_joined && w.kind == WORD_IDEOGRAPH &&
				   before == WORD_IDEOGRAPH;
		units[count++] = arena_dup(r->arena, words_unit(&w));
		before = w.kind;
	}
	add_units(r, units, is_paired, count);
	if (count > 2 || (count == 2 && !is_paired[1]))
		add_phrase(r, units, count);
}

struct str query_name(struct str name, struct arena *a, struct str *ret_token)
{
	struct sbuf out scoped(sbuf_done) = SBUF(8 * QUERY_BYTES_MAX);
	struct words w;

	words_init(&w, str_sub(name, 0, QUERY_BYTES_MAX));
	while (words_next(&w)) {
		if (!out.len) {
			*ret_token = arena_dup(a, words_unit(&w));
			(void)sbuf_add_char(&out, ' ');
		}
		(void)sbuf_add(&out, words_unit(&w));
		(void)sbuf_add_char(&out, ' ');
	}
	return out.len && !out.err ? arena_dup(a, sbuf_str(&out)) : STR_NONE;
}

/* ---- operators ---- */

static struct str bare_of(struct reader *r, struct str value, struct jid *ret_jid)
{
	struct jid jid;

	if (jid_parse(r->arena, value, &jid))
		return STR("");
	if (ret_jid)
		*ret_jid = jid;
	return jid_bare_str(jid);
}

/* A name, an address, or me. */
static bool read_from(struct reader *r, struct str value)
{
	struct sbuf out scoped(sbuf_done) = SBUF(8 * QUERY_BYTES_MAX);
	struct str bare;

	if (str_eq_nocase(value, STR("me"))) {
		add_special(r, TOKEN_FROM, r->view->me, false);
		return true;
	}
	if (str_index(value, '@') < 0) {
		token_fold_name(&out, value);
		add_special(r, TOKEN_NAME, sbuf_str(&out), false);
		return true;
	}
	bare = bare_of(r, value, NULL);
	r->query->has_address |= !str_eq(bare, r->view->me);
	if (!bare.len || (r->view->hides_addresses && r->query->has_address))
		r->query->is_void = true;
	add_special(r, TOKEN_FROM, bare, false);
	return true;
}

static bool read_in(struct reader *r, struct str value)
{
	struct jid jid, *in = &r->query->in;
	struct str bare = bare_of(r, value, &jid);

	/* In two places at once nothing can be. */
	if (!bare.len || (jid_is_set(*in) && !jid_bare_eq(*in, jid)))
		r->query->is_void = true;
	else
		*in = jid_bare(jid);
	return true;
}

static bool read_has(struct reader *r, struct str value)
{
	static const struct str things[] = { STR_INIT("link"), STR_INIT("file"), STR_INIT("image"),
					     STR_INIT("pin") };

	for (size_t i = 0; i < array_len(things); i++) {
		if (str_eq_nocase(value, things[i])) {
			add_special(r, TOKEN_HAS, things[i], false);
			return true;
		}
	}
	return false;
}

/* A day, its beginning in UTC, or a point in time (XEP-0082). */
static bool read_time(struct reader *r, struct str value, usec_t *ret_wall)
{
	struct str text = value;

	if (value.len == 10)
		text = ARENA_JOIN(r->arena, value, STR("T00:00:00Z"));
	return datetime_parse(text, ret_wall) == OK;
}

static bool read_before(struct reader *r, struct str value)
{
	struct query *q = r->query;
	usec_t wall;

	if (!read_time(r, value, &wall))
		return false;
	if (!q->has_end || wall < q->wall_end)
		q->wall_end = wall;
	q->has_end = true;
	return true;
}

static bool read_after(struct reader *r, struct str value)
{
	struct query *q = r->query;
	usec_t wall;

	if (!read_time(r, value, &wall))
		return false;
	if (!q->has_begin || wall > q->wall_begin)
		q->wall_begin = wall;
	q->has_begin = true;
	return true;
}

static bool read_thread(struct reader *r, struct str value)
{
	add_special(r, TOKEN_THREAD, value, false);
	return true;
}

static bool read_mentions(struct reader *r, struct str value)
{
	const struct query_view *v = r->view;

	if (!str_eq_nocase(value, STR("me")))
		return false;
	if (r->query->has_mention)
		return true;
	r->query->has_mention = true;
	r->query->mention_at = r->query->term_count;
	add_special(r, TOKEN_MENTION, v->me, false);
	if (v->occupant_jid.len)
		add_special(r, TOKEN_MENTION, v->occupant_jid, true);
	if (v->occupant_id.len)
		add_special(r, TOKEN_OCCUPANT, v->occupant_id, true);
	return true;
}

static const struct {
	struct str name;
	/* False: it is text after all. */
	bool (*read)(struct reader *r, struct str value);
} operators[] = {
	{ STR_INIT("from:"), read_from },         { STR_INIT("in:"), read_in },
	{ STR_INIT("has:"), read_has },           { STR_INIT("before:"), read_before },
	{ STR_INIT("after:"), read_after },       { STR_INIT("thread:"), read_thread },
	{ STR_INIT("mentions:"), read_mentions },
};

/* ---- the whole ---- */

/* Takes "…", or up to the next blank. Without a closing quote all that is left. */
static struct str take_value(struct str *rest)
{
	static const char blanks[] = { ' ', '\t', '\r', '\n' };
	struct str value;
	size_t n = 0;

	if (rest->len && rest->ptr[0] == '"') {
		ptrdiff_t end;

		*rest = str_from_at(*rest, 1);
		end = str_index(*rest, '"');
		value = str_sub(*rest, 0, end < 0 ? rest->len : (size_t)end);
		*rest = str_from_at(*rest, value.len + 1);
		return value;
	}
	while (n < rest->len && !memchr(blanks, rest->ptr[n], sizeof(blanks)))
		n++;
	value = str_sub(*rest, 0, n);
	*rest = str_from_at(*rest, n);
	return value;
}

static bool take_operator(struct reader *r, struct str *rest)
{
	for (size_t i = 0; i < array_len(operators); i++) {
		struct str name = operators[i].name, behind = str_from_at(*rest, name.len), value;

		if (!str_eq_nocase(str_sub(*rest, 0, name.len), name))
			continue;
		value = take_value(&behind);
		if (!value.len || !operators[i].read(r, value))
			return false;
		*rest = behind;
		return true;
	}
	return false;
}

enum err query_read(struct str text, const struct query_view *view, struct arena *a,
		    struct query *ret_query)
{
	struct query q = { .in = { .full = STR_NONE } };
	struct reader r = { .view = view, .arena = a, .query = &q };
	bool has_operator = false;

	if (text.len > QUERY_BYTES_MAX)
		return ERR_TOO_BIG;
	r.terms = arena_alloc(a, QUERY_TERMS_MAX * sizeof(*r.terms));
	r.phrases = arena_alloc(a, QUERY_PHRASES_MAX * sizeof(*r.phrases));
	for (text = str_trim(text); text.len && !r.err; text = str_trim(text)) {
		if (take_operator(&r, &text))
			has_operator = true;
		else
			add_text(&r, take_value(&text));
	}
	q.terms = r.terms;
	q.phrases = r.phrases;
	if (!q.term_count && !has_operator)
		q.is_void = true;
	if (!r.err)
		*ret_query = q;
	return r.err;
}
