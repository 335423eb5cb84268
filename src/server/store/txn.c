/* SPDX-License-Identifier: Apache-2.0 */
/* Builds what one handled stanza changes, see txn.h. */
#include "server/store/txn.h"

#include "base/mem.h"

/* Bounds of a single txn are the caller's (a stanza, a vcard); this one only stops a runaway. */
enum { TXN_BYTES_MAX = 64 * 1024 * 1024 };

struct txn *txn_new(void)
{
	struct txn *t = mem_zalloc(1, sizeof(*t));

	arena_init(&t->arena, TXN_BYTES_MAX);
	t->last = &t->first;
	return t;
}

void txn_free(struct txn **txn)
{
	struct txn *t = *txn;

	*txn = NULL;
	if (!t)
		return;
	arena_done(&t->arena);
	mem_free(t);
}

static struct str keep(struct txn *t, struct str s)
{
	if (!str_is_set(s))
		return s;
	t->bytes += s.len;
	return arena_dup(&t->arena, s);
}

static struct txn_op *add(struct txn *t, enum txn_kind kind, struct str owner)
{
	struct txn_op *op = arena_new(&t->arena, struct txn_op);

	op->kind = kind;
	op->owner = keep(t, owner);
	t->bytes += sizeof(*op);
	*t->last = op;
	t->last = &op->next;
	return op;
}

void txn_put(struct txn *t, struct str owner, struct str space, struct str key, struct str value)
{
	struct txn_op *op = add(t, TXN_PUT, owner);

	op->space = keep(t, space);
	op->key = keep(t, key);
	op->value = keep(t, value);
}

void txn_delete(struct txn *t, struct str owner, struct str space, struct str key)
{
	struct txn_op *op = add(t, TXN_DELETE, owner);

	op->space = keep(t, space);
	op->key = keep(t, key);
}

static void add_entry(struct txn *t, struct txn_op *op, const struct archive_entry *entry)
{
	struct archive_entry *e = &op->entry[op->entry_count++];

	*e = *entry;
	e->owner = keep(t, entry->owner);
	e->peer = keep(t, entry->peer);
}

void txn_append(struct txn *t, usec_t wall_time, struct str stanza,
		const struct archive_entry *entries, unsigned count)
{
	struct txn_op *op;

	must(count <= ARCHIVE_ENTRIES_MAX);
	op = add(t, TXN_APPEND, STR_NONE);
	op->wall_time = wall_time;
	op->value = keep(t, stanza);
	for (unsigned i = 0; i < count; i++)
		add_entry(t, op, &entries[i]);
}

void txn_append_entry(struct txn *t, const struct archive_entry *entry)
{
	struct txn_op *op = t->first;

	while (op && op->kind != TXN_APPEND)
		op = op->next;
	must(op && op->entry_count < ARCHIVE_ENTRIES_MAX);
	add_entry(t, op, entry);
}

void txn_blank(struct txn *t, struct str owner, int64_t seq, struct str tombstone)
{
	struct txn_op *op = add(t, TXN_BLANK, owner);

	op->from = seq;
	op->value = keep(t, tombstone);
}

void txn_uncount(struct txn *t, struct str owner, int64_t seq)
{
	add(t, TXN_UNCOUNT, owner)->from = seq;
}

void txn_remove(struct txn *t, struct str owner, int64_t from, int64_t to)
{
	struct txn_op *op = add(t, TXN_REMOVE, owner);

	op->from = from;
	op->to = to;
}

void txn_remove_hidden(struct txn *t, struct str owner, int64_t from, int64_t to)
{
	struct txn_op *op = add(t, TXN_REMOVE, owner);

	op->from = from;
	op->to = to;
	op->flags = ARCHIVE_HIDDEN;
}

void txn_counted(struct txn *t, struct str owner, uint64_t session, uint32_t h)
{
	struct txn_op *op = add(t, TXN_COUNTED, owner);

	op->session = session;
	op->h = h;
}

void txn_session_end(struct txn *t, uint64_t session)
{
	struct txn_op *op = add(t, TXN_SESSION_END, STR_NONE);

	op->session = session;
}

void txn_account_put(struct txn *t, const struct account *account, bool is_new)
{
	struct txn_op *op = add(t, is_new ? TXN_ACCOUNT_CREATE : TXN_ACCOUNT_PUT, account->owner);

	struct account *copy = arena_new(&t->arena, struct account);

	*copy = *account;
	copy->owner = op->owner;
	op->account = copy;
}

void txn_account_delete(struct txn *t, struct str owner)
{
	(void)add(t, TXN_ACCOUNT_DELETE, owner);
}
