/* SPDX-License-Identifier: Apache-2.0 */
/* The store: four shapes (account, keyval, archive, blob), one writer with group commit, readers in
 * a pool. Every call is asynchronous and answers on the loop that asked; a callback comes exactly
 * once. Back ends fill struct store_backend.
 *
 * What a commit answers OK is durable. Commits of one loop become durable, and are answered, in the
 * order in which they were handed over. */
#pragma once

#include "server/store/txn.h"

struct store;
struct store_backend;

struct store_config {
	const struct store_backend *backend;
	struct str data_dir;      /* for back ends with files */
	unsigned readers;         /* threads */
	size_t queue_limit;       /* txns waiting; past it store_commit answers ERR_BUSY */
	size_t queue_bytes_limit; /* bytes waiting; the same */
	unsigned batch_limit;     /* txns in one commit: 2,000 */
	uint64_t epoch;           /* fencing, ignored by SQLite */
};

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

enum store_read_kind {
	READ_OWNER,    /* everything needed to bring an entity to memory: account, rows of spaces,
			  last_seq */
	READ_ACCOUNT,  /* one account by owner */
	READ_ACCOUNTS, /* a page of accounts behind after_key, by owner */
	READ_KEYVAL, /* rows of owner and space; key set: that one; else those behind after_key, max
			of them (0: all), by key */
	READ_ARCHIVE, /* a page of an archive */
	READ_DEDUP,   /* dedup values of the owner's newest ARCHIVE_OUT entries since from_wall; max
			 of them */
	READ_SESSION, /* XEP-0198: owner and h of a session that is not in memory */
	READ_STATS,   /* numbers for the administrator */
};

struct archive_query {
	struct str with;          /* bare JID of the peer; unset: all */
	struct str with_resource; /* set: only messages from or to with/with_resource */
	int64_t after,
		before; /* exclusive seqs; 0: open. An unknown one is just a place in the order */
	usec_t wall_start, wall_end; /* inclusive; 0: open */
	int64_t visible;             /* newest seq that may be seen; 0: all */
	unsigned flags_any;          /* 0: all; else entries with any of these flags */
	unsigned max;                /* rows of a page */
	size_t max_bytes; /* 0: any; else a page ends with the row that brings its stanzas to this
			   * many bytes: it has one at least */
	bool must_exist;  /* after and before, where set, must be visible entries: else the answer
			   * is ERR_NOT_FOUND */
	bool is_backward; /* the page ends at before (or the newest), rows still in rising order */
	bool want_count;  /* count all that matches without after and before */
};

struct store_request {
	enum store_read_kind kind;
	struct str owner; /* copied, like all strings */
	struct str space, key, after_key;
	const struct str *spaces; /* READ_OWNER: whose rows come along */
	unsigned space_count;
	unsigned max;
	usec_t from_wall;
	uint64_t session;
	struct archive_query archive;
};

struct keyval_row {
	struct keyval_row *next;
	struct str space, key, value;
};

struct archive_row {
	struct archive_row *next;
	int64_t seq;
	usec_t wall_time;
	unsigned flags;
	struct str stanza;
};

struct store_answer {
	enum err err;       /* OK, ERR_NOT_FOUND, ERR_BUSY, ERR_IO, ERR_TOO_BIG (past 256 MiB) */
	struct arena arena; /* of everything below */
	struct account account;   /* OWNER, ACCOUNT */
	struct account *accounts; /* ACCOUNTS */
	unsigned account_count;
	bool has_more;                /* ACCOUNTS, KEYVAL: there are further ones */
	struct keyval_row *rows;      /* OWNER, KEYVAL */
	int64_t last_seq;             /* OWNER: newest seq, 0: none */
	struct archive_row *messages; /* ARCHIVE */
	bool is_complete;             /* ARCHIVE: the page reaches the end in its direction */
	int64_t examined_seq; /* ARCHIVE, not complete: where to go on (as after, or as before when
			       * backward). With with_resource and flags_any a page may be short of
			       * max, even empty, when very much does not match: store/archive.h */
	uint64_t count; /* ARCHIVE with want_count; exact up to ARCHIVE_COUNT_MAX (store/archive.h)
			 */
	int64_t first_seq; /* ARCHIVE: oldest visible entry that matches "with", 0: none (metadata)
			    */
	const uint64_t *dedup; /* DEDUP, newest first */
	unsigned dedup_count;
	struct str session_owner; /* SESSION */
	uint32_t session_h;
	struct {
		uint64_t accounts, messages, entries, bytes;
	} stats;
};

/* fn(arg, answer) on this loop; the answer and its arena are freed after fn returns. ERR_NOT_FOUND:
 * READ_ACCOUNT, READ_OWNER and READ_SESSION of what does not exist. READ_OWNER fills rows and
 * last_seq all the same: a room has no account. The other reads give what there is, which may be
 * nothing. */
void store_read(struct store *s, const struct store_request *request,
		void (*fn)(void *arg, struct store_answer *answer), void *arg);

/* Deletes entries older than wall_before (of owner, or of everybody if unset) in small steps; fn
 * gets the number. A body goes with its last entry. */
void store_expire(struct store *s, struct str owner, usec_t wall_before,
		  void (*fn)(void *arg, enum err e, uint64_t removed), void *arg);

/* A consistent copy of everything to the folder at path, made while the server works. The folder
 * must not exist (ERR_EXISTS); it appears when it is whole. */
void store_backup(struct store *s, struct str path, void (*fn)(void *arg, enum err e), void *arg);
