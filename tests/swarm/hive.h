/* SPDX-License-Identifier: Apache-2.0 */
/* All bees of a run and the loop that drives them. One thread. */
#pragma once

#include "bee.h"
#include "usage.h"

struct hive {
	const struct options *opt;
	struct bee_rules rules;
	struct bee *bees;                      /* opt->users of them */
	struct login_key *keys;                /* one a bee */
	usec_t deadline;                       /* the whole run ends here */
	uint64_t cursor;                       /* the bee to start next */
	uint64_t started, ready, left, failed; /* logins: begun, done, ended well, broken */
	uint64_t busy;                         /* bees that are connecting or logging in */
	void *arg;                             /* of the mode */
	void (*on_ready)(struct hive *h, struct bee *b);                      /* or NULL */
	void (*on_message)(struct hive *h, struct bee *b, struct str piece);  /* or NULL */
	void (*on_presence)(struct hive *h, struct bee *b, struct str piece); /* or NULL */
	void (*on_iq)(struct hive *h, struct bee *b, struct str piece);       /* or NULL */
};

/* opt is borrowed and outlives h. */
must_check enum err hive_init(struct hive *h, const struct options *opt);

/* Saves the keys, closes everything. */
void hive_done(struct hive *h);

/* One turn of the loop: waits until something happens, but not past until (monotonic). */
void hive_step(struct hive *h, usec_t until);

/* Begins logins while fewer than opt->concurrency are on their way and fewer than total have begun.
 */
void hive_fill(struct hive *h, uint64_t total);

/* Logs every bee in. False when one failed or time is up. */
bool hive_login(struct hive *h);

/* Good-bye of all, at most 5 s. */
void hive_quit(struct hive *h);

/* Whether the run has no time left. */
bool hive_is_late(const struct hive *h);
