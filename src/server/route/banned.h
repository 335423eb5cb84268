/* SPDX-License-Identifier: Apache-2.0 */
/* Whom this server has nothing to do with (model/banlist.h), for all realms. On the home's loop. */
#pragma once

#include "server/route/feature.h"

/* Whether who is on the server's list. Never the server and its services themselves. */
bool banned_covers(const struct home *h, struct jid who);

/* A hook (WAY_IN, PHASE_GUARD) of accounts, for every kind of stanza: who is on the list gets what
 * there is to get from an account that does not exist, as the blocked do (XEP-0191). What an
 * account sends to itself is not judged. */
enum verdict banned_guard(struct dispatch *d);

/* The same of rooms and services, which refuse (forbidden, XEP-0045 7.2.7). */
enum verdict banned_guard_service(struct dispatch *d);

/* Whether who, of another domain, is on a list that others publish (route/block_feed.h). */
bool banned_is_heard(const struct home *h, struct jid who);

/* The same as banned_guard for those, as long as they are strangers (route/stranger.h). */
enum verdict banned_guard_heard(struct dispatch *d);

/* The lists of h are others from now on (h->bans, h->heard): features are told (on_lists), one
 * entity a turn of the loop. */
void banned_changed(struct home *h);

/* It for every kind of stanza to the service itself, and to what lives in it. */
extern const struct hook banned_service_hooks[];
