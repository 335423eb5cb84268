/* SPDX-License-Identifier: Apache-2.0 */
/* The process's own metrics, under the names that all Prometheus clients use. Any thread. */
#include "server/http/metrics.h"

#include "base/metric.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static void head(struct sbuf *out, const char *name, const char *kind, const char *help)
{
	sbuf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

/* A small file of /proc, whole; empty when it cannot be read. */
static struct str read_proc(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return STR_NONE;
	n = read(fd, buf, size);
	(void)close(fd); /* only read from */
	return n > 0 ? str_make(buf, (size_t)n) : STR_NONE;
}

/* Number n (from 0) of the fields behind the program's name in /proc/self/stat, whose name may hold
 * blanks and brackets itself. */
static bool stat_field(struct str stat, unsigned n, uint64_t *ret_value)
{
	struct str part = STR_NONE;
	size_t at = stat.len;

	while (at > 0 && stat.ptr[at - 1] != ')')
		at--;
	stat = str_trim(str_from_at(stat, at));
	for (unsigned i = 0; i <= n; i++) {
		if (!str_split(&stat, ' ', &part))
			return false;
	}
	return str_to_u64(part, ret_value) == OK;
}

static void write_pages(struct sbuf *out, const char *name, const char *help, struct str count)
{
	unsigned long long page = (unsigned long long)sysconf(_SC_PAGESIZE);
	uint64_t pages;

	if (str_to_u64(count, &pages) != OK)
		return;
	head(out, name, "gauge", help);
	sbuf_printf(out, "%s %llu\n", name, pages * page);
}

static void write_memory(struct sbuf *out)
{
	char buf[256];
	struct str statm = read_proc("/proc/self/statm", buf, sizeof(buf));
	struct str size, resident;

	if (!str_split(&statm, ' ', &size) || !str_split(&statm, ' ', &resident))
		return;
	write_pages(out, "process_virtual_memory_bytes", "Virtual memory size.", size);
	write_pages(out, "process_resident_memory_bytes", "Resident memory size.", resident);
}

static void write_cpu(struct sbuf *out)
{
	struct rusage usage;
	int64_t usec;

	if (getrusage(RUSAGE_SELF, &usage) != 0)
		return;
	usec = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * USEC_PER_SEC +
	       usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
	head(out, "process_cpu_seconds_total", "counter", "User and system CPU time.");
	sbuf_printf(out, "process_cpu_seconds_total %lld.%06lld\n",
		    (long long)(usec / USEC_PER_SEC), (long long)(usec % USEC_PER_SEC));
}

static void write_descriptors(struct sbuf *out)
{
	struct rlimit limit;
	long long count = -1; /* the descriptor of the walk itself */
	DIR *folder = opendir("/proc/self/fd");

	if (folder) {
		for (const struct dirent *entry; (entry = readdir(folder));)
			count += entry->d_name[0] != '.';
		(void)closedir(folder);
		head(out, "process_open_fds", "gauge", "Open file descriptors.");
		sbuf_printf(out, "process_open_fds %lld\n", count);
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		head(out, "process_max_fds", "gauge", "Largest number of open file descriptors.");
		sbuf_printf(out, "process_max_fds %llu\n", (unsigned long long)limit.rlim_cur);
	}
}

/* Field 22 of stat counts ticks since boot. */
static void write_start(struct sbuf *out)
{
	char buf[1024];
	struct str stat = read_proc("/proc/self/stat", buf, sizeof(buf));
	long ticks = sysconf(_SC_CLK_TCK);
	struct timespec boot;
	usec_t since_boot;
	uint64_t start;

	if (!stat_field(stat, 19, &start) || ticks <= 0 || clock_gettime(CLOCK_BOOTTIME, &boot))
		return;
	since_boot = boot.tv_sec * USEC_PER_SEC + boot.tv_nsec / 1000;
	head(out, "process_start_time_seconds", "gauge", "Start of the process, since 1970.");
	sbuf_printf(out, "process_start_time_seconds %lld\n",
		    (long long)((wall_now() - since_boot + (usec_t)start * USEC_PER_SEC / ticks) /
				USEC_PER_SEC));
}

enum err metrics_write(struct sbuf *out)
{
	(void)metric_write_prometheus(out); /* out->err tells */
	write_memory(out);
	write_cpu(out);
	write_descriptors(out);
	write_start(out);
	return out->err;
}
