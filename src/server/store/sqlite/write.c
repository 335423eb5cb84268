/* SPDX-License-Identifier: Apache-2.0 */
/* Writing: one function for each kind of txn_op, and expiry. The store's writer thread. */
#include "server/store/sqlite/sqlite-private.h"

/* Owners looked at in one step of an expiry. */
enum { EXPIRE_OWNERS = 1000 };

int64_t sqlite_peer(const struct sqlite *b, struct str jid)
{
	return (int64_t)siphash(b->peer_key, jid);
}

enum err sqlite_begin(void *backend)
{
	struct sqlite *b = backend;
	enum err e = db_run(db_stmt(&b->db, STMT_BEGIN_WRITE));

	if (!e)
		settle_begin(&b->settle);
	return e;
}

enum err sqlite_commit(void *backend)
{
	struct sqlite *b = backend;
	enum err e = settle_prepare(&b->settle);

	if (!e)
		e = db_run(db_stmt(&b->db, STMT_COMMIT));
	if (e)
		return e;
	owners_commit(&b->owners);
	settle_commit(&b->settle);
	return OK;
}

void sqlite_rollback(void *backend)
{
	struct sqlite *b = backend;

	owners_rollback(&b->owners);
	settle_rollback(&b->settle);
	/* SQLite may have rolled back by itself: a full disk does that. */
	if (!sqlite3_get_autocommit(b->db.conn) && db_run(db_stmt(&b->db, STMT_ROLLBACK)))
		return; /* the next BEGIN fails, and says so */
}

static enum err put(struct sqlite *b, const struct txn_op *op)
{
	int64_t owner;
	enum err e = owners_make(&b->owners, &b->db, op->owner, &owner);
	sqlite3_stmt *q = db_stmt(&b->db, STMT_KEYVAL_PUT);

	if (e)
		return e;
	db_bind_int(q, 1, owner);
	db_bind_str(q, 2, op->space);
	db_bind_str(q, 3, op->key);
	db_bind_str(q, 4, op->value);
	return db_run(q);
}

static enum err delete_keyval(struct sqlite *b, const struct txn_op *op)
{
	bool is_one = str_is_set(op->key);
	sqlite3_stmt *q = db_stmt(&b->db, is_one ? STMT_KEYVAL_DROP : STMT_KEYVAL_DROP_SPACE);
	int64_t owner;
	enum err e = owners_find(&b->owners, &b->db, op->owner, &owner);

	if (e)
		return e == ERR_NOT_FOUND ? OK : e;
	db_bind_int(q, 1, owner);
	db_bind_str(q, 2, op->space);
	if (is_one)
		db_bind_str(q, 3, op->key);
	return db_run(q);
}

static enum err append(struct sqlite *b, const struct txn_op *op)
{
	struct settle_entry entries[ARCHIVE_ENTRIES_MAX];
	enum err e = OK;

	if (!op->entry_count)
		return OK;
	for (unsigned i = 0; i < op->entry_count && !e; i++) {
		const struct archive_entry *from = &op->entry[i];

		entries[i] = (struct settle_entry){ .seq = from->seq,
						    .peer = sqlite_peer(b, from->peer),
						    .dedup = (int64_t)from->dedup,
						    .flags = from->flags };
		e = owners_make(&b->owners, &b->db, from->owner, &entries[i].owner);
	}
	return e ? e
		 : settle_append(&b->settle, op->wall_time, op->value, entries, op->entry_count);
}

/* The young entries of op's owner from low to high go to the table, where they can be changed. */
static enum err settle_some(struct sqlite *b, const struct txn_op *op, int64_t low, int64_t high)
{
	int64_t owner;
	enum err e = owners_find(&b->owners, &b->db, op->owner, &owner);

	if (e)
		return e == ERR_NOT_FOUND ? OK : e;
	return settle_range(&b->settle, owner, low, high);
}

/* Statement id, its first parameter bound to the owner of op; NULL: an owner who has nothing, which
 * is no error, or *ret_err. */
static sqlite3_stmt *stmt_of_owner(struct sqlite *b, enum stmt id, const struct txn_op *op,
				   enum err *ret_err)
{
	int64_t owner;
	sqlite3_stmt *q;

	*ret_err = owners_find(&b->owners, &b->db, op->owner, &owner);
	if (*ret_err == ERR_NOT_FOUND) {
		*ret_err = OK;
		return NULL;
	}
	if (*ret_err)
		return NULL;
	q = db_stmt(&b->db, id);
	db_bind_int(q, 1, owner);
	return q;
}

static enum err uncount(struct sqlite *b, const struct txn_op *op)
{
	enum err e = settle_some(b, op, op->from, op->from);
	sqlite3_stmt *q = e ? NULL : stmt_of_owner(b, STMT_ENTRY_UNCOUNT, op, &e);

	if (!q)
		return e;
	db_bind_int(q, 2, op->from);
	db_bind_int(q, 3, ARCHIVE_TEXT | ARCHIVE_COUNTED);
	return db_run(q);
}

static enum err blank(struct sqlite *b, const struct txn_op *op)
{
	int64_t owner;
	sqlite3_stmt *q;
	enum err e = owners_find(&b->owners, &b->db, op->owner, &owner);

	if (e)
		return e == ERR_NOT_FOUND ? OK : e;
	e = settle_body(&b->settle, owner, op->from);
	if (e)
		return e;
	q = db_stmt(&b->db, STMT_BODY_BLANK);
	db_bind_int(q, 1, owner);
	db_bind_int(q, 2, op->from);
	db_bind_str(q, 3, op->value);
	db_bind_int(q, 4, ARCHIVE_BLANKED);
	e = db_run(q);
	return e ? e : uncount(b, op);
}

static enum err remove_entries(struct sqlite *b, const struct txn_op *op)
{
	bool is_of_hidden = op->flags == ARCHIVE_HIDDEN; /* which are never young */
	enum err e = is_of_hidden ? OK : settle_some(b, op, op->from, op->to);
	sqlite3_stmt *q = e ? NULL : stmt_of_owner(b, STMT_ENTRY_DROP, op, &e);

	if (!q)
		return e;
	db_bind_int(q, 2, op->from);
	db_bind_int(q, 3, op->to);
	db_bind_int(q, 4, op->flags);
	return db_run(q);
}

static enum err counted(struct sqlite *b, const struct txn_op *op)
{
	sqlite3_stmt *q = db_stmt(&b->db, STMT_SESSION_PUT);
	int64_t owner;
	enum err e = owners_make(&b->owners, &b->db, op->owner, &owner);

	if (e)
		return e;
	db_bind_int(q, 1, (int64_t)op->session);
	db_bind_int(q, 2, owner);
	db_bind_int(q, 3, op->h);
	db_bind_int(q, 4, wall_now());
	return db_run(q);
}

static enum err end_session(struct sqlite *b, const struct txn_op *op)
{
	sqlite3_stmt *q = db_stmt(&b->db, STMT_SESSION_DROP);

	db_bind_int(q, 1, (int64_t)op->session);
	return db_run(q);
}

static enum err run_by_jid(struct sqlite *b, enum stmt id, struct str jid)
{
	sqlite3_stmt *q = db_stmt(&b->db, id);

	db_bind_str(q, 1, jid);
	return db_run(q);
}

static enum err run_by_owner(struct sqlite *b, enum stmt id, int64_t owner)
{
	sqlite3_stmt *q = db_stmt(&b->db, id);

	db_bind_int(q, 1, owner);
	return db_run(q);
}

static enum err add_verifier(struct sqlite *b, const struct account *a, enum scram_kind kind)
{
	const struct account_verifier *v = &a->verifier[kind];
	sqlite3_stmt *q = db_stmt(&b->db, STMT_VERIFIER_ADD);

	if (v->iterations == 0)
		return OK;
	if (v->salt_len > sizeof(v->salt) || v->key_len > sizeof(v->stored_key))
		return ERR_INVALID;
	db_bind_str(q, 1, a->owner);
	db_bind_int(q, 2, kind);
	db_bind_int(q, 3, v->iterations);
	db_bind_str(q, 4, str_make((const char *)v->salt, v->salt_len));
	db_bind_str(q, 5, str_make((const char *)v->stored_key, v->key_len));
	db_bind_str(q, 6, str_make((const char *)v->server_key, v->key_len));
	return db_run(q);
}

static enum err put_account(struct sqlite *b, const struct txn_op *op)
{
	const struct account *a = op->account;
	bool is_new = op->kind == TXN_ACCOUNT_CREATE;
	sqlite3_stmt *q = db_stmt(&b->db, is_new ? STMT_ACCOUNT_ADD : STMT_ACCOUNT_PUT);
	enum err e;

	db_bind_str(q, 1, a->owner);
	db_bind_int(q, 2, a->wall_created);
	db_bind_int(q, 3, a->is_admin);
	db_bind_int(q, 4, a->is_disabled);
	e = db_run(q);
	if (!e)
		e = run_by_jid(b, STMT_VERIFIER_DROP, a->owner);
	for (unsigned kind = 0; kind < SCRAM_KINDS && !e; kind++)
		e = add_verifier(b, a, kind);
	return e;
}

static enum err delete_account(struct sqlite *b, const struct txn_op *op)
{
	static const enum stmt by_owner[] = { STMT_KEYVAL_DROP_OWNER, STMT_ENTRY_DROP_OWNER,
					      STMT_SESSION_DROP_OWNER };
	int64_t owner;
	enum err e = run_by_jid(b, STMT_ACCOUNT_DROP, op->owner);

	if (!e)
		e = run_by_jid(b, STMT_VERIFIER_DROP, op->owner);
	if (!e)
		e = owners_find(&b->owners, &b->db, op->owner, &owner);
	if (e)
		return e == ERR_NOT_FOUND ? OK : e;
	e = settle_range(&b->settle, owner, INT64_MIN, INT64_MAX);
	for (size_t i = 0; i < array_len(by_owner) && !e; i++)
		e = run_by_owner(b, by_owner[i], owner);
	return e ? e : owners_drop(&b->owners, &b->db, op->owner, owner);
}

enum err sqlite_apply(void *backend, const struct txn_op *op)
{
	switch (op->kind) {
	case TXN_PUT:
		return put(backend, op);
	case TXN_DELETE:
		return delete_keyval(backend, op);
	case TXN_APPEND:
		return append(backend, op);
	case TXN_BLANK:
		return blank(backend, op);
	case TXN_UNCOUNT:
		return uncount(backend, op);
	case TXN_REMOVE:
		return remove_entries(backend, op);
	case TXN_COUNTED:
		return counted(backend, op);
	case TXN_SESSION_END:
		return end_session(backend, op);
	case TXN_ACCOUNT_PUT:
	case TXN_ACCOUNT_CREATE:
		return put_account(backend, op);
	case TXN_ACCOUNT_DELETE:
		return delete_account(backend, op);
	}
	return ERR_UNSUPPORTED;
}

/* ---- expiry ---- */

/* Removes what is left of the step from one owner. *ret_is_done: the owner has nothing more. */
static enum err expire_owner(struct sqlite *b, int64_t owner, struct store_expiry *x,
			     bool *ret_is_done)
{
	sqlite3_stmt *q = db_stmt(&b->db, STMT_ENTRY_EXPIRE);
	int64_t left = (int64_t)x->max_rows - (int64_t)x->removed;
	int64_t removed;
	enum err e = settle_range(&b->settle, owner, INT64_MIN, x->wall_before - 1);

	if (e)
		return e;
	db_bind_int(q, 1, owner);
	db_bind_int(q, 2, x->wall_before);
	db_bind_int(q, 3, left);
	e = db_run(q);
	if (e)
		return e;
	removed = sqlite3_changes64(b->db.conn);
	x->removed += (uint64_t)removed;
	*ret_is_done = removed < left;
	return OK;
}

static enum err expire_one(struct sqlite *b, struct store_expiry *x)
{
	int64_t owner;
	enum err e = owners_find(&b->owners, &b->db, x->owner, &owner);

	if (e == ERR_NOT_FOUND)
		x->is_done = true;
	if (e)
		return e == ERR_NOT_FOUND ? OK : e;
	return expire_owner(b, owner, x, &x->is_done);
}

static enum err expire_all(struct sqlite *b, struct store_expiry *x)
{
	for (unsigned i = 0; i < EXPIRE_OWNERS; i++) {
		sqlite3_stmt *q = db_stmt(&b->db, STMT_OWNER_NEXT);
		bool is_done = false;
		int64_t owner;
		enum err e;

		db_bind_int(q, 1, x->cursor);
		e = db_run_int(q, &owner);
		if (e == ERR_NOT_FOUND) {
			x->is_done = true;
			return OK;
		}
		if (!e)
			e = expire_owner(b, owner, x, &is_done);
		if (e)
			return e;
		if (!is_done)
			return OK; /* the step is full */
		x->cursor = owner;
	}
	return OK;
}

enum err sqlite_expire(void *backend, struct store_expiry *x)
{
	struct sqlite *b = backend;
	enum err e = sqlite_begin(b);

	if (e)
		return e;
	e = str_is_set(x->owner) ? expire_one(b, x) : expire_all(b, x);
	if (!e)
		e = sqlite_commit(b);
	if (e) {
		x->removed = 0;
		sqlite_rollback(b);
	}
	return e;
}
