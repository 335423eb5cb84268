/* SPDX-License-Identifier: Apache-2.0 */
/* What expat makes of the same text, as our tree: the second opinion of the XML tests and fuzzers.
 * Needs HAVE_EXPAT. What XMPP or Parley refuses beyond XML is refused here too, each with its
 * reason. */
#pragma once

#include "base/sbuf.h"
#include "xml/build.h"

#include <expat.h>

#define ORACLE_OPEN                                                                                \
	STR("<stream:stream xmlns='jabber:client' "                                                \
	    "xmlns:stream='http://etherx.jabber.org/streams'>")
#define ORACLE_CLOSE STR("</stream:stream>")

/* Wide enough that the two never differ because of a limit. */
static const struct xml_limits oracle_limits = {
	.stanza_bytes = 1 << 20,
	.depth = 2000,
	.attrs = 2000,
	.name_bytes = 2000,
	.children = 60000,
};

/* The scope that ORACLE_OPEN makes. */
static const struct xml_scope oracle_scope = {
	.default_ns = STR_INIT("jabber:client"),
	.prefixes = { { STR_INIT("stream"), STR_INIT("http://etherx.jabber.org/streams") } },
	.prefix_count = 1,
};

struct oracle {
	struct arena *a;
	struct xml *root, *at;
	const char *refusal; /* why XMPP or Parley refuses what XML allows */
};

static inline void oracle_split(struct oracle *o, const char *expanded, struct str *ns,
				struct str *name)
{
	struct str all = arena_dup(o->a, str_from(expanded));
	ptrdiff_t at = str_index(all, '\1');

	*ns = at < 0 ? STR_NONE : str_sub(all, 0, (size_t)at);
	*name = at < 0 ? all : str_from_at(all, (size_t)at + 1);
}

static inline void oracle_start(void *arg, const char *name, const char **attrs)
{
	struct oracle *o = arg;
	struct xml *x;
	struct xml_attr **tail;
	struct str ns, local;

	oracle_split(o, name, &ns, &local);
	x = xml_new(o->a, ns, local);
	tail = &x->attrs;
	for (; *attrs; attrs += 2) {
		*tail = arena_new(o->a, struct xml_attr);
		oracle_split(o, attrs[0], &(*tail)->ns, &(*tail)->name);
		(*tail)->value = arena_dup(o->a, str_from(attrs[1]));
		tail = &(*tail)->next;
	}
	if (o->at)
		xml_add(o->at, x);
	else
		o->root = x;
	o->at = x;
}

static inline void oracle_end(void *arg, unused_arg const char *name)
{
	struct oracle *o = arg;

	o->at = o->at->parent;
}

static inline void oracle_text(void *arg, const char *text, int len)
{
	struct oracle *o = arg;
	struct xml *last = o->at->last;
	struct str piece = str_make(text, (size_t)len);

	if (last && xml_is_text(last))
		last->text = ARENA_JOIN(o->a, last->text, piece);
	else
		xml_add_text(o->a, o->at, arena_dup(o->a, piece));
}

static inline void oracle_comment(void *arg, unused_arg const char *text)
{
	((struct oracle *)arg)->refusal = "RFC 6120 11.1: a comment";
}

static inline void oracle_instruction(void *arg, unused_arg const char *target,
				      unused_arg const char *data)
{
	((struct oracle *)arg)->refusal = "RFC 6120 11.1: a processing instruction";
}

static inline void oracle_doctype(void *arg, unused_arg const char *name,
				  unused_arg const char *system, unused_arg const char *public,
				  unused_arg int has_subset)
{
	((struct oracle *)arg)->refusal = "RFC 6120 11.1: a DTD";
}

static inline void oracle_decl(void *arg, const char *version, unused_arg const char *encoding,
			       unused_arg int standalone)
{
	if (version && strcmp(version, "1.0") != 0)
		((struct oracle *)arg)->refusal = "RFC 6120 11: not XML 1.0";
}

static inline void oracle_namespace(void *arg, unused_arg const char *prefix, const char *uri)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-._~:/?#[]@!$&'()*+,;=%";

	for (; uri && *uri; uri++) {
		if ((unsigned char)*uri < 0x80 && !strchr(allowed, *uri))
			((struct oracle *)arg)->refusal = "a namespace that is no URI";
	}
}

/* Parses a whole document. The tree, or NULL if expat refuses it, *ret_at then (unless NULL) being
 * the byte where; or if it was refused for another reason, with *ret_at being SIZE_MAX. */
static inline struct xml *oracle_parse(struct arena *a, struct str doc, size_t *ret_at)
{
	XML_Parser parser = XML_ParserCreateNS("UTF-8", '\1');
	struct oracle o = { .a = a };
	bool is_good;

	must(parser);
	XML_SetUserData(parser, &o);
	(void)XML_SetHashSalt(parser, 1); /* the same run every time */
	XML_SetElementHandler(parser, oracle_start, oracle_end);
	XML_SetCharacterDataHandler(parser, oracle_text);
	XML_SetCommentHandler(parser, oracle_comment);
	XML_SetProcessingInstructionHandler(parser, oracle_instruction);
	XML_SetStartDoctypeDeclHandler(parser, oracle_doctype);
	XML_SetXmlDeclHandler(parser, oracle_decl);
	XML_SetStartNamespaceDeclHandler(parser, oracle_namespace);
	is_good = XML_Parse(parser, doc.ptr, (int)doc.len, 1) == XML_STATUS_OK;
	if (ret_at)
		*ret_at = is_good || o.refusal ? SIZE_MAX : (size_t)XML_GetCurrentByteIndex(parser);
	XML_ParserFree(parser);
	return is_good && !o.refusal ? o.root : NULL;
}

static inline bool oracle_is_blank(struct str s)
{
	return str_trim(s).len == 0;
}

/* Parses one stanza inside of ORACLE_OPEN; NULL if it is refused, also for not being exactly one
 * element with nothing but white space behind it, which may be neither a reference nor CDATA. */
static inline struct xml *oracle_parse_unit(struct arena *a, struct str text)
{
	struct xml *root = oracle_parse(a, ARENA_JOIN(a, ORACLE_OPEN, text, ORACLE_CLOSE), NULL);
	struct xml *unit = root ? root->first : NULL;

	if (!unit || xml_is_text(unit) || xml_next(unit))
		return NULL;
	if (unit->next && !oracle_is_blank(unit->next->text))
		return NULL;
	if (!str_ends(str_trim(text), STR(">")) || str_ends(str_trim(text), STR("]]>")))
		return NULL;
	xml_remove(unit);
	return unit;
}

static inline bool oracle_same_node(const struct xml *x, const struct xml *y)
{
	const struct xml_attr *b = y->attrs;

	if (xml_is_text(x) || xml_is_text(y))
		return xml_is_text(x) && xml_is_text(y) && str_eq(x->text, y->text);
	for (const struct xml_attr *c = x->attrs; c; c = c->next, b = b->next) {
		if (!b || !str_eq(b->ns, c->ns) || !str_eq(b->name, c->name) ||
		    !str_eq(b->value, c->value))
			return false;
	}
	return !b && str_eq(x->ns, y->ns) && str_eq(x->name, y->name);
}

/* Equal trees; attributes in the same order, neighbouring texts being one already. */
static inline bool oracle_same(const struct xml *x, const struct xml *y)
{
	const struct xml *root = x;

	for (;;) {
		if (!oracle_same_node(x, y) || !x->first != !y->first)
			return false;
		if (x->first) {
			x = x->first;
			y = y->first;
			continue;
		}
		while (x != root && !x->next) {
			if (y->next)
				return false;
			x = x->parent;
			y = y->parent;
		}
		if (x == root)
			return true;
		x = x->next;
		y = y->next;
		if (!y)
			return false;
	}
}
