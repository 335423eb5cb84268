/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of reports of abuse (XEP-0377) of the whole server: how many wait, who is told that
 * there are new ones, and how they leave. The rows are those of model/abuse.h. */
#pragma once

#include "server/model/abuse.h"
#include "server/route/dispatch.h"

struct abuse_book;

enum {
	ABUSES_MAX = 5000,          /* reports that wait; what comes then is only logged */
	ABUSE_TOLD_ADMINS_MAX = 50, /* administrators that are told */
};
#define ABUSE_NOTICE_USEC USEC_PER_HOUR /* between two notices to the administrators */

/* first: the home of the first loop; all homes know it from then on. Loops do not run yet. Counts
 * what waits as soon as the store has answered. */
struct abuse_book *abuse_book_new(struct home *first) __attribute__((returns_nonnull));

/* The loops do not run any more. */
void abuse_book_free(struct abuse_book **b);

/* A report of d's account, in d's txn; so many a day of one account (ABUSES_A_DAY), ABUSES_MAX in
 * all. When that is durable, copies of the messages that it names are added, as far as the archives
 * of the account, or of the room that is reported, have them; and the administrators are told. */
void abuse_file(struct dispatch *d, struct abuse *abuse, const struct xml *report);

/* Takes a report out of the queue, with its copies; fn(arg, err) on the loop that asked:
 * ERR_NOT_FOUND, ERR_BUSY, ERR_IO, ERR_NO_SPACE. From any loop. */
void abuse_resolve(struct home *h, struct str key, void (*fn)(void *arg, enum err err), void *arg);

/* An account was made with an invitation that is a trap (model/held.h): the administrators are
 * told, too. From any loop. */
void abuse_trapped(struct home *h);

/* A report as people read it; views and strings of the arena. */
struct abuse_view {
	struct str key, by, about, reason, text;
	usec_t wall;
	struct str ids[ABUSE_COPIES_MAX]; /* of messages, as they were named */
	unsigned id_count;
	bool may_go_to_origin, may_go_on; /* the reporter allows to tell the other server, others */
};

/* ERR_INVALID for what no version of this program wrote. */
must_check enum err abuse_view_read(struct arena *a, const struct keyval_row *row,
				    struct abuse_view *ret_view);

/* Reads the copies of a report: rows of fn's answer are read with abuse_copy_decode. */
void abuse_read_copies(struct home *h, struct str key,
		       void (*fn)(void *arg, struct store_answer *answer), void *arg);
