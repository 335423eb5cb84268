/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and domains that the administrators block for all accounts (route/banned.h). */
#pragma once

struct feature;

extern const struct feature feature_banned;
