/* SPDX-License-Identifier: Apache-2.0 */
/* Which picture an account shows, see avatar.h. */
#include "server/model/avatar.h"

#include "codec/base64.h"
#include "codec/hex.h"
#include "crypto/digest.h"
#include "xmpp/ns.h"

/* ---- pictures ---- */

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

enum err avatar_read_image(struct arena *a, struct str text, struct str *ret_image)
{
	char *dense = arena_alloc(a, text.len + 1);
	size_t n = 0;
	struct str image;

	for (size_t i = 0; i < text.len; i++) {
		if (!is_space(text.ptr[i]))
			dense[n++] = text.ptr[i];
	}
	if (base64_decode(a, str_make(dense, n), &image) || !image.len)
		return ERR_INVALID;
	*ret_image = image;
	return OK;
}

void avatar_id_of(struct str image, char ret_id[AVATAR_ID_LEN + 1])
{
	uint8_t digest[DIGEST_MAX];
	struct sbuf out scoped(sbuf_done) = SBUF(AVATAR_ID_LEN);

	digest_of(DIGEST_SHA1, image, digest);
	must(!hex_encode(&out, str_make((const char *)digest, digest_len(DIGEST_SHA1))));
	memcpy(ret_id, out.ptr, AVATAR_ID_LEN);
	ret_id[AVATAR_ID_LEN] = '\0';
}

/* What pictures begin with. */
static const struct {
	struct str type, start;
	struct str behind; /* at BEHIND_AT; may be unset */
} kinds[] = {
	{ STR_INIT("image/png"), STR_INIT("\x89PNG\r\n\x1a\n"), { .ptr = NULL } },
	{ STR_INIT("image/jpeg"), STR_INIT("\xff\xd8\xff"), { .ptr = NULL } },
	{ STR_INIT("image/gif"), STR_INIT("GIF87a"), { .ptr = NULL } },
	{ STR_INIT("image/gif"), STR_INIT("GIF89a"), { .ptr = NULL } },
	{ STR_INIT("image/webp"), STR_INIT("RIFF"), STR_INIT("WEBP") },
};
enum { BEHIND_AT = 8 };

struct str avatar_type_of(struct str image)
{
	for (size_t i = 0; i < array_len(kinds); i++) {
		if (str_starts(image, kinds[i].start) &&
		    (!kinds[i].behind.len ||
		     (image.len > BEHIND_AT &&
		      str_starts(str_from_at(image, BEHIND_AT), kinds[i].behind))))
			return kinds[i].type;
	}
	return STR("");
}

bool avatar_is_type(struct str type)
{
	for (size_t i = 0; i < array_len(kinds); i++) {
		if (str_eq(kinds[i].type, type))
			return true;
	}
	return false;
}

/* ---- ids ---- */

static bool is_id(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
	}
	return s.len == AVATAR_ID_LEN;
}

static void set_text(char *to, struct str s)
{
	if (s.len)
		memcpy(to, s.ptr, s.len);
	to[s.len] = '\0';
}

/* Its place in held, or AVATAR_HELD_MAX. */
static size_t find(const struct avatar *x, struct str id)
{
	size_t i = 0;

	while (i < AVATAR_HELD_MAX && !(x->held[i][0] && str_eq(str_from(x->held[i]), id)))
		i++;
	return i;
}

static void forget(struct avatar *x, struct str id)
{
	size_t at = find(x, id);

	if (at == AVATAR_HELD_MAX)
		return;
	memmove(x->held[at], x->held[at + 1], (AVATAR_HELD_MAX - at - 1) * sizeof(x->held[0]));
	x->held[AVATAR_HELD_MAX - 1][0] = '\0';
}

void avatar_hold(struct avatar *x, struct arena *a, struct str id, struct str text)
{
	char sum[AVATAR_ID_LEN + 1];
	struct str image;

	if (!id.len)
		memset(x->held, 0, sizeof(x->held));
	forget(x, id);
	if (!is_id(id) || !str_is_set(text) || avatar_read_image(a, text, &image))
		return;
	avatar_id_of(image, sum);
	if (!str_eq(str_from(sum), id))
		return;
	memmove(x->held[1], x->held[0], (AVATAR_HELD_MAX - 1) * sizeof(x->held[0]));
	set_text(x->held[0], id);
}

/* ---- metadata ---- */

static bool is_usable(const struct xml *info)
{
	struct str type = xml_attr(info, STR("type"));

	return xml_is(info, NS_AVATAR_METADATA, STR("info")) &&
	       !str_is_set(xml_attr(info, STR("url"))) && is_id(xml_attr(info, STR("id"))) &&
	       type.len <= AVATAR_TYPE_MAX && str_starts(type, STR("image/")) &&
	       str_index(type, '\n') < 0;
}

void avatar_want(struct avatar *x, const struct xml *metadata)
{
	const struct xml *best = NULL;
	bool is_held = false;

	x->wanted[0] = x->type[0] = '\0';
	if (!xml_is(metadata, NS_AVATAR_METADATA, STR("metadata")))
		return;
	xml_each (info, metadata) {
		if (!is_usable(info) || is_held)
			continue;
		is_held = find(x, xml_attr(info, STR("id"))) < AVATAR_HELD_MAX;
		if (!best || is_held)
			best = info;
	}
	if (!best)
		return;
	set_text(x->wanted, xml_attr(best, STR("id")));
	set_text(x->type, xml_attr(best, STR("type")));
}

struct str avatar_shown(const struct avatar *x)
{
	struct str id = str_from(x->wanted);

	return id.len && find(x, id) < AVATAR_HELD_MAX ? id : STR("");
}

/* ---- in the store: lines: "1", wanted, type, and one for each held ---- */

struct str avatar_encode(const struct avatar *x, struct arena *a)
{
	return arena_printf(a, "1\n%s\n%s\n%s\n%s\n%s\n%s", x->wanted, x->type, x->held[0],
			    x->held[1], x->held[2], x->held[3]);
}

static bool read_id(struct str *rest, char *ret_id)
{
	struct str line;

	if (!str_split(rest, '\n', &line) || (line.len && !is_id(line)))
		return false;
	set_text(ret_id, line);
	return true;
}

enum err avatar_decode(struct str s, struct avatar *ret_x)
{
	struct avatar x = { 0 };
	struct str line;

	if (!str_split(&s, '\n', &line) || !str_eq(line, STR("1")) || !read_id(&s, x.wanted) ||
	    !str_split(&s, '\n', &line) || line.len > AVATAR_TYPE_MAX)
		return ERR_INVALID;
	set_text(x.type, line);
	for (size_t i = 0; i < AVATAR_HELD_MAX; i++) {
		if (!read_id(&s, x.held[i]))
			return ERR_INVALID;
	}
	*ret_x = x;
	return OK;
}
