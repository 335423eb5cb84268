/* SPDX-License-Identifier: Apache-2.0 */
/* The table of young entries, see young_table.h: a virtual table of SQLite. */
#include "server/store/sqlite/young_table.h"

#include "base/mem.h"

enum { FETCHED = 64 }; /* entries copied under one lock */

enum column { AT_OWNER, AT_SEQ, AT_BODY, AT_PEER, AT_FLAGS, AT_DEDUP };

/* What a plan has bound, in the order of its arguments: bits of idxNum. */
enum plan {
	PLAN_DOWN = 1,
	PLAN_PEER = 2,
	PLAN_SEQ = 4,
	PLAN_FROM = 8, /* seq >= */
	PLAN_TO = 16,  /* seq <= */
};

struct source {
	struct young *young;
	const struct young_view *view;
};

struct table {
	sqlite3_vtab base;
	struct source source;
};

struct cursor {
	sqlite3_vtab_cursor base;
	struct young_range range; /* what is left behind the entries at hand */
	unsigned at, count;
	struct young_entry entries[FETCHED];
};

static struct cursor *of(sqlite3_vtab_cursor *c)
{
	return (struct cursor *)(void *)c;
}

static int connect_table(sqlite3 *conn, void *aux, int argc, const char *const *argv,
			 sqlite3_vtab **ret_table, char **ret_why)
{
	struct table *t;
	int rc = sqlite3_declare_vtab(conn, "CREATE TABLE young (owner INTEGER, seq INTEGER, "
					    "body INTEGER, peer INTEGER, flags INTEGER, "
					    "dedup INTEGER)");

	(void)argc;
	(void)argv;
	(void)ret_why;
	if (rc)
		return rc;
	t = mem_zalloc(1, sizeof(*t));
	t->source = *(const struct source *)aux;
	*ret_table = &t->base;
	return SQLITE_OK;
}

static int disconnect_table(sqlite3_vtab *table)
{
	mem_free(table);
	return SQLITE_OK;
}

/* The bit of a constraint that xFilter can use; 0: none. */
static int plan_of(const struct sqlite3_index_constraint *c)
{
	if (!c->usable)
		return 0;
	if (c->iColumn == AT_PEER)
		return c->op == SQLITE_INDEX_CONSTRAINT_EQ ? PLAN_PEER : 0;
	if (c->iColumn != AT_SEQ)
		return 0;
	switch (c->op) {
	case SQLITE_INDEX_CONSTRAINT_EQ:
		return PLAN_SEQ;
	case SQLITE_INDEX_CONSTRAINT_GE:
		return PLAN_FROM;
	case SQLITE_INDEX_CONSTRAINT_LE:
		return PLAN_TO;
	default:
		return 0;
	}
}

static bool is_owner(const struct sqlite3_index_constraint *c)
{
	return c->usable && c->iColumn == AT_OWNER && c->op == SQLITE_INDEX_CONSTRAINT_EQ;
}

/* The owner is the first argument, the others follow in the order of their bits. */
static int best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
	int next = 1;
	bool has_owner = false;

	(void)table;
	info->idxNum = 0;
	for (int i = 0; i < info->nConstraint && !has_owner; i++) {
		if (!is_owner(&info->aConstraint[i]))
			continue;
		has_owner = true;
		info->aConstraintUsage[i].argvIndex = next++;
		info->aConstraintUsage[i].omit = 1;
	}
	if (!has_owner)
		return SQLITE_CONSTRAINT;
	for (int bit = PLAN_PEER; bit <= PLAN_TO; bit *= 2) {
		for (int i = 0; i < info->nConstraint && !(info->idxNum & bit); i++) {
			if (plan_of(&info->aConstraint[i]) != bit)
				continue;
			info->idxNum |= bit;
			info->aConstraintUsage[i].argvIndex = next++;
			info->aConstraintUsage[i].omit = 1;
		}
	}
	if (info->nOrderBy == 1 && info->aOrderBy[0].iColumn == AT_SEQ) {
		info->orderByConsumed = 1;
		info->idxNum |= info->aOrderBy[0].desc ? PLAN_DOWN : 0;
	}
	info->estimatedCost = info->idxNum & PLAN_SEQ ? 1 : 20;
	info->estimatedRows = info->idxNum & PLAN_SEQ ? 1 : 50;
	return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **ret_cursor)
{
	struct cursor *c = mem_alloc(sizeof(*c));

	(void)table;
	c->base = (sqlite3_vtab_cursor){ .pVtab = NULL };
	c->range = (struct young_range){ .low = 1 };
	c->at = c->count = 0;
	*ret_cursor = &c->base;
	return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *cursor)
{
	mem_free(of(cursor));
	return SQLITE_OK;
}

static void fetch(struct cursor *c)
{
	const struct source *s = &((const struct table *)(const void *)c->base.pVtab)->source;
	struct young_range *r = &c->range;

	c->at = 0;
	c->count = 0;
	if (r->low > r->high)
		return;
	c->count = young_fetch(s->young, s->view, r, c->entries, FETCHED);
	if (c->count < FETCHED)
		r->high = r->low - 1; /* that was all */
	else if (r->is_down)
		r->high = c->entries[c->count - 1].seq - 1;
	else
		r->low = c->entries[c->count - 1].seq + 1;
}

static void narrow(struct young_range *r, int bit, int64_t n)
{
	if (bit == PLAN_PEER) {
		r->has_peer = true;
		r->peer = n;
		return;
	}
	if (bit != PLAN_TO && n > r->low)
		r->low = n;
	if (bit != PLAN_FROM && n < r->high)
		r->high = n;
}

/* A NULL is equal to nothing. Seqs are times: the ends of their type are not among them. */
static int filter(sqlite3_vtab_cursor *cursor, int plan, const char *name, int argc,
		  sqlite3_value **argv)
{
	struct cursor *c = of(cursor);
	struct young_range *r = &c->range;
	bool has_null = false;
	int next = 1;

	(void)name;
	for (int i = 0; i < argc; i++)
		has_null |= sqlite3_value_type(argv[i]) != SQLITE_INTEGER;
	*r = (struct young_range){ .owner = sqlite3_value_int64(argv[0]),
				   .low = INT64_MIN + 1,
				   .high = INT64_MAX,
				   .is_down = plan & PLAN_DOWN };
	for (int bit = PLAN_PEER; bit <= PLAN_TO; bit *= 2) {
		if (plan & bit)
			narrow(r, bit, sqlite3_value_int64(argv[next++]));
	}
	if (has_null)
		r->high = r->low - 1;
	fetch(c);
	return SQLITE_OK;
}

static int step(sqlite3_vtab_cursor *cursor)
{
	struct cursor *c = of(cursor);

	if (++c->at == c->count)
		fetch(c);
	return SQLITE_OK;
}

static int is_at_end(sqlite3_vtab_cursor *cursor)
{
	return of(cursor)->at >= of(cursor)->count;
}

static int give_column(sqlite3_vtab_cursor *cursor, sqlite3_context *ctx, int column)
{
	const struct cursor *c = of(cursor);
	const struct young_entry *e = &c->entries[c->at];
	const int64_t values[] = {
		[AT_OWNER] = c->range.owner, [AT_SEQ] = e->seq,     [AT_BODY] = e->body,
		[AT_PEER] = e->peer,         [AT_FLAGS] = e->flags, [AT_DEDUP] = e->dedup
	};

	sqlite3_result_int64(ctx, values[column]);
	return SQLITE_OK;
}

/* Of no use here, but it must be there. */
static int give_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *ret_id)
{
	*ret_id = of(cursor)->entries[of(cursor)->at].seq;
	return SQLITE_OK;
}

static const sqlite3_module module = {
	.xConnect = connect_table, /* without xCreate it is there by its name alone */
	.xBestIndex = best_index,
	.xDisconnect = disconnect_table,
	.xOpen = open_cursor,
	.xClose = close_cursor,
	.xFilter = filter,
	.xNext = step,
	.xEof = is_at_end,
	.xColumn = give_column,
	.xRowid = give_rowid,
};

enum err young_table_add(struct db *d, struct young *y, const struct young_view *v)
{
	struct source *s = mem_alloc(sizeof(*s));

	*s = (struct source){ .young = y, .view = v };
	return db_err(sqlite3_create_module_v2(d->conn, "young", &module, s, mem_free));
}
