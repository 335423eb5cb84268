/* SPDX-License-Identifier: Apache-2.0 */
/* Backups and restores, see control_backup.h. */
#include "server/control_backup.h"

#include "base/mem.h"
#include "server/backup/restore.h"

#include <stdio.h>

enum { TOLD_MAX = 16 * 1024 * 1024 /* bytes */ };

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

enum err control_restore(const struct conf *conf, const char *backup, struct str data_dir,
			 struct blame *blame)
{
	struct sbuf out scoped(sbuf_done) = SBUF(TOLD_MAX);
	struct manifest m;
	enum err e = restore_run(backup, data_dir, conf_str(conf, "domain"), &m, blame);

	if (!e) {
		restore_tell(&m, data_dir, &out);
		(void)printf("%.*s", STR_ARG(sbuf_str(&out))); /* it is done, heard or not */
	}
	manifest_done(&m);
	return e;
}
