/* SPDX-License-Identifier: Apache-2.0 */
/* Archiving preferences, see archive_prefs.h. In the store: a line with the default, and a line for
 * each address behind '+' (always) or '-' (never). */
#include "server/model/archive_prefs.h"

#include "base/mem.h"

/* ---- rules ---- */

static bool has(const struct str *list, size_t count, struct str jid)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eq(list[i], jid))
			return true;
	}
	return false;
}

bool archive_prefs_keep(const struct mam_prefs *prefs, struct jid who, bool is_contact)
{
	const struct str forms[] = { who.full, jid_bare_str(who) };

	for (size_t i = 0; i < array_len(forms); i++) {
		if (has(prefs->never, prefs->never_count, forms[i]))
			return false;
		if (has(prefs->always, prefs->always_count, forms[i]))
			return true;
	}
	return prefs->by_default == MAM_ALWAYS || (prefs->by_default == MAM_ROSTER && is_contact);
}

/* ---- in the store ---- */

struct str archive_prefs_encode(const struct mam_prefs *prefs, struct arena *a)
{
	size_t count = prefs->always_count + prefs->never_count, n = 0;
	struct str *parts = arena_alloc(a, (1 + 2 * count) * sizeof(*parts));

	parts[n++] = mam_default_name(prefs->by_default);
	for (size_t i = 0; i < prefs->always_count; i++) {
		parts[n++] = STR("\n+");
		parts[n++] = prefs->always[i];
	}
	for (size_t i = 0; i < prefs->never_count; i++) {
		parts[n++] = STR("\n-");
		parts[n++] = prefs->never[i];
	}
	return arena_join(a, parts, n);
}

/* Takes the line in front of text off. */
static struct str take_line(struct str *text)
{
	ptrdiff_t end = str_index(*text, '\n');
	struct str line = end < 0 ? *text : str_sub(*text, 0, (size_t)end);

	*text = end < 0 ? STR_NONE : str_from_at(*text, (size_t)end + 1);
	return line;
}

/* How many lines begin with sign; false where one begins with neither, or has no address. */
static bool count_lines(struct str text, size_t *ret_always, size_t *ret_never)
{
	*ret_always = *ret_never = 0;
	while (str_is_set(text)) {
		struct str line = take_line(&text);

		if (line.len < 2 || (line.ptr[0] != '+' && line.ptr[0] != '-'))
			return false;
		++*(line.ptr[0] == '+' ? ret_always : ret_never);
	}
	return *ret_always + *ret_never <= MAM_PREFS_JIDS_MAX;
}

enum err archive_prefs_decode(struct str value, struct archive_prefs **ret_prefs)
{
	struct str rest = value, *always, *never;
	size_t always_count, never_count;
	enum mam_default by_default;
	struct archive_prefs *p;
	char *text;

	if (mam_default_parse(take_line(&rest), &by_default) ||
	    !count_lines(rest, &always_count, &never_count))
		return ERR_INVALID;
	p = mem_alloc(sizeof(*p) + (always_count + never_count) * sizeof(struct str) + rest.len);
	always = (struct str *)(void *)(p + 1);
	never = always + always_count;
	text = (char *)(never + never_count);
	p->prefs = (struct mam_prefs){ .by_default = by_default,
				       .always = always,
				       .never = never,
				       .always_count = always_count,
				       .never_count = never_count };
	if (rest.len)
		memcpy(text, rest.ptr, rest.len);
	rest = rest.len ? str_make(text, rest.len) : STR_NONE;
	while (str_is_set(rest)) {
		struct str line = take_line(&rest);

		*(line.ptr[0] == '+' ? always++ : never++) = str_from_at(line, 1);
	}
	*ret_prefs = p;
	return OK;
}

void archive_prefs_free(struct archive_prefs **p)
{
	mem_free(*p);
	*p = NULL;
}
