/* SPDX-License-Identifier: Apache-2.0 */
/* Restoring without a server, see restore.h. */
#include "ctl/restore.h"

#include "server/backup/restore.h"

enum { TOLD_MAX = 16 * 1024 * 1024 /* bytes */ };

static json_t *list_settings(const struct manifest *m)
{
	json_t *rows = json_array();

	for (const struct manifest_file *f = m->files; f; f = f->next) {
		if (f->from.ptr)
			json_array_append_new(rows, json_pack("{s:s%, s:s%}", "file", f->name.ptr,
							      f->name.len, "stood_at", f->from.ptr,
							      f->from.len));
	}
	return rows;
}

static json_t *result_of(const struct manifest *m, struct str data_dir)
{
	json_t *result =
		json_pack("{s:s%, s:I, s:I, s:I, s:o}", "data_dir", data_dir.ptr, data_dir.len,
			  "accounts", (json_int_t)m->accounts, "messages", (json_int_t)m->messages,
			  "files", (json_int_t)m->count, "not_restored", list_settings(m));

	return result ? result
		      : json_object(); /* a path that is no UTF-8: it is done all the same */
}

enum err restore_offline(const char *path, struct str data_dir, struct str domain, bool is_json,
			 json_t **ret_result, struct blame *blame)
{
	struct sbuf out scoped(sbuf_done) = SBUF(TOLD_MAX);
	struct manifest m;
	enum err e = restore_run(path, data_dir, domain, &m, blame);

	if (!e && is_json) {
		*ret_result = result_of(&m, data_dir);
	} else if (!e) {
		restore_tell(&m, data_dir, &out);
		*ret_result = json_stringn_nocheck(out.ptr, out.len);
	}
	manifest_done(&m);
	return e;
}
