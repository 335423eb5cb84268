/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and domains to which the upload service answers nothing but no (route/banned.h). */
#pragma once

struct feature;

extern const struct feature upload_banned_feature;
