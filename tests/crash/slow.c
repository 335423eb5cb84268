/* SPDX-License-Identifier: Apache-2.0 */
/* LD_PRELOAD library: fsync and fdatasync take up to PARLEY_SLOW_MSEC longer, partly before and
 * partly after the disk has the bytes. A SIGKILL then often falls inside a commit, or between a
 * commit and what is told about it. Any thread. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Up to half of the time that the environment names; another amount each time. */
static void dawdle(void)
{
	const char *text = getenv("PARLEY_SLOW_MSEC");
	uint64_t half = text ? strtoull(text, NULL, 10) * 500000 : 0;
	struct timespec ts;

	if (!half)
		return;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	half = ((uint64_t)ts.tv_nsec * 0x9e3779b97f4a7c15u >> 16) % half;
	(void)nanosleep(&(struct timespec){ .tv_nsec = (long)half }, NULL);
}

static int slowly(long call, int fd)
{
	int result;

	dawdle();
	result = (int)syscall(call, fd);
	dawdle();
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
