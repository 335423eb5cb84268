/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a stream that another server has opened, see s2s_in_life.h. */
#include "server/s2s/s2s_in_life.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "resolve/proof.h"
#include "server/s2s/s2s_claim.h"
#include "server/s2s/s2s_track.h"
#include "server/s2s/s2s_verify.h"
#include "server/s2s/s2s_wire.h"
#include "xmpp/ns.h"

static const usec_t BEAT_USEC = 60 * USEC_PER_SEC;

/* ---- acknowledgements ---- */

void s2s_in_life_acknowledge(struct s2s_in *c)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *answer;

	arena_init(&a, KIB);
	c->owes_ack = false;
	answer = xml_new(&a, NS_SM, STR("a"));
	xml_set(&a, answer, STR("h"), arena_printf(&a, "%u", c->track->handled));
	stream_send(&c->stream, answer);
}

/* ---- the end ---- */

static void reap(struct task *t)
{
	struct s2s_in *c = container_of(t, struct s2s_in, reaper);

	if (c->gate.is_fenced)
		return;
	s2s_pairs_done(&c->pairs);
	mem_free((void *)(uintptr_t)c->ours.ptr);
	mem_free((void *)(uintptr_t)c->theirs.ptr);
	mem_free((void *)(uintptr_t)c->identity.ptr);
	mem_free(c);
}

static void forget_questions(struct s2s_in *c)
{
	list_each (link, &c->asked)
		s2s_verify_forget(list_entry(link, struct s2s_verify, link));
	c->asked_count = 0;
}

void s2s_in_life_die(struct s2s_in *c)
{
	struct loop *loop = c->s2s->home->loop;

	if (c->state == S2S_IN_DEAD)
		return;
	c->state = S2S_IN_DEAD;
	loop_timer_stop(loop, &c->deadline);
	loop_timer_stop(loop, &c->beat);
	loop_timer_stop(loop, &c->rest);
	list_remove(&c->link);
	c->s2s->in_count--;
	metric_add(METRIC_S2S_IN, -1);
	forget_questions(c);
	proof_end(&c->proof);
	s2s_rates_put(c->s2s->rates, &c->account, loop_now(loop));
	s2s_claim_forget(&c->claim);
	s2s_track_leave(&c->track);
	stream_done(&c->stream);
	transport_free(&c->transport);
	list_remove(&c->reader.link);
	loop_task(loop, &c->reaper);
}

static bool wait_for_end(struct s2s_in *c)
{
	if (c->state == S2S_IN_DEAD)
		return false;
	forget_questions(c);
	proof_end(&c->proof);
	s2s_claim_forget(&c->claim);
	s2s_track_leave(&c->track);
	c->state = S2S_IN_ENDING;
	loop_timer_stop(c->s2s->home->loop, &c->beat);
	loop_timer(c->s2s->home->loop, &c->deadline, CLOSE_LINGER_USEC);
	return false;
}

/* These give what a stream event gives: the input is not used any more. */
bool s2s_in_life_fail(struct s2s_in *c, enum stream_condition why, struct str text)
{
	if (c->state == S2S_IN_DEAD || c->state == S2S_IN_ENDING)
		return false;
	metric_inc(METRIC_STREAM_ERRORS);
	log_info(NULL, "stream of another server ended with an error", F_STR("domain", c->theirs),
		 F_STR("peer", transport_peer(c->transport)),
		 F_STR("condition", stream_condition_name(why)));
	if (c->track)
		s2s_in_life_acknowledge(c);
	stream_error(&c->stream, c->ours.len ? c->ours : c->s2s->home->domain, why, text);
	return wait_for_end(c);
}

bool s2s_in_life_close(struct s2s_in *c)
{
	if (c->state == S2S_IN_DEAD || c->state == S2S_IN_ENDING)
		return false;
	if (c->track)
		s2s_in_life_acknowledge(c);
	stream_close(&c->stream);
	return wait_for_end(c);
}

static void on_deadline(struct timer *t)
{
	struct s2s_in *c = container_of(t, struct s2s_in, deadline);

	if (c->state == S2S_IN_ENDING || c->state == S2S_IN_TLS)
		s2s_in_life_die(c);
	else
		(void)s2s_in_life_fail(c, STREAM_CONNECTION_TIMEOUT,
				       STR_NONE); /* nothing is read here */
}

/* ---- stopping to read, and going on ---- */

static void read_on(struct task *t)
{
	struct s2s_in *c = container_of(t, struct s2s_in, reader);

	if (c->state != S2S_IN_OPEN || c->gate.is_fenced || c->is_resting || c->claim || c->proof)
		return;
	transport_pause(c->transport, false);
	stream_go_on(&c->stream);
}

static void on_passed(struct s2s_gate *g)
{
	struct s2s_in *c = container_of(g, struct s2s_in, gate);

	loop_task(c->s2s->home->loop, c->state == S2S_IN_DEAD ? &c->reaper : &c->reader);
}

void s2s_in_life_go_on(struct s2s_in *c)
{
	loop_task(c->s2s->home->loop, &c->reader);
}

static void on_rested(struct timer *t)
{
	struct s2s_in *c = container_of(t, struct s2s_in, rest);

	c->is_resting = false;
	s2s_in_life_go_on(c);
}

void s2s_in_life_count(struct s2s_in *c, size_t bytes)
{
	struct home *h = c->s2s->home;
	struct s2s_rate *rate = c->account ? s2s_account_rate(c->account) : &c->rate;
	usec_t wait = s2s_rate_take(rate, loop_now(h->loop), bytes,
				    conf_int(h->conf, "limits.server_stanzas"),
				    conf_size(h->conf, "limits.server_bytes"));

	c->used_at = clock_now();
	if (!wait)
		return;
	c->is_resting = true;
	stream_hold(&c->stream);
	transport_pause(c->transport, true);
	loop_timer(h->loop, &c->rest, wait);
}

void s2s_in_life_hold(struct s2s_in *c)
{
	stream_hold(&c->stream);
	transport_pause(c->transport, true);
	s2s_gate_close(&c->gate);
}

/* ---- while it is open ---- */

/* RFC 6120 4.6.1: white space. A peer that takes nothing between two beats is gone; one that says
 * nothing for long may come again. */
static void on_beat(struct timer *t)
{
	struct s2s_in *c = container_of(t, struct s2s_in, beat);

	if (transport_unsent(c->transport) && c->drains == c->beat_drains) {
		(void)s2s_in_life_fail(c, STREAM_CONNECTION_TIMEOUT,
				       STR_NONE); /* nothing is read here */
		return;
	}
	if (clock_now() - c->used_at > conf_duration(c->s2s->home->conf, "limits.server_idle")) {
		(void)s2s_in_life_close(c); /* as above */
		return;
	}
	c->beat_drains = c->drains;
	if (c->owes_ack) /* XEP-0198 4: not withheld for ever */
		s2s_in_life_acknowledge(c);
	if (!transport_unsent(c->transport))
		s2s_wire_space(&c->stream);
	loop_timer(c->s2s->home->loop, &c->beat, BEAT_USEC);
}

void s2s_in_life_settle(struct s2s_in *c, struct str domain)
{
	c->account = s2s_rates_get(c->s2s->rates, domain);
	c->used_at = clock_now();
	c->wall_open = wall_now();
	loop_timer_stop(c->s2s->home->loop, &c->deadline);
	loop_timer(c->s2s->home->loop, &c->beat, BEAT_USEC);
}

struct s2s_in *s2s_in_life_new(struct s2s *s, struct transport *t, const struct addr *client)
{
	struct s2s_in *c = mem_zalloc(1, sizeof(*c));

	c->s2s = s;
	c->client = *client;
	c->transport = t;
	c->gate = (struct s2s_gate){ .home = s->home, .on_passed = on_passed };
	list_init(&c->asked);
	c->deadline.fn = on_deadline;
	c->beat.fn = on_beat;
	c->rest.fn = on_rested;
	c->reader.fn = read_on;
	list_init(&c->reader.link);
	c->reaper.fn = reap;
	list_init(&c->reaper.link);
	list_append(&s->ins, &c->link);
	s->in_count++;
	metric_inc(METRIC_S2S_IN);
	loop_timer(s->home->loop, &c->deadline, conf_duration(s->home->conf, "limits.login_time"));
	return c;
}
