/* SPDX-License-Identifier: Apache-2.0 */
/* What a room says to everybody, see share.h. */
#include "server/route/share.h"

#include "base/attr.h"
#include "base/mem.h"
#include "base/metric.h"
#include "server/model/blocklist.h"
#include "server/route/entity.h"
#include "server/route/post.h"
#include "xmpp/condition.h"

struct share {
	struct letter letter;
	struct home *home;
	struct audience *audience;
	struct audience_view view;
	size_t count; /* members of the home's part, when it was sent */
	struct bytes *stanza;
	usec_t received;
};

/* The stanza with to behind the name of its element. */
static struct bytes *address(struct str stanza, struct str to)
{
	size_t name = 1;
	struct bytes *out;

	while (name < stanza.len && !memchr(" />", stanza.ptr[name], 3))
		name++;
	out = bytes_new_empty(stanza.len + to.len);
	memcpy(out->data, stanza.ptr, name);
	memcpy(out->data + name, to.ptr, to.len);
	memcpy(out->data + name + to.len, stanza.ptr + name, stanza.len - name);
	return out;
}

/* Nothing of e or r waits, and nothing of e wants to look at what comes: there is no shorter way.
 */
static bool takes_at_once(const struct entity *e, const struct resource *r)
{
	return entity_is_free(e) && outbox_is_empty(&e->outbox) &&
	       blocklist_is_empty(e->blocklist) && !r->held_from;
}

static void deliver(struct entity *e, struct resource *r, struct bytes *bytes, usec_t received)
{
	if (received)
		metric_observe(METRIC_DELIVERY, clock_now() - received);
	entity_pin(e);
	r->ops->deliver(r, bytes, 0);
	entity_unpin(e);
}

static void send_here(struct home *h, const struct audience_member *m, struct bytes *stanza,
		      usec_t received)
{
	struct bytes *bytes = address(bytes_str(stanza), m->to);
	struct entity *e = entity_find(h, jid_bare_str(m->jid));
	struct resource *r = e ? resource_by_name(&e->resources, m->jid.resource) : NULL;
	struct parcel *p;

	if (!r && m->jid.resource.len && !(e && e->has_ghosts)) {
		if (str_starts(bytes_str(bytes), STR("<message")))
			post_error(h, bytes_str(bytes), COND_RECIPIENT_UNAVAILABLE, STR_NONE);
	} else if (r && takes_at_once(e, r)) {
		deliver(e, r, bytes, received);
	} else {
		p = parcel_new(h, jid_bare_str(m->jid), WAY_IN, bytes_ref(bytes));
		p->received = received;
		parcel_post(p);
	}
	(void)bytes_unref(bytes);
}

/* Those of a part that were there, one after the other; count: of all who ever were, when it was
 * given away. */
struct walk {
	const struct audience_chunk *chunk;
	size_t at, left;
};

static struct walk walk_begin(const struct audience_part *p, size_t count)
{
	return (struct walk){ .chunk = p->first, .left = count };
}

static const struct audience_member *walk_next(struct walk *w, const struct audience_view *view)
{
	while (w->left > 0) {
		const struct audience_member *m;

		if (w->at == w->chunk->cap) {
			w->chunk = w->chunk->next;
			w->at = 0;
		}
		m = &w->chunk->members[w->at++];
		w->left--;
		if (audience_hears(m, view))
			return m;
	}
	return NULL;
}

/* Stands behind the connections that have something to write, so it runs when they have. */
struct fanout {
	struct task task;
	usec_t received;
};

static void on_written(struct task *task)
{
	struct fanout *f = container_of(task, struct fanout, task);

	metric_observe(METRIC_FANOUT, clock_now() - f->received);
	mem_free(f);
}

static void await_writes(struct home *h, usec_t received)
{
	struct fanout *f = mem_alloc(sizeof(*f));

	*f = (struct fanout){ .task = { .fn = on_written }, .received = received };
	list_init(&f->task.link);
	loop_task(h->loop, &f->task);
}

static void send_part(struct home *h, const struct share *s)
{
	struct walk w = walk_begin(&s->audience->parts[h->index], s->count);
	const struct audience_member *m;

	while ((m = walk_next(&w, &s->view)))
		send_here(h, m, s->stanza, s->received);
	if (s->count && s->received)
		await_writes(h, s->received);
}

static void on_share(struct letter *l)
{
	struct share *s = container_of(l, struct share, letter);

	send_part(s->home, s);
	(void)audience_unref(s->audience);
	(void)bytes_unref(s->stanza);
	mem_free(s);
}

static void send_elsewhere(struct home *h, const struct share *s)
{
	const struct audience_part *p = &s->audience->elsewhere;
	struct walk w = walk_begin(p, p->count);
	const struct audience_member *m;

	while ((m = walk_next(&w, &s->view))) {
		struct bytes *bytes = address(bytes_str(s->stanza), m->to);

		if (!post_stanza(h, m->jid, bytes, 0))
			post_error(h, bytes_str(bytes), COND_REMOTE_SERVER_NOT_FOUND, STR_NONE);
		(void)bytes_unref(bytes);
	}
}

static void post_part(struct home *to, const struct share *what)
{
	struct share *s = mem_alloc(sizeof(*s));

	*s = *what;
	s->letter.fn = on_share;
	s->home = to;
	(void)audience_ref(s->audience);
	(void)bytes_ref(s->stanza);
	loop_post(to->loop, &s->letter);
}

void share_send(struct home *h, struct audience *a, const struct audience_view *view,
		struct bytes *stanza, usec_t received)
{
	struct share s = { .audience = a, .view = *view, .stanza = stanza, .received = received };

	for (unsigned i = 0; i < a->homes; i++) {
		s.count = a->parts[i].count;
		if (i != h->index && s.count)
			post_part(h->all[i], &s);
	}
	s.count = a->parts[h->index].count;
	send_part(h, &s);
	send_elsewhere(h, &s);
}
