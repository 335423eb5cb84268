/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to queries of an archive (XEP-0313 4 to 7, XEP-0431), for whoever has one. On the
 * entity's loop; the look-up is the store's. */
#pragma once

#include "search/query.h"
#include "server/route/dispatch.h"

/* A query; its places are in archives that are told apart by tags, where there are several. */
struct archive_ask {
	const struct archive_query *query;
	int64_t after_tag, before_tag, above_tag, below_tag;
	const struct search_ask *search;       /* NULL: nothing is looked for */
	const struct archive_mention *mention; /* of the search (route/archive_search.h), or NULL */
	struct str room; /* of the archives of rooms this one alone, a member's or not, where the
			  * search names it; unset: all that the account belongs to */
};

/* How the pages of one query leave. Copied; to must live in the dispatch's arena. */
struct archive_door {
	struct str to; /* who asks; unset where send adds it */
	/* One message of the page. */
	void (*send)(struct dispatch *d, struct bytes *bytes);
	/* What the asker may see of an archived text, in the dispatch's arena; NULL: all of it. */
	struct str (*text)(struct dispatch *d, struct str archived);
	/* Reads a page of several archives, for queries that include groupchat; fn(arg, answer) as
	 * of store_read, but what answer has may be in d's arena. NULL: there is one archive only.
	 */
	void (*read)(struct dispatch *d, const struct archive_ask *ask,
		     void (*fn)(void *arg, struct store_answer *answer), void *arg);
	/* What "with" means here; NULL: what it says. */
	struct jid (*with)(struct dispatch *d, struct jid with);
	/* Who searches here, where it is a room; NULL: the account whose archive it is. */
	void (*view)(struct dispatch *d, struct query_view *ret_view);
};

/* Answers the iq set <query/>. For an iq handler. */
enum verdict archive_page_send(struct dispatch *d, const struct archive_door *door);

/* Answers the iq get <query/>: the form; and <metadata/>. */
enum verdict archive_page_form(struct dispatch *d);
enum verdict archive_page_metadata(struct dispatch *d);
