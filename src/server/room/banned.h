/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and domains that the administrators keep out of all rooms (route/banned.h). */
#pragma once

struct feature;

extern const struct feature room_banned_feature;
