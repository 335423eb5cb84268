/* SPDX-License-Identifier: Apache-2.0 */
/* Something that is done in the name of an account, wherever it lives. */
#pragma once

#include "server/route/dispatch.h"

/* Runs act(dispatch, arg) for the account bare (loaded if need be), on its loop, behind the stanzas
 * that wait there; then done(arg, err) on the loop that asked, when all that act led to is durable:
 * ERR_NOT_FOUND (act was not run) without such an account, ERR_BUSY, ERR_IO or ERR_NO_SPACE when
 * the commit failed. From any loop; never from inside the call. act must not wait. */
void errand_run(struct home *h, struct str bare, void (*act)(struct dispatch *d, void *arg),
		void (*done)(void *arg, enum err err), void *arg);
