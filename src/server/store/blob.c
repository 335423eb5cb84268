/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs as files, see blob.h. */
#include "server/store/blob-private.h"

#include "base/mem.h"
#include "codec/hex.h"
#include "crypto/secret.h"
#include "server/store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { HASH_STEP = 256 * 1024 /* bytes read at a time for the hash of a part */ };

static void part_name_of(char name[BLOB_NAME_SIZE], struct str id, bool is_part)
{
	(void)snprintf(name, BLOB_NAME_SIZE, "%s/%.*s", is_part ? "part" : "tmp", BLOB_ID_LEN,
		       id.ptr);
}

static void temp_name_of(char name[BLOB_NAME_SIZE], const struct blob_file *f)
{
	part_name_of(name, str_from(f->id), f->is_part);
}

static enum err remove_name(void *arg, int at, const char *name)
{
	(void)arg;
	return unlinkat(at, name, 0) == 0 ? OK : err_from_errno(errno);
}

/* ---- the folder ---- */

static enum err open_folder(struct blob_store *b, struct str data_dir)
{
	static const char *const names[] = { "tmp", "part", "content" };
	char *dir = str_dup(data_dir);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err e = fd < 0 ? err_from_errno(errno) : folder_make(fd, "blobs");

	if (!e) {
		b->dir_fd = openat(fd, "blobs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		e = b->dir_fd < 0 ? err_from_errno(errno) : OK;
	}
	for (size_t i = 0; !e && i < array_len(names); i++)
		e = folder_make(b->dir_fd, names[i]);
	if (fd >= 0)
		(void)close(fd);
	mem_free(dir);
	return e;
}

enum err blob_store_open(struct str data_dir, struct blob_store **ret_blobs)
{
	struct blob_store *b = mem_zalloc(1, sizeof(*b));
	enum err e;

	b->dir_fd = -1;
	e = open_folder(b, data_dir);
	if (!e)
		e = folder_each(b->dir_fd, "tmp", remove_name, NULL);
	if (e)
		blob_store_close(&b);
	else
		*ret_blobs = b;
	return e;
}

void blob_store_close(struct blob_store **blobs)
{
	struct blob_store *b = *blobs;

	*blobs = NULL;
	if (!b)
		return;
	if (b->dir_fd >= 0)
		(void)close(b->dir_fd);
	secret_wipe(&b->keys, sizeof(b->keys));
	mem_free(b);
}

void blob_store_use(struct blob_store *b, const struct blob_keys *keys)
{
	b->keys = *keys;
}

enum err blob_free_space(struct blob_store *b, uint64_t *ret_bytes)
{
	struct statvfs s;

	if (fstatvfs(b->dir_fd, &s) != 0)
		return err_from_errno(errno);
	*ret_bytes = (uint64_t)s.f_bavail * s.f_frsize;
	return OK;
}

/* ---- writing ---- */

static void init_file(struct blob_file *f, struct str id, bool is_part)
{
	*f = (struct blob_file){ .fd = -1, .is_part = is_part };
	memcpy(f->id, id.ptr, BLOB_ID_LEN);
}

static void begin_hash(struct blob_file *f)
{
	digest_begin(&f->hash, DIGEST_SHA256);
	f->has_hash = true;
}

/* A new file is sealed, if there are keys; on an error it is dropped. */
static enum err begin_seal(struct blob_store *b, struct blob_file *f)
{
	uint8_t head[BLOB_HEAD];
	enum err e;

	if (!b->keys.count)
		return OK;
	blob_seal_begin(&b->keys, head, &f->seal);
	f->is_sealed = true;
	f->tail = mem_alloc(BLOB_CHUNK);
	e = folder_write(f->fd, (const char *)head, sizeof(head));
	if (e)
		blob_drop(b, f);
	return e;
}

enum err blob_create(struct blob_store *b, struct str id, struct blob_file *ret_file)
{
	struct blob_file f;
	char name[BLOB_NAME_SIZE];

	if (!blob_is_id(id))
		return ERR_NOT_FOUND;
	init_file(&f, id, false);
	temp_name_of(name, &f);
	f.fd = openat(b->dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (f.fd < 0)
		return err_from_errno(errno);
	begin_hash(&f);
	*ret_file = f;
	return begin_seal(b, ret_file);
}

/* Goes on with a sealed part behind its last whole byte: a chunk that a crash cut is dropped. */
static enum err read_tail(struct blob_file *f)
{
	struct blob_reader r = { .fd = f->fd, .is_sealed = true, .seal = f->seal };
	uint64_t number = f->size / BLOB_CHUNK;
	size_t len = (size_t)(f->size % BLOB_CHUNK);

	r.size = f->size;
	if (len && blob_read(&r, f->size - len, f->tail, len, false) == OK)
		f->tail_len = len;
	f->size = number * BLOB_CHUNK + f->tail_len;
	return OK;
}

static enum err resume_seal(struct blob_store *b, struct blob_file *f)
{
	uint8_t head[BLOB_HEAD];
	uint64_t size;

	if (pread(f->fd, head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    blob_seal_open(&b->keys, head, &f->seal))
		return OK; /* it was begun without keys */
	f->is_sealed = true;
	f->tail = mem_alloc(BLOB_CHUNK);
	if (blob_seal_size(f->size, &size)) /* not even the tag of its last chunk is whole */
		size = (f->size - BLOB_HEAD) / BLOB_CHUNK_SEALED * BLOB_CHUNK;
	f->size = size;
	return read_tail(f);
}

enum err blob_resume(struct blob_store *b, struct str id, bool is_new, struct blob_file *ret_file)
{
	struct blob_file f;
	char name[BLOB_NAME_SIZE];
	struct stat st;

	if (!blob_is_id(id))
		return ERR_NOT_FOUND;
	init_file(&f, id, true);
	temp_name_of(name, &f);
	f.fd = openat(b->dir_fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | (is_new ? O_CREAT : 0),
		      0600);
	if (f.fd < 0)
		return err_from_errno(errno);
	if (fstat(f.fd, &st) != 0 || lseek(f.fd, 0, SEEK_END) < 0) {
		(void)close(f.fd);
		return ERR_IO;
	}
	f.size = (uint64_t)st.st_size;
	if (!f.size)
		begin_hash(&f);
	*ret_file = f;
	return f.size ? resume_seal(b, ret_file) : begin_seal(b, ret_file);
}

/* Writes the last chunk, as far as it goes; it may be written again, longer. */
static enum err write_tail(struct blob_file *f)
{
	uint64_t number = f->size / BLOB_CHUNK - (f->tail_len == BLOB_CHUNK ? 1 : 0);
	uint8_t *sealed;
	enum err e;

	if (!f->tail_len)
		return OK;
	sealed = mem_alloc(BLOB_CHUNK_SEALED);
	blob_chunk_close(&f->seal, number, str_make(f->tail, f->tail_len), sealed);
	e = lseek(f->fd, (off_t)blob_chunk_place(number), SEEK_SET) < 0
		    ? err_from_errno(errno)
		    : folder_write(f->fd, (const char *)sealed, f->tail_len + SEAL_EXTRA);
	mem_free(sealed);
	return e;
}

static enum err write_sealed(struct blob_file *f, struct str bytes)
{
	enum err e = OK;

	while (bytes.len && !e) {
		struct str part = str_sub(bytes, 0, BLOB_CHUNK - f->tail_len);

		memcpy(f->tail + f->tail_len, part.ptr, part.len);
		f->tail_len += part.len;
		f->size += part.len;
		if (f->has_hash)
			digest_add(&f->hash, part);
		bytes = str_from_at(bytes, part.len);
		if (f->tail_len == BLOB_CHUNK) {
			e = write_tail(f);
			f->tail_len = 0;
		}
	}
	return e;
}

static bool is_multiple(uint64_t n)
{
	return n % MEM_ALIGNED == 0;
}

/* Whether these bytes go round the page cache. */
static bool choose_way(struct blob_file *f, struct str bytes)
{
	bool is_direct = !f->is_cached && f->size >= BLOB_DIRECT_FROM && is_multiple(f->size) &&
			 is_multiple((uintptr_t)bytes.ptr) && is_multiple(bytes.len);

	if (is_direct != f->is_direct && fcntl(f->fd, F_SETFL, is_direct ? O_DIRECT : 0) != 0) {
		f->is_cached = true; /* this file system cannot */
		return false;
	}
	f->is_direct = is_direct;
	return is_direct;
}

static enum err write_plain(struct blob_file *f, struct str bytes)
{
	while (bytes.len) {
		bool is_direct = choose_way(f, bytes);
		ssize_t n = write(f->fd, bytes.ptr, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EINVAL && is_direct) {
			f->is_cached = true; /* this disk wants larger blocks */
			continue;
		}
		if (n <= 0)
			return n == 0 ? ERR_IO : err_from_errno(errno);
		f->size += (uint64_t)n;
		if (f->has_hash)
			digest_add(&f->hash, str_sub(bytes, 0, (size_t)n));
		bytes = str_from_at(bytes, (size_t)n);
	}
	return OK;
}

enum err blob_write(struct blob_file *f, struct str bytes)
{
	return f->is_sealed ? write_sealed(f, bytes) : write_plain(f, bytes);
}

/* ret NULL: drops it. */
static void end_hash(struct blob_file *f, uint8_t *ret)
{
	if (f->has_hash)
		digest_end(&f->hash, ret);
	f->has_hash = false;
}

static void free_tail(struct blob_file *f)
{
	if (f->tail)
		secret_wipe(f->tail, BLOB_CHUNK);
	mem_free(f->tail);
	f->tail = NULL;
	secret_wipe(&f->seal, sizeof(f->seal));
}

static enum err hash_again(struct blob_file *f)
{
	struct blob_reader r = { .fd = f->fd, .size = f->size, .is_sealed = f->is_sealed };
	char *buf = mem_alloc(HASH_STEP);
	uint64_t at = 0;
	enum err e = OK;

	r.seal = f->seal;
	begin_hash(f);
	while (at < f->size && !e) {
		size_t len = f->size - at < HASH_STEP ? (size_t)(f->size - at) : HASH_STEP;

		e = blob_read(&r, at, buf, len, false);
		if (!e)
			digest_add(&f->hash, str_make(buf, len));
		at += len;
	}
	mem_free(buf);
	return e;
}

enum err blob_file_hash(struct blob_file *f, char *ret_hash)
{
	struct sbuf out scoped(sbuf_done) = SBUF(BLOB_HASH_LEN);
	uint8_t hash[DIGEST_MAX];
	enum err e = f->has_hash ? OK : hash_again(f);

	if (e)
		return e;
	end_hash(f, hash);
	(void)hex_encode(&out, str_make((const char *)hash, digest_len(DIGEST_SHA256)));
	memcpy(ret_hash, out.ptr, BLOB_HASH_LEN);
	ret_hash[BLOB_HASH_LEN] = '\0';
	return OK;
}

/* Whether the blob could become one more name of a content that is there already. */
static bool link_content(struct blob_store *b, const struct blob_file *f, const char *content,
			 const char *name)
{
	struct stat st, own;

	return linkat(b->dir_fd, content, b->dir_fd, name, 0) == 0 &&
	       fstatat(b->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && fstat(f->fd, &own) == 0 &&
	       st.st_size == own.st_size;
}

/* Gives the file its name. */
static enum err put_in_place(struct blob_store *b, const struct blob_file *f, const char *hash)
{
	char temp[BLOB_NAME_SIZE], name[BLOB_NAME_SIZE], content[BLOB_NAME_SIZE];

	temp_name_of(temp, f);
	blob_name(name, str_from(f->id));
	blob_content_name(b, b->keys.count ? 0 : -1, str_from(hash), content);
	if (link_content(b, f, content, name)) {
		(void)unlinkat(b->dir_fd, temp, 0); /* what stays is dropped at the next start */
		return OK;
	}
	if (renameat(b->dir_fd, temp, b->dir_fd, name) != 0)
		return err_from_errno(errno);
	/* Without links, or with too many, each blob is a file of its own. */
	if (unlinkat(b->dir_fd, content, 0) != 0 && errno != ENOENT)
		return OK;
	return linkat(b->dir_fd, name, b->dir_fd, content, 0) == 0 || errno != ENOSPC
		       ? OK
		       : ERR_NO_SPACE;
}

static enum err finish(struct blob_store *b, struct blob_file *f, char *ret_hash)
{
	char dir[3] = { f->id[0], f->id[1], '\0' }, name[BLOB_NAME_SIZE];
	enum err e = f->is_sealed ? write_tail(f) : OK;

	if (!e)
		e = blob_file_hash(f, ret_hash);
	if (!e && fsync(f->fd) != 0)
		e = err_from_errno(errno);
	if (!e)
		e = folder_make(b->dir_fd, dir);
	if (!e)
		e = put_in_place(b, f, ret_hash);
	if (!e)
		e = folder_sync(b->dir_fd, dir);
	if (e) { /* nobody was told its id */
		blob_name(name, str_from(f->id));
		(void)unlinkat(b->dir_fd, name, 0);
	}
	return e;
}

enum err blob_finish(struct blob_store *b, struct blob_file *f, char *ret_hash)
{
	enum err e = finish(b, f, ret_hash);

	if (e) {
		blob_drop(b, f);
		return e;
	}
	free_tail(f);
	(void)close(f->fd); /* it was synced */
	f->fd = -1;
	return OK;
}

void blob_drop(struct blob_store *b, struct blob_file *f)
{
	char temp[BLOB_NAME_SIZE];

	if (!f || f->fd < 0)
		return;
	end_hash(f, NULL);
	free_tail(f);
	temp_name_of(temp, f);
	(void)close(f->fd);
	f->fd = -1;
	(void)unlinkat(b->dir_fd, temp, 0); /* what stays is dropped at the next start */
}

enum err blob_leave(struct blob_file *f)
{
	enum err e = f->is_sealed ? write_tail(f) : OK;

	if (!e && fsync(f->fd) != 0)
		e = err_from_errno(errno);
	end_hash(f, NULL);
	free_tail(f);
	(void)close(f->fd);
	f->fd = -1;
	return e;
}

enum err blob_part_size(struct blob_store *b, struct str id, uint64_t *ret_size)
{
	struct blob_file f;
	enum err e = blob_resume(b, id, false, &f);

	if (e)
		return e;
	*ret_size = f.size;
	end_hash(&f, NULL);
	free_tail(&f);
	(void)close(f.fd); /* nothing was written */
	return OK;
}

enum err blob_part_delete(struct blob_store *b, struct str id)
{
	char name[BLOB_NAME_SIZE];

	if (!blob_is_id(id))
		return ERR_NOT_FOUND;
	part_name_of(name, id, true);
	return unlinkat(b->dir_fd, name, 0) == 0 ? OK : err_from_errno(errno);
}
