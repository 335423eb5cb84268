/* SPDX-License-Identifier: Apache-2.0 */
/* The tree, see tree.h. */
#include "xml/tree.h"

bool xml_is(const struct xml *x, struct str ns, struct str name)
{
	return x && !xml_is_text(x) && str_eq(x->name, name) && str_eq(x->ns, ns);
}

static struct xml *skip_text(struct xml *x)
{
	while (x && xml_is_text(x))
		x = x->next;
	return x;
}

struct xml *xml_first(const struct xml *x)
{
	return x ? skip_text(x->first) : NULL;
}

struct xml *xml_next(const struct xml *x)
{
	return skip_text(x->next);
}

struct xml *xml_child(const struct xml *x, struct str ns, struct str name)
{
	xml_each (child, x) {
		if ((!str_is_set(name) || str_eq(child->name, name)) &&
		    (!str_is_set(ns) || str_eq(child->ns, ns)))
			return child;
	}
	return NULL;
}

/* The place where the pointer to the attribute stands, or that of the end. */
static struct xml_attr **find_attr(struct xml_attr **at, struct str ns, struct str name)
{
	while (*at && !(str_eq((*at)->name, name) && str_eq((*at)->ns, ns)))
		at = &(*at)->next;
	return at;
}

struct str xml_attr_ns(const struct xml *x, struct str ns, struct str name)
{
	struct xml_attr *first = x->attrs;
	const struct xml_attr *attr = *find_attr(&first, ns, name);

	return attr ? attr->value : STR_NONE;
}

struct str xml_attr(const struct xml *x, struct str name)
{
	return xml_attr_ns(x, STR_NONE, name);
}

struct str xml_text(const struct xml *x, struct arena *a)
{
	const struct xml *only = NULL;
	size_t len = 0;
	char *text, *p;

	for (const struct xml *t = x->first; t; t = t->next) {
		if (!xml_is_text(t) || xml_is_markup(t))
			continue;
		only = t;
		len += t->text.len;
	}
	if (!len)
		return STR("");
	if (only->text.len == len)
		return only->text;
	text = p = arena_alloc(a, len);
	for (const struct xml *t = x->first; t; t = t->next) {
		if (xml_is_text(t) && !xml_is_markup(t) && t->text.len) {
			memcpy(p, t->text.ptr, t->text.len);
			p += t->text.len;
		}
	}
	return str_make(text, len);
}

struct str xml_child_text(const struct xml *x, struct str ns, struct str name, struct arena *a)
{
	const struct xml *child = xml_child(x, ns, name);

	return child ? xml_text(child, a) : STR_NONE;
}

struct xml *xml_new(struct arena *a, struct str ns, struct str name)
{
	struct xml *x = arena_new(a, struct xml);

	must(str_is_set(name));
	x->ns = ns;
	x->name = name;
	return x;
}

struct xml *xml_add_new(struct arena *a, struct xml *parent, struct str ns, struct str name)
{
	struct xml *x = xml_new(a, ns, name);

	xml_add(parent, x);
	return x;
}

struct xml *xml_add_text_el(struct arena *a, struct xml *parent, struct str ns, struct str name,
			    struct str text)
{
	struct xml *x = xml_add_new(a, parent, ns, name);

	xml_add_text(a, x, text);
	return x;
}

void xml_add(struct xml *parent, struct xml *child)
{
	must(!child->parent && !child->next);
	child->parent = parent;
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
}

void xml_add_text(struct arena *a, struct xml *x, struct str text)
{
	struct xml *t;

	if (!text.len)
		return;
	t = arena_new(a, struct xml);
	t->text = text;
	xml_add(x, t);
}

void xml_add_markup(struct arena *a, struct xml *x, struct str markup)
{
	struct xml *t = arena_new(a, struct xml);

	t->ns = STR("");
	t->text = markup;
	xml_add(x, t);
}

void xml_set_ns(struct arena *a, struct xml *x, struct str ns, struct str name, struct str value)
{
	struct xml_attr **at = find_attr(&x->attrs, ns, name);

	if (!str_is_set(value)) {
		if (*at)
			*at = (*at)->next;
		return;
	}
	if (!*at) {
		*at = arena_new(a, struct xml_attr);
		(*at)->ns = ns;
		(*at)->name = name;
	}
	(*at)->value = value;
}

void xml_set(struct arena *a, struct xml *x, struct str name, struct str value)
{
	xml_set_ns(a, x, STR_NONE, name, value);
}

void xml_remove(struct xml *x)
{
	struct xml *parent = x->parent, *before = NULL;

	if (!parent)
		return;
	for (struct xml *c = parent->first; c != x; c = c->next)
		before = c;
	if (before)
		before->next = x->next;
	else
		parent->first = x->next;
	if (parent->last == x)
		parent->last = before;
	x->parent = x->next = NULL;
}

static struct xml *copy_node(struct arena *a, const struct xml *x)
{
	struct xml *copy = arena_new(a, struct xml);
	struct xml_attr **tail = &copy->attrs;

	copy->ns = x->ns;
	copy->name = x->name;
	copy->text = x->text;
	for (const struct xml_attr *attr = x->attrs; attr; attr = attr->next) {
		*tail = arena_new(a, struct xml_attr);
		**tail = *attr;
		(*tail)->next = NULL;
		tail = &(*tail)->next;
	}
	return copy;
}

struct xml *xml_copy(struct arena *a, const struct xml *x)
{
	struct xml *root = copy_node(a, x), *copy = root;
	const struct xml *at = x;

	/* No recursion: a peer decides how deep the tree is. */
	for (;;) {
		if (at->first) {
			at = at->first;
		} else {
			while (at != x && !at->next) {
				at = at->parent;
				copy = copy->parent;
			}
			if (at == x)
				return root;
			at = at->next;
			copy = copy->parent;
		}
		xml_add(copy, copy_node(a, at));
		copy = copy->last;
	}
}
