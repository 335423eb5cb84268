/* SPDX-License-Identifier: Apache-2.0 */
/* The data folder and the key: who may read them, how much room there is, how old the backup is. */
#include "server/backup/backup.h"
#include "server/doctor/exam-private.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static const uint64_t DISK_LEAST = 100 * MIB, DISK_FINE = 1024 * MIB, WAL_FINE = 256 * MIB;
static const usec_t BACKUP_OLD = 7 * USEC_PER_DAY;

/* Who else may read what is secret. False: others may. */
static bool check_path(struct exam *x, const char *path)
{
	struct stat st;

	if (stat(path, &st) || !(st.st_mode & 077))
		return true;
	exam_note(x, "rights", 'F', "chmod go= this path",
		  "others than the server's user have rights on %.160s", path);
	return false;
}

static void check_rights(struct exam *x)
{
	const char *const names[] = { "", "/secrets", "/parley.db", "/parley.db-wal" };
	bool is_fine = check_path(x, x->key_path);

	for (size_t i = 0; i < array_len(names); i++) {
		char path[EXAM_PATH_MAX];

		(void)snprintf(path, sizeof(path), "%s%s", x->data_dir, names[i]);
		is_fine = check_path(x, path) && is_fine;
	}
	if (is_fine)
		exam_note(x, "rights", 'A', "",
			  "only the server's user has rights on its data and its key");
}

static void check_disk(struct exam *x)
{
	struct statvfs fs;
	uint64_t room;

	if (statvfs(x->data_dir, &fs)) {
		exam_note(x, "disk", 'F', "look at the disk", "the data folder cannot be examined");
		return;
	}
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	exam_note(x, "disk",
		  room < DISK_LEAST  ? 'F'
		  : room < DISK_FINE ? 'C'
				     : 'A',
		  room < DISK_FINE ? "make room" : "", "%llu MiB are free for data_dir",
		  (unsigned long long)(room / MIB));
}

/* The log of the store is emptied as it goes: a large one says that something holds it open. */
static void check_wal(struct exam *x)
{
	char path[EXAM_PATH_MAX];
	struct stat st;
	uint64_t size;

	(void)snprintf(path, sizeof(path), "%s/parley.db-wal", x->data_dir);
	if (stat(path, &st))
		return;
	size = (uint64_t)st.st_size;
	exam_note(x, "log-of-store", size > WAL_FINE ? 'C' : 'A',
		  size > WAL_FINE ? "end other programs that have parley.db open, or restart" : "",
		  "the store's log has %llu KiB", (unsigned long long)(size / KIB));
}

static bool read_last_backup(const struct exam *x, usec_t *ret_wall)
{
	char path[EXAM_PATH_MAX], text[64] = "";
	struct str line, word;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/" BACKUP_LAST, x->data_dir);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text));
	(void)close(fd); /* read only */
	line = str_make(text, n > 0 ? (size_t)n : 0);
	return str_split(&line, ' ', &word) && str_to_i64(word, ret_wall) == OK;
}

static void check_backup(struct exam *x)
{
	const char *advice = "parleyctl backup PATH, from a timer";
	usec_t wall = 0, age;

	if (!read_last_backup(x, &wall)) {
		exam_note(x, "backup", 'C', advice, "no backup has been made");
		return;
	}
	age = wall_now() - wall;
	exam_note(x, "backup", age > BACKUP_OLD ? 'C' : 'A', age > BACKUP_OLD ? advice : "",
		  "the last backup is %lld days old", (long long)(age / USEC_PER_DAY));
}

void exam_files(struct exam *x)
{
	check_rights(x);
	check_disk(x);
	check_wal(x);
	check_backup(x);
}
