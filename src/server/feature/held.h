/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts that came by an invitation that is a trap: what they say to strangers goes nowhere, and
 * they do not see that (docs/moderation.md). */
#pragma once

struct feature;

extern const struct feature feature_held;
