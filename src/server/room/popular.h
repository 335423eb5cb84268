/* SPDX-License-Identifier: Apache-2.0 */
/* How many people are in the public rooms of a service (XEP-0433 nusers): counted now and then, by
 * a round through all homes. On the loop of the service's entity. */
#pragma once

#include "server/route/entity.h"

/* Counts are good for so long: whoever asks again gets the same. */
#define POPULAR_AGE_USEC (10 * USEC_PER_SEC)

struct popular;

void popular_free(struct popular **p);

/* Whether *p (NULL: no) is young enough. */
bool popular_is_fresh(const struct popular *p);

/* Counts anew for the service with this domain: then *p, in the place of what was there, is what
 * was found, and done(arg) is called. *p and domain stay where they are till then. Never from
 * inside the call. */
void popular_count(struct home *h, struct str domain, struct popular **p, void (*done)(void *arg),
		   void *arg);

/* People in the room with this bare JID. p may be NULL: nobody is known of. */
size_t popular_of(const struct popular *p, struct str room);
