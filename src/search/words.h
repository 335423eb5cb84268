/* SPDX-License-Identifier: Apache-2.0 */
/* Text as units that can be found: words, lower-cased and without accents; characters of scripts
 * that write no blanks, one by one; signs such as emoji. The same for what is stored and for what
 * is asked. Any thread. */
#pragma once

#include "base/str.h"

enum {
	WORD_MAX = 64,       /* bytes of a folded word; what is longer is cut */
	WORD_FOLDED_MAX = 24 /* code points that one may become: U+FDFA has 18 */
};

enum word_kind {
	WORD_LETTERS,
	WORD_IDEOGRAPH, /* Chinese, kana, Hangul, and scripts of South East Asia */
	WORD_SIGN,
};

struct words {
	struct str rest;
	bool is_behind_gap; /* something that is no unit stood in front of what comes */
	/* The unit: */
	enum word_kind kind;
	bool is_joined; /* directly behind the unit before it */
	size_t len;
	char text[WORD_MAX + WORD_FOLDED_MAX * 4 +
		  1]; /* the last byte is the caller's: for an end */
};

/* text stays where it is until the end. Bytes that are not UTF-8 separate. */
void words_init(struct words *w, struct str text);

/* The next unit: w->text, w->len. False at the end. */
bool words_next(struct words *w);

static inline struct str words_unit(const struct words *w)
{
	return str_make(w->text, w->len);
}
