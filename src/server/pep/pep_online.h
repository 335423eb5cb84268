/* SPDX-License-Identifier: Apache-2.0 */
/* Who comes online, or begins to see somebody's presence, gets the last items that he wants
 * (XEP-0163 4.3.3): those of his own account, and those of the accounts of this server whose
 * presence he sees. Those are asked by a presence probe that says what is wanted: <want
 * xmlns='urn:parley:pep:0'/>. Anybody may send one: it gives nothing that could not be read. On the
 * entity's loop. */
#pragma once

#include "server/route/dispatch.h"

/* r is available, and what it wants is known (r->caps): sends what was not sent since it became
 * available. */
void pep_online(struct dispatch *d, struct resource *r);

/* r is not available any more. */
void pep_offline(struct resource *r);

/* The account has begun to see the presence of contact. */
void pep_sees(struct dispatch *d, struct jid contact);

/* WAY_IN, a probe: whether it said what is wanted. *ret_verdict: what the hook answers then. */
bool pep_take_want(struct dispatch *d, enum verdict *ret_verdict);
