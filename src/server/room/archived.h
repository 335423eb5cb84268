/* SPDX-License-Identifier: Apache-2.0 */
/* One message of a room's archive, looked up by the id that the room has given it (XEP-0359): for
 * what is done with messages later. On the room's loop. */
#pragma once

#include "server/room/room.h"

/* In the arena of the dispatch that looks for it. */
struct archived {
	int64_t seq;
	enum err err;    /* ERR_NOT_FOUND: there is none */
	unsigned flags;  /* ARCHIVE_BLANKED: a tombstone stands there */
	struct str text; /* as it is archived */
	/* Called when it was looked up instead of dispatch_resume, which is its to call; NULL:
	 * none. */
	void (*then)(struct dispatch *d, struct archived *m);
};

/* NULL: that is no id of this archive. */
struct archived *archived_new(struct dispatch *d, struct str id);

/* Looks it up; d waits for that (dispatch_wait, settle_alone), and finds it in d->wait_arg. */
void archived_look(struct dispatch *d, struct archived *m);

/* Why it could not be looked up, for who asks. */
enum condition archived_condition(enum err e);

/* In the dispatch's arena; NULL: it was not found, or cannot be read. */
struct xml *archived_parse(struct dispatch *d, const struct archived *m);

/* The real bare address of who has said a message of the archive; empty: unknown. */
struct str archived_author(const struct xml *message);
