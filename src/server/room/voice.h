/* SPDX-License-Identifier: Apache-2.0 */
/* Who may say what to everybody: voice (XEP-0045 7.4), slow mode (XEP-0500), and which reactions
 * there are (XEP-0444 2.1). On the room's loop. */
#pragma once

#include "server/room/room.h"

/* Whether o may say d's message. False: d has its error. */
must_check bool voice_is_open(struct dispatch *d, struct room *r, const struct occupant *o);

/* He has said it: slow mode counts from now on. */
void voice_note(struct dispatch *d, struct room *r, const struct occupant *o);

extern const struct feature room_voice_feature;
