/* SPDX-License-Identifier: Apache-2.0 */
/* Exports and imports, one at a time, see transfer.h. */
#include "server/transfer/transfer.h"

#include "base/log.h"
#include "base/mem.h"
#include "server/transfer/import.h"
#include "server/transfer/pie_write.h"

enum { JOB_ARENA_MAX = 64 * 1024 };

static const usec_t SWEEP_USEC = 30 * USEC_PER_MIN;

struct transfer {
	struct transfer_config config;
	struct errand errand;
	bool is_running, is_sweep;
	struct transfer_job job; /* its strings in arena */
	struct arena arena;
	struct report report;
	enum err err;
	struct letter sweep_letter;
	bool is_swept;
};

static void run(struct errand *e)
{
	struct transfer *t = container_of(e, struct transfer, errand);

	if (t->is_sweep)
		t->err = import_sweep(e, t->config.domain);
	else if (t->job.kind == TRANSFER_EXPORT)
		t->err = pie_write(e, t->job.path, t->config.domain, t->job.owner, &t->report);
	else
		t->err = import_run(e, &t->job, t->config.domain, &t->report);
}

static void on_done(struct errand *e)
{
	struct transfer *t = container_of(e, struct transfer, errand);

	t->is_running = false;
	if (t->is_sweep) {
		t->is_swept = true;
		return;
	}
	t->job.fn(t->job.arg, t->err, &t->report);
	if (!t->is_running)
		arena_done(&t->arena);
}

static enum err start(struct transfer *t, bool is_sweep)
{
	enum err err;

	t->errand = (struct errand){ .loop = t->config.loop,
				     .store = t->config.store,
				     .accounts = t->config.accounts,
				     .run = run,
				     .done = on_done };
	t->is_sweep = is_sweep;
	report_restart(&t->report);
	err = errand_start(&t->errand);
	t->is_running = !err;
	return err;
}

struct transfer *transfer_new(const struct transfer_config *config)
{
	struct transfer *t = mem_zalloc(1, sizeof(*t));

	t->config = *config;
	arena_init(&t->arena, JOB_ARENA_MAX);
	return t;
}

void transfer_free(struct transfer **transfer)
{
	struct transfer *t = *transfer;

	*transfer = NULL;
	if (!t)
		return;
	if (t->is_running) {
		/* Letters of it may lie in the loop, answers be under way: it stays. */
		errand_cancel(&t->errand);
		return;
	}
	arena_done(&t->arena);
	mem_free(t);
}

static void begin_sweep(struct letter *l)
{
	struct transfer *t = container_of(l, struct transfer, sweep_letter);

	t->err = start(t, true);
	t->is_swept = t->err != OK;
}

void transfer_sweep(struct transfer *t)
{
	must(!t->is_running);
	t->is_swept = false;
	t->sweep_letter.fn = begin_sweep;
	loop_post(t->config.loop, &t->sweep_letter);
	loop_run_until(t->config.loop, &t->is_swept, SWEEP_USEC);
	must(t->is_swept);
	if (t->err)
		log_error(NULL, "what an interrupted import left could not be removed",
			  F_ERR(t->err));
}

enum err transfer_start(struct transfer *t, const struct transfer_job *job)
{
	if (t->is_running)
		return ERR_BUSY;
	arena_done(&t->arena);
	arena_init(&t->arena, JOB_ARENA_MAX);
	t->job = *job;
	t->job.path = arena_dup(&t->arena, job->path);
	t->job.owner = job->owner.len ? arena_dup(&t->arena, job->owner) : STR_NONE;
	t->job.domain = job->domain.len ? arena_dup(&t->arena, job->domain) : STR_NONE;
	return start(t, false);
}
