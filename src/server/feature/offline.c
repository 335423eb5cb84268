/* SPDX-License-Identifier: Apache-2.0 */
/* Offline messages, see offline.h. Each account has a mark: everything up to it has reached one of
 * its clients for good, or waits in the archive for one that reads it (XEP-0386). What is behind it
 * is sent to the next client that becomes available with a priority that is not negative: in
 * portions, one when the one before has been taken, and what comes meanwhile is held back until all
 * before it has been sent (held_from; what is not stored waits in its place, route/hold.h). What is
 * hidden, that is not in the archive (XEP-0441,
 * no-permanent-store), waits on both sides of the mark, and is taken away once it has reached a
 * client. */
#include "server/feature/offline.h"

#include "server/model/offline.h"
#include "server/route/blocking.h"
#include "server/route/hold.h"
#include "server/route/late.h"
#include "server/route/post.h"
#include "server/route/recipients.h"
#include "server/route/router.h"
#include "server/route/settle.h"
#include "xml/build.h"
#include "xmpp/ns.h"
#include "xmpp/stanza_text.h"

enum { PAGE = 100 /* messages read at once */ };

static const usec_t SAVE_USEC =
	USEC_PER_SEC; /* a crash may send again what was delivered in this time */

/* How often is looked whether a client has taken its portion, if nothing tells of it; and after a
 * failed look-up. */
static const usec_t PACE_USEC = 200 * USEC_PER_MSEC;

struct offline {
	struct timer save, pace;
	struct entity *entity;
	int64_t mark;   /* place in the archive */
	int64_t saved;  /* what the store knows */
	bool waits;     /* something may wait that no client was given */
	int64_t hidden; /* no hidden message waits in front of this place; 0: there never was one */
	int64_t hidden_done; /* up to here they have reached a client */
};

/* What is sent to one client. */
struct burst {
	int64_t visible;    /* place in the archive behind which the client hears by itself */
	int64_t mark;       /* up to here only what is hidden is sent */
	int64_t after;      /* the page that is read begins behind it */
	bool has_hidden;    /* something hidden was found */
	bool is_behind;     /* the page that is read is on this side of the mark */
	bool is_begun;      /* one message is always sent */
	size_t bytes_left;  /* of what its queue may still take */
	int64_t count_left; /* the same in stanzas */
};

enum stage {
	UNSERVED, /* what waits has not been looked up for it */
	IN_TURN,  /* will be looked up, or is */
	BEHIND,   /* it was given a portion: from resource.held_from on all waits for it */
	SERVED,   /* has got what waited, or has declined; it hears of new messages by itself */
};

struct offline_session {
	enum stage stage;
	bool is_declined; /* it reads the archive */
	int64_t mark;     /* where the account's was when it began */
	int64_t sent;     /* up to here it was given all there was, in order */
};

static size_t entity_offset, resource_offset;

static struct offline *state_of(const struct entity *e)
{
	return entity_slot(e, entity_offset);
}

static struct offline_session *session_of(const struct resource *r)
{
	return (struct offline_session *)(void *)((char *)r->state + resource_offset);
}

/* ---- the mark ---- */

static void put_place(struct dispatch *d, struct str key, int64_t seq)
{
	txn_put(dispatch_txn(d), d->entity->jid.full, OFFLINE_SPACE, key,
		arena_printf(d->arena, "%lld", (long long)seq));
}

/* Up to where what is hidden may go: the clients that are behind read it, too. */
static int64_t hidden_end(const struct entity *e)
{
	int64_t end = state_of(e)->hidden_done;

	resource_each(r, &e->resources)
	{
		if (r->held_from && r->held_from <= end)
			end = r->held_from - 1;
	}
	return end;
}

static void save(struct dispatch *d)
{
	struct offline *x = state_of(d->entity);
	int64_t end = hidden_end(d->entity);

	if (x->mark != x->saved) {
		x->saved = x->mark;
		put_place(d, STR(""), x->mark);
	}
	if (x->hidden && end >= x->hidden) {
		txn_remove_hidden(dispatch_txn(d), d->entity->jid.full, x->hidden, end);
		x->hidden = end + 1;
		put_place(d, OFFLINE_HIDDEN_KEY, x->hidden);
	}
}

static void act_save(struct dispatch *d, void *arg)
{
	(void)arg;
	save(d);
}

static void on_save(struct timer *t)
{
	struct offline *x = container_of(t, struct offline, save);

	router_act(x->entity, act_save, NULL);
}

static void save_soon(struct entity *e)
{
	struct offline *x = state_of(e);

	if (!x->save.item.pos)
		loop_timer(e->home->loop, &x->save, SAVE_USEC);
}

static void set_mark(struct entity *e, int64_t seq)
{
	struct offline *x = state_of(e);

	if (seq <= x->mark)
		return;
	x->mark = seq;
	save_soon(e);
}

static void set_hidden_done(struct entity *e, int64_t seq)
{
	struct offline *x = state_of(e);

	if (!x->hidden || seq <= x->hidden_done)
		return;
	x->hidden_done = seq;
	save_soon(e);
}

static void pace_soon(struct offline *x, usec_t delay_usec)
{
	loop_timer(x->entity->home->loop, &x->pace, delay_usec);
}

/* Only to a client that has got what came before, if anything waits: what is sent to an address of
 * its own may reach one that is not available yet. */
static void on_delivered(struct resource *r, int64_t seq)
{
	struct offline *x = state_of(r->entity);
	const struct offline_session *s = session_of(r);

	if (s->stage == BEHIND)
		pace_soon(x, 0);
	if (seq > s->sent && (r->priority < 0 || (s->stage != SERVED && x->waits)))
		return;
	set_mark(r->entity, seq);
	set_hidden_done(r->entity, seq);
}

/* A hidden message waits. The place of the first one is written with it; from then on it only moves
 * forward: late, it costs a look. */
static enum verdict on_message(struct dispatch *d)
{
	struct offline *x = state_of(d->entity);
	struct resource *one = NULL;

	if (d->is_stored &&
	    (recipients_of(d, &one) == RECIPIENTS_NONE || (one && one->priority < 0)))
		x->waits = true;
	if (d->is_hidden && !x->hidden) {
		x->hidden = d->seq;
		put_place(d, OFFLINE_HIDDEN_KEY, x->hidden);
	}
	return PASS;
}

static void on_pace(struct timer *t);

static void on_load(struct entity *e, const struct keyval_row *rows)
{
	struct offline *x = state_of(e);

	x->entity = e;
	x->save.fn = on_save;
	x->pace.fn = on_pace;
	for (; rows; rows = rows->next) {
		if (str_eq(rows->space, OFFLINE_SPACE) &&
		    str_to_i64(rows->value, rows->key.len ? &x->hidden : &x->mark))
			log_error(&e->log, "the mark of offline messages cannot be read",
				  F_STR("value", rows->value));
	}
	x->saved = x->mark;
	x->waits = x->mark < e->last_seq;
	if (e->resources.count) /* read again */
		pace_soon(x, PACE_USEC);
}

/* What it was given and has not acknowledged waits for another one. */
static void on_close(struct dispatch *d, struct resource *r)
{
	struct offline *x = state_of(d->entity);

	x->waits |= x->mark < d->entity->last_seq;
	if (r->held_from)
		save_soon(d->entity); /* what is hidden was kept for it */
}

static void on_unload(struct entity *e)
{
	struct offline *x = state_of(e);

	loop_timer_stop(e->home->loop, &x->save);
	loop_timer_stop(e->home->loop, &x->pace);
}

/* ---- a client comes ---- */

static void read_page(struct dispatch *d, int64_t after);

/* What was sent to the address of another client while that was there has reached it (RFC 6121
 * 8.5.3.1), or waits for it. */
static bool is_elsewhere(const struct resource *r, const struct xml *el, struct arena *a,
			 const struct archive_row *row)
{
	const struct resource *other;
	struct jid to;

	if (jid_parse(a, xml_attr(el, STR("to")), &to) || !jid_is_full(to))
		return false;
	other = resource_by_name(&r->entity->resources, to.resource);
	return other && other != r && other->wall_bound < row->wall_time;
}

/* Another's; or XEP-0191 3.3: nothing is delivered, also of what came before the block. */
static bool is_passed_over(const struct resource *r, const struct archive_row *row)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *el;

	if (blocklist_is_empty(r->entity->blocklist) && r->entity->resources.count == 1)
		return false;
	arena_init(&a, 8 * post_limits.stanza_bytes);
	return !xml_parse(&a, row->stanza, &post_scope, &post_limits, &el) &&
	       (blocking_covers_text(r->entity, &a, xml_attr(el, STR("from"))) ||
		is_elsewhere(r, el, &a, row));
}

/* False when a stanza of so many bytes does not fit any more: it and all behind it wait until the
 * client has taken what it was given. */
static bool take_room(struct dispatch *d, size_t bytes)
{
	struct burst *burst = d->wait_arg;

	if (burst->is_begun &&
	    (burst->count_left <= 0 || bytes > burst->bytes_left || arena_is_over(d->arena)))
		return false;
	burst->is_begun = true;
	burst->count_left--;
	burst->bytes_left -= bytes < burst->bytes_left ? bytes : burst->bytes_left;
	return true;
}

/* XEP-0191 3.3, of what came before the block; but that the blocked one is gone must be heard. */
static bool is_unwanted(const struct dispatch *d, const struct bytes *bytes)
{
	struct str text = bytes_str(bytes);

	return !blocklist_is_empty(d->entity->blocklist) &&
	       !str_eq(stanza_text_type(text), STR("unavailable")) &&
	       blocking_covers_text(d->entity, d->arena, stanza_text_from(text));
}

/* What is not stored and came in front of this place. */
static bool send_held(struct dispatch *d, struct resource *r, int64_t below)
{
	const struct bytes *bytes;

	while ((bytes = hold_first(r, below))) {
		if (!take_room(d, bytes->len))
			return false;
		if (!is_unwanted(d, bytes))
			dispatch_deliver_bytes(d, r, hold_first(r, below));
		hold_drop_first(r);
	}
	return true;
}

/* False: there is no room. */
static bool send_row(struct dispatch *d, struct resource *r, struct archive_row *row)
{
	struct bytes *bytes;

	if ((row->flags & ARCHIVE_BLANKED) || is_passed_over(r, row))
		return true;
	if (!send_held(d, r, row->seq) || !take_room(d, row->stanza.len)) {
		r->held_from = row->seq;
		return false;
	}
	session_of(r)->sent = row->seq;
	bytes = late_message(d, row->stanza, row->flags & ARCHIVE_HIDDEN ? 0 : row->seq,
			     d->home->domain, row->wall_time);
	dispatch_deliver_stored(d, r, bytes, row->seq);
	(void)bytes_unref(bytes);
	return true;
}

/* All of the mark's side has been looked through: nothing that is hidden waits there, or it is on
 * its way. */
static void end_hidden(struct dispatch *d)
{
	const struct burst *burst = d->wait_arg;

	if (!burst->has_hidden)
		set_hidden_done(d->entity, burst->mark);
}

static void end_portion(struct dispatch *d, struct resource *r, bool is_all)
{
	struct offline *x = state_of(d->entity);

	session_of(r)->stage = is_all ? SERVED : BEHIND;
	if (!is_all) {
		pace_soon(x, PACE_USEC);
		return;
	}
	hold_end(r);
	x->waits = false;
	if (x->hidden && x->hidden_done >= x->hidden)
		save_soon(d->entity);
}

/* All rows are on their way. */
static bool send_last(struct dispatch *d, struct resource *r)
{
	const struct burst *burst = d->wait_arg;

	if (send_held(d, r, INT64_MAX))
		return true;
	r->held_from = burst->visible + 1;
	return false;
}

static void on_page(void *arg, struct store_answer *answer)
{
	struct dispatch *d = arg;
	struct burst *burst = d->wait_arg;
	struct resource *r = resource_by_id(&d->entity->resources, d->resource_id);
	bool fits = r && !answer->err;

	if (r)
		r->held_from = burst->after + 1;
	for (struct archive_row *row = answer->messages; fits && row; row = row->next) {
		burst->has_hidden |= (row->flags & ARCHIVE_HIDDEN) != 0;
		fits = send_row(d, r, row);
	}
	if (fits && !answer->is_complete && answer->examined_seq) {
		read_page(d, answer->examined_seq);
	} else if (fits && burst->is_behind) {
		end_hidden(d);
		read_page(d, burst->mark);
	} else {
		if (r)
			end_portion(d, r, fits && send_last(d, r));
		dispatch_resume(d);
	}
}

static void read_page(struct dispatch *d, int64_t after)
{
	struct burst *burst = d->wait_arg;
	struct store_request request = {
		.kind = READ_ARCHIVE,
		.owner = d->entity->jid.full,
		.archive = { .after = after,
			     .visible = burst->visible,
			     .flags_any = ARCHIVE_OFFLINE,
			     .with_hidden = true,
			     .max = PAGE },
	};

	burst->after = after;
	burst->is_behind = after < burst->mark;
	if (burst->is_behind) {
		request.archive.flags_any = ARCHIVE_HIDDEN;
		request.archive.below = burst->mark + 1;
	}
	store_read(d->home->store, &request, on_page, d);
}

/* Behind which place something hidden may wait. */
static int64_t hidden_after(const struct offline *x)
{
	return x->hidden_done >= x->hidden ? x->hidden_done : x->hidden - 1;
}

static bool waits_behind(const struct offline *x)
{
	return x->hidden && hidden_after(x) < x->mark;
}

/* Where it goes on; at first, where it begins. */
static int64_t next_after(struct resource *r)
{
	const struct offline *x = state_of(r->entity);
	struct offline_session *s = session_of(r);
	int64_t after = waits_behind(x) ? hidden_after(x) : x->mark;

	if (r->held_from)
		return r->held_from - 1;
	s->mark = x->mark;
	return s->sent > after ? s->sent : after;
}

/* What was handled before is in the store now; what comes later is held, or reaches the client by
 * itself when nothing is left. No more at once than half of what may wait for a client: else
 * whoever sends enough while a user is away would end every session that he begins. */
static void begin(struct dispatch *d)
{
	struct resource *r = resource_by_id(&d->entity->resources, d->resource_id);
	const struct conf *conf = d->home->conf;
	struct burst *burst = arena_new(d->arena, struct burst);
	int64_t after;

	if (!r) {
		dispatch_resume(d);
		return;
	}
	after = next_after(r);
	burst->visible = outbox_visible(&d->entity->outbox, d->entity->last_seq);
	burst->mark = session_of(r)->mark;
	burst->bytes_left = conf_size(conf, "limits.output_bytes") / 2;
	burst->count_left = conf_int(conf, "limits.resume_stanzas") / 2;
	d->wait_arg = burst;
	read_page(d, after);
}

static void act_next(struct dispatch *d, void *arg)
{
	d->resource_id = (uintptr_t)arg;
	(void)settle_in_turn(d, begin, NULL);
}

/* The next portion for those who have taken theirs. */
static void on_pace(struct timer *t)
{
	struct offline *x = container_of(t, struct offline, pace);
	struct entity *e = x->entity;

	entity_pin(e);
	resource_each(r, &e->resources)
	{
		if (session_of(r)->stage != BEHIND)
			continue;
		if (recipients_takes(r) && (!r->ops->drain || r->ops->drain(r))) {
			session_of(r)->stage = IN_TURN;
			router_act_in_order(e, act_next, (void *)(uintptr_t)r->id);
		} else if (!x->pace.item.pos) {
			pace_soon(x, PACE_USEC);
		}
	}
	entity_unpin(e);
}

static void let_go(struct entity *e, void *arg, enum err err)
{
	struct resource *r = resource_by_id(&e->resources, (uintptr_t)arg);

	(void)err;
	if (r && !recipients_takes(r))
		hold_release(r);
}

/* From here on what comes waits for it until it is back. What waited already and will not be read
 * again comes now. */
static void go_away(struct dispatch *d)
{
	struct offline_session *s = session_of(d->resource);

	if (d->resource->held_from)
		dispatch_call(d, let_go, (void *)(uintptr_t)d->resource_id);
	if (s->stage != SERVED || s->is_declined)
		return;
	s->stage = UNSERVED;
	s->sent = d->entity->last_seq;
}

static enum verdict on_presence(struct dispatch *d)
{
	struct resource *r = d->resource;
	const struct offline *x = state_of(d->entity);

	if (!r || jid_is_set(d->stanza.to) ||
	    (d->stanza.type != PRESENCE_AVAILABLE && d->stanza.type != PRESENCE_UNAVAILABLE))
		return PASS;
	if (!recipients_takes(r)) {
		go_away(d);
		return PASS;
	}
	if (session_of(r)->stage != UNSERVED)
		return PASS;
	if (x->mark >= d->entity->last_seq && !waits_behind(x)) { /* nothing waits */
		session_of(r)->stage = SERVED;
		return PASS;
	}
	session_of(r)->stage = IN_TURN;
	return settle_in_turn(d, begin, NULL);
}

/* XEP-0386 5: such a client reads the archive; but for what is hidden, nothing waits for it any
 * more. */
static void on_bind(struct resource *r, const struct xml *bind, struct arena *a, struct xml *bound)
{
	struct offline *x = state_of(r->entity);

	(void)bind;
	(void)a;
	(void)bound;
	session_of(r)->is_declined = true;
	session_of(r)->stage = x->hidden ? UNSERVED : SERVED;
	set_mark(r->entity, r->entity->last_seq);
}

static const struct str disco[] = { STR_INIT("msgoffline"), { .ptr = NULL } };
static const struct str spaces[] = { STR_INIT("offline"), { .ptr = NULL } };

static const struct hook hooks[] = {
	{ STANZA_PRESENCE, WAY_OUT, PHASE_NOTIFY, on_presence },
	{ STANZA_MESSAGE, WAY_IN, PHASE_NOTIFY, on_message },
	{ .run = NULL },
};

const struct feature feature_offline = {
	.name = "offline",
	.spec = "XEP-0160 1.0.1, XEP-0203 2.0",
	.test = "history/offline.talk, history/offline-stop.talk, "
		"history/offline-portions.talk, history/offline-order.talk, "
		"history/delay.talk",
	.disco_domain = disco,
	.hooks = hooks,
	.spaces = spaces,
	.entity_state = sizeof(struct offline),
	.entity_offset = &entity_offset,
	.resource_state = sizeof(struct offline_session),
	.resource_offset = &resource_offset,
	.on_load = on_load,
	.on_unload = on_unload,
	.on_stop = save,
	.on_close = on_close,
	.on_delivered = on_delivered,
	.on_bind = on_bind,
};
