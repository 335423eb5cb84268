/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to <inbox/> (XEP-0430): iq get of an account's own client. On the entity's loop. */
#pragma once

#include "server/inbox/inbox.h"

enum {
	INBOX_PAGE_MAX = 500,               /* conversations of one answer */
	INBOX_PAGE_BYTES = 2 * 1024 * 1024, /* of their messages; the one that passes it ends it */
};

/* An iq handler. The answer comes behind all that was handled before, and holds what that led to.
 */
enum verdict inbox_on_get(struct dispatch *d);
