/* SPDX-License-Identifier: Apache-2.0 */
/* Streams to other servers, see s2s_out.h. */
#include "server/s2s/s2s_out.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "net/tcp.h"
#include "net/tls.h"
#include "server/s2s/s2s_policy.h"
#include "server/s2s/s2s_wire.h"
#include "stream/stream.h"
#include "xmpp/ns.h"

enum {
	OUT_ARENA_MAX = 256 * 1024, /* bytes of an element's tree: only nonzas come this way */
};

/* From the first packet to a stream that stanzas may be sent on. */
static const usec_t OPENING_USEC = 40 * USEC_PER_SEC;

/* A stream for questions only is kept so long for the stanzas that often follow. */
static const usec_t UNUSED_USEC = 20 * USEC_PER_SEC;

/* As in component_conn.c. */
static const usec_t BEAT_USEC = 60 * USEC_PER_SEC;

enum out_state {
	OUT_DIALLING, /* the connection, and TLS on it */
	OUT_HEADER,   /* we have opened the stream and wait for theirs */
	OUT_FEATURES,
	OUT_PROCEED, /* <starttls/> is sent */
	OUT_READY,   /* questions may be asked; nobody has logged in */
	OUT_KEY,     /* the key is sent: their verdict is awaited */
	OUT_OPEN,
	OUT_ENDING, /* closed by us; r has heard of it */
	OUT_DEAD,   /* freed at the end of the turn */
};

struct s2s_out {
	struct s2s *s2s;
	void *owner; /* NULL: it has been told of the end */
	const struct s2s_out_events *events;
	struct str ours, theirs; /* the owner's */
	struct transport *transport;
	struct stream stream;
	enum out_state state;
	struct timer deadline, beat;
	struct task starter, reaper;
	struct str id; /* owned: of the stream as they have opened it */
	bool authenticates, is_secure, has_dialback;
	usec_t used_at; /* when the last stanza was sent */
	uint64_t drains, beat_drains;
};

static const struct stream_events stream_events;
static const struct transport_events out_events;

/* ---- the end ---- */

static void reap(struct task *t)
{
	struct s2s_out *o = container_of(t, struct s2s_out, reaper);

	mem_free((void *)(uintptr_t)o->id.ptr);
	mem_free(o);
}

static void die(struct s2s_out *o)
{
	struct loop *loop = o->s2s->home->loop;

	if (o->state == OUT_DEAD)
		return;
	o->state = OUT_DEAD;
	o->s2s->out_count--;
	metric_add(METRIC_S2S_OUT, -1);
	loop_timer_stop(loop, &o->deadline);
	loop_timer_stop(loop, &o->beat);
	list_remove(&o->starter.link);
	if (o->transport)
		stream_done(&o->stream);
	transport_free(&o->transport);
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
	if (o->state == OUT_DEAD)
		return;
	o->state = OUT_ENDING;
	loop_timer_stop(o->s2s->home->loop, &o->beat);
	loop_timer(o->s2s->home->loop, &o->deadline, CLOSE_LINGER_USEC);
}

/* These give what a stream event gives: the input is not used any more. */
static bool end_in_order(struct s2s_out *o, enum s2s_trouble t, struct str reason)
{
	if (o->state == OUT_DEAD || o->state == OUT_ENDING)
		return false;
	stream_close(&o->stream);
	wait_for_end(o);
	tell_end(o, t, reason);
	return false;
}

static bool fail(struct s2s_out *o, enum stream_condition why, enum s2s_trouble t,
		 struct str reason)
{
	if (o->state == OUT_DEAD || o->state == OUT_ENDING)
		return false;
	metric_inc(METRIC_STREAM_ERRORS);
	stream_error(&o->stream, o->ours, why, STR_NONE);
	wait_for_end(o);
	tell_end(o, t, reason);
	return false;
}

static void break_off(struct s2s_out *o, enum s2s_trouble t, struct str reason)
{
	die(o);
	tell_end(o, t, reason);
}

void s2s_out_drop(struct s2s_out **out)
{
	struct s2s_out *o = *out;

	*out = NULL;
	o->owner = NULL;
	die(o);
}

void s2s_out_end(struct s2s_out *o, enum stream_condition why)
{
	if (o->transport && o->state != OUT_DIALLING)
		(void)fail(o, why, S2S_TIMEOUT, STR_NONE); /* nothing is read here */
	else
		break_off(o, S2S_TIMEOUT, STR_NONE);
}

static void on_deadline(struct timer *t)
{
	struct s2s_out *o = container_of(t, struct s2s_out, deadline);

	if (o->state == OUT_ENDING)
		die(o);
	else if (o->state == OUT_READY)
		(void)end_in_order(o, S2S_NO_TROUBLE, STR_NONE); /* nothing is read here */
	else if (o->state == OUT_DIALLING)
		break_off(o, S2S_TIMEOUT, STR("no connection in time"));
	else
		(void)fail(o, STREAM_CONNECTION_TIMEOUT, S2S_TIMEOUT,
			   STR("no login in time")); /* nothing is read here */
}

/* ---- the beginning ---- */

static void open_stream(struct s2s_out *o)
{
	o->state = OUT_HEADER;
	stream_send_open(&o->stream, o->ours, o->theirs, STR_NONE);
}

static void connect_to(struct s2s_out *o, const struct addr *to)
{
	if (tcp_connect(o->s2s->net, to, s2s_policy_output_limit(o->s2s->home->conf),
			&o->transport)) {
		break_off(o, S2S_UNREACHABLE, STR("no way to its address"));
		return;
	}
	transport_own(o->transport, &out_events, o);
	stream_init(&o->stream, o->transport, &stream_events, o);
	o->stream.content_ns = NS_SERVER;
	o->stream.limits = &s2s_wire_limits;
}

static void start(struct task *t)
{
	struct s2s_out *o = container_of(t, struct s2s_out, starter);
	struct addr to = s2s_policy_address(o->s2s->home->conf, o->theirs);

	if (to.is_set)
		connect_to(o, &to);
	else
		break_off(o, S2S_NOT_FOUND, STR("its address is not known"));
}

static bool start_tls(struct s2s_out *o)
{
	struct tls_want want = { .name = o->theirs,
				 .is_unchecked = true,
				 .output_limit = s2s_policy_output_limit(o->s2s->home->conf) };
	struct transport *secure;

	if (transport_tls_connect(o->s2s->net, o->transport, o->s2s->client_tls, &want, &secure)) {
		transport_own(o->transport, &out_events, o);
		return fail(o, STREAM_UNDEFINED_CONDITION, S2S_NO_TLS, STR("TLS cannot begin"));
	}
	/* What they sent behind <proceed/> in clear is dropped. */
	o->transport = secure;
	transport_own(o->transport, &out_events, o);
	stream_restart(&o->stream, o->transport);
	o->state = OUT_DIALLING;
	return false;
}

/* ---- login ---- */

static void send_dialback(struct s2s_out *o, const struct dialback *d)
{
	s2s_wire_dialback(&o->stream, d);
}

static void send_key(struct s2s_out *o)
{
	char key[DIALBACK_KEY_LEN];
	struct dialback d = { .kind = DIALBACK_RESULT,
			      .type = DIALBACK_REQUEST,
			      .from = o->ours,
			      .to = o->theirs,
			      .key = str_make(key, sizeof(key)) };

	dialback_key(s2s_secret(o->s2s), d.to, d.from, o->id, key);
	send_dialback(o, &d);
	o->state = OUT_KEY;
}

void s2s_out_authenticate(struct s2s_out *o)
{
	o->authenticates = true;
	if (o->state != OUT_READY)
		return;
	loop_timer(o->s2s->home->loop, &o->deadline, OPENING_USEC);
	send_key(o);
}

static void opened(struct s2s_out *o)
{
	loop_timer_stop(o->s2s->home->loop, &o->deadline);
	loop_timer(o->s2s->home->loop, &o->beat, BEAT_USEC);
	o->state = OUT_OPEN;
	o->used_at = clock_now();
	log_info(NULL, "stream to another server open", F_STR("domain", o->theirs),
		 F_STR("for", o->ours), F_BOOL("encrypted", o->is_secure));
	o->events->on_open(o->owner);
}

static bool on_verdict(struct s2s_out *o, const struct dialback *d)
{
	if (o->state != OUT_KEY || d->type == DIALBACK_REQUEST || !str_eq(d->from, o->theirs) ||
	    !str_eq(d->to, o->ours))
		return fail(o, STREAM_NOT_AUTHORIZED, S2S_BAD_STREAM,
			    STR("a dialback result that was not asked for"));
	if (d->type == DIALBACK_VALID) {
		opened(o);
		return true;
	}
	return end_in_order(o, d->type == DIALBACK_INVALID ? S2S_INVALID : S2S_REFUSED, d->error);
}

static bool on_dialback(struct s2s_out *o, struct arena *a, const struct xml *el)
{
	struct dialback d;

	if (dialback_read(a, el, &d))
		return fail(o, STREAM_INVALID_XML, S2S_BAD_STREAM, STR("dialback that cannot be"));
	if (d.kind == DIALBACK_RESULT)
		return on_verdict(o, &d);
	/* XEP-0220 2.1.2: what was not asked on this stream means nothing. */
	if (d.type == DIALBACK_REQUEST || !o->events->on_answer(o->owner, &d))
		return fail(o, STREAM_NOT_AUTHORIZED, S2S_BAD_STREAM,
			    STR("a dialback answer that was not asked for"));
	return true;
}

/* ---- features ---- */

static void ready(struct s2s_out *o)
{
	o->state = OUT_READY;
	if (o->authenticates)
		send_key(o);
	else
		loop_timer(o->s2s->home->loop, &o->deadline, UNUSED_USEC);
	o->events->on_ready(o->owner);
}

static bool on_features(struct s2s_out *o, const struct xml *el)
{
	struct arena a scoped(arena_done) = { 0 };

	o->is_secure = transport_is_secure(o->transport);
	if (o->is_secure) {
		ready(o);
		return true;
	}
	if (xml_child(el, NS_TLS, STR("starttls"))) {
		arena_init(&a, KIB);
		stream_send(&o->stream, xml_new(&a, NS_TLS, STR("starttls")));
		o->state = OUT_PROCEED;
		return true;
	}
	if (s2s_policy_needs_tls(o->s2s->home->conf))
		return fail(o, STREAM_POLICY_VIOLATION, S2S_NO_TLS,
			    STR("it does not offer encryption"));
	ready(o);
	return true;
}

/* ---- stream events ---- */

/* What they say when they end it. */
static bool on_stream_error(struct s2s_out *o, const struct xml *el)
{
	const struct xml *condition = xml_child(el, NS_STREAMS_ERROR, STR_NONE);
	struct str name = condition ? condition->name : STR("");
	enum s2s_trouble t = S2S_TIMEOUT;

	if (str_eq(name, STR("host-unknown")) || str_eq(name, STR("host-gone")))
		t = S2S_UNKNOWN_HOST;
	else if (str_eq(name, STR("policy-violation")) || str_eq(name, STR("not-authorized")) ||
		 str_eq(name, STR("invalid-from")))
		t = S2S_REFUSED;
	return end_in_order(o, t, name);
}

static bool on_nonza(struct s2s_out *o, struct arena *a, const struct xml *el)
{
	if (o->state == OUT_FEATURES && xml_is(el, NS_STREAM, STR("features")))
		return on_features(o, el);
	if (o->state == OUT_PROCEED && xml_is(el, NS_TLS, STR("proceed")))
		return start_tls(o);
	if (o->state == OUT_PROCEED && xml_is(el, NS_TLS, STR("failure")))
		return end_in_order(o, S2S_NO_TLS, STR("it refuses to begin TLS"));
	if (o->state >= OUT_READY && dialback_is(el))
		return on_dialback(o, a, el);
	return fail(o, STREAM_UNSUPPORTED_STANZA_TYPE, S2S_BAD_STREAM,
		    STR("an element that does not belong there"));
}

static bool on_element(void *arg, struct str text)
{
	struct s2s_out *o = arg;
	struct arena a scoped(arena_done) = { 0 };
	enum xml_fault fault;
	struct xml *el;

	if (!o->stream.is_open_in)
		return fail(o, STREAM_BAD_FORMAT, S2S_BAD_STREAM, STR_NONE);
	arena_init(&a, OUT_ARENA_MAX);
	fault = xml_parse(&a, text, stream_scope_or(o->stream.scope, false), o->stream.limits, &el);
	if (fault)
		return fail(o, stream_condition_of(fault), S2S_BAD_STREAM, STR_NONE);
	s2s_wire_adopt(el);
	if (xml_is(el, NS_STREAM, STR("error")))
		return on_stream_error(o, el);
	return on_nonza(o, &a, el);
}

/* Without a version it is of the time before features (RFC 6120 4.7.5): dialback in clear. */
static bool on_open(void *arg, const struct xml *open)
{
	struct s2s_out *o = arg;
	struct str id = xml_attr(open, STR("id"));

	if (o->state != OUT_HEADER)
		return fail(o, STREAM_BAD_FORMAT, S2S_BAD_STREAM, STR_NONE);
	if (!id.len || id.len > DIALBACK_ID_MAX)
		return fail(o, STREAM_BAD_FORMAT, S2S_BAD_STREAM, STR("a stream without an id"));
	mem_free((void *)(uintptr_t)o->id.ptr);
	o->id = str_make(str_dup(id), id.len);
	o->state = OUT_FEATURES;
	if (s2s_wire_is_version_1(open))
		return true;
	if (s2s_policy_needs_tls(o->s2s->home->conf))
		return fail(o, STREAM_UNSUPPORTED_VERSION, S2S_NO_TLS,
			    STR("it does not speak XMPP 1.0"));
	ready(o);
	return true;
}

static bool on_close(void *arg)
{
	struct s2s_out *o = arg;
	bool was_of_use = o->state == OUT_OPEN || o->state == OUT_READY;

	return end_in_order(o, was_of_use ? S2S_NO_TROUBLE : S2S_TIMEOUT,
			    was_of_use ? STR_NONE : STR("it has closed the stream"));
}

static bool on_fault(void *arg, enum stream_condition why)
{
	return fail(arg, why, S2S_BAD_STREAM, stream_condition_name(why));
}

static const struct stream_events stream_events = {
	.on_open = on_open, .on_element = on_element, .on_close = on_close, .on_fault = on_fault
};

/* ---- transport events ---- */

static void on_data(void *arg, struct str data)
{
	struct s2s_out *o = arg;

	if (o->state != OUT_ENDING && o->state != OUT_DEAD)
		stream_feed(&o->stream, data);
}

static void on_ready(void *arg)
{
	struct s2s_out *o = arg;

	if (o->state == OUT_DIALLING)
		open_stream(o);
}

static void on_drained(void *arg)
{
	struct s2s_out *o = arg;

	o->drains++;
	if (o->state == OUT_OPEN)
		o->events->on_drained(o->owner);
}

static void on_end(void *arg, enum transport_end why)
{
	struct s2s_out *o = arg;
	bool was_dialling = o->state == OUT_DIALLING;
	bool was_connected = o->id.len > 0;

	(void)why;
	if (was_dialling && was_connected)
		break_off(o, S2S_NO_TLS, STR("TLS failed"));
	else if (was_dialling)
		break_off(o, S2S_UNREACHABLE, STR("it refuses connections"));
	else
		break_off(o, S2S_TIMEOUT, STR("the connection broke"));
}

static const struct transport_events out_events = {
	.on_data = on_data, .on_ready = on_ready, .on_end = on_end, .on_drained = on_drained
};

/* ---- while it is open ---- */

/* RFC 6120 4.6.1: white space, so that a connection that has gone is noticed. */
static void on_beat(struct timer *t)
{
	struct s2s_out *o = container_of(t, struct s2s_out, beat);
	usec_t idle = conf_duration(o->s2s->home->conf, "limits.server_idle");

	if (clock_now() - o->used_at > idle) {
		(void)end_in_order(o, S2S_NO_TROUBLE, STR_NONE); /* nothing is read here */
		return;
	}
	if (transport_unsent(o->transport) && o->drains == o->beat_drains) {
		(void)fail(o, STREAM_CONNECTION_TIMEOUT, S2S_TIMEOUT,
			   STR("it takes nothing")); /* nothing is read here */
		return;
	}
	o->beat_drains = o->drains;
	if (!transport_unsent(o->transport))
		s2s_wire_space(&o->stream);
	loop_timer(o->s2s->home->loop, &o->beat, BEAT_USEC);
}

bool s2s_out_is_ready(const struct s2s_out *o)
{
	return o->state == OUT_READY || o->state == OUT_KEY || o->state == OUT_OPEN;
}

void s2s_out_ask(struct s2s_out *o, const struct s2s_verify *v)
{
	struct dialback d = { .kind = DIALBACK_VERIFY,
			      .type = DIALBACK_REQUEST,
			      .from = v->ours,
			      .to = v->theirs,
			      .id = v->id,
			      .key = v->key };

	send_dialback(o, &d);
}

void s2s_out_send(struct s2s_out *o, struct bytes *stanza)
{
	o->used_at = clock_now();
	stream_send_bytes(&o->stream, stanza);
}

size_t s2s_out_unsent(const struct s2s_out *o)
{
	return transport_unsent(o->transport);
}

struct s2s_out *s2s_out_new(struct s2s *s, const struct s2s_out_want *want,
			    const struct s2s_out_events *events, void *owner)
{
	struct s2s_out *o = mem_zalloc(1, sizeof(*o));

	o->s2s = s;
	o->owner = owner;
	o->events = events;
	o->ours = want->ours;
	o->theirs = want->theirs;
	o->authenticates = want->authenticates;
	o->deadline.fn = on_deadline;
	o->beat.fn = on_beat;
	o->starter.fn = start;
	list_init(&o->starter.link);
	o->reaper.fn = reap;
	list_init(&o->reaper.link);
	s->out_count++;
	metric_inc(METRIC_S2S_OUT);
	loop_timer(s->home->loop, &o->deadline, OPENING_USEC);
	loop_task(s->home->loop, &o->starter);
	return o;
}
