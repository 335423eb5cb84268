/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks, and refusals, see pep_access.h. */
#include "server/pep/pep_access.h"

#include "server/route/blocking.h"
#include "server/route/roster_view.h"
#include "xmpp/ns.h"

bool pep_is_service(const struct entity *e)
{
	return !e->realm->has_accounts;
}

struct pep_subject pep_subject_of(const struct entity *e, struct jid who)
{
	const struct roster_item *item;

	if (pep_is_service(e))
		return (struct pep_subject){ .jid = who };
	item = roster_item(e, who);
	return (struct pep_subject){ .jid = who,
				     .is_owner = jid_bare_eq(who, e->jid),
				     .is_blocked = blocking_covers(e, who),
				     .sees_presence = roster_may_see(e, who),
				     .groups = item ? item->groups : STR("") };
}

struct pep_subject pep_asker(const struct dispatch *d)
{
	return pep_subject_of(d->entity,
			      d->target == TARGET_SELF ? d->entity->jid : d->stanza.from);
}

static enum verdict answer(struct dispatch *d, enum condition c, const char *app,
			   const char *feature)
{
	struct xml *el = reply_error(d->arena, &d->stanza, c, STR_NONE);
	struct xml *error = xml_child(el, STR_NONE, STR("error")), *condition;

	if (app) {
		condition = xml_add_new(d->arena, error, NS_PUBSUB_ERRORS, str_from(app));
		if (feature)
			xml_set(d->arena, condition, STR("feature"), str_from(feature));
	}
	/* The number of XEP-0086: profanity 0.13 publishes its first list of OMEMO devices when
	 * it reads 404 about the node, and does nothing when there is no number. */
	if (c == COND_ITEM_NOT_FOUND)
		xml_set(d->arena, error, STR("code"), STR("404"));
	/* 6.2.3.2 and 6.2.3.5 have their own idea of the type. */
	if (c == COND_UNEXPECTED_REQUEST)
		xml_set(d->arena, error, STR("type"), STR("cancel"));
	return dispatch_reply(d, el);
}

enum verdict pep_error(struct dispatch *d, enum condition c, const char *app)
{
	return answer(d, c, app, NULL);
}

enum verdict pep_unsupported(struct dispatch *d, const char *feature)
{
	return answer(d, COND_FEATURE_NOT_IMPLEMENTED, "unsupported", feature);
}

enum verdict pep_refuse(struct dispatch *d, enum pep_access access)
{
	switch (access) {
	case PEP_NEEDS_PRESENCE:
		return pep_error(d, COND_NOT_AUTHORIZED, "presence-subscription-required");
	case PEP_NEEDS_GROUP:
		return pep_error(d, COND_NOT_AUTHORIZED, "not-in-roster-group");
	case PEP_NEEDS_SUBSCRIPTION:
		return pep_error(d, COND_NOT_AUTHORIZED, "not-subscribed");
	case PEP_IS_CLOSED:
		return pep_error(d, COND_NOT_ALLOWED, "closed-node");
	default:
		return pep_error(d, COND_FORBIDDEN, NULL);
	}
}

struct pep_node *pep_node_of(struct dispatch *d, const struct xml *el)
{
	struct str name = xml_attr(el, STR("node"));
	struct pep_node *node;

	if (!name.len) {
		(void)pep_error(d, COND_BAD_REQUEST, "nodeid-required");
		return NULL;
	}
	node = pep_node_find(d->entity->pep, name);
	if (!node)
		(void)pep_error(d, COND_ITEM_NOT_FOUND, NULL);
	return node;
}
