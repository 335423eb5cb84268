/* SPDX-License-Identifier: Apache-2.0 */
/* What the server does by the clock: old messages go (retention.h), messages for later are sent
 * (later/later_clock.h). The first worker's loop. */
#pragma once

#include "server/route/home.h"

struct rounds;

/* On the loop of h (borrowed), the first, before the loops run. */
struct rounds *rounds_new(struct home *h) __attribute__((returns_nonnull));

/* The loops do not run any more. */
void rounds_free(struct rounds **r);
