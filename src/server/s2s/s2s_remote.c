/* SPDX-License-Identifier: Apache-2.0 */
/* Other servers at their home, see s2s_remote.h. */
#include "server/s2s/s2s_remote.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "server/route/post.h"
#include "server/s2s/s2s_backoff.h"
#include "server/s2s/s2s_head.h"
#include "server/s2s/s2s_out_login.h"
#include "server/s2s/s2s_out_sm.h"
#include "server/s2s/s2s_policy.h"

/* Who asks for it to be tried waits so long at least between two tries. */
static const usec_t RETRY_LEAST_USEC = USEC_PER_SEC;

/* A stream that has lived so long is no trouble of the server. */
static const usec_t STABLE_USEC = 10 * USEC_PER_SEC;

/* That a server could be reached is forgotten after so long without a word to it. */
static const usec_t FORGET_USEC = USEC_PER_HOUR;

static void on_timer(struct timer *t);
static void on_pump(struct task *t);
static const struct s2s_out_events out_events;

/* ---- coming and going ---- */

static void drop(struct s2s_remote *r)
{
	struct s2s *s = r->s2s;

	if (r->out)
		s2s_out_life_drop(&r->out);
	list_each (link, &r->verifies)
		s2s_verify_answer(list_entry(link, struct s2s_verify, wait), false, S2S_TIMEOUT);
	loop_timer_stop(s->home->loop, &r->timer);
	list_remove(&r->pump.link);
	s2s_queue_done(&r->queue);
	s2s_resume_done(&r->resume);
	(void)map_remove(&s->remotes, r->key);
	mem_free(r);
}

/* Where there is none, those that are idle go. */
static bool has_room(struct s2s *s)
{
	struct s2s_remote *r;
	size_t at = 0;

	while (s->remotes.count >= S2S_REMOTES_MAX && (r = map_next(&s->remotes, &at))) {
		if (r->state == S2S_IDLE)
			drop(r);
	}
	return s->remotes.count < S2S_REMOTES_MAX;
}

static struct s2s_remote *find(struct s2s *s, struct str ours, struct str theirs, bool makes)
{
	struct arena a scoped(arena_done) = { 0 };
	struct s2s_remote *r;
	struct str key;

	arena_init(&a, 8 * KIB);
	key = ARENA_JOIN(&a, ours, STR(" "), theirs);
	r = map_get(&s->remotes, key);
	if (r || !makes || !has_room(s))
		return r;
	r = mem_zalloc(1, sizeof(*r) + key.len);
	memcpy(r->text, key.ptr, key.len);
	r->s2s = s;
	r->key = str_make(r->text, key.len);
	r->ours = str_sub(r->key, 0, ours.len);
	r->theirs = str_from_at(r->key, ours.len + 1);
	s2s_queue_init(&r->queue);
	list_init(&r->verifies);
	list_init(&r->probes);
	r->timer.fn = on_timer;
	r->pump.fn = on_pump;
	list_init(&r->pump.link);
	(void)map_set(&s->remotes, r->key, r);
	return r;
}

/* ---- what cannot be sent ---- */

static void refuse(struct home *h, struct bytes *stanza, bool is_quiet, enum s2s_trouble t)
{
	metric_inc(METRIC_S2S_REFUSED);
	if (!is_quiet)
		post_error(h, bytes_str(stanza), s2s_trouble_condition(t), s2s_trouble_text(t));
}

static usec_t patience(const struct s2s_remote *r)
{
	return conf_duration(r->s2s->home->conf, "limits.server_wait");
}

/* Those who have waited since before, or all, get an error. */
static void give_up(struct s2s_remote *r, usec_t before)
{
	while (r->queue.first && r->queue.first->since <= before) {
		struct s2s_item *item;

		r->resume.given_up += r->queue.sent > 0;
		item = s2s_queue_take(&r->queue);
		refuse(r->s2s->home, item->stanza, item->is_quiet, r->trouble);
		s2s_item_free(item);
		r->has_been_open = false; /* long enough: who comes now hears at once */
	}
}

static void fail_verifies(struct s2s_remote *r, enum s2s_trouble t)
{
	list_each (link, &r->verifies)
		s2s_verify_answer(list_entry(link, struct s2s_verify, wait), false,
				  t ? t : S2S_TIMEOUT);
	r->verify_count = 0;
}

static void tell_probes(struct s2s_remote *r, enum s2s_trouble t, struct str reason)
{
	list_each (link, &r->probes) {
		struct s2s_probe *p = list_entry(link, struct s2s_probe, link);

		list_remove(&p->link);
		p->fn(p, t, reason);
	}
}

/* ---- trying ---- */

/* When the timer is due next: for the next try, or for who has waited too long. */
static void arm(struct s2s_remote *r)
{
	struct loop *loop = r->s2s->home->loop;
	usec_t now = clock_now(), at = r->retry_at;

	if (r->queue.first && r->queue.first->since + patience(r) < at)
		at = r->queue.first->since + patience(r);
	loop_timer(loop, &r->timer, at > now ? at - now : 0);
}

static void try_now(struct s2s_remote *r)
{
	loop_timer_stop(r->s2s->home->loop, &r->timer);
	r->tried_at = clock_now();
	r->state = S2S_OPENING;
	r->out = s2s_out_new(r->s2s,
			     &(struct s2s_out_want){ .ours = r->ours,
						     .theirs = r->theirs,
						     .authenticates = r->queue.count > 0 ||
								      !list_is_empty(&r->probes),
						     .resume = r->queue.sent ? r->resume.id
									     : STR_NONE },
			     &out_events, r);
}

/* One line for an outage, not one for each try and stanza. */
static void log_trouble(const struct s2s_remote *r, struct str reason)
{
	if (r->failures == 1)
		log_warn(NULL, "a server cannot be reached", F_STR("domain", r->theirs),
			 F_STR("for", r->ours), F_STR("why", s2s_trouble_text(r->trouble)),
			 F_STR("reason", reason), F_INT("waiting", r->queue.count));
	else
		log_debug(NULL, "a server still cannot be reached", F_STR("domain", r->theirs),
			  F_STR("why", s2s_trouble_text(r->trouble)), F_STR("reason", reason));
}

static void wait_after_failure(struct s2s_remote *r, enum s2s_trouble trouble, struct str reason)
{
	r->failures++;
	r->trouble = trouble;
	r->state = S2S_WAITING;
	r->retry_at = clock_now() + s2s_backoff(r->failures);
	log_trouble(r, reason);
	if (!r->has_been_open || !s2s_trouble_passes(trouble))
		give_up(r, INT64_MAX);
	arm(r);
}

static void on_timer(struct timer *t)
{
	struct s2s_remote *r = container_of(t, struct s2s_remote, timer);
	usec_t now = clock_now();

	if (r->state == S2S_IDLE) {
		drop(r);
		return;
	}
	if (r->state != S2S_WAITING)
		return;
	give_up(r, now - patience(r));
	if (now < r->retry_at)
		arm(r);
	else if (r->queue.count || r->verify_count)
		try_now(r);
	else
		drop(r);
}

/* ---- the stream ---- */

static void on_ready(void *owner)
{
	struct s2s_remote *r = owner;

	list_each (link, &r->verifies) {
		struct s2s_verify *v = list_entry(link, struct s2s_verify, wait);

		if (!v->is_sent)
			s2s_out_login_ask(r->out, v);
		v->is_sent = true;
	}
}

static void on_open(void *owner, bool is_resumed)
{
	struct s2s_remote *r = owner;

	if (!is_resumed) { /* what was not acknowledged is sent again */
		s2s_queue_rewind(&r->queue);
		s2s_resume_begin(&r->resume);
	}
	if (r->failures)
		log_info(NULL, "a server can be reached again", F_STR("domain", r->theirs),
			 F_STR("for", r->ours));
	r->failures = 0;
	r->trouble = S2S_NO_TROUBLE;
	r->has_been_open = true;
	r->wall_open = wall_now();
	r->state = S2S_OPEN;
	tell_probes(r, S2S_NO_TROUBLE, STR_NONE);
	loop_task(r->s2s->home->loop, &r->pump);
}

static void on_pump(struct task *t)
{
	struct s2s_remote *r = container_of(t, struct s2s_remote, pump);
	struct s2s_item *item;

	while (r->state == S2S_OPEN && s2s_out_unsent(r->out) < S2S_PUMP_BYTES &&
	       (item = s2s_queue_next(&r->queue))) {
		metric_inc(METRIC_S2S_STANZAS_OUT);
		s2s_out_send(r->out, item->stanza);
		if (!s2s_out_keeps(r->out))
			must(s2s_queue_ack(&r->queue, 1) == OK);
	}
	if (r->state == S2S_OPEN && r->queue.sent)
		s2s_out_ask_ack(r->out);
}

static void on_named(void *owner, struct str id)
{
	struct s2s_remote *r = owner;

	s2s_resume_name(&r->resume, id);
}

static bool on_ack(void *owner, uint32_t h)
{
	struct s2s_remote *r = owner;

	size_t before = r->queue.sent;

	if (s2s_resume_ack(&r->resume, &r->queue, h))
		return false;
	/* Who has not got on is asked with what is sent next, not round and round. */
	if (r->queue.unsent || (r->queue.sent && r->queue.sent < before))
		loop_task(r->s2s->home->loop, &r->pump);
	return true;
}

static bool on_resumed(void *owner, uint32_t h)
{
	struct s2s_remote *r = owner;

	return s2s_resume_go_on(&r->resume, &r->queue, h) == OK;
}

static void on_uncounted(void *owner)
{
	struct s2s_remote *r = owner;

	must(s2s_queue_ack(&r->queue, r->queue.sent) == OK);
	s2s_resume_begin(&r->resume);
}

static void on_drained(void *owner)
{
	struct s2s_remote *r = owner;

	if (r->queue.unsent)
		loop_task(r->s2s->home->loop, &r->pump);
}

static bool is_answer(const struct s2s_verify *v, const struct dialback *d)
{
	return v->is_sent && str_eq(v->id, d->id) && str_eq(v->theirs, d->from) &&
	       str_eq(v->ours, d->to);
}

static bool on_answer(void *owner, const struct dialback *d)
{
	struct s2s_remote *r = owner;

	list_each (link, &r->verifies) {
		struct s2s_verify *v = list_entry(link, struct s2s_verify, wait);

		if (!is_answer(v, d))
			continue;
		r->verify_count--;
		s2s_verify_answer(v, d->type == DIALBACK_VALID,
				  d->type == DIALBACK_ERROR ? S2S_UNKNOWN_HOST : S2S_NO_TROUBLE);
		return true;
	}
	return false;
}

/* That it could be reached is remembered for a while. */
static void rest(struct s2s_remote *r)
{
	r->state = S2S_IDLE;
	if (r->has_been_open)
		loop_timer(r->s2s->home->loop, &r->timer, FORGET_USEC);
	else
		drop(r);
}

/* It has worked up to now: it is tried again at once, unless that has just been done. */
static bool has_worked(const struct s2s_remote *r)
{
	return r->state == S2S_OPEN && clock_now() - r->tried_at > STABLE_USEC;
}

static void on_over(void *owner, enum s2s_trouble trouble, struct str reason)
{
	struct s2s_remote *r = owner;
	bool is_idle = trouble == S2S_NO_TROUBLE || r->state == S2S_OPEN;

	r->out = NULL;
	fail_verifies(r, trouble);
	tell_probes(r, trouble ? trouble : S2S_TIMEOUT, reason);
	if (r->s2s->is_stopping) {
		r->trouble = S2S_TIMEOUT;
		give_up(r, INT64_MAX);
		drop(r);
	} else if (is_idle && !r->queue.count) {
		rest(r);
	} else if (has_worked(r)) {
		try_now(r);
	} else {
		wait_after_failure(r, trouble ? trouble : S2S_TIMEOUT, reason);
	}
}

static const struct s2s_out_events out_events = { .on_ready = on_ready,
						  .on_open = on_open,
						  .on_drained = on_drained,
						  .on_answer = on_answer,
						  .on_named = on_named,
						  .on_ack = on_ack,
						  .on_resumed = on_resumed,
						  .on_uncounted = on_uncounted,
						  .on_over = on_over };

/* ---- what comes from our side ---- */

static void wake(struct s2s_remote *r)
{
	switch (r->state) {
	case S2S_IDLE:
		try_now(r);
		break;
	case S2S_OPENING:
		if (r->queue.count)
			s2s_out_login_begin(r->out);
		break;
	case S2S_OPEN:
		loop_task(r->s2s->home->loop, &r->pump);
		break;
	case S2S_WAITING:
		if (clock_now() >= r->retry_at)
			try_now(r);
		else
			arm(r);
		break;
	}
}

static size_t room_for(const struct s2s *s)
{
	int64_t all = (int64_t)conf_size(s->home->conf, "limits.server_queues");

	return metric_sum(METRIC_S2S_QUEUE) >= all
		       ? 0
		       : conf_size(s->home->conf, "limits.server_queue");
}

static void take(struct home *h, struct str domain, struct bytes *stanza, bool is_quiet)
{
	struct s2s *s = h->remote_owner;
	struct arena a scoped(arena_done) = { 0 };
	struct s2s_remote *r = NULL;
	struct s2s_head head;

	arena_init(&a, 64 * KIB);
	if (s2s_head_read(&a, bytes_str(stanza), &head))
		return;
	is_quiet = is_quiet || head.is_quiet;
	if (!s2s_policy_allows(h, domain)) {
		refuse(h, stanza, is_quiet,
		       conf_bool(h->conf, "s2s.enabled") ? S2S_BLOCKED : S2S_NOT_FOUND);
		return;
	}
	if (!s->is_stopping)
		r = find(s, head.from, domain, true);
	if (!r) {
		refuse(h, stanza, is_quiet, S2S_TOO_MUCH);
	} else if (r->state == S2S_WAITING && clock_now() < r->retry_at && !r->has_been_open) {
		refuse(h, stanza, is_quiet, r->trouble);
	} else {
		if (s2s_queue_push(&r->queue, stanza, is_quiet, room_for(s)))
			refuse(h, stanza, is_quiet, S2S_TOO_MUCH);
		wake(r);
	}
}

static const struct remote_ops remote_ops = { .take = take };

/* A server that could not be reached may be back, for it speaks to us. */
static void hurry(struct s2s_remote *r)
{
	usec_t soon = r->tried_at + RETRY_LEAST_USEC;

	if (r->state == S2S_WAITING && soon < r->retry_at)
		r->retry_at = soon;
}

static void on_question(struct s2s_verify *v)
{
	struct s2s *s = v->home->remote_owner;
	struct s2s_remote *r = s->is_stopping ? NULL : find(s, v->ours, v->theirs, true);

	if (!r || r->verify_count >= S2S_VERIFIES_MAX) {
		s2s_verify_answer(v, false, S2S_TOO_MUCH);
		return;
	}
	list_append(&r->verifies, &v->wait);
	r->verify_count++;
	hurry(r);
	if (r->out && s2s_out_login_is_ready(r->out))
		on_ready(r);
	else
		wake(r);
}

void s2s_remote_probe(struct s2s *s, struct str domain, struct s2s_probe *p)
{
	struct home *h = s->home;
	bool is_allowed = s2s_policy_allows(h, domain) && !s2s_policy_is_ours(h, domain);
	struct s2s_remote *r =
		is_allowed && !s->is_stopping ? find(s, h->domain, domain, true) : NULL;

	if (!r || r->state == S2S_OPEN) {
		p->fn(p, r ? S2S_NO_TROUBLE : is_allowed ? S2S_TOO_MUCH : S2S_BLOCKED, STR_NONE);
		return;
	}
	list_append(&r->probes, &p->link);
	if (r->state == S2S_OPENING)
		s2s_out_login_begin(r->out);
	else
		try_now(r);
}

void s2s_remote_init(struct s2s *s)
{
	map_init(&s->remotes);
	s->on_question = on_question;
	s->home->remote_ops = &remote_ops;
	s->home->remote_owner = s;
}

/* What waits for it comes back, and its stream ends. */
static void banish(struct s2s_remote *r)
{
	r->trouble = S2S_BLOCKED;
	r->has_been_open = false;
	give_up(r, INT64_MAX);
	fail_verifies(r, S2S_BLOCKED);
	if (r->out)
		s2s_out_life_end(r->out, STREAM_POLICY_VIOLATION);
	else if (list_is_empty(&r->probes))
		drop(r);
}

void s2s_remote_review(struct s2s *s)
{
	struct s2s_remote *r;
	size_t at = 0;

	while ((r = map_next(&s->remotes, &at))) {
		if (!s2s_policy_allows(s->home, r->theirs))
			banish(r);
	}
}

/* It has not been found yet, or not by what holds now. */
static void dial_again(struct s2s_remote *r)
{
	s2s_out_life_drop(&r->out);
	list_each (link, &r->verifies)
		list_entry(link, struct s2s_verify, wait)->is_sent = false;
	try_now(r);
}

void s2s_remote_dial_again(struct s2s *s)
{
	struct s2s_remote *r;
	size_t at = 0;

	while ((r = map_next(&s->remotes, &at))) {
		if (r->out && r->out->dial)
			dial_again(r);
	}
}

void s2s_remote_stop(struct s2s *s)
{
	struct s2s_remote *r;
	size_t at = 0;

	while ((r = map_next(&s->remotes, &at))) {
		on_pump(&r->pump); /* the last words of our users */
		if (r->out)
			s2s_out_life_end(r->out, STREAM_SYSTEM_SHUTDOWN);
	}
}
