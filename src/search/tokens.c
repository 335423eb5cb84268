/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of an index, see tokens.h. */
#include "search/tokens.h"

#include "search/words.h"

/* Up to TOKEN_MAX bytes of s, none of which ends a token. */
static void add_clean(struct sbuf *out, struct str s)
{
	struct str part, rest = str_sub(s, 0, TOKEN_MAX);

	while (str_split(&rest, TOKEN_END, &part))
		(void)sbuf_add(out, part);
}

void token_write(struct sbuf *out, enum token_kind kind, struct str value)
{
	(void)sbuf_add_char(out, '@');
	(void)sbuf_add_char(out, (char)kind);
	add_clean(out, value);
}

void token_add(struct sbuf *out, enum token_kind kind, struct str value)
{
	if (!value.len)
		return;
	token_write(out, kind, value);
	(void)sbuf_add_char(out, TOKEN_END);
}

void token_fold_name(struct sbuf *out, struct str name)
{
	size_t before = out->len;
	struct words w;

	words_init(&w, name);
	while (words_next(&w)) {
		if (out->len > before)
			(void)sbuf_add_char(out, ' ');
		(void)sbuf_add(out, words_unit(&w));
	}
	if (out->len == before)
		add_clean(out, name);
}
