/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a home; on its loop, or before and after it runs. */
#pragma once

#include "server/route/home.h"

/* Starts the timers of h on its loop, and makes the realm of the users: of h->domain, served by
 * h->registry. */
void home_start(struct home *h);

/* The server is about to stop: features say so while streams are open (on_farewell). */
void home_farewell(struct home *h);

/* The server stops in order: features write what they keep back (struct feature, on_stop). The loop
 * runs on for a while. */
void home_stop(struct home *h);

/* One more realm, behind home_start and before h's loop runs. domain and registry must outlive h.
 */
void home_add_realm(struct home *h, struct str domain, const struct registry *registry);

/* Frees what h owns; its loop does not run any more. */
void home_done(struct home *h);
