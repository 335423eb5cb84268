/* SPDX-License-Identifier: Apache-2.0 */
/* What people of other domains may do to accounts in an hour, before anybody here has answered
 * them (docs/moderation.md). */
#pragma once

struct feature;

extern const struct feature feature_strangers;
