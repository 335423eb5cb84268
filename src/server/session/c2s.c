/* SPDX-License-Identifier: Apache-2.0 */
/* Client connections, see c2s.h: streams and states. */
#include "server/session/c2s.h"

#include "base/mem.h"
#include "base/metric.h"
#include "base/random.h"
#include "net/websocket.h"
#include "server/session/auth.h"
#include "server/session/offer.h"
#include "server/session/register.h"
#include "xmpp/ns.h"

static const struct conf_key keys[] = {
	{ "limits.login_time", CONF_DURATION, "\"60s\"", USEC_PER_SEC, USEC_PER_HOUR,
	  "Time from connecting to a bound session." },
	{ "limits.login_failures", CONF_INT, "10", 1, 100,
	  "Failed logins on one connection before it is closed." },
	{ "login.plaintext_on_loopback", CONF_BOOL, "false", 0, 0,
	  "Whether clients on this machine may log in without TLS." },
	{ "login.token_life", CONF_DURATION, "\"21d\"", USEC_PER_HOUR, 365 * USEC_PER_DAY,
	  "How long a client that was away may log in with its token instead of its password "
	  "(XEP-0484)." },
	{ "limits.connections", CONF_INT, "0", 0, 10000000,
	  "Client connections at once (loops that accept at the same instant may pass it by one "
	  "each); 0: as many as the system allows." },
	{ .path = NULL },
};

const struct conf_table c2s_conf_table = { .module = "Client connections", .keys = keys };

/* Before login: XMPP.md 5, rows 2 and 4. */
static const struct xml_limits login_limits = { .stanza_bytes = C2S_LOGIN_BYTES,
						.depth = 16,
						.attrs = 32,
						.name_bytes = 256,
						.children = 200 };

static const struct str xmpp_alpn[] = { STR_INIT("xmpp-client"), { .ptr = NULL } };
static const struct stream_events stream_events;
static const struct transport_events conn_events;
static const struct link_conn_ops conn_ops;

void c2s_init(struct c2s *c)
{
	list_init(&c->conns);
	c->conn_ops = &conn_ops;
}

/* ---- binding ---- */

static void bound(struct conn *c)
{
	c->state = CONN_BOUND;
	/* The session parses; this bounds framing. What was announced at login holds for the whole
	 * session, whatever a reload says. */
	c->bound_limits =
		(struct xml_limits){ .stanza_bytes = (uint32_t)conf_size(c->c2s->home->conf,
									 "limits.stanza_bytes"),
				     .depth = 64,
				     .attrs = 64,
				     .name_bytes = 256,
				     .children = 10000 };
	c->stream.limits = &c->bound_limits;
	if (c->is_websocket) {
		websocket_set_limit(c->transport, c->bound_limits.stanza_bytes);
		websocket_allow_deflate(c->transport);
	}
	loop_timer_stop(c->c2s->home->loop, &c->deadline);
}

/* The iq of a classic bind is remembered by its id alone. */
static void answer_bind(struct conn *c, const struct bind_answer *answer)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *iq, *bind;

	arena_init(&a, 16 * KIB);
	iq = xml_new(&a, NS_CLIENT, STR("iq"));
	xml_set(&a, iq, STR("id"), str_from(c->bind_id));
	if (answer->result == BIND_FAILED) {
		struct xml *error = xml_add_new(&a, iq, NS_CLIENT, STR("error"));

		xml_set(&a, iq, STR("type"), STR("error"));
		xml_set(&a, error, STR("type"), condition_type(answer->condition));
		(void)xml_add_new(&a, error, NS_STANZAS, condition_name(answer->condition));
	} else {
		xml_set(&a, iq, STR("type"), STR("result"));
		bind = xml_add_new(&a, iq, NS_BIND, STR("bind"));
		(void)xml_add_text_el(&a, bind, NS_BIND, STR("jid"), answer->jid);
	}
	conn_send(c, iq);
}

static void on_answer(void *arg, const struct bind_answer *answer)
{
	struct conn *c = arg;

	c->is_binding = false;
	if (!conn_resume(c))
		return;
	if (answer->result == BIND_NEW || answer->result == BIND_RESUMED)
		bound(c);
	if (c->auth) { /* inline in SASL 2 */
		auth_bound(c, answer);
	} else if (c->bind_id) {
		answer_bind(c, answer);
		mem_free(c->bind_id);
		c->bind_id = NULL;
	} else if (!answer->elements.len) { /* the account is gone, or disabled */
		(void)conn_fail(c, STREAM_NOT_AUTHORIZED,
				STR_NONE); /* no input is being used here */
	} else {
		struct bytes *bytes = bytes_new(answer->elements);

		stream_send_bytes(&c->stream, bytes);
		(void)bytes_unref(bytes);
	}
	/* Not now: the session may still send what belongs behind the answer. */
	loop_task(c->c2s->home->loop, &c->reader);
}

static void on_bytes(void *arg, struct bytes *bytes)
{
	struct conn *c = arg;

	if (c->state == CONN_BOUND)
		stream_send_bytes(&c->stream, bytes);
}

static void on_over(void *arg, bool is_error, unsigned stream_condition, struct str text)
{
	struct conn *c = arg;

	if (is_error)
		(void)conn_fail(c, (enum stream_condition)stream_condition,
				text); /* no input is being used here */
	else
		(void)conn_close(c); /* as above */
}

static void on_pause(void *arg, bool is_paused)
{
	struct conn *c = arg;

	if (c->state == CONN_BOUND)
		transport_pause(c->transport, is_paused);
}

static size_t unsent(void *arg)
{
	const struct conn *c = arg;

	return c->transport ? transport_unsent(c->transport) : 0;
}

static const struct link_conn_ops conn_ops = { .on_answer = on_answer,
					       .on_bytes = on_bytes,
					       .on_over = on_over,
					       .on_pause = on_pause,
					       .unsent = unsent };

/* ---- elements before a session is bound ---- */

static bool start_tls(struct conn *c)
{
	struct arena a scoped(arena_done) = { 0 };

	if (transport_is_secure(c->transport) || c->stream.is_framed || c->state != CONN_LOGIN)
		return conn_fail(c, STREAM_POLICY_VIOLATION, STR_NONE);
	arena_init(&a, KIB);
	conn_send(c, xml_new(&a, NS_TLS, STR("proceed")));
	conn_drop_auth(c);
	/* What came behind <starttls/> in clear is dropped: false ends the use of this input
	 * (XMPP.md 5, row 27). */
	c->transport = transport_tls_accept(c->c2s->net, c->transport, c->c2s->tls, xmpp_alpn,
					    conf_size(c->c2s->home->conf, "limits.output_bytes"));
	tls_ask_certificate(c->transport);
	transport_own(c->transport, &conn_events, c);
	stream_restart(&c->stream, c->transport);
	c->state = CONN_TLS;
	return false;
}

static bool classic_bind(struct conn *c, const struct xml *iq, const struct xml *bind)
{
	struct arena a scoped(arena_done) = { 0 };
	struct bind_request request = { .resource = STR("") };
	struct str wanted, id = xml_attr(iq, STR("id"));

	arena_init(&a, 16 * KIB);
	if (c->is_bound_inline || !id.ptr || id.len > 1023)
		return conn_fail(c, STREAM_POLICY_VIOLATION, STR_NONE);
	wanted = xml_child_text(bind, NS_BIND, STR("resource"), &a);
	if (wanted.len && jid_prep_resource(&a, wanted, &request.resource)) {
		struct bind_answer bad = { .result = BIND_FAILED, .condition = COND_BAD_REQUEST };

		c->bind_id = str_dup(id);
		answer_bind(c, &bad);
		mem_free(c->bind_id);
		c->bind_id = NULL;
		return true;
	}
	c->bind_id = str_dup(id);
	conn_bind(c, &request);
	return true;
}

static bool authed_element(struct conn *c, struct xml *el, struct str text)
{
	const struct xml *bind =
		xml_is(el, NS_CLIENT, STR("iq")) ? xml_child(el, NS_BIND, STR("bind")) : NULL;

	if (bind && str_eq(xml_attr(el, STR("type")), STR("set")))
		return classic_bind(c, el, bind);
	if (xml_is(el, NS_SM, STR("resume"))) {
		struct bytes *bytes = bytes_new(text);

		conn_bind(c, &(struct bind_request){ .resume_el = bytes });
		(void)bytes_unref(bytes);
		return true;
	}
	if (xml_is(el, NS_SM, STR("enable"))) { /* XEP-0198 3: only after binding */
		struct arena a scoped(arena_done) = { 0 };
		struct xml *failed;

		arena_init(&a, KIB);
		failed = xml_new(&a, NS_SM, STR("failed"));
		(void)xml_add_new(&a, failed, NS_STANZAS, STR("unexpected-request"));
		conn_send(c, failed);
		return true;
	}
	return conn_fail(c, STREAM_NOT_AUTHORIZED, STR_NONE);
}

static bool login_element(struct conn *c, struct xml *el)
{
	if (xml_is(el, NS_TLS, STR("starttls")))
		return start_tls(c);
	if (str_eq(el->ns, NS_SASL) || str_eq(el->ns, NS_SASL2))
		return auth_element(c, el);
	if (xml_is(el, NS_CLIENT, STR("iq")) && register_element(c, el))
		return c->state != CONN_ENDING && c->state != CONN_DEAD;
	if (str_eq(el->name, STR("compress")))
		return conn_fail(c, STREAM_UNSUPPORTED_STANZA_TYPE,
				 STR_NONE); /* XMPP.md 5, row 5: never offered */
	return conn_fail(c, STREAM_NOT_AUTHORIZED, STR_NONE);
}

static bool on_element(void *arg, struct str text)
{
	struct conn *c = arg;
	struct arena a scoped(arena_done) = { 0 };
	enum xml_fault fault;
	struct xml *el;

	if (c->state == CONN_BOUND) {
		link_text(c->session, text);
		return c->state == CONN_BOUND;
	}
	if (c->state != CONN_LOGIN && c->state != CONN_AUTHED)
		return conn_fail(c, STREAM_POLICY_VIOLATION,
				 STR_NONE); /* sent without waiting for the answer */
	if (!c->stream.is_open_in)
		return conn_fail(c, STREAM_BAD_FORMAT, STR_NONE);
	arena_init(&a, 256 * KIB);
	fault = xml_parse(&a, text, stream_scope_or(c->stream.scope, c->stream.is_framed),
			  &login_limits, &el);
	if (fault)
		return conn_fail(c, stream_condition_of(fault), STR_NONE);
	return c->state == CONN_LOGIN ? login_element(c, el) : authed_element(c, el, text);
}

/* ---- stream events ---- */

/* RFC 6120 4.7.5: 1.0 and everything later is answered with 1.0; what came before had no features.
 */
static bool is_supported(struct str version)
{
	struct str major;
	uint64_t n;

	return version.ptr && str_split(&version, '.', &major) && str_to_u64(major, &n) == OK &&
	       n >= 1;
}

static bool on_open(void *arg, const struct xml *open)
{
	struct conn *c = arg;
	struct home *h = c->c2s->home;
	struct str to = xml_attr(open, STR("to")), version = xml_attr(open, STR("version"));
	struct arena a scoped(arena_done) = { 0 };
	struct str domain;

	arena_init(&a, 16 * KIB);
	if (c->stream.is_open_out || (c->state != CONN_LOGIN && c->state != CONN_AUTHED))
		return conn_fail(c, STREAM_BAD_FORMAT, STR_NONE);
	random_token(c->stream_id, sizeof(c->stream_id) - 1);
	if (!to.ptr)
		return conn_fail(c, STREAM_IMPROPER_ADDRESSING, STR_NONE);
	if (jid_prep_domain(&a, to, &domain) || !str_eq(domain, h->domain))
		return conn_fail(c, STREAM_HOST_UNKNOWN, STR_NONE);
	stream_send_open(&c->stream, h->domain, STR_NONE, str_from(c->stream_id));
	if (!is_supported(version))
		return conn_fail(c, STREAM_UNSUPPORTED_VERSION, STR_NONE);
	offer_features(c);
	return true;
}

static bool on_close(void *arg)
{
	return conn_close(arg);
}

static bool on_fault(void *arg, enum stream_condition why)
{
	return conn_fail(arg, why, STR_NONE);
}

static const struct stream_events stream_events = {
	.on_open = on_open, .on_element = on_element, .on_close = on_close, .on_fault = on_fault
};

/* ---- transport events ---- */

static void on_data(void *arg, struct str data)
{
	struct conn *c = arg;

	if (c->state == CONN_ENDING || c->state == CONN_DEAD)
		return;
	stream_feed(&c->stream, data);
}

static void on_ready(void *arg)
{
	struct conn *c = arg;

	if (c->state == CONN_TLS)
		c->state = CONN_LOGIN;
}

static void on_end(void *arg, enum transport_end why)
{
	(void)why;
	conn_die(arg, false);
}

static const struct transport_events conn_events = { .on_data = on_data,
						     .on_ready = on_ready,
						     .on_end = on_end };

static void begin(struct conn *c)
{
	transport_own(c->transport, &conn_events, c);
	stream_init(&c->stream, c->transport, &stream_events, c);
	c->stream.limits = &login_limits;
}

void c2s_accept(struct c2s *c2s, struct transport *t, const struct addr *client, bool is_direct)
{
	struct conn *c = conn_new(c2s, t, client);

	c->state = CONN_LOGIN;
	c->may_be_plain = conf_bool(c2s->home->conf, "login.plaintext_on_loopback") &&
			  addr_is_loopback(client);
	if (is_direct) {
		c->transport =
			transport_tls_accept(c2s->net, t, c2s->tls, xmpp_alpn,
					     conf_size(c2s->home->conf, "limits.output_bytes"));
		tls_ask_certificate(c->transport);
		c->state = CONN_TLS;
	}
	begin(c);
}

void c2s_accept_ready(struct c2s *c2s, struct transport *t, const struct addr *client,
		      bool may_be_plain)
{
	struct conn *c = conn_new(c2s, t, client);

	c->state = CONN_LOGIN;
	c->is_websocket = true;
	c->may_be_plain = may_be_plain;
	begin(c);
}

void c2s_stop(struct c2s *c2s)
{
	c2s->is_stopping = true;
	list_each (link, &c2s->conns)
		(void)conn_fail(list_entry(link, struct conn, link), STREAM_SYSTEM_SHUTDOWN,
				STR_NONE); /* nothing is read here */
}
