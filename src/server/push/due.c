/* SPDX-License-Identifier: Apache-2.0 */
/* What a device has to be told of, and when: at once, after a pause, or not at all, because it is
 * awake, or because it was read elsewhere. See push.h. */
#include "server/push/push-private.h"

#include "base/mem.h"
#include "server/model/displayed.h"
#include "server/route/recipients.h"

/* ---- devices ---- */

/* By the id that the client gave itself; else by its resource. */
bool push_is_of(const struct push_line *line, const struct resource *r)
{
	const struct push_target *t = line->target;

	if (t->client.len && r->client_id[0])
		return str_eq(t->client, str_from(r->client_id));
	return str_eq(t->resource, r->jid.resource);
}

static bool is_awake(const struct resource *r)
{
	return !r->ops->is_awake || r->ops->is_awake(r);
}

enum push_device push_device_of(const struct push_line *line, struct resource **ret_r)
{
	enum push_device found = PUSH_AWAY;

	resource_each(r, &line->push->entity->resources)
	{
		if (!push_is_of(line, r) || found == PUSH_AWAKE)
			continue;
		*ret_r = r;
		found = is_awake(r) ? PUSH_AWAKE : PUSH_ASLEEP;
	}
	return found;
}

/* Whether the user may be reading on some device. */
static bool has_company(const struct entity *e)
{
	resource_each(r, &e->resources)
	{
		if (recipients_takes(r) && is_awake(r))
			return true;
	}
	return false;
}

/* ---- the list ---- */

static char *put(char **at, struct str *s)
{
	char *begin = *at;

	if (s->len)
		memcpy(begin, s->ptr, s->len);
	*at += s->len;
	s->ptr = begin;
	return begin;
}

/* A body of at most PUSH_BODY_MAX bytes, of whole characters. */
static struct str cut_body(struct str body)
{
	size_t len = body.len < PUSH_BODY_MAX ? body.len : PUSH_BODY_MAX;

	while (len < body.len && len && ((unsigned char)body.ptr[len] & 0xC0) == 0x80)
		len--;
	return str_sub(body, 0, len);
}

static struct push_due *due_new(const struct push_event *e)
{
	struct push_event copy = *e;
	struct push_due *x;
	char *at;

	copy.body = cut_body(e->body);
	x = mem_zalloc(1, sizeof(*x) + copy.conversation.len + copy.sender.len + copy.body.len +
				  copy.id.len);
	at = (char *)(x + 1);
	(void)put(&at, &copy.conversation);
	(void)put(&at, &copy.sender);
	(void)put(&at, &copy.body);
	(void)put(&at, &copy.id);
	x->event = copy;
	x->count = 1;
	list_init(&x->link);
	return x;
}

void push_due_free(struct push_due **x)
{
	mem_free(*x);
	*x = NULL;
}

static void drop(struct push_line *line, struct push_due *x)
{
	list_remove(&x->link);
	line->due_count--;
	push_due_free(&x);
}

void push_line_drop(struct push_line *line)
{
	list_each (link, &line->due)
		drop(line, list_entry(link, struct push_due, link));
	push_due_free(&line->sent);
}

static void count_down(struct push_line *line, const struct push_due *x)
{
	if (x->event.kind == PUSH_MESSAGE)
		line->unseen -= x->count < line->unseen ? x->count : line->unseen;
}

static struct push_due *find_due(struct push_line *line, const struct push_event *e)
{
	list_each (link, &line->due) {
		struct push_due *x = list_entry(link, struct push_due, link);

		if (x->event.kind == e->kind && str_eq(x->event.conversation, e->conversation))
			return x;
	}
	return NULL;
}

/* Takes x; what waits of the same conversation becomes part of it. */
static void add(struct push_line *line, struct push_due *x)
{
	struct push_due *older = find_due(line, &x->event);

	if (older) {
		x->count += older->count;
		x->is_withheld &= older->is_withheld;
		if (older->when < x->when)
			x->when = older->when;
		drop(line, older);
	} else if (line->due_count >= PUSH_DUE_MAX) {
		drop(line, list_entry(line->due.next, struct push_due, link));
	}
	list_append(&line->due, &x->link);
	line->due_count++;
}

void push_line_again(struct push_line *line, struct push_due *x)
{
	struct push_due *newer = find_due(line, &x->event);

	if (newer || line->due_count >= PUSH_DUE_MAX) {
		if (newer)
			newer->count += x->count;
		push_due_free(&x);
		return;
	}
	list_prepend(&line->due, &x->link);
	line->due_count++;
}

/* ---- when ---- */

/* When x may go out, monotonic. A call does not wait for the pause between two pushes. */
static usec_t time_of(const struct push_line *line, const struct push_due *x)
{
	bool is_hurried = x->event.kind == PUSH_CALL && !line->target->failures;

	return is_hurried || x->when > line->not_before ? x->when : line->not_before;
}

static void set_alarm(struct push_line *line)
{
	struct entity *e = line->push->entity;
	bool is_needed = line->due_count || line->sent || !list_is_empty(&line->flights);

	if (is_needed == line->has_alarm)
		return;
	line->has_alarm = is_needed;
	e->alarms += is_needed ? 1 : -1U;
	entity_touch(e);
}

void push_line_arm(struct push_line *line)
{
	struct loop *loop = line->push->entity->home->loop;
	usec_t now = clock_now(), first = INT64_MAX;

	list_each (link, &line->due) {
		usec_t when = time_of(line, list_entry(link, struct push_due, link));

		if (when < first)
			first = when;
	}
	if (line->due_count)
		loop_timer(loop, &line->timer, first > now ? first - now : 0);
	else
		loop_timer_stop(loop, &line->timer);
	set_alarm(line);
}

size_t push_line_take(struct push_line *line, struct push_due *ret_due[PUSH_DUE_MAX])
{
	usec_t now = clock_now();
	size_t count = 0;

	list_each (link, &line->due) {
		struct push_due *x = list_entry(link, struct push_due, link);

		if (time_of(line, x) > now)
			continue;
		list_remove(link);
		line->due_count--;
		ret_due[count++] = x;
	}
	return count;
}

/* ---- an event ---- */

/* Whoever has registered at a room wants all that is said there, if he has not said otherwise. */
static bool is_wanted(const struct push_line *line, const struct push_event *e)
{
	struct push_event asked = *e;
	enum push_level level;

	if (line->target->room.len)
		asked.otherwise = PUSH_ALWAYS;
	level = push_level_for(line->push, &asked, line->target->web.endpoint.len > 0);
	return level != PUSH_NEVER && (level != PUSH_ON_MENTION || e->is_mention);
}

/* Whether an awake device, which should get it by itself, has got it or cannot show that it has. */
static bool is_settled(const struct push_line *line, const struct resource *r,
		       const struct push_event *e)
{
	return !e->seq || e->is_room || r->held_from || line->delivered >= e->seq;
}

static bool is_same_device(const struct push_target *a, const struct push_target *b)
{
	return a->client.len && b->client.len ? str_eq(a->client, b->client)
					      : str_eq(a->resource, b->resource);
}

/* What a device has enabled at a room is for that room alone, and then what it has enabled at the
 * account is for all else: it is woken once. */
static bool is_for(const struct push_line *line, const struct push_event *e)
{
	const struct push_target *t = line->target;

	if (t->room.len)
		return e->is_room && str_eq(t->room, e->conversation);
	if (!e->is_room || !line->push->of_rooms)
		return true;
	list_each (link, &line->push->lines) {
		const struct push_target *other = list_entry(link, struct push_line, link)->target;

		if (str_eq(other->room, e->conversation) && !other->is_disabled &&
		    is_same_device(t, other))
			return false;
	}
	return true;
}

static void weigh(struct push_line *line, const struct push_event *e)
{
	struct entity *entity = line->push->entity;
	struct resource *r = NULL;
	enum push_device device = push_device_of(line, &r);
	usec_t wait = 0;
	struct push_due *x;

	if (line->target->is_disabled || !is_for(line, e) || !is_wanted(line, e) ||
	    (device == PUSH_AWAKE && is_settled(line, r, e)))
		return;
	if (device == PUSH_AWAKE)
		wait = PUSH_PROOF_USEC;
	else if (e->kind == PUSH_MESSAGE && has_company(entity))
		wait = conf_duration(entity->home->conf, "push.grace");
	x = due_new(e);
	x->when = clock_now() + wait;
	x->is_withheld = device == PUSH_AWAKE;
	add(line, x);
	line->unseen += e->kind == PUSH_MESSAGE;
	line->requests += e->kind == PUSH_REQUEST;
	push_line_arm(line);
}

/* Read before it came here: XEP-0490. */
static bool is_displayed(const struct entity *e, const struct push_event *event)
{
	const struct marker *m =
		e->displayed ? displayed_find(e->displayed, event->conversation) : NULL;

	return m && event->seq && m->seq >= event->seq;
}

static void on_durable(struct entity *e, void *arg, enum err err)
{
	struct push_due *x = arg;

	if (!err && e->push && !is_displayed(e, &x->event)) {
		list_each (link, &e->push->lines)
			weigh(list_entry(link, struct push_line, link), &x->event);
	}
	push_due_free(&x);
}

void push_consider(struct dispatch *d, const struct push_event *e)
{
	if (d->entity->push && d->entity->push->count)
		dispatch_call(d, on_durable, due_new(e));
}

/* ---- what makes it needless, or urgent ---- */

/* It gets by itself what waits; until it has shown that, it is kept. */
static void on_awake(struct push_line *line)
{
	line->unseen = line->requests = 0;
	push_due_free(&line->sent);
	list_each (link, &line->due) {
		struct push_due *x = list_entry(link, struct push_due, link);

		if (!x->event.seq || x->event.is_room || line->delivered >= x->event.seq) {
			drop(line, x);
			continue;
		}
		x->is_withheld = true;
		x->when = clock_now() + PUSH_PROOF_USEC;
		line->unseen += x->count;
	}
	push_line_arm(line);
}

static void on_asleep(struct push_line *line)
{
	list_each (link, &line->due) {
		struct push_due *x = list_entry(link, struct push_due, link);

		if (!x->is_withheld)
			continue;
		x->is_withheld = false;
		x->when = clock_now();
	}
	push_line_arm(line);
}

void push_on_attention(struct resource *r, bool is_now_awake)
{
	struct push *p = r->entity->push;

	if (!p)
		return;
	list_each (link, &p->lines) {
		struct push_line *line = list_entry(link, struct push_line, link);

		if (!push_is_of(line, r))
			continue;
		if (is_now_awake)
			on_awake(line);
		else
			on_asleep(line);
	}
}

void push_on_delivered(struct resource *r, int64_t seq)
{
	struct push *p = r->entity->push;

	if (!p)
		return;
	list_each (link, &p->lines) {
		struct push_line *line = list_entry(link, struct push_line, link);

		if (seq <= line->delivered || !push_is_of(line, r))
			continue;
		line->delivered = seq;
		list_each (at, &line->due) {
			struct push_due *x = list_entry(at, struct push_due, link);

			if (!x->event.seq || x->event.is_room || x->event.seq > seq)
				continue;
			count_down(line, x);
			drop(line, x);
		}
		push_line_arm(line);
	}
}

static bool is_read(const struct push_due *x, struct str conversation, int64_t seq, struct str id)
{
	if (x->event.kind != PUSH_MESSAGE || !str_eq(x->event.conversation, conversation))
		return false;
	return seq ? x->event.seq <= seq : !id.len || str_eq(x->event.id, id);
}

void push_on_read(struct entity *e, struct str conversation, int64_t seq, struct str id)
{
	struct push *p = e->push;

	if (!p)
		return;
	list_each (link, &p->lines) {
		struct push_line *line = list_entry(link, struct push_line, link);

		list_each (at, &line->due) {
			struct push_due *x = list_entry(at, struct push_due, link);

			if (!is_read(x, conversation, seq, id))
				continue;
			count_down(line, x);
			drop(line, x);
		}
		if (line->sent && is_read(line->sent, conversation, seq, id))
			push_due_free(&line->sent);
		push_line_arm(line);
	}
}
