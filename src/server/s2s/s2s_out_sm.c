/* SPDX-License-Identifier: Apache-2.0 */
/* Stream management of a stream to another server, see s2s_out_sm.h. */
#include "server/s2s/s2s_out_sm.h"

#include "base/log.h"
#include "server/s2s/s2s_back.h"
#include "xmpp/ns.h"

/* ---- what we ask ---- */

bool s2s_out_sm_resumes(struct s2s_out *o)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *resume;

	if (!o->has_sm || !o->resume.len)
		return false;
	arena_init(&a, 16 * KIB);
	resume = xml_new(&a, NS_SM, STR("resume"));
	xml_set(&a, resume, STR("previd"), o->resume);
	xml_set(&a, resume, STR("h"), STR("0")); /* they send no stanzas on it */
	stream_send(&o->stream, resume);
	o->state = S2S_OUT_RESUME;
	return true;
}

/* They count from here on. */
static void enable(struct s2s_out *o)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *enable;

	arena_init(&a, KIB);
	enable = xml_new(&a, NS_SM, STR("enable"));
	if (!o->has_bidi) /* what they send would have to go on, too */
		xml_set(&a, enable, STR("resume"), STR("true"));
	stream_send(&o->stream, enable);
}

void s2s_out_sm_open(struct s2s_out *o, bool is_resumed)
{
	log_info(NULL, "stream to another server open", F_STR("domain", o->theirs),
		 F_STR("for", o->ours), F_BOOL("encrypted", transport_is_secure(o->transport)),
		 F_BOOL("certificate", o->is_shown),
		 F_STR("by", o->is_logged_in ? STR("certificate") : STR("dialback")),
		 F_BOOL("resumed", is_resumed), F_BOOL("both_ways", o->has_bidi));
	s2s_out_life_settle(o);
	o->state = S2S_OUT_OPEN;
	s2s_back_begin(o);
	o->resume = STR_NONE;
	o->is_enabled = is_resumed;
	if (o->has_sm && !is_resumed)
		enable(o);
	o->events->on_open(o->owner, is_resumed);
}

bool s2s_out_keeps(const struct s2s_out *o)
{
	return o->has_sm;
}

/* ---- what they say ---- */

static bool bad(struct s2s_out *o, enum stream_condition why, struct str reason)
{
	return s2s_out_life_fail(o, why, S2S_BAD_STREAM, reason);
}

static bool too_high(struct s2s_out *o)
{
	return bad(o, STREAM_UNDEFINED_CONDITION, STR("it acknowledges what was not sent"));
}

/* ERR_NOT_FOUND: it says no number; ERR_INVALID. */
static enum err read_h(const struct xml *el, uint32_t *ret_h)
{
	struct str text = xml_attr(el, STR("h"));
	uint64_t h;

	if (!text.ptr)
		return ERR_NOT_FOUND;
	if (str_to_u64(text, &h) || h > UINT32_MAX)
		return ERR_INVALID;
	*ret_h = (uint32_t)h;
	return OK;
}

/* The stream before does not go on. What they know to have got of it is not sent again. */
static bool on_not_resumed(struct s2s_out *o, const struct xml *el)
{
	uint32_t h;

	if (read_h(el, &h) == OK && !o->events->on_ack(o->owner, h))
		return too_high(o);
	s2s_out_sm_open(o, false);
	return true;
}

static bool on_resumed(struct s2s_out *o, const struct xml *el)
{
	uint32_t h;

	if (!str_eq(xml_attr(el, STR("previd")), o->resume) || read_h(el, &h))
		return bad(o, STREAM_BAD_FORMAT, STR("it resumes what was not asked for"));
	if (!o->events->on_resumed(o->owner, h))
		return too_high(o);
	s2s_out_sm_open(o, true);
	return true;
}

static bool on_ack(struct s2s_out *o, const struct xml *el)
{
	uint32_t h;

	if (read_h(el, &h))
		return bad(o, STREAM_BAD_FORMAT, STR_NONE);
	o->asks_ack = o->beat_asks_ack = false;
	return o->events->on_ack(o->owner, h) ? true : too_high(o);
}

static bool on_enabled(struct s2s_out *o, const struct xml *el)
{
	struct str resume = xml_attr(el, STR("resume"));

	if (o->is_enabled)
		return bad(o, STREAM_POLICY_VIOLATION, STR("it begins to count twice"));
	o->is_enabled = true;
	s2s_back_track(o);
	if (str_eq(resume, STR("true")) || str_eq(resume, STR("1")))
		o->events->on_named(o->owner, xml_attr(el, STR("id")));
	return true;
}

/* A failure means that nothing is acknowledged. */
static bool on_failed(struct s2s_out *o)
{
	if (o->is_enabled)
		return true;
	o->has_sm = false;
	o->events->on_uncounted(o->owner);
	return true;
}

bool s2s_out_sm(struct s2s_out *o, const struct xml *el)
{
	if (o->state == S2S_OUT_RESUME && xml_is(el, NS_SM, STR("resumed")))
		return on_resumed(o, el);
	if (o->state == S2S_OUT_RESUME && xml_is(el, NS_SM, STR("failed")))
		return on_not_resumed(o, el);
	if (o->state != S2S_OUT_OPEN || !o->has_sm)
		return bad(o, STREAM_UNSUPPORTED_STANZA_TYPE,
			   STR("stream management that was not asked for"));
	if (xml_is(el, NS_SM, STR("a")))
		return on_ack(o, el);
	if (xml_is(el, NS_SM, STR("enabled")))
		return on_enabled(o, el);
	if (xml_is(el, NS_SM, STR("failed")))
		return on_failed(o);
	if (xml_is(el, NS_SM, STR("r")))
		s2s_back_acknowledge(o);
	return true;
}
