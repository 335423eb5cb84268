/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts out of pieces, see intake.h. */
#include "server/transfer/intake-private.h"

#include "base/mem.h"
#include "base/random.h"
#include "crypto/secret.h"
#include "server/model/account.h"

enum {
	TXN_OPS = 500,                       /* rows of a commit: others wait behind it */
	TXN_BYTES = 256 * 1024,              /* the same in bytes */
	PIECE_ARENA_MAX = 256 * 1024 * 1024, /* bytes, beside the tree of a piece */
	SCRATCH_MAX = 32 * 1024 * 1024,
};

/* ---- commits ---- */

struct txn *intake_txn(struct intake *x)
{
	if (!x->txn)
		x->txn = txn_new();
	x->ops++;
	return x->txn;
}

enum err intake_flush(struct intake *x, bool is_end)
{
	struct txn *t = x->txn;

	if (!t || (!is_end && x->ops < TXN_OPS && t->bytes < TXN_BYTES))
		return OK;
	x->txn = NULL;
	x->ops = 0;
	if (x->is_writing)
		return x->config.commit(x->config.owner, t);
	txn_free(&t);
	return OK;
}

/* ---- names ---- */

enum err intake_jid(struct intake *x, struct str text, bool is_bare, struct jid *ret_jid)
{
	struct jid jid;
	enum err err = text.len ? jid_parse(&x->arena, text, &jid) : ERR_INVALID;

	if (err)
		return err;
	if (str_eq(jid.domain, x->config.source) && !str_eq(jid.domain, x->config.domain))
		jid = jid_make(&x->arena, jid.node, x->config.domain, jid.resource);
	*ret_jid = is_bare ? jid_bare(jid) : jid;
	return OK;
}

/* ---- accounts ---- */

static enum err remember(struct intake *x, struct str owner)
{
	struct intake_account *a;

	if (map_get(&x->by_owner, owner))
		return report_refuse(x->report, "the account %.*s stands there twice",
				     STR_ARG(str_sub(owner, 0, 256)));
	if (x->count == INTAKE_ACCOUNTS_MAX)
		return report_refuse(x->report, "more than %d accounts", INTAKE_ACCOUNTS_MAX);
	if (x->count == x->room) {
		x->room = x->room ? 2 * x->room : 64;
		x->accounts = mem_grow(x->accounts, x->room * sizeof(struct intake_account *));
	}
	a = mem_zalloc(1, sizeof(*a) + owner.len + 1);
	memcpy(a->name, owner.ptr, owner.len);
	a->account.owner = str_make(a->name, owner.len);
	a->account.wall_created = x->wall_begun;
	x->accounts[x->count++] = a;
	(void)map_set(&x->by_owner, a->account.owner, a);
	x->now = a;
	return OK;
}

static enum err look(struct intake *x)
{
	struct intake_account *a = x->now;
	enum err err = x->config.look(x->config.owner, a->account.owner, &a->is_here);

	if (err) {
		(void)report_refuse(x->report, "%s", err_text(err)); /* err says more */
		return err;
	}
	if (!a->is_here || x->config.skips_existing)
		return OK;
	(void)report_refuse(x->report, "the account %.*s is here already (see --skip-existing)",
			    STR_ARG(str_sub(a->account.owner, 0, 256)));
	return ERR_EXISTS;
}

static enum err find_now(struct intake *x, struct str owner)
{
	x->number++;
	if (!x->is_writing) {
		enum err err = remember(x, owner);

		return err ? err : look(x);
	}
	x->now = map_get(&x->by_owner, owner);
	if (!x->now || x->number > x->count || x->accounts[x->number - 1] != x->now)
		return report_refuse(x->report, "it has changed while it was read");
	return OK;
}

static enum err begin(struct piece_sink *s, struct str name, struct str password)
{
	struct intake *x = container_of(s, struct intake, sink);
	struct str owner;
	enum err err;

	arena_init(&x->arena, PIECE_ARENA_MAX);
	x->report->counts[PIECE_ACCOUNT].found++;
	if (account_owner(&x->arena, name, x->config.domain, &owner))
		return report_refuse(x->report, "\"%.*s\" cannot be the name of an account",
				     STR_ARG(str_sub(name, 0, 128)));
	err = find_now(x, owner);
	if (err)
		return err;
	if (x->now->is_here) {
		report_leave_out(x->report, PIECE_ACCOUNT, "is here already");
		x->now = NULL;
		return OK;
	}
	x->owner = x->now->account.owner;
	x->roster = roster_new();
	x->private = private_index_new();
	x->blocked = blocklist_new();
	x->pep = pep_new(PEP_PEOPLE_MAX);
	x->requests = 0;
	x->has_password = x->has_vcard = x->has_settings = x->has_hidden = false;
	x->last_archived = x->last_offline = 0;
	if (password.ptr)
		intake_password(x, password);
	return OK;
}

static void take_known(struct intake *x, struct piece *p)
{
	/* The tree is the reader's, and nobody's afterwards. */
	struct xml *el = (struct xml *)(uintptr_t)p->el;

	switch (p->kind) {
	case PIECE_SCRAM:
		intake_scram(x, el);
		return;
	case PIECE_SETTINGS:
		intake_settings(x, el);
		return;
	case PIECE_CONTACT:
		intake_contact(x, el);
		return;
	case PIECE_REQUEST:
		intake_request(x, el);
		return;
	case PIECE_VCARD:
		intake_vcard(x, el);
		return;
	case PIECE_PRIVATE:
		intake_private(x, el);
		return;
	case PIECE_BLOCKED:
		intake_blocked(x, el);
		return;
	case PIECE_PRIVACY:
		intake_privacy(x, el);
		return;
	case PIECE_NODE:
		intake_node(x, el);
		return;
	case PIECE_ITEM:
		intake_item(x, p->node, el);
		return;
	case PIECE_PREFS:
		intake_prefs(x, el);
		return;
	case PIECE_OFFLINE:
		intake_offline(x, el);
		return;
	case PIECE_ARCHIVED:
		intake_archived(x, el);
		return;
	default:
		report_leave_out(x->report, p->kind, "not kept by this server");
		return;
	}
}

static enum err take(struct piece_sink *s, struct piece *p)
{
	struct intake *x = container_of(s, struct intake, sink);

	if (!x->now)
		return OK;
	arena_done(&x->arena);
	arena_init(&x->arena, PIECE_ARENA_MAX);
	x->report->counts[p->kind].found++;
	take_known(x, p);
	return intake_flush(x, false);
}

static void forget_now(struct intake *x)
{
	roster_free(&x->roster);
	private_index_free(&x->private);
	blocklist_free(&x->blocked);
	pep_free(&x->pep);
	intake_avatar_forget(x);
	arena_done(&x->arena);
	x->now = NULL;
}

static enum err end(struct piece_sink *s)
{
	struct intake *x = container_of(s, struct intake, sink);
	bool has_password = x->has_password;

	if (!x->now) {
		arena_done(&x->arena);
		return OK;
	}
	for (size_t i = 0; i < SCRAM_KINDS; i++)
		has_password |= x->now->account.verifier[i].iterations > 0;
	if (!has_password)
		report_leave_out(x->report, PIECE_SCRAM,
				 "without a usable password: needs parleyctl user passwd");
	intake_put_roster(x);
	intake_avatar_end(x);
	intake_put_pep(x);
	forget_now(x);
	x->report->counts[PIECE_ACCOUNT].taken++;
	return intake_flush(x, false);
}

enum err intake_finish(struct intake *x)
{
	return intake_flush(x, true);
}

/* ---- life ---- */

struct intake *intake_new(const struct intake_config *config, struct report *report)
{
	struct intake *x = mem_zalloc(1, sizeof(*x));

	x->config = *config;
	x->report = report;
	x->sink = (struct piece_sink){ .report = report, .begin = begin, .take = take, .end = end };
	x->wall_begun = wall_now();
	x->scratch = SBUF(SCRATCH_MAX);
	random_fill(&x->hash_key, sizeof(x->hash_key));
	map_init(&x->by_owner);
	return x;
}

void intake_free(struct intake **intake)
{
	struct intake *x = *intake;

	*intake = NULL;
	if (!x)
		return;
	forget_now(x);
	txn_free(&x->txn);
	for (size_t i = 0; i < x->count; i++) {
		secret_wipe(&x->accounts[i]->account, sizeof(x->accounts[i]->account));
		mem_free(x->accounts[i]);
	}
	mem_free(x->accounts);
	map_done(&x->by_owner);
	sbuf_done(&x->scratch);
	mem_free(x);
}

struct piece_sink *intake_sink(struct intake *x)
{
	return &x->sink;
}

void intake_begin_writing(struct intake *x)
{
	txn_free(&x->txn);
	x->ops = 0;
	x->number = 0;
	x->is_writing = true;
	report_restart(x->report);
	memset(x->archived, 0, sizeof(x->archived));
	memset(x->offline, 0, sizeof(x->offline));
}

struct intake_account *const *intake_accounts(const struct intake *x, size_t *ret_count)
{
	*ret_count = x->count;
	return x->accounts;
}
