/* SPDX-License-Identifier: Apache-2.0 */
/* Contextual rules (RFC 5892 appendix A), the bidi rule (RFC 5893 2) and the mappings of PRECIS.
 * Any thread. */
#include "xmpp/prep-private.h"

#include <utf8proc.h>

enum {
	CAPITAL_I_DOT = 0x130,
	DOT_ABOVE = 0x307,
	CAPITAL_SIGMA = 0x3a3,
	SMALL_SIGMA = 0x3c3,
	FINAL_SIGMA = 0x3c2,
};

enum err prep_decode(struct arena *a, struct str s, struct prep_cps *ret_c)
{
	struct prep_cps c = { .cps = arena_alloc(a, (s.len + 1) * sizeof(int32_t)) };
	size_t at = 0;

	while (at < s.len) {
		utf8proc_ssize_t n =
			utf8proc_iterate((const utf8proc_uint8_t *)s.ptr + at,
					 (utf8proc_ssize_t)(s.len - at), &c.cps[c.len]);

		if (n <= 0)
			return ERR_INVALID;
		at += (size_t)n;
		c.len++;
	}
	*ret_c = c;
	return OK;
}

struct str prep_encode(struct arena *a, struct prep_cps c)
{
	char *text = arena_alloc(a, c.len * 4 + 1);
	size_t len = 0;

	for (size_t i = 0; i < c.len; i++)
		len += (size_t)utf8proc_encode_char(c.cps[i], (utf8proc_uint8_t *)text + len);
	return str_make(text, len);
}

void prep_map_width(struct prep_cps c)
{
	for (size_t i = 0; i < c.len; i++) {
		size_t low = 0, high = prep_table_width_count;
		uint32_t cp = (uint32_t)c.cps[i];

		while (low < high) {
			size_t middle = (low + high) / 2;

			if (prep_table_width[middle].from < cp)
				low = middle + 1;
			else
				high = middle;
		}
		if (low < prep_table_width_count && prep_table_width[low].from == cp)
			c.cps[i] = (int32_t)prep_table_width[low].to;
	}
}

/* Unicode 3.13, Final_Sigma: a cased letter before, none behind; case-ignorable ones between do not
 * count. */
static bool is_final(struct prep_cps c, size_t at)
{
	size_t before = at, behind = at + 1;

	while (before > 0 && PREP_IS_CASE_IGNORABLE(prep_record(c.cps[before - 1])))
		before--;
	while (behind < c.len && PREP_IS_CASE_IGNORABLE(prep_record(c.cps[behind])))
		behind++;
	return before > 0 && PREP_IS_CASED(prep_record(c.cps[before - 1])) &&
	       (behind == c.len || !PREP_IS_CASED(prep_record(c.cps[behind])));
}

void prep_map_lower(struct arena *a, struct prep_cps *c, bool is_sigma_final)
{
	int32_t *to = arena_alloc(a, (c->len * 2 + 1) * sizeof(*to));
	size_t len = 0;

	for (size_t i = 0; i < c->len; i++) {
		int32_t cp = c->cps[i];

		if (cp == CAPITAL_SIGMA) {
			to[len++] = is_sigma_final && is_final(*c, i) ? FINAL_SIGMA : SMALL_SIGMA;
		} else if (cp == CAPITAL_I_DOT) {
			to[len++] = 'i';
			to[len++] = DOT_ABOVE;
		} else {
			to[len++] = utf8proc_tolower(cp);
		}
	}
	*c = (struct prep_cps){ .cps = to, .len = len };
}

void prep_map_nfc(struct arena *a, struct prep_cps *c)
{
	const utf8proc_option_t form = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
	utf8proc_ssize_t need, len;
	struct str text;
	int32_t *cps;
	size_t i = 0;

	while (i < c->len && c->cps[i] < 0x300)
		i++;
	if (i == c->len) /* nothing below U+0300 changes in NFC */
		return;
	text = prep_encode(a, *c);
	need = utf8proc_decompose((const utf8proc_uint8_t *)text.ptr, (utf8proc_ssize_t)text.len,
				  NULL, 0, form);
	must(need >= 0);
	cps = arena_alloc(a, ((size_t)need + 1) * sizeof(*cps));
	len = utf8proc_decompose((const utf8proc_uint8_t *)text.ptr, (utf8proc_ssize_t)text.len,
				 cps, need, form);
	must(len == need);
	len = utf8proc_normalize_utf32(cps, len, form);
	must(len >= 0);
	*c = (struct prep_cps){ .cps = cps, .len = (size_t)len };
}

static bool is_after_virama(struct prep_cps c, size_t at)
{
	return at > 0 && PREP_IS_VIRAMA(prep_record(c.cps[at - 1]));
}

/* RFC 5892 A.1: the letter before joins to its left, the one behind to its right; transparent ones
 * between do not count. */
static bool is_joining(struct prep_cps c, size_t at)
{
	size_t before = at, behind = at + 1;
	enum prep_joining j;

	while (before > 0 && PREP_JOINING(prep_record(c.cps[before - 1])) == JOINING_T)
		before--;
	while (behind < c.len && PREP_JOINING(prep_record(c.cps[behind])) == JOINING_T)
		behind++;
	if (before == 0 || behind == c.len)
		return false;
	j = PREP_JOINING(prep_record(c.cps[before - 1]));
	if (j != JOINING_L && j != JOINING_D)
		return false;
	j = PREP_JOINING(prep_record(c.cps[behind]));
	return j == JOINING_R || j == JOINING_D;
}

static bool has_script(struct prep_cps c, enum prep_script script)
{
	for (size_t i = 0; i < c.len; i++) {
		if (PREP_SCRIPT(prep_record(c.cps[i])) == script)
			return true;
	}
	return false;
}

static bool is_after_script(struct prep_cps c, size_t at, enum prep_script script)
{
	return at > 0 && PREP_SCRIPT(prep_record(c.cps[at - 1])) == script;
}

static bool has_between(struct prep_cps c, int32_t first, int32_t last)
{
	for (size_t i = 0; i < c.len; i++) {
		if (c.cps[i] >= first && c.cps[i] <= last)
			return true;
	}
	return false;
}

bool prep_context_ok(struct prep_cps c, size_t at)
{
	int32_t cp = c.cps[at];

	switch (cp) {
	case 0x200c: /* A.1 ZERO WIDTH NON-JOINER */
		return is_after_virama(c, at) || is_joining(c, at);
	case 0x200d: /* A.2 ZERO WIDTH JOINER */
		return is_after_virama(c, at);
	case 0xb7: /* A.3 MIDDLE DOT */
		return at > 0 && c.cps[at - 1] == 'l' && at + 1 < c.len && c.cps[at + 1] == 'l';
	case 0x375: /* A.4 GREEK LOWER NUMERAL SIGN */
		return at + 1 < c.len && PREP_SCRIPT(prep_record(c.cps[at + 1])) == SCRIPT_GREEK;
	case 0x5f3: /* A.5, A.6 HEBREW PUNCTUATION GERESH, GERSHAYIM */
	case 0x5f4:
		return is_after_script(c, at, SCRIPT_HEBREW);
	case 0x30fb: /* A.7 KATAKANA MIDDLE DOT */
		return has_script(c, SCRIPT_KANA_HAN);
	default:
		break;
	}
	if (cp >= 0x660 && cp <= 0x669) /* A.8 */
		return !has_between(c, 0x6f0, 0x6f9);
	if (cp >= 0x6f0 && cp <= 0x6f9) /* A.9 */
		return !has_between(c, 0x660, 0x669);
	return false;
}

static enum prep_bidi bidi_at(struct prep_cps c, size_t at)
{
	return PREP_BIDI(prep_record(c.cps[at]));
}

bool prep_has_rtl(struct prep_cps c)
{
	for (size_t i = 0; i < c.len; i++) {
		enum prep_bidi b = bidi_at(c, i);

		if (b == BIDI_R || b == BIDI_AL || b == BIDI_AN)
			return true;
	}
	return false;
}

#define BIDI_BIT(b) (1u << (b))

bool prep_bidi_ok(struct prep_cps c)
{
	const unsigned both = BIDI_BIT(BIDI_EN) | BIDI_BIT(BIDI_ES) | BIDI_BIT(BIDI_CS) |
			      BIDI_BIT(BIDI_ET) | BIDI_BIT(BIDI_ON) | BIDI_BIT(BIDI_BN) |
			      BIDI_BIT(BIDI_NSM);
	const unsigned rtl = both | BIDI_BIT(BIDI_R) | BIDI_BIT(BIDI_AL) | BIDI_BIT(BIDI_AN);
	const unsigned digits = BIDI_BIT(BIDI_EN) | BIDI_BIT(BIDI_AN);
	unsigned seen = 0, end;
	enum prep_bidi first;
	size_t last = c.len;

	if (c.len == 0)
		return true;
	for (size_t i = 0; i < c.len; i++)
		seen |= BIDI_BIT(bidi_at(c, i));
	while (last > 1 && bidi_at(c, last - 1) == BIDI_NSM)
		last--;
	end = BIDI_BIT(bidi_at(c, last - 1));
	first = bidi_at(c, 0);
	if (first == BIDI_L) /* conditions 1, 5, 6 */
		return !(seen & ~(both | BIDI_BIT(BIDI_L))) &&
		       (end & (BIDI_BIT(BIDI_L) | BIDI_BIT(BIDI_EN)));
	if (first != BIDI_R && first != BIDI_AL)
		return false;
	/* conditions 1 to 4 */
	return !(seen & ~rtl) && (end & (BIDI_BIT(BIDI_R) | BIDI_BIT(BIDI_AL) | digits)) &&
	       (seen & digits) != digits;
}
