/* SPDX-License-Identifier: Apache-2.0 */
/* Insides of PRECIS (RFC 8264): properties of code points, contextual and bidi rules, case and
 * width mapping. Any thread. */
#pragma once

#include "base/arena.h"

/* A record holds all that is known of a code point; tools/gen-unicode packs it. */
enum prep_class { PREP_DISALLOWED, PREP_VALID, PREP_FREE, PREP_CONTEXTJ, PREP_CONTEXTO };
enum prep_bidi {
	BIDI_L,
	BIDI_R,
	BIDI_AL,
	BIDI_AN,
	BIDI_EN,
	BIDI_ES,
	BIDI_CS,
	BIDI_ET,
	BIDI_ON,
	BIDI_BN,
	BIDI_NSM,
	BIDI_OTHER,
};
enum prep_joining { JOINING_U, JOINING_L, JOINING_R, JOINING_D, JOINING_T, JOINING_C };
enum prep_script { SCRIPT_OTHER, SCRIPT_GREEK, SCRIPT_HEBREW, SCRIPT_KANA_HAN };

#define PREP_CLASS(record)             ((enum prep_class)((record)&7))
#define PREP_BIDI(record)              ((enum prep_bidi)((record) >> 3 & 15))
#define PREP_JOINING(record)           ((enum prep_joining)((record) >> 7 & 7))
#define PREP_SCRIPT(record)            ((enum prep_script)((record) >> 10 & 3))
#define PREP_IS_VIRAMA(record)         (((record) >> 12 & 1) != 0)
#define PREP_IS_CASED(record)          (((record) >> 13 & 1) != 0)
#define PREP_IS_CASE_IGNORABLE(record) (((record) >> 14 & 1) != 0)
#define PREP_IS_WIDE_SPACE(record)     (((record) >> 15 & 1) != 0) /* Zs but U+0020 */

struct prep_pair {
	uint32_t from, to;
};

extern const uint16_t prep_table_record[];
extern const uint16_t prep_table_block[];
extern const uint8_t prep_table_index[];
extern const struct prep_pair prep_table_width[]; /* sorted by from */
extern const size_t prep_table_width_count;

/* cp must be at most U+10FFFF. */
static inline uint16_t prep_record(int32_t cp)
{
	return prep_table_record[prep_table_index[prep_table_block[cp >> 7] * 128 + (cp & 127)]];
}

/* Code points on their way through a profile; cps lies in an arena. */
struct prep_cps {
	int32_t *cps;
	size_t len; /* code points */
};

/* Valid UTF-8 to code points: overlong forms, surrogates and numbers past U+10FFFF are ERR_INVALID.
 */
must_check enum err prep_decode(struct arena *a, struct str s, struct prep_cps *ret_c);
struct str prep_encode(struct arena *a, struct prep_cps c);

/* Full-width and half-width forms become what they stand for (RFC 8264 5.2.1). In place. */
void prep_map_width(struct prep_cps c);

/* Unicode's toLowerCase without any language (Unicode 3.13 R2, SpecialCasing), with or without its
 * rule for the sigma at the end of a word. */
void prep_map_lower(struct arena *a, struct prep_cps *c, bool is_sigma_final);

/* Unicode NFC. */
void prep_map_nfc(struct arena *a, struct prep_cps *c);

/* Whether the contextual rule of the code point at index at holds (RFC 5892 appendix A). */
bool prep_context_ok(struct prep_cps c, size_t at);

/* Whether c has a code point of bidi class R, AL or AN; and whether it keeps the six conditions of
 * RFC 5893 2. */
bool prep_has_rtl(struct prep_cps c);
bool prep_bidi_ok(struct prep_cps c);
