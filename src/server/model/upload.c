/* SPDX-License-Identifier: Apache-2.0 */
/* Uploaded files, see upload.h. A row is a line of numbers, then owner, name and type, a line each:
 * none of them can hold a line end. */
#include "server/model/upload.h"

#include "codec/base64.h"
#include "codec/utf8.h"
#include "crypto/digest.h"
#include "crypto/secret.h"

static const struct str purposes[UPLOAD_PURPOSES] = {
	[UPLOAD_MESSAGE] = STR_INIT("message"),
	[UPLOAD_PROFILE] = STR_INIT("profile"),
	[UPLOAD_EPHEMERAL] = STR_INIT("ephemeral"),
	[UPLOAD_PERMANENT] = STR_INIT("permanent"),
};

struct str upload_purpose_name(enum upload_purpose purpose)
{
	return purposes[purpose];
}

enum err upload_purpose_parse(struct str word, enum upload_purpose *ret_purpose)
{
	for (size_t i = 0; i < array_len(purposes); i++) {
		if (str_eq(word, purposes[i])) {
			*ret_purpose = (enum upload_purpose)i;
			return OK;
		}
	}
	return ERR_NOT_FOUND;
}

/* ---- names ---- */

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

/* Bytes of the character at the start of s that must not be in a name; 0: it may. Controls (C0,
 * DEL, C1) and what changes the direction of text or breaks lines (U+200E, U+200F, U+2028 to
 * U+202E, U+2066 to U+2069): they make a name look like another one. */
static size_t bad_at(struct str s)
{
	unsigned char c = (unsigned char)s.ptr[0];
	unsigned char d = s.len > 1 ? (unsigned char)s.ptr[1] : 0;
	unsigned char e = s.len > 2 ? (unsigned char)s.ptr[2] : 0;

	if (c < ' ' || c == 0x7F)
		return 1;
	if (c == 0xC2 && d >= 0x80 && d < 0xA0)
		return 2;
	if (c == 0xE2 && d == 0x80 && (e == 0x8E || e == 0x8F || (e >= 0xA8 && e <= 0xAE)))
		return 3;
	if (c == 0xE2 && d == 0x81 && e >= 0xA6 && e <= 0xA9)
		return 3;
	return 0;
}

static struct str last_part(struct str text)
{
	size_t from = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '/' || text.ptr[i] == '\\')
			from = i + 1;
	}
	return str_from_at(text, from);
}

/* At most len bytes from the start, whole characters. */
static struct str cut(struct str s, size_t len)
{
	if (s.len <= len)
		return s;
	while (len && is_continuation(s.ptr[len]))
		len--;
	return str_sub(s, 0, len);
}

static struct str ending_of(struct str name)
{
	enum { ENDING_MAX = 16 };

	for (size_t i = name.len; i > 1 && name.len - i < ENDING_MAX; i--) {
		if (name.ptr[i - 1] == '.')
			return str_from_at(name, i - 1);
	}
	return STR("");
}

struct str upload_clean_name(struct arena *a, struct str text)
{
	struct str rest = last_part(text), name, ending;
	char *out = arena_alloc(a, rest.len + 1);
	size_t len = 0;

	if (!utf8_is_valid(text)) /* no stanza has that */
		return STR("file");
	while (rest.len) {
		size_t bad = bad_at(rest);

		out[len++] = bad ? '_' : rest.ptr[0];
		rest = str_from_at(rest, bad ? bad : 1);
	}
	name = str_make(out, len);
	if (str_is_empty(name) || str_eq(name, STR(".")) || str_eq(name, STR("..")))
		return STR("file");
	if (name.len <= UPLOAD_NAME_MAX)
		return name;
	ending = ending_of(name);
	return ARENA_JOIN(a, cut(name, UPLOAD_NAME_MAX - ending.len), ending);
}

/* ---- types ---- */

static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$&-^_.+", c));
}

static struct str essence(struct str type)
{
	ptrdiff_t semicolon = str_index(type, ';');

	return str_trim(semicolon < 0 ? type : str_sub(type, 0, (size_t)semicolon));
}

bool upload_is_type(struct str text)
{
	struct str kind = essence(text);
	ptrdiff_t slash = str_index(kind, '/');

	if (text.len > UPLOAD_TYPE_MAX || slash < 1 || (size_t)slash + 1 == kind.len)
		return false;
	for (size_t i = 0; i < kind.len; i++) {
		if (i != (size_t)slash && !is_token_char(kind.ptr[i]))
			return false;
	}
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < ' ' || text.ptr[i] > '~')
			return false;
	}
	return true;
}

bool upload_is_same_type(struct str a, struct str b)
{
	return str_eq_nocase(essence(a), essence(b));
}

/* What browsers show without running anything in it. */
static const char *const shown[] = {
	"image/png",        "image/jpeg",  "image/gif",   "image/webp", "image/avif",
	"image/heic",       "image/jxl",   "image/bmp",   "audio/mpeg", "audio/mp4",
	"audio/aac",        "audio/ogg",   "audio/opus",  "audio/webm", "audio/wav",
	"audio/flac",       "audio/x-wav", "audio/x-m4a", "audio/amr",  "audio/3gpp",
	"video/mp4",        "video/webm",  "video/ogg",   "video/3gpp", "video/quicktime",
	"video/x-matroska",
};

/* Types that say what it is and that no browser ever runs, even where it shows them. */
static const char *const saved[] = {
	"application/pdf",      "application/zip",
	"application/gzip",     "application/x-tar",
	"application/json",     "application/vnd.android.package-archive",
	"application/epub+zip", "application/x-7z-compressed",
};

static bool is_among(struct str type, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eq_nocase(type, str_from(list[i])))
			return true;
	}
	return false;
}

struct upload_manner upload_manner(struct str type)
{
	struct str kind = essence(type);

	if (is_among(kind, shown, array_len(shown)))
		return (struct upload_manner){ .type = kind, .is_inline = true };
	if (is_among(kind, saved, array_len(saved)))
		return (struct upload_manner){ .type = kind };
	if (str_eq_nocase(kind, STR("text/plain")))
		return (struct upload_manner){ .type = STR("text/plain; charset=utf-8") };
	return (struct upload_manner){ .type = STR("application/octet-stream") };
}

/* ---- rows ---- */

struct str upload_encode(struct arena *a, const struct upload *u)
{
	return arena_printf(a, "1 %llu %lld %lld %.*s %.*s\n%.*s\n%.*s\n%.*s",
			    (unsigned long long)u->size, (long long)u->wall_made,
			    (long long)u->wall_end, STR_ARG(purposes[u->purpose]),
			    STR_ARG(u->hash.len ? u->hash : STR("-")), STR_ARG(u->owner),
			    STR_ARG(u->name), STR_ARG(u->type));
}

static bool is_line(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.ptr[i] < ' ')
			return false;
	}
	return true;
}

static enum err decode_numbers(struct str line, struct upload *u)
{
	struct str version, size, made, end, purpose;

	if (!str_split(&line, ' ', &version) || !str_eq(version, STR("1")) ||
	    !str_split(&line, ' ', &size) || !str_split(&line, ' ', &made) ||
	    !str_split(&line, ' ', &end) || !str_split(&line, ' ', &purpose))
		return ERR_INVALID;
	u->hash = str_eq(line, STR("-")) ? STR("") : line;
	if (!str_is_set(line) || str_to_u64(size, &u->size) || str_to_i64(made, &u->wall_made) ||
	    str_to_i64(end, &u->wall_end) || upload_purpose_parse(purpose, &u->purpose))
		return ERR_INVALID;
	return OK;
}

enum err upload_decode(struct str id, struct str value, struct upload *ret_upload)
{
	struct upload u = { .id = id };
	struct str rest = value, numbers;

	if (!str_split(&rest, '\n', &numbers) || !str_split(&rest, '\n', &u.owner) ||
	    !str_split(&rest, '\n', &u.name) || decode_numbers(numbers, &u))
		return ERR_INVALID;
	u.type = rest;
	if (!str_is_set(u.type) || !is_line(u.type) || !is_line(u.owner) || !is_line(u.name) ||
	    !is_line(u.hash) || str_is_empty(u.owner) || str_is_empty(u.name))
		return ERR_INVALID;
	*ret_upload = u;
	return OK;
}

/* ---- slots: a signature and, behind it, id and row, in base 64 ---- */

enum { SIGNATURE = 32 /* bytes */ };

struct str upload_slot_write(struct arena *a, const uint8_t key[UPLOAD_KEY], const struct upload *u)
{
	struct upload bare = *u;
	uint8_t signature[DIGEST_MAX];
	struct sbuf out = SBUF(UPLOAD_SLOT_MAX);
	struct str text, row;

	bare.hash = STR("");
	row = ARENA_JOIN(a, u->id, upload_encode(a, &bare));
	digest_hmac(DIGEST_SHA256, str_make((const char *)key, UPLOAD_KEY), row, signature);
	(void)base64_encode(&out, ARENA_JOIN(a, str_make((const char *)signature, SIGNATURE), row));
	text = arena_dup(a, sbuf_str(&out));
	sbuf_done(&out);
	return text;
}

enum err upload_slot_read(struct arena *a, const uint8_t key[UPLOAD_KEY], struct str text,
			  struct upload *ret_upload)
{
	uint8_t signature[DIGEST_MAX];
	struct str all, row;

	if (text.len > UPLOAD_SLOT_MAX || base64_decode(a, text, &all) ||
	    all.len < SIGNATURE + UPLOAD_ID_LEN)
		return ERR_INVALID;
	row = str_from_at(all, SIGNATURE);
	digest_hmac(DIGEST_SHA256, str_make((const char *)key, UPLOAD_KEY), row, signature);
	if (!secret_equal(signature, all.ptr, SIGNATURE))
		return ERR_INVALID;
	return upload_decode(str_sub(row, 0, UPLOAD_ID_LEN), str_from_at(row, UPLOAD_ID_LEN),
			     ret_upload);
}
