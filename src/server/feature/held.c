/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts that are quietly held, see held.h. What is routed for them is stopped in dispatch_route;
 * here is what goes another way. On the entity's loop. */
#include "server/feature/held.h"

#include "base/metric.h"
#include "server/model/held.h"
#include "server/route/adhoc.h"
#include "server/route/feature.h"
#include "server/route/held.h"
#include "server/route/held_release.h"

/* It is in the sender's archive, and with his other clients, as if it had gone out. */
static enum verdict on_message(struct dispatch *d)
{
	if (d->stanza.type == MESSAGE_ERROR || !held_keeps(d->entity, d->stanza.to))
		return PASS;
	metric_inc(METRIC_HELD);
	return DONE;
}

/* What a stranger's client would not answer either. */
static enum verdict on_iq(struct dispatch *d)
{
	if ((d->stanza.type != IQ_GET && d->stanza.type != IQ_SET) ||
	    !held_keeps(d->entity, d->stanza.to))
		return PASS;
	return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
}

static void on_load(struct entity *e, const struct keyval_row *rows)
{
	e->is_held = false;
	for (; rows; rows = rows->next)
		e->is_held |= str_eq(rows->space, HELD_SPACE);
}

static void on_removal(struct dispatch *d)
{
	if (d->entity->is_held)
		held_delete(dispatch_txn(d), d->home->domain, d->entity->jid.full);
}

/* ---- for administrators ---- */

static void on_list(void *arg, struct store_answer *answer)
{
	struct adhoc *x = arg;
	struct xml *field;

	if (answer->err && answer->err != ERR_NOT_FOUND) {
		adhoc_failed_err(x, answer->err);
		return;
	}
	if (!answer->rows) {
		adhoc_done(x, STR("No accounts are held."));
		return;
	}
	adhoc_form(x, x->command->name,
		   STR("These came by an invitation that is a trap. What they say to strangers "
		       "goes nowhere. Those that you choose are let go."));
	field = adhoc_required(x, STR("accountjids"), STR("list-multi"), STR("Accounts"));
	for (const struct keyval_row *row = answer->rows; row; row = row->next) {
		struct str account = arena_dup(x->arena, row->key);

		form_add_option(x->arena, field, account, account);
	}
	adhoc_ask(x);
}

static void ask(struct adhoc *x)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = x->home->domain,
					 .space = HELD_LIST_SPACE,
					 .max = FORM_FIELDS_MAX };

	store_read(x->home->store, &request, on_list, x);
}

static struct str check(struct adhoc *x)
{
	const struct str *values = NULL;
	size_t count = adhoc_values_of(x, STR("accountjids"), &values);

	return count && count <= FORM_FIELDS_MAX ? STR_NONE : STR("choose some of the accounts");
}

struct releasing {
	struct adhoc *x;
	const struct str *accounts;
	size_t count, next;
};

static void release_next(struct releasing *r);

static void on_released(void *arg, enum err err)
{
	struct releasing *r = arg;

	if (err && err != ERR_NOT_FOUND) /* another administrator was quicker */
		adhoc_failed_err(r->x, err);
	else
		release_next(r);
}

static void release_next(struct releasing *r)
{
	struct adhoc *x = r->x;
	struct jid jid;

	if (r->next == r->count) {
		adhoc_done(x, STR_NONE);
	} else if (jid_parse(x->arena, str_trim(r->accounts[r->next++]), &jid) ||
		   !str_eq(jid.domain, x->home->domain)) {
		adhoc_failed(x, STR("one of these is no account here"));
	} else {
		log_info(&x->entity->log, "administrator lets a held account go",
			 F_STR("account", jid_bare_str(jid)));
		held_release(x->home, jid_bare_str(jid), on_released, r);
	}
}

static void run(struct adhoc *x)
{
	struct releasing *r = arena_new(x->arena, struct releasing);

	r->x = x;
	r->count = adhoc_values_of(x, STR("accountjids"), &r->accounts);
	release_next(r);
}

static const struct adhoc_stage stage[] = { { ask, check } };

static const struct adhoc_command commands[] = {
	{ .node = STR_INIT("urn:parley:held:0#release"),
	  .name = STR_INIT("Held accounts"),
	  .who = ADHOC_ADMIN,
	  .form_type = STR_INIT("urn:parley:held:0"),
	  .stages = stage,
	  .stage_count = 1,
	  .run = run },
	{ .node = { .ptr = NULL } },
};

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_OUT, PHASE_DELIVER, on_message },
	{ STANZA_IQ, WAY_OUT, PHASE_GUARD, on_iq },
	{ .run = NULL },
};

static const struct str spaces[] = { STR_INIT("held"), { .ptr = NULL } };

const struct feature feature_held = {
	.name = "held",
	.spec = "XEP-0133 1.3.1",
	.test = "im/held.talk",
	.hooks = hooks,
	.commands = commands,
	.spaces = spaces,
	.on_load = on_load,
	.on_removal = on_removal,
};
