/* SPDX-License-Identifier: Apache-2.0 */
/* Contacts of other servers, see pep_remote.h. */
#include "server/pep/pep_remote.h"

#include "base/mem.h"
#include "base/random.h"
#include "server/route/client_caps.h"
#include "server/route/roster_view.h"

enum {
	HASH_MAX = CLIENT_CAPS_HASH_MAX, /* bytes of hash and ver; what is longer is not read */
	NODE_MAX = 1024,
};

struct pep_remotes {
	struct map by_jid;
	struct list order; /* the one last heard of last */
	uint64_t next;     /* number; they begin anywhere, and none comes twice */
};

/* ---- keeping ---- */

static struct pep_remotes *remotes_of(struct entity *e)
{
	if (!e->pep_remotes) {
		e->pep_remotes = mem_zalloc(1, sizeof(*e->pep_remotes));
		map_init(&e->pep_remotes->by_jid);
		list_init(&e->pep_remotes->order);
		e->pep_remotes->next = random_u64() >> 1;
	}
	return e->pep_remotes;
}

static void forget_said(struct pep_remote *r)
{
	mem_free((void *)(uintptr_t)r->said.ptr);
	r->said = STR_NONE;
	r->caps = client_caps_unref(r->caps);
	r->has_failed = false;
}

static void forget(struct pep_remotes *remotes, struct pep_remote *r)
{
	list_remove(&r->link);
	(void)map_remove(&remotes->by_jid, r->jid);
	forget_said(r);
	(void)client_caps_unref(r->told);
	mem_free((void *)(uintptr_t)r->jid.ptr);
	mem_free(r);
}

void pep_remotes_free(struct pep_remotes **remotes)
{
	struct pep_remotes *all = *remotes;

	*remotes = NULL;
	if (!all)
		return;
	list_each (link, &all->order)
		forget(all, list_entry(link, struct pep_remote, link));
	map_done(&all->by_jid);
	mem_free(all);
}

struct str pep_remote_bare(const struct pep_remote *r)
{
	return str_sub(r->jid, 0, r->bare_len);
}

struct pep_remote *pep_remote_find(const struct entity *e, uint64_t number)
{
	const struct pep_remotes *remotes = e->pep_remotes;

	if (!remotes)
		return NULL;
	list_each (link, &remotes->order) {
		struct pep_remote *r = list_entry(link, struct pep_remote, link);

		if (r->number == number)
			return r;
	}
	return NULL;
}

/* Makes room for one more of this contact. */
static void make_room(struct pep_remotes *remotes, struct str bare)
{
	struct pep_remote *oldest = NULL;
	unsigned count = 0;

	list_each (link, &remotes->order) {
		struct pep_remote *r = list_entry(link, struct pep_remote, link);

		if (!str_eq(pep_remote_bare(r), bare))
			continue;
		if (!oldest)
			oldest = r;
		count++;
	}
	if (count >= PEP_REMOTE_RESOURCES_MAX)
		forget(remotes, oldest);
	else if (remotes->by_jid.count >= PEP_REMOTES_MAX)
		forget(remotes, list_entry(remotes->order.next, struct pep_remote, link));
}

struct pep_remote *pep_remote_get(struct entity *e, struct jid jid)
{
	struct pep_remotes *remotes = remotes_of(e);
	struct pep_remote *r = map_get(&remotes->by_jid, jid.full);

	if (!r) {
		make_room(remotes, jid_bare_str(jid));
		r = mem_zalloc(1, sizeof(*r));
		list_init(&r->link);
		r->number = remotes->next++;
		r->jid = str_make(str_dup(jid.full), jid.full.len);
		r->bare_len = jid_bare_str(jid).len;
		(void)map_set(&remotes->by_jid, r->jid, r);
	}
	list_remove(&r->link);
	list_append(&remotes->order, &r->link);
	return r;
}

void pep_remote_drop(struct entity *e, struct jid jid)
{
	struct pep_remote *one = e->pep_remotes ? map_get(&e->pep_remotes->by_jid, jid.full) : NULL;

	if (one)
		forget(e->pep_remotes, one);
	if (!e->pep_remotes || jid_is_full(jid))
		return;
	list_each (link, &e->pep_remotes->order) {
		struct pep_remote *r = list_entry(link, struct pep_remote, link);

		if (str_eq(pep_remote_bare(r), jid.full))
			forget(e->pep_remotes, r);
	}
}

/* ---- what is said ---- */

struct str pep_remote_hash(const struct pep_remote *r)
{
	return str_sub(r->said, 0, r->hash_len);
}

struct str pep_remote_ver(const struct pep_remote *r)
{
	return str_from_at(r->said, r->ver_at);
}

struct str pep_remote_node(const struct pep_remote *r)
{
	return str_sub(r->said, r->hash_len + 1, r->ver_at - r->hash_len - 2);
}

struct pep_remote *pep_remote_learn(struct dispatch *d, const struct xml *el)
{
	struct str hash = xml_attr(el, STR("hash")), node = xml_attr(el, STR("node")),
		   ver = xml_attr(el, STR("ver"));
	struct pep_remote *r;
	struct str said;

	if (hash.len > HASH_MAX || ver.len > HASH_MAX || node.len > NODE_MAX)
		return NULL;
	said = ARENA_JOIN(d->arena, hash, STR("\n"), node, STR("\n"), ver);
	r = pep_remote_get(d->entity, d->stanza.from);
	r->has_failed = false;
	if (str_is_set(r->said) && str_eq(r->said, said))
		return r;
	forget_said(r);
	r->number = remotes_of(d->entity)->next++; /* an answer about what it said before is void */
	r->said = str_make(str_dup(said), said.len);
	r->hash_len = hash.len;
	r->ver_at = said.len - ver.len;
	return r;
}

struct client_caps *pep_remote_caps(const struct home *h, struct pep_remote *r)
{
	if (!r->caps && str_is_set(r->said))
		r->caps = client_caps_find(h->client_caps, pep_remote_hash(r), pep_remote_ver(r));
	return r->caps;
}

const struct pep_remote *pep_remote_of(const struct entity *e, const struct pep_remote *at,
				       struct str bare)
{
	const struct pep_remotes *remotes = e->pep_remotes;
	struct list *link = at ? at->link.next : remotes ? remotes->order.next : NULL;

	for (; link && link != &remotes->order; link = link->next) {
		const struct pep_remote *r = list_entry(link, struct pep_remote, link);

		if (str_is_set(r->said) && str_eq(pep_remote_bare(r), bare))
			return r;
	}
	return NULL;
}

usec_t pep_remote_probed(const struct entity *e, struct str bare)
{
	const struct pep_remote *r = map_get(&e->pep_remotes->by_jid, bare);

	return r ? r->probed : 0;
}

/* ---- events ---- */

const struct pep_remote *pep_remote_next(struct dispatch *d, const struct pep_remote *at,
					 struct str node, struct jid *ret_jid)
{
	struct pep_remotes *remotes = d->entity->pep_remotes;
	struct list *link = at ? at->link.next : remotes ? remotes->order.next : NULL;

	for (; link && link != &remotes->order; link = link->next) {
		struct pep_remote *r = list_entry(link, struct pep_remote, link);

		if (client_caps_wants(pep_remote_caps(d->home, r), node) &&
		    jid_parse(d->arena, arena_dup(d->arena, r->jid), ret_jid) == OK &&
		    roster_may_see(d->entity, *ret_jid))
			return r;
	}
	return NULL;
}
