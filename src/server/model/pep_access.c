/* SPDX-License-Identifier: Apache-2.0 */
/* Who may what at a node (XEP-0060 4.1, 4.5, 6.1, 6.5.1, 7.1; XEP-0163 3), see pep.h. */
#include "server/model/pep.h"

static enum pep_affiliation affiliation_of(const struct pep_node *node,
					   const struct pep_subject *who)
{
	const struct pep_person *person = pep_person_find(node, jid_bare_str(who->jid));

	return person ? person->affiliation : PEP_NONE;
}

bool pep_is_owner(const struct pep_node *node, const struct pep_subject *who)
{
	return who->is_owner || affiliation_of(node, who) == PEP_OWNER;
}

static bool is_subscribed(const struct pep_node *node, const struct pep_subject *who)
{
	const struct pep_person *bare = pep_person_find(node, jid_bare_str(who->jid));
	const struct pep_person *full = pep_person_find(node, who->jid.full);

	return (bare && pep_person_is_subscribed(bare)) || (full && pep_person_is_subscribed(full));
}

static bool is_in_group(const struct pep_node *node, const struct pep_subject *who)
{
	struct str allowed = node->config.text[PUBSUB_ROSTER_GROUPS], group;

	while (allowed.len && str_split(&allowed, PUBSUB_SEPARATOR, &group)) {
		struct str own = who->groups, one;

		while (own.len && str_split(&own, PUBSUB_SEPARATOR, &one)) {
			if (str_eq(one, group))
				return true;
		}
	}
	return false;
}

/* What the access model says of somebody without an affiliation. */
static enum pep_access by_model(const struct pep_node *node, const struct pep_subject *who)
{
	switch ((enum access_model)node->config.choice[PUBSUB_ACCESS_MODEL]) {
	case ACCESS_OPEN:
		return PEP_ALLOWED;
	case ACCESS_PRESENCE:
		return who->sees_presence ? PEP_ALLOWED : PEP_NEEDS_PRESENCE;
	case ACCESS_ROSTER:
		return who->sees_presence && is_in_group(node, who) ? PEP_ALLOWED : PEP_NEEDS_GROUP;
	case ACCESS_AUTHORIZE:
		return is_subscribed(node, who) ? PEP_ALLOWED : PEP_NEEDS_SUBSCRIPTION;
	case ACCESS_WHITELIST:
		break;
	}
	return PEP_IS_CLOSED;
}

enum pep_access pep_may_read(const struct pep_node *node, const struct pep_subject *who)
{
	if (who->is_owner)
		return PEP_ALLOWED;
	if (who->is_blocked)
		return PEP_IS_OUTCAST;
	switch (affiliation_of(node, who)) {
	case PEP_OUTCAST:
	case PEP_PUBLISH_ONLY: /* 4.1: he is not to see what others publish */
		return PEP_IS_OUTCAST;
	case PEP_MEMBER:
	case PEP_PUBLISHER:
	case PEP_OWNER:
		return PEP_ALLOWED;
	default:
		return by_model(node, who);
	}
}

enum pep_access pep_may_subscribe(const struct pep_node *node, const struct pep_subject *who,
				  bool *ret_is_asking)
{
	enum pep_access access = pep_may_read(node, who);

	*ret_is_asking = access == PEP_NEEDS_SUBSCRIPTION;
	return *ret_is_asking ? PEP_ALLOWED : access;
}

bool pep_may_publish(const struct pep_node *node, const struct pep_subject *who)
{
	enum pep_affiliation affiliation;

	if (who->is_owner)
		return true;
	if (who->is_blocked)
		return false;
	affiliation = affiliation_of(node, who);
	if (affiliation == PEP_PUBLISHER || affiliation == PEP_PUBLISH_ONLY ||
	    affiliation == PEP_OWNER)
		return true;
	if (affiliation == PEP_OUTCAST)
		return false;
	switch ((enum publish_model)node->config.choice[PUBSUB_PUBLISH_MODEL]) {
	case PUBLISH_OPEN:
		return true;
	case PUBLISH_SUBSCRIBERS:
		return is_subscribed(node, who) && pep_may_read(node, who) == PEP_ALLOWED;
	case PUBLISH_PUBLISHERS:
		break;
	}
	return false;
}

bool pep_may_change(const struct pep_item *item, const struct pep_subject *who)
{
	return pep_is_owner(item->node, who) ||
	       (item->publisher.len && str_eq(item->publisher, jid_bare_str(who->jid)));
}

size_t pep_items_max(const struct pep_node *node, size_t limit)
{
	size_t wanted = (size_t)node->config.number[PUBSUB_MAX_ITEMS];

	if (!node->config.choice[PUBSUB_PERSIST_ITEMS])
		return 0;
	return wanted < limit ? wanted : limit;
}
