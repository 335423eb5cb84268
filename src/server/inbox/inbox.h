/* SPDX-License-Identifier: Apache-2.0 */
/* The conversations of an account, its own and those in the rooms of this server that it is a
 * member of (XEP-0430): what is kept in memory of them. The truth is in the store: entries of
 * archives, with marks of how far they are read (model/inbox.h). Nothing is counted ahead, so that
 * all clients see the same. On the entity's loop. */
#pragma once

#include "server/model/inbox.h"
#include "server/route/dispatch.h"

enum {
	INBOX_JOBS_MAX = 64,     /* requests of one account that wait */
	INBOX_CHANGED_MAX = 256, /* changed conversations that are remembered; with more clients
				    are told of all */
};

/* A request of a client, until its turn comes. */
struct inbox_job {
	struct list link;
	uint64_t resource;
	struct bytes *iq; /* serialised */
};

/* Of an account. */
struct inbox {
	uint64_t last_number; /* of the rows of INBOX_LOG_SPACE */
	unsigned pending;     /* how many there are */
	bool is_folding;      /* they are being looked up */
	bool is_telling;      /* clients are about to be told what has changed */
	bool is_all_changed;
	struct list jobs; /* of struct inbox_job */
	unsigned job_count;
	struct str *changed; /* conversations; owned, as the list */
	unsigned changed_count;
};

/* For on_load and on_unload of the feature. */
void inbox_load(struct entity *e, const struct keyval_row *rows);
void inbox_unload(struct entity *e);

/* Whether a client of e wants to be told. */
bool inbox_is_watched(const struct entity *e);

/* Remembers that clients are to be told of the conversation. */
void inbox_note(struct inbox *x, struct str conversation);
