/* SPDX-License-Identifier: Apache-2.0 */
/* Who is a stranger, see stranger.h. */
#include "server/route/stranger.h"

#include "server/model/pep.h"
#include "server/route/presence_view.h"
#include "server/route/roster_view.h"
#include "server/route/service.h"
#include "xep/bookmark.h"
#include "xmpp/ns.h"

static bool is_contact(const struct entity *e, struct str jid)
{
	const struct roster_item *item = e->roster ? roster_find(e->roster, jid) : NULL;

	return item && (item->flags & ~(unsigned)ROSTER_PENDING_IN);
}

/* A room that the user means to be in, whether he is at the moment or not (XEP-0402). */
static bool is_bookmarked(const struct entity *e, struct str bare)
{
	const struct pep_node *node = e->pep ? pep_node_find(e->pep, NS_BOOKMARKS) : NULL;

	return node && pep_item_find(e->pep, node, bare);
}

/* A gateway that is a contact vouches for its people. */
bool stranger_is_near(const struct entity *e, struct jid who)
{
	const struct home *h = e->home;
	struct str bare = jid_bare_str(who);

	if (jid_bare_eq(e->jid, who) || is_contact(e, bare) || is_contact(e, who.domain) ||
	    presence_is_directed(e, bare) || is_bookmarked(e, bare))
		return true;
	return !who.node.len &&
	       (home_realm(h, who.domain) || services_find(h->services, who.domain));
}

bool stranger_is_remote(const struct home *h, struct jid who)
{
	if (!jid_is_set(who) || home_realm(h, who.domain))
		return false;
	return !services_find(h->services, who.domain) ||
	       conf_bool(h->conf, "strangers.components");
}

bool stranger_is_told(const struct stanza *s)
{
	return xml_child(s->el, NS_PUBSUB_EVENT, STR("event")) &&
	       (!s->from.node.len || !xml_child(s->el, NS_CLIENT, STR("body")));
}

static struct pace_rate hourly(const struct conf *conf, const char *key)
{
	return (struct pace_rate){ (unsigned)conf_int(conf, key), USEC_PER_HOUR };
}

struct pace_limits stranger_limits(const struct conf *conf)
{
	return (struct pace_limits){
		.requests = hourly(conf, "strangers.requests"),
		.domain_requests = hourly(conf, "strangers.domain_requests"),
		.people = hourly(conf, "strangers.people"),
		.domain_people = hourly(conf, "strangers.domain_people"),
		.messages = hourly(conf, "strangers.messages"),
		.joins = hourly(conf, "strangers.joins"),
		.domain_joins = hourly(conf, "strangers.domain_joins"),
	};
}

struct pace_stranger stranger_of(const struct dispatch *d)
{
	struct jid from = d->stanza.from;

	return (struct pace_stranger){ .sender = jid_bare_str(from), .domain = from.domain };
}
