/* SPDX-License-Identifier: Apache-2.0 */
/* Whom this server has nothing to do with, see banned.h. */
#include "server/route/banned.h"

#include "base/metric.h"
#include "server/model/banlist.h"
#include "server/route/nobody.h"
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

static bool is_judged(const struct dispatch *d)
{
	return d->home->bans && banned_covers(d->home, d->stanza.from) &&
	       !jid_bare_eq(d->stanza.from, d->entity->jid);
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
