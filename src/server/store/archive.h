/* SPDX-License-Identifier: Apache-2.0 */
/* What all back ends share about reading an archive (XEP-0313): bounds of a query, and the filter
 * by resource. Any thread. */
#pragma once

#include "server/store/store.h"

enum {
	ARCHIVE_PAGE_MAX = 1000,       /* rows of one answer; a larger max is cut to this */
	ARCHIVE_EXAMINED_MAX = 20000,  /* entries looked at for one page */
	ARCHIVE_COUNT_MAX = 1000000,   /* entries looked at for one count: more are not counted */
	ARCHIVE_IDS_MAX = 1000,        /* seqs that one query may list */
	ARCHIVE_FILTERED_MAX = 100000, /* the same where the stanza itself must be looked at */
	SEARCH_OWNERS_MAX = 1000,      /* archives of one search */
	SEARCH_CONTEXT_MAX = 5,        /* entries on each side of a match */
	SEARCH_EXAMINED_MAX = 5000,    /* entries looked at for one page of a search */
	SEARCH_COUNT_MAX = 10000,      /* the same for a count: more are not counted */
};

/* Bytes of stanzas that are read again for one page, or one count, of a search with phrases. */
#define SEARCH_READ_BYTES_MAX ((size_t)16 * 1024 * 1024)

/* Seqs, both inclusive; low > high: nothing. */
struct archive_range {
	int64_t low, high;
};

/* What q lets pass: visible, wall_start, wall_end, above and below, and where is_paged after and
 * before. */
struct archive_range archive_range_of(const struct archive_query *q, bool is_paged);

/* Whether q names entries that must exist. */
bool archive_is_bound(const struct archive_query *q);

/* How many rows the page of q may have. */
unsigned archive_page_rows(const struct archive_query *q);

/* Whether a page of q with so many rows, their stanzas of so many bytes, has no room for one more.
 */
bool archive_page_is_full(const struct archive_query *q, unsigned rows, size_t bytes);

/* Whether the stanza's own from or to is with/with_resource of q; always where q has no
 * with_resource. stanza is serialised XML; its start tag is read as XML 1.0 says, anything else in
 * it is ignored. */
bool archive_matches_resource(const struct archive_query *q, struct str stanza);

/* Bare JID of who is at the other end of a message in an account's archive, by the stanza's own
 * from or to; in the arena. Unset where it is no XML. */
struct str archive_row_peer(struct arena *a, const struct archive_row *row);

/* When the message came (XEP-0313 4.2), in the same measure as wall_start and wall_end of a query.
 */
usec_t archive_row_time(const struct archive_row *row);
