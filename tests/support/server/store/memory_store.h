/* SPDX-License-Identifier: Apache-2.0 */
/* The memory double of the store: a back end that keeps everything in lists, can be told to fail or
 * to stand still, and keeps its data when the store is closed and opened again. */
#pragma once

#include "server/store/backend.h"
#include "server/store/store.h"

struct memory_store;

struct memory_store *memory_store_new(void);
void memory_store_free(struct memory_store **m);

/* A configuration with which store_open opens m (generous limits, one reader; change them as you
 * like). Nothing but store_open may look at its data_dir. */
struct store_config memory_store_config(struct memory_store *m);

/* The nth apply (1: the next one), the nth commit, or the nth read, from now on gives e instead.
 * Any thread. */
void memory_store_fail_apply(struct memory_store *m, unsigned nth, enum err e);
void memory_store_fail_commit(struct memory_store *m, unsigned nth, enum err e);
void memory_store_fail_read(struct memory_store *m, unsigned nth, enum err e);

/* Every batch waits this long before it begins: 0 as usual. Any thread. */
void memory_store_delay(struct memory_store *m, usec_t delay_usec);

/* Batches stand still in front of their beginning from now on, or go on. Any thread. */
void memory_store_hold(struct memory_store *m, bool is_held);

/* A page of an archive is made of this many entries at most, as if they were ARCHIVE_EXAMINED_MAX.
 * Any thread. */
void memory_store_examine(struct memory_store *m, unsigned max);

/* How many batches have been committed, and how many ops were applied in them. Any thread. */
unsigned memory_store_commits(struct memory_store *m);
unsigned memory_store_applied(struct memory_store *m);
