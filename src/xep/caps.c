/* SPDX-License-Identifier: Apache-2.0 */
/* Entity capabilities, see caps.h. */
#include "xep/caps.h"

#include "base/sbuf.h"
#include "codec/base64.h"
#include "xmpp/ns.h"

#include <stdlib.h>

/* One line of what is hashed, with what it is sorted by; all of one kind in one list. */
struct item {
	struct str key[4];
	const struct xml *el;
};

struct list_of {
	struct item *items;
	size_t count;
};

struct making {
	struct arena *a;
	struct sbuf out;
	size_t items; /* so far, of all lists */
};

enum { MAKING_ARENA_MAX = 4 * 1024 * 1024 /* bytes */ };

static int compare(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = 0;

	for (size_t i = 0; i < array_len(x->key) && order == 0; i++)
		order = str_cmp(x->key[i], y->key[i]);
	return order;
}

/* Room for the children {ns}name of parent. */
static enum err begin(struct making *m, const struct xml *parent, struct str ns, struct str name,
		      struct list_of *ret_list)
{
	size_t count = 0;

	xml_each (child, parent)
		count += xml_is(child, ns, name);
	m->items += count;
	if (m->items > CAPS_ITEMS_MAX)
		return ERR_TOO_BIG;
	ret_list->items = arena_zalloc(m->a, (count + 1) * sizeof(*ret_list->items));
	ret_list->count = 0;
	return OK;
}

static struct item *add(struct list_of *l, const struct xml *el)
{
	struct item *item = &l->items[l->count++];

	item->el = el;
	return item;
}

/* i;octet. ERR_INVALID if two are the same. */
static enum err sort(struct list_of *l)
{
	qsort(l->items, l->count, sizeof(*l->items), compare);
	for (size_t i = 1; i < l->count; i++) {
		if (compare(&l->items[i - 1], &l->items[i]) == 0)
			return ERR_INVALID;
	}
	return OK;
}

/* A '<' inside a text stays written as "&lt;": it must never pass for the separator. */
static void put(struct making *m, struct str s)
{
	struct str part;

	while (str_index(s, '<') >= 0 && str_split(&s, '<', &part)) {
		(void)sbuf_add(&m->out, part);
		(void)sbuf_lit(&m->out, "&lt;");
	}
	(void)sbuf_add(&m->out, s);
}

static void put_line(struct making *m, struct str s)
{
	put(m, s);
	(void)sbuf_lit(&m->out, "<");
}

static enum err identities(struct making *m, const struct xml *query)
{
	struct list_of l;
	enum err err = begin(m, query, NS_DISCO_INFO, STR("identity"), &l);

	if (err)
		return err;
	xml_each (child, query) {
		struct item *item;

		if (!xml_is(child, NS_DISCO_INFO, STR("identity")))
			continue;
		item = add(&l, child);
		item->key[0] = xml_attr(child, STR("category"));
		item->key[1] = xml_attr(child, STR("type"));
		item->key[2] = xml_attr_ns(child, XML_NS_XML, STR("lang"));
		item->key[3] = xml_attr(child, STR("name"));
	}
	err = sort(&l);
	for (size_t i = 0; !err && i < l.count; i++) {
		for (size_t k = 0; k < array_len(l.items[i].key); k++) {
			put(m, l.items[i].key[k]);
			(void)sbuf_add(&m->out, k < 3 ? STR("/") : STR("<"));
		}
	}
	return err;
}

static enum err features(struct making *m, const struct xml *query)
{
	struct list_of l;
	enum err err = begin(m, query, NS_DISCO_INFO, STR("feature"), &l);

	if (err)
		return err;
	xml_each (child, query) {
		if (xml_is(child, NS_DISCO_INFO, STR("feature")))
			add(&l, child)->key[0] = xml_attr(child, STR("var"));
	}
	err = sort(&l);
	for (size_t i = 0; !err && i < l.count; i++)
		put_line(m, l.items[i].key[0]);
	return err;
}

/* ---- forms (XEP-0128) ---- */

static enum err values(struct making *m, const struct xml *field)
{
	struct list_of l;
	enum err err = begin(m, field, NS_DATA, STR("value"), &l);

	if (err)
		return err;
	xml_each (child, field) {
		if (xml_is(child, NS_DATA, STR("value")))
			add(&l, child)->key[0] = xml_text(child, m->a);
	}
	(void)sort(&l); /* equal values are allowed */
	for (size_t i = 0; i < l.count; i++)
		put_line(m, l.items[i].key[0]);
	return OK;
}

static enum err fields(struct making *m, const struct xml *form)
{
	struct list_of l;
	enum err err = begin(m, form, NS_DATA, STR("field"), &l);

	if (err)
		return err;
	xml_each (child, form) {
		struct str var = xml_attr(child, STR("var"));

		if (xml_is(child, NS_DATA, STR("field")) && !str_eq(var, STR("FORM_TYPE")))
			add(&l, child)->key[0] = var;
	}
	err = sort(&l);
	for (size_t i = 0; !err && i < l.count; i++) {
		put_line(m, l.items[i].key[0]);
		err = values(m, l.items[i].el);
	}
	return err;
}

/* The form's type; unset if the form does not count. */
static enum err type_of(struct making *m, const struct xml *form, struct str *ret_type)
{
	struct str type = STR_NONE;
	bool is_hidden = false;

	xml_each (field, form) {
		if (!xml_is(field, NS_DATA, STR("field")) ||
		    !str_eq(xml_attr(field, STR("var")), STR("FORM_TYPE")))
			continue;
		is_hidden = is_hidden || str_eq(xml_attr(field, STR("type")), STR("hidden"));
		xml_each (value, field) {
			struct str text = xml_text(value, m->a);

			if (!xml_is(value, NS_DATA, STR("value")))
				continue;
			if (str_is_set(type) && !str_eq(type, text))
				return ERR_INVALID;
			type = str_is_set(text) ? text : STR("");
		}
	}
	*ret_type = is_hidden ? type : STR_NONE;
	return OK;
}

static enum err forms(struct making *m, const struct xml *query)
{
	struct list_of l;
	enum err err = begin(m, query, NS_DATA, STR("x"), &l);

	if (err)
		return err;
	xml_each (child, query) {
		struct str type;

		if (!xml_is(child, NS_DATA, STR("x")))
			continue;
		err = type_of(m, child, &type);
		if (err)
			return err;
		if (str_is_set(type))
			add(&l, child)->key[0] = type;
	}
	err = sort(&l);
	for (size_t i = 0; !err && i < l.count; i++) {
		put_line(m, l.items[i].key[0]);
		err = fields(m, l.items[i].el);
	}
	return err;
}

/* ---- the whole ---- */

static enum err make(struct making *m, const struct xml *query)
{
	enum err err;

	if (!xml_is(query, NS_DISCO_INFO, STR("query")))
		return ERR_INVALID;
	err = identities(m, query);
	if (!err)
		err = features(m, query);
	if (!err)
		err = forms(m, query);
	if (!err && (m->out.err || arena_is_over(m->a)))
		err = ERR_TOO_BIG;
	return err;
}

enum err caps_ver(struct arena *a, const struct xml *query, enum digest_kind kind,
		  struct str *ret_ver)
{
	struct arena own scoped(arena_done) = { 0 };
	struct making m = { .a = &own, .out = SBUF(CAPS_TEXT_MAX) };
	struct sbuf text scoped(sbuf_done) = SBUF(KIB);
	uint8_t digest[DIGEST_MAX];
	enum err err;

	arena_init(&own, MAKING_ARENA_MAX);
	err = make(&m, query);
	if (!err) {
		digest_of(kind, sbuf_str(&m.out), digest);
		must(base64_encode(&text, str_make((const char *)digest, digest_len(kind))) == OK);
		*ret_ver = arena_dup(a, sbuf_str(&text));
	}
	sbuf_done(&m.out);
	return err;
}

bool caps_verify(const struct xml *query, struct str hash, struct str ver)
{
	static const struct {
		struct str name;
		enum digest_kind kind;
	} hashes[] = {
		{ STR_INIT("sha-1"), DIGEST_SHA1 },
		{ STR_INIT("sha-256"), DIGEST_SHA256 },
		{ STR_INIT("sha-512"), DIGEST_SHA512 },
	};
	struct arena a scoped(arena_done) = { 0 };
	struct str wanted;

	arena_init(&a, KIB);
	for (size_t i = 0; i < array_len(hashes); i++) {
		if (str_eq(hashes[i].name, hash))
			return caps_ver(&a, query, hashes[i].kind, &wanted) == OK &&
			       str_eq(wanted, ver);
	}
	return false;
}

struct xml *caps_new(struct arena *a, struct str node, struct str ver)
{
	struct xml *c = xml_new(a, NS_CAPS, STR("c"));

	xml_set(a, c, STR("hash"), STR("sha-1"));
	xml_set(a, c, STR("node"), node);
	xml_set(a, c, STR("ver"), ver);
	return c;
}
