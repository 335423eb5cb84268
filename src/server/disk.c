/* SPDX-License-Identifier: Apache-2.0 */
/* Threads and folder of uploads, see disk.h. */
#include "server/disk.h"

#include "crypto/digest.h"
#include "loop/pool.h"
#include "server/store/blob.h"

enum {
	THREADS = 4, /* jobs that wait for the disk at the same time: fsync of a large file takes
			long */
	QUEUE_MAX = 10000,
};

enum err disk_open(struct disk *d, struct str data_dir, struct str token_key)
{
	struct pool_config pool = { .name = "disk", .threads = THREADS, .queue_limit = QUEUE_MAX };
	enum err e = blob_store_open(data_dir, &d->blobs);

	_Static_assert(sizeof(d->key) == 32, "that of SHA-256");
	digest_hmac(DIGEST_SHA256, token_key, STR("parley upload slot"), d->key);
	return e ? e : pool_new(&pool, &d->pool);
}

void disk_start(struct disk *d, struct loop *loop, struct store *store, struct str domain)
{
	struct uploads_config config = { .loop = loop,
					 .store = store,
					 .pool = d->pool,
					 .blobs = d->blobs,
					 .domain = domain,
					 .key = d->key };

	d->uploads = uploads_new(&config);
}
