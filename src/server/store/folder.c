/* SPDX-License-Identifier: Apache-2.0 */
/* The few things that the store does with folders and files, see folder.h. */
#include "server/store/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum err folder_make(int at, const char *name)
{
	if (mkdirat(at, name, 0700) == 0)
		return at == AT_FDCWD || fsync(at) == 0 ? OK : err_from_errno(errno);
	return errno == EEXIST ? OK : err_from_errno(errno);
}

enum err folder_each(int at, const char *name, enum err (*fn)(void *arg, int at, const char *name),
		     void *arg)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;
	enum err e = OK;

	if (!dir) {
		e = err_from_errno(errno);
		if (fd >= 0)
			(void)close(fd);
		return e;
	}
	while (!e && (d = readdir(dir))) {
		if (d->d_name[0] != '.')
			e = fn(arg, fd, d->d_name);
	}
	(void)closedir(dir);
	return e;
}

enum err folder_write(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? ERR_IO : err_from_errno(errno);
		p += n;
		len -= (size_t)n;
	}
	return OK;
}

enum err folder_sync(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_CLOEXEC);
	enum err e = fd >= 0 && fsync(fd) == 0 ? OK : err_from_errno(errno);

	if (fd >= 0)
		(void)close(fd);
	return e;
}
