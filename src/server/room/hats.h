/* SPDX-License-Identifier: Apache-2.0 */
/* Hats in a room (XEP-0317): in presence, in the store, and the commands for them. On the room's
 * loop. */
#pragma once

#include "server/room/room.h"

/* Adds <hats/> to an occupant's presence, if he wears any. */
void hats_add(struct dispatch *d, const struct room *r, struct xml *presence, struct str bare);

/* A sum of all hats there are, for disco (3); empty: there are none. */
struct str hats_hash(struct dispatch *d, const struct room *r);

/* What the store has of a hat or a wearer is as memory has it. */
void hats_store(struct dispatch *d, const struct room *r, struct str uri);
void hats_store_wearer(struct dispatch *d, const struct room *r, struct str bare);
