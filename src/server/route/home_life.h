/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a home; on its loop, or before and after it runs. */
#pragma once

#include "server/route/home.h"

/* Starts the timers of h on its loop. */
void home_start(struct home *h);

/* The server stops in order: features write what they keep back (struct feature, on_stop). The loop
 * runs on for a while. */
void home_stop(struct home *h);

/* Frees what h owns; its loop does not run any more. */
void home_done(struct home *h);
