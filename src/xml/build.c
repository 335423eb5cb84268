/* SPDX-License-Identifier: Apache-2.0 */
/* Text of one element -> tree, see build.h. One pass, no recursion: what is open is a list in the
 * arena. Attributes keep their prefix in ns until the tag is whole, since a declaration may stand
 * behind its first use. */
#include "xml/build.h"

#include "codec/utf8.h"
#include "xml/decl.h"
#include "xml/name.h"
#include "xml/text.h"

#define NS_XMLNS STR("http://www.w3.org/2000/xmlns/")

/* A declared prefix. */
struct bind {
	struct bind *next; /* the one declared before */
	struct str prefix, ns;
};

/* What is declared at some place. */
struct scope {
	struct bind *binds; /* innermost first */
	size_t bind_count;
	struct str default_ns;
};

/* An element whose end tag has not come. */
struct open {
	struct open *up;
	struct xml *x;
	struct str qname;   /* as written */
	struct scope outer; /* of its parent */
};

struct parser {
	struct arena *a;
	struct str rest; /* not yet parsed */
	const struct xml_limits *limits;
	struct scope scope;
	struct open *open;  /* innermost */
	struct open *spare; /* to be used again */
	size_t depth;       /* elements open, those outside of the text included */
	size_t elements;
	enum xml_fault fault;
};

static bool fail(struct parser *ps, enum xml_fault fault)
{
	ps->fault = fault;
	return false;
}

static bool malformed(struct parser *ps)
{
	return fail(ps, XML_FAULT_NOT_WELL_FORMED);
}

static void advance(struct parser *ps, size_t n)
{
	ps->rest.ptr += n;
	ps->rest.len -= n;
}

static bool take_char(struct parser *ps, char c)
{
	if (!ps->rest.len || *ps->rest.ptr != c)
		return false;
	advance(ps, 1);
	return true;
}

static bool take_space(struct parser *ps)
{
	size_t n = 0;

	while (n < ps->rest.len && xml_class_has(ps->rest.ptr[n], XML_CLASS_SPACE))
		n++;
	advance(ps, n);
	return n > 0;
}

static bool take_name(struct parser *ps, struct str *ret_prefix, struct str *ret_local)
{
	const char *begin = ps->rest.ptr;

	if (!xml_name_take(&ps->rest, ret_prefix, ret_local))
		return malformed(ps);
	if ((size_t)(ps->rest.ptr - begin) > ps->limits->name_bytes)
		return fail(ps, XML_FAULT_TOO_BIG);
	return true;
}

/* Other parsers join namespace and name with some character that no URI holds (expat's users with a
 * blank, '|' or '^'; Python with braces): a namespace that held one could pass for another one
 * there. */
static bool is_namespace_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (xml_class_has(s.ptr[i], XML_CLASS_NO_URI))
			return false;
	}
	return true;
}

/* Namespaces in XML 1.0 3: xml and its namespace belong together, xmlns may not be declared, no
 * prefix may be undeclared. */
static bool may_declare(struct str prefix, struct str ns)
{
	bool is_xml = str_eq(prefix, STR("xml"));

	return is_xml == str_eq(ns, XML_NS_XML) && !str_eq(prefix, STR("xmlns")) &&
	       !str_eq(ns, NS_XMLNS) && (ns.len || !prefix.len) && is_namespace_name(ns);
}

/* xmlns="…" or xmlns:prefix="…"; outer is what was declared outside of this tag. */
static bool declare(struct parser *ps, struct str prefix, struct str ns, const struct scope *outer)
{
	struct bind *b;

	if (!may_declare(prefix, ns))
		return fail(ps, XML_FAULT_NAMESPACE);
	for (b = ps->scope.binds; b != outer->binds; b = b->next) {
		if (str_eq(b->prefix, prefix))
			return malformed(ps);
	}
	if (!prefix.len)
		ps->scope.default_ns = ns;
	else if (++ps->scope.bind_count > XML_PREFIXES_MAX)
		return fail(ps, XML_FAULT_TOO_BIG);
	/* The default has its entry too, for the search above. */
	b = arena_new(ps->a, struct bind);
	*b = (struct bind){ ps->scope.binds, prefix, ns };
	ps->scope.binds = b;
	return true;
}

static bool take_attr(struct parser *ps, const struct scope *outer, struct xml_attr ***tail)
{
	struct str prefix, local, value;
	struct xml_attr *attr;
	size_t len;

	if (!take_name(ps, &prefix, &local))
		return false;
	(void)take_space(ps); /* may be there or not */
	if (!take_char(ps, '='))
		return malformed(ps);
	(void)take_space(ps); /* may be there or not */
	ps->fault = xml_value_take(ps->a, ps->rest, &value, &len);
	if (ps->fault)
		return false;
	advance(ps, len);
	if (str_eq(prefix, STR("xmlns")))
		return declare(ps, local, value, outer);
	if (!prefix.len && str_eq(local, STR("xmlns")))
		return declare(ps, STR_NONE, value, outer);
	attr = arena_new(ps->a, struct xml_attr);
	attr->ns = prefix;
	attr->name = local;
	attr->value = value;
	**tail = attr;
	*tail = &attr->next;
	return true;
}

/* What stands between the name and the '>'. */
static bool take_attrs(struct parser *ps, struct xml *x, const struct scope *outer, bool *ret_empty)
{
	struct xml_attr **tail = &x->attrs;

	for (size_t count = 1;; count++) {
		bool had_space = take_space(ps);

		if (take_char(ps, '>')) {
			*ret_empty = false;
			return true;
		}
		if (take_char(ps, '/')) {
			*ret_empty = true;
			return take_char(ps, '>') || malformed(ps);
		}
		if (!had_space)
			return malformed(ps);
		if (count > ps->limits->attrs)
			return fail(ps, XML_FAULT_TOO_BIG);
		if (!take_attr(ps, outer, &tail))
			return false;
	}
}

static bool resolve(struct parser *ps, struct str prefix, struct str *ret_ns)
{
	if (str_eq(prefix, STR("xml"))) {
		*ret_ns = XML_NS_XML;
		return true;
	}
	for (const struct bind *b = ps->scope.binds; b; b = b->next) {
		if (str_eq(b->prefix, prefix)) {
			*ret_ns = b->ns;
			return true;
		}
	}
	return fail(ps, XML_FAULT_NAMESPACE);
}

/* Prefixes of attributes -> namespaces; and no two of one expanded name. */
static bool resolve_attrs(struct parser *ps, const struct xml *x)
{
	for (struct xml_attr *attr = x->attrs; attr; attr = attr->next) {
		if (attr->ns.len && !resolve(ps, attr->ns, &attr->ns))
			return false;
		for (struct xml_attr *other = x->attrs; other != attr; other = other->next) {
			if (str_eq(other->name, attr->name) && str_eq(other->ns, attr->ns))
				return malformed(ps);
		}
	}
	return true;
}

static void push(struct parser *ps, struct xml *x, struct str qname, const struct scope *outer)
{
	struct open *o = ps->spare;

	if (o)
		ps->spare = o->up;
	else
		o = arena_new(ps->a, struct open);
	*o = (struct open){ .up = ps->open, .x = x, .qname = qname, .outer = *outer };
	ps->open = o;
	ps->depth++;
}

static void pop(struct parser *ps)
{
	struct open *o = ps->open;

	ps->scope = o->outer;
	ps->open = o->up;
	o->up = ps->spare;
	ps->spare = o;
	ps->depth--;
}

/* A start tag, behind its '<'. */
static bool take_start_tag(struct parser *ps, struct xml **ret_x)
{
	struct scope outer = ps->scope;
	struct str qname = ps->rest, prefix, local;
	struct xml *x;
	bool is_empty;

	if (ps->depth >= ps->limits->depth || ++ps->elements > ps->limits->children)
		return fail(ps, XML_FAULT_TOO_BIG);
	if (!take_name(ps, &prefix, &local))
		return false;
	qname.len -= ps->rest.len;
	x = xml_new(ps->a, STR_NONE, local);
	if (!take_attrs(ps, x, &outer, &is_empty))
		return false;
	x->ns = ps->scope.default_ns;
	if ((prefix.len && !resolve(ps, prefix, &x->ns)) || !resolve_attrs(ps, x))
		return false;
	if (ps->open)
		xml_add(ps->open->x, x);
	if (is_empty)
		ps->scope = outer;
	else
		push(ps, x, qname, &outer);
	*ret_x = x;
	return true;
}

/* An end tag, behind its "</". */
static bool take_end_tag(struct parser *ps)
{
	struct str qname = ps->open->qname;

	if (!str_starts(ps->rest, qname))
		return malformed(ps);
	advance(ps, qname.len);
	(void)take_space(ps); /* may be there or not */
	if (!take_char(ps, '>'))
		return malformed(ps);
	pop(ps);
	return true;
}

/* The character data in front of a tag, and that tag. */
static bool take_content(struct parser *ps)
{
	struct str text;
	struct xml *x;
	size_t len;

	ps->fault = xml_text_take(ps->a, ps->rest, &text, &len);
	if (ps->fault)
		return false;
	advance(ps, len + 1);
	if (text.len)
		xml_add_text(ps->a, ps->open->x, text);
	if (take_char(ps, '/'))
		return take_end_tag(ps);
	if (ps->rest.len && (*ps->rest.ptr == '!' || *ps->rest.ptr == '?'))
		return fail(ps, XML_FAULT_RESTRICTED);
	return take_start_tag(ps, &x);
}

/* The start tag that the text begins with. */
static bool take_root(struct parser *ps, struct xml **ret_x)
{
	if (!take_char(ps, '<'))
		return malformed(ps);
	if (ps->rest.len && (*ps->rest.ptr == '!' || *ps->rest.ptr == '?'))
		return fail(ps, XML_FAULT_RESTRICTED);
	return take_start_tag(ps, ret_x);
}

static enum xml_fault check_text(struct str text, const struct xml_limits *limits)
{
	if (text.len > limits->stanza_bytes)
		return XML_FAULT_TOO_BIG;
	return utf8_is_xml(text) ? XML_FAULT_NONE : XML_FAULT_NOT_WELL_FORMED;
}

enum xml_fault xml_parse(struct arena *a, struct str text, const struct xml_scope *scope,
			 const struct xml_limits *limits, struct xml **ret_x)
{
	struct parser ps = { .a = a, .rest = text, .limits = limits, .depth = 1 };
	struct bind outer[array_len(scope->prefixes)];
	struct xml *x;

	ps.fault = check_text(text, limits);
	if (ps.fault)
		return ps.fault;
	must(scope->prefix_count <= array_len(outer));
	ps.scope.default_ns = scope->default_ns;
	ps.scope.bind_count = scope->prefix_count;
	for (size_t i = 0; i < scope->prefix_count; i++) {
		outer[i] = (struct bind){ ps.scope.binds, scope->prefixes[i].prefix,
					  scope->prefixes[i].ns };
		ps.scope.binds = &outer[i];
	}
	if (!take_root(&ps, &x))
		return ps.fault;
	while (ps.open) {
		if (!take_content(&ps))
			return ps.fault;
	}
	(void)take_space(&ps); /* may be there or not */
	if (ps.rest.len)
		return XML_FAULT_NOT_WELL_FORMED;
	if (arena_is_over(a))
		return XML_FAULT_TOO_BIG;
	*ret_x = x;
	return XML_FAULT_NONE;
}

/* What the opening tag declares, as the scope of the stanzas. */
static enum xml_fault export_scope(struct parser *ps, struct xml_scope *ret_scope)
{
	struct xml_scope scope = { .default_ns = STR_NONE };

	for (const struct bind *b = ps->scope.binds; b; b = b->next) {
		size_t i = scope.prefix_count;

		if (!b->prefix.len || str_eq(b->prefix, STR("xml")))
			continue;
		if (i == array_len(scope.prefixes))
			return XML_FAULT_TOO_BIG;
		scope.prefixes[i].prefix = arena_dup(ps->a, b->prefix);
		scope.prefixes[i].ns = arena_dup(ps->a, b->ns);
		scope.prefix_count++;
	}
	if (str_is_set(ps->scope.default_ns))
		scope.default_ns = arena_dup(ps->a, ps->scope.default_ns);
	*ret_scope = scope;
	return XML_FAULT_NONE;
}

enum xml_fault xml_parse_open(struct arena *a, struct str text, const struct xml_limits *limits,
			      struct xml **ret_x, struct xml_scope *ret_scope)
{
	struct parser ps = { .a = a, .rest = text, .limits = limits };
	struct xml_scope scope;
	struct xml *x;

	ps.fault = check_text(text, limits);
	if (!ps.fault)
		ps.fault = xml_decl_take(&ps.rest);
	if (ps.fault)
		return ps.fault;
	(void)take_space(&ps); /* behind the declaration */
	if (!take_root(&ps, &x))
		return ps.fault;
	if (!ps.open || ps.rest.len)
		return XML_FAULT_NOT_WELL_FORMED;
	ps.fault = export_scope(&ps, &scope);
	if (ps.fault)
		return ps.fault;
	if (arena_is_over(a))
		return XML_FAULT_TOO_BIG;
	*ret_x = x;
	*ret_scope = scope;
	return XML_FAULT_NONE;
}
