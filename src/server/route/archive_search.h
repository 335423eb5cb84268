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
};

/* Adds the search of a query to q, which has all its other fields already; ret_ask->terms stays
 * NULL where nothing is looked for. False: *ret_why is the answer. */
must_check bool archive_search_take(struct dispatch *d, const struct archive_search *s,
				    struct archive_query *q, struct search_ask *ret_ask,
				    enum condition *ret_why);
