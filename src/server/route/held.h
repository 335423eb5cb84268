/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts that are quietly held (model/held.h): what they say to strangers goes nowhere. On the
 * entity's loop. */
#pragma once

#include "server/route/entity.h"

/* Whether what e says to that address is kept back: e is held, and to is nobody who has let it in
 * or asked it, no administrator of the configuration, and not the server or a service itself. */
bool held_keeps(const struct entity *e, struct jid to);

/* The same of a stanza that is about to leave: messages and presence; counted. a: for addresses. */
bool held_keeps_el(const struct entity *e, struct arena *a, const struct xml *el);
