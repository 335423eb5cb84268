/* SPDX-License-Identifier: Apache-2.0 */
/* What uploads need beside the loops: the folder of blobs, threads for the disk, and the book. Main
 * thread; start and end. */
#pragma once

#include "crypto/seal.h"
#include "server/conf/conf.h"
#include "server/model/uploads.h"

struct disk {
	struct blob_store *blobs;
	struct pool *pool; /* of its own: a slow disk does not hold up logins */
	struct uploads *uploads;
	uint8_t key[UPLOAD_KEY]; /* signs slots */
};

/* Opens the folder in data_dir, reads files.key_file and starts the threads. token_key: of the
 * installation's secrets. blame says what is wrong: ERR_IO and others of the file system;
 * ERR_INVALID: the keys; ERR_BUSY: no threads. */
must_check enum err disk_open(struct disk *d, const struct conf *conf, struct str data_dir,
			      const uint8_t token_key[SEAL_KEY], struct blame *blame);

/* The book, on loop; domain as in uploads.h. */
void disk_start(struct disk *d, struct loop *loop, struct store *store, struct str domain);
