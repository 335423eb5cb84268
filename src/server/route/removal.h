/* SPDX-License-Identifier: Apache-2.0 */
/* The end of an account: its sessions, its subscriptions (RFC 6121 3, XEP-0077 3.2), and all that
 * it has in the store. */
#pragma once

#include "server/route/home.h"

/* Ends the account owner (a bare JID of ours), which must have been disabled before, in steps of
 * which each is behind all that the one before has led to: nothing new is accepted for it, its
 * sessions end (contacts hear that it is gone), subscriptions are cancelled both ways, its files
 * go, and when all that is durable everything that it has is deleted in one transaction. Never at
 * once: it may be called while something is delivered to the account. From any loop; fn(arg, err),
 * which may be NULL, comes on that loop, once: ERR_NOT_FOUND without such an account; after
 * ERR_BUSY, ERR_NO_SPACE or ERR_IO it is still there, and disabled. */
void removal_start(struct home *h, struct str owner, void (*fn)(void *arg, enum err err),
		   void *arg);
