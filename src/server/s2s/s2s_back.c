/* SPDX-License-Identifier: Apache-2.0 */
/* Stanzas on streams that we have opened, see s2s_back.h. */
#include "server/s2s/s2s_back.h"

#include "base/mem.h"
#include "server/s2s/s2s_gate.h"
#include "server/s2s/s2s_policy.h"
#include "server/s2s/s2s_rates.h"
#include "server/s2s/s2s_track.h"
#include "xmpp/ns.h"

struct s2s_back {
	struct s2s_out *out; /* NULL: it has gone; freed when the gate is open */
	struct s2s *s2s;
	struct s2s_gate gate;
	struct s2s_account *account;
	struct s2s_track *track; /* NULL: they do not count */
	struct xml_limits limits;
	struct timer rest;
	struct task reader;
	bool is_resting; /* they were too fast */
};

/* ---- the beginning ---- */

void s2s_back_ask(struct s2s_out *o)
{
	struct arena a scoped(arena_done) = { 0 };

	if (!o->offers_bidi || o->has_bidi || o->resume.len ||
	    !conf_bool(o->s2s->home->conf, "s2s.bidi"))
		return;
	arena_init(&a, KIB);
	stream_send(&o->stream, xml_new(&a, NS_BIDI, STR("bidi")));
	o->has_bidi = true;
}

static void read_on(struct task *t)
{
	struct s2s_back *b = container_of(t, struct s2s_back, reader);

	if (b->out->state != S2S_OUT_OPEN || b->gate.is_fenced || b->is_resting)
		return;
	transport_pause(b->out->transport, false);
	stream_go_on(&b->out->stream);
}

static void on_passed(struct s2s_gate *g)
{
	struct s2s_back *b = container_of(g, struct s2s_back, gate);

	if (b->out)
		loop_task(b->s2s->home->loop, &b->reader);
	else
		mem_free(b);
}

static void on_rested(struct timer *t)
{
	struct s2s_back *b = container_of(t, struct s2s_back, rest);

	b->is_resting = false;
	loop_task(b->s2s->home->loop, &b->reader);
}

/* The stream goes. */
static void end(struct s2s_back *b)
{
	struct loop *loop = b->s2s->home->loop;

	b->out = NULL;
	loop_timer_stop(loop, &b->rest);
	list_remove(&b->reader.link);
	s2s_rates_put(b->s2s->rates, &b->account, loop_now(loop));
	s2s_track_drop(&b->track);
	if (!b->gate.is_fenced)
		mem_free(b);
}

void s2s_back_begin(struct s2s_out *o)
{
	struct home *h = o->s2s->home;
	struct s2s_back *b;

	if (!o->has_bidi)
		return;
	b = mem_zalloc(1, sizeof(*b));
	b->out = o;
	b->s2s = o->s2s;
	b->gate = (struct s2s_gate){ .home = h, .on_passed = on_passed };
	b->account = s2s_rates_get(o->s2s->rates, o->theirs);
	b->limits = (struct xml_limits){ .stanza_bytes = (uint32_t)conf_size(h->conf,
									     "limits.stanza_bytes"),
					 .depth = 64,
					 .attrs = 64,
					 .name_bytes = 256,
					 .children = 10000 };
	b->rest.fn = on_rested;
	b->reader.fn = read_on;
	list_init(&b->reader.link);
	o->stream.limits = &b->limits;
	o->back = b;
	o->end_back = end;
}

/* ---- acknowledgements ---- */

static void on_settled(void *stream)
{
	struct s2s_out *o = stream;
	struct arena a scoped(arena_done) = { 0 };
	struct xml *answer;

	arena_init(&a, KIB);
	answer = xml_new(&a, NS_SM, STR("a"));
	xml_set(&a, answer, STR("h"), arena_printf(&a, "%u", o->back->track->handled));
	stream_send(&o->stream, answer);
}

static const struct s2s_track_events track_events = { .on_settled = on_settled };

void s2s_back_track(struct s2s_out *o)
{
	if (o->back && !o->back->track)
		o->back->track = s2s_track_new(o->s2s, o->ours, o->theirs, &track_events, o);
}

void s2s_back_acknowledge(struct s2s_out *o)
{
	if (o->back && o->back->track && s2s_track_ask(o->back->track))
		on_settled(o);
}

/* ---- stanzas ---- */

void s2s_back_count(struct s2s_out *o, size_t bytes)
{
	struct s2s_back *b = o->back;
	struct home *h = o->s2s->home;
	usec_t wait;

	if (!b)
		return;
	o->used_at = clock_now();
	wait = s2s_rate_take(s2s_account_rate(b->account), loop_now(h->loop), bytes,
			     conf_int(h->conf, "limits.server_stanzas"),
			     conf_size(h->conf, "limits.server_bytes"));
	if (!wait)
		return;
	b->is_resting = true;
	stream_hold(&o->stream);
	transport_pause(o->transport, true);
	loop_timer(h->loop, &b->rest, wait);
}

/* RFC 6120 8.1.1.2 and 8.1.2.2, for the one pair of domains. */
static bool is_addressed(struct s2s_out *o, const struct xml *el, const struct stanza *s)
{
	if (!xml_attr(el, STR("from")).len || !xml_attr(el, STR("to")).len)
		return s2s_out_life_fail(o, STREAM_IMPROPER_ADDRESSING, S2S_BAD_STREAM, STR_NONE);
	if (!str_eq(s->to.domain, o->ours))
		return s2s_out_life_fail(o, STREAM_HOST_UNKNOWN, S2S_BAD_STREAM,
					 STR("a stanza for a domain that the stream is not for"));
	if (!str_eq(s->from.domain, o->theirs))
		return s2s_out_life_fail(o, STREAM_INVALID_FROM, S2S_BAD_STREAM,
					 STR("a stanza of a domain that the stream is not for"));
	return true;
}

static bool unsupported(struct s2s_out *o)
{
	return s2s_out_life_fail(o, STREAM_UNSUPPORTED_STANZA_TYPE, S2S_BAD_STREAM,
				 STR("an element that does not belong there"));
}

bool s2s_back_stanza(struct s2s_out *o, struct arena *a, struct xml *el)
{
	struct s2s_back *b = o->back;
	enum stanza_fault fault;
	struct stanza s;

	if (!b || o->state != S2S_OUT_OPEN)
		return unsupported(o);
	fault = stanza_read(a, el, &s);
	if (fault == STANZA_NOT_A_STANZA)
		return unsupported(o);
	if (fault == STANZA_BAD_FROM || fault == STANZA_BAD_TO)
		return s2s_out_life_fail(o, STREAM_IMPROPER_ADDRESSING, S2S_BAD_STREAM, STR_NONE);
	if (!is_addressed(o, el, &s))
		return false;
	b->gate.receipt = b->track ? s2s_track_count(b->track) : NULL;
	if (fault)
		s2s_gate_refuse(&b->gate, a, &s, COND_BAD_REQUEST);
	else
		s2s_gate_post(&b->gate, a, &s, o->stream.lang);
	if (s2s_gate_is_full(&b->gate)) {
		stream_hold(&o->stream);
		transport_pause(o->transport, true);
		s2s_gate_close(&b->gate);
	}
	return true;
}
