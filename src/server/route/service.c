/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of services, and the way of a stanza to one; see service.h. */
#include "server/route/service.h"

#include "base/mem.h"
#include "crypto/secret.h"
#include "server/route/home.h"
#include "server/route/transit.h"
#include "xmpp/jid.h"

struct services *services_new(size_t count)
{
	struct services *s = mem_zalloc(1, sizeof(*s));

	must(count <= SERVICES_MAX);
	s->refs = 1;
	s->count = count;
	arena_init(&s->arena, SERVICES_ARENA_MAX);
	s->items = arena_zalloc(&s->arena, (count + 1) * sizeof(*s->items));
	return s;
}

struct services *services_ref(struct services *s)
{
	(void)__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
	return s;
}

struct services *services_unref(struct services *s)
{
	if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL))
		return NULL;
	for (size_t i = 0; i < s->count; i++)
		secret_wipe((void *)(uintptr_t)s->items[i].secret.ptr, s->items[i].secret.len);
	arena_done(&s->arena);
	mem_free(s);
	return NULL;
}

const struct service *services_find(const struct services *s, struct str domain)
{
	for (size_t i = 0; s && i < s->count; i++) {
		if (str_eq(s->items[i].domain, domain))
			return &s->items[i];
	}
	return NULL;
}

bool service_post(struct home *h, struct str domain, struct bytes *stanza, bool is_quiet)
{
	if (!services_find(h->services, domain))
		return false;
	transit_post(h, domain, stanza, is_quiet, h->service_ops->take);
	return true;
}

const struct service *service_of(const struct home *h, struct jid from)
{
	return from.node.len || from.resource.len ? NULL : services_find(h->services, from.domain);
}
