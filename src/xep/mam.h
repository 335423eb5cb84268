/* SPDX-License-Identifier: Apache-2.0 */
/* Queries of a message archive (XEP-0313 1.1.3): what a client asks for, read within limits, and
 * the form that it may ask for first. Ids stay opaque here. Any thread. */
#pragma once

#include "base/clock.h"
#include "xep/rsm.h"
#include "xmpp/condition.h"
#include "xmpp/jid.h"

enum {
	MAM_QUERY_ID_MAX = 1024, /* bytes: it is repeated with each message */
	MAM_IDS_MAX = 1000,      /* ids that one query may list */
};

struct mam_query {
	struct str id;   /* queryid; without pointer: none */
	struct jid with; /* unset: all */
	bool has_start, has_end;
	usec_t wall_start, wall_end;    /* both inclusive */
	struct str after_id, before_id; /* of the form: without pointer where not given */
	const struct str *ids;          /* NULL: any; else only these, id_count of them */
	size_t id_count;
	bool is_flipped;     /* <flip-page/>: the page is sent newest first */
	bool has_groupchat;  /* include-groupchat is true */
	struct str fulltext; /* XEP-0431; unset, or empty: nothing is looked for */
	uint32_t context;    /* urn:parley:search:0: messages around each match; 0: none */
	struct rsm rsm;      /* index is never set */
};

/* Reads <query/> of an iq set; texts are views, or in the arena. False: *ret_why is the answer. */
must_check bool mam_query_read(const struct xml *query, struct arena *a,
			       struct mam_query *ret_query, enum condition *ret_why);

/* Adds the form with all fields that mam_query_read knows to <query/> (4.1.5). */
void mam_form_write(struct arena *a, struct xml *query);

/* One end of an archive, for <metadata/>. */
struct mam_end {
	struct str id;
	usec_t wall_time;
};

/* <metadata/> (7), standing alone; first and last both NULL: the archive is empty. */
struct xml *mam_metadata_new(struct arena *a, const struct mam_end *first,
			     const struct mam_end *last);
