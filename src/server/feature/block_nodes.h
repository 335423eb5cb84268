/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of blocked addresses that others publish at nodes (route/block_feed.h): the server hears
 * them, and strangers that are on one are kept out (docs/moderation.md). */
#pragma once

struct feature;

extern const struct feature feature_block_nodes;
