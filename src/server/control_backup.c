/* SPDX-License-Identifier: Apache-2.0 */
/* Backups and restores, see control_backup.h. */
#include "server/control_backup.h"

#include "base/mem.h"
#include "server/backup/restore.h"
#include "xmpp/datetime.h"

#include <stdio.h>

enum { ARENA_LIMIT = 64 * 1024 };

struct waiting {
	void (*fn)(void *arg, enum err e, const char *text, const struct admin_backup *made);
	void *arg;
};

static void on_made(void *arg, const struct backup_result *r)
{
	struct waiting *w = arg;
	struct admin_backup made = { .files = r->files,
				     .bytes = r->bytes,
				     .accounts = r->accounts,
				     .messages = r->messages,
				     .took = r->took };

	w->fn(w->arg, r->err, r->text, &made);
	mem_free(w);
}

void control_make_backup(void *owner, struct str path,
			 void (*fn)(void *arg, enum err e, const char *text,
				    const struct admin_backup *made),
			 void *arg)
{
	const struct control_backup *c = owner;
	struct waiting *w = mem_zalloc(1, sizeof(*w));

	w->fn = fn;
	w->arg = arg;
	backups_make(c->backups, c->home->conf, path, on_made, w);
}

static void say(const struct manifest *m, struct str data_dir)
{
	struct arena a scoped(arena_done) = { 0 };
	struct str time;

	arena_init(&a, ARENA_LIMIT);
	time = datetime_format(&a, m->wall_begun);
	(void)printf(
		"restored to %.*s: the state of %.*s, %llu accounts, %llu messages, %zu files\n",
		STR_ARG(data_dir), STR_ARG(time), (unsigned long long)m->accounts,
		(unsigned long long)m->messages, m->count);
	for (const struct manifest_file *f = m->files; f; f = f->next) {
		if (f->from.ptr)
			(void)printf("not restored: %.*s, which stood at %.*s\n", STR_ARG(f->name),
				     STR_ARG(f->from));
	}
}

enum err control_restore(const struct conf *conf, const char *backup, struct str data_dir,
			 struct blame *blame)
{
	struct manifest m;
	enum err e = restore_run(backup, data_dir, conf_str(conf, "domain"), &m, blame);

	if (!e)
		say(&m, data_dir);
	manifest_done(&m);
	return e;
}
