/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs as files, see blob.h. */
#include "server/store/blob.h"

#include "base/mem.h"
#include "codec/hex.h"
#include "server/store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	NAME_SIZE = BLOB_HASH_LEN + 24,
	HASH_STEP = 256 * 1024, /* bytes read at a time for the hash of a part */
};

struct blob_store {
	int dir_fd; /* data_dir/blobs */
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

static void name_of(char name[NAME_SIZE], struct str id)
{
	(void)snprintf(name, NAME_SIZE, "%.2s/%.*s", id.ptr, BLOB_ID_LEN, id.ptr);
}

static void content_name_of(char name[NAME_SIZE], struct str hash)
{
	(void)snprintf(name, NAME_SIZE, "content/%.*s", BLOB_HASH_LEN, hash.ptr);
}

static void part_name_of(char name[NAME_SIZE], struct str id, bool is_part)
{
	(void)snprintf(name, NAME_SIZE, "%s/%.*s", is_part ? "part" : "tmp", BLOB_ID_LEN, id.ptr);
}

static void temp_name_of(char name[NAME_SIZE], const struct blob_file *f)
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
	mem_free(b);
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

enum err blob_create(struct blob_store *b, struct str id, struct blob_file *ret_file)
{
	struct blob_file f;
	char name[NAME_SIZE];

	if (!blob_is_id(id))
		return ERR_NOT_FOUND;
	init_file(&f, id, false);
	temp_name_of(name, &f);
	f.fd = openat(b->dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (f.fd < 0)
		return err_from_errno(errno);
	digest_begin(&f.hash, DIGEST_SHA256);
	f.has_hash = true;
	*ret_file = f;
	return OK;
}

enum err blob_resume(struct blob_store *b, struct str id, bool is_new, struct blob_file *ret_file)
{
	struct blob_file f;
	char name[NAME_SIZE];
	struct stat st;

	if (!blob_is_id(id))
		return ERR_NOT_FOUND;
	init_file(&f, id, true);
	temp_name_of(name, &f);
	f.fd = openat(b->dir_fd, name,
		      O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC | (is_new ? O_CREAT : 0), 0600);
	if (f.fd < 0)
		return err_from_errno(errno);
	if (fstat(f.fd, &st) != 0) {
		(void)close(f.fd);
		return ERR_IO;
	}
	f.size = (uint64_t)st.st_size;
	*ret_file = f;
	return OK;
}

enum err blob_write(struct blob_file *f, struct str bytes)
{
	enum err e = folder_write(f->fd, bytes.ptr, bytes.len);

	if (e)
		return e;
	f->size += bytes.len;
	if (f->has_hash)
		digest_add(&f->hash, bytes);
	return OK;
}

/* ret NULL: drops it. */
static void end_hash(struct blob_file *f, uint8_t *ret)
{
	if (f->has_hash)
		digest_end(&f->hash, ret);
	f->has_hash = false;
}

static enum err hash_again(struct blob_file *f)
{
	char *buf = mem_alloc(HASH_STEP);
	uint64_t at = 0;
	ssize_t n = 1;

	digest_begin(&f->hash, DIGEST_SHA256);
	f->has_hash = true;
	while (n > 0) {
		n = pread(f->fd, buf, HASH_STEP, (off_t)at);
		if (n > 0)
			digest_add(&f->hash, str_make(buf, (size_t)n));
		at += n > 0 ? (uint64_t)n : 0;
	}
	mem_free(buf);
	return n == 0 && at == f->size ? OK : ERR_IO;
}

static enum err take_hash(struct blob_file *f, char *ret_hash)
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
	struct stat st;

	return linkat(b->dir_fd, content, b->dir_fd, name, 0) == 0 &&
	       fstatat(b->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (uint64_t)st.st_size == f->size;
}

/* Gives the file its name. */
static enum err put_in_place(struct blob_store *b, const struct blob_file *f, const char *hash)
{
	char temp[NAME_SIZE], name[NAME_SIZE], content[NAME_SIZE];

	temp_name_of(temp, f);
	name_of(name, str_from(f->id));
	content_name_of(content, str_from(hash));
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
	char dir[3] = { f->id[0], f->id[1], '\0' }, name[NAME_SIZE];
	enum err e = take_hash(f, ret_hash);

	if (!e && fsync(f->fd) != 0)
		e = err_from_errno(errno);
	if (!e)
		e = folder_make(b->dir_fd, dir);
	if (!e)
		e = put_in_place(b, f, ret_hash);
	if (!e)
		e = folder_sync(b->dir_fd, dir);
	if (e) { /* nobody was told its id */
		name_of(name, str_from(f->id));
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
	(void)close(f->fd); /* it was synced */
	f->fd = -1;
	return OK;
}

void blob_drop(struct blob_store *b, struct blob_file *f)
{
	char temp[NAME_SIZE];

	if (!f || f->fd < 0)
		return;
	end_hash(f, NULL);
	temp_name_of(temp, f);
	(void)close(f->fd);
	f->fd = -1;
	(void)unlinkat(b->dir_fd, temp, 0); /* what stays is dropped at the next start */
}

enum err blob_leave(struct blob_file *f)
{
	enum err e = fsync(f->fd) == 0 ? OK : err_from_errno(errno);

	end_hash(f, NULL);
	(void)close(f->fd);
	f->fd = -1;
	return e;
}

enum err blob_part_size(struct blob_store *b, struct str id, uint64_t *ret_size)
{
	char name[NAME_SIZE];
	struct stat st;

	if (!blob_is_id(id))
		return ERR_NOT_FOUND;
	part_name_of(name, id, true);
	if (fstatat(b->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return err_from_errno(errno);
	*ret_size = (uint64_t)st.st_size;
	return OK;
}

enum err blob_part_delete(struct blob_store *b, struct str id)
{
	char name[NAME_SIZE];

	if (!blob_is_id(id))
		return ERR_NOT_FOUND;
	part_name_of(name, id, true);
	return unlinkat(b->dir_fd, name, 0) == 0 ? OK : err_from_errno(errno);
}

/* ---- reading ---- */

enum err blob_open(struct blob_store *b, struct str id, struct blob_reader *ret_reader)
{
	char name[NAME_SIZE];
	struct stat st;
	int fd;

	if (!blob_is_id(id))
		return ERR_NOT_FOUND;
	name_of(name, id);
	fd = openat(b->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_from_errno(errno);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return ERR_IO;
	}
	*ret_reader = (struct blob_reader){ .fd = fd, .size = (uint64_t)st.st_size };
	return OK;
}

enum err blob_read(const struct blob_reader *r, uint64_t offset, char *buf, size_t len,
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
	f = (struct blob_file){ .fd = r.fd, .size = r.size };
	e = take_hash(&f, ret_hash);
	end_hash(&f, NULL);
	blob_close(&r);
	if (!e)
		*ret_size = r.size;
	return e;
}

/* The content goes with its last blob. One that comes in between keeps the file, but is not found
 * by others. */
static void drop_content(struct blob_store *b, struct str hash)
{
	char name[NAME_SIZE];
	struct stat st;

	if (!is_hash(hash))
		return;
	content_name_of(name, hash);
	if (fstatat(b->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_nlink == 1)
		(void)unlinkat(b->dir_fd, name, 0);
}

enum err blob_delete(struct blob_store *b, struct str id, struct str hash)
{
	char name[NAME_SIZE];

	if (!blob_is_id(id))
		return ERR_NOT_FOUND;
	name_of(name, id);
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
