/* SPDX-License-Identifier: Apache-2.0 */
/* The end of being held (route/held.h). */
#pragma once

#include "server/route/home.h"

/* Lets an account go; fn(arg, err) on the loop that asked: ERR_NOT_FOUND: there is no such account,
 * or it is not held. From any loop. */
void held_release(struct home *h, struct str owner, void (*fn)(void *arg, enum err err), void *arg);
