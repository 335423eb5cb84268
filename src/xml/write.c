/* SPDX-License-Identifier: Apache-2.0 */
/* Tree -> text, see write.h. Namespaces are written as they change, with the default declaration;
 * the only prefixes are "stream", "xml" and those made up for attributes. No recursion: a peer
 * decides how deep a tree is. */
#include "xml/write.h"

#include "codec/utf8.h"

#include <stdio.h>

#define NS_STREAM_PREFIXED STR("http://etherx.jabber.org/streams")

struct writer {
	struct sbuf *out;
	const struct xml *root;
	struct str outer_ns;
	bool is_alone; /* the prefix "stream" is not declared outside */
};

/* What to do about a byte. */
enum { PLAIN, FOREIGN /* look at the whole */, AMP, LT, GT, APOS, QUOT, CR, LF, TAB };

static const uint8_t treat[256] = {
	[0 ... 8] = FOREIGN, ['\t'] = TAB,          ['\n'] = LF,  [11 ... 12] = FOREIGN,
	['\r'] = CR,         [14 ... 31] = FOREIGN, ['&'] = AMP,  ['<'] = LT,
	['>'] = GT,          ['\''] = APOS,         ['"'] = QUOT, [0x80 ... 0xff] = FOREIGN,
};

/* sbuf_add with the usual case in line; the buffer keeps the first failure. */
static inline void put(struct sbuf *out, struct str s)
{
	if (unlikely(s.len > out->cap - out->len)) {
		(void)sbuf_add(out, s);
	} else if (s.len) {
		memcpy(out->ptr + out->len, s.ptr, s.len);
		out->len += s.len;
	}
}

static enum err write_escaped(struct sbuf *out, struct str s, unsigned last)
{
	static const struct str escapes[] = {
		[AMP] = STR_INIT("&amp;"),   [LT] = STR_INIT("&lt;"),     [GT] = STR_INIT("&gt;"),
		[APOS] = STR_INIT("&apos;"), [QUOT] = STR_INIT("&quot;"), [CR] = STR_INIT("&#13;"),
		[LF] = STR_INIT("&#10;"),    [TAB] = STR_INIT("&#9;"),
	};
	const char *p = s.ptr, *end = p + s.len, *from = p;
	bool is_foreign = false;

	for (; p < end; p++) {
		unsigned t = treat[(unsigned char)*p];

		is_foreign |= t == FOREIGN;
		if (t < AMP || t > last)
			continue;
		put(out, str_make(from, (size_t)(p - from)));
		put(out, escapes[t]);
		if (out->err)
			return out->err;
		from = p + 1;
	}
	if (is_foreign && !utf8_is_xml(s))
		return out->err = ERR_INVALID;
	put(out, str_make(from, (size_t)(end - from)));
	return out->err;
}

enum err xml_write_text(struct sbuf *out, struct str s)
{
	return s.len ? write_escaped(out, s, CR) : OK;
}

enum err xml_write_attr(struct sbuf *out, struct str s)
{
	return s.len ? write_escaped(out, s, TAB) : OK;
}

static bool is_stream(const struct xml *x)
{
	return str_eq(x->ns, NS_STREAM_PREFIXED);
}

/* With its colon; empty for elements that are written in the default namespace. */
static struct str prefix_of(const struct xml *x)
{
	if (is_stream(x))
		return STR("stream:");
	return str_eq(x->ns, XML_NS_XML) ? STR("xml:") : STR("");
}

/* The default namespace around x. */
static struct str default_ns(const struct writer *w, const struct xml *x)
{
	while (x != w->root) {
		x = x->parent;
		if (!prefix_of(x).len)
			return x->ns;
	}
	return w->outer_ns;
}

/* Whether x must declare the prefix "stream": no element around it does. */
static bool declares_stream(const struct writer *w, const struct xml *x)
{
	if (!w->is_alone || !is_stream(x))
		return false;
	while (x != w->root) {
		x = x->parent;
		if (is_stream(x))
			return false;
	}
	return true;
}

/* ` name="…"`, the parts of the name joined. The buffer keeps the first failure. */
static void write_pair(struct sbuf *out, struct str prefix, struct str name, struct str value)
{
	put(out, STR(" "));
	put(out, prefix);
	put(out, name);
	put(out, STR("='"));
	(void)xml_write_attr(out, value);
	put(out, STR("'"));
}

static void write_attrs(struct sbuf *out, const struct xml *x)
{
	unsigned made = 0;

	for (const struct xml_attr *attr = x->attrs; attr; attr = attr->next) {
		if (!attr->ns.len) {
			write_pair(out, STR_NONE, attr->name, attr->value);
		} else if (str_eq(attr->ns, XML_NS_XML)) {
			write_pair(out, STR("xml:"), attr->name, attr->value);
		} else {
			char prefix[16];
			int len = snprintf(prefix, sizeof(prefix), "n%u:", made++);
			struct str made_up = str_make(prefix, (size_t)len);

			write_pair(out, STR("xmlns:"), str_sub(made_up, 0, made_up.len - 1),
				   attr->ns);
			write_pair(out, made_up, attr->name, attr->value);
		}
	}
}

static void write_name(struct sbuf *out, const struct xml *x)
{
	put(out, prefix_of(x));
	put(out, x->name);
}

static void write_start_tag(const struct writer *w, const struct xml *x)
{
	put(w->out, STR("<"));
	write_name(w->out, x);
	if (declares_stream(w, x))
		write_pair(w->out, STR("xmlns:"), STR("stream"), x->ns);
	if (!prefix_of(x).len && !str_eq(x->ns, default_ns(w, x)))
		write_pair(w->out, STR_NONE, STR("xmlns"), x->ns);
	write_attrs(w->out, x);
	if (x->first)
		put(w->out, STR(">"));
	else
		put(w->out, STR("/>"));
}

static void write_end_tag(const struct writer *w, const struct xml *x)
{
	put(w->out, STR("</"));
	write_name(w->out, x);
	put(w->out, STR(">"));
}

static enum err write_tree(const struct writer *w)
{
	const struct xml *x = w->root;

	for (;;) {
		if (xml_is_markup(x))
			put(w->out, x->text);
		else if (xml_is_text(x))
			(void)xml_write_text(w->out, x->text);
		else
			write_start_tag(w, x);
		if (w->out->err)
			return w->out->err;
		if (x->first) {
			x = x->first;
			continue;
		}
		while (x != w->root && !x->next) {
			x = x->parent;
			write_end_tag(w, x);
		}
		if (x == w->root)
			return w->out->err;
		x = x->next;
	}
}

enum err xml_write(struct sbuf *out, const struct xml *x, struct str outer_ns)
{
	return write_tree(&(struct writer){ .out = out, .root = x, .outer_ns = outer_ns });
}

enum err xml_write_alone(struct sbuf *out, const struct xml *x)
{
	return write_tree(&(struct writer){ .out = out, .root = x, .is_alone = true });
}

enum { ESCAPED_MAX = 6 /* bytes for one */, MARKUP = 32 /* bytes: tags, quotes, declarations */ };

static size_t bound_one(const struct xml *x)
{
	size_t n = MARKUP + 2 * x->name.len + ESCAPED_MAX * x->text.len;

	if (!x->parent || !str_eq(x->ns, x->parent->ns) || prefix_of(x->parent).len)
		n += ESCAPED_MAX * x->ns.len;
	for (const struct xml_attr *attr = x->attrs; attr; attr = attr->next)
		n += MARKUP + attr->name.len + ESCAPED_MAX * (attr->value.len + attr->ns.len);
	return n;
}

size_t xml_write_bound(const struct xml *root)
{
	const struct xml *x = root;
	size_t n = 0;

	for (;;) {
		n += bound_one(x);
		if (x->first) {
			x = x->first;
			continue;
		}
		while (x != root && !x->next)
			x = x->parent;
		if (x == root)
			return n;
		x = x->next;
	}
}
