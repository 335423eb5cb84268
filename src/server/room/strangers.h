/* SPDX-License-Identifier: Apache-2.0 */
/* How often people of other domains may enter rooms to which they do not belong
 * (docs/moderation.md). */
#pragma once

struct feature;

extern const struct feature room_strangers_feature;
