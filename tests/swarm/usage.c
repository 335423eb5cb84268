/* SPDX-License-Identifier: Apache-2.0 */
/* Process clocks (the nanosecond form of utime + stime in /proc/PID/stat) and smaps_rollup, see
 * usage.h. */
#include "usage.h"

#include "base/str.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct family {
	pid_t pids[USAGE_PROCESSES];
	size_t count;
};

static usec_t clock_usec(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) != 0)
		return 0;
	return (usec_t)ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
}

/* The parent of pid, 0 when it is gone. */
static pid_t parent_of(pid_t pid)
{
	char path[64], line[512];
	const char *end;
	FILE *file;
	size_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid); /* fits */
	file = fopen(path, "r");
	if (!file)
		return 0;
	n = fread(line, 1, sizeof(line) - 1, file);
	(void)fclose(file); /* read only */
	line[n] = 0;
	end = strrchr(line, ')'); /* the name before it may hold blanks: "pid (name) S ppid" */
	return end && strlen(end) > 4 ? (pid_t)strtol(end + 4, NULL, 10) : 0;
}

static bool is_member(const struct family *f, pid_t pid)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->pids[i] == pid)
			return true;
	return false;
}

/* One walk over /proc; whether somebody was added. */
static bool add_children(struct family *f)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	size_t before = f->count;

	if (!dir)
		return false;
	while ((entry = readdir(dir)) && f->count < USAGE_PROCESSES) {
		pid_t pid = isdigit((unsigned char)entry->d_name[0])
				    ? (pid_t)strtol(entry->d_name, NULL, 10)
				    : 0;

		if (pid > 0 && !is_member(f, pid) && is_member(f, parent_of(pid)))
			f->pids[f->count++] = pid;
	}
	(void)closedir(dir); /* read only */
	return f->count > before;
}

static struct family family_of(pid_t pid)
{
	struct family f = { .count = 0 };

	if (pid <= 0 || parent_of(pid) == 0)
		return f;
	f.pids[f.count++] = pid;
	while (add_children(&f))
		continue;
	return f;
}

struct usage usage_now(pid_t pid)
{
	struct family f = family_of(pid);
	struct usage u = { .at = clock_now(), .own = clock_usec(CLOCK_PROCESS_CPUTIME_ID) };

	for (size_t i = 0; i < f.count; i++) {
		clockid_t id;

		if (clock_getcpuclockid(f.pids[i], &id) != 0)
			continue;
		u.cpu += clock_usec(id);
		u.seen++;
	}
	return u;
}

struct usage usage_of_both(pid_t one, pid_t other)
{
	struct usage u = usage_now(one), more = usage_now(other);

	u.cpu += more.cpu;
	u.seen = other && !more.seen ? 0 : u.seen + more.seen;
	return u;
}

static void add_memory(pid_t pid, struct usage *u)
{
	char path[64], line[256];
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid); /* fits */
	file = fopen(path, "r");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, "Rss:", 4) == 0)
			u->rss += strtoull(line + 4, NULL, 10) * KIB;
		else if (strncmp(line, "Pss:", 4) == 0)
			u->pss += strtoull(line + 4, NULL, 10) * KIB;
	}
	(void)fclose(file); /* read only */
}

void usage_memory(pid_t pid, struct usage *u)
{
	struct family f = family_of(pid);

	for (size_t i = 0; i < f.count; i++)
		add_memory(f.pids[i], u);
}
