/* SPDX-License-Identifier: Apache-2.0 */
/* Owner numbers, see owners.h. */
#include "server/store/sqlite/owners.h"

#include "base/mem.h"

enum { OWNERS_CACHED = 65536 };

struct owner {
	int64_t id;
	struct str jid;
	char buf[];
};

void owners_init(struct owners *o)
{
	*o = (struct owners){ .has_uncertain = false };
	map_init(&o->by_jid);
}

static void forget_all(struct owners *o)
{
	struct owner *w;
	size_t at = 0;

	while ((w = map_next(&o->by_jid, &at)))
		mem_free(w);
	map_done(&o->by_jid);
	map_init(&o->by_jid);
}

void owners_done(struct owners *o)
{
	if (!o || !o->by_jid.slots)
		return;
	forget_all(o);
	map_done(&o->by_jid);
}

static void remember(struct owners *o, struct str jid, int64_t id)
{
	struct owner *w = mem_alloc(sizeof(*w) + jid.len + 1);

	if (o->by_jid.count >= OWNERS_CACHED)
		forget_all(o);
	w->id = id;
	if (jid.len)
		memcpy(w->buf, jid.ptr, jid.len);
	w->jid = str_make(w->buf, jid.len);
	mem_free(map_set(&o->by_jid, w->jid, w));
}

enum err owners_find(struct owners *o, struct db *d, struct str jid, int64_t *ret_id)
{
	const struct owner *w = map_get(&o->by_jid, jid);
	sqlite3_stmt *q;
	enum err e;

	if (w) {
		*ret_id = w->id;
		return OK;
	}
	q = db_stmt(d, STMT_OWNER_GET);
	db_bind_str(q, 1, jid);
	e = db_run_int(q, ret_id);
	if (!e)
		remember(o, jid, *ret_id);
	return e;
}

enum err owners_make(struct owners *o, struct db *d, struct str jid, int64_t *ret_id)
{
	enum err e = owners_find(o, d, jid, ret_id);
	sqlite3_stmt *q;

	if (e != ERR_NOT_FOUND)
		return e;
	q = db_stmt(d, STMT_OWNER_ADD);
	db_bind_str(q, 1, jid);
	e = db_run(q);
	if (e)
		return e;
	*ret_id = sqlite3_last_insert_rowid(d->conn);
	remember(o, jid, *ret_id);
	o->has_uncertain = true;
	return OK;
}

enum err owners_drop(struct owners *o, struct db *d, struct str jid, int64_t id)
{
	sqlite3_stmt *q = db_stmt(d, STMT_OWNER_DROP);

	mem_free(map_remove(&o->by_jid, jid));
	db_bind_int(q, 1, id);
	return db_run(q);
}

void owners_commit(struct owners *o)
{
	o->has_uncertain = false;
}

void owners_rollback(struct owners *o)
{
	/* Rare enough that telling the new ones from the old is not worth a mark on each. */
	if (o->has_uncertain)
		forget_all(o);
	o->has_uncertain = false;
}
