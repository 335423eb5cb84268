/* SPDX-License-Identifier: Apache-2.0 */
/* Units of text, see words.h. Folding is Unicode's: compatibility decomposition and full case
 * folding, without the marks of scripts that are also written without them. */
#include "search/words.h"

#include "codec/utf8.h"

#include <utf8proc.h>

struct range {
	uint32_t first, last;
};

static bool is_within(const struct range *ranges, size_t count, uint32_t cp)
{
	for (size_t i = 0; i < count; i++) {
		if (cp >= ranges[i].first && cp <= ranges[i].last)
			return true;
	}
	return false;
}

/* Scripts without blanks between words. Where in doubt a character more: a unit of its own is
 * found, too. */
static bool is_ideograph(uint32_t cp)
{
	static const struct range ranges[] = {
		{ 0x0e00, 0x0eff },   /* Thai, Lao */
		{ 0x1000, 0x109f },   /* Myanmar */
		{ 0x1780, 0x17ff },   /* Khmer */
		{ 0x3005, 0x3007 },   /* ideographic iteration, closing, zero */
		{ 0x3041, 0x312f },   /* kana, Bopomofo */
		{ 0x31a0, 0x31bf },   /* Bopomofo */
		{ 0x31f0, 0x31ff },   /* kana */
		{ 0x3400, 0x4dbf },   /* Han */
		{ 0x4e00, 0x9fff },   /* Han */
		{ 0xac00, 0xd7a3 },   /* Hangul */
		{ 0xf900, 0xfaff },   /* Han, compatibility */
		{ 0xff66, 0xff9f },   /* kana, narrow */
		{ 0x20000, 0x3ffff }, /* Han */
	};

	return cp >= 0x0e00 && is_within(ranges, array_len(ranges), cp);
}

/* Those of Latin, Greek, Cyrillic, Hebrew and Arabic, and what chooses the look of a sign. In other
 * scripts marks are vowels. */
static bool is_idle_mark(uint32_t cp)
{
	static const struct range ranges[] = {
		{ 0x0300, 0x036f }, { 0x0483, 0x0489 },   { 0x0591, 0x05c7 }, { 0x0610, 0x061a },
		{ 0x064b, 0x065f }, { 0x0670, 0x0670 },   { 0x06d6, 0x06ed }, { 0x1ab0, 0x1aff },
		{ 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff },   { 0x3099, 0x309a }, { 0xfe00, 0xfe0f },
		{ 0xfe20, 0xfe2f }, { 0xe0100, 0xe01ef },
	};

	return is_within(ranges, array_len(ranges), cp);
}

static bool is_of_word(uint32_t cp)
{
	switch (utf8proc_category((utf8proc_int32_t)cp)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return true;
	default:
		return false;
	}
}

static bool is_sign(uint32_t cp)
{
	return cp >= 0x2190 && utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_SO;
}

/* What one code point is. */
enum role { GAP, NOTHING, LETTER, IDEOGRAPH, SIGN };

static enum role role_of(uint32_t cp)
{
	if (cp < 0x80) /* take_ascii has had the others */
		return GAP;
	if (is_idle_mark(cp))
		return NOTHING;
	if (is_of_word(cp))
		return is_ideograph(cp) ? IDEOGRAPH : LETTER;
	if (is_sign(cp))
		return SIGN;
	switch (utf8proc_category((utf8proc_int32_t)cp)) {
	case UTF8PROC_CATEGORY_CF: /* joiners, soft hyphens, directions */
	case UTF8PROC_CATEGORY_SK: /* tones of skin */
		return NOTHING;
	default:
		return GAP;
	}
}

static void add(struct words *w, uint32_t cp)
{
	char bytes[UTF8_MAX_BYTES];
	size_t n = utf8_encode(bytes, cp);

	if (w->len + n > sizeof(w->text) - 1)
		return;
	memcpy(w->text + w->len, bytes, n);
	w->len += n;
}

/* Adds what cp folds to; a word that is full takes nothing more. */
static void add_folded(struct words *w, uint32_t cp, enum role role)
{
	const utf8proc_option_t form = UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD;
	bool is_whole = role == SIGN || (role == IDEOGRAPH && cp < 0xf900);
	utf8proc_int32_t folded[WORD_FOLDED_MAX];
	int boundclass = UTF8PROC_BOUNDCLASS_START;
	utf8proc_ssize_t n = 0;
	size_t before = w->len;

	if (!is_whole)
		n = utf8proc_decompose_char((utf8proc_int32_t)cp, folded, WORD_FOLDED_MAX, form,
					    &boundclass);
	if (n <= 0 || n > WORD_FOLDED_MAX)
		add(w, cp);
	for (utf8proc_ssize_t i = 0; i < n && n <= WORD_FOLDED_MAX; i++) {
		if (!is_idle_mark((uint32_t)folded[i]) && is_of_word((uint32_t)folded[i]))
			add(w, (uint32_t)folded[i]);
	}
	if (w->len > WORD_MAX && before)
		w->len = before;
}

/* The common case without a look into tables. */
static bool take_ascii(struct words *w)
{
	const char *p = w->rest.ptr;
	size_t n = 0, len = w->len;

	for (; n < w->rest.len; n++) {
		unsigned c = (unsigned char)p[n], lower = c | 0x20;

		if (lower - 'a' > 'z' - 'a' && c - '0' > '9' - '0')
			break;
		if (len < WORD_MAX) /* digits have that bit */
			w->text[len++] = (char)lower;
	}
	w->len = len;
	w->rest = str_from_at(w->rest, n);
	return n > 0;
}

void words_init(struct words *w, struct str text)
{
	w->rest = text;
	w->is_behind_gap = true;
	w->is_joined = false;
	w->len = 0;
}

static void begin(struct words *w, enum word_kind kind)
{
	w->kind = kind;
	w->is_joined = !w->is_behind_gap;
	w->is_behind_gap = false;
}

/* Takes one code point. True: the unit is whole. */
static bool take(struct words *w)
{
	struct str at = w->rest;
	enum role role;
	uint32_t cp;

	if (!utf8_next(&w->rest, &cp)) {
		w->rest = str_from_at(w->rest, 1);
		cp = ' ';
	}
	role = role_of(cp);
	if (role == NOTHING)
		return false;
	if (role != LETTER && w->len) {
		w->rest = at;
		return true;
	}
	if (role == GAP) {
		w->is_behind_gap = true;
		return false;
	}
	if (!w->len)
		begin(w, role == LETTER      ? WORD_LETTERS
			 : role == IDEOGRAPH ? WORD_IDEOGRAPH
					     : WORD_SIGN);
	add_folded(w, cp, role);
	return role != LETTER && w->len;
}

bool words_next(struct words *w)
{
	w->len = 0;
	while (w->rest.len) {
		bool is_new = !w->len;

		if (take_ascii(w)) {
			if (is_new)
				begin(w, WORD_LETTERS);
		} else if (take(w)) {
			return true;
		}
	}
	return w->len > 0;
}
