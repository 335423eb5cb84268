/* SPDX-License-Identifier: Apache-2.0 */
/* Invitations, see invite.h. A row: "1 MADE END USES LEFT r|t|- BY CONTACT NAME", where "-" stands
 * for none; times are usec since 1970. Neither bare JIDs nor localparts have spaces in them. */
#include "server/model/invite.h"

#include "codec/hex.h"
#include "crypto/digest.h"

enum { FIELDS = 9 };

enum invite_state invite_state(const struct invite *i, usec_t wall)
{
	if (i->left == 0)
		return INVITE_USED;
	return wall >= i->wall_end ? INVITE_ENDED : INVITE_LIVE;
}

struct str invite_key(struct arena *a, struct str token)
{
	struct sbuf hex scoped(sbuf_done) = SBUF(INVITE_KEY_LEN);
	uint8_t digest[DIGEST_MAX];

	digest_of(DIGEST_SHA256, token, digest);
	must(hex_encode(&hex, str_make((const char *)digest, digest_len(DIGEST_SHA256))) == OK);
	return arena_dup(a, sbuf_str(&hex));
}

bool invite_is_token(struct str text)
{
	if (text.len != INVITE_TOKEN_LEN)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '2' && c <= '7'))
			return false;
	}
	return true;
}

static struct str or_none(struct str s)
{
	return s.len ? s : STR("-");
}

struct str invite_encode(struct arena *a, const struct invite *i)
{
	return arena_printf(a, "1 %lld %lld %u %u %s %.*s %.*s %.*s", (long long)i->wall_made,
			    (long long)i->wall_end, i->uses, i->left,
			    i->is_trap        ? "t"
			    : i->may_register ? "r"
					      : "-",
			    STR_ARG(or_none(i->by)), STR_ARG(or_none(i->contact)),
			    STR_ARG(or_none(i->name)));
}

static bool read_count(struct str s, uint32_t *ret)
{
	uint64_t n;

	if (str_to_u64(s, &n) || n > INVITE_USES_MAX)
		return false;
	*ret = (uint32_t)n;
	return true;
}

static struct str none_or(struct str s)
{
	return str_eq(s, STR("-")) ? STR_NONE : s;
}

enum err invite_decode(struct str key, struct str value, struct invite *ret_invite)
{
	struct str f[FIELDS];
	struct invite i = { .key = key };
	bool has_nul = str_index(value, '\0') >= 0;
	size_t n = 0;

	while (n < FIELDS && str_split(&value, ' ', &f[n]) && f[n].len)
		n++;
	if (has_nul || n != FIELDS || value.len || !str_eq(f[0], STR("1")) ||
	    key.len != INVITE_KEY_LEN)
		return ERR_INVALID;
	if (str_to_i64(f[1], &i.wall_made) || str_to_i64(f[2], &i.wall_end) ||
	    !read_count(f[3], &i.uses) || !read_count(f[4], &i.left) || i.left > i.uses)
		return ERR_INVALID;
	i.is_trap = str_eq(f[5], STR("t"));
	i.may_register = i.is_trap || str_eq(f[5], STR("r"));
	i.by = none_or(f[6]);
	i.contact = none_or(f[7]);
	i.name = none_or(f[8]);
	*ret_invite = i;
	return OK;
}

/* RFC 5122 2.2: what a localpart may have and a URI may not. */
static void add_escaped(struct sbuf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
				(c >= '0' && c <= '9') || (c && strchr("-._~!$*:@", c));

		if (is_plain)
			sbuf_add_char(out, c);
		else
			sbuf_printf(out, "%%%02X", (unsigned)(unsigned char)c);
	}
}

enum err invite_write_uri(struct sbuf *out, const struct invite *i, struct str domain,
			  struct str token)
{
	sbuf_lit(out, "xmpp:");
	if (i->contact.len && !i->name.len) {
		add_escaped(out, i->contact);
		sbuf_printf(out, "?roster;preauth=%.*s%s", STR_ARG(token),
			    i->may_register ? ";ibr=y" : "");
		return out->err;
	}
	if (i->name.len) {
		add_escaped(out, i->name);
		sbuf_add_char(out, '@');
	}
	add_escaped(out, domain);
	return sbuf_printf(out, "?register;preauth=%.*s", STR_ARG(token));
}
