/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that are blocked for everybody, see banlist.h. */
#include "server/model/banlist.h"

#include "base/mem.h"
#include "crypto/digest.h"

enum {
	LINE_MAX_BYTES = 4 * 1024,
	HASH_BYTES = 32, /* SHA-256 */
	HASH_KEY_LEN = 1 + 2 * HASH_BYTES,
};

struct banlist *banlist_new(void)
{
	struct banlist *l = mem_zalloc(1, sizeof(*l));

	l->refs = 1;
	arena_init(&l->arena, BANLIST_BYTES_MAX);
	map_init(&l->items);
	return l;
}

struct banlist *banlist_ref(struct banlist *l)
{
	__atomic_add_fetch(&l->refs, 1, __ATOMIC_RELAXED);
	return l;
}

struct banlist *banlist_unref(struct banlist *l)
{
	if (l && __atomic_sub_fetch(&l->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		map_done(&l->items);
		arena_done(&l->arena);
		mem_free(l);
	}
	return NULL;
}

enum err banlist_prepare(struct arena *a, struct str text, struct str *ret_key)
{
	bool is_below = str_starts(text, STR("*."));
	struct jid jid;

	if (jid_parse(a, is_below ? str_from_at(text, 2) : text, &jid) || jid_is_full(jid) ||
	    (is_below && jid.node.len))
		return ERR_INVALID;
	*ret_key = is_below ? ARENA_JOIN(a, STR("."), jid.full) : jid.full;
	return OK;
}

/* Room in the arena is looked for first: out of memory ends the program. */
enum err banlist_add(struct banlist *l, struct str key)
{
	struct str own;

	if (map_get(&l->items, key))
		return OK;
	if (l->items.count >= BANLIST_ADDRESSES_MAX ||
	    l->items.count * 16 + l->arena.used + key.len > BANLIST_BYTES_MAX / 2)
		return ERR_TOO_BIG;
	own = arena_dup(&l->arena, key);
	(void)map_set(&l->items, own, (void *)(uintptr_t)own.ptr);
	l->hashes += own.ptr[0] == '#';
	return OK;
}

static bool is_hash(struct str id)
{
	for (size_t i = 0; i < id.len; i++) {
		char c = id.ptr[i];

		if ((c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F'))
			return false;
	}
	return id.len == 2 * HASH_BYTES;
}

static struct str hash_key(struct str of, char buf[HASH_KEY_LEN])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t hash[HASH_BYTES];

	digest_of(DIGEST_SHA256, of, hash);
	buf[0] = '#';
	for (size_t i = 0; i < HASH_BYTES; i++) {
		buf[1 + 2 * i] = digits[hash[i] >> 4];
		buf[2 + 2 * i] = digits[hash[i] & 15];
	}
	return str_make(buf, HASH_KEY_LEN);
}

/* Whoever publishes lists does not say "all below": what he could lock out is bounded. */
enum err banlist_prepare_item(struct arena *a, struct str id, struct str *ret_key)
{
	char *text;

	if (!is_hash(id))
		return id.len > LINE_MAX_BYTES || str_starts(id, STR("*."))
			       ? ERR_INVALID
			       : banlist_prepare(a, id, ret_key);
	text = arena_alloc(a, HASH_KEY_LEN);
	text[0] = '#';
	for (size_t i = 0; i < id.len; i++)
		text[1 + i] =
			id.ptr[i] >= 'A' && id.ptr[i] <= 'F' ? (char)(id.ptr[i] | 0x20) : id.ptr[i];
	*ret_key = str_make(text, HASH_KEY_LEN);
	return OK;
}

static enum err read_line(struct banlist *l, struct str line)
{
	struct arena a scoped(arena_done) = { 0 };
	ptrdiff_t comment = str_index(line, '#');
	struct str key;
	enum err e;

	line = str_trim(comment < 0 ? line : str_sub(line, 0, (size_t)comment));
	if (!line.len)
		return OK;
	if (line.len > LINE_MAX_BYTES)
		return ERR_INVALID;
	arena_init(&a, 16 * LINE_MAX_BYTES);
	e = banlist_prepare(&a, line, &key);
	return e ? e : banlist_add(l, key);
}

enum err banlist_read(struct banlist *l, struct str text, unsigned *ret_line)
{
	struct str line;

	for (unsigned n = 1; str_split(&text, '\n', &line); n++) {
		enum err e = read_line(l, line);

		if (e) {
			*ret_line = n;
			return e;
		}
	}
	return OK;
}

static struct str key_of(const struct banlist *l, struct str key)
{
	const char *own = map_get(&l->items, key);

	return own ? str_make(own, key.len) : STR_NONE;
}

static struct str covers_hashed(const struct banlist *l, struct jid who)
{
	char buf[HASH_KEY_LEN];
	struct str found = key_of(l, hash_key(jid_bare_str(who), buf));

	return found.ptr || !who.node.len ? found : key_of(l, hash_key(who.domain, buf));
}

struct str banlist_covers(const struct banlist *l, struct jid who)
{
	struct str found = STR_NONE;

	if (!l || !l->items.count || !jid_is_set(who))
		return STR_NONE;
	if (who.node.len)
		found = key_of(l, jid_bare_str(who));
	if (!found.ptr)
		found = key_of(l, who.domain);
	for (size_t i = 0; !found.ptr && i < who.domain.len; i++) {
		if (who.domain.ptr[i] == '.')
			found = key_of(l, str_from_at(who.domain, i));
	}
	return found.ptr || !l->hashes ? found : covers_hashed(l, who);
}

struct str ban_encode(usec_t wall, struct str why, struct arena *a)
{
	return arena_printf(a, "%lld %.*s", (long long)wall, STR_ARG(why));
}

enum err ban_decode(struct str value, usec_t *ret_wall, struct str *ret_why)
{
	struct str wall;
	int64_t n;

	if (!str_split(&value, ' ', &wall) || str_to_i64(wall, &n))
		return ERR_INVALID;
	*ret_wall = n;
	*ret_why = value;
	return OK;
}
