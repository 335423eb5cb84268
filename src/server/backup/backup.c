/* SPDX-License-Identifier: Apache-2.0 */
/* Backups, see backup.h: a folder beside the goal is begun, the store copies itself into it, the
 * files are added and summed up, the manifest is written, and the folder gets its name. Whatever
 * ends this on the way leaves at most PATH.part-…, which no restore takes. */
#include "server/backup/backup.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "loop/pool.h"
#include "server/backup/settings.h"
#include "server/store/folder.h"
#include "server/store/sqlite/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TOKEN_LEN = 12, LONGEST = PATH_MAX - 256 /* bytes of a goal */ };

struct backups {
	struct backups_config config;
	struct pool *pool;
	struct making *running; /* one at a time */
	bool is_stopped;        /* atomic */
};

struct making {
	struct job job;
	struct backups *owner;
	struct arena arena;
	struct settings settings;
	struct manifest manifest;
	struct str goal, part; /* NUL behind them */
	usec_t begun;
	struct backup_result result;
	void (*fn)(void *arg, const struct backup_result *result);
	void *arg;
};

enum err backups_new(const struct backups_config *config, struct backups **ret_backups)
{
	struct pool_config pool = { .name = "backup", .threads = 1, .queue_limit = 4 };
	struct backups *b = mem_zalloc(1, sizeof(*b));
	enum err e;

	b->config = *config;
	e = pool_new(&pool, &b->pool);
	if (e)
		mem_free(b);
	else
		*ret_backups = b;
	return e;
}

static void making_free(struct making *m)
{
	if (!m)
		return;
	manifest_done(&m->manifest);
	arena_done(&m->arena);
	mem_free(m);
}

void backups_free(struct backups **backups)
{
	struct backups *b = *backups;

	*backups = NULL;
	if (!b)
		return;
	__atomic_store_n(&b->is_stopped, true, __ATOMIC_RELAXED);
	pool_free(&b->pool);
	making_free(b->running);
	mem_free(b);
}

/* ---- on the thread ---- */

static bool failed(struct making *m, enum err e, const char *text)
{
	if (e && !m->result.err) {
		m->result.err = e;
		m->result.text = text;
	}
	return m->result.err != OK;
}

static const char *in(struct making *m, struct str folder, const char *name)
{
	return ARENA_JOIN(&m->arena, folder, STR("/"), str_from(name)).ptr;
}

static void run_begin(struct job *j, void *thread_ctx)
{
	struct making *m = container_of(j, struct making, job);
	struct stat st;

	(void)thread_ctx;
	if (lstat(m->goal.ptr, &st) == 0)
		(void)failed(m, ERR_EXISTS, "something stands at this path already");
	else if (mkdir(m->part.ptr, 0700) != 0)
		(void)failed(m, err_from_errno(errno), "its folder cannot be made there");
}

/* One file into the backup. What is not there is left out. */
static void add_file(struct making *m, const char *from, const char *name, struct str original)
{
	const char *to = in(m, m->part, name);
	struct file_sum sum;
	enum err e = file_copy(from, to, &m->owner->is_stopped, &sum);

	if (e == ERR_NOT_FOUND)
		return;
	if (!failed(m, e, "a file could not be copied"))
		manifest_add(&m->manifest, str_from(name), original, &sum);
}

static void add_settings(struct making *m)
{
	for (size_t i = 0; i < m->settings.count && !m->result.err; i++) {
		const struct setting *s = &m->settings.items[i];
		struct str name = ARENA_JOIN(&m->arena, STR(MANIFEST_SETTINGS), s->name);

		add_file(m, s->path.ptr, name.ptr, s->path);
	}
}

static bool add_sum(void *arg, const char *name)
{
	struct making *m = arg;
	char path[PATH_MAX], full[PATH_MAX];
	struct file_sum sum;
	int n = snprintf(full, sizeof(full), "%s%s", MANIFEST_DATA, name);

	if (n < 0 || (size_t)n >= sizeof(full) ||
	    snprintf(path, sizeof(path), "%s/%s", m->part.ptr, full) >= (int)sizeof(path))
		return !failed(m, ERR_TOO_BIG, "a path is too long");
	if (failed(m, file_sum(path, &m->owner->is_stopped, &sum), "the copy cannot be read"))
		return false;
	manifest_add(&m->manifest, str_from(full), STR_NONE, &sum);
	return true;
}

/* The store's copy: judged as a restore will judge it, then summed up. */
static void add_data(struct making *m)
{
	struct manifest *to = &m->manifest;
	struct sqlite_facts facts;

	if (failed(m, sqlite_inspect(in(m, m->part, MANIFEST_DATA "parley.db"), &facts),
		   "the copy of the store is damaged"))
		return;
	to->tables = facts.version;
	to->accounts = facts.accounts;
	to->messages = facts.messages;
	to->entries = facts.entries;
	to->documents = facts.documents;
	(void)failed(m, file_each(in(m, m->part, MANIFEST_DATA), add_sum, m),
		     "the copy cannot be read");
}

static void add_own_files(struct making *m)
{
	static const char *const names[] = { "secrets", "cert.pem", "key.pem",
					     "acme/certificate.pem", "acme/account" };

	for (size_t i = 0; i < array_len(names) && !m->result.err; i++)
		add_file(m, in(m, m->owner->config.data_dir, names[i]),
			 ARENA_JOIN(&m->arena, STR(MANIFEST_DATA), str_from(names[i])).ptr,
			 STR_NONE);
}

static struct str parent_of(struct making *m, struct str path)
{
	for (size_t i = path.len; i > 1; i--) {
		if (path.ptr[i - 1] == '/')
			return arena_dup(&m->arena, str_sub(path, 0, i - 1));
	}
	return STR("/");
}

/* Only a hint for people: that it cannot be written fails no backup. */
static void note_last(struct making *m)
{
	const char *path = in(m, m->owner->config.data_dir, BACKUP_LAST),
		   *temp = in(m, m->owner->config.data_dir, BACKUP_LAST ".new");
	struct str line = arena_printf(&m->arena, "%lld %s\n", (long long)m->manifest.wall_begun,
				       m->goal.ptr);

	(void)unlink(temp);
	if (file_make(temp, line) || rename(temp, path) != 0)
		log_warn(NULL, "the time of the backup could not be noted",
			 F_STR("file", str_from(path)));
}

static void give_name(struct making *m)
{
	if (failed(m, manifest_write(&m->manifest, m->part.ptr), "the manifest cannot be written"))
		return;
	if (failed(m, file_sync_folders(m->part.ptr), "it cannot be made durable"))
		return;
	if (renameat2(AT_FDCWD, m->part.ptr, AT_FDCWD, m->goal.ptr, RENAME_NOREPLACE) != 0)
		(void)failed(m, err_from_errno(errno), "it cannot be moved to its path");
	else if (!failed(m, folder_sync(AT_FDCWD, parent_of(m, m->goal).ptr),
			 "it cannot be made durable"))
		note_last(m);
}

static void run_end(struct job *j, void *thread_ctx)
{
	struct making *m = container_of(j, struct making, job);

	(void)thread_ctx;
	if (!m->result.err)
		add_data(m);
	if (!m->result.err)
		add_own_files(m);
	if (!m->result.err)
		add_settings(m);
	if (!m->result.err)
		give_name(m);
	if (m->result.err && file_remove_tree(m->part.ptr))
		log_error(NULL, "a part of a backup is left", F_STR("path", m->part));
}

/* ---- on the loop ---- */

static void end(struct making *m)
{
	struct backup_result *r = &m->result;

	m->owner->running = NULL;
	r->took = clock_now() - m->begun;
	r->files = m->manifest.count;
	r->bytes = m->manifest.bytes;
	r->accounts = m->manifest.accounts;
	r->messages = m->manifest.messages;
	if (r->err)
		log_error(NULL, "no backup", F_STR("path", m->goal), F_ERR(r->err),
			  F_STR("why", str_from(r->text)));
	else
		log_info(NULL, "backup made", F_STR("path", m->goal), F_INT("files", r->files),
			 F_INT("bytes", r->bytes));
	m->fn(m->arg, r);
	making_free(m);
}

static void on_end(struct job *j)
{
	end(container_of(j, struct making, job));
}

static void submit(struct making *m, void (*run)(struct job *j, void *thread_ctx),
		   void (*done)(struct job *j))
{
	m->job.run = run;
	m->job.done = done;
	/* One backup at a time, one job of it: there is always room. */
	must(pool_submit(m->owner->pool, &m->job) == OK);
}

static void on_store(void *arg, enum err e)
{
	struct making *m = arg;

	(void)failed(m, e,
		     e == ERR_BUSY ? "other backups are under way"
				   : "the store could not be copied");
	submit(m, run_end, on_end);
}

static void on_begun(struct job *j)
{
	struct making *m = container_of(j, struct making, job);
	struct str data = str_from(in(m, m->part, "data"));

	if (m->result.err)
		end(m);
	else
		store_backup(m->owner->config.store, data, on_store, m);
}

static void refuse(void (*fn)(void *arg, const struct backup_result *result), void *arg, enum err e,
		   const char *text)
{
	struct backup_result result = { .err = e, .text = text };

	fn(arg, &result);
}

void backups_make(struct backups *b, const struct conf *conf, struct str path,
		  void (*fn)(void *arg, const struct backup_result *result), void *arg)
{
	char token[TOKEN_LEN + 1];
	struct making *m;

	while (path.len > 1 && str_ends(path, STR("/")))
		path.len--;
	if (!str_starts(path, STR("/")) || path.len < 2 || path.len > LONGEST ||
	    memchr(path.ptr, '\0', path.len)) {
		refuse(fn, arg, ERR_INVALID, "the path must begin with /, and not be too long");
		return;
	}
	if (b->running) {
		refuse(fn, arg, ERR_BUSY, "a backup is under way");
		return;
	}
	m = b->running = mem_zalloc(1, sizeof(*m));
	m->owner = b;
	m->fn = fn;
	m->arg = arg;
	m->begun = clock_now();
	arena_init(&m->arena, SIZE_MAX);
	manifest_init(&m->manifest);
	m->manifest.wall_begun = wall_now();
	m->manifest.domain = b->config.domain;
	m->manifest.program = b->config.program;
	random_token(token, TOKEN_LEN);
	m->goal = arena_dup(&m->arena, path);
	m->part = ARENA_JOIN(&m->arena, m->goal, STR(".part-"), str_from(token));
	if (!settings_read(conf, b->config.config_path, &m->arena, &m->settings))
		(void)failed(m, ERR_TOO_BIG, "the configuration names too many files");
	submit(m, run_begin, on_begun);
}
