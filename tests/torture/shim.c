/* SPDX-License-Identifier: Apache-2.0 */
/* LD_PRELOAD library: the n-th call of a kind fails, once or from there on. PARLEY_FAULT holds
 * rules "CALL:N:HOW[:forever]" parted by commas. CALL: read, write (sockets and pipes), fread,
 * fwrite (regular files: the store), fsync (fdatasync, too), accept, open. HOW: an errno by name,
 * or "short" (half of the bytes). When a rule strikes, a line goes to the file that
 * PARLEY_FAULT_LOG names. With PARLEY_FAULT_SWITCH they strike only while that file is there. All
 * threads. */
/* Else open is only another name of open64, and could not be defined beside it. */
#undef _FILE_OFFSET_BITS

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum call {
	CALL_READ,
	CALL_WRITE,
	CALL_FREAD,
	CALL_FWRITE,
	CALL_SYNC,
	CALL_ACCEPT,
	CALL_OPEN,
	CALLS
};
enum { RULES_MAX = 8, HOW_SHORT = -1 };

static const char *const call_names[CALLS] = {
	"read", "write", "fread", "fwrite", "fsync", "accept", "open",
};

static const struct {
	const char *name;
	int how;
} hows[] = {
	{ "EIO", EIO },       { "ENOSPC", ENOSPC }, { "EMFILE", EMFILE },
	{ "EINTR", EINTR },   { "EAGAIN", EAGAIN }, { "ECONNRESET", ECONNRESET },
	{ "ENOMEM", ENOMEM }, { "EPIPE", EPIPE },   { "short", HOW_SHORT },
};

struct rule {
	enum call call;
	long nth;
	int how;
	bool forever;
};

static struct rule rules[RULES_MAX];
static unsigned rule_count;
static atomic_long counts[CALLS];
static int log_fd = -1;
static const char *switch_path;

static bool rule_parse(char *text, struct rule *ret)
{
	char *save = NULL;
	char *call = strtok_r(text, ":", &save);
	char *nth = strtok_r(NULL, ":", &save);
	char *how = strtok_r(NULL, ":", &save);
	char *rest = strtok_r(NULL, ":", &save);
	struct rule r = { .call = CALLS, .forever = rest && strcmp(rest, "forever") == 0 };
	bool known = false;

	if (!call || !nth || !how)
		return false;
	for (unsigned i = 0; i < CALLS; i++)
		if (strcmp(call, call_names[i]) == 0)
			r.call = (enum call)i;
	for (size_t i = 0; i < sizeof(hows) / sizeof(hows[0]); i++) {
		if (strcmp(how, hows[i].name) != 0)
			continue;
		r.how = hows[i].how;
		known = true;
	}
	r.nth = strtol(nth, NULL, 10);
	*ret = r;
	return known && r.call != CALLS && r.nth > 0;
}

static void __attribute__((constructor)) shim_init(void)
{
	const char *text = getenv("PARLEY_FAULT");
	const char *path = getenv("PARLEY_FAULT_LOG");
	char *copy, *save = NULL;

	switch_path = getenv("PARLEY_FAULT_SWITCH");
	if (path)
		log_fd = (int)syscall(SYS_openat, AT_FDCWD, path,
				      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (!text || !(copy = strdup(text)))
		return;
	for (char *one = strtok_r(copy, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
		if (rule_count == RULES_MAX || !rule_parse(one, &rules[rule_count])) {
			fprintf(stderr, "PARLEY_FAULT: cannot be read: %s\n", one);
			_exit(99);
		}
		rule_count++;
	}
	free(copy);
}

/* How many calls there were: what the numbers of rules can be chosen from. */
static void __attribute__((destructor)) shim_done(void)
{
	for (unsigned i = 0; i < CALLS && log_fd >= 0; i++) {
		char line[96];
		int size = snprintf(line, sizeof(line), "total %s %ld\n", call_names[i],
				    atomic_load(&counts[i]));

		if (size > 0)
			(void)!syscall(SYS_write, log_fd, line, (size_t)size);
	}
}

/* 0: the call goes through; else an errno, or HOW_SHORT. */
static int strikes(enum call call)
{
	long now = atomic_fetch_add(&counts[call], 1) + 1;

	for (unsigned i = 0; i < rule_count; i++) {
		const struct rule *r = &rules[i];
		char line[96];
		int size;

		if (r->call != call || (now != r->nth && !(r->forever && now > r->nth)))
			continue;
		if (switch_path && syscall(SYS_faccessat, AT_FDCWD, switch_path, F_OK) != 0)
			continue;
		size = snprintf(line, sizeof(line), "struck %s %ld\n", call_names[call], now);
		if (log_fd >= 0 && size > 0)
			(void)!syscall(SYS_write, log_fd, line, (size_t)size);
		return r->how;
	}
	return 0;
}

/* Regular files are the store's; standard error and what is neither belong to nobody's rule. */
static int strikes_io(int fd, enum call stream, enum call file)
{
	struct stat st;

	if (fd <= STDERR_FILENO || fstat(fd, &st) != 0)
		return 0;
	if (S_ISREG(st.st_mode))
		return strikes(file);
	return S_ISSOCK(st.st_mode) ? strikes(stream) : 0;
}

static bool fails(int how)
{
	if (how > 0)
		errno = how;
	return how > 0;
}

static size_t cut(size_t size, int how)
{
	return how == HOW_SHORT && size > 1 ? size / 2 : size;
}

ssize_t read(int fd, void *buf, size_t size)
{
	int how = strikes_io(fd, CALL_READ, CALL_FREAD);

	return fails(how) ? -1 : (ssize_t)syscall(SYS_read, fd, buf, cut(size, how));
}

ssize_t recv(int fd, void *buf, size_t size, int flags)
{
	int how = strikes_io(fd, CALL_READ, CALL_FREAD);

	return fails(how) ? -1
			  : (ssize_t)syscall(SYS_recvfrom, fd, buf, cut(size, how), flags, 0, 0);
}

ssize_t pread64(int fd, void *buf, size_t size, off64_t at)
{
	int how = strikes_io(fd, CALL_READ, CALL_FREAD);

	return fails(how) ? -1 : (ssize_t)syscall(SYS_pread64, fd, buf, cut(size, how), at);
}

ssize_t write(int fd, const void *buf, size_t size)
{
	int how = strikes_io(fd, CALL_WRITE, CALL_FWRITE);

	return fails(how) ? -1 : (ssize_t)syscall(SYS_write, fd, buf, cut(size, how));
}

ssize_t send(int fd, const void *buf, size_t size, int flags)
{
	int how = strikes_io(fd, CALL_WRITE, CALL_FWRITE);

	return fails(how) ? -1 : (ssize_t)syscall(SYS_sendto, fd, buf, cut(size, how), flags, 0, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	int how = strikes_io(fd, CALL_WRITE, CALL_FWRITE);
	struct msghdr less = *message;
	struct iovec head;

	if (fails(how))
		return -1;
	if (how == HOW_SHORT && less.msg_iovlen > 0) {
		head = less.msg_iov[0];
		head.iov_len = cut(head.iov_len, how);
		less.msg_iov = &head;
		less.msg_iovlen = 1;
	}
	return (ssize_t)syscall(SYS_sendmsg, fd, &less, flags);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	int how = strikes_io(fd, CALL_WRITE, CALL_FWRITE);

	if (fails(how))
		return -1;
	if (how == HOW_SHORT && count > 0)
		return (ssize_t)syscall(SYS_write, fd, parts[0].iov_base,
					cut(parts[0].iov_len, how));
	return (ssize_t)syscall(SYS_writev, fd, parts, count);
}

ssize_t pwrite64(int fd, const void *buf, size_t size, off64_t at)
{
	int how = strikes_io(fd, CALL_WRITE, CALL_FWRITE);

	return fails(how) ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, buf, cut(size, how), at);
}

int fsync(int fd)
{
	return fails(strikes(CALL_SYNC)) ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return fails(strikes(CALL_SYNC)) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict size, int flags)
{
	return fails(strikes(CALL_ACCEPT)) ? -1
					   : (int)syscall(SYS_accept4, fd, address, size, flags);
}

static int open_any(int folder, const char *path, int flags, mode_t mode)
{
	return fails(strikes(CALL_OPEN)) ? -1 : (int)syscall(SYS_openat, folder, path, flags, mode);
}

static mode_t mode_of(int flags, va_list args)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(args, mode_t) : 0;
}

int open64(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	return open_any(AT_FDCWD, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	return open_any(folder, path, flags, mode);
}

/* Programs built with or without large-file names call either set. */
#define ALIAS(name, of) __typeof__(of) name __attribute__((alias(#of)))
#undef open
#undef openat
#undef pread
#undef pwrite
ALIAS(open, open64);
ALIAS(openat, openat64);
ALIAS(pread, pread64);
ALIAS(pwrite, pwrite64);
