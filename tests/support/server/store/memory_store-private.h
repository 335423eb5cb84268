/* SPDX-License-Identifier: Apache-2.0 */
/* The insides of the memory double. */
#pragma once

#include "base/list.h"
#include "server/store/backend.h"

#include <pthread.h>

enum table { KEYVAL, BODY, ENTRY, ACCOUNT, SESSION, TABLES };

/* A row of any table; each uses the fields that it needs. Never changed: a new value is a new row.
 */
struct row {
	struct list link;
	struct row *next_touched; /* by the batch */
	enum table table;
	bool is_gone; /* taken away by this batch */
	bool is_new;  /* added by this batch */
	struct str owner, space, key, value;
	int64_t seq; /* ENTRY; BODY, SESSION: the id */
	int64_t body;
	usec_t wall_time;
	unsigned flags;
	uint64_t dedup;
	uint32_t h;
	struct account account;
};

struct fault {
	unsigned left; /* 0: none */
	enum err err;
};

struct memory_store {
	pthread_mutex_t data; /* held from begin to the end of the batch */
	struct list tables[TABLES];
	struct row *touched;
	int64_t last_body;
	unsigned applied_in_batch;

	pthread_mutex_t seams; /* of what follows */
	pthread_cond_t moved;
	struct fault apply, commit, read;
	usec_t delay_usec;
	bool is_held;
	unsigned commits, applied, examined_max;
};

#define rows_each(link, m, table) list_each (link, &(m)->tables[table])

static inline struct row *row_of(struct list *link)
{
	return list_entry(link, struct row, link);
}

/* The row of an id or seq (owner: of an ENTRY), or NULL. */
struct row *memory_find(struct memory_store *m, enum table table, struct str owner, int64_t seq);
struct row *memory_find_account(struct memory_store *m, struct str owner);

/* Entries that are looked at for one page. */
unsigned memory_examined_max(struct memory_store *m);

/* The rows of a table (of one owner, if set), in order; in the answer's arena. */
struct row **memory_sorted(struct memory_store *m, enum table table, struct str owner,
			   struct store_answer *answer, size_t *ret_count);
struct archive_row *memory_row(struct arena *a, const struct row *r, const struct row *body);

/* memory_talks.c */
void memory_read_talks(struct memory_store *m, const struct store_request *request,
		       struct store_answer *answer);

/* memory_read.c: see struct store_backend. */
enum err memory_read(void *reader, const struct store_request *request,
		     struct store_answer *answer);

/* memory_search.c: READ_SEARCH, whose places exist. */
void memory_search(struct memory_store *m, const struct store_request *request,
		   struct store_answer *answer);
