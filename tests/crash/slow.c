/* SPDX-License-Identifier: Apache-2.0 */
/* LD_PRELOAD library: fsync and fdatasync take up to PARLEY_SLOW_MSEC longer, partly before and
 * partly after the disk has the bytes. A SIGKILL then often falls inside a commit, or between a
 * commit and what is told about it. And now and then a loop stands still for up to
 * PARLEY_STALL_MSEC, so that what one connection brings is overtaken by what another loop does. Any
 * thread. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { STALL_ONE_IN = 200 /* turns of a loop */ };

/* Another number each time. */
static uint64_t dice(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_nsec * 0x9e3779b97f4a7c15u >> 16;
}

/* Up to half of the time that the environment names. */
static void dawdle(const char *name)
{
	const char *text = getenv(name);
	uint64_t half = text ? strtoull(text, NULL, 10) * 500000 : 0;

	if (half)
		(void)nanosleep(&(struct timespec){ .tv_nsec = (long)(dice() % half) }, NULL);
}

static int slowly(long call, int fd)
{
	int result;

	dawdle("PARLEY_SLOW_MSEC");
	result = (int)syscall(call, fd);
	dawdle("PARLEY_SLOW_MSEC");
	return result;
}

int fsync(int fd)
{
	return slowly(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return slowly(SYS_fdatasync, fd);
}

int epoll_wait(int fd, struct epoll_event *events, int max, int msec)
{
	static int (*real)(int, struct epoll_event *, int, int);
	int count;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "epoll_wait");
	count = real(fd, events, max, msec);
	if (dice() % STALL_ONE_IN == 0) {
		dawdle("PARLEY_STALL_MSEC");
		dawdle("PARLEY_STALL_MSEC");
	}
	return count;
}
