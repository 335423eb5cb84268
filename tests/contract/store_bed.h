/* SPDX-License-Identifier: Apache-2.0 */
/* What the contract tests of the store stand on: a fresh store of either kind, a loop, and calls
 * that wait for their answer. */
#pragma once

#include "server/store/store.h"
#include "support/server/store/memory_store.h"
#include "support/unit.h"

enum { YOUNG_FEW = 7 };

/* SQL that makes a file of version 5, in which nothing is settled, one of version 4. */
#define BED_VERSION_4                                                                              \
	"INSERT INTO entry SELECT owner_a, seq_a, id, peer_a, flags_a, dedup_a FROM body "         \
	"WHERE owner_a <> 0;"                                                                      \
	"INSERT INTO entry SELECT owner_b, seq_b, id, peer_b, flags_b, dedup_b FROM body "         \
	"WHERE owner_b <> 0;"                                                                      \
	"ALTER TABLE body DROP COLUMN peer_a; ALTER TABLE body DROP COLUMN flags_a;"               \
	"ALTER TABLE body DROP COLUMN dedup_a; ALTER TABLE body DROP COLUMN peer_b;"               \
	"ALTER TABLE body DROP COLUMN flags_b; ALTER TABLE body DROP COLUMN dedup_b;"              \
	"DROP TABLE young_state; PRAGMA user_version = 4;"

struct bed {
	struct loop *loop;
	struct store *store;
	struct store_config config;
	struct memory_store *memory; /* NULL: SQLite */
	char dir[64]; /* SQLite: the data directory, with a name that is not used yet below a new
			 folder */
	char root[64];
};

/* Fixtures of a test: a store that is open and empty. */
int bed_memory(void **state);
int bed_sqlite(void **state);
int bed_young(void **state); /* SQLite, with generations of YOUNG_FEW entries */
int bed_end(void **state);

/* Ends the test when e is an error. */
#define assert_ok(e)          assert_string_equal(err_text(e), err_text(OK))
#define assert_err(e, wanted) assert_string_equal(err_text(e), err_text(wanted))
#define assert_str(s, text)                                                                        \
	do {                                                                                       \
		struct str found_ = (s);                                                           \
		assert_int_equal(found_.len, strlen(text));                                        \
		assert_memory_equal(found_.ptr, text, found_.len);                                 \
	} while (0)

/* Runs fn(arg) on the loop's thread and in its turn. */
void bed_call(struct bed *b, void (*fn)(void *arg), void *arg);

/* Turns the loop until *is_done; a test that waits for 20 seconds has failed. */
void bed_wait(struct bed *b, const bool *is_done);

/* Commits t, waits, frees t; gives its error. */
enum err bed_commit(struct bed *b, struct txn *t);

/* Hands all txns over in one turn (so they share batches), waits for all; errors to errs. Ends the
 * test if they are not answered in order. */
void bed_commit_all(struct bed *b, struct txn **txns, unsigned count, enum err *errs);

/* Reads and waits. The caller ends with arena_done(&answer.arena). */
struct store_answer bed_read(struct bed *b, const struct store_request *request);

enum err bed_expire(struct bed *b, struct str owner, usec_t wall_before, uint64_t *ret_removed);
enum err bed_backup(struct bed *b, const char *path);

/* Closes the store and opens it again. */
enum err bed_reopen(struct bed *b);
void bed_close(struct bed *b);

/* SQLite, closed: runs sql on its file, past the store. */
void bed_sql(struct bed *b, const char *sql);

/* A txn with one message: text once, an entry for a and one for b (unset: none). */
struct txn *bed_message(struct str a, int64_t seq_a, struct str b, int64_t seq_b,
			struct str stanza);
