/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that leave the quiet box, see quiet_leave.h. */
#include "server/quiet/quiet_leave.h"

#include "base/mem.h"
#include "server/model/quiet.h"
#include "server/route/post.h"
#include "server/route/router.h"
#include "xep/delay.h"
#include "xml/build.h"
#include "xmpp/ns.h"

enum { ROWS_MAX = 100 /* messages that are taken out at once */ };

/* One stranger who leaves. */
struct leaving {
	struct entity *entity; /* pinned */
	struct arena arena;
	struct str jid;
	uint64_t end; /* his messages with a number below are in the store */
	struct keyval_row *rows, **last;
	bool has_more;
	enum err err;
};

static void leaving_free(struct leaving *l)
{
	if (l->entity->quiet)
		l->entity->quiet->is_leaving = false;
	entity_unpin(l->entity);
	arena_done(&l->arena);
	mem_free(l);
}

/* ---- one message ---- */

/* The message as it came, as if it came now; its row goes in the same commit. */
static void release(struct dispatch *d, struct str key, struct str value)
{
	struct dispatch *in = dispatch_begin(d->entity, WAY_IN, NULL);
	struct str owner = d->entity->jid.full, text;
	struct xml *el;
	usec_t wall;

	if (quiet_mail_decode(value, &wall, &text) ||
	    xml_parse(in->arena, arena_dup(in->arena, text), &post_scope, &post_limits, &el) ||
	    stanza_read(in->arena, el, &in->stanza) != STANZA_OK) {
		log_error(&d->entity->log, "a message in the quiet box cannot be read",
			  F_INT("bytes", value.len));
		txn_delete(dispatch_txn(d), owner, QUIET_MAIL_SPACE, key);
		dispatch_end(in);
		return;
	}
	txn_delete(dispatch_txn(in), owner, QUIET_MAIL_SPACE, key);
	delay_add(in->arena, el, owner, wall);
	stanza_set_to(in->arena, &in->stanza, d->entity->jid); /* the client may be gone */
	in->is_released = true;
	d->home->ops->run_in(in);
}

static void release_rows(struct dispatch *d, const struct leaving *l, struct quiet_item *item)
{
	for (const struct keyval_row *row = l->rows; row; row = row->next) {
		uint64_t number;

		if (quiet_mail_key_read(row->key, l->jid, &number) || number < item->first)
			continue;
		release(d, row->key, row->value);
		quiet_drop_messages(d->entity->quiet, item, number + 1);
	}
	if (!l->has_more)
		quiet_drop_messages(d->entity->quiet, item, l->end);
}

static void take_away(struct dispatch *d, struct quiet_item *item)
{
	for (uint64_t n = item->first; n < item->next; n++)
		txn_delete(dispatch_txn(d), d->entity->jid.full, QUIET_MAIL_SPACE,
			   quiet_mail_key(item->jid, n, d->arena));
	quiet_drop_messages(d->entity->quiet, item, item->next);
}

/* ---- one stranger ---- */

static void act(struct dispatch *d, void *arg)
{
	struct leaving *l = arg;
	struct quiet *q = d->entity->quiet;
	struct quiet_item *item = quiet_find(q, l->jid);

	if (!item || item->state == QUIET_WAITING || l->err) {
		if (l->err)
			log_error(&d->entity->log, "the quiet box cannot be read", F_ERR(l->err));
		leaving_free(l);
		return;
	}
	if (item->state == QUIET_ACCEPTED)
		release_rows(d, l, item);
	else
		take_away(d, item);
	if (item->first == item->next) {
		txn_delete(dispatch_txn(d), d->entity->jid.full, QUIET_SPACE, item->jid);
		quiet_remove(q, item);
	} else {
		txn_put(dispatch_txn(d), d->entity->jid.full, QUIET_SPACE, item->jid,
			quiet_item_encode(item, d->arena));
	}
	leaving_free(l);
	quiet_leave(d);
}

static void on_rows(void *arg, struct store_answer *answer)
{
	struct leaving *l = arg;

	l->err = answer->err;
	l->has_more = answer->has_more;
	for (const struct keyval_row *row = l->err ? NULL : answer->rows; row; row = row->next) {
		struct keyval_row *copy = arena_new(&l->arena, struct keyval_row);

		if (!str_starts(row->key, l->jid)) { /* somebody else's: there are no more of his */
			l->has_more = false;
			break;
		}
		*copy = (struct keyval_row){ .key = arena_dup(&l->arena, row->key),
					     .value = arena_dup(&l->arena, row->value) };
		*l->last = copy;
		l->last = &copy->next;
	}
	router_act_in_order(l->entity, act, l);
}

static void read_rows(struct leaving *l, uint64_t first)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = l->entity->jid.full,
					 .space = QUIET_MAIL_SPACE,
					 .max = ROWS_MAX };

	/* Behind the last one that is gone. */
	request.after_key = first ? quiet_mail_key(l->jid, first - 1, &l->arena)
				  : ARENA_JOIN(&l->arena, l->jid, STR("\x1f"));
	store_read(l->entity->home->store, &request, on_rows, l);
}

/* Who leaves, and has nothing on its way into the box any more. */
static const struct quiet_item *first_leaving(const struct quiet *q, uint64_t durable)
{
	const struct quiet_item *item;
	size_t at = 0;

	while (q && (item = map_next(&q->items, &at))) {
		if (item->state != QUIET_WAITING && item->last_put <= durable)
			return item;
	}
	return NULL;
}

static void leave(struct entity *e, uint64_t durable)
{
	const struct quiet_item *item = first_leaving(e->quiet, durable);
	struct leaving *l;

	if (!item || e->quiet->is_leaving)
		return;
	e->quiet->is_leaving = true;
	l = mem_zalloc(1, sizeof(*l));
	arena_init(&l->arena, ROWS_MAX * (QUIET_MESSAGE_MAX + 8 * KIB));
	entity_pin(e);
	l->entity = e;
	l->jid = arena_dup(&l->arena, item->jid);
	l->end = item->next;
	l->last = &l->rows;
	if (item->state == QUIET_ACCEPTED)
		read_rows(l, item->first);
	else
		router_act_in_order(e, act, l);
}

void quiet_leave_now(struct entity *e)
{
	leave(e, 0);
}

/* What was put into the box before the dispatch that asked for this is durable, too. */
static void on_durable(struct entity *e, void *arg, enum err err)
{
	if (!err)
		leave(e, (uint64_t)(uintptr_t)arg);
}

void quiet_leave(struct dispatch *d)
{
	const struct quiet *q = d->entity->quiet;

	if (first_leaving(q, UINT64_MAX))
		dispatch_call(d, on_durable, (void *)(uintptr_t)q->puts);
}
