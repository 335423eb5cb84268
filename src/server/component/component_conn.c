/* SPDX-License-Identifier: Apache-2.0 */
/* Connections of components, see component_conn.h. */
#include "server/component/component_conn.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "base/random.h"
#include "codec/hex.h"
#include "crypto/digest.h"
#include "crypto/secret.h"
#include "server/route/post.h"
#include "stream/stream.h"
#include "xml/write.h"
#include "xmpp/ns.h"

static const struct conf_key keys[] = {
	{ "components", CONF_GROUPS, "( )", 0, SERVICES_MAX,
	  "External components (XEP-0114): services of other programs, as ( { name = \"irc.localhost\"; secret = \"...\"; } )." },
	{ "components.*.name", CONF_STR, "\"\"", 0, 0,
	  "The domain of the component; what is sent to any address of it goes to the component." },
	{ "components.*.secret", CONF_STR, "\"\"", 0, 0,
	  "What the component shows that it is the one; at least 16 characters." },
	{ "components.*.secret_file", CONF_STR, "\"\"", 0, 0,
	  "A file whose first line is the secret, instead of secret; relative to the folder of this file." },
	{ "components.*.roster", CONF_STR, "\"none\"", 0, 0,
	  "What the component may do with the contacts of all users (XEP-0356): none, get, set or both." },
	{ "components.*.roster_push", CONF_BOOL, "true", 0, 0,
	  "Whether a component that may get contacts is told of changes." },
	{ "components.*.message", CONF_STR, "\"none\"", 0, 0,
	  "Whether it may send messages in the name of users and of the server: none or outgoing." },
	{ "components.*.presence", CONF_STR, "\"none\"", 0, 0,
	  "Whose presence it sees: none, managed_entity (users) or roster (their contacts, too)." },
	{ "components.*.iq", CONF_LIST, "[ ]", 0, 0,
	  "Namespaces of requests that it may send in the name of users: \"NAMESPACE get\", set or both." },
	{ "components.*.delegate", CONF_LIST, "[ ]", 0, 0,
	  "Namespaces whose requests it answers instead of the server (XEP-0355): \"NAMESPACE\", and behind it attributes that the request must have." },
	{ "listen.component_tls", CONF_ADDR, "\"\"", 0, 0,
	  "External components, with TLS from the first byte." },
	{ "login.component_plaintext", CONF_LIST, "[ \"127.0.0.0/8\", \"::1\" ]", 0, 0,
	  "Addresses or networks from which components may connect without TLS." },
	{ "limits.component_queue", CONF_SIZE, "\"4MiB\"", 64 * KIB, 1024 * MIB,
	  "Stanzas that may wait for a component that reads slowly; more are answered with an error." },
	{ .path = NULL },
};

const struct conf_table component_conf_table = { .module = "Components", .keys = keys };

enum {
	LOGIN_BYTES = 10000,              /* largest element before the handshake */
	LOGIN_ARENA_MAX = 256 * 1024,     /* bytes */
	LIVE_ARENA_MAX = 8 * 1024 * 1024, /* bytes of a stanza's tree */
	OUTPUT_SLACK = 1024 * 1024,       /* bytes beside limits.component_queue */
	HANDSHAKE_LEN = 40,               /* hexadecimal digits of SHA-1 */
	STREAM_ID_LEN = 24,
};

/* Something is written so often, so that a peer that has vanished is noticed; and one that takes
 * nothing at all between two beats is gone. */
static const usec_t BEAT_USEC = 60 * USEC_PER_SEC;

static const struct xml_limits login_limits = {
	.stanza_bytes = LOGIN_BYTES, .depth = 16, .attrs = 32, .name_bytes = 256, .children = 200
};

enum conn_state {
	CONN_OPENING,   /* the stream is not open */
	CONN_HANDSHAKE, /* it is */
	CONN_ATTACHING, /* the home is asked; what comes meanwhile is held */
	CONN_LIVE,
	CONN_ENDING, /* closed by us, waits for the transport to end */
	CONN_DEAD,   /* freed at the end of the turn */
};

struct component_conn {
	struct list link;
	struct component_conns *all;
	struct home *home; /* of this loop */
	struct transport *transport;
	struct stream stream;
	struct xml_limits limits; /* once it is live */
	enum conn_state state;
	struct plug *plug;
	struct str domain; /* owned; what the stream was opened for */
	struct addr client;
	struct timer deadline, beat;
	struct task reaper, reader;
	size_t waiting;               /* cost of what the transport has got and not sent */
	uint64_t drains, beat_drains; /* how often everything has left; at the last beat */
	unsigned posted;              /* stanzas since the last fence */
	size_t posted_bytes;
	struct letter fence;
	unsigned fence_next; /* index of the home that it goes to next */
	bool is_fenced;      /* it is under way, and nothing is read */
	bool is_tls;
	char id[STREAM_ID_LEN + 1];
};

static const struct stream_events stream_events;
static const struct transport_events conn_events;

/* ---- the end ---- */

static void reap(struct task *t)
{
	struct component_conn *c = container_of(t, struct component_conn, reaper);

	if (c->is_fenced)
		return;
	mem_free((void *)(uintptr_t)c->domain.ptr);
	mem_free(c);
}

static void die(struct component_conn *c)
{
	struct loop *loop = c->home->loop;

	if (c->state == CONN_DEAD)
		return;
	c->state = CONN_DEAD;
	loop_timer_stop(loop, &c->deadline);
	loop_timer_stop(loop, &c->beat);
	list_remove(&c->link);
	c->all->count--;
	plug_leave(&c->plug);
	stream_done(&c->stream);
	transport_free(&c->transport);
	list_remove(&c->reader.link);
	loop_task(loop, &c->reaper);
}

/* What waits for the transport may still leave, but nobody counts it any more. */
static bool wait_for_end(struct component_conn *c)
{
	if (c->state == CONN_DEAD)
		return false;
	c->state = CONN_ENDING;
	loop_timer_stop(c->home->loop, &c->beat);
	loop_timer(c->home->loop, &c->deadline, CLOSE_LINGER_USEC);
	return false;
}

/* These give what a stream event gives: the input is not used any more. */
static bool fail(struct component_conn *c, enum stream_condition why, struct str text)
{
	if (c->state == CONN_DEAD || c->state == CONN_ENDING)
		return false;
	metric_inc(METRIC_STREAM_ERRORS);
	log_warn(NULL, "component's stream ended", F_STR("domain", c->domain),
		 F_STR("peer", transport_peer(c->transport)),
		 F_STR("condition", stream_condition_name(why)));
	plug_leave(&c->plug);
	stream_error(&c->stream, c->domain.len ? c->domain : c->home->domain, why, text);
	return wait_for_end(c);
}

static bool close_in_order(struct component_conn *c)
{
	if (c->state == CONN_DEAD || c->state == CONN_ENDING)
		return false;
	plug_leave(&c->plug);
	stream_close(&c->stream);
	return wait_for_end(c);
}

static void on_deadline(struct timer *t)
{
	struct component_conn *c = container_of(t, struct component_conn, deadline);

	if (c->state == CONN_ENDING || (c->is_tls && !transport_is_secure(c->transport)))
		die(c);
	else
		(void)fail(c, STREAM_CONNECTION_TIMEOUT, STR_NONE); /* nothing is read here */
}

/* ---- stopping to read, and going on ---- */

static void hold(struct component_conn *c)
{
	stream_hold(&c->stream);
	transport_pause(c->transport, true);
}

static void read_on(struct task *t)
{
	struct component_conn *c = container_of(t, struct component_conn, reader);

	if (c->state != CONN_LIVE || c->is_fenced)
		return;
	transport_pause(c->transport, false);
	stream_go_on(&c->stream);
}

/* The letter visits every loop: what was sent there before has arrived when it is back. */
static void on_fence(struct letter *l)
{
	struct component_conn *c = container_of(l, struct component_conn, fence);
	struct home *h = c->home;

	if (c->fence_next < h->count) {
		loop_post(h->all[c->fence_next++]->loop, l);
		return;
	}
	if (loop_current() != h->loop) {
		loop_post(h->loop, l);
		return;
	}
	c->is_fenced = false;
	loop_task(h->loop, c->state == CONN_DEAD ? &c->reaper : &c->reader);
}

static void fence(struct component_conn *c)
{
	c->posted = 0;
	c->posted_bytes = 0;
	c->is_fenced = true;
	c->fence_next = 0;
	c->fence.fn = on_fence;
	hold(c);
	on_fence(&c->fence);
}

/* ---- what the home says ---- */

static void on_attached(void *arg, bool is_attached)
{
	struct component_conn *c = arg;
	struct arena a scoped(arena_done) = { 0 };

	if (c->state != CONN_ATTACHING)
		return;
	if (!is_attached) {
		(void)fail(c, STREAM_CONFLICT, STR_NONE); /* nothing is read here */
		return;
	}
	arena_init(&a, KIB);
	c->state = CONN_LIVE;
	c->limits = (struct xml_limits){ .stanza_bytes = (uint32_t)conf_size(c->home->conf,
									     "limits.stanza_bytes"),
					 .depth = 64,
					 .attrs = 64,
					 .name_bytes = 256,
					 .children = 10000 };
	c->stream.limits = &c->limits;
	loop_timer_stop(c->home->loop, &c->deadline);
	loop_timer(c->home->loop, &c->beat, BEAT_USEC);
	stream_send(&c->stream, xml_new(&a, NS_CLIENT, STR("handshake")));
	loop_task(c->home->loop, &c->reader);
}

static void on_stanza(void *arg, struct bytes *stanza)
{
	struct component_conn *c = arg;

	c->waiting += stanza->len + COMPONENT_STANZA_COST;
	stream_send_bytes(&c->stream, stanza);
}

static void on_kick(void *arg, enum stream_condition why, struct str text)
{
	(void)fail(arg, why, text); /* nothing is read here */
}

static const struct plug_conn_ops plug_ops = { .on_attached = on_attached,
					       .on_stanza = on_stanza,
					       .on_kick = on_kick };

/* ---- the handshake ---- */

static bool is_trusted(const struct component_conn *c)
{
	return addr_nets_have(c->all->trusted, &c->client);
}

static bool is_throttled(const struct component_conn *c)
{
	char buf[ADDR_TEXT_MAX];

	return !is_trusted(c) && throttle_check(c->all->throttle, addr_format_ip(&c->client, buf),
						c->domain) != THROTTLE_GO;
}

/* XEP-0114 3: the digits of SHA-1 of stream id and secret. */
static bool is_right(const struct component_conn *c, struct str shown)
{
	const struct service *s = services_find(c->home->services, c->domain);
	struct sbuf digits scoped(sbuf_done) = SBUF(HANDSHAKE_LEN);
	struct str parts[2] = { str_from(c->id), s ? s->secret : STR_NONE };
	uint8_t digest[DIGEST_MAX];

	if (!s || shown.len != HANDSHAKE_LEN)
		return false;
	digest_of_parts(DIGEST_SHA1, parts, array_len(parts), digest);
	(void)hex_encode(&digits, str_make((const char *)digest, digest_len(DIGEST_SHA1)));
	return secret_equal(digits.ptr, shown.ptr, HANDSHAKE_LEN);
}

static bool shake(struct component_conn *c, const struct xml *el, struct arena *a)
{
	char buf[ADDR_TEXT_MAX];

	if (!xml_is(el, NS_CLIENT, STR("handshake")))
		return fail(c, STREAM_NOT_AUTHORIZED, STR_NONE);
	if (is_throttled(c)) {
		metric_inc(METRIC_LOGIN_THROTTLED);
		return fail(c, STREAM_POLICY_VIOLATION, STR("too many failures, try again later"));
	}
	if (!is_right(c, str_trim(xml_text(el, a)))) {
		metric_inc(METRIC_LOGIN_FAILED);
		if (!is_trusted(c))
			throttle_failed(c->all->throttle, addr_format_ip(&c->client, buf),
					c->domain);
		return fail(c, STREAM_NOT_AUTHORIZED, STR_NONE);
	}
	metric_inc(METRIC_LOGIN_OK);
	c->state = CONN_ATTACHING;
	hold(c);
	c->plug = plug_new(&plug_ops, &component_plug_ops, c, c->home, c->domain,
			   transport_peer(c->transport));
	return true;
}

/* ---- stanzas from the component ---- */

/* Whoever declares the stream's namespace at a stanza, too, means the same. */
static void adopt(struct xml *el)
{
	if (str_eq(el->ns, NS_COMPONENT))
		el->ns = NS_CLIENT;
	xml_each (child, el)
		adopt(child);
}

static void answer(struct component_conn *c, struct arena *a, struct stanza *s, enum condition why)
{
	if (!reply_may_error(s))
		return;
	if (!jid_is_set(s->to))
		s->to = (struct jid){ .full = c->home->domain, .domain = c->home->domain };
	stream_send(&c->stream, reply_error(a, s, why, STR_NONE));
}

/* True: its stanza may go on, or has been answered with an error of its own. XEP-0114 3: from and
 * to must be there, and from is of the component's domain. */
static bool is_addressed(struct component_conn *c, const struct xml *el, const struct stanza *s)
{
	if (!xml_attr(el, STR("from")).len || !xml_attr(el, STR("to")).len)
		return fail(c, STREAM_IMPROPER_ADDRESSING, STR_NONE);
	if (!str_eq(s->from.domain, c->domain))
		return fail(c, STREAM_INVALID_FROM, STR_NONE);
	return true;
}

static void post(struct component_conn *c, struct arena *a, struct stanza *s)
{
	struct sbuf *out = &c->home->scratch;
	struct bytes *bytes;

	stanza_set_from(a, s, s->from);
	stanza_set_to(a, s, s->to);
	if (c->stream.lang.len && !xml_attr_ns(s->el, XML_NS_XML, STR("lang")).ptr)
		xml_set_ns(a, s->el, XML_NS_XML, STR("lang"), c->stream.lang);
	sbuf_reset(out);
	if (xml_write(out, s->el, NS_CLIENT)) {
		answer(c, a, s, COND_RESOURCE_CONSTRAINT);
		return;
	}
	metric_inc(METRIC_COMPONENT_IN);
	bytes = bytes_new(sbuf_str(out));
	c->posted++;
	c->posted_bytes += bytes->len;
	if (!post_stanza(c->home, s->to, bytes, clock_now()))
		answer(c, a, s, COND_REMOTE_SERVER_NOT_FOUND);
	(void)bytes_unref(bytes);
}

static bool live_element(struct component_conn *c, struct arena *a, struct xml *el)
{
	enum stanza_fault fault;
	struct stanza s;

	adopt(el);
	if (xml_is(el, NS_STREAM, STR("error")))
		return close_in_order(c);
	fault = stanza_read(a, el, &s);
	if (fault == STANZA_NOT_A_STANZA)
		return fail(c, STREAM_UNSUPPORTED_STANZA_TYPE, STR_NONE);
	if (fault == STANZA_BAD_FROM)
		return fail(c, STREAM_INVALID_FROM, STR_NONE);
	if (!is_addressed(c, el, &s))
		return false;
	if (fault)
		answer(c, a, &s, fault == STANZA_BAD_TO ? COND_JID_MALFORMED : COND_BAD_REQUEST);
	else
		post(c, a, &s);
	if (c->posted >= COMPONENT_FENCE_STANZAS || c->posted_bytes >= COMPONENT_FENCE_BYTES)
		fence(c);
	return true;
}

/* ---- stream events ---- */

static bool on_open(void *arg, const struct xml *open)
{
	struct component_conn *c = arg;
	struct str to = xml_attr(open, STR("to")), domain;
	struct arena a scoped(arena_done) = { 0 };

	if (c->state != CONN_OPENING)
		return fail(c, STREAM_BAD_FORMAT, STR_NONE);
	arena_init(&a, 16 * KIB);
	if (!to.len)
		return fail(c, STREAM_IMPROPER_ADDRESSING, STR_NONE);
	if (jid_prep_domain(&a, to, &domain) || !services_find(c->home->services, domain))
		return fail(c, STREAM_HOST_UNKNOWN, STR_NONE);
	c->domain = str_make(str_dup(domain), domain.len);
	random_token(c->id, STREAM_ID_LEN);
	c->state = CONN_HANDSHAKE;
	stream_send_open(&c->stream, c->domain, STR_NONE, str_from(c->id));
	return true;
}

static bool on_element(void *arg, struct str text)
{
	struct component_conn *c = arg;
	struct arena a scoped(arena_done) = { 0 };
	bool is_live = c->state == CONN_LIVE;
	enum xml_fault fault;
	struct xml *el;

	if (!is_live && c->state != CONN_HANDSHAKE)
		return fail(c, STREAM_BAD_FORMAT, STR_NONE);
	arena_init(&a, is_live ? LIVE_ARENA_MAX : LOGIN_ARENA_MAX);
	fault = xml_parse(&a, text, stream_scope_or(c->stream.scope, false), c->stream.limits, &el);
	if (fault)
		return fail(c, stream_condition_of(fault), STR_NONE);
	if (is_live)
		return live_element(c, &a, el);
	adopt(el);
	return shake(c, el, &a);
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
	struct component_conn *c = arg;

	if (c->state != CONN_ENDING && c->state != CONN_DEAD)
		stream_feed(&c->stream, data);
}

static void on_drained(void *arg)
{
	struct component_conn *c = arg;

	c->drains++;
	if (c->waiting && c->plug)
		plug_written(c->plug, c->waiting);
	c->waiting = 0;
}

static void on_end(void *arg, enum transport_end why)
{
	(void)why;
	die(arg);
}

static const struct transport_events conn_events = { .on_data = on_data,
						     .on_end = on_end,
						     .on_drained = on_drained };

/* RFC 6120 4.6.1: white space. */
static void on_beat(struct timer *t)
{
	struct component_conn *c = container_of(t, struct component_conn, beat);

	if (transport_unsent(c->transport) && c->drains == c->beat_drains) {
		(void)fail(c, STREAM_CONNECTION_TIMEOUT, STR_NONE); /* nothing is read here */
		return;
	}
	c->beat_drains = c->drains;
	if (!transport_unsent(c->transport)) {
		struct bytes *space = bytes_new(STR(" "));

		transport_send(c->transport, space);
		(void)bytes_unref(space);
	}
	loop_timer(c->home->loop, &c->beat, BEAT_USEC);
}

/* ---- all of a loop ---- */

void component_conns_init(struct component_conns *all)
{
	list_init(&all->list);
}

size_t component_output_limit(const struct conf *conf)
{
	return conf_size(conf, "limits.component_queue") + OUTPUT_SLACK;
}

static bool may_be_plain(const struct component_conn *c)
{
	const struct conf *conf = c->home->conf;
	size_t count = conf_list_count(conf, "login.component_plaintext");

	for (size_t i = 0; i < count; i++) {
		struct addr_net net;

		if (addr_net_parse(conf_list_at(conf, "login.component_plaintext", i), &net) ==
			    OK &&
		    addr_net_has(&net, &c->client))
			return true;
	}
	return false;
}

void component_conns_accept(struct component_conns *all, struct transport *t,
			    const struct addr *client, bool is_tls)
{
	struct component_conn *c;

	if (all->is_stopping || all->count >= COMPONENT_CONNS_MAX) {
		transport_free(&t);
		return;
	}
	c = mem_zalloc(1, sizeof(*c));
	c->all = all;
	c->home = all->components->home;
	c->transport = t;
	c->client = *client;
	c->deadline.fn = on_deadline;
	c->beat.fn = on_beat;
	c->reaper.fn = reap;
	c->reader.fn = read_on;
	list_init(&c->reaper.link);
	list_init(&c->reader.link);
	list_append(&all->list, &c->link);
	all->count++;
	transport_own(t, &conn_events, c);
	stream_init(&c->stream, t, &stream_events, c);
	c->stream.content_ns = NS_COMPONENT;
	c->stream.limits = &login_limits;
	loop_timer(c->home->loop, &c->deadline, conf_duration(c->home->conf, "limits.login_time"));
	c->is_tls = is_tls;
	if (!is_tls && !may_be_plain(c))
		(void)fail(c, STREAM_POLICY_VIOLATION, /* nothing is read here */
			   STR("TLS is needed from this address"));
}

void component_conns_stop(struct component_conns *all)
{
	all->is_stopping = true;
	list_each (link, &all->list)
		(void)fail(list_entry(link, struct component_conn, link), STREAM_SYSTEM_SHUTDOWN,
			   STR_NONE); /* nothing is read here */
}
