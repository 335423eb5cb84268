/* SPDX-License-Identifier: Apache-2.0 */
/* Threads and folder of uploads, see disk.h. */
#include "server/disk.h"

#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/secret.h"
#include "loop/pool.h"
#include "server/store/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum {
	THREADS = 4, /* jobs that wait for the disk at the same time: fsync of a large file takes
			long */
	QUEUE_MAX = 10000,
};

static enum err read_keys(struct blob_store *blobs, const char *path)
{
	char *text = mem_zalloc(1, BLOB_KEY_FILE_MAX + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, BLOB_KEY_FILE_MAX + 1);
	struct blob_keys keys = { .count = 0 };
	enum err e = n < 0 ? err_from_errno(errno) : OK;

	if (!e && n > BLOB_KEY_FILE_MAX)
		e = ERR_TOO_BIG;
	if (!e)
		e = blob_keys_read(str_make(text, (size_t)n), &keys);
	if (!e)
		blob_store_use(blobs, &keys);
	if (fd >= 0)
		(void)close(fd); /* read only */
	secret_wipe(text, BLOB_KEY_FILE_MAX + 1);
	secret_wipe(&keys, sizeof(keys));
	mem_free(text);
	return e;
}

static enum err use_keys(struct disk *d, const struct conf *conf)
{
	struct str text = conf_str(conf, "files.key_file");
	char *path;
	enum err e;

	if (!text.len)
		return OK;
	path = conf_resolve(conf, text);
	e = read_keys(d->blobs, path);
	mem_free(path);
	return e;
}

enum err disk_open(struct disk *d, const struct conf *conf, struct str data_dir,
		   const uint8_t token_key[SEAL_KEY], struct blame *blame)
{
	struct pool_config pool = { .name = "disk", .threads = THREADS, .queue_limit = QUEUE_MAX };
	const char *what = "the folder blobs in data_dir cannot be used";
	enum err e = blob_store_open(data_dir, &d->blobs);

	digest_hmac(DIGEST_SHA256, str_make((const char *)token_key, SEAL_KEY),
		    STR("parley upload slot"), d->key);
	if (!e) {
		what = "files.key_file cannot be used";
		e = use_keys(d, conf);
	}
	if (!e) {
		what = "threads";
		e = pool_new(&pool, &d->pool);
	}
	if (e)
		(void)snprintf(blame->text, sizeof(blame->text), "%s: %s", what, err_text(e));
	return e;
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
