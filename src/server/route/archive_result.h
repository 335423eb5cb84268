/* SPDX-License-Identifier: Apache-2.0 */
/* A message of an archive as it is handed out (XEP-0313 4.2): spliced together from its stored
 * text, nothing is parsed again. On the entity's loop. */
#pragma once

#include "server/route/dispatch.h"

struct archive_result {
	struct str query_id; /* unset: none */
	struct str id;       /* unset: that of the row's place */
	const struct archive_row *row;
	struct str text; /* of the message, as the receiver may see it */
	/* The same of its neighbours (urn:parley:search:0), where the row has some; NULL: as it is
	 * stored. */
	struct str (*see)(struct dispatch *d, struct str archived);
};

/* A neighbour of more bytes is left out. */
enum { ARCHIVE_NEIGHBOUR_BYTES_MAX = 8 * 1024 };
/* The id of a row, in the arena: of its place, and where archives are put together of its archive.
 */
struct str archive_result_id(struct dispatch *d, const struct archive_row *row);

/* The same backwards; *ret_tag is 0 for a place alone. False for what is no such id. */
bool archive_result_id_read(const struct home *h, struct str id, int64_t *ret_seq,
			    int64_t *ret_tag);

/* Appends <result/>. False: the text is no message, and what was appended is of no use. */
bool archive_result_write(struct dispatch *d, struct sbuf *out, const struct archive_result *r);

/* A text of a room's archive without the real address of who sent it, which stands at its end;
 * unset where it is no message. */
struct str archive_result_anonymous(struct arena *a, struct str archived);

/* What a room has archived at seq, with the id that the room gave it (XEP-0359): where it stands in
 * a list of several archives, its own id is another one. Room: a bare address, in which nothing has
 * to be escaped. In d->arena. */
struct str archive_result_named(struct dispatch *d, struct str archived, struct str room,
				int64_t seq);
