/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads, see payload.h. */
#include "search/payload.h"

#include "xmpp/ns.h"

#define NS_OOB       STR("jabber:x:oob")
#define NS_SFS       STR("urn:xmpp:sfs:0")
#define NS_SIMS      STR("urn:xmpp:sims:1")
#define NS_REFERENCE STR("urn:xmpp:reference:0")
#define NS_MENTIONS  STR("urn:xmpp:mentions:0")

/* ---- encryption ---- */

bool payload_is_encrypted(const struct xml *el, struct arena *a)
{
	static const struct str kinds[] = {
		STR_INIT("urn:xmpp:eme:0"), /* XEP-0380 */
		STR_INIT("eu.siacs.conversations.axolotl"),
		STR_INIT("urn:xmpp:omemo:0"),
		STR_INIT("urn:xmpp:omemo:1"),
		STR_INIT("urn:xmpp:omemo:2"),
		STR_INIT("jabber:x:encrypted"), /* XEP-0027 */
		STR_INIT("urn:xmpp:openpgp:0"), /* XEP-0373 */
		STR_INIT("urn:xmpp:mls:0"),
		STR_INIT("http://www.w3.org/2001/04/xmlenc#"),
	};

	xml_each (child, el) {
		for (size_t i = 0; i < array_len(kinds); i++) {
			if (str_eq(child->ns, kinds[i]))
				return true;
		}
	}
	/* OTR says it nowhere else. */
	return str_starts(xml_child_text(el, NS_CLIENT, STR("body"), a), STR("?OTR"));
}

/* ---- files ---- */

struct str payload_file_url(const struct xml *el, struct arena *a)
{
	const struct xml *oob = xml_child(el, NS_OOB, STR("x"));

	return oob ? str_trim(xml_child_text(oob, NS_OOB, STR("url"), a)) : STR("");
}

static bool ends_like_image(struct str url)
{
	static const struct str endings[] = {
		STR_INIT(".png"),  STR_INIT(".jpg"),  STR_INIT(".jpeg"),
		STR_INIT(".gif"),  STR_INIT(".webp"), STR_INIT(".avif"),
		STR_INIT(".heic"), STR_INIT(".svg"),  STR_INIT(".bmp"),
	};
	ptrdiff_t end = str_index(url, '?');

	if (end < 0)
		end = str_index(url, '#');
	if (end >= 0)
		url = str_sub(url, 0, (size_t)end);
	for (size_t i = 0; i < array_len(endings); i++) {
		if (url.len > endings[i].len &&
		    str_eq_nocase(str_from_at(url, url.len - endings[i].len), endings[i]))
			return true;
	}
	return false;
}

struct files {
	struct sbuf *tokens;
	void (*text)(void *arg, struct str text);
	void *arg;
	struct arena *arena;
	unsigned left;
	bool is_image;
};

/* <file/> of XEP-0446, and of XEP-0234 before it, wherever it stands in a description. */
static void read_file(struct files *f, const struct xml *x, unsigned depth)
{
	xml_each (child, x) {
		struct str value;

		if (!f->left || depth == PAYLOAD_DEPTH_MAX)
			return;
		f->left--;
		value = str_eq(child->name, STR("media-type")) ||
					str_eq(child->name, STR("name")) ||
					str_eq(child->name, STR("desc"))
				? xml_text(child, f->arena)
				: STR_NONE;
		if (!str_is_set(value))
			read_file(f, child, depth + 1);
		else if (!str_eq(child->name, STR("media-type")))
			f->text(f->arg, value);
		else if (str_starts(value, STR("image/")))
			f->is_image = true;
	}
}

void payload_files(const struct xml *el, struct sbuf *tokens,
		   void (*text)(void *arg, struct str text), void *arg, struct arena *a)
{
	struct files f = { .tokens = tokens, .text = text, .arg = arg, .arena = a };
	bool has_file = false;

	xml_each (child, el) {
		bool is_oob = xml_is(child, NS_OOB, STR("x"));

		f.left = PAYLOAD_FILES_MAX;
		if (!is_oob && !xml_is(child, NS_SFS, STR("file-sharing")) &&
		    !xml_child(child, NS_SIMS, STR("media-sharing")))
			continue;
		has_file = true;
		read_file(&f, child, 0);
		if (is_oob)
			f.is_image |= ends_like_image(payload_file_url(el, a));
	}
	if (has_file)
		token_add(tokens, TOKEN_HAS, STR("file"));
	if (f.is_image)
		token_add(tokens, TOKEN_HAS, STR("image"));
}

/* ---- pins (docs/pins.md) ---- */

void payload_pins(const struct xml *el, struct sbuf *tokens)
{
	if (xml_child(el, NS_PARLEY_PINS, STR("pin")) ||
	    xml_child(el, NS_PARLEY_PINS, STR("unpin")))
		token_add(tokens, TOKEN_HAS, STR("pin"));
}

/* ---- people ---- */

static struct str bare_of(struct str address)
{
	ptrdiff_t slash = str_index(address, '/');

	return slash < 0 ? address : str_sub(address, 0, (size_t)slash);
}

/* In a room the nick speaks, and behind it the address that the room has put at the end. */
static void add_sender(const struct xml *el, struct sbuf *tokens, struct arena *a)
{
	bool is_room = str_eq(xml_attr(el, STR("type")), STR("groupchat"));
	struct str from = xml_attr(el, STR("from")), bare = bare_of(from), name = bare;
	struct sbuf folded = SBUF(4 * TOKEN_MAX);
	const struct xml *x = NULL, *item;

	if (is_room && from.len > bare.len) {
		name = str_from_at(from, bare.len + 1);
		xml_each (child, el) {
			if (xml_is(child, NS_MUC_USER, STR("x")))
				x = child;
		}
		item = x ? xml_child(x, NS_MUC_USER, STR("item")) : NULL;
		bare = item ? bare_of(xml_attr(item, STR("jid"))) : STR("");
	} else if (str_index(bare, '@') > 0) {
		name = str_sub(bare, 0, (size_t)str_index(bare, '@'));
	}
	token_add(tokens, TOKEN_FROM, bare);
	token_fold_name(&folded, str_sub(name, 0, TOKEN_MAX));
	token_add(tokens, TOKEN_NAME, arena_dup(a, sbuf_str(&folded)));
	sbuf_done(&folded);
}

static int digit_of(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* The address in an XMPP URI (RFC 5122), its escapes undone; empty for another URI. */
static struct str address_of(struct str uri, struct arena *a)
{
	ptrdiff_t end = str_index(uri, '?');
	char *out;
	size_t len = 0;

	if (!str_starts(uri, STR("xmpp:")))
		return STR("");
	uri = str_sub(uri, 5, (end < 0 ? uri.len : (size_t)end) - 5);
	out = arena_alloc(a, uri.len + 1);
	for (size_t i = 0; i < uri.len; i++) {
		bool is_escape = uri.ptr[i] == '%' && i + 2 < uri.len &&
				 digit_of(uri.ptr[i + 1]) >= 0 && digit_of(uri.ptr[i + 2]) >= 0;

		out[len++] =
			is_escape ? (char)(digit_of(uri.ptr[i + 1]) * 16 + digit_of(uri.ptr[i + 2]))
				  : uri.ptr[i];
		i += is_escape ? 2 : 0;
	}
	return str_make(out, len);
}

static void add_mention(const struct xml *x, struct sbuf *tokens, struct arena *a)
{
	if (xml_is(x, NS_REFERENCE, STR("reference")) &&
	    str_eq(xml_attr(x, STR("type")), STR("mention"))) {
		token_add(tokens, TOKEN_MENTION, address_of(xml_attr(x, STR("uri")), a));
	} else if (xml_is(x, NS_MENTIONS, STR("mention")) &&
		   !str_is_set(xml_attr(x, STR("mentions")))) {
		token_add(tokens, TOKEN_MENTION, xml_attr(x, STR("jid")));
		token_add(tokens, TOKEN_OCCUPANT, xml_attr(x, STR("occupantid")));
	}
}

void payload_people(const struct xml *el, struct sbuf *tokens, struct arena *a)
{
	unsigned left = PAYLOAD_MENTIONS_MAX;

	add_sender(el, tokens, a);
	token_add(tokens, TOKEN_THREAD, xml_child_text(el, NS_CLIENT, STR("thread"), a));
	xml_each (child, el) {
		if (left && (str_eq(child->ns, NS_REFERENCE) || str_eq(child->ns, NS_MENTIONS))) {
			add_mention(child, tokens, a);
			left--;
		}
	}
}
