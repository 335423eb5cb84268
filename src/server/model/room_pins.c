/* SPDX-License-Identifier: Apache-2.0 */
/* Pinned messages, see room_pins.h. */
#include "server/model/room_pins.h"

#include "base/mem.h"

enum { SEPARATOR = 0x1f /* no character of XML */, PARTS = 6 };

static void free_str(struct str *s)
{
	mem_free((void *)(uintptr_t)s->ptr);
	*s = STR_NONE;
}

void room_pins_init(struct room_pins *p)
{
	p->count = 0;
}

static void remove_at(struct room_pins *p, size_t at)
{
	free_str(&p->items[at].bare);
	free_str(&p->items[at].nick);
	free_str(&p->items[at].author);
	free_str(&p->items[at].id);
	p->count--;
	memmove(&p->items[at], &p->items[at + 1], (p->count - at) * sizeof(*p->items));
}

void room_pins_done(struct room_pins *p)
{
	while (p->count)
		remove_at(p, p->count - 1);
}

struct room_pin *room_pins_find(struct room_pins *p, int64_t seq)
{
	for (size_t i = 0; i < p->count; i++) {
		if (p->items[i].seq == seq)
			return &p->items[i];
	}
	return NULL;
}

static struct str dup(struct str s)
{
	return str_make(str_dup(s), s.len);
}

static struct room_pin *insert(struct room_pins *p, struct room_pin pin)
{
	size_t at = p->count++;

	for (; at && p->items[at - 1].wall > pin.wall; at--)
		p->items[at] = p->items[at - 1];
	p->items[at] = pin;
	p->items[at].bare = dup(pin.bare);
	p->items[at].nick = dup(pin.nick);
	p->items[at].author = dup(pin.author);
	p->items[at].id = dup(pin.id);
	return &p->items[at];
}

struct room_pin *room_pins_add(struct room_pins *p, struct room_pin pin)
{
	usec_t last = p->count ? p->items[p->count - 1].wall : 0;

	if (p->count == ROOM_PINS_MAX)
		return NULL;
	if (pin.wall <= last)
		pin.wall = last + 1;
	if (pin.id.len > ROOM_PIN_ID_MAX)
		pin.id = STR("");
	return insert(p, pin);
}

struct room_pin *room_pins_edited(struct room_pins *p, struct str author, struct str id)
{
	for (size_t i = 0; id.len && i < p->count; i++) {
		if (str_eq(p->items[i].author, author) && str_eq(p->items[i].id, id))
			return &p->items[i];
	}
	return NULL;
}

bool room_pins_drop(struct room_pins *p, int64_t seq)
{
	const struct room_pin *pin = room_pins_find(p, seq);

	if (!pin)
		return false;
	remove_at(p, (size_t)(pin - p->items));
	return true;
}

bool room_pins_may(enum room_pin_right right, enum room_affiliation a, enum room_role r)
{
	if (r == ROLE_MODERATOR)
		return true;
	if (r < ROLE_PARTICIPANT)
		return false;
	return right == PIN_PARTICIPANTS || (right == PIN_MEMBERS && a >= AFFILIATION_MEMBER);
}

/* ---- in the store ---- */

struct str room_pin_key(int64_t seq, struct arena *a)
{
	return arena_printf(a, "%lld", (long long)seq);
}

struct str room_pin_encode(const struct room_pin *pin, struct arena *a)
{
	const struct str numbers = arena_printf(a, "%lld%c%lld", (long long)pin->wall, SEPARATOR,
						(long long)pin->edited);
	const struct str parts[] = { pin->bare, pin->nick, pin->author, pin->id };
	struct str all = numbers;

	for (size_t i = 0; i < array_len(parts); i++)
		all = ARENA_JOIN(a, all, STR("\x1f"), parts[i]);
	return all;
}

static bool read_number(struct str *value, int64_t *ret_n)
{
	struct str part;

	return str_split(value, SEPARATOR, &part) && str_to_i64(part, ret_n) == OK && *ret_n >= 0;
}

static size_t separators_in(struct str s)
{
	size_t count = 0;

	for (size_t i = 0; i < s.len; i++)
		count += s.ptr[i] == SEPARATOR;
	return count;
}

static bool read_value(struct str value, struct room_pin *pin)
{
	if (separators_in(value) != PARTS - 1 || !read_number(&value, &pin->wall) ||
	    !read_number(&value, &pin->edited) || !str_split(&value, SEPARATOR, &pin->bare) ||
	    !str_split(&value, SEPARATOR, &pin->nick) ||
	    !str_split(&value, SEPARATOR, &pin->author))
		return false;
	pin->id = value;
	return pin->bare.len && pin->nick.len && pin->id.len <= ROOM_PIN_ID_MAX;
}

enum err room_pin_decode(struct room_pins *p, struct str key, struct str value)
{
	struct room_pin pin = { .seq = 0 };

	if (str_to_i64(key, &pin.seq) || pin.seq <= 0 || room_pins_find(p, pin.seq) ||
	    p->count == ROOM_PINS_MAX || !read_value(value, &pin))
		return ERR_INVALID;
	(void)insert(p, pin);
	return OK;
}
