/* SPDX-License-Identifier: Apache-2.0 */
/* Notifications on their way to an app server, and what it answers (XEP-0357 7). */
#include "server/push/push-private.h"

#include "base/metric.h"
#include "server/route/router.h"
#include "xmpp/ns.h"

/* How often a row is written that only says once more that all is well. */
#define SAVE_USEC USEC_PER_MIN

/* ---- out ---- */

static struct push_summary summary_of(const struct push_line *line, const struct push_event *e)
{
	const struct conf *conf = line->push->entity->home->conf;
	struct push_summary s = { .messages = line->unseen,
				  .requests = line->requests,
				  .is_urgent = e->kind == PUSH_CALL || e->is_readable };

	if (conf_bool(conf, "push.include_sender"))
		s.sender = e->sender;
	if (s.is_urgent)
		s.body = conf_bool(conf, "push.include_body") && e->body.len
				 ? e->body
				 : conf_str(conf, "push.text");
	return s;
}

static const struct str id_prefix = STR_INIT("push-");

struct str push_id_token(struct str id)
{
	struct push_line *line = NULL;
	size_t len = sizeof(line->token) - 1;

	if (!str_starts(id, id_prefix) || id.len <= id_prefix.len + len ||
	    id.ptr[id_prefix.len + len] != '-')
		return STR_NONE;
	return str_sub(id, id_prefix.len, len);
}

static void publish(struct dispatch *d, void *arg)
{
	struct push_line *line = arg;
	struct push_target *t = line->target;
	struct push_summary summary = summary_of(line, &line->sent->event);
	struct push_address address = {
		.from = d->entity->jid.full,
		.to = t->jid,
		.node = t->node,
		.form = t->form,
		.has_priority = t->has_priority,
		.id = arena_printf(d->arena, "%.*s%s-%u", STR_ARG(id_prefix), line->token,
				   ++line->number),
	};

	if (t->room.len) {
		address.from = t->room;
		push_room_publish(line, push_publish_new(d->arena, &address, &summary));
	} else {
		dispatch_route(d, push_publish_new(d->arena, &address, &summary));
	}
}

/* One notification tells of all that waited: the newest of it, and the most urgent. */
static struct push_due *choose(struct push_due **due, size_t count)
{
	struct push_due *best = NULL;

	for (size_t i = 0; i < count; i++) {
		struct push_due *x = due[i];
		bool is_better = !best || x->event.kind == PUSH_CALL ||
				 (best->event.kind != PUSH_CALL &&
				  x->event.is_readable >= best->event.is_readable);

		if (is_better) {
			push_due_free(&best);
			best = x;
		} else {
			push_due_free(&x);
		}
	}
	return best;
}

/* To an app server. */
static void send_one(struct push_line *line, struct push_due *x)
{
	struct entity *e = line->push->entity;

	push_due_free(&line->sent);
	line->sent = x;
	push_line_arm(line);
	loop_timer(e->home->loop, &line->patience, PUSH_ANSWER_USEC);
	router_act(e, publish, line);
}

void push_line_send(struct push_line *line)
{
	struct entity *e = line->push->entity;
	struct push_due *due[PUSH_DUE_MAX];
	size_t count = push_line_take(line, due);

	if (!count) {
		push_line_arm(line);
		return;
	}
	entity_pin(e);
	line->not_before = clock_now() + conf_duration(e->home->conf, "push.interval");
	line->target->wall_pushed = wall_now();
	line->has_failed = false;
	if (line->target->web.endpoint.len) {
		metric_add(METRIC_PUSH_SENT, (int64_t)count);
		push_web_send(line, due, count);
	} else {
		metric_inc(METRIC_PUSH_SENT);
		send_one(line, choose(due, count));
	}
	entity_unpin(e);
}

/* ---- answers ---- */

static void fail(struct push_line *line, struct push_outcome *o)
{
	struct push_target *t = line->target;
	usec_t first = conf_duration(line->push->entity->home->conf, "push.retry");
	usec_t wait;

	t->failures += !line->has_failed;
	line->has_failed = true;
	if (o->is_final || t->failures >= PUSH_FAILURES_MAX) {
		t->is_disabled = true;
		push_line_drop(line);
		push_due_free(&o->again);
		log_info(&line->push->entity->log, "push disabled", F_STR("service", t->jid),
			 F_STR("why", str_from(t->answer)));
		return;
	}
	wait = push_backoff(t->failures, first);
	line->not_before = clock_now() + (wait > o->retry_after ? wait : o->retry_after);
	if (o->again)
		push_line_again(line, o->again);
}

/* Written when something has changed, else now and then. */
static bool is_worth_saving(const struct push_line *line, bool has_changed)
{
	return has_changed || wall_now() - line->wall_saved >= SAVE_USEC;
}

void push_line_settle(struct dispatch *d, struct push_outcome *o)
{
	struct push_line *line = o->line;
	struct push_target *t = line->target;
	bool has_changed = !str_eq(str_from(t->answer), o->answer) || !o->is_ok;

	if (!o->is_ok)
		metric_inc(METRIC_PUSH_FAILED);
	if (o->is_gone) {
		log_info(&d->entity->log, "push registration has gone", F_STR("answer", o->answer));
		push_due_free(&o->again);
		push_line_remove(d, line);
		return;
	}
	t->wall_answered = wall_now();
	push_target_answer(t, o->answer);
	if (o->is_ok)
		t->failures = 0;
	else
		fail(line, o);
	if (is_worth_saving(line, has_changed))
		(void)push_line_save(d, line); /* it was measured when it was enabled */
	push_line_arm(line);
}

static enum condition read_condition(const struct xml *error)
{
	for (enum condition c = COND_BAD_REQUEST; c <= COND_UNEXPECTED_REQUEST; c++) {
		if (xml_child(error, NS_STANZAS, condition_name(c)))
			return c;
	}
	return COND_UNDEFINED_CONDITION;
}

struct push_answer push_answer_read(const struct dispatch *d)
{
	struct push_answer answer = { .from = d->stanza.from.full, .id = d->stanza.id };
	const struct xml *error = xml_child(d->stanza.el, NS_CLIENT, STR("error"));

	answer.is_error = d->stanza.type == IQ_ERROR;
	if (!answer.is_error)
		return answer;
	answer.condition = read_condition(error);
	answer.type = error ? xml_attr(error, STR("type")) : STR_NONE;
	return answer;
}

static struct push_line *asker(const struct dispatch *d, const struct push_answer *answer)
{
	struct push *p = d->entity->push;
	struct str token = push_id_token(answer->id);

	if (!p || !token.len)
		return NULL;
	list_each (link, &p->lines) {
		struct push_line *line = list_entry(link, struct push_line, link);

		if (str_eq(token, str_from(line->token)) && str_eq(answer->from, line->target->jid))
			return line;
	}
	return NULL;
}

bool push_answer_take(struct dispatch *d, const struct push_answer *answer)
{
	struct push_line *line = asker(d, answer);
	struct push_outcome o = { .line = line, .answer = STR("ok"), .is_ok = true };

	if (!line)
		return false;
	if (answer->is_error) {
		o.is_ok = false;
		o.is_final = push_is_final(answer->condition, answer->type);
		o.answer = condition_name(answer->condition);
	}
	loop_timer_stop(d->home->loop, &line->patience);
	if (o.is_ok)
		push_due_free(&line->sent);
	o.again = line->sent;
	line->sent = NULL;
	push_line_settle(d, &o);
	return true;
}

enum verdict push_on_answer(struct dispatch *d)
{
	struct push_answer answer;

	if (!push_id_token(d->stanza.id).len)
		return PASS;
	if (!d->entity->realm->has_accounts)
		return push_room_answer(d) ? DONE : PASS;
	answer = push_answer_read(d);
	return push_answer_take(d, &answer) ? DONE : PASS;
}

/* Some never answer: that is written down, and no reason to be quiet. */
static void note_silence(struct dispatch *d, void *arg)
{
	struct push_line *line = arg;

	push_target_answer(line->target, STR("no answer"));
	push_due_free(&line->sent);
	if (is_worth_saving(line, false))
		(void)push_line_save(d, line); /* it was measured when it was enabled */
	push_line_arm(line);
}

void push_line_on_patience(struct timer *t)
{
	struct push_line *line = container_of(t, struct push_line, patience);
	struct entity *e = line->push->entity;

	entity_pin(e);
	router_act(e, note_silence, line);
	entity_unpin(e);
}
