/* SPDX-License-Identifier: Apache-2.0 */
/* Stream management (XEP-0198) of a stream that another server has opened: what it asks for, and
 * what it is told. Beside s2s_in_login.c, above s2s_in_life.c. On the stream's loop. */
#pragma once

#include "server/s2s/s2s_in_life.h"

/* An element of urn:xmpp:sm:3. Gives what a stream event gives. */
bool s2s_in_sm(struct s2s_in *c, struct arena *a, const struct xml *el);

/* A stanza has come: what the gate gives on, or NULL. */
struct receipt *s2s_in_sm_count(struct s2s_in *c);
