/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of strangers, see strangers.h: asked behind blocking. On the entity's loop. */
#include "server/feature/strangers.h"

#include "base/metric.h"
#include "server/route/feature.h"
#include "server/route/roster_view.h"
#include "server/route/stranger.h"

enum { MOST = 1000000 };

static const struct conf_key keys[] = {
	{ "strangers.requests", CONF_INT, "20", 0, MOST,
	  "How many people here somebody of another domain may ask to be contacts in an hour; 0 here "
	  "and below: any number." },
	{ "strangers.domain_requests", CONF_INT, "500", 0, MOST, "The same of one domain." },
	{ "strangers.people", CONF_INT, "20", 0, MOST,
	  "To how many people here, none of whom has written to him or is his contact, somebody of "
	  "another domain may begin to write in an hour." },
	{ "strangers.domain_people", CONF_INT, "1000", 0, MOST, "The same of one domain." },
	{ "strangers.messages", CONF_INT, "300", 0, MOST,
	  "Messages of such a one to one account in an hour." },
	{ "strangers.joins", CONF_INT, "300", 0, MOST,
	  "How often somebody of another domain may enter rooms in which he has no affiliation in an "
	  "hour." },
	{ "strangers.domain_joins", CONF_INT, "3000", 0, MOST, "The same of one domain." },
	{ "strangers.components", CONF_BOOL, "false", 0, 0,
	  "Whether people of components (XEP-0114) count as people of other domains, too." },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "Strangers", .keys = keys };

static bool is_counted(const struct dispatch *d)
{
	return d->home->pace && !d->is_released && stranger_is_remote(d->home, d->stanza.from) &&
	       !stranger_is_near(d->entity, d->stanza.from);
}

static enum verdict on_message_in(struct dispatch *d)
{
	const struct stanza *s = &d->stanza;
	struct pace_limits limits;

	if (s->type == MESSAGE_ERROR || s->type == MESSAGE_GROUPCHAT || !is_counted(d) ||
	    stranger_is_told(s))
		return PASS;
	limits = stranger_limits(d->home->conf);
	if (pace_message(d->home->pace, &limits, stranger_of(d), d->entity->jid.full))
		return PASS;
	metric_inc(METRIC_PACED_MESSAGE);
	return dispatch_error_wait(d, COND_RESOURCE_CONSTRAINT,
				   STR("too many messages to people who do not know you"));
}

/* His server asks again (RFC 6121 3.1.2); what waits already is not counted. */
static enum verdict on_presence_in(struct dispatch *d)
{
	struct pace_limits limits;

	if (d->stanza.type != PRESENCE_SUBSCRIBE || !is_counted(d) ||
	    roster_item(d->entity, d->stanza.from))
		return PASS;
	limits = stranger_limits(d->home->conf);
	if (pace_request(d->home->pace, &limits, stranger_of(d)))
		return PASS;
	metric_inc(METRIC_PACED_REQUEST);
	return DONE;
}

static enum verdict on_message_out(struct dispatch *d)
{
	struct jid to = d->stanza.to;

	if (d->home->pace && d->stanza.type != MESSAGE_ERROR && stranger_is_remote(d->home, to) &&
	    !stranger_is_near(d->entity, to))
		pace_wrote(d->home->pace, d->entity->jid.full, jid_bare_str(to));
	return PASS;
}

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_IN, PHASE_GUARD, on_message_in },
	{ STANZA_PRESENCE, WAY_IN, PHASE_GUARD, on_presence_in },
	{ STANZA_MESSAGE, WAY_OUT, PHASE_GUARD, on_message_out },
	{ .run = NULL },
};

const struct feature feature_strangers = {
	.name = "strangers",
	.spec = "XEP-0205 1.0.2",
	.test = "component/strangers.talk, component/strangers-rooms.talk",
	.conf = &table,
	.hooks = hooks,
};
