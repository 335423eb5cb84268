/* SPDX-License-Identifier: Apache-2.0 */
/* The hats of a room (XEP-0317): which there are, and who wears them. State and rules without XML
 * or store. One thread at a time. */
#pragma once

#include "base/arena.h"
#include "base/map.h"

enum {
	ROOM_HATS_MAX = 64,          /* of a room */
	ROOM_HATS_WORN_MAX = 16,     /* of one user */
	ROOM_HAT_WEARERS_MAX = 5000, /* of a room */
	ROOM_HAT_TITLE_MAX = 256,    /* bytes; the next, too */
	ROOM_HAT_URI_MAX = 512,
	ROOM_HAT_HUE_MAX = 16,
};

struct room_hat {
	struct str uri, title; /* owned */
	struct str hue;        /* degrees, as they were given; owned; empty: none */
};

/* Somebody who wears hats. */
struct room_wearer {
	struct str bare;                     /* owned */
	struct str uris[ROOM_HATS_WORN_MAX]; /* owned */
	size_t count;
};

struct room_hats {
	struct room_hat hats[ROOM_HATS_MAX]; /* in order of uri */
	size_t count;
	struct map wearers; /* bare -> struct room_wearer */
};

void room_hats_init(struct room_hats *h);
void room_hats_done(struct room_hats *h);

/* NULL: there is no such hat, nobody who wears one. */
const struct room_hat *room_hats_find(const struct room_hats *h, struct str uri);
const struct room_wearer *room_hats_of(const struct room_hats *h, struct str bare);
bool room_hats_wears(const struct room_hats *h, struct str bare, struct str uri);

/* A new hat, or other words for one. ERR_INVALID: a uri without a scheme, no title, a hue that is
 * none, control characters, or one of the lengths. ERR_TOO_BIG: ROOM_HATS_MAX. */
must_check enum err room_hats_set(struct room_hats *h, struct str uri, struct str title,
				  struct str hue);

/* Takes it out, and off all heads. ERR_NOT_FOUND. */
must_check enum err room_hats_remove(struct room_hats *h, struct str uri);

/* Puts it on; twice is once. ERR_NOT_FOUND: there is no such hat. ERR_TOO_BIG: ROOM_HATS_WORN_MAX,
 * ROOM_HAT_WEARERS_MAX. */
must_check enum err room_hats_put_on(struct room_hats *h, struct str bare, struct str uri);

/* ERR_NOT_FOUND: he does not wear it. */
must_check enum err room_hats_take_off(struct room_hats *h, struct str bare, struct str uri);

/* ---- in the store ---- */

#define ROOM_HAT_SPACE    STR("room-hat")    /* key: the uri */
#define ROOM_WEARER_SPACE STR("room-wearer") /* key: the bare JID */

struct str room_hat_encode(const struct room_hat *hat, struct arena *a);
struct str room_wearer_encode(const struct room_wearer *w, struct arena *a);

/* ERR_INVALID for what no version of this program wrote. Hats come before who wears them. */
must_check enum err room_hat_decode(struct room_hats *h, struct str key, struct str value);
must_check enum err room_wearer_decode(struct room_hats *h, struct str key, struct str value);
