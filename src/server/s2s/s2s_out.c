/* SPDX-License-Identifier: Apache-2.0 */
/* Streams to other servers, see s2s_out.h: connection, TLS, stream. */
#include "server/s2s/s2s_out.h"

#include "base/mem.h"
#include "net/tcp.h"
#include "net/tls.h"
#include "server/s2s/s2s_back.h"
#include "server/s2s/s2s_out_login.h"
#include "server/s2s/s2s_out_sm.h"
#include "server/s2s/s2s_policy.h"
#include "server/s2s/s2s_proof.h"
#include "server/s2s/s2s_wire.h"
#include "xmpp/ns.h"

enum {
	OUT_ARENA_MAX = 256 * 1024,       /* bytes of an element's tree: of nonzas */
	BACK_ARENA_MAX = 8 * 1024 * 1024, /* bytes of a stanza's (XEP-0288) */
};

static const struct str server_alpn[] = { STR_INIT("xmpp-server"), { .ptr = NULL } };

static const struct stream_events stream_events;
static const struct transport_events out_events;

/* ---- the beginning ---- */

static void open_stream(struct s2s_out *o)
{
	o->state = S2S_OUT_HEADER;
	stream_send_open(&o->stream, o->ours, o->theirs, STR_NONE);
}

/* TLS over the transport: whose certificate it is, is looked at afterwards. */
static enum err begin_tls(struct s2s_out *o)
{
	struct tls_want want = { .name = o->way.ascii,
				 .alpn = o->way.is_direct_tls ? server_alpn : NULL,
				 .output_limit = s2s_policy_output_limit(o->s2s->home->conf) };
	struct transport *secure;
	enum err e = transport_tls_connect(o->s2s->net, o->transport, o->s2s->tls.connect, &want,
					   &secure);

	if (!e)
		o->transport = secure;
	o->tls_at = loop_now(o->s2s->home->loop);
	transport_own(o->transport, &out_events, o);
	return e;
}

static void connected(struct s2s_out *o)
{
	transport_own(o->transport, &out_events, o);
	stream_init(&o->stream, o->transport, &stream_events, o);
	o->stream.content_ns = NS_SERVER;
	o->stream.limits = &s2s_wire_limits;
	if (!o->way.is_direct_tls) {
		open_stream(o);
		return;
	}
	o->state = S2S_OUT_TLS;
	if (begin_tls(o))
		s2s_out_life_break(o, S2S_NO_TLS, STR("TLS cannot begin"));
	else
		stream_restart(&o->stream, o->transport);
}

static enum s2s_trouble trouble_of(enum dial_error why)
{
	switch (why) {
	case DIAL_OK:
	case DIAL_NO_NAME:
	case DIAL_NO_SERVICE:
	case DIAL_NO_ADDRESS:
	case DIAL_BOGUS:
		return S2S_NOT_FOUND;
	case DIAL_UNRESOLVED:
	case DIAL_REFUSED:
		return S2S_UNREACHABLE;
	case DIAL_UNREACHABLE:
		return S2S_TIMEOUT;
	case DIAL_FORBIDDEN:
		return S2S_BLOCKED;
	}
	return S2S_NOT_FOUND;
}

static void on_dialled(void *arg, const struct dial_result *result)
{
	struct s2s_out *o = arg;

	if (result->transport) {
		o->way = *result;
		o->transport = result->transport;
		tcp_set_patience(o->transport, S2S_PATIENCE_USEC);
		connected(o);
	} else if (o->trouble) {
		s2s_out_life_break(o, o->trouble, str_from(o->reason));
	} else {
		s2s_out_life_break(o, trouble_of(result->why), result->reason);
	}
}

/* Who writes to a domain of his choice does not reach through us what only we can reach. */
static bool may_dial(void *owner, const struct addr *to)
{
	const struct s2s_out *o = owner;

	return s2s_policy_may_dial(o->s2s->home->conf, to);
}

static void start(struct task *t)
{
	struct s2s_out *o = container_of(t, struct s2s_out, starter);
	struct addr fixed = s2s_policy_address(o->s2s->home->conf, o->theirs);
	struct dial_want want = { .domain = o->theirs,
				  .fixed = fixed.is_set ? &fixed : NULL,
				  .may_dial = fixed.is_set ? NULL : may_dial,
				  .output_limit = s2s_policy_output_limit(o->s2s->home->conf) };

	if (fixed.is_set || o->s2s->resolver)
		o->dial = dial_begin(o->s2s->resolver, o->s2s->net, &want, on_dialled, o);
	else
		s2s_out_life_break(o, S2S_NOT_FOUND, STR("there is no DNS"));
}

/* ---- TLS ---- */

static bool start_tls(struct s2s_out *o)
{
	/* What they sent behind <proceed/> in clear is dropped: false ends the use of this input.
	 */
	if (begin_tls(o))
		return s2s_out_life_fail(o, STREAM_UNDEFINED_CONDITION, S2S_NO_TLS,
					 STR("TLS cannot begin"));
	stream_restart(&o->stream, o->transport);
	o->state = S2S_OUT_TLS;
	return false;
}

/* Whose certificate it is. Dialback goes on with any, unless the operator or the DNS wants more. */
static void on_secure(struct s2s_out *o)
{
	struct s2s_way way = { .target = o->way.is_target_secure ? o->way.target : STR_NONE,
			       .dane = o->way.dane };
	struct tls_peer_report report;

	s2s_proof_of(o->s2s, o->transport, o->theirs, &way, &report);
	o->is_shown = s2s_proof_is_good(&report);
	if (report.proof == TLS_PEER_IMPOSTOR ||
	    (!o->is_shown && s2s_policy_needs_certificate(o->s2s->home->conf, o->theirs)))
		(void)s2s_out_life_next(o, S2S_CERTIFICATE, str_from(report.reason));
	else
		open_stream(o);
}

static bool on_features(struct s2s_out *o, const struct xml *el)
{
	struct arena a scoped(arena_done) = { 0 };

	if (transport_is_secure(o->transport)) {
		s2s_out_login_features(o, el);
		return true;
	}
	if (xml_child(el, NS_TLS, STR("starttls"))) {
		arena_init(&a, KIB);
		stream_send(&o->stream, xml_new(&a, NS_TLS, STR("starttls")));
		o->state = S2S_OUT_PROCEED;
		return true;
	}
	if (s2s_policy_needs_tls(o->s2s->home->conf) ||
	    s2s_policy_needs_certificate(o->s2s->home->conf, o->theirs))
		return s2s_out_life_fail(o, STREAM_POLICY_VIOLATION, S2S_NO_TLS,
					 STR("it does not offer encryption"));
	s2s_out_login_features(o, el);
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
	return s2s_out_life_close(o, t, name);
}

static bool on_part(struct s2s_out *o, struct arena *a, struct xml *el)
{
	if (o->state == S2S_OUT_FEATURES && xml_is(el, NS_STREAM, STR("features")))
		return on_features(o, el);
	if (o->state == S2S_OUT_PROCEED && xml_is(el, NS_TLS, STR("proceed")))
		return start_tls(o);
	if (o->state == S2S_OUT_PROCEED && xml_is(el, NS_TLS, STR("failure")))
		return s2s_out_life_close(o, S2S_NO_TLS, STR("it refuses to begin TLS"));
	if (o->state >= S2S_OUT_READY && dialback_is(el))
		return s2s_out_login_dialback(o, a, el);
	if (str_eq(el->ns, NS_SASL))
		return s2s_out_login_sasl(o, el);
	if (str_eq(el->ns, NS_SM))
		return s2s_out_sm(o, el);
	return s2s_back_stanza(o, a, el);
}

static bool on_element(void *arg, struct str text)
{
	struct s2s_out *o = arg;
	struct arena a scoped(arena_done) = { 0 };
	enum xml_fault fault;
	struct xml *el;

	if (!o->stream.is_open_in)
		return s2s_out_life_fail(o, STREAM_BAD_FORMAT, S2S_BAD_STREAM, STR_NONE);
	arena_init(&a, o->back ? BACK_ARENA_MAX : OUT_ARENA_MAX);
	fault = xml_parse(&a, text, stream_scope_or(o->stream.scope, false), o->stream.limits, &el);
	if (fault)
		return s2s_out_life_fail(o, stream_condition_of(fault), S2S_BAD_STREAM, STR_NONE);
	s2s_back_count(o, text.len);
	s2s_wire_adopt(el);
	if (xml_is(el, NS_STREAM, STR("error")))
		return on_stream_error(o, el);
	return on_part(o, &a, el);
}

/* Without a version it is of the time before features (RFC 6120 4.7.5): dialback in clear. */
static bool on_open(void *arg, const struct xml *open)
{
	struct s2s_out *o = arg;
	struct str id = xml_attr(open, STR("id"));

	if (o->state != S2S_OUT_HEADER)
		return s2s_out_life_fail(o, STREAM_BAD_FORMAT, S2S_BAD_STREAM, STR_NONE);
	if (!id.len || id.len > DIALBACK_ID_MAX)
		return s2s_out_life_fail(o, STREAM_BAD_FORMAT, S2S_BAD_STREAM,
					 STR("a stream without an id"));
	mem_free((void *)(uintptr_t)o->id.ptr);
	o->id = str_make(str_dup(id), id.len);
	o->state = S2S_OUT_FEATURES;
	if (s2s_wire_is_version_1(open))
		return true;
	if (s2s_policy_needs_tls(o->s2s->home->conf))
		return s2s_out_life_fail(o, STREAM_UNSUPPORTED_VERSION, S2S_NO_TLS,
					 STR("it does not speak XMPP 1.0"));
	s2s_out_login_features(o, NULL);
	return true;
}

static bool on_close(void *arg)
{
	struct s2s_out *o = arg;
	bool was_of_use = o->state == S2S_OUT_OPEN || o->state == S2S_OUT_READY;

	return s2s_out_life_close(o, was_of_use ? S2S_NO_TROUBLE : S2S_TIMEOUT,
				  was_of_use ? STR_NONE : STR("it has closed the stream"));
}

static bool on_fault(void *arg, enum stream_condition why)
{
	return s2s_out_life_fail(arg, why, S2S_BAD_STREAM, stream_condition_name(why));
}

static const struct stream_events stream_events = {
	.on_open = on_open, .on_element = on_element, .on_close = on_close, .on_fault = on_fault
};

/* ---- transport events ---- */

static void on_data(void *arg, struct str data)
{
	struct s2s_out *o = arg;

	if (o->state != S2S_OUT_ENDING && o->state != S2S_OUT_DEAD)
		stream_feed(&o->stream, data);
}

static void on_ready(void *arg)
{
	struct s2s_out *o = arg;

	if (o->state == S2S_OUT_TLS)
		on_secure(o);
}

static void on_drained(void *arg)
{
	struct s2s_out *o = arg;

	o->drains++;
	if (o->state == S2S_OUT_OPEN)
		o->events->on_drained(o->owner);
}

static void on_end(void *arg, enum transport_end why)
{
	struct s2s_out *o = arg;
	usec_t now = loop_now(o->s2s->home->loop);

	(void)why;
	if (o->state == S2S_OUT_TLS && now - o->tls_at >= TLS_HANDSHAKE_USEC)
		(void)s2s_out_life_next(o, S2S_TIMEOUT, STR("it does not go on with TLS"));
	else if (o->state == S2S_OUT_TLS)
		(void)s2s_out_life_next(o, S2S_NO_TLS, STR("TLS failed"));
	else if (o->state == S2S_OUT_HEADER && o->dial && !o->is_logged_in)
		(void)s2s_out_life_next(o, S2S_TIMEOUT, STR("it hangs up at once"));
	else
		s2s_out_life_break(o, S2S_TIMEOUT, STR("the connection broke"));
}

static const struct transport_events out_events = {
	.on_data = on_data, .on_ready = on_ready, .on_end = on_end, .on_drained = on_drained
};

/* ---- for the owner ---- */

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
	struct s2s_out *o = s2s_out_life_new(s, want);

	o->owner = owner;
	o->events = events;
	o->starter.fn = start;
	loop_task(s->home->loop, &o->starter);
	return o;
}
