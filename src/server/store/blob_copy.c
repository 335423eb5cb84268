/* SPDX-License-Identifier: Apache-2.0 */
/* Copying all blobs for a backup, see blob_copy.h. */
#include "server/store/blob_copy.h"

#include "base/map.h"
#include "base/mem.h"
#include "server/store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A content that was copied, by what its file was. */
struct original {
	struct {
		uint64_t inode, size;
		int64_t sec, nsec; /* its last change: it is not one that came to the same place */
	} key;
	char name[]; /* below the folder of blobs */
};

struct copy {
	int root;             /* the new folder of blobs */
	int to;               /* the folder inside of it */
	bool is_content;      /* which is that of contents */
	struct map originals; /* of struct original */
};

static struct str key_of(const struct original *o)
{
	return str_make((const char *)&o->key, sizeof(o->key));
}

static struct original *original_new(const struct stat *st, const char *name)
{
	struct original *o = mem_zalloc(1, sizeof(*o) + strlen(name) + sizeof("content/"));

	o->key.inode = st->st_ino;
	o->key.size = (uint64_t)st->st_size;
	o->key.sec = st->st_mtim.tv_sec;
	o->key.nsec = st->st_mtim.tv_nsec;
	(void)snprintf(o->name, strlen(name) + sizeof("content/"), "content/%s", name);
	return o;
}

static void remember(struct copy *c, const struct stat *st, const char *name)
{
	struct original *o = original_new(st, name);

	mem_free(map_set(&c->originals, key_of(o), o));
}

/* Whether it could become one more name of a content that was copied. */
static bool link_original(const struct copy *c, const struct stat *st, const char *name)
{
	struct original *probe = original_new(st, ""), *o;

	o = st->st_nlink > 1 ? map_get(&c->originals, key_of(probe)) : NULL;
	mem_free(probe);
	return o && linkat(c->root, o->name, c->to, name, 0) == 0;
}

static enum err copy_bytes(int from, int to)
{
	enum { CHUNK = 64 * 1024 };
	char *buf = mem_alloc(CHUNK);
	enum err e = OK;
	ssize_t n = 1;

	while (!e && n > 0) {
		n = read(from, buf, CHUNK);
		if (n < 0)
			e = err_from_errno(errno);
		else
			e = folder_write(to, buf, (size_t)n);
	}
	if (!e && fsync(to) != 0)
		e = err_from_errno(errno);
	mem_free(buf);
	return e;
}

static enum err copy_open(struct copy *c, int from, const char *name)
{
	struct stat st;
	int to;
	enum err e;

	if (fstat(from, &st) != 0)
		return err_from_errno(errno);
	if (link_original(c, &st, name))
		return OK;
	to = openat(c->to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		return err_from_errno(errno);
	e = copy_bytes(from, to);
	(void)close(to); /* it was synced */
	if (!e && c->is_content)
		remember(c, &st, name);
	return e;
}

static enum err copy_file(void *arg, int at, const char *name)
{
	int from = openat(at, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	enum err e;

	if (from < 0)
		return errno == ENOENT ? OK : err_from_errno(errno); /* deleted meanwhile */
	e = copy_open(arg, from, name);
	(void)close(from);
	return e;
}

static enum err copy_dir(void *arg, int at, const char *name)
{
	struct copy *c = arg;
	enum err e = folder_make(c->root, name);

	if (e)
		return e;
	c->to = openat(c->root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->to < 0)
		return err_from_errno(errno);
	e = folder_each(at, name, copy_file, c);
	if (!e && fsync(c->to) != 0)
		e = err_from_errno(errno);
	(void)close(c->to);
	return e;
}

static enum err copy_contents(void *arg, int at, const char *name)
{
	struct copy *c = arg;

	c->is_content = true;
	return str_eq(str_from(name), STR("content")) ? copy_dir(c, at, name) : OK;
}

static enum err copy_blobs(void *arg, int at, const char *name)
{
	struct copy *c = arg;

	c->is_content = false;
	return strlen(name) == 2 || str_eq(str_from(name), STR("part")) ? copy_dir(c, at, name)
									: OK;
}

static void forget(struct copy *c)
{
	struct original *o;
	size_t at = 0;

	while ((o = map_next(&c->originals, &at)))
		mem_free(o);
	map_done(&c->originals);
}

static enum err copy_into(int from, int to)
{
	struct copy c;
	enum err e = folder_make(to, "blobs");

	if (e)
		return e;
	c.root = openat(to, "blobs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c.root < 0)
		return err_from_errno(errno);
	map_init(&c.originals);
	e = folder_each(from, "blobs", copy_contents, &c);
	if (!e)
		e = folder_each(from, "blobs", copy_blobs, &c);
	if (!e && fsync(c.root) != 0)
		e = err_from_errno(errno);
	forget(&c);
	(void)close(c.root);
	return e == ERR_NOT_FOUND ? OK : e; /* no blobs yet */
}

static int open_dir(struct str dir)
{
	char *name = str_dup(dir);
	int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	mem_free(name);
	return fd;
}

enum err blob_copy_all(struct str data_dir, struct str to_dir)
{
	int from = open_dir(data_dir), to = open_dir(to_dir);
	enum err e = from < 0 || to < 0 ? ERR_IO : copy_into(from, to);

	if (from >= 0)
		(void)close(from);
	if (to >= 0)
		(void)close(to);
	return e;
}

/* ---- taking a copy away ---- */

static enum err remove_file(void *arg, int at, const char *name)
{
	(void)arg;
	return unlinkat(at, name, 0) == 0 ? OK : err_from_errno(errno);
}

static enum err remove_dir(void *arg, int at, const char *name)
{
	enum err e = folder_each(at, name, remove_file, arg);

	if (!e && unlinkat(at, name, AT_REMOVEDIR) != 0)
		e = err_from_errno(errno);
	return e;
}

enum err blob_copy_remove(struct str to_dir)
{
	int at = open_dir(to_dir);
	enum err e;

	if (at < 0)
		return ERR_NOT_FOUND;
	e = folder_each(at, "blobs", remove_dir, NULL);
	if (!e && unlinkat(at, "blobs", AT_REMOVEDIR) != 0)
		e = err_from_errno(errno);
	(void)close(at);
	return e;
}
