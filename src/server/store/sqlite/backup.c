/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of the data while the server works: made beside the goal, and moved there when they are
 * whole. The store's copier thread. */
#include "server/store/sqlite/sqlite-private.h"

#include "base/mem.h"
#include "base/random.h"
#include "server/store/blob_copy.h"
#include "server/store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TOKEN_LEN = 12 };

enum err sqlite_copy(struct db *d, struct str path)
{
	char *name = str_dup(path);
	/* SQLite takes an empty file that is there, and keeps its mode. */
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	enum err e = fd < 0 ? err_from_errno(errno) : OK;

	if (fd >= 0)
		(void)close(fd);
	if (!e)
		e = db_exec_str(d, "VACUUM INTO ?1", path);
	if (!e)
		e = folder_sync(AT_FDCWD, name);
	mem_free(name);
	return e;
}

static enum err fill(const struct sqlite *b, struct arena *a, struct str dir)
{
	static const char *const pragmas[] = { NULL };
	struct db d;
	enum err e = db_init(&d, b->path.ptr, NULL, pragmas);

	if (!e)
		e = sqlite_copy(&d, ARENA_JOIN(a, dir, STR("/parley.db")));
	db_done(&d);
	/* Behind the database: each blob that it names was there when it was copied. */
	return e ? e : blob_copy_all(b->data_dir, dir);
}

/* What cannot be removed stays as .part- for people to see. */
static void remove_part(struct arena *a, struct str dir)
{
	(void)unlink(ARENA_JOIN(a, dir, STR("/parley.db")).ptr);
	(void)unlink(ARENA_JOIN(a, dir, STR("/parley.db-journal")).ptr);
	if (blob_copy_remove(dir) == OK || rmdir(dir.ptr) == 0)
		(void)rmdir(dir.ptr);
}

static struct str parent_of(struct arena *a, struct str path)
{
	for (size_t i = path.len; i > 0; i--) {
		if (path.ptr[i - 1] == '/')
			return arena_dup(a, str_sub(path, 0, i));
	}
	return STR(".");
}

static enum err backup_to(const struct sqlite *b, struct arena *a, struct str path)
{
	char token[TOKEN_LEN + 1];
	struct str goal = arena_dup(a, path), part;
	enum err e;

	random_token(token, TOKEN_LEN);
	part = ARENA_JOIN(a, goal, STR(".part-"), str_from(token));
	if (mkdir(part.ptr, 0700) != 0)
		return err_from_errno(errno);
	e = fill(b, a, part);
	if (!e)
		e = folder_sync(AT_FDCWD, part.ptr);
	if (!e && renameat2(AT_FDCWD, part.ptr, AT_FDCWD, goal.ptr, RENAME_NOREPLACE) != 0)
		e = err_from_errno(errno);
	if (e) {
		remove_part(a, part);
		return e;
	}
	return folder_sync(AT_FDCWD, parent_of(a, goal).ptr);
}

enum err sqlite_backup(void *backend, struct str path)
{
	struct arena a;
	enum err e;

	while (path.len > 1 && str_ends(path, STR("/")))
		path.len--;
	if (str_is_empty(path) || memchr(path.ptr, '\0', path.len))
		return ERR_INVALID;
	arena_init(&a, SIZE_MAX);
	e = backup_to(backend, &a, path);
	arena_done(&a);
	return e;
}
