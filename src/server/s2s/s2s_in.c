/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of other servers, see s2s_in.h. */
#include "server/s2s/s2s_in.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "base/random.h"
#include "net/tls.h"
#include "server/route/service.h"
#include "server/s2s/s2s_gate.h"
#include "server/s2s/s2s_pairs.h"
#include "server/s2s/s2s_policy.h"
#include "server/s2s/s2s_verify.h"
#include "server/s2s/s2s_wire.h"
#include "xmpp/ns.h"

enum {
	LOGIN_ARENA_MAX = 256 * 1024,     /* bytes */
	LIVE_ARENA_MAX = 8 * 1024 * 1024, /* bytes of a stanza's tree */
	STREAM_ID_LEN = 24,
	ASKED_MAX = 16, /* questions of dialback that one stream may have open */
};

static const usec_t BEAT_USEC = 60 * USEC_PER_SEC;

static const struct str server_alpn[] = { STR_INIT("xmpp-server"), { .ptr = NULL } };

enum in_state {
	IN_TLS,    /* the handshake */
	IN_HEADER, /* the stream is not open */
	IN_OPEN,   /* it is: pairs says for whom */
	IN_ENDING, /* closed by us, waits for the transport to end */
	IN_DEAD,   /* freed at the end of the turn */
};

struct s2s_in {
	struct list link;
	struct s2s *s2s;
	struct transport *transport;
	struct stream stream;
	struct xml_limits limits; /* once somebody has logged in */
	struct s2s_gate gate;
	enum in_state state;
	struct addr client;
	struct str ours, theirs; /* owned: what the stream was opened for; theirs may be empty */
	struct s2s_pairs pairs;
	struct list asked; /* of struct s2s_verify */
	unsigned asked_count;
	struct timer deadline, beat;
	struct task reader, reaper;
	usec_t used_at;
	uint64_t drains, beat_drains;
	char id[STREAM_ID_LEN + 1];
};

static const struct stream_events stream_events;
static const struct transport_events in_events;

/* ---- the end ---- */

static void reap(struct task *t)
{
	struct s2s_in *c = container_of(t, struct s2s_in, reaper);

	if (c->gate.is_fenced)
		return;
	s2s_pairs_done(&c->pairs);
	mem_free((void *)(uintptr_t)c->ours.ptr);
	mem_free((void *)(uintptr_t)c->theirs.ptr);
	mem_free(c);
}

static void forget_questions(struct s2s_in *c)
{
	list_each (link, &c->asked)
		s2s_verify_forget(list_entry(link, struct s2s_verify, link));
	c->asked_count = 0;
}

static void die(struct s2s_in *c)
{
	struct loop *loop = c->s2s->home->loop;

	if (c->state == IN_DEAD)
		return;
	c->state = IN_DEAD;
	loop_timer_stop(loop, &c->deadline);
	loop_timer_stop(loop, &c->beat);
	list_remove(&c->link);
	c->s2s->in_count--;
	metric_add(METRIC_S2S_IN, -1);
	forget_questions(c);
	stream_done(&c->stream);
	transport_free(&c->transport);
	list_remove(&c->reader.link);
	loop_task(loop, &c->reaper);
}

static bool wait_for_end(struct s2s_in *c)
{
	if (c->state == IN_DEAD)
		return false;
	forget_questions(c);
	c->state = IN_ENDING;
	loop_timer_stop(c->s2s->home->loop, &c->beat);
	loop_timer(c->s2s->home->loop, &c->deadline, CLOSE_LINGER_USEC);
	return false;
}

/* These give what a stream event gives: the input is not used any more. */
static bool fail(struct s2s_in *c, enum stream_condition why, struct str text)
{
	if (c->state == IN_DEAD || c->state == IN_ENDING)
		return false;
	metric_inc(METRIC_STREAM_ERRORS);
	log_info(NULL, "stream of another server ended with an error", F_STR("domain", c->theirs),
		 F_STR("peer", transport_peer(c->transport)),
		 F_STR("condition", stream_condition_name(why)));
	stream_error(&c->stream, c->ours.len ? c->ours : c->s2s->home->domain, why, text);
	return wait_for_end(c);
}

static bool close_in_order(struct s2s_in *c)
{
	if (c->state == IN_DEAD || c->state == IN_ENDING)
		return false;
	stream_close(&c->stream);
	return wait_for_end(c);
}

static void on_deadline(struct timer *t)
{
	struct s2s_in *c = container_of(t, struct s2s_in, deadline);

	if (c->state == IN_ENDING || c->state == IN_TLS)
		die(c);
	else
		(void)fail(c, STREAM_CONNECTION_TIMEOUT, STR_NONE); /* nothing is read here */
}

/* ---- stopping to read, and going on ---- */

static void read_on(struct task *t)
{
	struct s2s_in *c = container_of(t, struct s2s_in, reader);

	if (c->state != IN_OPEN || c->gate.is_fenced)
		return;
	transport_pause(c->transport, false);
	stream_go_on(&c->stream);
}

static void on_passed(struct s2s_gate *g)
{
	struct s2s_in *c = container_of(g, struct s2s_in, gate);

	loop_task(c->s2s->home->loop, c->state == IN_DEAD ? &c->reaper : &c->reader);
}

/* ---- login ---- */

static bool is_ours(const struct home *h, struct str domain)
{
	return home_realm(h, domain) || services_find(h->services, domain);
}

static bool is_secure_enough(const struct s2s_in *c)
{
	return transport_is_secure(c->transport) || !s2s_policy_needs_tls(c->s2s->home->conf);
}

/* The pair may send stanzas from now on. False: it is one too many. */
static bool let_in(struct s2s_in *c, struct str ours, struct str theirs, const char *how)
{
	struct conf *conf = c->s2s->home->conf;

	if (s2s_pairs_add(&c->pairs, ours, theirs))
		return false;
	c->limits = (struct xml_limits){ .stanza_bytes =
						 (uint32_t)conf_size(conf, "limits.stanza_bytes"),
					 .depth = 64,
					 .attrs = 64,
					 .name_bytes = 256,
					 .children = 10000 };
	c->stream.limits = &c->limits;
	c->used_at = clock_now();
	loop_timer_stop(c->s2s->home->loop, &c->deadline);
	if (c->pairs.count == 1)
		loop_timer(c->s2s->home->loop, &c->beat, BEAT_USEC);
	log_info(NULL, "another server has logged in", F_STR("domain", theirs), F_STR("for", ours),
		 F_STR("by", str_from(how)), F_STR("peer", transport_peer(c->transport)),
		 F_BOOL("encrypted", transport_is_secure(c->transport)));
	return true;
}

/* ---- dialback ---- */

static void answer(struct s2s_in *c, const struct dialback *request, enum dialback_type type,
		   enum condition error)
{
	struct dialback d = { .kind = request->kind,
			      .type = type,
			      .from = request->to,
			      .to = request->from,
			      .id = request->id,
			      .error = condition_name(error) };

	s2s_wire_dialback(&c->stream, &d);
}

static bool refuse(struct s2s_in *c, const struct dialback *request, enum condition error)
{
	answer(c, request, DIALBACK_ERROR, error);
	return true;
}

/* XEP-0220 2.2.1: what was shown was wrong. */
static void turn_away(struct s2s_in *c, const struct dialback *request)
{
	log_warn(NULL, "another server could not show who it is", F_STR("domain", request->from),
		 F_STR("for", request->to), F_STR("peer", transport_peer(c->transport)));
	if (c->pairs.count) {
		(void)refuse(c, request, COND_FORBIDDEN); /* the other pairs stay */
		return;
	}
	answer(c, request, DIALBACK_INVALID, COND_FORBIDDEN);
	(void)close_in_order(c); /* nothing is read here */
}

static void on_verified(void *arg, struct s2s_verify *v)
{
	struct s2s_in *c = arg;
	struct dialback request = { .kind = DIALBACK_RESULT, .from = v->theirs, .to = v->ours };

	c->asked_count--;
	if (c->state != IN_OPEN)
		return;
	if (v->is_valid && let_in(c, v->ours, v->theirs, "dialback"))
		answer(c, &request, DIALBACK_VALID, COND_FORBIDDEN);
	else if (v->is_valid)
		(void)refuse(c, &request, COND_RESOURCE_CONSTRAINT); /* it was told */
	else if (v->trouble)
		(void)refuse(c, &request, s2s_trouble_dialback(v->trouble)); /* as above */
	else
		turn_away(c, &request);
}

static bool is_asked(const struct s2s_in *c, const struct dialback *d)
{
	list_each (link, &c->asked) {
		const struct s2s_verify *v = list_entry(link, struct s2s_verify, link);

		if (str_eq(v->ours, d->to) && str_eq(v->theirs, d->from))
			return true;
	}
	return false;
}

/* A key: who made it is asked (XEP-0220 2.2.1). */
static bool on_key(struct s2s_in *c, const struct dialback *d)
{
	struct home *h = c->s2s->home;
	struct s2s_verify *v;

	if (!is_ours(h, d->to))
		return refuse(c, d, COND_ITEM_NOT_FOUND);
	if (is_ours(h, d->from))
		return refuse(c, d, COND_NOT_ACCEPTABLE);
	if (!is_secure_enough(c) || !s2s_policy_allows(h->conf, d->from))
		return refuse(c, d, COND_POLICY_VIOLATION);
	if (s2s_policy_needs_certificate(h->conf, d->from))
		return refuse(c, d, COND_NOT_AUTHORIZED);
	if (c->asked_count >= ASKED_MAX || c->pairs.count >= S2S_PAIRS_MAX || is_asked(c, d))
		return refuse(c, d, COND_RESOURCE_CONSTRAINT);
	v = s2s_verify_new(h, d, str_from(c->id), c, on_verified);
	list_append(&c->asked, &v->link);
	c->asked_count++;
	return true;
}

/* A question: whether a key is ours (XEP-0220 2.2.2). */
static bool on_question(struct s2s_in *c, const struct dialback *d)
{
	bool is_valid;

	if (!is_ours(c->s2s->home, d->to))
		return refuse(c, d, COND_ITEM_NOT_FOUND);
	if (!is_secure_enough(c))
		return refuse(c, d, COND_POLICY_VIOLATION);
	is_valid = dialback_key_is(s2s_secret(c->s2s), d->from, d->to, d->id, d->key);
	answer(c, d, is_valid ? DIALBACK_VALID : DIALBACK_INVALID, COND_FORBIDDEN);
	return true;
}

static bool on_dialback(struct s2s_in *c, struct arena *a, const struct xml *el)
{
	struct dialback d;

	if (dialback_read(a, el, &d))
		return fail(c, STREAM_IMPROPER_ADDRESSING, STR_NONE);
	/* We have asked nothing on this stream (XEP-0220 3.1; XMPP.md 5, row 35). */
	if (d.type != DIALBACK_REQUEST)
		return fail(c, STREAM_NOT_AUTHORIZED, STR_NONE);
	return d.kind == DIALBACK_VERIFY ? on_question(c, &d) : on_key(c, &d);
}

/* ---- stanzas ---- */

/* RFC 6120 8.1.1.2 and 8.1.2.2. */
static bool is_addressed(struct s2s_in *c, const struct xml *el, const struct stanza *s)
{
	if (!xml_attr(el, STR("from")).len || !xml_attr(el, STR("to")).len)
		return fail(c, STREAM_IMPROPER_ADDRESSING, STR_NONE);
	if (jid_is_set(s->to) && !is_ours(c->s2s->home, s->to.domain))
		return fail(c, STREAM_HOST_UNKNOWN, STR_NONE);
	if (!s2s_pairs_have(&c->pairs, s->to.domain, s->from.domain))
		return fail(c, c->pairs.count ? STREAM_INVALID_FROM : STREAM_NOT_AUTHORIZED,
			    STR_NONE);
	return true;
}

static bool on_stanza(struct s2s_in *c, struct arena *a, struct xml *el)
{
	enum stanza_fault fault;
	struct stanza s;

	fault = stanza_read(a, el, &s);
	if (fault == STANZA_NOT_A_STANZA)
		return fail(c, STREAM_UNSUPPORTED_STANZA_TYPE, STR_NONE);
	if (fault == STANZA_BAD_FROM)
		return fail(c, STREAM_INVALID_FROM, STR_NONE);
	if (fault == STANZA_BAD_TO) /* no pair can be told from it */
		return fail(c, STREAM_IMPROPER_ADDRESSING, STR_NONE);
	if (!is_addressed(c, el, &s))
		return false;
	c->used_at = clock_now();
	if (fault)
		s2s_gate_refuse(&c->gate, a, &s, COND_BAD_REQUEST);
	else
		s2s_gate_post(&c->gate, a, &s, c->stream.lang);
	if (s2s_gate_is_full(&c->gate)) {
		stream_hold(&c->stream);
		transport_pause(c->transport, true);
		s2s_gate_close(&c->gate);
	}
	return true;
}

/* ---- stream events ---- */

static bool start_tls(struct s2s_in *c)
{
	struct arena a scoped(arena_done) = { 0 };

	if (transport_is_secure(c->transport) || c->pairs.count || c->asked_count)
		return fail(c, STREAM_POLICY_VIOLATION, STR_NONE);
	arena_init(&a, KIB);
	stream_send(&c->stream, xml_new(&a, NS_TLS, STR("proceed")));
	/* What came behind <starttls/> in clear is dropped: false ends the use of this input
	 * (XMPP.md 5, row 27). */
	c->transport = transport_tls_accept(c->s2s->net, c->transport, c->s2s->tls, server_alpn,
					    s2s_policy_output_limit(c->s2s->home->conf));
	transport_own(c->transport, &in_events, c);
	stream_restart(&c->stream, c->transport);
	c->state = IN_TLS;
	return false;
}

static void send_features(struct s2s_in *c)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *features, *tls, *dialback;

	arena_init(&a, 16 * KIB);
	features = xml_new(&a, NS_STREAM, STR("features"));
	if (!transport_is_secure(c->transport)) {
		tls = xml_add_new(&a, features, NS_TLS, STR("starttls"));
		if (s2s_policy_needs_tls(c->s2s->home->conf))
			(void)xml_add_new(&a, tls, NS_TLS, STR("required"));
	}
	if (is_secure_enough(c)) {
		dialback = xml_add_new(&a, features, NS_DIALBACK_FEATURE, STR("dialback"));
		(void)xml_add_new(&a, dialback, NS_DIALBACK_FEATURE, STR("errors"));
	}
	stream_send(&c->stream, features);
}

static bool on_element(void *arg, struct str text)
{
	struct s2s_in *c = arg;
	struct arena a scoped(arena_done) = { 0 };
	enum xml_fault fault;
	struct xml *el;

	if (c->state != IN_OPEN)
		return fail(c, STREAM_BAD_FORMAT, STR_NONE);
	arena_init(&a, c->pairs.count ? LIVE_ARENA_MAX : LOGIN_ARENA_MAX);
	fault = xml_parse(&a, text, stream_scope_or(c->stream.scope, false), c->stream.limits, &el);
	if (fault)
		return fail(c, stream_condition_of(fault), STR_NONE);
	s2s_wire_adopt(el);
	if (xml_is(el, NS_STREAM, STR("error")))
		return close_in_order(c);
	if (xml_is(el, NS_TLS, STR("starttls")))
		return start_tls(c);
	if (dialback_is(el))
		return on_dialback(c, &a, el);
	return on_stanza(c, &a, el);
}

static struct str keep(struct str s, struct str *old)
{
	mem_free((void *)(uintptr_t)old->ptr);
	return *old = s.len ? str_make(str_dup(s), s.len) : STR_NONE;
}

/* RFC 6120 4.7: to must be a domain of ours; from need not be there, and is only what they say. */
static bool is_greeted(struct s2s_in *c, struct arena *a, const struct xml *open)
{
	struct str to = xml_attr(open, STR("to")), from = xml_attr(open, STR("from"));
	struct home *h = c->s2s->home;
	struct str ours, theirs = STR_NONE;

	if (!to.len)
		return fail(c, STREAM_IMPROPER_ADDRESSING, STR_NONE);
	if (jid_prep_domain(a, to, &ours) || !is_ours(h, ours))
		return fail(c, STREAM_HOST_UNKNOWN, STR_NONE);
	if (from.len && (jid_prep_domain(a, from, &theirs) || is_ours(h, theirs)))
		return fail(c, STREAM_INVALID_FROM, STR_NONE);
	(void)keep(ours, &c->ours);
	(void)keep(theirs, &c->theirs);
	if (!conf_bool(h->conf, "s2s.enabled") ||
	    (theirs.len && !s2s_policy_allows(h->conf, theirs)))
		return fail(c, STREAM_POLICY_VIOLATION, STR_NONE);
	return true;
}

static bool on_open(void *arg, const struct xml *open)
{
	struct s2s_in *c = arg;
	struct arena a scoped(arena_done) = { 0 };

	arena_init(&a, 16 * KIB);
	random_token(c->id, STREAM_ID_LEN);
	if (c->state != IN_HEADER)
		return fail(c, STREAM_BAD_FORMAT, STR_NONE);
	if (!is_greeted(c, &a, open))
		return false;
	c->state = IN_OPEN;
	stream_send_open(&c->stream, c->ours, c->theirs, str_from(c->id));
	if (s2s_wire_is_version_1(open))
		send_features(c);
	else if (!is_secure_enough(c))
		return fail(c, STREAM_UNSUPPORTED_VERSION, STR_NONE);
	return true;
}

static bool on_close(void *arg)
{
	return close_in_order(arg);
}

static bool on_fault(void *arg, enum stream_condition why)
{
	return fail(arg, why, STR_NONE);
}

static const struct stream_events stream_events = {
	.on_open = on_open, .on_element = on_element, .on_close = on_close, .on_fault = on_fault
};

/* ---- transport events ---- */

static void on_data(void *arg, struct str data)
{
	struct s2s_in *c = arg;

	if (c->state != IN_ENDING && c->state != IN_DEAD)
		stream_feed(&c->stream, data);
}

static void on_ready(void *arg)
{
	struct s2s_in *c = arg;

	if (c->state == IN_TLS)
		c->state = IN_HEADER;
}

static void on_drained(void *arg)
{
	((struct s2s_in *)arg)->drains++;
}

static void on_end(void *arg, enum transport_end why)
{
	(void)why;
	die(arg);
}

static const struct transport_events in_events = {
	.on_data = on_data, .on_ready = on_ready, .on_end = on_end, .on_drained = on_drained
};

/* RFC 6120 4.6.1: white space. A peer that takes nothing between two beats is gone; one that says
 * nothing for long may come again. */
static void on_beat(struct timer *t)
{
	struct s2s_in *c = container_of(t, struct s2s_in, beat);

	if (transport_unsent(c->transport) && c->drains == c->beat_drains) {
		(void)fail(c, STREAM_CONNECTION_TIMEOUT, STR_NONE); /* nothing is read here */
		return;
	}
	if (clock_now() - c->used_at > conf_duration(c->s2s->home->conf, "limits.server_idle")) {
		(void)close_in_order(c); /* as above */
		return;
	}
	c->beat_drains = c->drains;
	if (!transport_unsent(c->transport))
		s2s_wire_space(&c->stream);
	loop_timer(c->s2s->home->loop, &c->beat, BEAT_USEC);
}

/* ---- all of a loop ---- */

static bool is_one_too_many(const struct s2s *s, const struct addr *client)
{
	struct addr network = addr_network(client);
	int64_t count = 0;

	if (s->is_stopping || !conf_bool(s->home->conf, "s2s.enabled") ||
	    (int64_t)s->in_count >= conf_int(s->home->conf, "limits.server_streams"))
		return true;
	if (addr_nets_have(s->trusted, client))
		return false;
	list_each (link, &s->ins) {
		struct addr other = addr_network(&list_entry(link, struct s2s_in, link)->client);

		count += memcmp(other.ip, network.ip, sizeof(other.ip)) == 0;
	}
	return count >= conf_int(s->home->conf, "limits.server_streams_address");
}

void s2s_in_accept(struct s2s *s, struct transport *t, const struct addr *client, bool is_direct)
{
	struct s2s_in *c;

	if (is_one_too_many(s, client)) {
		metric_inc(METRIC_S2S_TURNED_AWAY);
		transport_free(&t);
		return;
	}
	c = mem_zalloc(1, sizeof(*c));
	c->s2s = s;
	c->client = *client;
	c->gate = (struct s2s_gate){ .home = s->home, .on_passed = on_passed };
	c->state = is_direct ? IN_TLS : IN_HEADER;
	c->transport = is_direct ? transport_tls_accept(s->net, t, s->tls, server_alpn,
							s2s_policy_output_limit(s->home->conf))
				 : t;
	list_init(&c->asked);
	c->deadline.fn = on_deadline;
	c->beat.fn = on_beat;
	c->reader.fn = read_on;
	list_init(&c->reader.link);
	c->reaper.fn = reap;
	list_init(&c->reaper.link);
	list_append(&s->ins, &c->link);
	s->in_count++;
	metric_inc(METRIC_S2S_IN);
	transport_own(c->transport, &in_events, c);
	stream_init(&c->stream, c->transport, &stream_events, c);
	c->stream.content_ns = NS_SERVER;
	c->stream.limits = &s2s_wire_limits;
	loop_timer(s->home->loop, &c->deadline, conf_duration(s->home->conf, "limits.login_time"));
}

void s2s_in_init(struct s2s *s)
{
	list_init(&s->ins);
}

void s2s_in_stop(struct s2s *s)
{
	list_each (link, &s->ins)
		(void)fail(list_entry(link, struct s2s_in, link), STREAM_SYSTEM_SHUTDOWN,
			   STR_NONE); /* nothing is read here */
}
