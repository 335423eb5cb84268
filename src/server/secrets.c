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

/* As much of buf as there is. */
static enum err read_some(int fd, char *buf, size_t size, size_t *ret_len)
{
	size_t at = 0;

	while (at < size) {
		ssize_t n = read(fd, buf + at, size - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_from_errno(errno);
		if (n == 0)
			break;
		at += (size_t)n;
	}
	*ret_len = at;
	return OK;
}

/* How long the file was in earlier versions; what was added stands behind. */
static bool is_known_length(size_t len)
{
	return len == offsetof(struct secrets, token_key) ||
	       len == offsetof(struct secrets, push_seed) || len == sizeof(struct secrets);
}

/* *ret_len: how much of it was in the file. */
static enum err read_file(const char *path, struct secrets *ret_secrets, size_t *ret_len)
{
	struct secrets s = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err e;

	if (fd < 0)
		return err_from_errno(errno);
	e = read_some(fd, (char *)&s, sizeof(s), ret_len);
	(void)close(fd); /* read only */
	if (!e && !is_known_length(*ret_len))
		e = ERR_INVALID;
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
	size_t len = 0;
	enum err e;

	if (data_dir.len > PATH_BYTES - 32)
		return ERR_TOO_BIG;
	(void)snprintf(dir, sizeof(dir), "%.*s", STR_ARG(data_dir)); /* length is checked above */
	(void)snprintf(path, sizeof(path), "%.*s/secrets", STR_ARG(data_dir));
	(void)snprintf(temp, sizeof(temp), "%.*s/secrets.new", STR_ARG(data_dir));
	e = read_file(path, ret_secrets, &len);
	if ((e && e != ERR_NOT_FOUND) || len == sizeof(*ret_secrets))
		return e;
	random_fill((char *)ret_secrets + len, sizeof(*ret_secrets) - len);
	e = write_file(path, temp, ret_secrets);
	return e ? e : folder_sync(AT_FDCWD, dir);
}
