/* SPDX-License-Identifier: Apache-2.0 */
/* One conversation as clients get it: <entry/> of XEP-0430, beside it what that has no place for,
 * <conversation/> of urn:parley:inbox:0 (docs/inbox.md), and the last message as a <result/> of
 * XEP-0313. On the entity's loop. */
#pragma once

#include "server/inbox/inbox_look.h"

struct inbox_letter {
	struct str to;       /* full JID */
	struct str query_id; /* of the request; unset: none */
	bool has_message;
};

/* One count is the caller's. */
struct bytes *inbox_entry(struct dispatch *d, const struct inbox_talk *t,
			  const struct inbox_letter *letter);
