/* SPDX-License-Identifier: Apache-2.0 */
/* Affiliations by version (XEP-0463): who enters gets what has changed since he was there last, and
 * everybody who may see the lists hears of changes. On the room's loop. */
#pragma once

#include "server/room/room.h"

/* Answers the wish (<mav/>) in d's presence, before any other presence goes to s. */
void versions_send(struct dispatch *d, struct room *r, const struct room_session *s);

/* The affiliation of somebody has just changed who is not there: those who may see it are told. */
void versions_tell(struct dispatch *d, struct room *r, struct str bare);

extern const struct feature room_versions_feature;
