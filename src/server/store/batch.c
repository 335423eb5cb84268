/* SPDX-License-Identifier: Apache-2.0 */
/* Group commit, see batch.h. The store's writer thread. */
#include "server/store/batch.h"

#include "base/mem.h"
#include "base/metric.h"

/* The last op on a session, by session: which of the counters of a batch is to be written. */
struct last_op {
	uint64_t session;
	const struct txn_op *op; /* NULL: free */
};

struct batch {
	const struct store_backend *vt;
	void *backend;
	struct last_op *last; /* open addressing; NULL: at most one op on a session */
	size_t mask;
};

static bool is_of_session(const struct txn_op *op)
{
	return op->kind == TXN_COUNTED || op->kind == TXN_SESSION_END;
}

static struct last_op *last_of(const struct batch *b, uint64_t session)
{
	/* Session numbers are random and ours: any mixing will do. */
	size_t at = (size_t)((session * 0x9e3779b97f4a7c15u) >> 20) & b->mask;

	while (b->last[at].op && b->last[at].session != session)
		at = (at + 1) & b->mask;
	return &b->last[at];
}

static void find_last_ops(struct batch *b, struct txn **txns, unsigned count)
{
	size_t ops = 0, cap = 4;

	for (unsigned i = 0; i < count; i++) {
		for (const struct txn_op *op = txns[i]->first; op; op = op->next)
			ops += is_of_session(op);
	}
	b->last = NULL;
	if (ops < 2)
		return;
	while (cap < 2 * ops)
		cap *= 2;
	b->last = mem_zalloc(cap, sizeof(*b->last));
	b->mask = cap - 1;
	for (unsigned i = 0; i < count; i++) {
		for (const struct txn_op *op = txns[i]->first; op; op = op->next) {
			if (is_of_session(op))
				*last_of(b, op->session) =
					(struct last_op){ .session = op->session, .op = op };
		}
	}
}

static bool is_superseded(const struct batch *b, const struct txn_op *op)
{
	return op->kind == TXN_COUNTED && b->last && last_of(b, op->session)->op != op;
}

static enum err apply_txn(const struct batch *b, const struct txn *t)
{
	for (const struct txn_op *op = t->first; op; op = op->next) {
		enum err e = is_superseded(b, op) ? OK : b->vt->apply(b->backend, op);

		if (e)
			return e;
	}
	return OK;
}

/* One commit of count txns. *ret_applied: how many could be applied; count when begin or commit is
 * what failed. */
static enum err attempt(struct batch *b, struct txn **txns, unsigned count, unsigned *ret_applied)
{
	enum err e = b->vt->begin(b->backend);

	*ret_applied = count;
	if (e)
		return e;
	find_last_ops(b, txns, count);
	for (unsigned i = 0; i < count && !e; i++) {
		e = apply_txn(b, txns[i]);
		if (e)
			*ret_applied = i;
	}
	mem_free(b->last);
	if (!e)
		e = b->vt->commit(b->backend);
	if (e)
		b->vt->rollback(b->backend);
	return e;
}

static void conclude(struct txn **txns, unsigned count, enum err e)
{
	int64_t ops = 0;

	for (unsigned i = 0; i < count; i++) {
		txns[i]->err = e;
		for (const struct txn_op *op = txns[i]->first; op; op = op->next)
			ops++;
	}
	if (!e)
		metric_inc(METRIC_COMMITS);
	metric_add(e ? METRIC_COMMIT_FAILED : METRIC_COMMIT_ROWS, ops);
}

/* Commits as much of the front of txns as one commit can take, at least one txn. Gives how many are
 * settled. */
static unsigned run_front(struct batch *b, struct txn **txns, unsigned count)
{
	for (;;) {
		unsigned applied;
		enum err e = attempt(b, txns, count, &applied);

		if (e && applied == 0)
			count = 1; /* the guilty one stands in front by now */
		if (!e || applied == 0 || applied == count) {
			conclude(txns, count, e);
			return count;
		}
		count = applied;
	}
}

void batch_run(const struct store_backend *vt, void *backend, struct txn **txns, unsigned count)
{
	struct batch b = { .vt = vt, .backend = backend };
	struct txn **live = mem_alloc((count + 1) * sizeof(struct txn *));
	unsigned n = 0, at = 0;

	for (unsigned i = 0; i < count; i++) {
		/* An empty txn only waits for its turn. */
		if (!txns[i]->err && !txn_is_empty(txns[i]))
			live[n++] = txns[i];
	}
	while (at < n) {
		usec_t began = clock_now();

		at += run_front(&b, live + at, n - at);
		metric_observe(METRIC_COMMIT_TIME, clock_now() - began);
	}
	mem_free(live);
}
