/* SPDX-License-Identifier: Apache-2.0 */
/* See map_guard.h. The handler asks the kernel whose map the address is in: the index of the
 * write-ahead log is mapped, too, shared with the writer, and must never get a page of ours. */
#include "server/store/sqlite/map_guard.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAPS_BUF = 512 };

static _Thread_local volatile sig_atomic_t is_guarded, has_struck;

/* A line of /proc/self/maps, "from-to perms …", as it comes. */
struct line {
	uintptr_t edge[2];
	unsigned word; /* 0: from, 1: to, 2: perms, 3: the rest */
	unsigned at;   /* in perms */
	bool is_shared, is_writable;
};

static unsigned digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* True at the end of the line. */
static bool feed(struct line *l, char c)
{
	if (c == '\n')
		return true;
	if (c == ' ' || (c == '-' && l->word == 0)) {
		l->word += l->word < 3;
	} else if (l->word < 2) {
		l->edge[l->word] = l->edge[l->word] * 16 + digit(c);
	} else if (l->word == 2) {
		l->is_writable |= l->at == 1 && c == 'w';
		l->is_shared |= l->at == 3 && c == 's';
		l->at++;
	}
	return false;
}

/* Nothing here but system calls: it runs inside the handler. */
static bool is_read_only_map(uintptr_t address)
{
	struct line line = { .word = 0 };
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	bool is_found = false;
	char buf[MAPS_BUF];
	ssize_t n;

	while (fd >= 0 && !is_found && (n = read(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n && !is_found; i++) {
			if (!feed(&line, buf[i]))
				continue;
			is_found = address >= line.edge[0] && address < line.edge[1] &&
				   line.is_shared && !line.is_writable;
			line = (struct line){ .word = 0 };
		}
	}
	if (fd >= 0)
		(void)close(fd);
	return is_found;
}

static void on_bus(int number, siginfo_t *info, void *context)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	uintptr_t page = (uintptr_t)info->si_addr & ~(uintptr_t)(size - 1);

	(void)context;
	if (is_guarded && is_read_only_map(page) &&
	    mmap((void *)page, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
		    MAP_FAILED) {
		has_struck = 1;
		return;
	}
	(void)signal(number, SIG_DFL); /* comes again, and ends the process */
}

void map_guard_init(void)
{
	struct sigaction action = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO | SA_NODEFER };
	sigset_t set;

	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGBUS, &action, NULL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGBUS);
	(void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

void map_guard_begin(void)
{
	has_struck = 0;
	is_guarded = 1;
}

bool map_guard_end(void)
{
	is_guarded = 0;
	return !has_struck;
}
