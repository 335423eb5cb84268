/* SPDX-License-Identifier: Apache-2.0 */
/* The insides that the files of this folder share. */
#pragma once

#include "base/arena.h"
#include "base/siphash.h"
#include "server/store/backend.h"
#include "server/store/sqlite/db.h"
#include "server/store/sqlite/owners.h"
#include "server/store/sqlite/search_db.h"
#include "server/store/sqlite/settle.h"

struct sqlite {
	struct db db; /* of the writer */
	struct owners owners;
	struct arena arena;          /* of the paths */
	struct str data_dir, path;   /* NUL behind them; path: of the database */
	struct siphash_key peer_key; /* hash of entry.peer; kept in the file */
	int lock_fd;
	struct settle settle; /* of the writer; readers look at its young entries */
	int64_t first_body;   /* the newest when the store was opened */
	struct search_files search;
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

/* Whether all entries that q names are there: where must_exist. */
enum err sqlite_find_places(struct db *d, int64_t owner, const struct archive_query *q);

/* The entry that a statement of pages stands on, in the arena. */
struct archive_row *sqlite_row(struct arena *a, sqlite3_stmt *q);

/* search_index.c */
enum err sqlite_index_open(void *backend, void **ret_index);
void sqlite_index_close(void *index);
enum err sqlite_index_step(void *index, struct index_step *step);
enum err sqlite_index_reset(void *index);
enum err sqlite_index_forget(void *backend, int64_t gone);

/* search_read.c: d is of the store, s of the index. */
enum err sqlite_search(struct sqlite *b, struct db *d, struct db *s,
		       const struct store_request *request, struct store_answer *answer);
enum err sqlite_search_status(struct db *d, struct db *s, struct store_answer *answer);

/* backup.c */
enum err sqlite_backup(void *backend, struct str path);

/* Copies the database of d into a new file (mode 0600) at path, whole and on the disk when it
 * returns OK. */
must_check enum err sqlite_copy(struct db *d, struct str path);

/* The pragmas of a connection that reads, for db_init. */
extern const char *const sqlite_reader_pragmas[];
