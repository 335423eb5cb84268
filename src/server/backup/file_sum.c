/* SPDX-License-Identifier: Apache-2.0 */
/* Files with their SHA-256, see file_sum.h. */
#include "server/backup/file_sum.h"

#include "base/mem.h"
#include "codec/hex.h"
#include "crypto/digest.h"
#include "server/store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024 /* bytes */, DEPTH_MAX = 8 /* folders in one another */ };

/* ---- reading and copying ---- */

static void write_hex(const uint8_t *digest, char *ret)
{
	struct sbuf out scoped(sbuf_done) = SBUF(FILE_SUM_HEX);

	(void)hex_encode(&out, str_make((const char *)digest, FILE_SUM_HEX / 2));
	memcpy(ret, out.ptr, FILE_SUM_HEX);
	ret[FILE_SUM_HEX] = '\0';
}

/* From one descriptor through the digest, and (to >= 0) to the other. */
static enum err pass(int from, int to, const bool *is_stopped, struct file_sum *sum)
{
	uint8_t digest[DIGEST_MAX];
	char *buf = mem_alloc(CHUNK);
	struct digest_stream d;
	enum err e = OK;
	ssize_t n = 1;

	sum->size = 0;
	digest_begin(&d, DIGEST_SHA256);
	while (!e && n > 0) {
		if (is_stopped && __atomic_load_n(is_stopped, __ATOMIC_RELAXED))
			e = ERR_CLOSED;
		n = e ? 0 : read(from, buf, CHUNK);
		if (n < 0 && errno == EINTR) {
			n = 1;
			continue;
		}
		if (n < 0)
			e = err_from_errno(errno);
		if (n <= 0)
			break;
		sum->size += (uint64_t)n;
		digest_add(&d, str_make(buf, (size_t)n));
		if (to >= 0)
			e = folder_write(to, buf, (size_t)n);
	}
	digest_end(&d, digest);
	write_hex(digest, sum->sha256);
	mem_free(buf);
	return e;
}

/* No link, no pipe, no device: what is copied is what stands there. */
static enum err open_plain(const char *path, int *ret_fd)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return err_from_errno(errno);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		*ret_fd = fd;
		return OK;
	}
	(void)close(fd);
	return ERR_UNSUPPORTED;
}

enum err file_sum(const char *path, const bool *is_stopped, struct file_sum *ret_sum)
{
	struct file_sum sum;
	int fd = -1;
	enum err e = open_plain(path, &fd);

	if (e)
		return e;
	e = pass(fd, -1, is_stopped, &sum);
	(void)close(fd); /* read only */
	if (!e)
		*ret_sum = sum;
	return e;
}

static enum err make_folders_above(const char *path)
{
	char folder[PATH_MAX];
	size_t len = strlen(path);
	enum err e = OK;

	if (len >= sizeof(folder))
		return ERR_TOO_BIG;
	memcpy(folder, path, len + 1);
	for (size_t i = 1; i < len && !e; i++) {
		if (folder[i] != '/')
			continue;
		folder[i] = '\0';
		if (access(folder, F_OK) != 0)
			e = folder_make(AT_FDCWD, folder);
		folder[i] = '/';
	}
	return e;
}

static enum err finish(int fd, enum err e)
{
	if (!e && fsync(fd) != 0)
		e = err_from_errno(errno);
	if (close(fd) != 0 && !e)
		e = err_from_errno(errno);
	return e;
}

enum err file_copy(const char *path, const char *to, const bool *is_stopped,
		   struct file_sum *ret_sum)
{
	struct file_sum sum;
	int from = -1, fd;
	enum err e = open_plain(path, &from);

	if (e)
		return e;
	e = make_folders_above(to);
	fd = e ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (!e && fd < 0)
		e = err_from_errno(errno);
	if (fd >= 0)
		e = finish(fd, pass(from, fd, is_stopped, &sum));
	(void)close(from); /* read only */
	if (!e)
		*ret_sum = sum;
	return e;
}

enum err file_link(const char *path, const char *to)
{
	enum err e = make_folders_above(to);

	if (e)
		return e;
	return link(path, to) == 0 ? OK : err_from_errno(errno);
}

enum err file_make(const char *path, struct str text)
{
	enum err e = make_folders_above(path);
	int fd = e ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (e)
		return e;
	return fd < 0 ? err_from_errno(errno) : finish(fd, folder_write(fd, text.ptr, text.len));
}

enum err file_read(const char *path, struct sbuf *out)
{
	char *buf;
	int fd;
	enum err e = open_plain(path, &fd);
	ssize_t n = 1;

	if (e)
		return e;
	buf = mem_alloc(CHUNK);
	while (!e && n > 0) {
		n = read(fd, buf, CHUNK);
		if (n < 0)
			e = err_from_errno(errno);
		else
			e = sbuf_add(out, str_make(buf, (size_t)n));
	}
	mem_free(buf);
	(void)close(fd); /* read only */
	return e;
}

/* ---- folders ---- */

struct walk {
	bool (*fn)(void *arg, const char *name);
	void *arg;
	char name[PATH_MAX]; /* relative */
	unsigned depth;
};

static enum err visit(void *arg, int at, const char *name)
{
	struct walk *w = arg;
	size_t before = strlen(w->name);
	int n = snprintf(w->name + before, sizeof(w->name) - before, "%s%s", before ? "/" : "",
			 name);
	struct stat st;
	enum err e = OK;

	if (n < 0 || (size_t)n >= sizeof(w->name) - before || w->depth == DEPTH_MAX)
		return ERR_TOO_BIG;
	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		e = err_from_errno(errno);
	else if (S_ISDIR(st.st_mode)) {
		w->depth++;
		e = folder_each(at, name, visit, w);
		w->depth--;
	} else if (S_ISREG(st.st_mode) && !w->fn(w->arg, w->name))
		e = ERR_CLOSED;
	w->name[before] = '\0';
	return e;
}

enum err file_each(const char *folder, bool (*fn)(void *arg, const char *name), void *arg)
{
	struct walk w = { .fn = fn, .arg = arg };

	return folder_each(AT_FDCWD, folder, visit, &w);
}

static enum err sync_below(void *arg, int at, const char *name)
{
	struct stat st;
	enum err e;

	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(st.st_mode))
		return OK;
	e = folder_each(at, name, sync_below, arg);
	return e ? e : folder_sync(at, name);
}

enum err file_sync_folders(const char *path)
{
	enum err e = folder_each(AT_FDCWD, path, sync_below, NULL);

	return e ? e : folder_sync(AT_FDCWD, path);
}

static enum err remove_entry(void *arg, int at, const char *name)
{
	enum err e;

	if (unlinkat(at, name, 0) == 0)
		return OK;
	if (errno != EISDIR && errno != EPERM)
		return err_from_errno(errno);
	e = folder_each(at, name, remove_entry, arg);
	if (!e && unlinkat(at, name, AT_REMOVEDIR) != 0)
		e = err_from_errno(errno);
	return e;
}

enum err file_remove_tree(const char *path)
{
	enum err e = folder_each(AT_FDCWD, path, remove_entry, NULL);

	if (e == ERR_NOT_FOUND)
		return OK;
	if (!e && rmdir(path) != 0)
		e = err_from_errno(errno);
	return e;
}
