/* SPDX-License-Identifier: Apache-2.0 */
/* Uploaded files: data_dir/blobs/<first two characters of the id>/<id>, written once, never
 * changed. Ids are random tokens; anything else is refused, so no path can be formed from what a
 * peer sends. Blobs of the same content are one file on the disk: each is a hard link, and one more
 * under blobs/content finds it by its SHA-256. Everything here blocks: for pool jobs. Any thread;
 * one blob_file or blob_reader, one thread at a time. */
#pragma once

#include "base/str.h"
#include "crypto/digest.h"
#include "server/store/blob_seal.h"

enum {
	BLOB_ID_LEN = 26,   /* characters of [a-z2-7]: 130 bits */
	BLOB_HASH_LEN = 64, /* characters of a SHA-256 in hex */
	/* Bytes of a file that go through the page cache, since somebody will soon want them. What
	 * follows goes round it when it can: half the work, and a film does not drive the rows of
	 * the store out of memory. */
	BLOB_DIRECT_FROM = 4 * 1024 * 1024,
};

struct blob_store;

/* A blob that is being written. */
struct blob_file {
	int fd;
	uint64_t size;  /* bytes so far */
	bool is_part;   /* it may grow over several runs of the server */
	bool is_direct; /* what is written now goes round the page cache */
	bool is_cached; /* it never does: the file system cannot */
	bool has_hash;  /* of all bytes so far; without: they are read again at the end */
	struct digest_stream hash;
	char id[BLOB_ID_LEN + 1];
	bool is_sealed;
	struct blob_seal seal;
	char *tail;      /* sealed: the last chunk, as far as it goes */
	size_t tail_len; /* bytes */
};

/* A blob that is being read. */
struct blob_reader {
	int fd;
	uint64_t size; /* bytes of content */
	bool is_sealed;
	struct blob_seal seal;
};

/* Whether text can be an id at all. */
bool blob_is_id(struct str text);

/* Opens (creates, mode 0700) the folder, and drops what a crash left half-written, but for the
 * parts. ERR_IO, ERR_DENIED, ERR_NO_SPACE. */
must_check enum err blob_store_open(struct str data_dir, struct blob_store **ret_blobs);
void blob_store_close(struct blob_store **b);

/* From now on what is new is sealed with the first key, and what is sealed can be read with all;
 * keys are copied. Without: nothing is sealed. Before anything else is asked. */
void blob_store_use(struct blob_store *b, const struct blob_keys *keys);

/* Bytes that the file system can still take. */
must_check enum err blob_free_space(struct blob_store *b, uint64_t *ret_bytes);

/* ---- writing ---- */

/* Begins the blob id; ends with blob_finish or blob_drop. ERR_EXISTS: it is being written. */
must_check enum err blob_create(struct blob_store *b, struct str id, struct blob_file *ret_file);

/* Goes on with a part, at its end (makes it, if is_new). Ends with blob_finish, blob_drop or, to go
 * on later, blob_leave. ERR_NOT_FOUND. */
must_check enum err blob_resume(struct blob_store *b, struct str id, bool is_new,
				struct blob_file *ret_file);

/* Appends. Bytes at an address and of a length that are multiples of MEM_ALIGNED, behind others
 * like them, are written with the least work. */
must_check enum err blob_write(struct blob_file *f, struct str bytes);

/* Makes it durable and visible under f->id; f is closed, also on failure (the blob is dropped
 * then). ret_hash, BLOB_HASH_LEN + 1 bytes, names its content. */
must_check enum err blob_finish(struct blob_store *b, struct blob_file *f, char *ret_hash);
void blob_drop(struct blob_store *b, struct blob_file *f);

/* Closes a part; what it has is durable when this gives OK. */
must_check enum err blob_leave(struct blob_file *f);

/* How much of a part there is; and its end. ERR_NOT_FOUND. */
must_check enum err blob_part_size(struct blob_store *b, struct str id, uint64_t *ret_size);
must_check enum err blob_part_delete(struct blob_store *b, struct str id);

/* ---- reading ---- */

/* Opens for reading; ends with blob_close. ERR_NOT_FOUND, also for what is no id. */
must_check enum err blob_open(struct blob_store *b, struct str id, struct blob_reader *ret_reader);

/* Reads len bytes at offset, all of which must be there. is_quick: ERR_AGAIN rather than wait for
 * the disk, so that a loop may ask. */
must_check enum err blob_read(const struct blob_reader *r, uint64_t offset, char *buf, size_t len,
			      bool is_quick);
void blob_close(struct blob_reader *r);

/* Reads all of it: its size, and the hash that blob_finish gave. ERR_NOT_FOUND. */
must_check enum err blob_hash(struct blob_store *b, struct str id, uint64_t *ret_size,
			      char *ret_hash);

/* Takes it away; hash, as blob_finish gave it, may be unset: its content then stays until the next
 * blob_sweep. ERR_NOT_FOUND. */
must_check enum err blob_delete(struct blob_store *b, struct str id, struct str hash);

/* ---- all of them ---- */

/* What all blobs take on the disk, by looking at each: blobs, and bytes without what is the same.
 */
must_check enum err blob_total(struct blob_store *b, uint64_t *ret_count, uint64_t *ret_bytes);

/* Calls fn for each blob, or (are_parts) for each part; fn may delete it. */
must_check enum err blob_each(struct blob_store *b, bool are_parts,
			      enum err (*fn)(void *arg, struct str id), void *arg);

/* Takes away contents that no blob has any more. */
must_check enum err blob_sweep(struct blob_store *b);
