/* SPDX-License-Identifier: Apache-2.0 */
/* Archiving preferences, see mam_prefs.h. */
#include "xep/mam_prefs.h"

#include "xmpp/ns.h"

static const struct str names[] = {
	[MAM_ALWAYS] = STR_INIT("always"),
	[MAM_NEVER] = STR_INIT("never"),
	[MAM_ROSTER] = STR_INIT("roster"),
};

struct str mam_default_name(enum mam_default d)
{
	return names[d];
}

enum err mam_default_parse(struct str name, enum mam_default *ret_default)
{
	for (size_t i = 0; i < array_len(names); i++) {
		if (str_eq(name, names[i])) {
			*ret_default = (enum mam_default)i;
			return OK;
		}
	}
	return ERR_INVALID;
}

static bool refuse(enum condition why, enum condition *ret_why)
{
	*ret_why = why;
	return false;
}

/* How many addresses are inside of the lists of this name: a client may send more than one. */
static size_t count_jids(const struct xml *el, struct str list)
{
	size_t n = 0;

	xml_each (part, el) {
		if (!xml_is(part, NS_MAM, list))
			continue;
		xml_each (jid, part)
			n += xml_is(jid, NS_MAM, STR("jid"));
	}
	return n;
}

static bool read_list(const struct xml *el, struct str name, struct arena *a, struct str *jids)
{
	xml_each (part, el) {
		if (!xml_is(part, NS_MAM, name))
			continue;
		xml_each (x, part) {
			struct jid jid;

			if (!xml_is(x, NS_MAM, STR("jid")))
				continue;
			if (jid_parse(a, str_trim(xml_text(x, a)), &jid))
				return false;
			*jids++ = jid.full;
		}
	}
	return true;
}

bool mam_prefs_read(const struct xml *el, struct arena *a, struct mam_prefs *ret_prefs,
		    enum condition *ret_why)
{
	struct mam_prefs p = { .always_count = count_jids(el, STR("always")),
			       .never_count = count_jids(el, STR("never")) };
	struct str *jids;

	if (mam_default_parse(xml_attr(el, STR("default")), &p.by_default))
		return refuse(COND_BAD_REQUEST, ret_why);
	if (p.always_count + p.never_count > MAM_PREFS_JIDS_MAX)
		return refuse(COND_POLICY_VIOLATION, ret_why);
	jids = arena_alloc(a, (p.always_count + p.never_count + 1) * sizeof(*jids));
	p.always = jids;
	p.never = jids + p.always_count;
	if (!read_list(el, STR("always"), a, jids) ||
	    !read_list(el, STR("never"), a, jids + p.always_count))
		return refuse(COND_JID_MALFORMED, ret_why);
	*ret_prefs = p;
	return true;
}

static void add_list(struct arena *a, struct xml *el, struct str name, const struct str *jids,
		     size_t count)
{
	struct xml *list = xml_add_new(a, el, NS_MAM, name);

	for (size_t i = 0; i < count; i++)
		(void)xml_add_text_el(a, list, NS_MAM, STR("jid"), jids[i]);
}

struct xml *mam_prefs_new(struct arena *a, const struct mam_prefs *prefs)
{
	struct xml *el = xml_new(a, NS_MAM, STR("prefs"));

	xml_set(a, el, STR("default"), mam_default_name(prefs->by_default));
	add_list(a, el, STR("always"), prefs->always, prefs->always_count);
	add_list(a, el, STR("never"), prefs->never, prefs->never_count);
	return el;
}
