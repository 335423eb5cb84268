/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of conversations in memory, see inbox.h. */
#include "server/inbox/inbox.h"

#include "base/mem.h"

/* ---- loading ---- */

static void forget_changed(struct inbox *x)
{
	for (unsigned i = 0; i < x->changed_count; i++)
		mem_free((void *)(uintptr_t)x->changed[i].ptr);
	mem_free(x->changed);
	x->changed = NULL;
	x->changed_count = 0;
	x->is_all_changed = false;
}

void inbox_load(struct entity *e, const struct keyval_row *rows)
{
	struct inbox *x = e->conversations;

	if (!x) {
		x = mem_zalloc(1, sizeof(*x));
		list_init(&x->jobs);
		e->conversations = x;
	}
	x->pending = 0;
	for (; rows; rows = rows->next) {
		uint64_t number;

		if (!str_eq(rows->space, INBOX_LOG_SPACE))
			continue;
		number = inbox_log_number(rows->key);
		x->pending++;
		if (number > x->last_number)
			x->last_number = number;
	}
}

void inbox_unload(struct entity *e)
{
	struct inbox *x = e->conversations;

	if (!x || e->is_reloading) /* what was asked for is still to be answered */
		return;
	e->conversations = NULL;
	while (!list_is_empty(&x->jobs)) {
		struct inbox_job *job = list_entry(x->jobs.next, struct inbox_job, link);

		list_remove(&job->link);
		(void)bytes_unref(job->iq);
		mem_free(job);
	}
	forget_changed(x);
	mem_free(x);
}

/* ---- what has changed ---- */

bool inbox_is_watched(const struct entity *e)
{
	resource_each(r, &e->resources)
	{
		if (r->watches_inbox)
			return true;
	}
	return false;
}

static bool is_noted(const struct inbox *x, struct str conversation)
{
	for (unsigned i = 0; i < x->changed_count; i++) {
		if (str_eq(x->changed[i], conversation))
			return true;
	}
	return x->is_all_changed;
}

void inbox_note(struct inbox *x, struct str conversation)
{
	if (is_noted(x, conversation))
		return;
	if (x->changed_count == INBOX_CHANGED_MAX) {
		forget_changed(x);
		x->is_all_changed = true;
		return;
	}
	if (!x->changed)
		x->changed = mem_zalloc(INBOX_CHANGED_MAX, sizeof(*x->changed));
	x->changed[x->changed_count++] = str_make(str_dup(conversation), conversation.len);
}
