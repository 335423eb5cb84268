/* SPDX-License-Identifier: Apache-2.0 */
/* Times and ends of an archive, see archive_ends.h. */
#include "server/route/archive_ends.h"

#include "server/route/archive_id.h"
#include "xep/mam.h"

/* Between an entry's place, which is its time, and the clock when its text was stored: further
 * apart only after the clock has been set back. */
static const usec_t DRIFT_MAX_USEC = USEC_PER_MIN;

usec_t archive_row_time(const struct archive_row *row)
{
	usec_t drift = row->seq - row->wall_time;

	return drift > DRIFT_MAX_USEC || drift < -DRIFT_MAX_USEC ? row->wall_time : row->seq;
}

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
