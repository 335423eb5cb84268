/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-2-4 keyed hash: tables filled by peers cannot be made to collide without the key. */
#pragma once

#include "base/str.h"

struct siphash_key {
	uint64_t k0, k1;
};

uint64_t siphash(struct siphash_key key, struct str s);
