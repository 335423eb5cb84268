/* SPDX-License-Identifier: Apache-2.0 */
/* Whom this server has nothing to do with, see banned.h. */
#include "server/route/banned.h"

#include "base/mem.h"
#include "base/metric.h"
#include "server/model/banlist.h"
#include "server/route/nobody.h"
#include "server/route/registry.h"
#include "server/route/router.h"
#include "server/route/service.h"
#include "server/route/stranger.h"

bool banned_covers(const struct home *h, struct jid who)
{
	return h->bans && banlist_covers(h->bans, who).ptr &&
	       (who.node.len || !home_realm(h, who.domain));
}

static void count(const struct stanza *s)
{
	metric_inc(s->kind == STANZA_MESSAGE    ? METRIC_BANNED_MESSAGE
		   : s->kind == STANZA_PRESENCE ? METRIC_BANNED_PRESENCE
						: METRIC_BANNED_IQ);
}

static bool is_error(const struct stanza *s)
{
	return s->kind == STANZA_MESSAGE    ? s->type == MESSAGE_ERROR
	       : s->kind == STANZA_PRESENCE ? s->type == PRESENCE_ERROR
					    : s->type == IQ_ERROR;
}

/* With a domain that is blocked as a whole there is no stream (s2s_policy_allows): its errors are
 * the server's own, which say that to who has written there. A component has one. */
static bool is_own_error(const struct home *h, const struct stanza *s)
{
	struct jid domain = { .full = s->from.domain, .domain = s->from.domain };

	return is_error(s) && !services_find(h->services, s->from.domain) &&
	       banned_covers(h, domain);
}

static bool is_judged(const struct dispatch *d)
{
	return d->home->bans && banned_covers(d->home, d->stanza.from) &&
	       !jid_bare_eq(d->stanza.from, d->entity->jid) && !is_own_error(d->home, &d->stanza);
}

static enum verdict refuse(struct dispatch *d)
{
	const struct stanza *s = &d->stanza;
	bool is_answered;

	count(s);
	is_answered = s->kind == STANZA_MESSAGE && d->proposal ? !nobody_is_hidden(d->home)
							       : nobody_answers(d->home, s);
	return is_answered ? dispatch_error(d, COND_SERVICE_UNAVAILABLE) : DONE;
}

enum verdict banned_guard(struct dispatch *d)
{
	return is_judged(d) ? refuse(d) : PASS;
}

bool banned_is_heard(const struct home *h, struct jid who)
{
	return h->heard && !home_realm(h, who.domain) && banlist_covers(h->heard, who).ptr;
}

enum verdict banned_guard_heard(struct dispatch *d)
{
	return d->home->heard && banned_is_heard(d->home, d->stanza.from) &&
			       !stranger_is_near(d->entity, d->stanza.from)
		       ? refuse(d)
		       : PASS;
}

/* An error ends a visit: whoever leaves may. */
enum verdict banned_guard_service(struct dispatch *d)
{
	const struct stanza *s = &d->stanza;

	if (!is_judged(d) || (s->kind == STANZA_PRESENCE && s->type == PRESENCE_UNAVAILABLE))
		return PASS;
	count(s);
	return dispatch_error(d, COND_FORBIDDEN);
}

const struct hook banned_service_hooks[] = {
	{ STANZA_MESSAGE, WAY_IN, PHASE_GUARD, banned_guard_service },
	{ STANZA_PRESENCE, WAY_IN, PHASE_GUARD, banned_guard_service },
	{ STANZA_IQ, WAY_IN, PHASE_GUARD, banned_guard_service },
	{ STANZA_MESSAGE, WAY_SERVER, PHASE_GUARD, banned_guard_service },
	{ STANZA_PRESENCE, WAY_SERVER, PHASE_GUARD, banned_guard_service },
	{ STANZA_IQ, WAY_SERVER, PHASE_GUARD, banned_guard_service },
	{ .run = NULL },
};

/* ---- who is there already ---- */

/* Entities that may have to look, pinned. One a turn: hashes of many addresses take a while. */
struct round {
	struct letter letter;
	size_t count, at;
	struct entity *entities[];
};

static bool has_lists(const struct realm *realm)
{
	const struct feature *const *f = registry_features(realm->registry);

	while (*f && !(*f)->on_lists)
		f++;
	return *f != NULL;
}

static void look(struct dispatch *d, unused_arg void *arg)
{
	const struct feature *const *f = registry_features(d->entity->realm->registry);

	for (; *f && d->entity->state == ENTITY_READY; f++) {
		if ((*f)->on_lists)
			(*f)->on_lists(d);
	}
}

static void go_round(struct letter *l)
{
	struct round *r = container_of(l, struct round, letter);
	struct entity *e;

	if (r->at == r->count) {
		mem_free(r);
		return;
	}
	e = r->entities[r->at++];
	router_act_in_order(e, look, NULL);
	loop_post(e->home->loop, &r->letter);
	entity_unpin(e);
}

void banned_changed(struct home *h)
{
	struct round *r;
	struct entity *e;
	size_t at = 0;

	if (!h->bans && !h->heard)
		return;
	r = mem_zalloc(1, sizeof(*r) + h->entities.count * sizeof(struct entity *));
	r->letter.fn = go_round;
	while ((e = map_next(&h->entities, &at))) {
		if (e->state != ENTITY_READY || !has_lists(e->realm))
			continue;
		entity_pin(e);
		r->entities[r->count++] = e;
	}
	loop_post(h->loop, &r->letter);
}
