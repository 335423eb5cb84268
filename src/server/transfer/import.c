/* SPDX-License-Identifier: Apache-2.0 */
/* All or nothing, see import.h. */
#include "server/transfer/import.h"

#include "base/log.h"
#include "server/transfer/ejabberd.h"
#include "server/transfer/ejabberd_sql.h"
#include "server/transfer/pie_read.h"
#include "server/transfer/prosody.h"
#include "server/transfer/prosody_sql.h"
#include "server/transfer/sql_file.h"

enum { ROWS_OF_COMMIT = 500 };

struct import {
	struct errand *errand;
	const struct transfer_job *job;
	struct str domain;
	struct report *report;
	struct intake *intake;
	size_t reserved; /* accounts of the intake whose names are ours */
};

/* ---- what the intake asks ---- */

static enum err commit(void *owner, struct txn *take_txn)
{
	struct import *i = owner;

	return errand_commit(i->errand, take_txn);
}

static enum err look(void *owner, struct str jid, bool *ret_exists)
{
	struct import *i = owner;
	struct store_request request = { .kind = READ_ACCOUNT, .owner = jid };
	struct store_answer answer;
	enum err err = errand_read(i->errand, &request, &answer);

	arena_wipe(&answer.arena);
	*ret_exists = !err;
	return err == ERR_NOT_FOUND ? OK : err;
}

/* ---- the source ---- */

static enum err read_source(struct import *i)
{
	struct str source = i->job->domain.len ? i->job->domain : i->domain;
	struct pie_options options = { .path = i->job->path.ptr,
				       .domain = source,
				       .skips_hosts = i->job->domain.len > 0 };

	struct piece_sink *sink = intake_sink(i->intake);
	const char *path = i->job->path.ptr;
	bool is_sql = sql_file_is(path);

	if (i->job->kind == TRANSFER_PROSODY)
		return is_sql ? prosody_sql_read(path, source, sink)
			      : prosody_read(path, source, sink);
	if (i->job->kind == TRANSFER_EJABBERD)
		return is_sql ? ejabberd_sql_read(path, source, sink)
			      : ejabberd_read(path, source, sink);
	return pie_read(&options, sink);
}

/* ---- names ---- */

static enum err put_marks(struct import *i, struct intake_account *const *accounts, size_t count)
{
	struct txn *t = NULL;
	enum err err = OK;

	for (size_t n = 0; n < count && !err; n++) {
		if (accounts[n]->is_here)
			continue;
		t = t ? t : txn_new();
		txn_put(t, i->domain, IMPORT_SPACE, accounts[n]->account.owner, STR("1"));
		if (n % ROWS_OF_COMMIT == ROWS_OF_COMMIT - 1) {
			err = errand_commit(i->errand, t);
			t = NULL;
		}
	}
	if (t && !err)
		return errand_commit(i->errand, t);
	txn_free(&t);
	return err;
}

static enum err reserve(struct import *i)
{
	size_t count;
	struct intake_account *const *accounts = intake_accounts(i->intake, &count);

	while (i->reserved < count) {
		const struct intake_account *a = accounts[i->reserved];
		enum err err = a->is_here ? OK : errand_reserve(i->errand, a->account.owner);

		if (err == ERR_EXISTS)
			(void)report_refuse(i->report, "the account %.*s was made meanwhile",
					    STR_ARG(str_sub(a->account.owner, 0, 256)));
		if (err)
			return err;
		i->reserved++;
	}
	return put_marks(i, accounts, count);
}

static void release(struct import *i)
{
	size_t count;
	struct intake_account *const *accounts = intake_accounts(i->intake, &count);

	for (size_t n = 0; n < i->reserved; n++) {
		if (!accounts[n]->is_here)
			errand_release(i->errand, accounts[n]->account.owner);
	}
}

/* ---- the end: good or bad ---- */

static enum err create_accounts(struct import *i)
{
	size_t count;
	struct intake_account *const *accounts = intake_accounts(i->intake, &count);
	struct txn *t = txn_new();

	for (size_t n = 0; n < count; n++) {
		if (!accounts[n]->is_here)
			txn_account_put(t, &accounts[n]->account, true);
	}
	txn_delete(t, i->domain, IMPORT_SPACE, STR_NONE);
	return errand_commit(i->errand, t);
}

/* Deletes what was written for one name. */
static enum err undo_one(struct errand *e, struct str domain, struct str owner)
{
	struct txn *t = txn_new();

	txn_account_delete(t, owner);
	txn_delete(t, domain, IMPORT_SPACE, owner);
	return errand_commit(e, t);
}

static enum err undo(struct import *i)
{
	size_t count;
	struct intake_account *const *accounts = intake_accounts(i->intake, &count);
	enum err err = OK;

	for (size_t n = 0; n < i->reserved && !err; n++) {
		if (!accounts[n]->is_here)
			err = undo_one(i->errand, i->domain, accounts[n]->account.owner);
	}
	if (err)
		log_error(NULL, "a broken import could not be removed: it is at the next start",
			  F_ERR(err));
	return err;
}

static enum err write_all(struct import *i)
{
	enum err err = reserve(i);

	if (err) {
		/* No mark without its name: what was reserved may have one. */
		if (undo(i) == OK)
			release(i);
		return err;
	}
	intake_begin_writing(i->intake);
	err = read_source(i);
	if (!err)
		err = intake_finish(i->intake);
	if (!err)
		err = create_accounts(i);
	if (err && undo(i))
		return err; /* the names stay reserved: nobody finds what is left */
	release(i);
	return err;
}

enum err import_run(struct errand *e, const struct transfer_job *job, struct str domain,
		    struct report *report)
{
	struct import i = { .errand = e, .job = job, .domain = domain, .report = report };
	struct intake_config config = { .domain = domain,
					.source = job->domain.len ? job->domain : domain,
					.limits = job->limits,
					.skips_existing = job->skips_existing,
					.commit = commit,
					.look = look,
					.owner = &i };
	enum err err;

	i.intake = intake_new(&config, report);
	err = read_source(&i);
	if (!err && !job->is_dry)
		err = write_all(&i);
	intake_free(&i.intake);
	return err;
}

/* ---- after a crash ---- */

/* A name with an account has found its owner since: the sweep of an earlier start failed. */
static enum err sweep_one(struct errand *e, struct str domain, struct str owner)
{
	struct import i = { .errand = e };
	struct txn *t;
	bool exists;
	enum err err = look(&i, owner, &exists);

	if (err || !exists)
		return err ? err : undo_one(e, domain, owner);
	t = txn_new();
	txn_delete(t, domain, IMPORT_SPACE, owner);
	return errand_commit(e, t);
}

enum err import_sweep(struct errand *e, struct str domain)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = domain,
					 .space = IMPORT_SPACE };
	struct store_answer answer;
	enum err err = errand_read(e, &request, &answer);
	uint64_t swept = 0;

	for (const struct keyval_row *row = answer.rows; row && !err; row = row->next) {
		err = sweep_one(e, domain, row->key);
		swept += !err;
	}
	arena_done(&answer.arena);
	if (swept)
		log_warn(NULL, "an import that was interrupted has been removed",
			 F_INT("accounts", (int64_t)swept));
	return err;
}
