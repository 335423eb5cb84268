/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a stream to another server, see s2s_out_life.h. */
#include "server/s2s/s2s_out_life.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "server/s2s/s2s_wire.h"
#include "xmpp/ns.h"

#include <stdio.h>

/* From the first question to the DNS to a stream that stanzas may be sent on. */
static const usec_t OPENING_USEC = 60 * USEC_PER_SEC;

/* A stream for questions only is kept so long for the stanzas that often follow. */
static const usec_t UNUSED_USEC = 20 * USEC_PER_SEC;

/* As in component_conn.c. */
static const usec_t BEAT_USEC = 60 * USEC_PER_SEC;

/* ---- the end ---- */

static void reap(struct task *t)
{
	struct s2s_out *o = container_of(t, struct s2s_out, reaper);

	mem_free((void *)(uintptr_t)o->id.ptr);
	mem_free(o);
}

static void drop_back(struct s2s_out *o)
{
	struct s2s_back *b = o->back;

	o->back = NULL;
	o->stream.limits = &s2s_wire_limits;
	if (b)
		o->end_back(b);
}

static void drop_transport(struct s2s_out *o)
{
	if (o->transport)
		stream_done(&o->stream);
	transport_free(&o->transport);
	o->way = (struct dial_result){ .transport = NULL };
}

static void die(struct s2s_out *o)
{
	struct loop *loop = o->s2s->home->loop;

	if (o->state == S2S_OUT_DEAD)
		return;
	o->state = S2S_OUT_DEAD;
	o->s2s->out_count--;
	metric_add(METRIC_S2S_OUT, -1);
	loop_timer_stop(loop, &o->deadline);
	loop_timer_stop(loop, &o->beat);
	list_remove(&o->starter.link);
	drop_back(o);
	drop_transport(o);
	dial_end(&o->dial);
	loop_task(loop, &o->reaper);
}

static void tell_end(struct s2s_out *o, enum s2s_trouble t, struct str reason)
{
	void *owner = o->owner;

	o->owner = NULL;
	if (owner)
		o->events->on_over(owner, t, reason);
}

/* What waits for the transport may still leave. */
static void wait_for_end(struct s2s_out *o)
{
	if (o->state == S2S_OUT_DEAD)
		return;
	o->state = S2S_OUT_ENDING;
	drop_back(o);
	loop_timer_stop(o->s2s->home->loop, &o->beat);
	loop_timer(o->s2s->home->loop, &o->deadline, CLOSE_LINGER_USEC);
}

/* These give what a stream event gives: the input is not used any more. */
bool s2s_out_life_close(struct s2s_out *o, enum s2s_trouble t, struct str reason)
{
	if (o->state == S2S_OUT_DEAD || o->state == S2S_OUT_ENDING)
		return false;
	stream_close(&o->stream);
	wait_for_end(o);
	tell_end(o, t, reason);
	return false;
}

bool s2s_out_life_fail(struct s2s_out *o, enum stream_condition why, enum s2s_trouble t,
		       struct str reason)
{
	if (o->state == S2S_OUT_DEAD || o->state == S2S_OUT_ENDING)
		return false;
	metric_inc(METRIC_STREAM_ERRORS);
	stream_error(&o->stream, o->ours, why, STR_NONE);
	wait_for_end(o);
	tell_end(o, t, reason);
	return false;
}

void s2s_out_life_break(struct s2s_out *o, enum s2s_trouble t, struct str reason)
{
	struct str copy = str_sub(reason, 0, sizeof(o->reason)); /* it may be the dial's */

	if (copy.len)
		memmove(o->reason, copy.ptr, copy.len);
	die(o);
	tell_end(o, t, str_make(o->reason, copy.len));
}

void s2s_out_life_drop(struct s2s_out **out)
{
	struct s2s_out *o = *out;

	*out = NULL;
	o->owner = NULL;
	die(o);
}

void s2s_out_life_end(struct s2s_out *o, enum stream_condition why)
{
	if (o->state > S2S_OUT_TLS)
		(void)s2s_out_life_fail(o, why, S2S_TIMEOUT, STR_NONE); /* nothing is read here */
	else
		s2s_out_life_break(o, S2S_TIMEOUT, STR_NONE);
}

static void on_deadline(struct timer *t)
{
	struct s2s_out *o = container_of(t, struct s2s_out, deadline);

	if (o->state == S2S_OUT_ENDING)
		die(o);
	else if (o->state == S2S_OUT_READY)
		(void)s2s_out_life_close(o, S2S_NO_TROUBLE, STR_NONE); /* nothing is read here */
	else if (o->state <= S2S_OUT_TLS)
		s2s_out_life_break(o, S2S_TIMEOUT, STR("no connection in time"));
	else
		(void)s2s_out_life_fail(o, STREAM_CONNECTION_TIMEOUT, S2S_TIMEOUT,
					STR("no login in time")); /* nothing is read here */
}

bool s2s_out_life_next(struct s2s_out *o, enum s2s_trouble t, struct str reason)
{
	if (o->state == S2S_OUT_DEAD || o->state == S2S_OUT_ENDING)
		return false;
	log_debug(NULL, "a server of a domain is of no use", F_STR("domain", o->theirs),
		  F_STR("server", o->way.target), F_STR("reason", reason));
	if (o->trouble == S2S_NO_TROUBLE) { /* the first server is the best */
		o->trouble = t;
		(void)snprintf(o->reason, sizeof(o->reason), "%.*s", STR_ARG(reason));
	}
	drop_transport(o);
	o->state = S2S_OUT_DIALLING;
	dial_next(o->dial);
	return false;
}

/* ---- while it is there ---- */

void s2s_out_ask_ack(struct s2s_out *o)
{
	struct arena a scoped(arena_done) = { 0 };

	if (!o->has_sm || o->asks_ack)
		return;
	o->asks_ack = true;
	arena_init(&a, KIB);
	stream_send(&o->stream, xml_new(&a, NS_SM, STR("r")));
}

/* RFC 6120 4.6.1: white space, so that a connection that has gone is noticed; or, as good, a
 * question that must be answered before the next beat but one. */
static void on_beat(struct timer *t)
{
	struct s2s_out *o = container_of(t, struct s2s_out, beat);
	usec_t idle = conf_duration(o->s2s->home->conf, "limits.server_idle");

	if (clock_now() - o->used_at > idle) {
		(void)s2s_out_life_close(o, S2S_NO_TROUBLE, STR_NONE); /* nothing is read here */
		return;
	}
	if ((transport_unsent(o->transport) && o->drains == o->beat_drains) ||
	    (o->asks_ack && o->beat_asks_ack)) {
		(void)s2s_out_life_fail(o, STREAM_CONNECTION_TIMEOUT, S2S_TIMEOUT,
					STR("it takes nothing")); /* nothing is read here */
		return;
	}
	o->beat_drains = o->drains;
	o->beat_asks_ack = o->asks_ack;
	s2s_out_ask_ack(o);
	if (!transport_unsent(o->transport))
		s2s_wire_space(&o->stream);
	loop_timer(o->s2s->home->loop, &o->beat, BEAT_USEC);
}

void s2s_out_life_limit(struct s2s_out *o)
{
	loop_timer(o->s2s->home->loop, &o->deadline, OPENING_USEC);
}

void s2s_out_life_idle(struct s2s_out *o)
{
	loop_timer(o->s2s->home->loop, &o->deadline, UNUSED_USEC);
}

void s2s_out_life_settle(struct s2s_out *o)
{
	loop_timer_stop(o->s2s->home->loop, &o->deadline);
	loop_timer(o->s2s->home->loop, &o->beat, BEAT_USEC);
	o->used_at = clock_now();
	dial_end(&o->dial);
	o->way = (struct dial_result){ .transport = NULL };
}

struct s2s_out *s2s_out_life_new(struct s2s *s, const struct s2s_out_want *want)
{
	struct s2s_out *o = mem_zalloc(1, sizeof(*o));

	o->s2s = s;
	o->ours = want->ours;
	o->theirs = want->theirs;
	o->authenticates = want->authenticates;
	o->avoids_external = want->avoids_external;
	o->resume = want->resume;
	o->deadline.fn = on_deadline;
	o->beat.fn = on_beat;
	list_init(&o->starter.link);
	o->reaper.fn = reap;
	list_init(&o->reaper.link);
	s->out_count++;
	metric_inc(METRIC_S2S_OUT);
	s2s_out_life_limit(o);
	return o;
}
