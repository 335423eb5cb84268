/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs as files, see blob.h: names, reading, taking away, and looking through all. */
#include "server/store/blob-private.h"

#include "base/mem.h"
#include "codec/hex.h"
#include "server/store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* What is still to be read, and where to. */
struct blob_piece {
	uint64_t offset;
	char *buf;
	size_t len;
};

static bool is_token(struct str text, size_t len, char last_letter, char first_digit,
		     char last_digit)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (!((c >= 'a' && c <= last_letter) || (c >= first_digit && c <= last_digit)))
			return false;
	}
	return text.len == len;
}

bool blob_is_id(struct str text)
{
	return is_token(text, BLOB_ID_LEN, 'z', '2', '7');
}

static bool is_hash(struct str text)
{
	return is_token(text, BLOB_HASH_LEN, 'f', '0', '9');
}

void blob_name(char name[BLOB_NAME_SIZE], struct str id)
{
	(void)snprintf(name, BLOB_NAME_SIZE, "%.2s/%.*s", id.ptr, BLOB_ID_LEN, id.ptr);
}

void blob_content_name(const struct blob_store *b, int key, struct str hash,
		       char name[BLOB_NAME_SIZE])
{
	struct sbuf hex scoped(sbuf_done) = SBUF(BLOB_HASH_LEN);
	uint8_t sum[DIGEST_MAX];

	if (key < 0) {
		(void)snprintf(name, BLOB_NAME_SIZE, "content/%.*s", BLOB_HASH_LEN, hash.ptr);
		return;
	}
	digest_hmac(DIGEST_SHA256, str_make((const char *)b->keys.key[key], SEAL_KEY), hash, sum);
	(void)hex_encode(&hex, str_make((const char *)sum, BLOB_HASH_LEN / 2));
	(void)snprintf(name, BLOB_NAME_SIZE, "content/%.*s", STR_ARG(sbuf_str(&hex)));
}

/* ---- reading ---- */

static enum err read_raw(const struct blob_reader *r, uint64_t offset, char *buf, size_t len,
			 bool is_quick)
{
	while (len) {
		struct iovec part = { .iov_base = buf, .iov_len = len };
		ssize_t n = preadv2(r->fd, &part, 1, (off_t)offset, is_quick ? RWF_NOWAIT : 0);

		if (n < 0 && errno == EINTR)
			continue;
		/* Not every file system can tell what it has at hand. */
		if (n < 0 && is_quick && (errno == EAGAIN || errno == EOPNOTSUPP))
			return ERR_AGAIN;
		if (n <= 0)
			return n == 0 ? ERR_IO : err_from_errno(errno);
		buf += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return OK;
}

static enum err open_seal(struct blob_store *b, struct blob_reader *r)
{
	uint8_t head[BLOB_HEAD];

	if (!b->keys.count || r->size < BLOB_HEAD ||
	    read_raw(r, 0, (char *)head, BLOB_HEAD, false) ||
	    blob_seal_open(&b->keys, head, &r->seal))
		return OK;
	r->is_sealed = true;
	if (blob_seal_size(r->size, &r->size) == OK)
		return OK;
	blob_close(r);
	return ERR_IO;
}

enum err blob_open(struct blob_store *b, struct str id, struct blob_reader *ret_reader)
{
	char name[BLOB_NAME_SIZE];
	struct stat st;
	int fd;

	if (!blob_is_id(id))
		return ERR_NOT_FOUND;
	blob_name(name, id);
	fd = openat(b->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_from_errno(errno);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return ERR_IO;
	}
	*ret_reader = (struct blob_reader){ .fd = fd, .size = (uint64_t)st.st_size };
	return open_seal(b, ret_reader);
}

/* One chunk, or what of it is asked for. */
static enum err read_chunk(const struct blob_reader *r, uint64_t number, struct blob_piece *piece,
			   bool is_quick)
{
	uint64_t first = number * BLOB_CHUNK, left = r->size - first;
	size_t len = left < BLOB_CHUNK ? (size_t)left : BLOB_CHUNK;
	char *sealed = mem_alloc(BLOB_CHUNK_SEALED);
	uint8_t *plain = mem_alloc(BLOB_CHUNK);
	size_t from = (size_t)(piece->offset - first), n = len - from;
	enum err e = read_raw(r, blob_chunk_place(number), sealed, len + SEAL_EXTRA, is_quick);

	if (!e && blob_chunk_open(&r->seal, number, str_make(sealed, len + SEAL_EXTRA), plain))
		e = ERR_IO;
	n = n < piece->len ? n : piece->len;
	if (!e)
		memcpy(piece->buf, plain + from, n);
	piece->buf += n;
	piece->offset += n;
	piece->len -= n;
	mem_free(sealed);
	mem_free(plain);
	return e;
}

enum err blob_read(const struct blob_reader *r, uint64_t offset, char *buf, size_t len,
		   bool is_quick)
{
	struct blob_piece piece = { .offset = offset, .buf = buf, .len = len };
	enum err e = OK;

	if (!r->is_sealed)
		return read_raw(r, offset, buf, len, is_quick);
	if (offset > r->size || len > r->size - offset)
		return ERR_IO;
	while (piece.len && !e)
		e = read_chunk(r, piece.offset / BLOB_CHUNK, &piece, is_quick);
	return e;
}

void blob_close(struct blob_reader *r)
{
	if (r->fd >= 0)
		(void)close(r->fd);
	r->fd = -1;
}

enum err blob_hash(struct blob_store *b, struct str id, uint64_t *ret_size, char *ret_hash)
{
	struct blob_reader r;
	struct blob_file f;
	enum err e = blob_open(b, id, &r);

	if (e)
		return e;
	f = (struct blob_file){ .fd = r.fd, .size = r.size, .is_sealed = r.is_sealed };
	f.seal = r.seal;
	e = blob_file_hash(&f, ret_hash);
	blob_close(&r);
	if (!e)
		*ret_size = r.size;
	return e;
}

/* The content goes with its last blob. One that comes in between keeps the file, but is not found
 * by others. */
static void drop_content(struct blob_store *b, struct str hash)
{
	char name[BLOB_NAME_SIZE];
	struct stat st;

	if (!is_hash(hash))
		return;
	for (int key = -1; key < (int)b->keys.count; key++) {
		blob_content_name(b, key, hash, name);
		if (fstatat(b->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_nlink == 1)
			(void)unlinkat(b->dir_fd, name, 0);
	}
}

enum err blob_delete(struct blob_store *b, struct str id, struct str hash)
{
	char name[BLOB_NAME_SIZE];

	if (!blob_is_id(id))
		return ERR_NOT_FOUND;
	blob_name(name, id);
	if (unlinkat(b->dir_fd, name, 0) != 0)
		return err_from_errno(errno);
	drop_content(b, hash);
	return OK;
}

/* ---- all of them ---- */

struct walk {
	uint64_t count, bytes;
	enum err (*fn)(void *arg, struct str id);
	void *arg;
};

static enum err each_file(void *arg, int at, const char *name)
{
	struct walk *w = arg;
	struct stat st;

	if (!blob_is_id(str_from(name)))
		return OK;
	if (w->fn)
		return w->fn(w->arg, str_from(name));
	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return OK; /* deleted meanwhile */
	w->count++;
	w->bytes += st.st_nlink == 1 ? (uint64_t)st.st_size : 0;
	return OK;
}

static enum err each_dir(void *arg, int at, const char *name)
{
	return strlen(name) == 2 ? folder_each(at, name, each_file, arg) : OK;
}

static enum err add_content(void *arg, int at, const char *name)
{
	struct walk *w = arg;
	struct stat st;

	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		w->bytes += (uint64_t)st.st_size;
	return OK;
}

enum err blob_total(struct blob_store *b, uint64_t *ret_count, uint64_t *ret_bytes)
{
	struct walk w = { .count = 0 };
	enum err e = folder_each(b->dir_fd, ".", each_dir, &w);

	if (!e)
		e = folder_each(b->dir_fd, "content", add_content, &w);
	if (e)
		return e;
	*ret_count = w.count;
	*ret_bytes = w.bytes;
	return OK;
}

enum err blob_each(struct blob_store *b, bool are_parts, enum err (*fn)(void *arg, struct str id),
		   void *arg)
{
	struct walk w = { .fn = fn, .arg = arg };

	return are_parts ? folder_each(b->dir_fd, "part", each_file, &w)
			 : folder_each(b->dir_fd, ".", each_dir, &w);
}

static enum err sweep_content(void *arg, int at, const char *name)
{
	struct stat st;

	(void)arg;
	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_nlink == 1)
		(void)unlinkat(at, name, 0);
	return OK;
}

enum err blob_sweep(struct blob_store *b)
{
	return folder_each(b->dir_fd, "content", sweep_content, NULL);
}
