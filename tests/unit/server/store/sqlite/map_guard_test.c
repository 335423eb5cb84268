/* SPDX-License-Identifier: Apache-2.0 */
/* A page that cannot be had reads as zeros and is told of, where the map is guarded; elsewhere the
 * process ends. */
#include "server/store/sqlite/map_guard.h"

#include "support/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGES = 4, MARK = 'x' };

/* A file of PAGES pages, mapped; then it loses all but the first. */
static volatile char *map_and_cut(int protection)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	char name[] = "/tmp/parley-map-XXXXXX";
	char mark = MARK;
	int fd = mkstemp(name);
	char *map;

	assert_true(fd >= 0);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(ftruncate(fd, (off_t)(PAGES * size)), 0);
	assert_int_equal(pwrite(fd, &mark, 1, 0), 1);
	map = mmap(NULL, PAGES * size, protection, MAP_SHARED, fd, 0);
	assert_true(map != MAP_FAILED);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	(void)close(fd);
	return map;
}

static void unmap(volatile char *map)
{
	assert_int_equal(munmap((void *)(uintptr_t)map, PAGES * (size_t)sysconf(_SC_PAGESIZE)), 0);
}

static void tells_of_pages_that_are_not_there(void **state)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	volatile char *map = map_and_cut(PROT_READ);

	map_guard_init();
	map_guard_begin();
	assert_int_equal(map[0], MARK);
	assert_true(map_guard_end());
	map_guard_begin();
	assert_int_equal(map[2 * size + 5], 0);
	assert_int_equal(map[size], 0);
	assert_int_equal(map[0], MARK); /* the others stay */
	assert_false(map_guard_end());
	map_guard_begin();
	assert_true(map_guard_end()); /* each time anew */
	unmap(map);
}

static int signal_of(int protection, bool is_guarded)
{
	volatile char *map = map_and_cut(protection);
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ .rlim_cur = 0 });
		map_guard_init();
		if (is_guarded)
			map_guard_begin();
		_exit(map[(size_t)sysconf(_SC_PAGESIZE)]);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	unmap(map);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void leaves_everything_else_alone(void **state)
{
	assert_int_equal(signal_of(PROT_READ, true), 0);
	assert_int_equal(signal_of(PROT_READ | PROT_WRITE, true), SIGBUS);
	assert_int_equal(signal_of(PROT_READ, false), SIGBUS);
}

UNIT_TESTS(sqlite_map_guard, cmocka_unit_test(tells_of_pages_that_are_not_there),
	   cmocka_unit_test(leaves_everything_else_alone));
