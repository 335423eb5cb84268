/* SPDX-License-Identifier: Apache-2.0 */
/* Presence stanzas of a user's resources, for the features that send them. */
#pragma once

#include "server/route/dispatch.h"

/* The last available presence of r with to set; r must be available. */
struct xml *presence_of(struct arena *a, const struct resource *r, struct str to);

/* <presence/> of this type ("unavailable", ...; STR_NONE: available) between two addresses. */
struct xml *presence_new(struct arena *a, struct str type, struct str from, struct str to);

/* A copy of el with another to. */
struct xml *presence_to(struct arena *a, const struct xml *el, struct str to);

/* Whether one of e's resources has sent directed presence to bare, or to one of its resources: has
 * joined it, if it is a room. */
bool presence_is_directed(const struct entity *e, struct str bare);

/* All available resources of e that are seen (or, with is_unavailable, their end) to one address.
 */
void presence_show_all(struct dispatch *d, struct str to, bool is_unavailable);

/* el, from r, to everybody who may see it: contacts, services that look on, and the user's
 * available resources; while r is invisible to r alone. */
void presence_broadcast(struct dispatch *d, struct resource *r, const struct xml *el);

/* el to the services that look on with this right (XEP-0356 7). */
void presence_show_services(struct dispatch *d, const struct xml *el, unsigned right);
