/* SPDX-License-Identifier: Apache-2.0 */
/* The memory double, see memory_store.h: one list of rows a table, searched from end to end; a
 * batch notes what it added and took away, so that it can be undone. */
#include "support/server/store/memory_store.h"

#include "base/mem.h"
#include "server/store/archive.h"
#include "support/server/store/memory_store-private.h"

#include <unistd.h>

static void free_row(struct row *r)
{
	struct str parts[] = { r->owner, r->space, r->key, r->value };

	for (size_t i = 0; i < array_len(parts); i++) {
		char *p;

		memcpy(&p, &parts[i].ptr, sizeof(p));
		mem_free(p);
	}
	mem_free(r);
}

static struct str own(struct str s)
{
	return str_make(memcpy(mem_alloc(s.len + 1), s.len ? s.ptr : "", s.len), s.len);
}

static struct row *add(struct memory_store *m, enum table table, struct str owner)
{
	struct row *r = mem_zalloc(1, sizeof(*r));

	r->table = table;
	r->owner = own(owner);
	r->is_new = true;
	r->next_touched = m->touched;
	m->touched = r;
	list_append(&m->tables[table], &r->link);
	return r;
}

static void take_away(struct memory_store *m, struct row *r)
{
	if (!r->is_new && !r->is_gone) {
		r->next_touched = m->touched;
		m->touched = r;
	}
	r->is_gone = true;
}

/* Ends the batch: keeps what is new and frees what is gone, or the other way round. */
static void settle(struct memory_store *m, bool is_kept)
{
	while (m->touched) {
		struct row *r = m->touched;
		bool is_dropped = is_kept ? r->is_gone : r->is_new;

		m->touched = r->next_touched;
		r->is_new = r->is_gone = false;
		if (is_dropped) {
			list_remove(&r->link);
			free_row(r);
		}
	}
}

/* ---- looking up ---- */

struct row *memory_find(struct memory_store *m, enum table table, struct str owner, int64_t seq)
{
	rows_each(link, m, table)
	{
		struct row *r = row_of(link);

		if (!r->is_gone && r->seq == seq && (table != ENTRY || str_eq(r->owner, owner)))
			return r;
	}
	return NULL;
}

struct row *memory_find_account(struct memory_store *m, struct str owner)
{
	rows_each(link, m, ACCOUNT)
	{
		if (!row_of(link)->is_gone && str_eq(row_of(link)->owner, owner))
			return row_of(link);
	}
	return NULL;
}

/* ---- writing ---- */

static void delete_keyval(struct memory_store *m, const struct txn_op *op)
{
	rows_each(link, m, KEYVAL)
	{
		struct row *r = row_of(link);

		if (str_eq(r->owner, op->owner) && str_eq(r->space, op->space) &&
		    (!str_is_set(op->key) || str_eq(r->key, op->key)))
			take_away(m, r);
	}
}

static void put(struct memory_store *m, const struct txn_op *op)
{
	struct txn_op one = *op;
	struct row *r;

	one.key.ptr = one.key.ptr ? one.key.ptr : "";
	delete_keyval(m, &one);
	r = add(m, KEYVAL, op->owner);
	r->space = own(op->space);
	r->key = own(op->key);
	r->value = own(op->value);
}

static enum err append(struct memory_store *m, const struct txn_op *op)
{
	struct row *body;

	if (!op->entry_count)
		return OK;
	body = add(m, BODY, STR(""));
	body->seq = ++m->last_body;
	body->wall_time = op->wall_time;
	body->value = own(op->value);
	for (unsigned i = 0; i < op->entry_count; i++) {
		const struct archive_entry *e = &op->entry[i];
		struct row *r;

		if (memory_find(m, ENTRY, e->owner, e->seq))
			return ERR_EXISTS;
		r = add(m, ENTRY, e->owner);
		r->key = own(e->peer);
		r->seq = e->seq;
		r->body = body->seq;
		r->flags = e->flags;
		r->dedup = e->dedup;
	}
	return OK;
}

/* Another row, since none is ever changed. */
static void uncount(struct memory_store *m, const struct txn_op *op)
{
	struct row *old = memory_find(m, ENTRY, op->owner, op->from), *r;

	if (!old)
		return;
	take_away(m, old);
	r = add(m, ENTRY, op->owner);
	r->key = own(old->key);
	r->seq = old->seq;
	r->body = old->body;
	r->flags = old->flags & ~(unsigned)(ARCHIVE_TEXT | ARCHIVE_COUNTED);
	r->dedup = old->dedup;
}

static void blank(struct memory_store *m, const struct txn_op *op)
{
	struct row *entry = memory_find(m, ENTRY, op->owner, op->from);
	struct row *old = entry ? memory_find(m, BODY, STR_NONE, entry->body) : NULL;
	struct row *body;

	if (!old)
		return;
	take_away(m, old);
	body = add(m, BODY, STR(""));
	body->seq = old->seq;
	body->wall_time = old->wall_time;
	body->flags = ARCHIVE_BLANKED;
	body->value = own(op->value);
	uncount(m, op);
}

static void drop_entry(struct memory_store *m, struct row *entry)
{
	int64_t id = entry->body;

	take_away(m, entry);
	rows_each(link, m, ENTRY)
	{
		if (!row_of(link)->is_gone && row_of(link)->body == id)
			return;
	}
	take_away(m, memory_find(m, BODY, STR_NONE, id));
}

static void remove_entries(struct memory_store *m, const struct txn_op *op)
{
	rows_each(link, m, ENTRY)
	{
		struct row *r = row_of(link);

		if (!r->is_gone && str_eq(r->owner, op->owner) && r->seq >= op->from &&
		    r->seq <= op->to && (!op->flags || r->flags & op->flags))
			drop_entry(m, r);
	}
}

static void end_session(struct memory_store *m, uint64_t session)
{
	struct row *r = memory_find(m, SESSION, STR_NONE, (int64_t)session);

	if (r)
		take_away(m, r);
}

static void counted(struct memory_store *m, const struct txn_op *op)
{
	struct row *old = memory_find(m, SESSION, STR_NONE, (int64_t)op->session);
	struct row *r = add(m, SESSION, old ? old->owner : op->owner);

	r->seq = (int64_t)op->session;
	r->h = op->h;
	if (old)
		take_away(m, old);
}

static enum err put_account(struct memory_store *m, const struct txn_op *op)
{
	struct row *old = memory_find_account(m, op->owner);
	struct row *r;

	if (old && op->kind == TXN_ACCOUNT_CREATE)
		return ERR_EXISTS;
	if (old)
		take_away(m, old);
	r = add(m, ACCOUNT, op->owner);
	r->account = *op->account;
	r->account.owner = r->owner;
	return OK;
}

static void delete_account(struct memory_store *m, struct str owner)
{
	static const enum table tables[] = { ACCOUNT, KEYVAL, SESSION };

	remove_entries(m, &(struct txn_op){ .owner = owner, .from = INT64_MIN, .to = INT64_MAX });
	for (size_t i = 0; i < array_len(tables); i++) {
		rows_each(link, m, tables[i])
		{
			if (str_eq(row_of(link)->owner, owner))
				take_away(m, row_of(link));
		}
	}
}

static enum err apply_op(struct memory_store *m, const struct txn_op *op)
{
	switch (op->kind) {
	case TXN_PUT:
		put(m, op);
		return OK;
	case TXN_DELETE:
		delete_keyval(m, op);
		return OK;
	case TXN_APPEND:
		return append(m, op);
	case TXN_BLANK:
		blank(m, op);
		return OK;
	case TXN_UNCOUNT:
		uncount(m, op);
		return OK;
	case TXN_REMOVE:
		remove_entries(m, op);
		return OK;
	case TXN_COUNTED:
		counted(m, op);
		return OK;
	case TXN_SESSION_END:
		end_session(m, op->session);
		return OK;
	case TXN_ACCOUNT_PUT:
	case TXN_ACCOUNT_CREATE:
		return put_account(m, op);
	case TXN_ACCOUNT_DELETE:
		delete_account(m, op->owner);
		return OK;
	}
	return ERR_UNSUPPORTED;
}

/* ---- batches ---- */

static enum err memory_begin(void *backend)
{
	struct memory_store *m = backend;
	usec_t delay;

	(void)pthread_mutex_lock(&m->seams);
	while (m->is_held)
		(void)pthread_cond_wait(&m->moved, &m->seams);
	delay = m->delay_usec;
	(void)pthread_mutex_unlock(&m->seams);
	if (delay)
		(void)usleep((useconds_t)delay);
	(void)pthread_mutex_lock(&m->data);
	m->applied_in_batch = 0;
	return OK;
}

static enum err fault_of(struct memory_store *m, struct fault *f)
{
	enum err e;

	(void)pthread_mutex_lock(&m->seams);
	e = f->left && --f->left == 0 ? f->err : OK;
	(void)pthread_mutex_unlock(&m->seams);
	return e;
}

static enum err memory_apply(void *backend, const struct txn_op *op)
{
	struct memory_store *m = backend;
	enum err e = fault_of(m, &m->apply);

	m->applied_in_batch++;
	return e ? e : apply_op(m, op);
}

static enum err memory_commit(void *backend)
{
	struct memory_store *m = backend;
	enum err e = fault_of(m, &m->commit);

	if (e)
		return e; /* rollback follows */
	settle(m, true);
	(void)pthread_mutex_lock(&m->seams);
	m->commits++;
	m->applied += m->applied_in_batch;
	(void)pthread_mutex_unlock(&m->seams);
	(void)pthread_mutex_unlock(&m->data);
	return OK;
}

static void memory_rollback(void *backend)
{
	struct memory_store *m = backend;

	settle(m, false);
	(void)pthread_mutex_unlock(&m->data);
}

static enum err memory_expire(void *backend, struct store_expiry *x)
{
	struct memory_store *m = backend;
	enum err e = memory_begin(m);

	if (e)
		return e;
	x->is_done = true;
	rows_each(link, m, ENTRY)
	{
		struct row *r = row_of(link);

		if (r->is_gone || r->seq >= x->wall_before ||
		    (str_is_set(x->owner) && !str_eq(r->owner, x->owner)))
			continue;
		x->is_done = x->removed < x->max_rows;
		if (!x->is_done)
			break;
		drop_entry(m, r);
		x->removed++;
	}
	e = memory_commit(m);
	if (e) {
		x->removed = 0;
		memory_rollback(m);
	}
	return e;
}

/* ---- opening, and the seams ---- */

static enum err memory_open(const struct store_config *config, void **ret_backend,
			    const char **ret_why)
{
	(void)ret_why;
	memcpy(ret_backend, &config->data_dir.ptr, sizeof(*ret_backend));
	return OK;
}

static void memory_close(void *backend)
{
	(void)backend; /* its data stays for the next store_open */
}

static enum err memory_backup(void *backend, struct str path)
{
	(void)backend;
	(void)path;
	return ERR_UNSUPPORTED;
}

static void *memory_reader_open(void *backend)
{
	return backend;
}

static enum err read_unless_told(void *reader, const struct store_request *request,
				 struct store_answer *answer)
{
	struct memory_store *m = reader;
	enum err e = fault_of(m, &m->read);

	return e ? e : memory_read(reader, request, answer);
}

static const struct store_backend memory_backend = {
	.name = "memory",
	.open = memory_open,
	.close = memory_close,
	.begin = memory_begin,
	.apply = memory_apply,
	.commit = memory_commit,
	.rollback = memory_rollback,
	.expire = memory_expire,
	.backup = memory_backup,
	.reader_open = memory_reader_open,
	.reader_close = memory_close,
	.read = read_unless_told,
};

struct memory_store *memory_store_new(void)
{
	struct memory_store *m = mem_zalloc(1, sizeof(*m));

	for (unsigned i = 0; i < TABLES; i++)
		list_init(&m->tables[i]);
	m->examined_max = ARCHIVE_EXAMINED_MAX;
	(void)pthread_mutex_init(&m->data, NULL);
	(void)pthread_mutex_init(&m->seams, NULL);
	(void)pthread_cond_init(&m->moved, NULL);
	return m;
}

void memory_store_free(struct memory_store **memory)
{
	struct memory_store *m = *memory;

	*memory = NULL;
	if (!m)
		return;
	for (unsigned i = 0; i < TABLES; i++) {
		rows_each(link, m, i) free_row(row_of(link));
	}
	(void)pthread_cond_destroy(&m->moved);
	(void)pthread_mutex_destroy(&m->seams);
	(void)pthread_mutex_destroy(&m->data);
	mem_free(m);
}

struct store_config memory_store_config(struct memory_store *m)
{
	return (struct store_config){
		.backend = &memory_backend,
		.data_dir = str_make((const char *)m, 1),
		.readers = 1,
		.queue_limit = 100000,
		.queue_bytes_limit = 256 * MIB,
		.batch_limit = 2000,
	};
}

static void set_fault(struct memory_store *m, struct fault *f, unsigned nth, enum err e)
{
	(void)pthread_mutex_lock(&m->seams);
	*f = (struct fault){ .left = nth, .err = e };
	(void)pthread_mutex_unlock(&m->seams);
}

void memory_store_fail_apply(struct memory_store *m, unsigned nth, enum err e)
{
	set_fault(m, &m->apply, nth, e);
}

void memory_store_fail_commit(struct memory_store *m, unsigned nth, enum err e)
{
	set_fault(m, &m->commit, nth, e);
}

void memory_store_fail_read(struct memory_store *m, unsigned nth, enum err e)
{
	set_fault(m, &m->read, nth, e);
}

void memory_store_delay(struct memory_store *m, usec_t delay_usec)
{
	(void)pthread_mutex_lock(&m->seams);
	m->delay_usec = delay_usec;
	(void)pthread_mutex_unlock(&m->seams);
}

void memory_store_hold(struct memory_store *m, bool is_held)
{
	(void)pthread_mutex_lock(&m->seams);
	m->is_held = is_held;
	(void)pthread_cond_broadcast(&m->moved);
	(void)pthread_mutex_unlock(&m->seams);
}

void memory_store_examine(struct memory_store *m, unsigned max)
{
	(void)pthread_mutex_lock(&m->seams);
	m->examined_max = max;
	(void)pthread_mutex_unlock(&m->seams);
}

unsigned memory_examined_max(struct memory_store *m)
{
	unsigned max;

	(void)pthread_mutex_lock(&m->seams);
	max = m->examined_max;
	(void)pthread_mutex_unlock(&m->seams);
	return max;
}

unsigned memory_store_commits(struct memory_store *m)
{
	unsigned n;

	(void)pthread_mutex_lock(&m->seams);
	n = m->commits;
	(void)pthread_mutex_unlock(&m->seams);
	return n;
}

unsigned memory_store_applied(struct memory_store *m)
{
	unsigned n;

	(void)pthread_mutex_lock(&m->seams);
	n = m->applied;
	(void)pthread_mutex_unlock(&m->seams);
	return n;
}
