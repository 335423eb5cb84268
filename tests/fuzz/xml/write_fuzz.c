/* SPDX-License-Identifier: Apache-2.0 */
/* Trees that no parser made, with any bytes as text: written so that expat reads the same, or
 * refused. */
#include "codec/utf8.h"
#include "support/xml/check.h"

#include <stdio.h>
#include <stdlib.h>

struct input {
	struct str rest;
	bool is_xml; /* all strings so far */
};

static const struct str names[] = { STR_INIT("a"), STR_INIT("body"), STR_INIT("n0"),
				    STR_INIT("\xc3\xa9t\xc3\xa9") };
static const struct str spaces[] = { STR_INIT(""),
				     STR_INIT("jabber:client"),
				     STR_INIT("http://etherx.jabber.org/streams"),
				     STR_INIT("http://www.w3.org/XML/1998/namespace"),
				     STR_INIT("urn:x:&'1"),
				     STR_INIT("n0") };

static unsigned take_byte(struct input *in)
{
	unsigned c = in->rest.len ? (unsigned char)*in->rest.ptr : 0;

	in->rest = str_from_at(in->rest, 1);
	return c;
}

static struct str take_string(struct input *in)
{
	size_t len = take_byte(in) % 24;
	struct str s = str_sub(in->rest, 0, len);

	in->rest = str_from_at(in->rest, s.len);
	in->is_xml = in->is_xml && utf8_is_xml(s);
	return s;
}

static struct str take_ns(struct input *in)
{
	return spaces[take_byte(in) % array_len(spaces)];
}

static struct str take_name(struct input *in)
{
	return names[take_byte(in) % array_len(names)];
}

/* One step: down with a new element, up, an attribute or a text. Gives the element to go on with.
 */
static struct xml *grow(struct arena *a, struct xml *at, struct input *in)
{
	struct str ns = take_ns(in), name = take_name(in);

	switch (take_byte(in) % 5) {
	case 0:
		return at->parent ? at->parent : at;
	case 1:
		xml_set_ns(a, at, ns, name, take_string(in));
		return at;
	case 2:
		/* Neighbouring texts would be one after parsing. */
		if (!at->last || !xml_is_text(at->last))
			xml_add_text(a, at, take_string(in));
		return at;
	case 3:
		xml_set_ns(a, at, ns, name, STR_NONE);
		return at;
	default:
		return xml_add_new(a, at, ns, name);
	}
}

static const char *check(struct arena *a, const struct xml *root, bool is_xml)
{
	struct sbuf out scoped(sbuf_done) = SBUF(CHECK_TEXT_MAX);

	if (is_xml)
		return check_written(a, root);
	/* A value that is not XML may have been replaced again. */
	if (xml_write(&out, root, STR("jabber:client")) == OK)
		return oracle_parse_unit(a, sbuf_str(&out)) ? NULL : "written, but not readable";
	return out.err == ERR_INVALID ? NULL : "refused for a wrong reason";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { .rest = str_make((const char *)data, size), .is_xml = true };
	struct arena a scoped(arena_done);
	struct xml *root, *at;
	struct str ns;
	const char *broken;

	arena_init(&a, CHECK_ARENA_MAX);
	ns = take_ns(&in);
	root = at = xml_new(&a, ns, take_name(&in));
	while (in.rest.len)
		at = grow(&a, at, &in);
	broken = check(&a, root, in.is_xml);
	if (broken) {
		(void)fprintf(stderr, "%s\n", broken);
		abort();
	}
	return 0;
}
