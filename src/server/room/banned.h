/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and domains that the administrators keep out of all rooms (route/banned.h); who is in
 * one when he comes onto a list, or onto one that others publish, is put out. */
#pragma once

struct feature;

extern const struct feature room_banned_feature;
