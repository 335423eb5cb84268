/* SPDX-License-Identifier: Apache-2.0 */
/* Registrations of an account, in memory and in the store; see push.h. */
#include "server/push/push-private.h"

#include "base/mem.h"
#include "base/random.h"

#define QUIET_SPACE STR("quiet")

/* A conversation with settings of its own. */
struct push_quiet {
	struct push_levels levels;
	size_t len;
	char name[];
};

struct push *push_of(struct entity *e)
{
	struct push *p = e->push;

	if (p)
		return p;
	p = mem_zalloc(1, sizeof(*p));
	p->entity = e;
	list_init(&p->lines);
	map_init(&p->quiet);
	e->push = p;
	return p;
}

/* ---- registrations ---- */

static void on_timer(struct timer *t)
{
	push_line_send(container_of(t, struct push_line, timer));
}

static struct push_line *line_new(struct push *p, struct push_target *target)
{
	struct push_line *line = mem_zalloc(1, sizeof(*line));

	line->push = p;
	line->target = target;
	line->timer.fn = on_timer;
	line->patience.fn = push_line_on_patience;
	list_init(&line->due);
	list_init(&line->flights);
	random_token(line->token, sizeof(line->token) - 1);
	list_append(&p->lines, &line->link);
	p->count++;
	p->of_rooms += target->room.len > 0;
	return line;
}

static void line_free(struct push_line *line)
{
	struct entity *e = line->push->entity;

	push_line_drop(line);
	push_web_forget(line);
	loop_timer_stop(e->home->loop, &line->timer);
	loop_timer_stop(e->home->loop, &line->patience);
	e->alarms -= line->has_alarm; /* who frees it looks whether the entity is needed */
	list_remove(&line->link);
	line->push->count--;
	line->push->of_rooms -= line->target->room.len > 0;
	push_target_free(&line->target);
	mem_free(line);
}

static struct push_line *find_line(const struct push *p, const struct push_target *t)
{
	list_each (link, (struct list *)(uintptr_t)&p->lines) {
		struct push_line *line = list_entry(link, struct push_line, link);

		if (str_eq(line->target->key, t->key))
			return line;
	}
	return NULL;
}

bool push_line_save(struct dispatch *d, struct push_line *line)
{
	struct str row = push_target_encode(line->target, d->arena);

	if (!row.ptr)
		return false;
	txn_put(dispatch_txn(d), d->entity->jid.full, PUSH_SPACE, line->target->key, row);
	line->wall_saved = wall_now();
	return true;
}

void push_line_remove(struct dispatch *d, struct push_line *line)
{
	struct push *p = line->push;
	struct str room = arena_dup(d->arena, line->target->room);

	txn_delete(dispatch_txn(d), d->entity->jid.full, PUSH_SPACE, line->target->key);
	line_free(line);
	if (room.len && !push_has_room(p, room))
		txn_delete(dispatch_txn(d), room, PUSH_HEARER_SPACE, d->entity->jid.full);
}

/* Whether there are as many as there may be, of those of rooms or of the others. */
static bool is_full(const struct push *p, bool is_of_room)
{
	return is_of_room ? p->of_rooms >= PUSH_ROOM_TARGETS_MAX
			  : p->count - p->of_rooms >= PUSH_TARGETS_MAX;
}

/* Those that are disabled go first, then those that nobody has enabled for longest. */
static void make_room(struct dispatch *d, struct push *p, bool is_of_room)
{
	struct push_line *oldest = NULL;

	if (!is_full(p, is_of_room))
		return;
	list_each (link, &p->lines) {
		struct push_line *line = list_entry(link, struct push_line, link);
		const struct push_target *t = line->target;

		if ((t->room.len > 0) != is_of_room)
			continue;
		if (!oldest || t->is_disabled > oldest->target->is_disabled ||
		    (t->is_disabled == oldest->target->is_disabled &&
		     t->wall_enabled < oldest->target->wall_enabled))
			oldest = line;
	}
	push_line_remove(d, oldest);
}

/* XEP-0357 5: the last request counts. What became of earlier notifications stays to be seen. */
static void take_over(struct push_line *line, struct push_target *fresh)
{
	const struct push_target *old = line->target;

	fresh->wall_pushed = old->wall_pushed;
	fresh->wall_answered = old->wall_answered;
	push_target_answer(fresh, str_from(old->answer));
	push_target_free(&line->target);
	line->target = fresh;
	line->not_before = 0;
}

bool push_target_keep(struct dispatch *d, struct push_target *fresh)
{
	struct push *p = push_of(d->entity);
	struct push_line *line = find_line(p, fresh);

	if (!push_target_encode(fresh, d->arena).ptr) {
		push_target_free(&fresh);
		return false;
	}
	if (line) {
		take_over(line, fresh);
	} else {
		make_room(d, p, fresh->room.len > 0);
		line = line_new(p, fresh);
		push_note_some(d->home, d->entity->jid.full);
	}
	return push_line_save(d, line);
}

bool push_enable(struct dispatch *d, const struct push_enable *wanted)
{
	return push_target_keep(d, push_target_new(wanted, str_from(d->resource->client_id),
						   d->resource->jid.resource));
}

/* XEP-0357 6: without a node all of the service are meant, those at rooms, too. */
static bool is_meant(const struct push_target *t, const struct push_disable *wanted)
{
	if (!str_eq(t->jid, wanted->jid.full))
		return false;
	return !wanted->node.ptr || (!t->room.len && str_eq(t->node, wanted->node));
}

void push_disable(struct dispatch *d, const struct push_disable *wanted)
{
	struct push *p = d->entity->push;

	if (!p)
		return;
	list_each (link, &p->lines) {
		struct push_line *line = list_entry(link, struct push_line, link);

		if (is_meant(line->target, wanted))
			push_line_remove(d, line);
	}
}

void push_withdraw(struct dispatch *d, struct str jid, struct str node)
{
	const struct push_disable meant = { .jid = { .full = jid }, .node = node };

	push_disable(d, &meant);
}

/* ---- quiet conversations ---- */

static void keep_quiet(struct push *p, struct str conversation, const struct push_levels *l)
{
	struct push_quiet *q = mem_alloc(sizeof(*q) + conversation.len);

	q->levels = *l;
	q->len = conversation.len;
	memcpy(q->name, conversation.ptr, conversation.len);
	mem_free(map_set(&p->quiet, str_make(q->name, q->len), q));
}

void push_set_quiet(struct dispatch *d, struct str conversation, const struct push_levels *l)
{
	struct push *p = d->entity->push;
	bool is_known = p && map_get(&p->quiet, conversation);
	struct str owner = d->entity->jid.full;

	if (!push_levels_are_set(l)) {
		if (!is_known)
			return;
		txn_delete(dispatch_txn(d), owner, QUIET_SPACE, conversation);
		mem_free(map_remove(&p->quiet, conversation));
		return;
	}
	p = push_of(d->entity);
	if (!is_known && p->quiet.count >= PUSH_QUIET_MAX)
		return;
	txn_put(dispatch_txn(d), owner, QUIET_SPACE, conversation, push_levels_encode(l, d->arena));
	keep_quiet(p, conversation, l);
}

static void free_quiet(struct push *p)
{
	size_t at = 0;
	struct push_quiet *q;

	while ((q = map_next(&p->quiet, &at))) {
		(void)map_remove(&p->quiet, str_make(q->name, q->len));
		mem_free(q);
	}
}

void push_forget_quiet(struct dispatch *d)
{
	struct push *p = d->entity->push;
	size_t at = 0;
	struct push_quiet *q;

	if (!p)
		return;
	while ((q = map_next(&p->quiet, &at)))
		txn_delete(dispatch_txn(d), d->entity->jid.full, QUIET_SPACE,
			   str_make(q->name, q->len));
	free_quiet(p);
}

/* ---- life ---- */

static void load_line(struct entity *e, const struct keyval_row *row)
{
	struct push_target *target;

	if (push_of(e)->count >= PUSH_LINES_MAX)
		return;
	if (push_target_decode(row->key, row->value, &target))
		log_error(&e->log, "a push registration cannot be read", F_STR("key", row->key));
	else
		(void)line_new(e->push, target);
	push_note_some(e->home, e->jid.full);
}

static void load_quiet(struct entity *e, const struct keyval_row *row)
{
	struct push_levels levels;

	if (push_levels_decode(row->value, &levels))
		log_error(&e->log, "a notification setting cannot be read",
			  F_STR("conversation", row->key));
	else
		keep_quiet(push_of(e), row->key, &levels);
}

void push_load(struct entity *e, const struct keyval_row *rows)
{
	for (; rows; rows = rows->next) {
		if (str_eq(rows->space, PUSH_SPACE))
			load_line(e, rows);
		else if (str_eq(rows->space, QUIET_SPACE))
			load_quiet(e, rows);
	}
}

void push_unload(struct entity *e)
{
	struct push *p = e->push;

	if (!p || !p->count)
		push_note_none(e->home, e->jid.full);
	if (!p)
		return;
	list_each (link, &p->lines)
		line_free(list_entry(link, struct push_line, link));
	free_quiet(p);
	map_done(&p->quiet);
	mem_free(p);
	e->push = NULL;
}

enum push_level push_level_for(const struct push *p, const struct push_event *e, bool is_web)
{
	const struct push_quiet *q = map_get(&p->quiet, e->conversation);
	enum push_level level = q ? push_level_of(&q->levels, is_web, wall_now()) : PUSH_UNSET;

	return level ? level : e->otherwise;
}
