/* SPDX-License-Identifier: Apache-2.0 */
/* Stored messages that are sent late. On the entity's loop. */
#pragma once

#include "server/route/dispatch.h"

/* text, a message of the archive of d's entity, with what that knows of it: its id (XEP-0359; seq
 * 0: it has none) and when it was sent (XEP-0203; wall clock), as from says. As it is when it has
 * no children: a tombstone. The caller's count. */
struct bytes *late_message(struct dispatch *d, struct str text, int64_t seq, struct str from,
			   usec_t wall) __attribute__((returns_nonnull));
