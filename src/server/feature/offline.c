/* SPDX-License-Identifier: Apache-2.0 */
/* Offline messages, see offline.h. Each account has a mark: everything up to it has reached one of
 * its clients for good, or waits in the archive for one that reads it (XEP-0386). What is behind it
 * is sent to the next client that becomes available with a priority that is not negative. What is
 * hidden, that is not in the archive (XEP-0441, no-permanent-store), waits on both sides of the
 * mark, and is taken away once it has reached a client. */
#include "server/feature/offline.h"

#include "server/model/offline.h"
#include "server/route/archive_id.h"
#include "server/route/blocking.h"
#include "server/route/recipients.h"
#include "server/route/router.h"
#include "server/route/settle.h"
#include "xml/build.h"
#include "xml/write.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

enum { PAGE = 100 /* messages read at once */, SPLICED_MAX = 17 * 1024 * 1024 };

static const usec_t SAVE_USEC =
	USEC_PER_SEC; /* a crash may send again what was delivered in this time */

struct offline {
	struct timer save;
	struct entity *entity;
	int64_t mark;  /* place in the archive */
	int64_t saved; /* what the store knows */
	int64_t gap; /* the first message that did not fit into what a client got at once: the mark
			does not pass it; 0: none */
	bool waits;  /* something may wait that no client was given */
	int64_t hidden; /* no hidden message waits in front of this place; 0: there never was one */
	int64_t hidden_done; /* up to here they have reached a client */
};

/* What is sent to one client. */
struct burst {
	int64_t visible;    /* place in the archive behind which the client hears by itself */
	int64_t mark;       /* up to here only what is hidden is sent */
	bool has_hidden;    /* something hidden was found */
	bool is_behind;     /* the page that is read is on this side of the mark */
	bool is_begun;      /* one message is always sent */
	size_t bytes_left;  /* of what its queue may still take */
	int64_t count_left; /* the same in stanzas */
};

struct offline_session {
	bool is_served; /* has got what waited, or has declined */
	int64_t sent;   /* the last message that it was given so */
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

static bool has_done_hidden(const struct offline *x)
{
	return x->hidden && x->hidden_done >= x->hidden;
}

static void save(struct dispatch *d)
{
	struct offline *x = state_of(d->entity);

	if (x->mark != x->saved) {
		x->saved = x->mark;
		put_place(d, STR(""), x->mark);
	}
	if (has_done_hidden(x)) {
		txn_remove_hidden(dispatch_txn(d), d->entity->jid.full, x->hidden, x->hidden_done);
		x->hidden = x->hidden_done + 1;
		put_place(d, STR("hidden"), x->hidden);
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

/* Only to a client that has got what came before, if anything waits: what is sent to an address of
 * its own may reach one that is not available yet. */
static void on_delivered(struct resource *r, int64_t seq)
{
	const struct offline *x = state_of(r->entity);

	if (r->priority < 0 || (!session_of(r)->is_served && !x->gap && x->waits) ||
	    (x->gap && seq >= x->gap))
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
		put_place(d, STR("hidden"), x->hidden);
	}
	return PASS;
}

static void on_load(struct entity *e, const struct keyval_row *rows)
{
	struct offline *x = state_of(e);

	x->entity = e;
	x->save.fn = on_save;
	for (; rows; rows = rows->next) {
		if (str_eq(rows->space, OFFLINE_SPACE) &&
		    str_to_i64(rows->value, rows->key.len ? &x->hidden : &x->mark))
			log_error(&e->log, "the mark of offline messages cannot be read",
				  F_STR("value", rows->value));
	}
	x->saved = x->mark;
	x->waits = x->mark < e->last_seq;
}

/* What it was given and has not acknowledged waits for another one. */
static void on_close(struct dispatch *d, struct resource *r)
{
	struct offline *x = state_of(d->entity);

	(void)r;
	x->waits |= x->mark < d->entity->last_seq;
}

static void on_unload(struct entity *e)
{
	struct offline *x = state_of(e);

	loop_timer_stop(e->home->loop, &x->save);
}

/* ---- a client comes ---- */

/* The stored text with what the archive knows of it: XEP-0203 and XEP-0359. */
static struct bytes *with_stamps(struct dispatch *d, const struct archive_row *row)
{
	static const struct str end = STR_INIT("</message>");
	struct sbuf out scoped(sbuf_done) = SBUF(SPLICED_MAX);
	struct str text = row->stanza;

	if (!str_ends(text, end))
		return bytes_new(text); /* a tombstone without children */
	(void)sbuf_add(&out, str_sub(text, 0, text.len - end.len));
	if (!(row->flags & ARCHIVE_HIDDEN)) {
		(void)sbuf_lit(&out, "<stanza-id xmlns='urn:xmpp:sid:0' by='");
		(void)xml_write_attr(&out, d->entity->jid.full);
		(void)sbuf_lit(&out, "' id='");
		(void)sbuf_add(&out, archive_id_write(d->home, d->arena, row->seq));
		(void)sbuf_lit(&out, "'/>");
	}
	(void)sbuf_lit(&out, "<delay xmlns='urn:xmpp:delay' from='");
	(void)xml_write_attr(&out, d->home->domain);
	(void)sbuf_lit(&out, "' stamp='");
	(void)sbuf_add(&out, datetime_format(d->arena, row->wall_time));
	(void)sbuf_lit(&out, "'/>");
	(void)sbuf_add(&out, end);
	return bytes_new(sbuf_str(&out));
}

static void read_page(struct dispatch *d, int64_t after);

/* XEP-0191 3.3: nothing is delivered, also of what came before the block. */
static bool is_blocked(const struct dispatch *d, const struct archive_row *row)
{
	static const struct xml_limits limits = { .stanza_bytes = 16 * 1024 * 1024,
						  .depth = 512,
						  .attrs = 512,
						  .name_bytes = 4096,
						  .children = UINT16_MAX };
	static const struct xml_scope scope = { .default_ns = STR_INIT("jabber:client") };
	struct arena a scoped(arena_done) = { 0 };
	struct xml *el;

	if (blocklist_is_empty(d->entity->blocklist))
		return false;
	arena_init(&a, 8 * limits.stanza_bytes);
	return !xml_parse(&a, row->stanza, &scope, &limits, &el) &&
	       blocking_covers_text(d->entity, &a, xml_attr(el, STR("from")));
}

/* False when the row does not fit any more: it and all behind it wait for the next presence, of
 * this client or another. */
static bool send_row(struct dispatch *d, struct resource *r, struct archive_row *row)
{
	struct burst *burst = d->wait_arg;
	struct bytes *bytes;

	if ((row->flags & ARCHIVE_BLANKED) || is_blocked(d, row))
		return true;
	if (burst->is_begun && (burst->count_left <= 0 || row->stanza.len > burst->bytes_left ||
				arena_is_over(d->arena))) {
		state_of(d->entity)->gap = row->seq;
		session_of(r)->is_served = false;
		return false;
	}
	burst->is_begun = true;
	burst->count_left--;
	burst->bytes_left -=
		row->stanza.len < burst->bytes_left ? row->stanza.len : burst->bytes_left;
	session_of(r)->sent = row->seq;
	bytes = with_stamps(d, row);
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

static void on_page(void *arg, struct store_answer *answer)
{
	struct dispatch *d = arg;
	struct burst *burst = d->wait_arg;
	struct resource *r = resource_by_id(&d->entity->resources, d->resource_id);
	bool fits = r && !answer->err;

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
		if (fits) {
			state_of(d->entity)->gap = 0;
			state_of(d->entity)->waits = false;
		}
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

/* What was handled before the presence is in the store now; what comes later reaches the client by
 * itself. No more at once than half of what may wait for a client: else whoever sends enough while
 * a user is away would end every session that he begins. */
static void begin(struct dispatch *d)
{
	struct resource *r = resource_by_id(&d->entity->resources, d->resource_id);
	const struct offline *x = state_of(d->entity);
	int64_t sent = r ? session_of(r)->sent : 0;
	int64_t after = waits_behind(x) ? hidden_after(x) : x->mark;
	const struct conf *conf = d->home->conf;
	struct burst *burst = arena_new(d->arena, struct burst);

	burst->visible = outbox_visible(&d->entity->outbox, d->entity->last_seq);
	burst->mark = x->mark;
	burst->bytes_left = conf_size(conf, "limits.output_bytes") / 2;
	burst->count_left = conf_int(conf, "limits.resume_stanzas") / 2;
	d->wait_arg = burst;
	read_page(d, sent > after ? sent : after);
}

static enum verdict on_presence(struct dispatch *d)
{
	struct resource *r = d->resource;
	const struct offline *x = state_of(d->entity);

	if (!r || d->stanza.type != PRESENCE_AVAILABLE || jid_is_set(d->stanza.to) ||
	    r->priority < 0 || session_of(r)->is_served)
		return PASS;
	session_of(r)->is_served = true;
	if (x->mark >= d->entity->last_seq && !waits_behind(x))
		return PASS; /* nothing waits */
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
	session_of(r)->is_served = !x->hidden;
	if (!x->hidden)
		x->gap = 0;
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
	.test = "history/offline.talk, history/offline-stop.talk, history/delay.talk",
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
