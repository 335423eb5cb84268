/* SPDX-License-Identifier: Apache-2.0 */
/* Hats of a room, see room_hats.h. */
#include "server/model/room_hats.h"

#include "base/mem.h"
#include "base/sbuf.h"

enum { SEPARATOR = 0x1f }; /* no character of XML */

static void set(struct str *to, struct str from)
{
	mem_free((void *)(uintptr_t)to->ptr);
	*to = from.len ? str_make(str_dup(from), from.len) : STR_NONE;
}

static void hat_clear(struct room_hat *hat)
{
	set(&hat->uri, STR_NONE);
	set(&hat->title, STR_NONE);
	set(&hat->hue, STR_NONE);
}

static void wearer_free(struct room_hats *h, struct room_wearer *w)
{
	(void)map_remove(&h->wearers, w->bare);
	for (size_t i = 0; i < w->count; i++)
		set(&w->uris[i], STR_NONE);
	set(&w->bare, STR_NONE);
	mem_free(w);
}

void room_hats_init(struct room_hats *h)
{
	h->count = 0;
	map_init(&h->wearers);
}

void room_hats_done(struct room_hats *h)
{
	struct room_wearer *w;
	size_t at = 0;

	while ((w = map_next(&h->wearers, &at)))
		wearer_free(h, w);
	map_done(&h->wearers);
	for (size_t i = 0; i < h->count; i++)
		hat_clear(&h->hats[i]);
	h->count = 0;
}

/* ---- hats ---- */

/* Where it stands, or would. */
static size_t place_of(const struct room_hats *h, struct str uri)
{
	size_t at = 0;

	while (at < h->count && str_cmp(h->hats[at].uri, uri) < 0)
		at++;
	return at;
}

const struct room_hat *room_hats_find(const struct room_hats *h, struct str uri)
{
	size_t at = place_of(h, uri);

	return at < h->count && str_eq(h->hats[at].uri, uri) ? &h->hats[at] : NULL;
}

static bool is_plain(struct str s, size_t max)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.ptr[i] < ' ')
			return false;
	}
	return s.len <= max;
}

static bool is_uri(struct str s)
{
	return str_index(s, ':') > 0 && str_index(s, ' ') < 0 && is_plain(s, ROOM_HAT_URI_MAX);
}

/* Degrees: 0 to 360, with or without a fraction. */
static bool is_hue(struct str s)
{
	ptrdiff_t dot = str_index(s, '.');
	struct str whole = dot < 0 ? s : str_sub(s, 0, (size_t)dot);
	uint64_t degrees, part = 0;

	if (!s.len)
		return true;
	if (s.len > ROOM_HAT_HUE_MAX || str_to_u64(whole, &degrees) ||
	    (dot >= 0 && str_to_u64(str_from_at(s, (size_t)dot + 1), &part)))
		return false;
	return degrees < 360 || (degrees == 360 && !part);
}

enum err room_hats_set(struct room_hats *h, struct str uri, struct str title, struct str hue)
{
	size_t at = place_of(h, uri);
	bool is_there = room_hats_find(h, uri) != NULL;

	if (!is_uri(uri) || !title.len || !is_plain(title, ROOM_HAT_TITLE_MAX) || !is_hue(hue))
		return ERR_INVALID;
	if (!is_there && h->count == ROOM_HATS_MAX)
		return ERR_TOO_BIG;
	if (!is_there) {
		memmove(&h->hats[at + 1], &h->hats[at], (h->count - at) * sizeof(h->hats[0]));
		h->hats[at] = (struct room_hat){ .hue = STR_NONE };
		set(&h->hats[at].uri, uri);
		h->count++;
	}
	set(&h->hats[at].title, title);
	set(&h->hats[at].hue, hue);
	return OK;
}

enum err room_hats_remove(struct room_hats *h, struct str uri)
{
	size_t at = place_of(h, uri), next = 0;
	struct room_wearer *w;

	if (!room_hats_find(h, uri))
		return ERR_NOT_FOUND;
	while ((w = map_next(&h->wearers, &next)))
		(void)!room_hats_take_off(h, w->bare, uri);
	hat_clear(&h->hats[at]);
	h->count--;
	memmove(&h->hats[at], &h->hats[at + 1], (h->count - at) * sizeof(h->hats[0]));
	return OK;
}

/* ---- heads ---- */

const struct room_wearer *room_hats_of(const struct room_hats *h, struct str bare)
{
	return map_get(&h->wearers, bare);
}

static size_t index_of(const struct room_wearer *w, struct str uri)
{
	size_t at = 0;

	while (at < w->count && !str_eq(w->uris[at], uri))
		at++;
	return at;
}

bool room_hats_wears(const struct room_hats *h, struct str bare, struct str uri)
{
	const struct room_wearer *w = room_hats_of(h, bare);

	return w && index_of(w, uri) < w->count;
}

enum err room_hats_put_on(struct room_hats *h, struct str bare, struct str uri)
{
	struct room_wearer *w = map_get(&h->wearers, bare);

	if (!room_hats_find(h, uri))
		return ERR_NOT_FOUND;
	if (room_hats_wears(h, bare, uri))
		return OK;
	if (w ? w->count == ROOM_HATS_WORN_MAX : h->wearers.count == ROOM_HAT_WEARERS_MAX)
		return ERR_TOO_BIG;
	if (!w) {
		w = mem_zalloc(1, sizeof(*w));
		set(&w->bare, bare);
		(void)map_set(&h->wearers, w->bare, w);
	}
	set(&w->uris[w->count++], uri);
	return OK;
}

enum err room_hats_take_off(struct room_hats *h, struct str bare, struct str uri)
{
	struct room_wearer *w = map_get(&h->wearers, bare);
	size_t at = w ? index_of(w, uri) : 0;

	if (!w || at == w->count)
		return ERR_NOT_FOUND;
	set(&w->uris[at], STR_NONE);
	w->uris[at] = w->uris[--w->count];
	w->uris[w->count] = STR_NONE;
	if (!w->count)
		wearer_free(h, w);
	return OK;
}

/* ---- in the store: "1" title hue; "1" uri... ---- */

static const char separator[] = { SEPARATOR, '\0' };

struct str room_hat_encode(const struct room_hat *hat, struct arena *a)
{
	return ARENA_JOIN(a, STR("1"), str_from(separator), hat->title, str_from(separator),
			  hat->hue);
}

struct str room_wearer_encode(const struct room_wearer *w, struct arena *a)
{
	struct str out = STR("1");

	for (size_t i = 0; i < w->count; i++)
		out = ARENA_JOIN(a, out, str_from(separator), w->uris[i]);
	return out;
}

enum err room_hat_decode(struct room_hats *h, struct str key, struct str value)
{
	struct str version, title;

	if (!str_split(&value, SEPARATOR, &version) || !str_eq(version, STR("1")) ||
	    !str_split(&value, SEPARATOR, &title))
		return ERR_INVALID;
	return room_hats_set(h, key, title, value) ? ERR_INVALID : OK;
}

enum err room_wearer_decode(struct room_hats *h, struct str key, struct str value)
{
	struct str version, uri;

	if (!str_split(&value, SEPARATOR, &version) || !str_eq(version, STR("1")))
		return ERR_INVALID;
	while (str_split(&value, SEPARATOR, &uri)) {
		if (room_hats_put_on(h, key, uri))
			return ERR_INVALID;
	}
	return OK;
}
