/* SPDX-License-Identifier: Apache-2.0 */
/* People of other domains that are on a list that others publish (route/block_feed.h): rooms in
 * which they have no affiliation refuse them. */
#pragma once

struct feature;

extern const struct feature room_heard_feature;
