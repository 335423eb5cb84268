/* SPDX-License-Identifier: Apache-2.0 */
/* The insides that the files of this folder share. */
#pragma once

#include "base/arena.h"
#include "base/siphash.h"
#include "server/store/backend.h"
#include "server/store/sqlite/db.h"
#include "server/store/sqlite/owners.h"

struct sqlite {
	struct db db; /* of the writer */
	struct owners owners;
	struct arena arena;          /* of the paths */
	struct str data_dir, path;   /* NUL behind them; path: of the database */
	struct siphash_key peer_key; /* hash of entry.peer; kept in the file */
	int lock_fd;
};

/* write.c: the writer's half of the table of functions. */
enum err sqlite_begin(void *backend);
enum err sqlite_apply(void *backend, const struct txn_op *op);
enum err sqlite_commit(void *backend);
void sqlite_rollback(void *backend);
enum err sqlite_expire(void *backend, struct store_expiry *x);

/* The entry.peer of a JID. */
int64_t sqlite_peer(const struct sqlite *b, struct str jid);

/* read.c: the readers' half. */
void *sqlite_reader_open(void *backend);
void sqlite_reader_close(void *reader);
enum err sqlite_read(void *reader, const struct store_request *request,
		     struct store_answer *answer);

/* read_archive.c. peer: of request->archive.with. */
enum err sqlite_read_archive(struct db *d, int64_t owner, int64_t peer,
			     const struct archive_query *q, struct store_answer *answer);
enum err sqlite_read_ends(struct db *d, int64_t owner, const struct archive_query *q,
			  struct store_answer *answer);

/* read_talks.c. owner: of the request, 0: there is none such. */
enum err sqlite_read_talks(const struct sqlite *b, struct db *d, int64_t owner,
			   const struct store_request *request, struct store_answer *answer);

/* backup.c */
enum err sqlite_backup(void *backend, struct str path);

/* Copies the database of d into a new file (mode 0600) at path, whole and on the disk when it
 * returns OK. */
must_check enum err sqlite_copy(struct db *d, struct str path);

/* The pragmas of a connection that reads, for db_init. */
extern const char *const sqlite_reader_pragmas[];
