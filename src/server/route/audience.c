/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses by home, see audience.h. */
#include "server/route/audience.h"

#include "base/mem.h"
#include "server/route/home.h"
#include "xml/write.h"

enum {
	CHUNK_FIRST = 1, /* most audiences are of one */
	CHUNK_MAX = 256,
	GONE_KEPT = 64,     /* who have left and do not count yet */
	TO_MAX = 32 * 1024, /* bytes of an address, escaped */
};

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

static void free_chunks(const struct audience_part *p)
{
	struct audience_chunk *c = p->first;

	while (c) {
		struct audience_chunk *next = c->next;

		mem_free(c);
		c = next;
	}
}

struct audience *audience_unref(struct audience *a)
{
	if (!a || __atomic_sub_fetch(&a->refs, 1, __ATOMIC_ACQ_REL))
		return NULL;
	for (unsigned i = 0; i < a->homes; i++)
		free_chunks(&a->parts[i]);
	free_chunks(&a->elsewhere);
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

static struct audience_member *place(struct audience_part *p)
{
	struct audience_chunk *last = p->last;

	if (!last || p->used == last->cap) {
		size_t cap = !last                       ? CHUNK_FIRST
			     : 8 * last->cap < CHUNK_MAX ? 8 * last->cap
							 : CHUNK_MAX;
		struct audience_chunk *c = mem_zalloc(1, sizeof(*c) + cap * sizeof(c->members[0]));

		c->cap = cap;
		if (last)
			last->next = c;
		else
			p->first = c;
		p->last = last = c;
		p->used = 0;
	}
	p->count++;
	return &last->members[p->used++];
}

struct audience_member *audience_enter(struct audience *a, struct jid to, uint64_t tag, bool sees)
{
	const struct realm *realm = home_realm(a->home, to.domain);
	bool is_user = realm && realm->has_accounts && to.node.len;
	struct audience_member *m = place(
		is_user ? &a->parts[home_of(a->home, jid_bare_str(to))->index] : &a->elsewhere);

	*m = (struct audience_member){ .jid = jid_make(&a->arena, to.node, to.domain, to.resource),
				       .to = to_of(a, to.full),
				       .tag = tag,
				       .sees = sees,
				       .since = ++a->moment };
	*(sees ? &a->seeing : &a->others) += 1;
	return m;
}

void audience_add(struct audience *a, struct jid to)
{
	(void)audience_enter(a, to, 0, false);
}

void audience_remove(struct audience *a, struct audience_member *m)
{
	__atomic_store_n(&m->until, ++a->moment, __ATOMIC_RELAXED);
	*(m->sees ? &a->seeing : &a->others) -= 1;
	a->gone++;
}

bool audience_is_stale(const struct audience *a)
{
	return a->gone > GONE_KEPT + a->seeing + a->others;
}

bool audience_hears(const struct audience_member *m, const struct audience_view *view)
{
	uint64_t until = __atomic_load_n(&m->until, __ATOMIC_RELAXED);

	if (m->since > view->moment || (until && until <= view->moment))
		return false;
	if (view->skip && m->tag == view->skip)
		return false;
	return view->sight == AUDIENCE_ALL || m->sees == (view->sight == AUDIENCE_SEEING);
}
