/* SPDX-License-Identifier: Apache-2.0 */
/* What clients are told of the times and ends of an account's archive (XEP-0313 4.2 and 7): for
 * queries, and for Bind 2. On the entity's loop. */
#pragma once

#include "server/route/entity.h"
#include "server/store/store.h"

/* When the message of a row was received, in the same measure as start and end of a query. */
usec_t archive_row_time(const struct archive_row *row);

/* Asks for the ends of e's archive as far as they are visible now; fn(arg, answer) as of
 * store_read.
 */
void archive_ends_read(struct entity *e, void (*fn)(void *arg, struct store_answer *answer),
		       void *arg);

/* <metadata/> for the answer, standing alone; NULL where it is an error. */
struct xml *archive_ends_write(const struct home *h, struct arena *a,
			       const struct store_answer *answer);
