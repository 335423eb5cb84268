/* SPDX-License-Identifier: Apache-2.0 */
/* Messages into the archive, see archive.h. One body for both sides: the sender's side begins the
 * record, the receiver's adds its entry. */
#include "server/feature/archive.h"

#include "base/mem.h"
#include "server/route/archive_id.h"
#include "server/route/archive_rule.h"
#include "server/route/lasting.h"
#include "xmpp/ns.h"

static const struct conf_key keys[] = {
	{ "archive.default", CONF_STR, "\"always\"", 0, 0,
	  "What is archived for accounts that have not said what they want: always, never, or "
	  "roster: with contacts only (XEP-0441)." },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "Archiving", .keys = keys };

/* Messages of the last day that an account has sent, so that one that is sent again is not kept
 * again. A client that closed its stream in order knows what became of its messages: what it sends
 * later is new, even with the same ids (docs/adr/0010). */
enum { RECENT_MAX = 512 /* of one account */, RECENT_FIRST = 16 /* room for so many at first */ };
_Static_assert(sizeof(void *) == sizeof(uint64_t), "hashes travel as pointers");

/* Messages of other servers that came before this server was started: their server may not know
 * that, and send them again. So long after the start it is looked. */
static const usec_t HEARD_USEC = USEC_PER_HOUR;

struct heard {
	uint64_t *hashes;
	size_t count;
	bool is_loaded;
};

struct recent {
	uint64_t *hashes; /* oldest first; NULL while there is none. Close together: every message
			     is looked for among all of them */
	struct recent_item {
		usec_t wall;
		uint64_t resource; /* id of the sender; 0: of an earlier run of the server */
	} * items;                 /* of the hashes, in their order */
	size_t count, cap;
	unsigned said;    /* place of the next message to a room in SAID_SPACE */
	usec_t wall_said; /* of the newest there: each is later than the one before */
	bool is_loaded;
	usec_t wall_void; /* what was sent up to then is not remembered */
	struct heard heard;
};

static size_t entity_offset;

static struct recent *recent_of(const struct entity *e)
{
	return entity_slot(e, entity_offset);
}

/* ---- what is kept ---- */

/* XEP-0334 3.1, XEP-0441: what is kept, but not in the archive of this account. */
static bool is_passing(const struct dispatch *d, struct jid with)
{
	return xml_child(d->stanza.el, NS_HINTS, STR("no-permanent-store")) ||
	       !archive_rule_keeps(d->entity, with);
}

/* XEP-0359 4: ids that claim to be from us go, all of them. */
static void strip_ids(struct dispatch *d)
{
	struct xml *child = xml_first(d->stanza.el);

	while (child) {
		struct xml *next = xml_next(child);
		struct jid by;

		if (xml_is(child, NS_SID, STR("stanza-id")) &&
		    jid_parse(d->arena, xml_attr(child, STR("by")), &by) == OK &&
		    jid_bare_eq(by, d->entity->jid))
			xml_remove(child);
		child = next;
	}
}

/* ---- nothing twice ---- */

/* What makes a message the same one: to whom, its id, and all that is inside; not from which
 * resource. */
static uint64_t fingerprint_with(struct dispatch *d, struct str who, struct str text)
{
	const struct xml *origin = xml_child(d->stanza.el, NS_SID, STR("origin-id"));
	struct str id = origin ? xml_attr(origin, STR("id")) : d->stanza.id;
	struct siphash_key key = { d->home->id_key[0], d->home->id_key[1] };
	ptrdiff_t inside = str_index(text, '>');
	uint64_t hash;

	if (!id.len || inside < 0)
		return 0;
	hash = siphash(key, ARENA_JOIN(d->arena, who, STR("\n"), id, STR("\n"),
				       xml_attr(d->stanza.el, STR("type")),
				       str_from_at(text, (size_t)inside)));
	return hash ? hash : 1;
}

static uint64_t fingerprint(struct dispatch *d, struct str text)
{
	return fingerprint_with(d, jid_bare_str(d->stanza.to), text);
}

/* Room for one more; the oldest quarter goes when there are RECENT_MAX. */
static void make_room(struct recent *r)
{
	if (r->count < r->cap)
		return;
	if (r->cap == RECENT_MAX) {
		r->count -= RECENT_MAX / 4;
		memmove(r->hashes, r->hashes + RECENT_MAX / 4, r->count * sizeof(*r->hashes));
		memmove(r->items, r->items + RECENT_MAX / 4, r->count * sizeof(*r->items));
		return;
	}
	r->cap = r->cap ? 2 * r->cap : RECENT_FIRST;
	r->hashes = mem_grow(r->hashes, r->cap * sizeof(*r->hashes));
	r->items = mem_grow(r->items, r->cap * sizeof(*r->items));
}

static void remember(struct recent *r, uint64_t hash, usec_t wall, uint64_t resource)
{
	if (!hash)
		return;
	make_room(r);
	r->hashes[r->count] = hash;
	r->items[r->count++] = (struct recent_item){ .wall = wall, .resource = resource };
}

/* The same of a row: rows come in the order of their keys. */
static void remember_in_order(struct recent *r, uint64_t hash, usec_t wall)
{
	size_t at;

	remember(r, hash, wall, 0);
	for (at = hash ? r->count - 1 : 0; at && r->items[at - 1].wall > wall; at--) {
		r->hashes[at] = r->hashes[at - 1];
		r->items[at] = r->items[at - 1];
	}
	if (hash) {
		r->hashes[at] = hash;
		r->items[at] = (struct recent_item){ .wall = wall };
	}
}

/* Forgets what one resource has sent. True if that was something, and nothing is left. */
static bool forget(struct recent *r, uint64_t resource)
{
	size_t before = r->count, kept = 0;

	for (size_t i = 0; i < r->count; i++) {
		if (r->items[i].resource == resource)
			continue;
		r->hashes[kept] = r->hashes[i];
		r->items[kept++] = r->items[i];
	}
	r->count = kept;
	return before && !kept;
}

static bool is_repeated(const struct recent *r, uint64_t hash)
{
	usec_t oldest = wall_now() - USEC_PER_DAY;

	for (size_t i = 0; hash && i < r->count; i++) {
		if (r->hashes[i] == hash && r->items[i].wall >= oldest)
			return true;
	}
	return false;
}

/* What was not taken may be sent again. */
static void on_settled(struct entity *e, void *arg, enum err err)
{
	struct recent *r = recent_of(e);

	for (size_t i = 0; err && i < r->count; i++) {
		if (r->hashes[i] == (uint64_t)(uintptr_t)arg)
			r->hashes[i] = 0;
	}
}

/* What the archive knows (newest first) stands in front of what was said in rooms, which is little,
 * and must not be the first to go. */
static void put_before(struct recent *r, const uint64_t *hashes, unsigned count)
{
	struct recent all = { .count = 0 };

	for (unsigned i = count; i-- > 0;)
		remember(&all, hashes[i], wall_now(), 0);
	for (size_t i = 0; i < r->count; i++)
		remember(&all, r->hashes[i], r->items[i].wall, r->items[i].resource);
	mem_free(r->hashes);
	mem_free(r->items);
	r->hashes = all.hashes;
	r->items = all.items;
	r->count = all.count;
	r->cap = all.cap;
}

static void on_recent(void *arg, struct store_answer *answer)
{
	struct dispatch *d = arg;
	struct recent *r = recent_of(d->entity);

	/* An account that cannot be read will fail at its next commit, too; then everything is read
	 * again. */
	r->is_loaded = answer->err == OK;
	put_before(r, answer->dedup, answer->dedup_count);
	if (answer->err) {
		log_error(&d->entity->log, "what was sent before cannot be read",
			  F_ERR(answer->err));
		(void)dispatch_error(d, COND_RESOURCE_CONSTRAINT); /* the message is not taken */
	}
	d->has_refusal = answer->err != OK;
	dispatch_resume(d);
}

static enum verdict load_recent(struct dispatch *d)
{
	usec_t from = wall_now() - USEC_PER_DAY, begin = recent_of(d->entity)->wall_void + 1;
	struct store_request request = { .kind = READ_DEDUP,
					 .owner = d->entity->jid.full,
					 .max = RECENT_MAX,
					 .from_wall = begin > from ? begin : from };

	store_read(d->home->store, &request, on_recent, d);
	return dispatch_wait_again(d);
}

/* ---- what was said in rooms ----
 * It has no entry in the account's archive: the newest fingerprints are rows of a ring. */

#define SAID_SPACE STR("said")

enum { SAID_MAX = 64 /* rows: as many may be on their way to rooms when the server dies */ };

static void note_said(struct dispatch *d, struct recent *r, uint64_t hash, usec_t now)
{
	r->wall_said = now > r->wall_said ? now : r->wall_said + 1;
	txn_put(dispatch_txn(d), d->entity->jid.full, SAID_SPACE,
		arena_printf(d->arena, "%u", r->said++ % SAID_MAX),
		arena_printf(d->arena, "%llu %lld", (unsigned long long)hash,
			     (long long)r->wall_said));
}

static enum err load_said(struct recent *r, const struct keyval_row *row)
{
	struct str rest = row->value, text;
	uint64_t hash, place;
	usec_t wall;

	if (!str_split(&rest, ' ', &text) || str_to_u64(text, &hash) || str_to_i64(rest, &wall) ||
	    str_to_u64(row->key, &place) || place >= SAID_MAX)
		return ERR_INVALID;
	if (wall > r->wall_void)
		remember_in_order(r, hash, wall);
	if (wall > r->wall_said) { /* the ring goes on behind the newest, over the oldest */
		r->wall_said = wall;
		r->said = (unsigned)place + 1;
	}
	return OK;
}

/* To a room of this server: the room keeps it, in the sender's commit. */
static enum verdict say(struct dispatch *d)
{
	struct recent *recent = recent_of(d->entity);
	uint64_t hash = fingerprint(d, dispatch_text(d, d->stanza.el));
	usec_t now = wall_now();

	if (is_repeated(recent, hash))
		return DONE;
	if (!hash)
		return PASS;
	remember(recent, hash, now, d->resource_id);
	dispatch_call(d, on_settled, (void *)(uintptr_t)hash);
	note_said(d, recent, hash, now);
	return PASS;
}

/* ---- out: the sender's side ---- */

/* XEP-0203 6: nobody but the server says that the server has delayed something. */
static void strip_delays(struct dispatch *d)
{
	struct xml *child = xml_first(d->stanza.el);

	while (child) {
		struct xml *next = xml_next(child);
		struct jid from;

		if (xml_is(child, NS_DELAY, STR("delay")) &&
		    jid_parse(d->arena, xml_attr(child, STR("from")), &from) == OK &&
		    str_eq(from.full, d->home->domain))
			xml_remove(child);
		child = next;
	}
}

static enum verdict stamp_out(struct dispatch *d)
{
	strip_ids(d);
	strip_delays(d);
	return PASS;
}

static enum verdict store_out(struct dispatch *d)
{
	struct jid to = jid_is_set(d->stanza.to) ? d->stanza.to : d->entity->jid;
	struct recent *recent = recent_of(d->entity);
	struct archive_entry entry = { .owner = d->entity->jid.full,
				       .peer = jid_bare_str(to),
				       .flags = ARCHIVE_OUT };
	usec_t now = wall_now();
	struct str text;

	if (d->has_refusal)
		return DONE;
	if (lasting_is_for_room(d->home, &d->stanza, d->arena))
		return say(d);
	if (str_eq(to.full, d->home->domain) || !lasting_is_kept(&d->stanza, d->arena))
		return PASS;
	if (!recent->is_loaded)
		return load_recent(d);
	if (!jid_is_set(d->stanza.to))
		stanza_set_to(d->arena, &d->stanza, to);
	text = dispatch_text(d, d->stanza.el);
	entry.dedup = fingerprint(d, text);
	if (is_repeated(recent, entry.dedup))
		return DONE;
	remember(recent, entry.dedup, now, d->resource_id);
	if (entry.dedup)
		dispatch_call(d, on_settled, (void *)(uintptr_t)entry.dedup);
	d->is_stored = true;
	if (is_passing(d, to)) { /* only the receiver's side may keep it */
		txn_append(dispatch_txn(d), now, text, NULL, 0);
		return PASS;
	}
	entry.seq = d->seq = entity_next_seq(d->entity);
	entry.flags |= lasting_flags(&d->stanza, d->arena) & ARCHIVE_TEXT;
	txn_append(dispatch_txn(d), now, text, &entry, 1);
	return PASS;
}

/* ---- in: the receiver's side ---- */

static enum verdict stamp_in(struct dispatch *d)
{
	strip_ids(d);
	return PASS;
}

static void add_stanza_id(struct dispatch *d)
{
	struct xml *id = xml_add_new(d->arena, d->stanza.el, NS_SID, STR("stanza-id"));

	xml_set(d->arena, id, STR("by"), d->entity->jid.full);
	xml_set(d->arena, id, STR("id"), archive_id_write(d->home, d->arena, d->seq));
}

static struct txn_op *append_of(const struct txn *t)
{
	struct txn_op *op = t ? t->first : NULL;

	while (op && op->kind != TXN_APPEND)
		op = op->next;
	return op;
}

/* ---- what other servers send again ---- */

static void on_heard(void *arg, struct store_answer *answer)
{
	struct dispatch *d = arg;
	struct heard *h = &recent_of(d->entity)->heard;

	h->is_loaded = true;
	if (answer->err) /* the next commit fails, too; then everything is read again */
		log_error(&d->entity->log, "what came before cannot be read", F_ERR(answer->err));
	if (answer->dedup_count && !h->hashes) {
		h->count = answer->dedup_count;
		h->hashes = mem_alloc(h->count * sizeof(*h->hashes));
		memcpy(h->hashes, answer->dedup, h->count * sizeof(*h->hashes));
	}
	dispatch_resume(d);
}

static enum verdict load_heard(struct dispatch *d)
{
	struct store_request request = { .kind = READ_DEDUP,
					 .owner = d->entity->jid.full,
					 .max = RECENT_MAX,
					 .is_in = true,
					 .from_wall = wall_now() - USEC_PER_DAY };

	store_read(d->home->store, &request, on_heard, d);
	return dispatch_wait_again(d);
}

static bool is_from_elsewhere(const struct dispatch *d)
{
	return !home_realm(d->home, d->stanza.from.domain) && !d->is_released;
}

static bool was_heard(const struct heard *h, uint64_t hash)
{
	for (size_t i = 0; hash && i < h->count; i++) {
		if (h->hashes[i] == hash)
			return true;
	}
	return false;
}

/* DONE: it has come before. */
static enum verdict hear(struct dispatch *d, struct archive_entry *entry)
{
	bool is_soon = clock_now() - d->home->started < HEARD_USEC;
	const struct heard *h = &recent_of(d->entity)->heard;

	if (is_soon && !h->is_loaded)
		return load_heard(d);
	entry->dedup = fingerprint_with(d, ARENA_JOIN(d->arena, STR("from "), entry->peer),
					dispatch_text(d, d->stanza.el));
	return is_soon && was_heard(h, entry->dedup) ? DONE : PASS;
}

/* ---- in, stored ---- */

/* From another server: the record is ours alone. */
static void store_alone(struct dispatch *d, struct archive_entry *entry)
{
	txn_append(dispatch_txn(d), wall_now(), dispatch_text(d, d->stanza.el), entry, 1);
}

/* Of an account of ours, on whose side it was decided; the server itself has no such side. */
static bool is_of_user(const struct dispatch *d)
{
	return d->stanza.from.node.len && str_eq(d->stanza.from.domain, d->home->domain);
}

static enum verdict store_in(struct dispatch *d)
{
	struct txn_op *op = d->proposal ? append_of(d->txn) : NULL;
	struct archive_entry entry = { .owner = d->entity->jid.full,
				       .peer = jid_bare_str(d->stanza.from),
				       .flags = ARCHIVE_IN | ARCHIVE_OFFLINE };

	if (!op && ((is_of_user(d) && !d->is_released) || !lasting_is_kept(&d->stanza, d->arena)))
		return PASS;
	if (!op && is_from_elsewhere(d)) {
		enum verdict v = hear(d, &entry);

		if (v != PASS)
			return v;
	}
	d->is_stored = true;
	if (op && op->entry_count == 1 &&
	    str_eq(op->entry[0].owner, entry.owner)) { /* a note to oneself: one entry */
		op->entry[0].flags |= entry.flags;
		d->seq = op->entry[0].seq;
		add_stanza_id(d);
		return PASS;
	}
	entry.seq = d->seq = entity_next_seq(d->entity);
	entry.flags |= lasting_flags(&d->stanza, d->arena);
	d->is_hidden = is_passing(d, d->stanza.from);
	if (d->is_hidden) {
		entry.flags |= ARCHIVE_HIDDEN;
		entry.peer = STR("");
	}
	if (op)
		txn_append_entry(d->txn, &entry);
	else
		store_alone(d, &entry);
	if (!d->is_hidden)
		add_stanza_id(d);
	return PASS;
}

/* ---- state ---- */

static void on_load(struct entity *e, const struct keyval_row *rows)
{
	struct recent *r = recent_of(e);

	for (const struct keyval_row *row = rows; row; row = row->next) {
		if (str_eq(row->space, STR("sent")) && str_to_i64(row->value, &r->wall_void))
			log_error(&e->log, "the mark of sent messages cannot be read",
				  F_STR("value", row->value));
	}
	for (; rows; rows = rows->next) {
		if (str_eq(rows->space, SAID_SPACE) && load_said(r, rows))
			log_error(&e->log, "a message to a room cannot be recognised",
				  F_STR("value", rows->value));
	}
}

static void on_close(struct dispatch *d, struct resource *r)
{
	struct recent *recent = recent_of(d->entity);

	if (!r->is_closed_in_order || !forget(recent, r->id))
		return;
	/* What was said in rooms has no place in the account's archive. */
	recent->wall_void =
		d->entity->last_seq > recent->wall_said ? d->entity->last_seq : recent->wall_said;
	txn_put(dispatch_txn(d), d->entity->jid.full, STR("sent"), STR(""),
		arena_printf(d->arena, "%lld", (long long)recent->wall_void));
}

static void on_unload(struct entity *e)
{
	struct recent *r = recent_of(e);

	mem_free(r->hashes);
	mem_free(r->items);
	mem_free(r->heard.hashes);
	*r = (struct recent){ 0 };
}

static const struct str disco[] = { STR_INIT("urn:xmpp:sid:0"), { .ptr = NULL } };

static const struct str spaces[] = { STR_INIT("sent"), STR_INIT("said"), { .ptr = NULL } };

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_OUT, PHASE_STAMP, stamp_out },
	{ STANZA_MESSAGE, WAY_OUT, PHASE_STORE, store_out },
	{ STANZA_MESSAGE, WAY_IN, PHASE_STAMP, stamp_in },
	{ STANZA_MESSAGE, WAY_IN, PHASE_STORE, store_in },
	{ .run = NULL },
};

const struct feature feature_archive = {
	.name = "archive",
	.spec = "XEP-0313 1.1.3, XEP-0334 1.0.0, XEP-0359 0.7.0",
	.test = "history/mam-rules.talk, history/hints.talk, history/stanza-ids.talk",
	.disco_account = disco,
	.hooks = hooks,
	.entity_state = sizeof(struct recent),
	.entity_offset = &entity_offset,
	.conf = &table,
	.spaces = spaces,
	.on_load = on_load,
	.on_unload = on_unload,
	.on_close = on_close,
};
