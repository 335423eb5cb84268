/* SPDX-License-Identifier: Apache-2.0 */
/* Stream management of a stream of another server, see s2s_in_sm.h. */
#include "server/s2s/s2s_in_sm.h"

#include "base/log.h"
#include "server/s2s/s2s_claim.h"
#include "server/s2s/s2s_track.h"
#include "xmpp/ns.h"

static void on_settled(void *stream)
{
	s2s_in_life_acknowledge(stream);
}

static void on_taken(void *stream)
{
	struct s2s_in *c = stream;

	c->track = NULL;
	(void)s2s_in_life_fail(c, STREAM_CONFLICT, STR_NONE); /* nothing is read here */
}

static const struct s2s_track_events track_events = { .on_settled = on_settled,
						      .on_taken = on_taken };

static void refuse(struct s2s_in *c, struct arena *a, struct str condition)
{
	struct xml *failed = xml_new(a, NS_SM, STR("failed"));

	(void)xml_add_new(a, failed, NS_STANZAS, condition);
	stream_send(&c->stream, failed);
}

/* The pair of domains that the stream is for. False: nobody was shown for it. */
static bool is_for(const struct s2s_in *c, struct str *ret_ours, struct str *ret_theirs)
{
	const struct s2s_pair *first = c->pairs.first;
	struct str theirs = c->theirs.len ? c->theirs : first ? first->theirs : STR_NONE;

	if (!s2s_pairs_have(&c->pairs, c->ours, theirs))
		return false;
	*ret_ours = c->ours;
	*ret_theirs = theirs;
	return true;
}

static void enable(struct s2s_in *c, struct arena *a, const struct xml *el)
{
	struct str resume = xml_attr(el, STR("resume")), ours, theirs;
	struct xml *enabled;
	usec_t limit = conf_duration(c->s2s->home->conf, "limits.server_resume");

	if (c->track || c->claim || !is_for(c, &ours, &theirs)) {
		refuse(c, a, STR("unexpected-request"));
		return;
	}
	c->track = s2s_track_new(c->s2s, ours, theirs, &track_events, c);
	c->track->can_resume = str_eq(resume, STR("true")) || str_eq(resume, STR("1"));
	enabled = xml_new(a, NS_SM, STR("enabled"));
	if (c->track->can_resume) {
		xml_set(a, enabled, STR("id"), str_from(c->track->token));
		xml_set(a, enabled, STR("resume"), STR("true"));
		xml_set(a, enabled, STR("max"),
			arena_printf(a, "%lld", (long long)(limit / USEC_PER_SEC)));
	}
	stream_send(&c->stream, enabled);
}

/* ---- resumption ---- */

static void say_resumed(struct s2s_in *c, struct arena *a, const struct s2s_claim *claim)
{
	struct xml *resumed = xml_new(a, NS_SM, STR("resumed"));

	c->track = s2s_track_new(c->s2s, claim->ours, claim->theirs, &track_events, c);
	s2s_track_go_on(c->track, claim->token, claim->handled);
	xml_set(a, resumed, STR("previd"), str_from(c->track->token));
	xml_set(a, resumed, STR("h"), arena_printf(a, "%u", claim->handled));
	stream_send(&c->stream, resumed);
	log_info(NULL, "another server goes on with a stream", F_STR("domain", claim->theirs),
		 F_STR("for", claim->ours), F_INT("handled", claim->handled));
}

static void on_claimed(void *stream, const struct s2s_claim *claim)
{
	struct s2s_in *c = stream;
	struct arena a scoped(arena_done) = { 0 };
	struct xml *failed;

	arena_init(&a, 4 * KIB);
	c->claim = NULL;
	if (claim->answer == S2S_CLAIM_GRANTED) {
		say_resumed(c, &a, claim);
	} else {
		failed = xml_new(&a, NS_SM, STR("failed"));
		if (claim->answer == S2S_CLAIM_LATE)
			xml_set(&a, failed, STR("h"), arena_printf(&a, "%u", claim->handled));
		(void)xml_add_new(&a, failed, NS_STANZAS, STR("item-not-found"));
		stream_send(&c->stream, failed);
	}
	s2s_in_life_go_on(c);
}

/* What was shown on the other stream must have been shown on this one, too. */
static void resume(struct s2s_in *c, struct arena *a, const struct xml *el)
{
	struct str ours, theirs;
	uint64_t h;

	if (c->track || c->has_claimed || !is_for(c, &ours, &theirs)) {
		refuse(c, a, STR("unexpected-request"));
		return;
	}
	if (str_to_u64(xml_attr(el, STR("h")), &h) || h > UINT32_MAX) {
		refuse(c, a, STR("bad-request"));
		return;
	}
	if (xml_attr(el, STR("previd")).len != S2S_TOKEN_LEN) {
		refuse(c, a, STR("item-not-found"));
		return;
	}
	c->has_claimed = true;
	stream_hold(&c->stream);
	transport_pause(c->transport, true);
	c->claim = s2s_claim_new(c->s2s->home, xml_attr(el, STR("previd")), ours, theirs, c,
				 on_claimed);
}

/* ---- what is asked ---- */

bool s2s_in_sm(struct s2s_in *c, struct arena *a, const struct xml *el)
{
	if (xml_is(el, NS_SM, STR("enable"))) {
		enable(c, a, el);
	} else if (xml_is(el, NS_SM, STR("resume"))) {
		resume(c, a, el);
	} else if (xml_is(el, NS_SM, STR("r"))) {
		if (!c->track)
			refuse(c, a, STR("unexpected-request"));
		else if (s2s_track_ask(c->track))
			s2s_in_life_acknowledge(c);
		else
			c->owes_ack = true;
	}
	return true;
}

struct receipt *s2s_in_sm_count(struct s2s_in *c)
{
	return c->track ? s2s_track_count(c->track) : NULL;
}
