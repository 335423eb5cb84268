/* SPDX-License-Identifier: Apache-2.0 */
/* What rooms tell their members (route/member_news.h), as events: also to those who are not in the
 * room, and not in memory. See push.h. */
#include "server/push/push-private.h"

#include "base/mem.h"
#include "server/route/archive_id.h"
#include "server/route/blocking.h"
#include "server/route/member_news.h"
#include "server/route/router.h"

/* ---- who has no registration ---- */

/* Remembered, so that a message in a room of thousands reads each account once at most. */
enum { NONE_MAX = 65536 /* accounts of a home; past it all are forgotten, and read again */ };

static void forget_all(struct map *m)
{
	size_t at = 0;
	char *name;

	while ((name = map_next(m, &at)))
		mem_free(map_remove(m, str_from(name)));
}

void push_note_none(struct home *h, struct str bare)
{
	char *name;

	if (map_get(&h->push_none, bare))
		return;
	if (h->push_none.count >= NONE_MAX)
		forget_all(&h->push_none);
	name = str_dup(bare);
	(void)map_set(&h->push_none, str_from(name), name);
}

void push_note_some(struct home *h, struct str bare)
{
	mem_free(map_remove(&h->push_none, bare));
}

/* ---- news ---- */

struct hearing {
	struct member_news *news;
};

static void hearing_free(struct hearing *x)
{
	(void)member_news_unref(x->news);
	mem_free(x);
}

static bool has_registrations(const struct entity *e)
{
	return e->state == ENTITY_READY && !e->is_deleted && e->push && e->push->count;
}

static void consider(struct dispatch *d, void *arg)
{
	struct hearing *x = arg;
	const struct member_news *n = x->news;
	struct push_event e = { .kind = PUSH_MESSAGE,
				.conversation = n->room,
				.sender = n->occupant,
				.body = n->body,
				.id = archive_id_write(d->home, d->arena, n->seq),
				.seq = n->seq,
				.is_room = true,
				.is_readable = true,
				.is_mention = member_news_mentions(n, d->entity->jid.full),
				.otherwise = n->is_private ? PUSH_ALWAYS : PUSH_ON_MENTION };

	if (has_registrations(d->entity) && !blocking_covers_text(d->entity, d->arena, n->occupant))
		push_consider(d, &e);
	hearing_free(x);
}

static void on_ready(void *arg, struct entity *e)
{
	if (has_registrations(e))
		router_act_in_order(e, consider, arg);
	else
		hearing_free(arg);
	entity_unpin(e);
}

static bool is_needless(struct home *h, struct str bare, const struct entity *e)
{
	if (e && e->state == ENTITY_READY && !e->is_reloading)
		return !has_registrations(e);
	return !e && map_get(&h->push_none, bare);
}

void push_on_member_news(struct home *h, struct str bare, struct entity *e,
			 const struct member_news *n)
{
	struct hearing *x;

	if (n->event == MEMBER_STANDING || !(n->flags & ARCHIVE_COUNTED) ||
	    str_eq(n->sender, bare) || is_needless(h, bare, e))
		return;
	x = mem_alloc(sizeof(*x));
	x->news = member_news_ref((struct member_news *)(uintptr_t)n);
	e = entity_get(h, bare);
	entity_pin(e);
	entity_when_ready(e, on_ready, x);
}
