/* SPDX-License-Identifier: Apache-2.0 */
/* The router: finds the entity that a stanza is for, has it handled, and carries out what follows.
 * RFC 6121 8, docs/routing.md. */
#pragma once

#include "server/route/dispatch.h"

extern const struct home_ops router_ops;

/* A stanza or nonza from one of the entity's own resources (d->resource): el has 'from' set to its
 * full JID already, and lives in the arena of d (made by router_begin). Counts, handles and ends d.
 */
void router_receive(struct dispatch *d, struct xml *el);

/* The same when the entity cannot take it now (entity_is_free): el waits in the inbox. d is ended.
 */
void router_receive_later(struct dispatch *d, struct xml *el);

/* Runs fn(dispatch, arg) as a dispatch of e without a stanza: for things that happen by themselves
 * (a session ends, an administrator acts). */
void router_act(struct entity *e, void (*fn)(struct dispatch *d, void *arg), void *arg);

/* The same behind the stanzas that wait in the inbox: now, or later. fn is called in any case. */
void router_act_in_order(struct entity *e, void (*fn)(struct dispatch *d, void *arg), void *arg);
