/* SPDX-License-Identifier: Apache-2.0 */
/* Contacts of other servers come online: what their presence says is looked up or asked for, and
 * they get the last items that they want (XEP-0163 4.3.2, XEP-0115 5.4). On the entity's loop. */
#pragma once

#include "server/route/dispatch.h"

/* WAY_IN, a presence: takes note of what it says, and of its sender's end. */
void pep_contact_heard(struct dispatch *d);

/* WAY_IN, a probe: a resource of the sender has come online, whose presence came just before or
 * will come. */
void pep_contact_probed(struct dispatch *d);

/* The contact has, once d is durable, perhaps become one that may see the account's presence. */
void pep_contact_befriended(struct dispatch *d, struct jid contact);

/* d is an answer to what the account has asked: true. */
bool pep_contact_answered(struct dispatch *d);
