/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and domains to which the publish-subscribe service answers nothing but no
 * (route/banned.h). */
#pragma once

struct feature;

extern const struct feature pubsub_banned_feature;
