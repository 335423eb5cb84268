/* SPDX-License-Identifier: Apache-2.0 */
/* What clients are told of the ends of an account's archive (XEP-0313 7): for
 * queries, and for Bind 2. On the entity's loop. */
#pragma once

#include "server/route/entity.h"
#include "server/store/store.h"

/* Asks for the ends of e's archive as far as they are visible now; fn(arg, answer) as of
 * store_read.
 */
void archive_ends_read(struct entity *e, void (*fn)(void *arg, struct store_answer *answer),
		       void *arg);

/* <metadata/> for the answer, standing alone; NULL where it is an error. */
struct xml *archive_ends_write(const struct home *h, struct arena *a,
			       const struct store_answer *answer);
