/* SPDX-License-Identifier: Apache-2.0 */
/* Uploaded files: data_dir/blobs/<first two characters of the id>/<id>, written once, never
 * changed. Ids are random tokens made here; anything else is refused, so no path can be formed from
 * what a peer sends. Everything here blocks: for pool jobs. Any thread; one blob_file, one thread.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

enum { BLOB_ID_LEN = 26 }; /* characters of [a-z2-7]: 130 bits */

struct blob_store;

/* A blob that is being written. */
struct blob_file {
	int fd;
	uint64_t size; /* bytes so far */
	char id[BLOB_ID_LEN + 1];
};

/* Opens (creates, mode 0700) the folder, and drops what a crash left half-written. ERR_IO,
 * ERR_DENIED, ERR_NO_SPACE. */
must_check enum err blob_store_open(struct str data_dir, struct blob_store **ret_blobs);
void blob_store_close(struct blob_store **b);

/* Begins a blob with a fresh id; ends with blob_finish or blob_drop. */
must_check enum err blob_create(struct blob_store *b, struct blob_file *ret_file);
must_check enum err blob_write(struct blob_file *f, struct str bytes);

/* Makes it durable and visible under f->id; f is closed, also on failure (the blob is dropped
 * then). */
must_check enum err blob_finish(struct blob_store *b, struct blob_file *f);
void blob_drop(struct blob_store *b, struct blob_file *f);

/* Opens for reading; the caller closes the descriptor. ERR_NOT_FOUND, also for what is no id. */
must_check enum err blob_open(struct blob_store *b, struct str id, int *ret_fd, uint64_t *ret_size);
must_check enum err blob_delete(struct blob_store *b, struct str id);

/* Sums up all blobs by looking at each. */
must_check enum err blob_total(struct blob_store *b, uint64_t *ret_count, uint64_t *ret_bytes);
