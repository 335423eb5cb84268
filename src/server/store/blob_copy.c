/* SPDX-License-Identifier: Apache-2.0 */
/* Copying all blobs for a backup, see blob_copy.h. */
#include "server/store/blob_copy.h"

#include "base/mem.h"
#include "server/store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct copy {
	int to; /* the folder */
};

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

static enum err copy_file(void *arg, int at, const char *name)
{
	const struct copy *c = arg;
	int from = openat(at, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int to;
	enum err e;

	if (from < 0)
		return errno == ENOENT ? OK : err_from_errno(errno); /* deleted meanwhile */
	to = openat(c->to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	e = to < 0 ? err_from_errno(errno) : copy_bytes(from, to);
	if (to >= 0)
		(void)close(to);
	(void)close(from);
	return e;
}

static enum err copy_dir(void *arg, int at, const char *name)
{
	const struct copy *c = arg;
	struct copy inside;
	enum err e;

	if (strlen(name) != 2)
		return OK; /* tmp */
	e = folder_make(c->to, name);
	if (e)
		return e;
	inside.to = openat(c->to, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (inside.to < 0)
		return err_from_errno(errno);
	e = folder_each(at, name, copy_file, &inside);
	if (!e && fsync(inside.to) != 0)
		e = err_from_errno(errno);
	(void)close(inside.to);
	return e;
}

static enum err copy_into(int from, int to)
{
	struct copy c;
	enum err e = folder_make(to, "blobs");

	if (e)
		return e;
	c.to = openat(to, "blobs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c.to < 0)
		return err_from_errno(errno);
	e = folder_each(from, "blobs", copy_dir, &c);
	if (!e && fsync(c.to) != 0)
		e = err_from_errno(errno);
	(void)close(c.to);
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
