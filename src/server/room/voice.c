/* SPDX-License-Identifier: Apache-2.0 */
/* Who may say what, see voice.h. When somebody spoke is remembered by his bare address, so that he
 * gains nothing by leaving; it is forgotten when it does not matter any more. */
#include "server/room/voice.h"

#include "base/mem.h"
#include "xmpp/ns.h"

/* When somebody spoke last. */
struct room_spoken {
	struct str bare;
	usec_t at; /* monotonic */
	char name[];
};

enum { SPOKEN_MAX = 100000, SPOKEN_SWEEP = 64 };

/* ---- reactions ---- */

static const struct xml *reactions_of(const struct xml *el)
{
	return xml_child(el, NS_REACTIONS, STR("reactions"));
}

/* Nothing that anybody reads stands beside it. */
static bool is_mere_reaction(const struct xml *el)
{
	if (!reactions_of(el))
		return false;
	xml_each (child, el) {
		if (!str_eq(child->ns, NS_REACTIONS) && !str_eq(child->ns, NS_HINTS) &&
		    !str_eq(child->ns, NS_SID))
			return false;
	}
	return true;
}

static bool are_allowed(struct dispatch *d, const struct room *r, const struct xml *reactions)
{
	int64_t count = 0;

	xml_each (child, reactions) {
		if (!xml_is(child, NS_REACTIONS, STR("reaction")))
			continue;
		count++;
		if (!room_config_allows_reaction(&r->config, str_trim(xml_text(child, d->arena))))
			return false;
	}
	return !r->config.max_reactions || count <= r->config.max_reactions;
}

static void refuse_reactions(struct dispatch *d, const struct room *r)
{
	struct str max = STR(""), only = STR("");

	if (r->config.max_reactions)
		max = arena_printf(d->arena, " At most %lld to a message.",
				   (long long)r->config.max_reactions);
	if (r->config.reactions.len)
		only = ARENA_JOIN(d->arena, STR(" Only these: "), r->config.reactions);
	(void)dispatch_error_text(d, COND_NOT_ACCEPTABLE,
				  ARENA_JOIN(d->arena, STR("Reactions are limited here."), max,
					     only));
}

/* ---- slow mode ---- */

static bool is_slowed(const struct dispatch *d, const struct room *r, const struct occupant *o)
{
	return r->config.slow_mode && xml_child(d->stanza.el, NS_CLIENT, STR("body")) &&
	       room_affiliation(r, o) < AFFILIATION_ADMIN;
}

static usec_t pause_of(const struct room *r)
{
	return (usec_t)r->config.slow_mode * USEC_PER_SEC;
}

static void drop(struct room *r, struct room_spoken *s)
{
	(void)map_remove(&r->spoken, s->bare);
	mem_free(s);
}

static void sweep(struct room *r)
{
	struct room_spoken *s;
	size_t at = 0;

	while ((s = map_next(&r->spoken, &at))) {
		if (clock_now() - s->at >= pause_of(r))
			drop(r, s);
	}
	r->spoken_sweep = 2 * r->spoken.count + SPOKEN_SWEEP;
}

static bool is_too_soon(const struct dispatch *d, struct room *r, const struct occupant *o)
{
	const struct room_spoken *s;

	if (!is_slowed(d, r, o))
		return false;
	s = map_get(&r->spoken, o->bare);
	if (!s && r->spoken.count >= SPOKEN_MAX) {
		sweep(r);
		return r->spoken.count >= SPOKEN_MAX; /* filling it up lets nobody through */
	}
	return s && clock_now() - s->at < pause_of(r);
}

void voice_note(struct dispatch *d, struct room *r, const struct occupant *o)
{
	struct room_spoken *s;

	if (!is_slowed(d, r, o))
		return;
	s = map_get(&r->spoken, o->bare);
	if (!s) {
		if (r->spoken.count >= r->spoken_sweep)
			sweep(r);
		s = mem_zalloc(1, sizeof(*s) + o->bare.len);
		memcpy(s->name, o->bare.ptr, o->bare.len);
		s->bare = str_make(s->name, o->bare.len);
		(void)map_set(&r->spoken, s->bare, s);
	}
	s->at = clock_now();
}

static void on_unload(struct entity *e)
{
	struct room *r = room_of(e);
	struct room_spoken *s;
	size_t at = 0;

	if (!r || e->is_reloading)
		return;
	while ((s = map_next(&r->spoken, &at)))
		drop(r, s);
}

/* ---- all together ---- */

bool voice_is_open(struct dispatch *d, struct room *r, const struct occupant *o)
{
	const struct xml *reactions = reactions_of(d->stanza.el);

	if (o->role < ROLE_PARTICIPANT &&
	    !(r->config.visitors_react && is_mere_reaction(d->stanza.el))) {
		(void)dispatch_error(d, COND_FORBIDDEN);
		return false;
	}
	if (reactions && !are_allowed(d, r, reactions)) {
		refuse_reactions(d, r);
		return false;
	}
	if (is_too_soon(d, r, o)) {
		(void)dispatch_error_wait(
			d, COND_POLICY_VIOLATION,
			arena_printf(d->arena,
				     "This room is in slow mode: one message in %lld seconds.",
				     (long long)r->config.slow_mode));
		return false;
	}
	return true;
}

const struct feature room_voice_feature = {
	.name = "room_voice",
	.spec = "XEP-0500 0.1.1, XEP-0444 0.2.1",
	.test = "rooms/voice.talk",
	.on_unload = on_unload,
};
