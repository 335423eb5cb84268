/* SPDX-License-Identifier: Apache-2.0 */
/* A data folder out of a backup, see restore.h. It is filled beside its place, and moved there when
 * all has been found right. */
#include "server/backup/restore.h"

#include "base/log.h"
#include "base/map.h"
#include "base/random.h"
#include "server/conf/schema.h"
#include "server/store/folder.h"
#include "server/store/sqlite/inspect.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { TOKEN_LEN = 12 };

struct restore {
	const char *from;
	char goal[PATH_MAX], part[PATH_MAX];
	struct manifest *manifest;
	struct blame *blame;
	bool has_store;
	struct map contents; /* the first file of data/blobs with these bytes, by its sum */
};

static enum err wrong(const struct restore *r, enum err e, const char *what, struct str name)
{
	blame_set(r->blame, "%s/%.*s %s (%s)", r->from, STR_ARG(name), what, err_text(e));
	return e;
}

/* ---- the goal ---- */

static bool is_empty(DIR *dir)
{
	const struct dirent *d;

	while ((d = readdir(dir))) {
		if (!str_eq(str_from(d->d_name), STR(".")) &&
		    !str_eq(str_from(d->d_name), STR("..")))
			return false;
	}
	return true;
}

static enum err check_goal(const struct restore *r)
{
	DIR *dir = opendir(r->goal);
	bool is_free = dir ? is_empty(dir) : errno == ENOENT;

	if (dir)
		(void)closedir(dir);
	if (is_free)
		return OK;
	blame_set(r->blame, "%s is not an empty folder: nothing is restored over what is there",
		  r->goal);
	return ERR_EXISTS;
}

/* ---- files ---- */

static enum err check_sum(const struct restore *r, const struct manifest_file *f,
			  const struct file_sum *sum)
{
	if (sum->size == f->sum.size && str_eq(str_from(sum->sha256), str_from(f->sum.sha256)))
		return OK;
	return wrong(r, ERR_INVALID, "is not what the manifest says: it is damaged", f->name);
}

static struct str inside_of(const struct manifest_file *f)
{
	return str_from_at(f->name, strlen(MANIFEST_DATA));
}

static bool place_of(const struct restore *r, const struct manifest_file *f, char to[PATH_MAX])
{
	struct str inside = inside_of(f);

	return snprintf(to, PATH_MAX, "%s/%.*s", r->part, STR_ARG(inside)) < PATH_MAX;
}

/* Uploads of one content are one file again, with many names. */
static enum err take_data(struct restore *r, const struct manifest_file *f, const char *from,
			  const char *to, struct file_sum *ret_sum)
{
	bool is_blob = str_starts(f->name, STR(MANIFEST_DATA "blobs/")) &&
		       !str_starts(f->name, STR(MANIFEST_DATA "blobs/part/"));
	const struct manifest_file *first =
		is_blob ? map_get(&r->contents, str_from(f->sum.sha256)) : NULL;
	char path[PATH_MAX];

	if (first && place_of(r, first, path) && file_link(path, to) == OK)
		return file_sum(from, NULL, ret_sum);
	if (is_blob && !first)
		(void)map_set(&r->contents, str_from(f->sum.sha256), (void *)(uintptr_t)f);
	return file_copy(from, to, NULL, ret_sum);
}

static enum err take_file(struct restore *r, const struct manifest_file *f)
{
	bool is_data = str_starts(f->name, STR(MANIFEST_DATA));
	char from[PATH_MAX], to[PATH_MAX];
	struct file_sum sum;
	enum err e;

	if (snprintf(from, sizeof(from), "%s/%.*s", r->from, STR_ARG(f->name)) >=
		    (int)sizeof(from) ||
	    (is_data && !place_of(r, f, to)))
		return wrong(r, ERR_TOO_BIG, "has too long a path", f->name);
	e = is_data ? take_data(r, f, from, to, &sum) : file_sum(from, NULL, &sum);
	if (e)
		return wrong(r, e, "cannot be copied", f->name);
	r->has_store = r->has_store || str_eq(f->name, STR(MANIFEST_DATA "parley.db"));
	return check_sum(r, f, &sum);
}

static enum err check_store(const struct restore *r)
{
	static const struct str name = STR_INIT(MANIFEST_DATA "parley.db");
	const struct manifest *m = r->manifest;
	struct sqlite_facts facts;
	char path[PATH_MAX];
	enum err e = r->has_store ? OK : ERR_NOT_FOUND;

	if (!e && snprintf(path, sizeof(path), "%s/parley.db", r->part) >= (int)sizeof(path))
		e = ERR_TOO_BIG;
	if (!e)
		e = sqlite_inspect(path, &facts);
	if (e == ERR_VERSION)
		return wrong(r, e, "was written by a newer version of Parley", name);
	if (!e && (facts.version != m->tables || facts.accounts != m->accounts ||
		   facts.messages != m->messages || facts.entries != m->entries ||
		   facts.documents != m->documents))
		e = ERR_INVALID;
	return e ? wrong(r, e, "does not hold what the manifest says", name) : OK;
}

static enum err fill(struct restore *r)
{
	enum err e = folder_make(AT_FDCWD, r->part);

	if (e) {
		blame_set(r->blame, "%s cannot be made: %s", r->part, err_text(e));
		return e;
	}
	map_init(&r->contents);
	for (const struct manifest_file *f = r->manifest->files; f && !e; f = f->next)
		e = take_file(r, f);
	map_done(&r->contents);
	return e ? e : check_store(r);
}

static enum err give_name(const struct restore *r)
{
	char parent[PATH_MAX];
	char *slash;
	enum err e = file_sync_folders(r->part);

	/* An empty folder gives its place up to another one. */
	if (!e && rename(r->part, r->goal) != 0)
		e = err_from_errno(errno);
	memcpy(parent, r->goal, sizeof(parent));
	slash = strrchr(parent, '/');
	if (slash)
		slash[slash == parent] = '\0';
	if (!e)
		e = folder_sync(AT_FDCWD, slash ? parent : ".");
	if (e)
		blame_set(r->blame, "%s: %s", r->goal, err_text(e));
	return e;
}

static void drop_part(const struct restore *r)
{
	if (file_remove_tree(r->part))
		log_error(NULL, "a part of a restore is left", F_STR("path", str_from(r->part)));
}

static enum err run(struct restore *r, struct str domain)
{
	enum err e = manifest_read(r->manifest, r->from, r->blame);

	if (e)
		return e;
	if (!str_eq(r->manifest->domain, domain)) {
		blame_set(r->blame,
			  "%s is a backup of %.*s, but the configuration says domain = \"%.*s\"",
			  r->from, STR_ARG(str_sub(r->manifest->domain, 0, 100)),
			  STR_ARG(str_sub(domain, 0, 100)));
		return ERR_DENIED;
	}
	e = check_goal(r);
	if (e)
		return e;
	e = fill(r);
	if (!e)
		e = give_name(r);
	if (e)
		drop_part(r);
	return e;
}

enum err restore_run(const char *from, struct str data_dir, struct str domain,
		     struct manifest *ret_manifest, struct blame *blame)
{
	struct restore r = { .from = from, .manifest = ret_manifest, .blame = blame };
	char token[TOKEN_LEN + 1];

	manifest_init(ret_manifest);
	while (data_dir.len > 1 && str_ends(data_dir, STR("/")))
		data_dir.len--;
	random_token(token, TOKEN_LEN);
	if (snprintf(r.goal, sizeof(r.goal), "%.*s", STR_ARG(data_dir)) >= (int)sizeof(r.goal) ||
	    snprintf(r.part, sizeof(r.part), "%s.part-%s", r.goal, token) >= (int)sizeof(r.part)) {
		blame_set(blame, "the path of the data folder is too long");
		return ERR_TOO_BIG;
	}
	return run(&r, domain);
}

void restore_tell(const struct manifest *m, struct str data_dir, struct sbuf *out)
{
	time_t seconds = m->wall_begun / USEC_PER_SEC;
	char time[32] = "?";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		(void)strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%SZ", &tm); /* it fits */
	(void)sbuf_printf(
		out, "restored to %.*s: the state of %s, %llu accounts, %llu messages, %zu files\n",
		STR_ARG(data_dir), time, (unsigned long long)m->accounts,
		(unsigned long long)m->messages, m->count);
	for (const struct manifest_file *f = m->files; f; f = f->next) {
		if (f->from.ptr)
			(void)sbuf_printf(out, "not restored: %.*s, which stood at %.*s\n",
					  STR_ARG(f->name), STR_ARG(f->from));
	}
}
