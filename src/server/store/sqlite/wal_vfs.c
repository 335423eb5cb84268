/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering the writes to a write-ahead log, see wal_vfs.h. SQLite writes each frame as a header of
 * 24 bytes and a page, one behind the other; all other files are left to the layer below. */
#include "server/store/sqlite/wal_vfs.h"

#include "base/attr.h"
#include "base/mem.h"

#include <sqlite3.h>
#include <string.h>

/* Bytes that wait for the sync of a commit; SQLite's layer for Unix cannot write 128 KiB at once.
 */
enum { GATHERED_MAX = 124 * 1024 };

static const char vfs_name[] = "parley-wal";

struct wal_file {
	sqlite3_file base;
	char *buf;                            /* of GATHERED_MAX, made at the first write */
	sqlite3_int64 at;                     /* where in the file buf belongs */
	int len;                              /* bytes in buf */
	_Alignas(sqlite3_int64) char below[]; /* sqlite3_file of the layer below; SQLite aligns by 8
					       */
};

static struct wal_file *of(sqlite3_file *file)
{
	return (struct wal_file *)(void *)file;
}

static sqlite3_file *below(sqlite3_file *file)
{
	return (sqlite3_file *)(void *)of(file)->below;
}

/* What could not be written is given up: the commit that it belongs to has failed, and its place is
 * written again. */
static int flush(sqlite3_file *file)
{
	struct wal_file *f = of(file);
	int len = f->len;

	f->len = 0;
	return len ? below(file)->pMethods->xWrite(below(file), f->buf, len, f->at) : SQLITE_OK;
}

static int wal_close(sqlite3_file *file)
{
	int rc = flush(file);
	int closed = below(file)->pMethods->xClose(below(file));

	mem_free(of(file)->buf);
	of(file)->buf = NULL;
	return rc ? rc : closed;
}

static int wal_read(sqlite3_file *file, void *data, int len, sqlite3_int64 at)
{
	int rc = flush(file);

	return rc ? rc : below(file)->pMethods->xRead(below(file), data, len, at);
}

static int wal_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 at)
{
	struct wal_file *f = of(file);
	int rc = SQLITE_OK;

	if (f->len && (at != f->at + f->len || len > GATHERED_MAX - f->len))
		rc = flush(file);
	if (rc)
		return rc;
	if (len > GATHERED_MAX)
		return below(file)->pMethods->xWrite(below(file), data, len, at);
	if (!f->buf)
		f->buf = mem_alloc(GATHERED_MAX);
	if (!f->len)
		f->at = at;
	memcpy(f->buf + f->len, data, (size_t)len);
	f->len += len;
	return SQLITE_OK;
}

static int wal_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	int rc = flush(file);

	return rc ? rc : below(file)->pMethods->xTruncate(below(file), size);
}

static int wal_sync(sqlite3_file *file, int flags)
{
	int rc = flush(file);

	return rc ? rc : below(file)->pMethods->xSync(below(file), flags);
}

static int wal_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
	int rc = flush(file);

	return rc ? rc : below(file)->pMethods->xFileSize(below(file), ret_size);
}

/* A log is never locked: the database is. */
static int wal_lock(sqlite3_file *file, int level)
{
	return below(file)->pMethods->xLock(below(file), level);
}

static int wal_unlock(sqlite3_file *file, int level)
{
	return below(file)->pMethods->xUnlock(below(file), level);
}

static int wal_is_reserved(sqlite3_file *file, int *ret_is)
{
	return below(file)->pMethods->xCheckReservedLock(below(file), ret_is);
}

static int wal_control(sqlite3_file *file, int op, void *arg)
{
	return below(file)->pMethods->xFileControl(below(file), op, arg);
}

static int wal_sector(sqlite3_file *file)
{
	return below(file)->pMethods->xSectorSize(below(file));
}

static int wal_traits(sqlite3_file *file)
{
	return below(file)->pMethods->xDeviceCharacteristics(below(file));
}

static const sqlite3_io_methods wal_methods = {
	.iVersion = 1, /* no shared memory and no mapping: a log has neither */
	.xClose = wal_close,
	.xRead = wal_read,
	.xWrite = wal_write,
	.xTruncate = wal_truncate,
	.xSync = wal_sync,
	.xFileSize = wal_size,
	.xLock = wal_lock,
	.xUnlock = wal_unlock,
	.xCheckReservedLock = wal_is_reserved,
	.xFileControl = wal_control,
	.xSectorSize = wal_sector,
	.xDeviceCharacteristics = wal_traits,
};

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
		     int *ret_flags)
{
	sqlite3_vfs *own = vfs->pAppData;
	sqlite3_file *real;
	int rc;

	if (!(flags & SQLITE_OPEN_WAL))
		return own->xOpen(own, name, file, flags, ret_flags);
	*of(file) = (struct wal_file){ .len = 0 };
	real = below(file);
	real->pMethods = NULL;
	rc = own->xOpen(own, name, real, flags, ret_flags);
	if (rc && real->pMethods)
		(void)real->pMethods->xClose(
			real); /* half open; the first error is the one to report */
	if (!rc)
		file->pMethods = &wal_methods;
	return rc;
}

const char *wal_vfs(void)
{
	sqlite3_vfs *own = sqlite3_vfs_find(NULL), *vfs;

	if (sqlite3_vfs_find(vfs_name))
		return vfs_name;
	if (!own)
		return NULL;
	vfs = mem_alloc(sizeof(*vfs)); /* stays for ever */
	*vfs = *own;
	vfs->pNext = NULL;
	vfs->pAppData = own;
	vfs->zName = vfs_name;
	vfs->szOsFile = (int)sizeof(struct wal_file) + own->szOsFile;
	vfs->xOpen = open_file;
	return sqlite3_vfs_register(vfs, 0) == SQLITE_OK ? vfs_name : NULL;
}
