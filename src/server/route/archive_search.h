/* SPDX-License-Identifier: Apache-2.0 */
/* Searching an archive (XEP-0431; docs/search.md): what was typed becomes what the store is asked.
 * On the entity's loop. */
#pragma once

#include "server/route/dispatch.h"
#include "xep/mam.h"

/* What one search is made of. */
struct archive_search {
	const struct mam_query *asked;
	struct query_view view;
	bool is_room; /* all of the archive is one conversation */
	/* Results: */
	struct str in;                   /* bare JID that in: names; unset: anywhere */
	struct archive_mention *mention; /* in the arena; NULL: none is looked for */
};

/* Of a search for mentions: where its terms stand. */
struct archive_mention {
	unsigned at; /* the first; the others are alternatives behind it */
};

/* Who the asker is in an archive. */
struct archive_self {
	struct str owner;
	struct query_view view;
};

/* Whether jid may be a room of ours: its domain has rooms, or other things without accounts. */
bool archive_search_in_room(const struct dispatch *d, struct str jid);

/* Makes a search for mentions look for those as well that are by the address, the occupant id, or
 * the name that the asker has in one of these archives. In arena a. */
void archive_search_name(const struct archive_mention *m, const struct archive_self *selves,
			 size_t count, struct arena *a, struct search_ask *ask);

/* Adds the search of a query to q, which has all its other fields already; ret_ask->terms stays
 * NULL where nothing is looked for. False: *ret_why is the answer. */
must_check bool archive_search_take(struct dispatch *d, struct archive_search *s,
				    struct archive_query *q, struct search_ask *ret_ask,
				    enum condition *ret_why);
