/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of other servers, see s2s_in.h. */
#include "server/s2s/s2s_in.h"

#include "base/mem.h"
#include "base/metric.h"
#include "base/random.h"
#include "net/tcp.h"
#include "net/tls.h"
#include "server/s2s/s2s_in_dane.h"
#include "server/s2s/s2s_in_login.h"
#include "server/s2s/s2s_in_sm.h"
#include "server/s2s/s2s_policy.h"
#include "server/s2s/s2s_track.h"
#include "server/s2s/s2s_wire.h"
#include "xmpp/ns.h"

enum {
	LOGIN_ARENA_MAX = 256 * 1024,     /* bytes */
	LIVE_ARENA_MAX = 8 * 1024 * 1024, /* bytes of a stanza's tree */
};

static const struct str server_alpn[] = { STR_INIT("xmpp-server"), { .ptr = NULL } };

static const struct stream_events stream_events;
static const struct transport_events in_events;

/* ---- stanzas ---- */

/* RFC 6120 8.1.1.2 and 8.1.2.2. */
static bool is_addressed(struct s2s_in *c, const struct xml *el, const struct stanza *s)
{
	if (!xml_attr(el, STR("from")).len || !xml_attr(el, STR("to")).len)
		return s2s_in_life_fail(c, STREAM_IMPROPER_ADDRESSING, STR_NONE);
	if (jid_is_set(s->to) && !s2s_policy_is_ours(c->s2s->home, s->to.domain))
		return s2s_in_life_fail(c, STREAM_HOST_UNKNOWN, STR_NONE);
	if (!s2s_pairs_have(&c->pairs, s->to.domain, s->from.domain))
		return s2s_in_life_fail(
			c, c->pairs.count ? STREAM_INVALID_FROM : STREAM_NOT_AUTHORIZED, STR_NONE);
	return true;
}

static bool on_stanza(struct s2s_in *c, struct arena *a, struct xml *el)
{
	enum stanza_fault fault;
	struct stanza s;

	fault = stanza_read(a, el, &s);
	if (fault == STANZA_NOT_A_STANZA)
		return s2s_in_life_fail(c, STREAM_UNSUPPORTED_STANZA_TYPE, STR_NONE);
	if (fault == STANZA_BAD_FROM)
		return s2s_in_life_fail(c, STREAM_INVALID_FROM, STR_NONE);
	if (fault == STANZA_BAD_TO) /* no pair can be told from it */
		return s2s_in_life_fail(c, STREAM_IMPROPER_ADDRESSING, STR_NONE);
	if (!is_addressed(c, el, &s))
		return false;
	c->gate.receipt = s2s_in_sm_count(c);
	if (fault)
		s2s_gate_refuse(&c->gate, a, &s, COND_BAD_REQUEST);
	else
		s2s_gate_post(&c->gate, a, &s, c->stream.lang);
	if (s2s_gate_is_full(&c->gate))
		s2s_in_life_hold(c);
	return true;
}

/* ---- stream events ---- */

static bool start_tls(struct s2s_in *c)
{
	struct arena a scoped(arena_done) = { 0 };

	if (transport_is_secure(c->transport) || c->pairs.count || c->asked_count)
		return s2s_in_life_fail(c, STREAM_POLICY_VIOLATION, STR_NONE);
	arena_init(&a, KIB);
	stream_send(&c->stream, xml_new(&a, NS_TLS, STR("proceed")));
	/* What came behind <starttls/> in clear is dropped: false ends the use of this input
	 * (XMPP.md 5, row 27). */
	c->transport =
		transport_tls_accept(c->s2s->net, c->transport, c->s2s->tls.accept, server_alpn,
				     s2s_policy_output_limit(c->s2s->home->conf));
	tls_ask_peer(c->transport);
	transport_own(c->transport, &in_events, c);
	stream_restart(&c->stream, c->transport);
	c->state = S2S_IN_TLS;
	return false;
}

static void send_features(struct s2s_in *c)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *features, *tls;

	arena_init(&a, 16 * KIB);
	features = xml_new(&a, NS_STREAM, STR("features"));
	if (!transport_is_secure(c->transport)) {
		tls = xml_add_new(&a, features, NS_TLS, STR("starttls"));
		if (s2s_policy_needs_tls(c->s2s->home->conf))
			(void)xml_add_new(&a, tls, NS_TLS, STR("required"));
	}
	s2s_in_login_offer(c, &a, features);
	if (transport_is_secure(c->transport) || !s2s_policy_needs_tls(c->s2s->home->conf))
		(void)xml_add_new(&a, features, NS_SM, STR("sm"));
	stream_send(&c->stream, features);
}

static bool on_element(void *arg, struct str text)
{
	struct s2s_in *c = arg;
	struct arena a scoped(arena_done) = { 0 };
	enum xml_fault fault;
	struct xml *el;

	if (c->state != S2S_IN_OPEN)
		return s2s_in_life_fail(c, STREAM_BAD_FORMAT, STR_NONE);
	arena_init(&a, c->pairs.count ? LIVE_ARENA_MAX : LOGIN_ARENA_MAX);
	fault = xml_parse(&a, text, stream_scope_or(c->stream.scope, false), c->stream.limits, &el);
	if (fault)
		return s2s_in_life_fail(c, stream_condition_of(fault), STR_NONE);
	s2s_in_life_count(c, text.len);
	s2s_wire_adopt(el);
	if (xml_is(el, NS_STREAM, STR("error")))
		return s2s_in_life_close(c);
	if (xml_is(el, NS_TLS, STR("starttls")))
		return start_tls(c);
	if (dialback_is(el))
		return s2s_in_login_dialback(c, &a, el);
	if (str_eq(el->ns, NS_SM))
		return s2s_in_sm(c, &a, el);
	if (str_eq(el->ns, NS_SASL))
		return s2s_in_login_external(c, &a, el);
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
		return s2s_in_life_fail(c, STREAM_IMPROPER_ADDRESSING, STR_NONE);
	if (jid_prep_domain(a, to, &ours) || !s2s_policy_is_ours(h, ours))
		return s2s_in_life_fail(c, STREAM_HOST_UNKNOWN, STR_NONE);
	if (from.len && (jid_prep_domain(a, from, &theirs) || s2s_policy_is_ours(h, theirs)))
		return s2s_in_life_fail(c, STREAM_INVALID_FROM, STR_NONE);
	if (c->identity.len && theirs.len && !str_eq(theirs, c->identity))
		return s2s_in_life_fail(c, STREAM_INVALID_FROM, STR_NONE);
	(void)keep(ours, &c->ours);
	(void)keep(theirs, &c->theirs);
	if (!conf_bool(h->conf, "s2s.enabled") || (theirs.len && !s2s_policy_allows(h, theirs)))
		return s2s_in_life_fail(c, STREAM_POLICY_VIOLATION, STR_NONE);
	return true;
}

static bool on_open(void *arg, const struct xml *open)
{
	struct s2s_in *c = arg;
	struct arena a scoped(arena_done) = { 0 };

	arena_init(&a, 16 * KIB);
	random_token(c->id, S2S_STREAM_ID_LEN);
	if (c->state != S2S_IN_HEADER)
		return s2s_in_life_fail(c, STREAM_BAD_FORMAT, STR_NONE);
	if (!is_greeted(c, &a, open))
		return false;
	c->state = S2S_IN_OPEN;
	stream_send_open(&c->stream, c->ours, c->theirs, str_from(c->id));
	if (s2s_wire_is_version_1(open))
		s2s_in_dane_ask(c, send_features);
	else if (s2s_policy_needs_tls(c->s2s->home->conf))
		return s2s_in_life_fail(c, STREAM_UNSUPPORTED_VERSION, STR_NONE);
	return true;
}

/* What is closed in order is not resumed (XEP-0198 7). */
static bool on_close(void *arg)
{
	struct s2s_in *c = arg;

	if (c->state == S2S_IN_OPEN)
		s2s_track_drop(&c->track);
	return s2s_in_life_close(c);
}

static bool on_fault(void *arg, enum stream_condition why)
{
	return s2s_in_life_fail(arg, why, STR_NONE);
}

static const struct stream_events stream_events = {
	.on_open = on_open, .on_element = on_element, .on_close = on_close, .on_fault = on_fault
};

/* ---- transport events ---- */

static void on_data(void *arg, struct str data)
{
	struct s2s_in *c = arg;

	if (c->state != S2S_IN_ENDING && c->state != S2S_IN_DEAD)
		stream_feed(&c->stream, data);
}

static void on_ready(void *arg)
{
	struct s2s_in *c = arg;

	if (c->state == S2S_IN_TLS)
		c->state = S2S_IN_HEADER;
}

static void on_drained(void *arg)
{
	((struct s2s_in *)arg)->drains++;
}

static void on_end(void *arg, enum transport_end why)
{
	(void)why;
	s2s_in_life_die(arg);
}

static const struct transport_events in_events = {
	.on_data = on_data, .on_ready = on_ready, .on_end = on_end, .on_drained = on_drained
};

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
	tcp_set_patience(t, S2S_PATIENCE_USEC);
	if (is_direct) {
		t = transport_tls_accept(s->net, t, s->tls.accept, server_alpn,
					 s2s_policy_output_limit(s->home->conf));
		tls_ask_peer(t);
	}
	c = s2s_in_life_new(s, t, client);
	c->state = is_direct ? S2S_IN_TLS : S2S_IN_HEADER;
	transport_own(t, &in_events, c);
	stream_init(&c->stream, t, &stream_events, c);
	c->stream.content_ns = NS_SERVER;
	c->stream.limits = &s2s_wire_limits;
}

void s2s_in_init(struct s2s *s)
{
	list_init(&s->ins);
	list_init(&s->tracks);
}

static bool is_wanted(const struct s2s_in *c)
{
	const struct home *h = c->s2s->home;

	if (c->theirs.len && !s2s_policy_allows(h, c->theirs))
		return false;
	for (const struct s2s_pair *pair = c->pairs.first; pair; pair = pair->next) {
		if (!s2s_policy_allows(h, pair->theirs))
			return false;
	}
	return true;
}

void s2s_in_review(struct s2s *s)
{
	list_each (link, &s->ins) {
		struct s2s_in *c = list_entry(link, struct s2s_in, link);

		if (!is_wanted(c))
			(void)s2s_in_life_fail(c, STREAM_POLICY_VIOLATION,
					       STR_NONE); /* nothing is read here */
	}
}

void s2s_in_stop(struct s2s *s)
{
	list_each (link, &s->ins)
		(void)s2s_in_life_fail(list_entry(link, struct s2s_in, link),
				       STREAM_SYSTEM_SHUTDOWN, STR_NONE); /* nothing is read here */
	s2s_track_stop(s);
}
