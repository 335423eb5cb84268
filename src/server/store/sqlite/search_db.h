/* SPDX-License-Identifier: Apache-2.0 */
/* The file of the index, search.db: full-text tables of SQLite (FTS5) that keep no text, with
 * tokens of our own. It holds nothing that could not be made again out of parley.db; what is wrong
 * with it is mended by beginning anew. docs/search.md. */
#pragma once

#include "server/store/sqlite/db.h"

#include <pthread.h>
#include <stdatomic.h>

enum { SEARCH_SCHEMA_VERSION = 1 };

/* A document is one entry: its place, and a number among those of other owners at the same place.
 */
enum { DOC_SHIFT = 10, DOC_SAME_MAX = 1 << DOC_SHIFT };

/* Shared by all threads that have search.db open. */
struct search_files {
	struct str path;       /* NUL behind it */
	int64_t store;         /* names the store that the index is of */
	pthread_rwlock_t lock; /* readers hold it while they read; beginning anew takes it alone */
	struct search_conn *conns; /* of the readers; guarded by lock, taken alone */
	atomic_bool is_broken;     /* a reader found it damaged */
};

/* A reader's connection; closed behind its back, between two reads, when the file is made anew. */
struct search_conn {
	struct search_conn *next;
	struct db db; /* conn NULL: not open */
};

void search_files_init(struct search_files *f, struct str path, int64_t store);
void search_files_done(struct search_files *f);

void search_conn_add(struct search_files *f, struct search_conn *c);
void search_conn_remove(struct search_files *f, struct search_conn *c);

/* Opens it for reading. */
must_check enum err search_conn_open(struct search_files *f, struct search_conn *c);

/* Opens it for writing; makes it, or makes it anew, where it is not there, damaged, of another
 * store or of another version. */
must_check enum err search_db_open(struct search_files *f, struct db *d);

/* Makes it anew: d is open and empty afterwards. */
must_check enum err search_db_reset(struct search_files *f, struct db *d);

/* Whether the last call on d failed because the file is damaged. */
bool search_db_is_broken(const struct db *d);

/* Numbers that the index keeps: 0 where there is none. */
must_check enum err search_db_get(struct db *d, struct str key, int64_t *ret_n);
must_check enum err search_db_set(struct db *d, struct str key, int64_t n);
