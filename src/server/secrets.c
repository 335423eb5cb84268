/* SPDX-License-Identifier: Apache-2.0 */
/* The secrets' file, see secrets.h. */
#include "server/secrets.h"

#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static enum err read_file(const char *path, struct secrets *ret_secrets)
{
	struct secrets s;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return err_from_errno(errno);
	n = read(fd, &s, sizeof(s));
	(void)close(fd); /* read only */
	if (n != (ssize_t)sizeof(s))
		return ERR_INVALID;
	*ret_secrets = s;
	return OK;
}

static enum err write_file(const char *path, const char *temp, const struct secrets *s)
{
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	enum err e = OK;

	if (fd < 0)
		return err_from_errno(errno);
	if (write(fd, s, sizeof(*s)) != (ssize_t)sizeof(*s) || fsync(fd))
		e = ERR_IO;
	if (close(fd))
		e = ERR_IO;
	if (!e && rename(temp, path))
		e = err_from_errno(errno);
	return e;
}

enum err secrets_load(struct str data_dir, struct secrets *ret_secrets)
{
	char path[PATH_BYTES], temp[PATH_BYTES];
	enum err e;

	if (data_dir.len > PATH_BYTES - 32)
		return ERR_TOO_BIG;
	(void)snprintf(path, sizeof(path), "%.*s/secrets", STR_ARG(data_dir)); /* length is checked above */
	(void)snprintf(temp, sizeof(temp), "%.*s/secrets.new", STR_ARG(data_dir));
	e = read_file(path, ret_secrets);
	if (e != ERR_NOT_FOUND)
		return e;
	random_fill(ret_secrets, sizeof(*ret_secrets));
	return write_file(path, temp, ret_secrets);
}
