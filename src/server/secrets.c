/* SPDX-License-Identifier: Apache-2.0 */
/* The secrets' file, see secrets.h. */
#include "server/secrets.h"

#include "base/random.h"
#include "crypto/secret.h"
#include "server/store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static enum err read_all(int fd, char *buf, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t n = read(fd, buf + at, size - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_from_errno(errno);
		if (n == 0)
			return ERR_INVALID;
		at += (size_t)n;
	}
	return OK;
}

static enum err read_file(const char *path, struct secrets *ret_secrets)
{
	struct secrets s;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err e;

	if (fd < 0)
		return err_from_errno(errno);
	e = read_all(fd, (char *)&s, sizeof(s));
	(void)close(fd); /* read only */
	if (!e)
		*ret_secrets = s;
	secret_wipe(&s, sizeof(s));
	return e;
}

static enum err write_file(const char *path, const char *temp, const struct secrets *s)
{
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	enum err e;

	if (fd < 0)
		return err_from_errno(errno);
	e = folder_write(fd, (const char *)s, sizeof(*s));
	if (!e && fsync(fd))
		e = err_from_errno(errno);
	if (close(fd) && !e)
		e = err_from_errno(errno);
	if (!e && rename(temp, path))
		e = err_from_errno(errno);
	return e;
}

enum err secrets_load(struct str data_dir, struct secrets *ret_secrets)
{
	char dir[PATH_BYTES], path[PATH_BYTES], temp[PATH_BYTES];
	enum err e;

	if (data_dir.len > PATH_BYTES - 32)
		return ERR_TOO_BIG;
	(void)snprintf(dir, sizeof(dir), "%.*s", STR_ARG(data_dir)); /* length is checked above */
	(void)snprintf(path, sizeof(path), "%.*s/secrets", STR_ARG(data_dir));
	(void)snprintf(temp, sizeof(temp), "%.*s/secrets.new", STR_ARG(data_dir));
	e = read_file(path, ret_secrets);
	if (e != ERR_NOT_FOUND)
		return e;
	random_fill(ret_secrets, sizeof(*ret_secrets));
	e = write_file(path, temp, ret_secrets);
	return e ? e : folder_sync(AT_FDCWD, dir);
}
