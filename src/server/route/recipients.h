/* SPDX-License-Identifier: Apache-2.0 */
/* Which of an account's resources a message is delivered to (RFC 6121 8.5.2 and 8.5.3): the rule
 * that delivery and carbons share. On the entity's loop. */
#pragma once

#include "server/route/dispatch.h"

enum recipients {
	RECIPIENTS_NONE, /* nobody now: it waits in the archive, or means nothing to who is away */
	RECIPIENTS_REFUSED, /* nobody: the sender gets service-unavailable */
	RECIPIENTS_ONE,     /* the resource that it is addressed to */
	RECIPIENTS_ALL,     /* every resource that takes messages for the account */
};

/* Who gets the message of d (WAY_IN, behind PHASE_STORE). *ret_one is set for RECIPIENTS_ONE only.
 */
enum recipients recipients_of(const struct dispatch *d, struct resource **ret_one);

/* Whether r takes what is addressed to the account: available, and not of negative priority. */
bool recipients_takes(const struct resource *r);
