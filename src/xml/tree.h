/* SPDX-License-Identifier: Apache-2.0 */
/* An XML element as a tree in an arena: what a stanza is while it is handled. Names and values are
 * views, either into the parsed text (which must live as long) or into the arena. Namespaces are
 * always resolved; no prefix survives. */
#pragma once

#include "base/arena.h"

struct xml_attr {
	struct xml_attr *next;
	struct str ns; /* empty but for prefixed attributes: xml:lang has NS_XML */
	struct str name;
	struct str value; /* unescaped */
};

/* An element, or a piece of text (name.ptr == NULL, text set), or of markup (the same, and ns.ptr
 * set). */
struct xml {
	struct xml *parent, *next; /* sibling */
	struct xml *first, *last;  /* children */
	struct xml_attr *attrs;    /* in document order */
	struct str ns, name;
	struct str text; /* unescaped; of markup: as it will be written */
};

#define XML_NS_XML STR("http://www.w3.org/XML/1998/namespace")

static inline bool xml_is_text(const struct xml *x)
{
	return x->name.ptr == NULL;
}

static inline bool xml_is_markup(const struct xml *x)
{
	return xml_is_text(x) && x->ns.ptr != NULL;
}

/* Whether x is the element {ns}name. x may be NULL. */
bool xml_is(const struct xml *x, struct str ns, struct str name);

/* First child element {ns}name; with ns or name unset (STR_NONE): any. NULL if there is none. */
struct xml *xml_child(const struct xml *x, struct str ns, struct str name);

/* First child element of any name; and the next sibling element behind x. NULL at the end. */
struct xml *xml_first(const struct xml *x);
struct xml *xml_next(const struct xml *x);

#define xml_each(child, parent)                                                                    \
	for (struct xml *child = xml_first(parent); child; child = xml_next(child))

/* Value of the attribute without namespace; without pointer if it is absent. */
struct str xml_attr(const struct xml *x, struct str name);
struct str xml_attr_ns(const struct xml *x, struct str ns, struct str name);

/* All text directly inside x, joined (in the arena if it comes in pieces); empty without any. */
struct str xml_text(const struct xml *x, struct arena *a);

/* Text of the child {ns}name, trimmed of nothing; without pointer if there is no such child. */
struct str xml_child_text(const struct xml *x, struct str ns, struct str name, struct arena *a);

/* Makes an element that stands alone / a child at the end of parent. ns and name are borrowed. */
struct xml *xml_new(struct arena *a, struct str ns, struct str name);
struct xml *xml_add_new(struct arena *a, struct xml *parent, struct str ns, struct str name);

/* The same with text inside: <name xmlns=ns>text</name>. */
struct xml *xml_add_text_el(struct arena *a, struct xml *parent, struct str ns, struct str name,
			    struct str text);

/* Appends child (which stands alone) to parent. */
void xml_add(struct xml *parent, struct xml *child);

/* Appends text to x; borrowed. */
void xml_add_text(struct arena *a, struct xml *x, struct str text);

/* Appends what xml_write_alone has made of an element; borrowed. It is written as it is, which
 * saves parsing what was stored; to all that reads the tree it is nothing, until it was parsed
 * again. */
void xml_add_markup(struct arena *a, struct xml *x, struct str markup);

/* Sets, replaces, or with an unset value (STR_NONE) removes the attribute without namespace;
 * borrowed. */
void xml_set(struct arena *a, struct xml *x, struct str name, struct str value);
void xml_set_ns(struct arena *a, struct xml *x, struct str ns, struct str name, struct str value);

/* Takes x out of its parent. */
void xml_remove(struct xml *x);

/* A copy of x and all below it, in the arena; strings are borrowed from x. Stands alone. */
struct xml *xml_copy(struct arena *a, const struct xml *x);
