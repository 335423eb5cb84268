/* SPDX-License-Identifier: Apache-2.0 */
/* Elements of a bound stream that are no stanzas, see nonza.h. */
#include "server/session/nonza.h"

#include "base/metric.h"
#include "server/route/registry.h"
#include "xmpp/ns.h"

/* XEP-0198 4: an error with an element of its own. */
static void end_too_high(struct session *s, uint32_t h)
{
	struct sbuf out scoped(sbuf_done) = SBUF(KIB);

	(void)sbuf_printf(
		&out,
		"<stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
		"<handled-count-too-high xmlns='urn:xmpp:sm:3' h='%u' send-count='%u'/></stream:error>",
		h, sm_sent(&s->sm));
	metric_inc(METRIC_STREAM_ERRORS);
	session_send_now(s, sbuf_str(&out));
	session_end(s, false, STREAM_UNDEFINED_CONDITION, STR_NONE);
}

static void on_ack(struct session *s, const struct xml *el)
{
	uint64_t h;
	enum err e = str_to_u64(xml_attr(el, STR("h")), &h);
	size_t before = s->sm.count;

	s->sm.is_asked = false;
	if (!s->sm.is_enabled) {
		session_end(s, true, STREAM_UNSUPPORTED_STANZA_TYPE, STR_NONE);
		return;
	}
	if (e || h > UINT32_MAX) {
		session_end(s, true, STREAM_BAD_FORMAT, STR("an acknowledgement needs a number"));
		return;
	}
	if (sm_ack(&s->sm, (uint32_t)h, session_delivered, s)) {
		end_too_high(s, (uint32_t)h);
		return;
	}
	/* Who has not got on is asked with what is sent next, not round and round. */
	if (s->sm.count && s->sm.count < before) {
		s->sm.is_asked = true;
		session_send_now(s, STR("<r xmlns='urn:xmpp:sm:3'/>"));
	}
}

static void on_ask(struct session *s, struct dispatch *d)
{
	struct xml *a;

	if (!s->sm.is_enabled) {
		session_end(s, true, STREAM_UNSUPPORTED_STANZA_TYPE, STR_NONE);
		return;
	}
	/* Behind everything that is counted and not durable yet: what is acknowledged is never
	 * lost. */
	a = xml_new(d->arena, NS_SM, STR("a"));
	xml_set(d->arena, a, STR("h"), arena_printf(d->arena, "%u", s->sm.h_in));
	dispatch_deliver(d, &s->res, a);
}

/* What was sent before <enabled/> is not counted by the client. */
static void begin_counting(struct entity *e, void *arg, enum err err)
{
	struct resource *r = resource_by_id(&e->resources, (uint64_t)(uintptr_t)arg);

	if (r && !err)
		session_of(r)->sm.is_counting = true;
}

static void on_enable(struct session *s, struct dispatch *d, const struct xml *el)
{
	struct str resume = xml_attr(el, STR("resume"));
	struct xml *reply;

	if (s->sm.is_enabled) { /* XEP-0198 3 */
		reply = xml_new(d->arena, NS_SM, STR("failed"));
		(void)xml_add_new(d->arena, reply, NS_STANZAS, STR("unexpected-request"));
	} else {
		reply = nonza_enable(s, d->arena,
				     str_eq(resume, STR("true")) || str_eq(resume, STR("1")),
				     xml_attr(el, STR("max")));
	}
	dispatch_deliver(d, &s->res, reply);
	if (!s->sm.is_counting)
		dispatch_call(d, begin_counting, (void *)(uintptr_t)s->res.id);
}

void nonza_take(struct session *s, struct dispatch *d, const struct xml *el)
{
	if (xml_is(el, NS_SM, STR("a"))) {
		on_ack(s, el);
	} else if (xml_is(el, NS_SM, STR("r"))) {
		on_ask(s, d);
	} else if (xml_is(el, NS_SM, STR("enable"))) {
		on_enable(s, d, el);
	} else if (xml_is(el, NS_CSI, STR("inactive"))) {
		s->csi.is_inactive = true;
		registry_attention(&s->res, false);
	} else if (xml_is(el, NS_CSI, STR("active"))) {
		s->csi.is_inactive = false;
		csi_flush(&s->csi, session_push, s);
		registry_attention(&s->res, true);
	} else if (xml_is(el, NS_SM, STR("resume"))) {
		struct xml *reply = xml_new(d->arena, NS_SM, STR("failed"));

		(void)xml_add_new(d->arena, reply, NS_STANZAS, STR("unexpected-request"));
		dispatch_deliver(d, &s->res, reply);
	} else {
		session_end(s, true, STREAM_UNSUPPORTED_STANZA_TYPE, STR_NONE);
	}
}

struct xml *nonza_enable(struct session *s, struct arena *a, bool wants_resume, struct str max)
{
	struct xml *enabled = xml_new(a, NS_SM, STR("enabled"));
	usec_t limit = conf_duration(s->res.entity->home->conf, "limits.resume_time");
	uint64_t seconds;

	if (max.ptr && str_to_u64(max, &seconds) == OK &&
	    seconds < (uint64_t)(limit / USEC_PER_SEC))
		limit = (usec_t)seconds * USEC_PER_SEC;
	sm_enable(&s->sm, wants_resume && limit > 0, limit);
	if (s->sm.can_resume) {
		xml_set(a, enabled, STR("id"), arena_dup(a, str_make(s->sm.token, SM_TOKEN_LEN)));
		xml_set(a, enabled, STR("resume"), STR("true"));
		xml_set(a, enabled, STR("max"),
			arena_printf(a, "%lld", (long long)(limit / USEC_PER_SEC)));
	}
	return enabled;
}
