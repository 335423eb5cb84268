/* SPDX-License-Identifier: Apache-2.0 */
/* What the store holds of a room: members, settings, hats, tokens, pins, its line in the directory.
 * First a letter that says which, then the key, a line's end, the value. What is accepted is
 * written back as something that means the same. */
#include "server/model/room.h"

#include "server/model/room_config.h"
#include "server/model/room_hats.h"
#include "server/model/room_listing.h"
#include "server/model/room_pins.h"
#include "server/model/room_tokens.h"

enum { ARENA_MAX = 64 * 1024 * 1024 };

static void member(struct arena *a, struct str key, struct str value)
{
	struct room_members m, again;
	const struct room_member *is;

	room_members_init(&m);
	room_members_init(&again);
	if (!room_member_decode(&m, key, value)) {
		is = room_members_find(&m, key);
		if (!is)
			is = map_get(&m.gone, key);
		must(is != NULL);
		must(room_member_decode(&again, key, room_member_encode(is, a)) == OK);
		must(again.version == m.version && again.owners == m.owners);
	}
	room_members_done(&again);
	room_members_done(&m);
}

static void config(struct arena *a, struct str value)
{
	struct room_config c, again;
	struct room_listing l;
	struct str text;

	room_config_init(&c);
	room_config_init(&again);
	room_config_decode(&c, value);
	text = room_config_encode(&c, a);
	room_config_decode(&again, text);
	must(str_eq(room_config_encode(&again, a), text));
	room_listing_read(STR("r@c"), room_listing_encode(&c, STR("r"), a), &l);
	(void)room_config_allows_reaction(&c, value);
	room_config_done(&again);
	room_config_done(&c);
}

static void hat(struct arena *a, struct str key, struct str value)
{
	struct room_hats h;

	room_hats_init(&h);
	if (!room_hat_decode(&h, key, value))
		must(room_hat_decode(&h, key, room_hat_encode(&h.hats[0], a)) == OK);
	(void)!room_wearer_decode(&h, STR("a@b"), value);
	room_hats_done(&h);
}

static void token(struct arena *a, struct str key, struct str value)
{
	struct room_tokens t, again;

	room_tokens_init(&t);
	room_tokens_init(&again);
	if (!room_token_decode(&t, key, value))
		must(room_token_decode(&again, key,
				       room_token_encode(room_tokens_find(&t, key), a)) == OK);
	room_tokens_done(&again);
	room_tokens_done(&t);
}

static void pin(struct arena *a, struct str key, struct str value)
{
	struct room_pins p, again;

	room_pins_init(&p);
	room_pins_init(&again);
	if (!room_pin_decode(&p, key, value))
		must(room_pin_decode(&again, room_pin_key(p.items[0].seq, a),
				     room_pin_encode(&p.items[0], a)) == OK);
	room_pins_done(&again);
	room_pins_done(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped(arena_done) = { 0 };
	struct str rest = str_make((const char *)data, size), kind, key;

	arena_init(&a, ARENA_MAX);
	if (!size)
		return 0;
	kind = str_sub(rest, 0, 1);
	rest = str_from_at(rest, 1);
	if (!str_split(&rest, '\n', &key) || !rest.ptr)
		return 0;
	if (str_eq(kind, STR("m")) && key.len)
		member(&a, key, rest);
	else if (str_eq(kind, STR("c")))
		config(&a, rest);
	else if (str_eq(kind, STR("h")))
		hat(&a, key, rest);
	else if (str_eq(kind, STR("t")))
		token(&a, key, rest);
	else if (str_eq(kind, STR("p")))
		pin(&a, key, rest);
	return 0;
}
