/* SPDX-License-Identifier: Apache-2.0 */
/* What can be found in a message, see message.h. */
#include "search/message.h"

#include "codec/utf8.h"
#include "search/payload.h"
#include "search/words.h"
#include "xml/build.h"
#include "xmpp/ns.h"

enum {
	TREE_BYTES_MAX = 16 * 1024 * 1024, /* a message whose tree is larger is not found */
	RANGES_MAX = 16,                   /* of XEP-0428 that are looked at */
};

/* Stored messages were checked when they came: these limits only bound. */
static const struct xml_limits limits = { .stanza_bytes = 16 * 1024 * 1024,
					  .depth = 512,
					  .attrs = 512,
					  .name_bytes = 4096,
					  .children = UINT16_MAX };
static const struct xml_scope scope = { .default_ns = STR_INIT("jabber:client") };

void message_words_init(struct message_words *m)
{
	arena_init(&m->arena, TREE_BYTES_MAX);
	m->tokens = SBUF(MESSAGE_TOKENS_BYTES_MAX);
	m->phrases = SBUF(MESSAGE_TOKENS_BYTES_MAX);
	m->is_without_phrases = false;
}

void message_words_done(struct message_words *m)
{
	arena_done(&m->arena);
	sbuf_done(&m->tokens);
	sbuf_done(&m->phrases);
}

/* ---- what stands in for something else (XEP-0428) ---- */

/* In code points, the end not included. */
struct span {
	uint64_t begin, end;
};

struct spans {
	struct span spans[RANGES_MAX];
	size_t count;
};

/* Whose fallbacks are nobody's words: quotes of what is answered, and names of what was done.
 * Others are all that most people read. */
static bool is_stand_in(const struct xml *fallback)
{
	static const struct str kinds[] = {
		STR_INIT("urn:xmpp:reply:0"),
		STR_INIT("urn:xmpp:reactions:0"),
		STR_INIT("urn:xmpp:message-retract:0"),
		STR_INIT("urn:xmpp:message-retract:1"),
		STR_INIT("urn:xmpp:message-moderate:1"),
		STR_INIT("urn:parley:pins:0"),
	};
	struct str purpose = xml_attr(fallback, STR("for"));

	for (size_t i = 0; i < array_len(kinds); i++) {
		if (str_eq(purpose, kinds[i]))
			return true;
	}
	return false;
}

static void add_span(struct spans *s, const struct xml *part)
{
	struct span span = { .begin = 0, .end = UINT64_MAX };

	if (s->count == RANGES_MAX)
		return;
	if (part && str_to_u64(xml_attr(part, STR("start")), &span.begin))
		span.begin = 0;
	if (part && str_to_u64(xml_attr(part, STR("end")), &span.end))
		span.end = UINT64_MAX;
	s->spans[s->count++] = span;
}

/* What of the element called name ("body", "subject") is to be left out. */
static struct spans spans_of(const struct xml *el, struct str name)
{
	struct spans s = { .count = 0 };

	xml_each (fallback, el) {
		if (!xml_is(fallback, STR("urn:xmpp:fallback:0"), STR("fallback")) ||
		    !is_stand_in(fallback))
			continue;
		if (!xml_first(fallback))
			add_span(&s, NULL);
		xml_each (part, fallback) {
			if (str_eq(part->name, name))
				add_span(&s, part);
		}
	}
	return s;
}

/* The bytes from code point begin up to end. */
static struct str cut(struct str text, uint64_t begin, uint64_t end)
{
	struct str rest = text;
	size_t from = text.len;
	uint32_t cp;

	for (uint64_t at = 0; at < end && rest.len; at++) {
		if (at == begin)
			from = (size_t)(rest.ptr - text.ptr);
		if (!utf8_next(&rest, &cp))
			break;
	}
	return str_sub(text, from, (size_t)(rest.ptr - text.ptr) - from);
}

/* ---- words ---- */

/* The unit with a byte behind it, in one piece: words_next leaves room. */
static void add_unit(struct sbuf *out, struct words *w, char end)
{
	w->text[w->len] = end;
	(void)sbuf_add(out, str_make(w->text, w->len + 1));
}

static void add_words(struct message_words *m, struct str text)
{
	char before[sizeof(((struct words *)NULL)->text)];
	size_t before_len = 0;
	struct words w;

	if (!m->is_without_phrases)
		(void)sbuf_add_char(&m->phrases, ' ');
	words_init(&w, str_sub(text, 0, MESSAGE_WORDS_BYTES_MAX));
	while (words_next(&w)) {
		bool is_pair = w.kind == WORD_IDEOGRAPH && w.is_joined && before_len;

		add_unit(&m->tokens, &w, TOKEN_END);
		if (is_pair) {
			(void)sbuf_add(&m->tokens, str_make(before, before_len));
			add_unit(&m->tokens, &w, TOKEN_END);
		}
		if (!m->is_without_phrases)
			add_unit(&m->phrases, &w, ' ');
		before_len = w.kind == WORD_IDEOGRAPH ? w.len : 0;
		memcpy(before, w.text, before_len);
	}
}

/* Whether s, at its beginning, is a link. */
static bool begins_link(struct str s)
{
	static const struct str schemes[] = { STR_INIT("https://"), STR_INIT("http://"),
					      STR_INIT("xmpp:") };

	for (size_t i = 0; i < array_len(schemes); i++) {
		if (s.len > schemes[i].len &&
		    str_eq_nocase(str_sub(s, 0, schemes[i].len), schemes[i]))
			return (unsigned char)s.ptr[schemes[i].len] > ' ';
	}
	return false;
}

static bool has_link(struct str text)
{
	ptrdiff_t at;

	while ((at = str_index(text, ':')) >= 0) {
		for (size_t back = 4; back <= 5; back++) { /* http, xmpp; https */
			if ((size_t)at >= back && begins_link(str_from_at(text, (size_t)at - back)))
				return true;
		}
		text = str_from_at(text, (size_t)at + 1);
	}
	return false;
}

static void read_piece(struct message_words *m, struct str text)
{
	add_words(m, text);
	if (has_link(text))
		token_add(&m->tokens, TOKEN_HAS, STR("link"));
}

/* text without its spans. */
static void read_rest(struct message_words *m, struct str text, const struct spans *spans)
{
	uint64_t at = 0;

	if (!spans->count) {
		read_piece(m, text);
		return;
	}
	/* From gap to gap: the spans may overlap, and stand in any order. */
	while (at != UINT64_MAX) {
		uint64_t end = UINT64_MAX, next = UINT64_MAX;
		bool is_inside = false;

		for (size_t i = 0; i < spans->count; i++) {
			const struct span *s = &spans->spans[i];

			if (s->begin <= at && at < s->end) {
				is_inside = true;
				next = s->end;
			} else if (s->begin > at && s->begin < s->end && s->begin < end) {
				end = s->begin;
			}
		}
		if (!is_inside) {
			struct str piece = cut(text, at, end);

			if (piece.len)
				read_piece(m, piece);
			next = end;
		}
		at = next;
	}
}

static void read_texts(struct message_words *m, const struct xml *el, struct str name)
{
	struct spans spans = spans_of(el, name);
	struct str file = payload_file_url(el, &m->arena);

	xml_each (child, el) {
		struct str text;

		if (!xml_is(child, NS_CLIENT, name))
			continue;
		text = str_sub(xml_text(child, &m->arena), 0, MESSAGE_WORDS_BYTES_MAX);
		if (file.len && str_eq(text, file)) /* no link, but the name of what is attached */
			add_words(m, text);
		else
			read_rest(m, text, &spans);
	}
}

/* ---- the whole ---- */

/* Files are told by their names and descriptions, too. */
static void read_file_text(void *arg, struct str text)
{
	add_words(arg, str_sub(text, 0, MESSAGE_WORDS_BYTES_MAX));
}

bool message_words_read(struct message_words *m, struct str stanza)
{
	struct xml *el;

	arena_reset(&m->arena);
	sbuf_reset(&m->tokens);
	sbuf_reset(&m->phrases);
	if (xml_parse(&m->arena, stanza, &scope, &limits, &el) ||
	    payload_is_encrypted(el, &m->arena))
		return false;
	read_texts(m, el, STR("body"));
	read_texts(m, el, STR("subject"));
	payload_files(el, &m->tokens, read_file_text, m, &m->arena);
	payload_pins(el, &m->tokens);
	if (!m->tokens.len)
		return false;
	payload_people(el, &m->tokens, &m->arena);
	return !m->tokens.err && !m->phrases.err && !arena_is_over(&m->arena);
}

bool message_words_have(const struct message_words *m, const struct str *phrases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (str_find(sbuf_str(&m->phrases), phrases[i]) < 0)
			return false;
	}
	return true;
}

static bool is_mention(struct str token)
{
	return token.len > 2 && token.ptr[0] == '@' &&
	       (token.ptr[1] == TOKEN_MENTION || token.ptr[1] == TOKEN_OCCUPANT);
}

bool message_words_mention(const struct message_words *m, const struct query_term *terms,
			   size_t count, struct str name)
{
	struct str rest = sbuf_str(&m->tokens), token;

	while (str_split(&rest, TOKEN_END, &token)) {
		for (size_t i = 0; i < count && is_mention(token); i++) {
			if (str_eq(terms[i].token, token))
				return true;
		}
	}
	return str_is_set(name) && str_find(sbuf_str(&m->phrases), name) >= 0;
}
