/* SPDX-License-Identifier: Apache-2.0 */
/* The clock: against what is stored, the file system, the time that really went by, and the
 * kernel's own opinion. */
#include "server/doctor/exam-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

static const usec_t SLACK = 10 * USEC_PER_SEC;
static const char set_it[] = "set the clock, and let NTP keep it";

/* The newest file of the store, or 0. */
static usec_t newest_file(const struct exam *x)
{
	const char *const names[] = { "parley.db", "parley.db-wal", "secrets", "last-backup" };
	usec_t newest = 0;

	for (size_t i = 0; i < array_len(names); i++) {
		char path[EXAM_PATH_MAX];
		struct stat st;
		usec_t at;

		(void)snprintf(path, sizeof(path), "%s/%s", x->data_dir, names[i]);
		if (stat(path, &st))
			continue;
		at = (usec_t)st.st_mtim.tv_sec * USEC_PER_SEC + st.st_mtim.tv_nsec / 1000;
		newest = at > newest ? at : newest;
	}
	return newest;
}

/* False: the file system has another time (it is another machine's). */
static bool check_new_file(struct exam *x)
{
	int fd = open(x->data_dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	struct stat st;
	bool is_made;
	usec_t off;

	if (fd < 0 && errno != EOPNOTSUPP && errno != EISDIR) {
		exam_note(x, "data-folder", 'F', "look at the disk and the rights",
			  "no file can be made in the data folder: %s",
			  err_text(err_from_errno(errno)));
		return true;
	}
	is_made = fd >= 0 && write(fd, "x", 1) == 1 && fstat(fd, &st) == 0;
	if (fd >= 0)
		(void)close(fd); /* it goes by itself */
	if (!is_made)
		return true;
	off = (usec_t)st.st_mtim.tv_sec * USEC_PER_SEC - wall_now();
	if (off < SLACK && off > -SLACK)
		return true;
	exam_note(x, "clock", 'C', set_it, "the file system of data_dir is %lld s off",
		  (long long)(off / USEC_PER_SEC));
	return false;
}

/* False: what is there comes from the future. */
static bool check_past(struct exam *x, usec_t newest, const char *what)
{
	usec_t ahead = newest - wall_now();

	if (ahead < SLACK)
		return true;
	exam_note(x, "clock", 'D', set_it,
		  "%s is %lld s in the future: the clock was wrong then, or it is now", what,
		  (long long)(ahead / USEC_PER_SEC));
	return false;
}

static bool check_jump(struct exam *x)
{
	usec_t jump = wall_now() - x->wall_started - x->ran;

	if (jump < SLACK && jump > -SLACK)
		return true;
	exam_note(x, "clock", 'C', "let NTP keep the clock; restart the server",
		  "the clock was set by %lld s since the server's start",
		  (long long)(jump / USEC_PER_SEC));
	return false;
}

void exam_clock(struct exam *x)
{
	struct timex t = { .modes = 0 };
	bool is_fine = check_past(x, x->wall_newest, "the newest message in the store");

	is_fine = check_past(x, newest_file(x), "the newest file of data_dir") && is_fine;
	is_fine = check_new_file(x) && is_fine;
	is_fine = check_jump(x) && is_fine;
	if (is_fine)
		exam_note(x, "clock", 'A', "",
			  "the clock agrees with the store, the file system and itself");
	/* Some containers may not ask: nothing is known then. */
	if (adjtimex(&t) >= 0 && t.status & STA_UNSYNC)
		exam_note(x, "clock-sync", 'B', "run an NTP client on this machine",
			  "the kernel knows nobody who keeps its clock");
}
