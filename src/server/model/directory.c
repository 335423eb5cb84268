/* SPDX-License-Identifier: Apache-2.0 */
/* People who want to be found, see directory.h. */
#include "server/model/directory.h"

#include "search/words.h"

#define SEPARATOR '\x1f' /* cannot stand in XML */

static const struct str names[DIRECTORY_FIELDS] = {
	[DIRECTORY_NICK] = STR_INIT("nick"),
	[DIRECTORY_FIRST] = STR_INIT("first"),
	[DIRECTORY_LAST] = STR_INIT("last"),
	[DIRECTORY_EMAIL] = STR_INIT("email"),
};

struct str directory_field_name(enum directory_field f)
{
	return names[f];
}

enum err directory_set(struct directory_card *c, enum directory_field f, struct str text)
{
	text = str_trim(text);
	if (text.len > DIRECTORY_TEXT_MAX)
		return ERR_TOO_BIG;
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.ptr[i] < ' ')
			return ERR_INVALID;
	}
	c->text[f] = text.len ? text : STR("");
	return OK;
}

bool directory_is_empty(const struct directory_card *c)
{
	for (unsigned i = 0; i < DIRECTORY_FIELDS; i++) {
		if (c->text[i].len)
			return false;
	}
	return true;
}

static bool has_word(struct str text, struct str beginning)
{
	struct words w;

	words_init(&w, text);
	while (words_next(&w)) {
		if (str_starts(words_unit(&w), beginning))
			return true;
	}
	return false;
}

bool directory_matches(const struct directory_card *c, const struct directory_card *wanted)
{
	bool has_asked = false;

	for (unsigned i = 0; i < DIRECTORY_FIELDS; i++) {
		struct words w;

		words_init(&w, wanted->text[i]);
		while (words_next(&w)) {
			has_asked = true;
			if (!has_word(c->text[i], words_unit(&w)))
				return false;
		}
	}
	return has_asked;
}

struct str directory_encode(const struct directory_card *c, struct arena *a)
{
	struct sbuf out scoped(sbuf_done) = SBUF(DIRECTORY_FIELDS * (DIRECTORY_TEXT_MAX + 1) + 1);

	(void)sbuf_lit(&out, "1");
	for (unsigned i = 0; i < DIRECTORY_FIELDS; i++) {
		(void)sbuf_add_char(&out, SEPARATOR);
		(void)sbuf_add(&out, c->text[i]);
	}
	must(!out.err);
	return arena_dup(a, sbuf_str(&out));
}

enum err directory_decode(struct directory_card *c, struct str value)
{
	struct str version;

	if (!str_split(&value, SEPARATOR, &version) || !str_eq(version, STR("1")))
		return ERR_INVALID;
	for (unsigned i = 0; i < DIRECTORY_FIELDS; i++) {
		struct str text;

		if (!value.ptr || !str_split(&value, SEPARATOR, &text) ||
		    directory_set(c, (enum directory_field)i, text))
			return ERR_INVALID;
	}
	return value.len ? ERR_INVALID : OK;
}
