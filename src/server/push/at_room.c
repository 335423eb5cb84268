/* SPDX-License-Identifier: Apache-2.0 */
/* What clients enable at a room (XEP-0357), as Conversations does: it lies with the account, which
 * knows its devices, and is published in the name of the room, because the app server was told of
 * that. See push.h. On the account's loop, if nothing else is said. */
#include "server/push/push-private.h"

#include "base/mem.h"
#include "server/route/errand.h"
#include "server/route/post.h"
#include "xml/build.h"
#include "xml/write.h"
#include "xmpp/ns.h"

enum {
	ASKED_MAX = 65536,  /* notifications of a home's rooms whose answers are awaited; past it
			       all are forgotten, and count as not answered */
	IQ_MAX = 64 * 1024, /* bytes */
};

/* ---- registrations ---- */

bool push_has_room(const struct push *p, struct str room)
{
	list_each (link, (struct list *)(uintptr_t)&p->lines) {
		if (str_eq(list_entry(link, struct push_line, link)->target->room, room))
			return true;
	}
	return false;
}

bool push_enable_at_room(struct dispatch *d, const struct push_enable *wanted, struct jid who,
			 struct str room)
{
	const struct resource *r = resource_by_name(&d->entity->resources, who.resource);
	struct push_target *fresh =
		push_target_new(wanted, r ? str_from(r->client_id) : STR_NONE, who.resource);

	push_target_set_room(fresh, room);
	return push_target_keep(d, fresh);
}

bool push_disable_at_room(struct dispatch *d, const struct push_disable *wanted, struct str room)
{
	struct push *p = d->entity->push;

	if (!p)
		return false;
	list_each (link, &p->lines) {
		struct push_line *line = list_entry(link, struct push_line, link);
		const struct push_target *t = line->target;

		if (str_eq(t->room, room) && str_eq(t->jid, wanted->jid.full) &&
		    (!wanted->node.ptr || str_eq(t->node, wanted->node)))
			push_line_remove(d, line);
	}
	return push_has_room(p, room);
}

void push_on_removal(struct dispatch *d)
{
	const struct push *p = d->entity->push;

	if (!p)
		return;
	list_each (link, (struct list *)(uintptr_t)&p->lines) {
		struct str room = list_entry(link, struct push_line, link)->target->room;

		if (room.len)
			txn_delete(dispatch_txn(d), arena_dup(d->arena, room), PUSH_HEARER_SPACE,
				   d->entity->jid.full);
	}
}

/* ---- out ---- */

struct publishing {
	struct str iq;             /* owned */
	struct str account, token; /* owned */
};

static struct str dup(struct str s)
{
	return str_make(str_dup(s), s.len);
}

static void free_str(struct str s)
{
	mem_free((void *)(uintptr_t)s.ptr);
}

static void forget_asked(struct map *m)
{
	size_t at = 0;
	char *name;

	while ((name = map_next(m, &at)))
		mem_free(map_remove(m, str_from(name)));
}

/* On the room's loop: whose notification it is stands behind its token. */
static void note_asked(struct home *h, const struct publishing *x)
{
	char *entry = mem_zalloc(1, x->token.len + 1 + x->account.len + 1);

	if (h->push_asked.count >= ASKED_MAX)
		forget_asked(&h->push_asked);
	memcpy(entry, x->token.ptr, x->token.len);
	memcpy(entry + x->token.len + 1, x->account.ptr, x->account.len);
	mem_free(map_remove(&h->push_asked, x->token));
	(void)map_set(&h->push_asked, str_make(entry, x->token.len), entry);
}

/* On the room's loop. */
static void publish(struct dispatch *d, void *arg)
{
	const struct publishing *x = arg;
	struct xml *el;

	if (xml_parse(d->arena, arena_dup(d->arena, x->iq), &post_scope, &post_limits, &el))
		return;
	note_asked(d->home, x);
	dispatch_route(d, el);
}

/* It went out, or nobody will answer: the account waits in either case. */
static void on_published(void *arg, unused_arg enum err err)
{
	struct publishing *x = arg;

	free_str(x->iq);
	free_str(x->account);
	free_str(x->token);
	mem_free(x);
}

void push_room_publish(struct push_line *line, const struct xml *iq)
{
	struct entity *e = line->push->entity;
	struct sbuf out scoped(sbuf_done) = SBUF(IQ_MAX);
	struct publishing *x;

	if (xml_write(&out, iq, NS_CLIENT))
		return; /* it was measured when it was enabled */
	x = mem_zalloc(1, sizeof(*x));
	x->iq = dup(sbuf_str(&out));
	x->account = dup(e->jid.full);
	x->token = dup(str_from(line->token));
	errand_run(e->home, line->target->room, publish, on_published, x);
}

/* ---- answers ---- */

struct answering {
	struct push_answer answer; /* its strings are owned */
	char *entry;
};

static void take(struct dispatch *d, void *arg)
{
	const struct answering *x = arg;

	(void)push_answer_take(d, &x->answer); /* it may have been disabled meanwhile */
}

static void on_taken(void *arg, unused_arg enum err err)
{
	struct answering *x = arg;

	free_str(x->answer.from);
	free_str(x->answer.id);
	free_str(x->answer.type);
	mem_free(x->entry);
	mem_free(x);
}

bool push_room_answer(struct dispatch *d)
{
	char *entry = map_remove(&d->home->push_asked, push_id_token(d->stanza.id));
	struct answering *x;

	if (!entry)
		return false;
	x = mem_zalloc(1, sizeof(*x));
	x->entry = entry;
	x->answer = push_answer_read(d);
	x->answer.from = dup(x->answer.from);
	x->answer.id = dup(x->answer.id);
	x->answer.type = dup(x->answer.type);
	errand_run(d->home, str_from(entry + strlen(entry) + 1), take, on_taken, x);
	return true;
}
