/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs as files, see blob.h. */
#include "server/store/blob.h"

#include "base/mem.h"
#include "base/random.h"
#include "server/store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_SIZE = BLOB_ID_LEN + 8 };

struct blob_store {
	int dir_fd; /* data_dir/blobs */
};

static bool is_id(struct str id)
{
	for (size_t i = 0; i < id.len; i++) {
		char c = id.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '2' && c <= '7')))
			return false;
	}
	return id.len == BLOB_ID_LEN;
}

static void name_of(char name[NAME_SIZE], struct str id)
{
	(void)snprintf(name, NAME_SIZE, "%.2s/%.*s", id.ptr, BLOB_ID_LEN, id.ptr);
}

static void temp_name_of(char name[NAME_SIZE], const struct blob_file *f)
{
	(void)snprintf(name, NAME_SIZE, "tmp/%s", f->id);
}

static enum err remove_name(void *arg, int at, const char *name)
{
	(void)arg;
	return unlinkat(at, name, 0) == 0 ? OK : err_from_errno(errno);
}

enum err blob_store_open(struct str data_dir, struct blob_store **ret_blobs)
{
	struct blob_store *b = mem_zalloc(1, sizeof(*b));
	char *dir = str_dup(data_dir);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err e = fd < 0 ? err_from_errno(errno) : folder_make(fd, "blobs");

	b->dir_fd = -1;
	if (!e) {
		b->dir_fd = openat(fd, "blobs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		e = b->dir_fd < 0 ? err_from_errno(errno) : folder_make(b->dir_fd, "tmp");
	}
	if (!e)
		e = folder_each(b->dir_fd, "tmp", remove_name, NULL);
	if (fd >= 0)
		(void)close(fd);
	mem_free(dir);
	if (e) {
		blob_store_close(&b);
		return e;
	}
	*ret_blobs = b;
	return OK;
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

enum err blob_create(struct blob_store *b, struct blob_file *ret_file)
{
	struct blob_file f = { .size = 0 };
	char name[NAME_SIZE];

	random_token(f.id, BLOB_ID_LEN);
	temp_name_of(name, &f);
	f.fd = openat(b->dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (f.fd < 0)
		return err_from_errno(errno);
	*ret_file = f;
	return OK;
}

enum err blob_write(struct blob_file *f, struct str bytes)
{
	enum err e = folder_write(f->fd, bytes.ptr, bytes.len);

	if (!e)
		f->size += bytes.len;
	return e;
}

enum err blob_finish(struct blob_store *b, struct blob_file *f)
{
	char temp[NAME_SIZE], name[NAME_SIZE], dir[3] = { f->id[0], f->id[1], '\0' };
	enum err e = fsync(f->fd) == 0 ? OK : err_from_errno(errno);

	temp_name_of(temp, f);
	name_of(name, str_from(f->id));
	if (!e)
		e = folder_make(b->dir_fd, dir);
	if (!e && renameat(b->dir_fd, temp, b->dir_fd, name) != 0)
		e = err_from_errno(errno);
	if (e) {
		blob_drop(b, f);
		return e;
	}
	(void)close(f->fd);
	f->fd = -1;
	e = folder_sync(b->dir_fd, dir);
	if (e)
		(void)unlinkat(b->dir_fd, name, 0); /* nobody was told its id */
	return e;
}

void blob_drop(struct blob_store *b, struct blob_file *f)
{
	char temp[NAME_SIZE];

	if (!f || f->fd < 0)
		return;
	temp_name_of(temp, f);
	(void)close(f->fd);
	f->fd = -1;
	(void)unlinkat(b->dir_fd, temp, 0); /* what stays is dropped at the next start */
}

enum err blob_open(struct blob_store *b, struct str id, int *ret_fd, uint64_t *ret_size)
{
	char name[NAME_SIZE];
	struct stat st;
	int fd;

	if (!is_id(id))
		return ERR_NOT_FOUND;
	name_of(name, id);
	fd = openat(b->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_from_errno(errno);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return ERR_IO;
	}
	*ret_fd = fd;
	*ret_size = (uint64_t)st.st_size;
	return OK;
}

enum err blob_delete(struct blob_store *b, struct str id)
{
	char name[NAME_SIZE];

	if (!is_id(id))
		return ERR_NOT_FOUND;
	name_of(name, id);
	return unlinkat(b->dir_fd, name, 0) == 0 ? OK : err_from_errno(errno);
}

/* ---- all of them ---- */

struct total {
	uint64_t count, bytes;
};

static enum err add_file(void *arg, int at, const char *name)
{
	struct total *t = arg;
	struct stat st;

	if (!is_id(str_from(name)) || fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return OK; /* deleted meanwhile */
	t->count++;
	t->bytes += (uint64_t)st.st_size;
	return OK;
}

static enum err add_dir(void *arg, int at, const char *name)
{
	return strlen(name) == 2 ? folder_each(at, name, add_file, arg) : OK;
}

enum err blob_total(struct blob_store *b, uint64_t *ret_count, uint64_t *ret_bytes)
{
	struct total t = { .count = 0 };
	enum err e = folder_each(b->dir_fd, ".", add_dir, &t);

	if (e)
		return e;
	*ret_count = t.count;
	*ret_bytes = t.bytes;
	return OK;
}
