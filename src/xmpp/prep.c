/* SPDX-License-Identifier: Apache-2.0 */
/* The PRECIS profiles UsernameCaseMapped and OpaqueString (RFC 8265), see prep.h. Any thread. */
#include "xmpp/prep.h"

#include "xmpp/prep-private.h"

enum {
	ROUNDS_MAX = 4 /* RFC 8264 7: once, and up to three times more until the result is stable */
};

static bool is_identifier(struct prep_cps c)
{
	for (size_t i = 0; i < c.len; i++) {
		switch (PREP_CLASS(prep_record(c.cps[i]))) {
		case PREP_VALID:
			break;
		case PREP_CONTEXTJ:
		case PREP_CONTEXTO:
			if (!prep_context_ok(c, i))
				return false;
			break;
		default:
			return false;
		}
	}
	return c.len > 0;
}

static bool is_freeform(struct prep_cps c)
{
	for (size_t i = 0; i < c.len; i++) {
		enum prep_class kind = PREP_CLASS(prep_record(c.cps[i]));

		if (kind == PREP_DISALLOWED)
			return false;
		if ((kind == PREP_CONTEXTJ || kind == PREP_CONTEXTO) && !prep_context_ok(c, i))
			return false;
	}
	return c.len > 0;
}

/* Rules in the order of RFC 8264 7: width, case, normal form, direction, then the class. */
static enum err username_once(struct arena *a, struct str s, struct str *ret_s)
{
	struct prep_cps c;
	enum err e = prep_decode(a, s, &c);

	if (e)
		return e;
	prep_map_width(c);
	prep_map_lower(a, &c, true);
	prep_map_nfc(a, &c);
	if (prep_has_rtl(c) && !prep_bidi_ok(c))
		return ERR_INVALID;
	if (!is_identifier(c))
		return ERR_INVALID;
	*ret_s = prep_encode(a, c);
	return OK;
}

static enum err opaque_once(struct arena *a, struct str s, struct str *ret_s)
{
	struct prep_cps c;
	enum err e = prep_decode(a, s, &c);

	if (e)
		return e;
	for (size_t i = 0; i < c.len; i++) {
		if (PREP_IS_WIDE_SPACE(prep_record(c.cps[i])))
			c.cps[i] = ' ';
	}
	prep_map_nfc(a, &c);
	if (!is_freeform(c))
		return ERR_INVALID;
	*ret_s = prep_encode(a, c);
	return OK;
}

typedef enum err once_fn(struct arena *a, struct str s, struct str *ret_s);

static enum err until_stable(struct arena *a, once_fn *once, struct str s, struct str *ret_s)
{
	struct str now = s, next;

	if (s.len > PREP_INPUT_MAX)
		return ERR_TOO_BIG;
	for (int round = 0; round < ROUNDS_MAX; round++) {
		enum err e = once(a, now, &next);

		if (e)
			return e;
		if (str_eq(now, next)) {
			*ret_s = now;
			return OK;
		}
		now = next;
	}
	return ERR_INVALID;
}

enum err prep_username(struct arena *a, struct str s, struct str *ret_s)
{
	size_t i = 0;

	/* ASCII in lower case is the usual name, and stays as it is. */
	while (i < s.len && s.ptr[i] > ' ' && s.ptr[i] < 0x7f &&
	       !(s.ptr[i] >= 'A' && s.ptr[i] <= 'Z'))
		i++;
	if (i < s.len || s.len == 0 || s.len > PREP_INPUT_MAX)
		return until_stable(a, username_once, s, ret_s);
	*ret_s = s;
	return OK;
}

enum err prep_opaque(struct arena *a, struct str s, struct str *ret_s)
{
	size_t i = 0;

	while (i < s.len && s.ptr[i] >= ' ' && s.ptr[i] < 0x7f)
		i++;
	if (i < s.len || s.len == 0 || s.len > PREP_INPUT_MAX)
		return until_stable(a, opaque_once, s, ret_s);
	*ret_s = s;
	return OK;
}
