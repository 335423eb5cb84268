/* SPDX-License-Identifier: Apache-2.0 */
/* Ends of an archive, see archive_ends.h. */
#include "server/route/archive_ends.h"

#include "server/route/archive_id.h"
#include "server/store/archive.h"
#include "xep/mam.h"

void archive_ends_read(struct entity *e, void (*fn)(void *arg, struct store_answer *answer),
		       void *arg)
{
	struct store_request request = {
		.kind = READ_ARCHIVE_ENDS,
		.owner = e->jid.full,
		.archive.visible = outbox_visible(&e->outbox, e->last_seq),
	};

	store_read(e->home->store, &request, fn, arg);
}

static struct mam_end end_of(const struct home *h, struct arena *a, const struct archive_row *row)
{
	return (struct mam_end){ .id = archive_id_write(h, a, row->seq),
				 .wall_time = archive_row_time(row) };
}

struct xml *archive_ends_write(const struct home *h, struct arena *a,
			       const struct store_answer *answer)
{
	const struct archive_row *first = answer->messages;
	struct mam_end ends[2];

	if (answer->err)
		return NULL;
	if (!first)
		return mam_metadata_new(a, NULL, NULL);
	ends[0] = end_of(h, a, first);
	ends[1] = first->next ? end_of(h, a, first->next) : ends[0];
	return mam_metadata_new(a, &ends[0], &ends[1]);
}
