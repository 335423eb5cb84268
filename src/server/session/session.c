/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions, see session.h. */
#include "server/session/session.h"

#include "base/mem.h"
#include "base/metric.h"
#include "crypto/secret.h"
#include "server/route/hold.h"
#include "server/route/recipients.h"
#include "server/route/registry.h"
#include "stream/stream.h"
#include "xml/write.h"
#include "xmpp/ns.h"

static const struct conf_key keys[] = {
	{ "limits.stanza_bytes", CONF_SIZE, "\"256KiB\"", 10 * 1024, 1024 * 1024,
	  "Largest stanza that a logged-in client may send." },
	{ "limits.output_bytes", CONF_SIZE, "\"8MiB\"", 64 * 1024, 1024 * 1024 * 1024,
	  "Bytes that may wait for one slow or absent client before its session ends." },
	{ "limits.resume_stanzas", CONF_INT, "5000", 10, 1000000,
	  "Stanzas that may wait for an acknowledgement of one client before its session ends." },
	{ "limits.held_stanzas", CONF_INT, "5000", 10, 1000000,
	  "Stanzas that are not stored (presence, typing, copies) and may wait for one client with "
	  "its offline messages before its session ends; of bytes, half of limits.output_bytes." },
	{ "limits.resume_time", CONF_DURATION, "\"10m\"", USEC_PER_SEC, 7 * USEC_PER_DAY,
	  "How long a session waits for its client to come back (XEP-0198)." },
	{ "limits.sessions_per_user", CONF_INT, "100", 1, 10000,
	  "Sessions that one account may have at once." },
	{ .path = NULL },
};

const struct conf_table session_conf_table = { .module = "Sessions", .keys = keys };

static const struct resource_ops session_ops;

/* Stanzas and bytes in an entity's inbox at which its clients are not read any more, and are read
 * again. */
enum {
	SESSION_INBOX_HIGH = 64,
	SESSION_INBOX_LOW = 8,
	SESSION_INBOX_BYTES_HIGH = 1024 * 1024,
	SESSION_INBOX_BYTES_LOW = 128 * 1024
};

/* Bytes that a stanza may have when it is written again (xml_write_bound): plain text grows by
 * entities, namespaces by repetition. */
enum { SESSION_WRITTEN_MAX = 6 * 1024 * 1024 };

/* What is left of the limits of a client's output when more may follow: one part of so many. */
enum { DRAINED_PART = 4 };

/* How often a session whose client is held back looks whether there is room again. */
static const usec_t PATIENCE_USEC = 10 * USEC_PER_MSEC;

struct session *session_of(struct resource *r)
{
	return container_of(r, struct session, res);
}

/* ---- out ---- */

static bool is_stanza(struct str text)
{
	return str_starts(text, STR("<message")) || str_starts(text, STR("<presence")) ||
	       str_starts(text, STR("<iq"));
}

void session_delivered(void *session, int64_t seq)
{
	struct session *s = session;
	const struct feature *const *f = registry_features(s->res.entity->home->registry);

	for (; *f; f++) {
		if ((*f)->on_delivered)
			(*f)->on_delivered(&s->res, seq);
	}
}

void session_send_now(struct session *s, struct str text)
{
	struct bytes *bytes;

	if (!s->link)
		return;
	bytes = bytes_new(text);
	link_bytes(s->link, bytes);
	(void)bytes_unref(bytes);
}

void session_push(void *session, struct bytes *bytes, int64_t seq)
{
	struct session *s = session;
	bool counts = s->sm.is_counting && is_stanza(bytes_str(bytes));

	metric_inc(METRIC_DELIVERED);
	if (counts)
		sm_push(&s->sm, bytes, seq);
	else if (seq)
		session_delivered(s, seq);
	if (!s->link)
		return;
	link_bytes(s->link, bytes);
	if (counts && !s->sm.is_asked) {
		s->sm.is_asked = true;
		session_send_now(s, STR("<r xmlns='urn:xmpp:sm:3'/>"));
	}
}

static void end_later(struct entity *e, void *arg, enum err err);

/* What is kept for an acknowledgement is all that can be on its way. */
static bool is_queue_full(const struct session *s)
{
	if (s->sm.is_counting)
		return s->sm.bytes > s->output_limit || s->sm.count > s->queue_limit;
	return s->link && link_waiting(s->link) > s->output_limit;
}

/* What is not acknowledged counts; without acknowledgements, what has not left. */
static bool drain(struct resource *r)
{
	struct session *s = session_of(r);
	size_t bytes;

	if (!s->link || s->is_ending)
		return false;
	if (!s->sm.is_counting)
		return link_measure(s->link, &bytes) && bytes <= s->output_limit / DRAINED_PART;
	if (s->sm.bytes <= s->output_limit / DRAINED_PART &&
	    s->sm.count <= s->queue_limit / DRAINED_PART)
		return true;
	if (!s->sm.is_asked) {
		s->sm.is_asked = true;
		session_send_now(s, STR("<r xmlns='urn:xmpp:sm:3'/>"));
	}
	return false;
}

static void overrun(struct resource *r)
{
	struct session *s = session_of(r);

	if (s->is_ending)
		return;
	s->is_ending = true;
	log_info(&s->res.entity->log, "session ended: too much waits for its client",
		 F_STR("resource", s->res.jid.resource), F_INT("stanzas", s->sm.count),
		 F_INT("bytes", s->sm.bytes));
	end_later(s->res.entity, (void *)(uintptr_t)s->res.id, OK);
}

static void deliver(struct resource *r, struct bytes *bytes, int64_t seq)
{
	struct session *s = session_of(r);

	if (s->is_ending)
		return;
	if (csi_hold(&s->csi, bytes, seq))
		return;
	if (s->csi.count && is_stanza(bytes_str(bytes)))
		csi_flush(&s->csi, session_push, s);
	session_push(s, bytes, seq);
	if (is_queue_full(s))
		overrun(r);
}

/* ---- in ---- */

static bool parse(struct session *s, struct dispatch *d, struct str text, struct xml **ret_el)
{
	const struct xml_limits limits = { .stanza_bytes = s->stanza_limit,
					   .depth = 64,
					   .attrs = 64,
					   .name_bytes = 256,
					   .children = 10000 };
	enum xml_fault fault = xml_parse(d->arena, arena_dup(d->arena, text),
					 stream_scope_or(s->scope, s->is_framed), &limits, ret_el);

	if (!fault && xml_write_bound(*ret_el) > SESSION_WRITTEN_MAX)
		fault = XML_FAULT_TOO_BIG;
	if (fault) {
		session_end(s, true, stream_condition_of(fault), STR_NONE);
		return false;
	}
	return true;
}

/* RFC 6120 8.1.2.1: from may be left out, or be the full or the bare JID. */
static bool stamp(struct session *s, struct dispatch *d, struct xml *el)
{
	struct str from = xml_attr(el, STR("from"));
	bool is_known = str_eq(el->name, STR("message")) || str_eq(el->name, STR("presence")) ||
			str_eq(el->name, STR("iq"));
	struct jid jid;

	if (!str_eq(el->ns, NS_CLIENT)) {
		if (!is_known)
			return true;
		session_end(s, true, STREAM_INVALID_NAMESPACE, STR_NONE);
		return false;
	}
	if (!is_known) {
		session_end(s, true, STREAM_UNSUPPORTED_STANZA_TYPE, STR_NONE);
		return false;
	}
	if (from.ptr && (jid_parse(d->arena, from, &jid) || !jid_bare_eq(jid, s->res.jid) ||
			 (jid_is_full(jid) && !jid_eq(jid, s->res.jid)))) {
		session_end(s, true, STREAM_INVALID_FROM, STR_NONE);
		return false;
	}
	/* A copy: the stanza may wait for a look-up longer than its session lives. */
	xml_set(d->arena, el, STR("from"), arena_dup(d->arena, s->res.jid.full));
	/* RFC 6120 8.1.5: the language of the stream is that of what says none. */
	if (s->lang.len && !xml_attr_ns(el, XML_NS_XML, STR("lang")).ptr)
		xml_set_ns(d->arena, el, XML_NS_XML, STR("lang"), arena_dup(d->arena, s->lang));
	return true;
}

static void recheck(struct timer *t)
{
	struct session *s = container_of(t, struct session, patience);

	const struct entity *e = s->res.entity;

	if (e->inbox_count > SESSION_INBOX_LOW || e->inbox_bytes > SESSION_INBOX_BYTES_LOW) {
		loop_timer(e->home->loop, t, PATIENCE_USEC);
		return;
	}
	s->is_paused = false;
	if (s->link)
		link_pause(s->link, false);
}

static void pause_if_full(struct session *s)
{
	if (!s->link || s->is_paused)
		return;
	s->is_paused = true;
	link_pause(s->link, true);
	loop_timer(s->res.entity->home->loop, &s->patience, PATIENCE_USEC);
}

void session_on_text(void *session, struct str text, usec_t received)
{
	struct session *s = session;
	struct entity *e = s->res.entity;
	struct dispatch *d = dispatch_begin(e, WAY_OUT, NULL);
	struct xml *el;

	d->resource = &s->res;
	d->resource_id = s->res.id;
	d->received = received;
	if (!parse(s, d, text, &el) || !stamp(s, d, el)) {
		dispatch_end(d);
		return;
	}
	if (entity_is_free(e)) {
		router_receive(d, el);
		return;
	}
	if (e->inbox_count >= SESSION_INBOX_HIGH || e->inbox_bytes >= SESSION_INBOX_BYTES_HIGH)
		pause_if_full(s);
	router_receive_later(d, el);
}

static void on_handled(struct resource *r)
{
	struct session *s = session_of(r);

	if (s->sm.is_enabled)
		s->sm.h_in++;
}

static void on_store(struct resource *r, struct txn *txn)
{
	struct session *s = session_of(r);

	if (!s->sm.is_enabled || !s->sm.can_resume)
		return;
	s->sm.is_stored = true;
	txn_counted(txn, r->entity->jid.full, s->sm.store_id, s->sm.h_in);
}

/* ---- life ---- */

static void expire(struct timer *t)
{
	struct session *s = container_of(t, struct session, expiry);

	session_end(s, true, STREAM_CONNECTION_TIMEOUT, STR_NONE);
}

static void run_open(struct dispatch *d, void *arg)
{
	const struct feature *const *f = registry_features(d->home->registry);

	for (; *f; f++) {
		if ((*f)->on_open)
			(*f)->on_open(d, arg);
	}
}

static void set(struct str *to, struct str from)
{
	mem_free((void *)(uintptr_t)to->ptr);
	*to = str_make(str_dup(from), from.len);
}

/* What it knows of its connection. */
static void adopt(struct session *s, struct link *l, const struct bind_request *request)
{
	s->link = l;
	s->is_framed = request->is_framed;
	s->is_secure = request->is_secure;
	s->conn_begun = request->begun;
	set(&s->peer, request->peer);
	set(&s->lang, request->lang);
	mem_free(s->scope);
	s->scope = stream_scope_dup(request->scope);
	link_attach(l, s);
}

struct session *session_new(struct entity *e, struct link *l, struct jid jid,
			    const struct bind_request *request, session_nonza_fn *on_nonza_fn)
{
	struct session *s = mem_zalloc(1, sizeof(*s));
	const struct conf *conf = e->home->conf;

	s->res.ops = &session_ops;
	s->on_nonza = on_nonza_fn;
	resource_init(&s->res, &e->resources, jid);
	entity_touch(e);
	s->expiry.fn = expire;
	s->patience.fn = recheck;
	s->wall_begun = wall_now();
	s->agent_id = str_make(str_dup(request->agent_id), request->agent_id.len);
	if (s->agent_id.len)
		client_id(e->home->accounts, e->jid.full, s->agent_id, s->res.client_id);
	s->stanza_limit = (uint32_t)conf_size(conf, "limits.stanza_bytes");
	s->output_limit = conf_size(conf, "limits.output_bytes");
	s->queue_limit = (size_t)conf_int(conf, "limits.resume_stanzas");
	metric_add(METRIC_MEM_SESSION, (int64_t)sizeof(*s));
	adopt(s, l, request);
	router_act(e, run_open, &s->res);
	log_info(&e->log, "session bound", F_STR("resource", s->res.jid.resource),
		 F_STR("peer", s->peer));
	return s;
}

/* Whether another resource has got what was sent to the account, too. */
static bool has_company(const struct session *s)
{
	resource_each(r, &s->res.entity->resources)
	{
		if (r != &s->res && recipients_takes(r))
			return true;
	}
	return false;
}

/* Copies and results of the archive are from the account itself; what has no body is not missed. */
static bool is_missed(const struct session *s, const struct stanza *m)
{
	bool is_ours = jid_bare_eq(m->from, s->res.jid) && !jid_is_full(m->from);

	return (m->type == MESSAGE_CHAT || m->type == MESSAGE_NORMAL) && !is_ours &&
	       !s->res.is_closed_in_order && xml_child(m->el, NS_CLIENT, STR("body")) &&
	       (jid_is_full(m->to) || !has_company(s));
}

/* XEP-0198 4: who has sent something that is not stored and never reached the client hears of it.
 */
static void refuse_unread(struct dispatch *d, const struct session *s, const struct bytes *bytes)
{
	static const struct xml_limits limits = { .stanza_bytes = HOME_SCRATCH_MAX,
						  .depth = 512,
						  .attrs = 512,
						  .name_bytes = 4096,
						  .children = UINT16_MAX };
	struct str text = bytes_str(bytes);
	struct stanza stanza;
	struct xml *el;

	if (str_starts(text, STR("<presence")) || arena_is_over(d->arena) ||
	    xml_parse(d->arena, arena_dup(d->arena, text), stream_scope(false), &limits, &el) ||
	    stanza_read(d->arena, el, &stanza) || !stanza.from.node.len)
		return;
	if (stanza.kind == STANZA_IQ ? stanza.type == IQ_GET || stanza.type == IQ_SET
				     : is_missed(s, &stanza))
		dispatch_route(d,
			       reply_error(d->arena, &stanza, COND_SERVICE_UNAVAILABLE, STR_NONE));
}

static void run_close(struct dispatch *d, void *arg)
{
	struct session *s = arg;
	const struct feature *const *f = registry_features(d->home->registry);
	const struct bytes *bytes;

	for (; *f; f++) {
		if ((*f)->on_close)
			(*f)->on_close(d, &s->res);
	}
	for (size_t i = 0; i < s->sm.count; i++) {
		if (!sm_item(&s->sm, i)->seq)
			refuse_unread(d, s, sm_item(&s->sm, i)->bytes);
	}
	while ((bytes = hold_first(&s->res, INT64_MAX))) {
		refuse_unread(d, s, bytes);
		hold_drop_first(&s->res);
	}
	if (s->sm.is_stored)
		txn_session_end(dispatch_txn(d), s->sm.store_id);
}

void session_end(struct session *s, bool is_error, enum stream_condition c, struct str text)
{
	struct entity *e = s->res.entity;
	struct home *h = e->home;

	s->is_ending = true;
	log_info(&e->log, "session ended", F_STR("resource", s->res.jid.resource),
		 F_STR("why", is_error ? stream_condition_name(c) : STR("closed")));
	if (s->is_detached)
		metric_add(METRIC_SESSIONS_DETACHED, -1);
	loop_timer_stop(h->loop, &s->expiry);
	loop_timer_stop(h->loop, &s->patience);
	entity_pin(e);
	router_act(e, run_close, s);
	if (s->link)
		link_over(&s->link, is_error, c, text);
	sm_done(&s->sm);
	csi_done(&s->csi);
	resource_done(&s->res);
	metric_add(METRIC_MEM_SESSION, -(int64_t)sizeof(*s));
	mem_free((void *)(uintptr_t)s->agent_id.ptr);
	mem_free((void *)(uintptr_t)s->peer.ptr);
	mem_free((void *)(uintptr_t)s->lang.ptr);
	mem_free(s->scope);
	mem_free(s);
	entity_unpin(e);
}

struct ending {
	struct letter letter;
	struct entity *entity;
	uint64_t resource;
};

static void on_ending(struct letter *l)
{
	struct ending *ending = container_of(l, struct ending, letter);
	struct resource *r = resource_by_id(&ending->entity->resources, ending->resource);

	if (r)
		session_end(session_of(r), true, STREAM_POLICY_VIOLATION,
			    STR("too much output is waiting"));
	entity_unpin(ending->entity);
	mem_free(ending);
}

/* Not from inside a delivery, which may be one of many to this entity. */
static void end_later(struct entity *e, void *arg, enum err err)
{
	struct ending *ending = mem_zalloc(1, sizeof(*ending));

	(void)err;
	ending->letter.fn = on_ending;
	ending->entity = e;
	ending->resource = (uint64_t)(uintptr_t)arg;
	entity_pin(e);
	loop_post(e->home->loop, &ending->letter);
}

/* Behind what it has sent. */
static void act_end(struct dispatch *d, void *arg)
{
	struct resource *r = resource_by_id(&d->entity->resources, (uintptr_t)arg);

	if (r)
		session_end(session_of(r), false, STREAM_RESET, STR_NONE);
}

/* The connection is gone. */
static void detach(struct session *s)
{
	s->sm.is_asked = false;
	s->csi.is_inactive = false; /* XEP-0352 5: a resumed stream is active; what comes now waits
				       in the ring */
	csi_flush(&s->csi, session_push, s);
	s->is_detached = true;
	metric_inc(METRIC_SESSIONS_DETACHED);
	log_info(&s->res.entity->log, "session detached", F_STR("resource", s->res.jid.resource));
	loop_timer(s->res.entity->home->loop, &s->expiry, s->sm.resume_usec);
	registry_attention(&s->res, false);
}

static void forget_link(struct session *s)
{
	s->link = NULL;
	s->is_paused = false;
	loop_timer_stop(s->res.entity->home->loop, &s->patience);
}

void session_on_gone(void *session, bool is_in_order)
{
	struct session *s = session;

	forget_link(s);
	s->res.is_closed_in_order = is_in_order;
	if (is_in_order || !s->sm.can_resume) {
		s->is_ending = true;
		router_act_in_order(s->res.entity, act_end, (void *)(uintptr_t)s->res.id);
	} else {
		detach(s);
	}
}

void session_await_resume(struct session *s)
{
	if (!s->link)
		return;
	link_over(&s->link, true, STREAM_CONFLICT, STR("resumed by another connection"));
	forget_link(s);
	detach(s);
}

enum err session_resume(struct session *s, struct link *l, const struct bind_request *request,
			uint32_t h, void (*answer)(struct session *s, void *arg), void *arg)
{
	enum err e = sm_ack(&s->sm, h, session_delivered, s);

	if (e)
		return e;
	must(s->is_detached && !s->link);
	s->is_detached = false;
	metric_add(METRIC_SESSIONS_DETACHED, -1);
	loop_timer_stop(s->res.entity->home->loop, &s->expiry);
	metric_inc(METRIC_RESUMED);
	adopt(s, l, request);
	answer(s, arg);
	for (size_t i = 0; i < s->sm.count; i++)
		link_bytes(s->link, sm_item(&s->sm, i)->bytes);
	s->sm.is_asked = s->sm.count > 0;
	if (s->sm.is_asked)
		session_send_now(s, STR("<r xmlns='urn:xmpp:sm:3'/>"));
	registry_attention(&s->res, true);
	return OK;
}

struct session *session_by_token(const struct entity *e, struct str token)
{
	resource_each(r, &e->resources)
	{
		struct session *s = session_of(r);

		if (r->ops == &session_ops && s->sm.can_resume && !s->is_ending &&
		    token.len == SM_TOKEN_LEN && secret_equal(s->sm.token, token.ptr, SM_TOKEN_LEN))
			return s;
	}
	return NULL;
}

struct session *session_by_agent(const struct entity *e, struct str agent_id,
				 const struct session *except)
{
	resource_each(r, &e->resources)
	{
		struct session *s = session_of(r);

		if (r->ops == &session_ops && s != except && s->agent_id.len &&
		    str_eq(s->agent_id, agent_id))
			return s;
	}
	return NULL;
}

static void on_nonza(struct resource *r, struct dispatch *d, const struct xml *el)
{
	struct session *s = session_of(r);

	s->on_nonza(s, d, el);
}

static bool is_awake(const struct resource *r)
{
	const struct session *s = session_of((struct resource *)(uintptr_t)r);

	return s->link && !s->is_ending && !s->csi.is_inactive;
}

static void kick(struct resource *r, unsigned stream_condition, struct str text)
{
	session_end(session_of(r), true, (enum stream_condition)stream_condition, text);
}

static const struct resource_ops session_ops = { .deliver = deliver,
						 .drain = drain,
						 .overrun = overrun,
						 .kick = kick,
						 .on_handled = on_handled,
						 .on_store = on_store,
						 .is_awake = is_awake,
						 .on_nonza = on_nonza };
