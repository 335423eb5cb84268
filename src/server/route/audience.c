/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses by home, see audience.h. */
#include "server/route/audience.h"

#include "base/mem.h"
#include "server/route/home.h"
#include "xml/write.h"

enum { MEMBERS_FIRST = 8, TO_MAX = 32 * 1024 /* bytes of an address, escaped */ };

struct audience *audience_new(const struct home *h)
{
	struct audience *a = mem_zalloc(1, sizeof(*a) + h->count * sizeof(a->parts[0]));

	a->refs = 1;
	a->home = h;
	a->homes = h->count;
	arena_init(&a->arena, AUDIENCE_BYTES_MAX);
	return a;
}

struct audience *audience_ref(struct audience *a)
{
	(void)__atomic_add_fetch(&a->refs, 1, __ATOMIC_RELAXED);
	return a;
}

struct audience *audience_unref(struct audience *a)
{
	if (!a || __atomic_sub_fetch(&a->refs, 1, __ATOMIC_ACQ_REL))
		return NULL;
	for (unsigned i = 0; i < a->homes; i++)
		mem_free(a->parts[i].members);
	mem_free(a->elsewhere.members);
	arena_done(&a->arena);
	mem_free(a);
	return NULL;
}

static struct str to_of(struct audience *a, struct str full)
{
	struct sbuf out scoped(sbuf_done) = SBUF(TO_MAX);

	(void)sbuf_lit(&out, " to='");
	(void)xml_write_attr(&out, full);
	(void)sbuf_lit(&out, "'");
	return arena_dup(&a->arena, sbuf_str(&out));
}

void audience_add(struct audience *a, struct jid to)
{
	const struct realm *realm = home_realm(a->home, to.domain);
	bool is_user = realm && realm->has_accounts && to.node.len;
	struct audience_part *p =
		is_user ? &a->parts[home_of(a->home, jid_bare_str(to))->index] : &a->elsewhere;

	if (p->count == p->cap) {
		p->cap = p->cap ? 2 * p->cap : MEMBERS_FIRST;
		p->members = mem_grow(p->members, p->cap * sizeof(*p->members));
	}
	p->members[p->count++] = (struct audience_member){
		.jid = jid_make(&a->arena, to.node, to.domain, to.resource), .to = to_of(a, to.full)
	};
}
