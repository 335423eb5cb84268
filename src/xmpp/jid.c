/* SPDX-License-Identifier: Apache-2.0 */
/* JIDs (RFC 7622), see jid.h. Any thread. */
#include "xmpp/jid.h"

#include "xmpp/prep-private.h"
#include "xmpp/prep.h"

#include <arpa/inet.h>
#include <idn2.h>

enum {
	LABEL_MAX = 63,                          /* bytes of an ASCII label, RFC 1035 2.3.4 */
	DOMAIN_INPUT_MAX = 3 * JID_PART_MAX + 1, /* with the final dot */
};

/* What a byte is in a localpart: plain, to be lowered, refused (RFC 7622 3.3.1 and all that PRECIS
 * refuses in ASCII), or the beginning of more than ASCII. */
enum { NODE_PLAIN, NODE_UPPER, NODE_BAD, NODE_WIDE };

static const uint8_t node_kind[256] = {
	[0 ... ' '] = NODE_BAD,     ['"'] = NODE_BAD,  ['&'] = NODE_BAD,
	['\''] = NODE_BAD,          ['/'] = NODE_BAD,  [':'] = NODE_BAD,
	['<'] = NODE_BAD,           ['>'] = NODE_BAD,  ['@'] = NODE_BAD,
	['A' ... 'Z'] = NODE_UPPER, [0x7f] = NODE_BAD, [0x80 ... 0xff] = NODE_WIDE,
};

static struct str lower_ascii(struct arena *a, struct str s)
{
	char *text = arena_alloc(a, s.len);

	for (size_t i = 0; i < s.len; i++)
		text[i] = s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? (char)(s.ptr[i] | 0x20) : s.ptr[i];
	return str_make(text, s.len);
}

static unsigned node_kinds(struct str s)
{
	unsigned seen = 0;

	for (size_t i = 0; i < s.len; i++)
		seen |= 1u << node_kind[(uint8_t)s.ptr[i]];
	return seen;
}

enum err jid_prep_node(struct arena *a, struct str s, struct str *ret_s)
{
	unsigned seen = node_kinds(s);
	struct str node = s;
	enum err e;

	if (s.len == 0 || seen & 1u << NODE_BAD)
		return ERR_INVALID;
	if (seen & 1u << NODE_WIDE) {
		e = prep_username(a, s, &node);
		if (e)
			return e;
		/* Width mapping may have made a forbidden character. */
		if (node_kinds(node) & 1u << NODE_BAD)
			return ERR_INVALID;
	}
	if (node.len > JID_PART_MAX)
		return ERR_TOO_BIG;
	*ret_s = seen & 1u << NODE_UPPER && !(seen & 1u << NODE_WIDE) ? lower_ascii(a, node) : node;
	return OK;
}

enum err jid_prep_resource(struct arena *a, struct str s, struct str *ret_s)
{
	struct str resource;
	enum err e = prep_opaque(a, s, &resource);

	if (e)
		return e;
	if (resource.len > JID_PART_MAX)
		return ERR_TOO_BIG;
	*ret_s = resource;
	return OK;
}

/* What a domain needs. SLOW: it has an A-label or more than ASCII. */
enum domain_form { DOMAIN_BAD, DOMAIN_CLEAN, DOMAIN_UPPER, DOMAIN_SLOW };

static bool is_a_label(struct str label)
{
	return label.len > 4 && str_eq_nocase(str_sub(label, 0, 4), STR("xn--"));
}

/* One label of letters, digits and hyphens (RFC 5890 2.3.1). */
static enum domain_form label_form(struct str label)
{
	enum domain_form form = DOMAIN_CLEAN;

	for (size_t i = 0; i < label.len; i++) {
		char c = label.ptr[i];

		if ((uint8_t)c >= 0x80)
			return DOMAIN_SLOW;
		if (c >= 'A' && c <= 'Z')
			form = DOMAIN_UPPER;
		else if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
			return DOMAIN_BAD;
	}
	if (label.len == 0 || label.len > LABEL_MAX || label.ptr[0] == '-' ||
	    label.ptr[label.len - 1] == '-')
		return DOMAIN_BAD;
	if (label.len >= 4 && label.ptr[2] == '-' && label.ptr[3] == '-')
		return is_a_label(label) ? DOMAIN_SLOW : DOMAIN_BAD;
	return form;
}

/* Most domains have nothing but small letters, digits and dots. */
static bool is_plain_domain(struct str domain)
{
	size_t from = 0;

	for (size_t i = 0; i < domain.len; i++) {
		char c = domain.ptr[i];

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			continue;
		if (c != '.' || i == from || i - from > LABEL_MAX)
			return false;
		from = i + 1;
	}
	return domain.len > from && domain.len - from <= LABEL_MAX;
}

static enum domain_form domain_form(struct str domain)
{
	enum domain_form form = DOMAIN_CLEAN;
	size_t from = 0;

	if (str_is_empty(domain))
		return DOMAIN_BAD;
	if (is_plain_domain(domain))
		return DOMAIN_CLEAN;
	for (size_t i = 0; i <= domain.len; i++) {
		enum domain_form one;

		if (i < domain.len && domain.ptr[i] != '.')
			continue;
		one = label_form(str_make(domain.ptr + from, i - from));
		if (one == DOMAIN_BAD)
			return DOMAIN_BAD;
		form = one > form ? one : form;
		from = i + 1;
	}
	return form;
}

/* [v6]: checked and brought to the one form of RFC 5952, so that equal addresses are equal bytes.
 */
static enum err prep_ipv6(struct arena *a, struct str s, struct str *ret_s)
{
	char text[INET6_ADDRSTRLEN] = "";
	struct in6_addr address;
	struct str clean;

	if (s.len < 4 || s.len - 2 >= sizeof(text) || s.ptr[s.len - 1] != ']' ||
	    memchr(s.ptr, 0, s.len))
		return ERR_INVALID;
	memcpy(text, s.ptr + 1, s.len - 2);
	if (inet_pton(AF_INET6, text, &address) != 1)
		return ERR_INVALID;
	must(inet_ntop(AF_INET6, &address, text, sizeof(text)) != NULL);
	clean = arena_printf(a, "[%s]", text);
	*ret_s = str_eq(clean, s) ? s : clean;
	return OK;
}

/* Cherokee's capitals are older than its small letters, so that Unicode folds it upwards, and
 * IDNA2008 allows the capitals only. */
static int32_t fold_cherokee(int32_t cp)
{
	if (cp >= 0xab70 && cp <= 0xabbf)
		return cp - 0xab70 + 0x13a0;
	return cp >= 0x13f8 && cp <= 0x13fd ? cp - 8 : cp;
}

/* RFC 5895 2: width, lower case, NFC, and the ideographic full stop as a dot. Width comes first,
 * for the wide capitals. */
static enum err map_domain(struct arena *a, struct str s, struct str *ret_s)
{
	struct prep_cps c;
	enum err e = prep_decode(a, s, &c);

	if (e)
		return e;
	prep_map_width(c);
	prep_map_lower(a, &c, false);
	prep_map_nfc(a, &c);
	for (size_t i = 0; i < c.len; i++) {
		if (c.cps[i] == 0x3002)
			c.cps[i] = '.';
		else
			c.cps[i] = fold_cherokee(c.cps[i]);
	}
	*ret_s = prep_encode(a, c);
	return OK;
}

/* U-label out of a label of which one part or all is more than ASCII, or of an A-label (RFC
 * 5891 4.2, 5.4). */
static enum err prep_label(struct arena *a, struct str label, struct str *ret_s)
{
	struct str copy = arena_dup(a, label), again;
	char *unicode = NULL;
	uint8_t *ascii = NULL;
	enum err e = ERR_INVALID;
	const uint8_t *u, *given = NULL;

	/* Of ASCII nothing but these can stand in a U-label; above all no NUL, which would end the
	 * string for the library. */
	for (size_t i = 0; i < label.len; i++) {
		char c = label.ptr[i];

		if ((uint8_t)c < 0x80 &&
		    !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
			return ERR_INVALID;
	}
	u = (const uint8_t *)copy.ptr;
	if (is_a_label(label)) {
		given = (const uint8_t *)copy.ptr;
		if (idn2_to_unicode_8z8z(copy.ptr, &unicode, 0) != IDN2_OK)
			return ERR_INVALID;
		u = (const uint8_t *)unicode;
	}
	label = arena_dup(a, str_from((const char *)u));
	/* Mapped again it must be the same, or two texts would stand for one domain. */
	if (label_form(label) == DOMAIN_SLOW && !is_a_label(label) &&
	    map_domain(a, label, &again) == OK && str_eq(again, label) &&
	    idn2_register_u8(u, given, &ascii, 0) == IDN2_OK) {
		*ret_s = label;
		e = OK;
	}
	idn2_free(unicode);
	idn2_free(ascii);
	return e;
}

/* RFC 5893 1.4 and 2: in a domain with one right-to-left label every label keeps the bidi rule. */
static enum err check_bidi(struct arena *a, struct str domain)
{
	struct prep_cps c;
	struct str label;
	enum err e = prep_decode(a, domain, &c);

	if (e || !prep_has_rtl(c))
		return e;
	while (str_split(&domain, '.', &label)) {
		e = prep_decode(a, label, &c);
		if (e)
			return e;
		if (!prep_bidi_ok(c))
			return ERR_INVALID;
	}
	return OK;
}

/* Appends label, and a dot in front of it unless it is the first. */
static enum err add_label(struct str *domain, char *room, struct str label)
{
	size_t dot = domain->len ? 1 : 0;

	if (label.len + dot > JID_PART_MAX - domain->len)
		return ERR_TOO_BIG;
	if (dot)
		room[domain->len] = '.';
	memcpy(room + domain->len + dot, label.ptr, label.len);
	*domain = str_make(room, domain->len + dot + label.len);
	return OK;
}

static enum err prep_domain_slow(struct arena *a, struct str s, struct str *ret_s)
{
	char *room = arena_alloc(a, JID_PART_MAX);
	struct str rest, label, domain = STR_NONE;
	enum err e = map_domain(a, s, &rest);

	if (e)
		return e;
	if (str_ends(rest, STR(".")))
		rest.len--;
	if (str_is_empty(rest) || str_ends(rest, STR(".")))
		return ERR_INVALID;
	while (str_split(&rest, '.', &label)) {
		enum domain_form form = label_form(label);

		if (form == DOMAIN_BAD)
			return ERR_INVALID;
		if (form == DOMAIN_SLOW)
			e = prep_label(a, label, &label);
		if (!e)
			e = add_label(&domain, room, label);
		if (e)
			return e;
	}
	e = check_bidi(a, domain);
	if (e)
		return e;
	*ret_s = str_eq(domain, s) ? s : domain;
	return OK;
}

enum err jid_prep_domain(struct arena *a, struct str s, struct str *ret_s)
{
	struct str domain = s;
	enum domain_form form;
	enum err e;

	if (s.len > DOMAIN_INPUT_MAX)
		return ERR_TOO_BIG;
	if (s.len && s.ptr[0] == '[')
		return prep_ipv6(a, s, ret_s);
	if (s.len && s.ptr[s.len - 1] == '.')
		domain.len--;
	form = domain_form(domain);
	if (form == DOMAIN_BAD)
		return ERR_INVALID;
	if (form == DOMAIN_UPPER)
		domain = lower_ascii(a, domain);
	if (form == DOMAIN_SLOW) {
		e = prep_domain_slow(a, s, &domain);
		if (e)
			return e;
	}
	if (domain.len > JID_PART_MAX)
		return ERR_TOO_BIG;
	*ret_s = domain;
	return OK;
}

/* One text of three parts, and the views into it. */
static struct jid join(struct arena *a, struct str node, struct str domain, struct str resource)
{
	struct str parts[5], full;
	size_t count = 0, at = 0;
	struct jid j = { 0 };

	if (node.len) {
		parts[count++] = node;
		parts[count++] = STR("@");
	}
	parts[count++] = domain;
	if (resource.len) {
		parts[count++] = STR("/");
		parts[count++] = resource;
	}
	full = arena_join(a, parts, count);
	if (node.len) {
		j.node = str_sub(full, 0, node.len);
		at = node.len + 1;
	}
	j.domain = str_sub(full, at, domain.len);
	if (resource.len)
		j.resource = str_from_at(full, at + domain.len + 1);
	j.full = full;
	return j;
}

static bool is_same_view(struct str a, struct str b)
{
	return a.ptr == b.ptr && a.len == b.len;
}

enum err jid_parse(struct arena *a, struct str s, struct jid *ret_jid)
{
	struct jid raw = { .full = s, .domain = s }, clean = { .full = s };
	ptrdiff_t slash = str_index(s, '/'), at;
	enum err e;

	if (slash >= 0) {
		raw.domain = str_sub(s, 0, (size_t)slash);
		raw.resource = str_from_at(s, (size_t)slash + 1);
		e = jid_prep_resource(a, raw.resource, &clean.resource);
		if (e)
			return e;
	}
	at = str_index(raw.domain, '@');
	if (at >= 0) {
		raw.node = str_sub(raw.domain, 0, (size_t)at);
		raw.domain = str_from_at(raw.domain, (size_t)at + 1);
		e = jid_prep_node(a, raw.node, &clean.node);
		if (e)
			return e;
	}
	e = jid_prep_domain(a, raw.domain, &clean.domain);
	if (e)
		return e;
	if (!is_same_view(raw.node, clean.node) || !is_same_view(raw.domain, clean.domain) ||
	    !is_same_view(raw.resource, clean.resource))
		clean = join(a, clean.node, clean.domain, clean.resource);
	*ret_jid = clean;
	return OK;
}

struct jid jid_make(struct arena *a, struct str node, struct str domain, struct str resource)
{
	must(domain.len > 0 && domain.len <= JID_PART_MAX);
	must(node.len <= JID_PART_MAX && resource.len <= JID_PART_MAX);
	return join(a, node, domain, resource);
}

struct jid jid_copy(struct arena *a, struct jid j)
{
	return jid_is_set(j) ? join(a, j.node, j.domain, j.resource) : (struct jid){ 0 };
}

struct str jid_bare_str(struct jid j)
{
	return str_sub(j.full, 0, j.domain.len + (j.node.len ? j.node.len + 1 : 0));
}

struct jid jid_bare(struct jid j)
{
	return (struct jid){ .full = jid_bare_str(j), .node = j.node, .domain = j.domain };
}

bool jid_eq(struct jid a, struct jid b)
{
	return str_eq(a.full, b.full);
}

bool jid_bare_eq(struct jid a, struct jid b)
{
	return str_eq(jid_bare_str(a), jid_bare_str(b));
}
