/* SPDX-License-Identifier: Apache-2.0 */
/* The pinned messages of a room (docs/pins.md). State and rules without XML or store. One thread at
 * a time. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "server/model/room.h"

enum {
	ROOM_PINS_MAX = 100,    /* of a room */
	ROOM_PIN_ID_MAX = 1024, /* bytes of the id that its sender gave a message */
};

enum room_pin_right { PIN_MODERATORS, PIN_MEMBERS, PIN_PARTICIPANTS };

struct room_pin {
	int64_t seq;     /* of the message, in the room's archive */
	int64_t edited;  /* of its newest correction; 0: none */
	usec_t wall;     /* when it was pinned; no two of a room have the same */
	struct str bare; /* who has pinned it: real, bare; all owned */
	struct str nick; /* and his nickname then */
	struct str author,
		id; /* who has said it, and the id by which he corrects it; may be empty */
};

struct room_pins {
	struct room_pin items[ROOM_PINS_MAX]; /* by wall, the oldest first */
	size_t count;
};

void room_pins_init(struct room_pins *p);
void room_pins_done(struct room_pins *p);

/* NULL: it is not pinned. */
struct room_pin *room_pins_find(struct room_pins *p, int64_t seq);

/* Pins a message that is not; pin.wall: now, raised where another one has it. NULL: there are
 * ROOM_PINS_MAX. Strings are copied; an id that is too long is left out. */
struct room_pin *room_pins_add(struct room_pins *p, struct room_pin pin);

/* The one that its author corrects by this id, or NULL. */
struct room_pin *room_pins_edited(struct room_pins *p, struct str author, struct str id);

/* False: it was not pinned. */
must_check bool room_pins_drop(struct room_pins *p, int64_t seq);

/* Whether an occupant with this affiliation and role may pin and unpin where the room gives this
 * right. Who may not speak never may. */
bool room_pins_may(enum room_pin_right right, enum room_affiliation a, enum room_role r);

/* ---- in the store: key: the seq ---- */

#define ROOM_PIN_SPACE STR("room-pin")

struct str room_pin_key(int64_t seq, struct arena *a);
struct str room_pin_encode(const struct room_pin *pin, struct arena *a);

/* ERR_INVALID for what no version of this program wrote. In any order. */
must_check enum err room_pin_decode(struct room_pins *p, struct str key, struct str value);
