/* SPDX-License-Identifier: Apache-2.0 */
/* Pushes that are enabled at a room (XEP-0357 5, 6). */
#pragma once

extern const struct feature room_push_feature;
