/* SPDX-License-Identifier: Apache-2.0 */
/* Who administers the server: accounts that are made so, and those that the configuration names.
 * Any loop. */
#pragma once

#include "server/route/home.h"

/* Whether the configuration names the account (a bare JID). */
bool admins_have(const struct home *h, struct str owner);

/* Whether account, as the store has it now, may administer the server. */
bool admins_may(const struct home *h, const struct account *account);
