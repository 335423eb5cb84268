/* SPDX-License-Identifier: Apache-2.0 */
/* The insides of the folder of blobs, for its two files: blob.c (writing), blob_read.c (the rest).
 */
#pragma once

#include "server/store/blob.h"

enum { BLOB_NAME_SIZE = BLOB_HASH_LEN + 24 };

struct blob_store {
	int dir_fd; /* data_dir/blobs */
	struct blob_keys keys;
};

/* The blob's name in the folder. */
void blob_name(char name[BLOB_NAME_SIZE], struct str id);

/* That of a content: of a plain one (key -1), or as it is sealed with this key, so that nobody can
 * tell from it what it is. */
void blob_content_name(const struct blob_store *b, int key, struct str hash,
		       char name[BLOB_NAME_SIZE]);

/* The sum that ends a hash: reading a file that is open. */
must_check enum err blob_file_hash(struct blob_file *f, char *ret_hash);
