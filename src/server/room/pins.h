/* SPDX-License-Identifier: Apache-2.0 */
/* Pinned messages of a room (docs/pins.md): who may, the list, and what everybody is told. On the
 * room's loop. */
#pragma once

#include "server/room/room.h"

/* A message is gone: it is pinned no longer, and who listens is told. */
void pins_drop(struct dispatch *d, struct room *r, int64_t seq);

/* d's message, which o says and the archive has as seq: if it corrects a pinned one, the list leads
 * to it. */
void pins_note_edit(struct dispatch *d, const struct occupant *o, int64_t seq);

/* Adds who may pin to what disco says of the room. */
void pins_add_right(struct dispatch *d, const struct room *r, struct xml *form);

extern const struct feature room_pins_feature;
