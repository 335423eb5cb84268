/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a room, see ending.h. The mark stands twice: with the room, which must not begin anew
 * before, and with the service, which finds it at start. */
#include "server/room/ending.h"

#include "base/mem.h"
#include "server/room/news.h"
#include "server/route/router.h"

static const struct str mark = STR_INIT("ending");

static void unmark(struct dispatch *d, unused_arg void *arg)
{
	struct jid jid = d->entity->jid;

	txn_delete(dispatch_txn(d), jid.full, ROOM_SPACE, mark);
	txn_delete(dispatch_txn(d), jid.domain, ROOM_ENDING_SPACE, jid.full);
}

/* If it failed the mark stays, and the room is tried again when it is read the next time. */
static void on_emptied(void *arg, enum err err, uint64_t removed)
{
	struct entity *e = arg;
	struct room *r = room_of(e);

	if (err)
		log_error(&e->log, "what was said in a room could not be removed", F_ERR(err));
	else
		log_info(&e->log, "room removed", F_INT("entries", (int64_t)removed));
	e->held--;
	if (!err && r) {
		r->is_ending = false;
		router_act(e, unmark, NULL);
	}
	entity_wake(e);
	entity_unpin(e);
}

static void empty(struct entity *e)
{
	e->held++;
	entity_pin(e);
	store_expire(e->home->store, e->jid.full, INT64_MAX, on_emptied, e);
}

/* All before is durable, or has failed: then the room is still what it was. */
static void on_marked(struct entity *e, unused_arg void *arg, enum err err)
{
	if (!err)
		empty(e);
}

void ending_begin(struct dispatch *d, struct room *r)
{
	struct jid jid = d->entity->jid;

	news_of_end(d, r);
	room_unstore(d, r);
	r->is_ending = true;
	txn_put(dispatch_txn(d), jid.full, ROOM_SPACE, mark, STR("1"));
	txn_put(dispatch_txn(d), jid.domain, ROOM_ENDING_SPACE, jid.full, STR("1"));
	dispatch_call(d, on_marked, NULL);
}

/* ---- at start ---- */

struct visit {
	struct letter letter;
	struct home *home;
	struct str bare; /* in name */
	char name[];
};

/* Reading it is enough. */
static void on_visit(struct letter *l)
{
	struct visit *v = container_of(l, struct visit, letter);

	(void)entity_get(v->home, v->bare);
	mem_free(v);
}

static void on_list(void *arg, struct store_answer *found)
{
	struct home *h = arg;

	if (found->err)
		log_error(NULL, "rooms that end could not be looked up", F_ERR(found->err));
	for (const struct keyval_row *row = found->rows; row && !found->err; row = row->next) {
		struct visit *v = mem_zalloc(1, sizeof(*v) + row->key.len);

		memcpy(v->name, row->key.ptr, row->key.len);
		v->bare = str_make(v->name, row->key.len);
		v->home = home_of(h, v->bare);
		v->letter.fn = on_visit;
		loop_post(v->home->loop, &v->letter);
	}
}

void ending_look(struct home *h)
{
	for (unsigned i = 0; i < h->realm_count; i++) {
		struct store_request request = { .kind = READ_KEYVAL,
						 .owner = h->realms[i].domain,
						 .space = ROOM_ENDING_SPACE,
						 .max = ENDING_MAX };

		if (!h->realms[i].has_accounts)
			store_read(h->store, &request, on_list, h);
	}
}

/* ---- after a crash ---- */

static void on_load(struct entity *e, unused_arg const struct keyval_row *rows)
{
	if (room_of(e)->is_ending)
		empty(e);
}

const struct feature room_ending_feature = {
	.name = "room_ending",
	.spec = "XEP-0045 1.35.5",
	.test = "rooms/destroy.talk",
	.on_load = on_load,
};
