/* SPDX-License-Identifier: Apache-2.0 */
/* Bookmarks in both forms, see bookmark.h. */
#include "xep/bookmark.h"

#include "xmpp/jid.h"

static const struct str extensions_name = STR_INIT("extensions");

static bool is_true(struct str s)
{
	return str_eq(s, STR("1")) || str_eq(s, STR("true"));
}

static void read_common(struct arena *a, const struct xml *el, struct bookmark *b)
{
	b->name = xml_attr(el, STR("name"));
	b->is_autojoin = is_true(xml_attr(el, STR("autojoin")));
	b->nick = xml_child_text(el, el->ns, STR("nick"), a);
	b->password = xml_child_text(el, el->ns, STR("password"), a);
	b->extensions = xml_new(a, NS_BOOKMARKS, extensions_name);
}

static void copy_children(struct arena *a, struct xml *to, const struct xml *from)
{
	xml_each (el, from)
		xml_add(to, xml_copy(a, el));
}

bool bookmark_read(struct arena *a, struct str jid, const struct xml *conference,
		   struct bookmark *ret_b)
{
	if (!xml_is(conference, NS_BOOKMARKS, STR("conference")))
		return false;
	*ret_b = (struct bookmark){ .jid = jid };
	read_common(a, conference, ret_b);
	xml_each (el, conference) {
		if (xml_is(el, NS_BOOKMARKS, extensions_name))
			copy_children(a, ret_b->extensions, el);
	}
	return true;
}

/* ---- XEP-0048 ---- */

static bool read_room(struct arena *a, const struct xml *el, struct bookmark *b)
{
	struct jid jid;

	if (!xml_is(el, NS_STORAGE, STR("conference")) ||
	    jid_parse(a, xml_attr(el, STR("jid")), &jid))
		return false;
	*b = (struct bookmark){ .jid = jid.full };
	read_common(a, el, b);
	xml_each (child, el) {
		if (xml_is(child, NS_STORAGE, extensions_name))
			copy_children(a, b->extensions, child);
		else if (!xml_is(child, NS_STORAGE, STR("nick")) &&
			 !xml_is(child, NS_STORAGE, STR("password")))
			xml_add(b->extensions, xml_copy(a, child));
	}
	return true;
}

static bool has(const struct bookmark *list, size_t count, struct str jid)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eq(list[i].jid, jid))
			return true;
	}
	return false;
}

enum err bookmarks_read(struct arena *a, const struct xml *storage, bool is_lax,
			struct bookmark **ret_list, size_t *ret_count, bool *ret_is_whole)
{
	struct bookmark *list;
	bool is_whole = true;
	size_t room = 0, count = 0;

	xml_each (el, storage)
		room++;
	if (room > BOOKMARKS_MAX)
		return ERR_TOO_BIG;
	list = arena_alloc(a, (room + 1) * sizeof(*list));
	xml_each (el, storage) {
		if (!read_room(a, el, &list[count]) || has(list, count, list[count].jid))
			is_whole = false;
		else
			count++;
	}
	if (!is_whole && !is_lax)
		return ERR_INVALID;
	*ret_list = list;
	*ret_count = count;
	*ret_is_whole = is_whole;
	return OK;
}

void bookmark_keep_extensions(struct arena *a, struct bookmark *b, const struct bookmark *old)
{
	xml_each (el, old->extensions) {
		if (!xml_child(b->extensions, el->ns, el->name))
			xml_add(b->extensions, xml_copy(a, el));
	}
}

/* ---- writing ---- */

static void write_common(struct arena *a, struct xml *el, const struct bookmark *b)
{
	if (str_is_set(b->name))
		xml_set(a, el, STR("name"), b->name);
	if (b->is_autojoin)
		xml_set(a, el, STR("autojoin"), STR("true"));
	if (str_is_set(b->nick))
		(void)xml_add_text_el(a, el, el->ns, STR("nick"), b->nick);
	if (str_is_set(b->password))
		(void)xml_add_text_el(a, el, el->ns, STR("password"), b->password);
}

struct xml *bookmark_write(struct arena *a, const struct bookmark *b)
{
	struct xml *el = xml_new(a, NS_BOOKMARKS, STR("conference"));

	write_common(a, el, b);
	if (xml_first(b->extensions))
		xml_add(el, xml_copy(a, b->extensions));
	return el;
}

void bookmark_write_storage(struct arena *a, struct xml *storage, const struct bookmark *b)
{
	struct xml *el = xml_add_new(a, storage, NS_STORAGE, STR("conference"));
	struct xml *extensions = xml_new(a, NS_STORAGE, extensions_name);

	xml_set(a, el, STR("jid"), b->jid);
	write_common(a, el, b);
	/* What came from there goes back to its old place. */
	xml_each (child, b->extensions)
		xml_add(str_eq(child->ns, NS_STORAGE) ? el : extensions, xml_copy(a, child));
	if (xml_first(extensions))
		xml_add(el, extensions);
}
