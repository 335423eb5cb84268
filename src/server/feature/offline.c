/* SPDX-License-Identifier: Apache-2.0 */
/* Offline messages, see offline.h. Each account has a mark: everything up to it has reached one of
 * its clients for good. What is behind it is sent to the next client that becomes available with a
 * priority that is not negative. */
#include "server/feature/offline.h"

#include "server/model/offline.h"
#include "server/route/archive_id.h"
#include "server/route/blocking.h"
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
};

/* What is sent to one client. */
struct burst {
	int64_t visible;    /* place in the archive behind which the client hears by itself */
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

static void save(struct dispatch *d)
{
	struct offline *x = state_of(d->entity);

	if (x->mark == x->saved)
		return;
	x->saved = x->mark;
	txn_put(dispatch_txn(d), d->entity->jid.full, OFFLINE_SPACE, STR(""),
		arena_printf(d->arena, "%lld", (long long)x->mark));
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

static void move_mark(struct entity *e, int64_t seq)
{
	struct offline *x = state_of(e);

	if (seq <= x->mark || (x->gap && seq >= x->gap))
		return;
	x->mark = seq;
	if (!x->save.item.pos)
		loop_timer(e->home->loop, &x->save, SAVE_USEC);
}

static void on_delivered(struct resource *r, int64_t seq)
{
	if (r->priority >= 0)
		move_mark(r->entity, seq);
}

static void on_load(struct entity *e, const struct keyval_row *rows)
{
	struct offline *x = state_of(e);

	x->entity = e;
	x->save.fn = on_save;
	for (; rows; rows = rows->next) {
		if (str_eq(rows->space, OFFLINE_SPACE) && str_to_i64(rows->value, &x->mark))
			log_error(&e->log, "the mark of offline messages cannot be read",
				  F_STR("value", rows->value));
	}
	x->saved = x->mark;
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
	(void)sbuf_lit(&out, "<stanza-id xmlns='urn:xmpp:sid:0' by='");
	(void)xml_write_attr(&out, d->entity->jid.full);
	(void)sbuf_lit(&out, "' id='");
	(void)sbuf_add(&out, archive_id_write(d->home, d->arena, row->seq));
	(void)sbuf_lit(&out, "'/><delay xmlns='urn:xmpp:delay' from='");
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

static void on_page(void *arg, struct store_answer *answer)
{
	struct dispatch *d = arg;
	struct resource *r = resource_by_id(&d->entity->resources, d->resource_id);
	bool fits = true;
	int64_t last = 0;

	for (struct archive_row *row = answer->messages; r && !answer->err && fits && row;
	     row = row->next) {
		last = row->seq;
		fits = send_row(d, r, row);
	}
	if (r && !answer->err && !answer->is_complete && last && fits) {
		read_page(d, last);
		return;
	}
	if (r && !answer->err && fits)
		state_of(d->entity)->gap = 0;
	dispatch_resume(d);
}

static void read_page(struct dispatch *d, int64_t after)
{
	struct store_request request = {
		.kind = READ_ARCHIVE,
		.owner = d->entity->jid.full,
		.archive = { .after = after,
			     .visible = ((const struct burst *)d->wait_arg)->visible,
			     .flags_any = ARCHIVE_OFFLINE,
			     .max = PAGE },
	};

	store_read(d->home->store, &request, on_page, d);
}

/* What was handled before the presence is in the store now; what comes later reaches the client by
 * itself. No more at once than half of what may wait for a client: else whoever sends enough while
 * a user is away would end every session that he begins. */
static void begin(struct dispatch *d)
{
	struct resource *r = resource_by_id(&d->entity->resources, d->resource_id);
	int64_t sent = r ? session_of(r)->sent : 0, mark = state_of(d->entity)->mark;
	const struct conf *conf = d->home->conf;
	struct burst *burst = arena_new(d->arena, struct burst);

	burst->visible = outbox_visible(&d->entity->outbox, d->entity->last_seq);
	burst->bytes_left = conf_size(conf, "limits.output_bytes") / 2;
	burst->count_left = conf_int(conf, "limits.resume_stanzas") / 2;
	d->wait_arg = burst;
	read_page(d, sent > mark ? sent : mark);
}

static enum verdict on_presence(struct dispatch *d)
{
	struct resource *r = d->resource;
	struct offline *x = state_of(d->entity);

	if (!r || d->stanza.type != PRESENCE_AVAILABLE || jid_is_set(d->stanza.to) ||
	    r->priority < 0 || session_of(r)->is_served)
		return PASS;
	session_of(r)->is_served = true;
	if (x->mark >= d->entity->last_seq)
		return PASS; /* nothing waits */
	return settle_in_turn(d, begin, NULL);
}

/* XEP-0386 5: such a client reads the archive; nothing waits for it any more. */
static void on_bind(struct resource *r, const struct xml *bind, struct arena *a, struct xml *bound)
{
	(void)bind;
	(void)a;
	(void)bound;
	session_of(r)->is_served = true;
	state_of(r->entity)->gap = 0;
	move_mark(r->entity, r->entity->last_seq);
}

static const struct str disco[] = { STR_INIT("msgoffline"), { .ptr = NULL } };
static const struct str spaces[] = { STR_INIT("offline"), { .ptr = NULL } };

static const struct hook hooks[] = {
	{ STANZA_PRESENCE, WAY_OUT, PHASE_NOTIFY, on_presence },
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
	.on_delivered = on_delivered,
	.on_bind = on_bind,
};
