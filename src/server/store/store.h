/* SPDX-License-Identifier: Apache-2.0 */
/* The store: four shapes (account, keyval, archive, blob), an index over the archive, one writer
 * with group commit, readers in a pool. Every call is asynchronous and answers on the loop that
 * asked; a callback comes exactly once. Back ends fill struct store_backend.
 *
 * What a commit answers OK is durable. Commits of one loop become durable, and are answered, in the
 * order in which they were handed over. */
#pragma once

#include "server/store/request.h"

struct store;

/* Opens (creates, migrates forward after a backup copy). ERR_VERSION: the data is of a newer
 * version, nothing was touched. ERR_IO: *ret_why is a sentence for people (static or in a static
 * buffer of the caller's thread). Blocks; start-up only. */
must_check enum err store_open(const struct store_config *config, struct store **ret_store,
			       const char **ret_why);

/* Commits what is queued and closes. Blocks; loops must not run any more or must not use it. */
void store_close(struct store **s);

/* Takes t. t->done is called on this loop with t->err; t then belongs to the callee, who frees it.
 * Never fails directly: a full queue is an answer, too (ERR_BUSY, in its order, which is why a
 * refused txn keeps its memory until it is answered). An empty txn writes nothing and is answered
 * in its turn. ERR_EXISTS: TXN_ACCOUNT_CREATE of an account that is there, or a seq that its owner
 * has used. ERR_NO_SPACE, ERR_IO: the disk. What TXN_DELETE, TXN_BLANK, TXN_REMOVE, TXN_SESSION_END
 * and TXN_ACCOUNT_DELETE do not find is no error. */
void store_commit(struct store *s, struct txn *t);

/* ---- reads ---- */

/* fn(arg, answer) on this loop; the answer and its arena are freed after fn returns. ERR_NOT_FOUND:
 * READ_ACCOUNT, READ_OWNER and READ_SESSION of what does not exist. READ_OWNER fills rows and
 * last_seq all the same: a room has no account. The other reads give what there is, which may be
 * nothing. */
void store_read(struct store *s, const struct store_request *request,
		void (*fn)(void *arg, struct store_answer *answer), void *arg);

/* Has the index of READ_SEARCH made anew; searches find what it has so far. False: there is none.
 * Any thread. */
bool store_rebuild_search(struct store *s);

/* Deletes entries older than wall_before (of owner, or of everybody if unset) in small steps; fn
 * gets the number. A body goes with its last entry. */
void store_expire(struct store *s, struct str owner, usec_t wall_before,
		  void (*fn)(void *arg, enum err e, uint64_t removed), void *arg);

/* A consistent copy of everything to the folder at path, made while the server works. The folder
 * must not exist (ERR_EXISTS); it appears when it is whole. */
void store_backup(struct store *s, struct str path, void (*fn)(void *arg, enum err e), void *arg);
