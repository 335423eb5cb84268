/* SPDX-License-Identifier: Apache-2.0 */
/* Contacts of other servers come and go, see pep_contact.h. */
#include "server/pep/pep_contact.h"

#include "server/pep/pep_items.h"
#include "server/pep/pep_remote.h"
#include "server/route/caps_wait.h"
#include "server/route/client_caps.h"
#include "server/route/roster_view.h"
#include "server/route/router.h"
#include "xmpp/ns.h"

static const usec_t PROBE_USEC = 10 * USEC_PER_SEC; /* between a probe and what belongs to it */

/* ---- telling and asking ---- */

static void act_look(struct dispatch *d, void *number);

static void act_failed(struct dispatch *d, void *number)
{
	struct pep_remote *r = pep_remote_find(d->entity, (uint64_t)(uintptr_t)number);

	if (r)
		r->has_failed = true;
}

static const struct caps_wait_ops wait_ops = { act_look, act_failed };

static void ask(struct dispatch *d, const struct pep_remote *r, struct jid jid)
{
	struct caps_wish wish = { .key = ARENA_JOIN(d->arena, jid.domain, STR("\n"), r->said),
				  .hash = pep_remote_hash(r),
				  .node = pep_remote_node(r),
				  .ver = arena_dup(d->arena, pep_remote_ver(r)),
				  .jid = jid,
				  .number = r->number,
				  .ops = &wait_ops };

	caps_wait(d, &wish);
}

static void tell(struct dispatch *d, struct pep_remote *r, struct jid jid)
{
	struct str *nodes;
	size_t count = client_caps_more(r->caps, r->told, d->arena, &nodes);

	(void)client_caps_unref(r->told);
	r->told = client_caps_ref(r->caps);
	if (count)
		(void)pep_send_last(d, nodes, count, jid); /* the dispatch knows whether it waits */
}

/* A resource that is there, and may have been before. */
static void act_look(struct dispatch *d, void *number)
{
	struct pep_remote *r = pep_remote_find(d->entity, (uint64_t)(uintptr_t)number);
	struct jid jid;

	if (!r || !str_is_set(r->said) || jid_parse(d->arena, arena_dup(d->arena, r->jid), &jid) ||
	    !roster_may_see(d->entity, jid))
		return;
	if (!pep_remote_caps(d->home, r)) {
		if (!r->has_failed)
			ask(d, r, jid);
	} else if (r->told != r->caps) {
		tell(d, r, jid);
	}
}

static void look(struct entity *e, void *number, enum err err)
{
	if (!err)
		router_act_in_order(e, act_look, number);
}

/* ---- presence ---- */

static bool is_elsewhere(const struct dispatch *d, struct jid jid)
{
	return jid_is_set(jid) && !home_realm(d->home, jid.domain);
}

static bool is_contact(const struct entity *e, struct jid jid)
{
	const struct roster_item *item = roster_item(e, jid);

	return item && (item->flags & (ROSTER_FROM | ROSTER_TO));
}

/* Of an account without a client it is not remembered for long who was told what. Then only who
 * has come online, as his server's probe says, is told of what was before (RFC 6121 4.2.2). */
static bool is_news(const struct dispatch *d, const struct pep_remote *r)
{
	usec_t probed = pep_remote_probed(d->entity, pep_remote_bare(r));

	return d->entity->resources.count ||
	       (probed && loop_now(d->home->loop) - probed < PROBE_USEC);
}

void pep_contact_heard(struct dispatch *d)
{
	struct jid from = d->stanza.from;
	const struct xml *el = xml_child(d->stanza.el, NS_CAPS, STR("c"));
	struct pep_remote *r = NULL;

	if (!is_elsewhere(d, from) ||
	    (d->stanza.type != PRESENCE_AVAILABLE && d->stanza.type != PRESENCE_UNAVAILABLE &&
	     d->stanza.type != PRESENCE_ERROR))
		return;
	if (d->stanza.type == PRESENCE_AVAILABLE && el && is_contact(d->entity, from))
		r = pep_remote_learn(d, el);
	if (!r)
		pep_remote_drop(d->entity, from);
	else if (is_news(d, r) && (!r->caps || r->told != r->caps))
		dispatch_call(d, look, (void *)(uintptr_t)r->number);
}

static void look_at_all(struct dispatch *d, struct jid contact)
{
	const struct pep_remote *r = NULL;

	while ((r = pep_remote_of(d->entity, r, jid_bare_str(contact))))
		dispatch_call(d, look, (void *)(uintptr_t)r->number);
}

void pep_contact_befriended(struct dispatch *d, struct jid contact)
{
	if (is_elsewhere(d, contact))
		look_at_all(d, contact);
}

void pep_contact_probed(struct dispatch *d)
{
	struct jid from = d->stanza.from;

	if (!is_elsewhere(d, from) || !roster_may_see(d->entity, from))
		return;
	pep_remote_get(d->entity, jid_bare(from))->probed = loop_now(d->home->loop);
	look_at_all(d, from);
}

bool pep_contact_answered(struct dispatch *d)
{
	struct client_caps *caps;
	struct pep_remote *r;
	uint64_t number;

	if (!caps_wait_answered(d, &caps, &number))
		return false;
	r = pep_remote_find(d->entity, number);
	if (!r) {
		(void)client_caps_unref(caps);
		return true;
	}
	(void)client_caps_unref(r->caps);
	r->caps = caps;
	r->has_failed = !caps;
	if (caps)
		dispatch_call(d, look, (void *)(uintptr_t)number);
	return true;
}
