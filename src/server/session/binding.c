/* SPDX-License-Identifier: Apache-2.0 */
/* Binding and resuming at the user's home, see binding.h. */
#include "server/session/binding.h"

#include "base/mem.h"
#include "base/random.h"
#include "server/route/archive_ends.h"
#include "server/route/registry.h"
#include "server/session/nonza.h"
#include "stream/stream.h"
#include "xml/build.h"
#include "xml/write.h"
#include "xmpp/ns.h"

enum {
	BINDING_ARENA_MAX = 256 * 1024,
	ANSWER_MAX = 64 * 1024,
	TAG_MAX = 128 /* bytes */,
	RESOURCE_RANDOM = 12
};

/* One request while it is worked on. */
struct binding {
	struct link *link;
	struct bind_request request;
	struct arena arena;
	struct xml *el;      /* <authenticate/> or <resume/> */
	struct xml *answers; /* holder of what is answered */
	uint32_t resume_h;
	bool has_sm; /* it was turned on inside <bind/> */
};

static void binding_free(struct binding *b)
{
	link_release(b->link);
	mem_free((void *)(uintptr_t)b->request.scope);
	arena_done(&b->arena);
	mem_free(b);
}

static void answer(struct binding *b, enum bind_result result, struct str jid)
{
	struct sbuf out scoped(sbuf_done) = SBUF(ANSWER_MAX);
	struct bind_answer a = { .result = result,
				 .condition = COND_RESOURCE_CONSTRAINT,
				 .jid = jid };

	xml_each (child, b->answers) {
		if (xml_write(&out, child, STR_NONE))
			break;
	}
	a.elements = sbuf_str(&out);
	a.has_sm = b->has_sm;
	link_answer(b->link, &a);
}

/* ---- new sessions ---- */

static struct str random_resource(struct binding *b, struct str prefix)
{
	char token[RESOURCE_RANDOM + 1];

	random_token(token, RESOURCE_RANDOM);
	return arena_printf(&b->arena, "%.*s%s%s", STR_ARG(prefix), prefix.len ? "." : "", token);
}

/* XEP-0386 4: the tag in front; what follows is the same for a client that says who it is, and
 * tells nothing about its id. */
static struct str tagged_resource(struct binding *b, struct entity *e, struct str tag)
{
	struct siphash_key key = { e->home->id_key[2], e->home->id_key[3] };
	struct str whole;

	if (jid_prep_resource(&b->arena, str_sub(tag, 0, TAG_MAX), &tag))
		tag = STR_NONE;
	if (!b->request.agent_id.len)
		return random_resource(b, tag);
	whole = ARENA_JOIN(&b->arena, e->jid.full, STR("/"), b->request.agent_id);
	return arena_printf(&b->arena, "%.*s%s%016llx", STR_ARG(tag), tag.len ? "." : "",
			    (unsigned long long)siphash(key, whole));
}

/* Room for one more; whoever has the resource goes (RFC 6120 7.7.2.2). */
static struct session *make(struct binding *b, struct entity *e, struct str resource)
{
	struct jid jid = jid_make(&b->arena, e->jid.node, e->jid.domain, resource);
	struct resource *holder = resource_by_name(&e->resources, resource);

	if (holder)
		holder->ops->kick(holder, STREAM_CONFLICT,
				  STR("another client has bound this resource"));
	if (e->resources.count >= (unsigned)conf_int(e->home->conf, "limits.sessions_per_user"))
		return NULL;
	return session_new(e, b->link, jid, &b->request, nonza_take);
}

static void bind_classic(struct binding *b, struct entity *e)
{
	struct str resource =
		b->request.resource.len ? b->request.resource : random_resource(b, STR_NONE);
	struct session *s = make(b, e, resource);

	answer(b, s ? BIND_NEW : BIND_FAILED, s ? s->res.jid.full : STR_NONE);
}

static void run_inline(struct session *s, struct binding *b, const struct xml *bind,
		       struct xml *bound)
{
	const struct feature *const *f = registry_features(s->res.entity->home->registry);
	const struct xml *enable = xml_child(bind, NS_SM, STR("enable"));

	b->has_sm = enable != NULL;
	if (enable) {
		struct str resume = xml_attr(enable, STR("resume"));

		xml_add(bound, nonza_enable(s, &b->arena,
					    str_eq(resume, STR("true")) || str_eq(resume, STR("1")),
					    xml_attr(enable, STR("max"))));
		s->sm.is_counting = true;
	}
	if (xml_child(bind, NS_CSI, STR("inactive"))) {
		s->csi.is_inactive = true;
		registry_attention(&s->res, false);
	}
	for (; *f; f++) {
		if ((*f)->on_bind)
			(*f)->on_bind(&s->res, bind, &b->arena, bound);
	}
}

/* Whether s has been served over a newer connection than this one: the client has given this one
 * up, and what it asked here has come late (over another loop). That must not end what it has now.
 */
static bool is_late(const struct binding *b, const struct session *s)
{
	return b->request.begun < s->conn_begun;
}

/* metadata: what the archive holds, or NULL where that could not be read. */
static void bind_two(struct binding *b, struct entity *e, const struct xml *bind,
		     struct xml *metadata)
{
	struct xml *bound = xml_add_new(&b->arena, b->answers, NS_BIND2, STR("bound"));
	struct session *earlier = session_by_agent(e, b->request.agent_id, NULL);
	struct session *s;

	if (earlier && is_late(b, earlier)) {
		xml_remove(bound);
		answer(b, BIND_NONE, STR_NONE);
		return;
	}
	if (earlier)
		session_end(earlier, true, STREAM_CONFLICT,
			    STR("the same client has logged in again"));
	s = make(b, e,
		 tagged_resource(b, e, xml_child_text(bind, NS_BIND2, STR("tag"), &b->arena)));
	if (!s) {
		xml_remove(bound);
		answer(b, BIND_NONE, STR_NONE);
		return;
	}
	if (metadata)
		xml_add(bound, metadata);
	run_inline(s, b, bind, bound);
	answer(b, BIND_NEW, s->res.jid.full);
}

static const struct xml *bind_of(const struct binding *b)
{
	return b->request.inline_el ? xml_child(b->el, NS_BIND2, STR("bind")) : NULL;
}

static bool may_bind(const struct entity *e)
{
	return e->state == ENTITY_READY && !e->is_deleted && !e->account.is_disabled;
}

/* XEP-0386 3.2: what the archive holds at the moment of binding. */
static void on_ends(void *arg, struct store_answer *ends)
{
	struct binding *b = arg;
	struct entity *e = entity_find(link_home(b->link), b->request.bare);

	if (e && !link_is_left(b->link)) {
		if (may_bind(e)) /* still */
			bind_two(b, e, bind_of(b), archive_ends_write(e->home, &b->arena, ends));
		else
			answer(b, BIND_FAILED, STR_NONE);
	}
	if (e)
		entity_unpin(e);
	binding_free(b);
}

/* What there is to bind, where nothing was resumed. Takes b. */
static void go_on(struct binding *b, struct entity *e)
{
	if (may_bind(e) && bind_of(b)) {
		entity_pin(e);
		archive_ends_read(e, on_ends, b);
		return;
	}
	answer(b, b->request.inline_el && may_bind(e) ? BIND_NONE : BIND_FAILED, STR_NONE);
	binding_free(b);
}

/* ---- resuming ---- */

static void answer_resumed(struct session *s, void *arg)
{
	struct binding *b = arg;
	struct xml *resumed = xml_add_new(&b->arena, b->answers, NS_SM, STR("resumed"));

	xml_set(&b->arena, resumed, STR("h"), arena_printf(&b->arena, "%u", s->sm.h_in));
	xml_set(&b->arena, resumed, STR("previd"),
		arena_dup(&b->arena, str_make(s->sm.token, SM_TOKEN_LEN)));
	answer(b, BIND_RESUMED, s->res.jid.full);
}

static void add_failed(struct binding *b, const uint32_t *h)
{
	struct xml *failed = xml_add_new(&b->arena, b->answers, NS_SM, STR("failed"));

	if (h)
		xml_set(&b->arena, failed, STR("h"), arena_printf(&b->arena, "%u", *h));
	(void)xml_add_new(&b->arena, failed, NS_STANZAS, STR("item-not-found"));
}

static void refuse_late(struct binding *b)
{
	add_failed(b, NULL);
	answer(b, b->request.inline_el ? BIND_NONE : BIND_FAILED, STR_NONE);
	binding_free(b);
}

/* Not in memory: after a crash the store still knows what was counted. */
static void on_known(void *arg, struct store_answer *known)
{
	struct binding *b = arg;
	struct entity *e = entity_find(link_home(b->link), b->request.bare);

	if (e && !link_is_left(b->link)) {
		add_failed(b, !known->err && str_eq(known->session_owner, e->jid.full)
				      ? &known->session_h
				      : NULL);
		go_on(b, e);
	} else {
		binding_free(b);
	}
	if (e)
		entity_unpin(e);
}

static void act_resume(struct dispatch *d, void *arg);

/* Behind everything that the session's counted stanzas led to: what <resumed/> counts is durable.
 */
static void resume_now(struct entity *e, void *arg, enum err err)
{
	struct binding *b = arg;
	const struct xml *resume =
		b->request.inline_el ? xml_child(b->el, NS_SM, STR("resume")) : b->el;
	struct session *s = session_by_token(e, xml_attr(resume, STR("previd")));

	(void)err; /* a failed commit ended in an error to the client: counted, too */
	if (link_is_left(b->link)) {
		binding_free(b);
		return;
	}
	if (s && is_late(b, s)) {
		refuse_late(b);
		return;
	}
	if (s && s->link) { /* a third connection was faster: what it has sent is counted first */
		session_await_resume(s);
		router_act_in_order(e, act_resume, b);
		return;
	}
	if (!s || session_resume(s, b->link, &b->request, b->resume_h, answer_resumed, b)) {
		add_failed(b, s ? &s->sm.h_in : NULL);
		go_on(b, e);
		return;
	}
	binding_free(b);
}

static void act_resume(struct dispatch *d, void *arg)
{
	dispatch_call(d, resume_now, arg);
}

/* True if the request is taken care of. */
static bool try_resume(struct binding *b, struct entity *e, const struct xml *resume)
{
	struct str previd = xml_attr(resume, STR("previd"));
	struct session *s = session_by_token(e, previd);
	struct store_request request = { .kind = READ_SESSION, .session = sm_store_id(previd) };
	uint64_t h;

	if (str_to_u64(xml_attr(resume, STR("h")), &h) || h > UINT32_MAX) {
		add_failed(b, s ? &s->sm.h_in : NULL);
		return false;
	}
	b->resume_h = (uint32_t)h;
	if (s && is_late(b, s)) {
		refuse_late(b);
		return true;
	}
	if (s) {
		session_await_resume(s);
		router_act_in_order(e, act_resume,
				    b); /* what came over the old connection is counted first */
		return true;
	}
	if (previd.len != SM_TOKEN_LEN) {
		add_failed(b, NULL);
		return false;
	}
	entity_pin(e);
	store_read(e->home->store, &request, on_known, b);
	return true;
}

/* ---- requests ---- */

static bool parse(struct binding *b, struct bytes *bytes)
{
	static const struct xml_limits limits = { .stanza_bytes = 256 * 1024,
						  .depth = 64,
						  .attrs = 64,
						  .name_bytes = 256,
						  .children = 1000 };
	static const struct xml_scope scope = { .default_ns = STR_INIT("jabber:client") };

	return !bytes || xml_parse(&b->arena, arena_dup(&b->arena, bytes_str(bytes)),
				   b->request.scope ? b->request.scope : &scope, &limits,
				   &b->el) == XML_FAULT_NONE;
}

static void on_ready(void *arg, struct entity *e)
{
	struct binding *b = arg;
	const struct xml *resume = NULL;

	if (link_is_left(b->link)) {
		binding_free(b);
		return;
	}
	if (!may_bind(e)) {
		answer(b, BIND_FAILED, STR_NONE);
		binding_free(b);
		return;
	}
	if (b->request.inline_el)
		resume = xml_child(b->el, NS_SM, STR("resume"));
	else if (b->request.resume_el)
		resume = b->el;
	if (resume && try_resume(b, e, resume))
		return;
	if (resume || b->request.inline_el) {
		go_on(b, e);
		return;
	}
	bind_classic(b, e);
	binding_free(b);
}

static void on_request(struct link *l, const struct bind_request *request)
{
	struct binding *b = mem_zalloc(1, sizeof(*b));

	arena_init(&b->arena, BINDING_ARENA_MAX);
	b->link = l;
	link_hold(l);
	b->request = *request;
	b->request.bare = arena_dup(&b->arena, request->bare);
	b->request.resource = arena_dup(&b->arena, request->resource);
	b->request.agent_id = arena_dup(&b->arena, request->agent_id);
	b->request.peer = arena_dup(&b->arena, request->peer);
	b->request.lang = arena_dup(&b->arena, request->lang);
	b->request.scope = stream_scope_dup(request->scope);
	b->answers = xml_new(&b->arena, STR_NONE, STR("answers"));
	if (!parse(b, request->inline_el ? request->inline_el : request->resume_el)) {
		answer(b, BIND_FAILED, STR_NONE);
		binding_free(b);
		return;
	}
	entity_when_ready(entity_get(link_home(l), request->bare), on_ready, b);
}

const struct link_session_ops binding_ops = { .on_request = on_request,
					      .on_text = session_on_text,
					      .on_gone = session_on_gone };
