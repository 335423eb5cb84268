/* SPDX-License-Identifier: Apache-2.0 */
/* A room in memory, see room.h. */
#include "server/room/room.h"

#include "base/mem.h"
#include "codec/hex.h"
#include "crypto/digest.h"
#include "server/model/push.h"
#include "server/model/room_listing.h"
#include "server/route/member_news.h"

static size_t entity_offset;

/* The slot holds a pointer, so that occupants stay while the state is read again. */
struct room *room_of(const struct entity *e)
{
	return *(struct room **)entity_slot(e, entity_offset);
}

static void free_str(struct str *s)
{
	mem_free((void *)(uintptr_t)s->ptr);
	*s = STR_NONE;
}

static struct str dup(struct str s)
{
	return str_make(str_dup(s), s.len);
}

/* ---- occupants ---- */

struct occupant *room_occupant(const struct room *r, struct str nick)
{
	return map_get(&r->occupants, nick);
}

struct room_session *room_session(const struct room *r, struct str full)
{
	return map_get(&r->sessions, full);
}

struct occupant *room_occupant_by_bare(const struct room *r, struct str bare)
{
	struct occupant *o;
	size_t at = 0;

	while ((o = map_next(&r->occupants, &at))) {
		if (str_eq(o->bare, bare))
			return o;
	}
	return NULL;
}

/* XEP-0421: the same for one person and room for ever, and nothing else can be read from it. */
struct str room_occupant_id(const struct room *r, struct str bare, struct arena *a)
{
	const struct home *h = r->entity->home;
	struct siphash_key low = { h->id_key[0], h->id_key[1] },
			   high = { h->id_key[2], h->id_key[3] };
	struct str text = ARENA_JOIN(a, STR("occupant\n"), r->entity->jid.full, STR("\n"), bare);
	uint64_t sum[] = { siphash(low, text), siphash(high, text) };
	struct sbuf out scoped(sbuf_done) = SBUF(2 * sizeof(sum));

	(void)hex_encode(&out, str_make((const char *)sum, sizeof(sum)));
	return arena_dup(a, sbuf_str(&out));
}

static struct str new_id(const struct room *r, struct str bare)
{
	struct arena a scoped(arena_done) = { 0 };

	arena_init(&a, 64 * KIB);
	return dup(room_occupant_id(r, bare, &a));
}

static struct occupant *occupant_new(struct room *r, struct str nick, struct str bare)
{
	struct occupant *o = mem_zalloc(1, sizeof(*o));

	r->guests = member_list_unref(r->guests);
	o->nick = dup(nick);
	o->bare = dup(bare);
	o->id = new_id(r, bare);
	list_init(&o->sessions);
	o->tag = ++r->last_tag;
	r->hidden++;
	(void)map_set(&r->occupants, o->nick, o);
	return o;
}

static void occupant_free(struct room *r, struct occupant *o)
{
	r->guests = member_list_unref(r->guests);
	(void)map_remove(&r->occupants, o->nick);
	if (o->is_shown)
		list_remove(&o->use_link);
	else
		r->hidden--;
	room_changed(o);
	(void)bytes_unref(o->presence);
	free_str(&o->nick);
	free_str(&o->bare);
	free_str(&o->id);
	mem_free(o);
}

void room_changed(struct occupant *o)
{
	o->text[0] = bytes_unref(o->text[0]);
	o->text[1] = bytes_unref(o->text[1]);
}

bool room_is_large(const struct room *r)
{
	return r->occupants.count > (size_t)conf_int(r->entity->home->conf, "rooms.large");
}

void room_show(struct room *r, struct occupant *o)
{
	if (o->is_shown)
		list_remove(&o->use_link);
	else
		r->hidden--;
	o->is_shown = true;
	list_prepend(&r->shown, &o->use_link);
}

void room_forget_everybody(struct room *r)
{
	r->everybody = audience_unref(r->everybody);
}

struct room_session *room_enter(struct room *r, struct str nick, struct jid who)
{
	struct room_session *s = mem_zalloc(1, sizeof(*s));
	struct occupant *o = room_occupant(r, nick);
	struct str full = dup(who.full);

	if (!o)
		o = occupant_new(r, nick, jid_bare_str(who));
	s->occupant = o;
	s->jid = (struct jid){ .full = full,
			       .node = str_make(full.ptr, who.node.len),
			       .domain = str_make(full.ptr + (who.domain.ptr - who.full.ptr),
						  who.domain.len),
			       .resource = str_from_at(full, full.len - who.resource.len) };
	list_append(&o->sessions, &s->link);
	if (!r->sessions.count)
		entity_pin(r->entity);
	(void)map_set(&r->sessions, s->jid.full, s);
	room_changed(o);
	return s;
}

bool room_leave(struct room *r, struct room_session *s)
{
	struct occupant *o = s->occupant;
	bool is_last;

	(void)map_remove(&r->sessions, s->jid.full);
	list_remove(&s->link);
	if (s->member && r->everybody)
		audience_remove(r->everybody, s->member);
	free_str(&s->jid.full);
	mem_free(s);
	room_changed(o);
	is_last = list_is_empty(&o->sessions);
	if (is_last)
		occupant_free(r, o);
	if (!r->sessions.count)
		entity_unpin(r->entity);
	return is_last;
}

struct occupant *room_rename(struct room *r, struct room_session *s, struct str nick)
{
	struct occupant *was = s->occupant, *is = room_occupant(r, nick);
	bool is_last = was->sessions.next == was->sessions.prev;

	if (is == was)
		return was;
	if (is_last && !is) {
		(void)map_remove(&r->occupants, was->nick);
		free_str(&was->nick);
		was->nick = dup(nick);
		room_changed(was);
		(void)map_set(&r->occupants, was->nick, was);
		return was;
	}
	if (!is) {
		is = occupant_new(r, nick, was->bare);
		is->role = was->role;
		if (was->is_shown)
			room_show(r, is);
	}
	list_remove(&s->link);
	list_append(&is->sessions, &s->link);
	s->occupant = is;
	room_changed(is);
	if (is_last)
		occupant_free(r, was);
	return is;
}

enum room_affiliation room_affiliation(const struct room *r, const struct occupant *o)
{
	ptrdiff_t at = str_index(o->bare, '@');
	struct jid who = { .full = o->bare,
			   .node = at < 0 ? STR_NONE : str_sub(o->bare, 0, (size_t)at),
			   .domain = str_from_at(o->bare, (size_t)(at + 1)) };

	return room_members_get(&r->members, who);
}

bool room_sees_jids(const struct room *r, const struct occupant *o)
{
	return r->config.whois == WHOIS_ANYONE || o->role == ROLE_MODERATOR;
}

static void hear(struct room *r, struct room_session *s)
{
	s->member = audience_enter(r->everybody, s->jid, s->occupant->tag,
				   room_sees_jids(r, s->occupant));
}

void room_listen(struct room *r, struct room_session *s)
{
	const struct audience_member *m = s->member;

	if (!r->everybody)
		return; /* it is made with all that there are */
	if (m && m->tag == s->occupant->tag && m->sees == room_sees_jids(r, s->occupant))
		return;
	if (m)
		audience_remove(r->everybody, s->member);
	hear(r, s);
}

struct audience *room_everybody(struct room *r)
{
	struct room_session *s;
	size_t at = 0;

	if (r->everybody && !audience_is_stale(r->everybody))
		return r->everybody;
	room_forget_everybody(r);
	r->everybody = audience_new(r->entity->home);
	while ((s = map_next(&r->sessions, &at)))
		hear(r, s);
	return r->everybody;
}

/* ---- requests ---- */

void room_request_drop(struct room *r, struct str bare)
{
	struct room_request *q = map_remove(&r->requests, bare);

	if (!q)
		return;
	free_str(&q->bare);
	free_str(&q->nick);
	mem_free(q);
}

bool room_request_add(struct room *r, struct str bare, struct str nick)
{
	struct room_request *q;

	room_request_drop(r, bare);
	if (r->requests.count >= ROOM_REQUESTS_MAX)
		return false;
	q = mem_zalloc(1, sizeof(*q));
	q->bare = dup(bare);
	q->nick = dup(nick);
	(void)map_set(&r->requests, q->bare, q);
	return true;
}

static void drop_requests(struct room *r)
{
	struct room_request *q;
	size_t at = 0;

	while ((q = map_next(&r->requests, &at)))
		room_request_drop(r, q->bare);
}

/* ---- addresses ---- */

struct str room_nick_jid(struct dispatch *d, struct str nick)
{
	return ARENA_JOIN(d->arena, d->entity->jid.full, STR("/"), nick);
}

/* ---- the past ---- */

const struct room_past *room_past(const struct room *r, unsigned i)
{
	return &r->past[(r->past_first + i) % ROOM_HISTORY_MAX];
}

void room_remember(struct room *r, int64_t seq, usec_t wall, struct bytes *stanza)
{
	struct room_past *p;

	if (r->past_count == ROOM_HISTORY_MAX) {
		(void)bytes_unref(r->past[r->past_first].stanza);
		r->past_first = (r->past_first + 1) % ROOM_HISTORY_MAX;
		r->past_count--;
	}
	p = &r->past[(r->past_first + r->past_count++) % ROOM_HISTORY_MAX];
	*p = (struct room_past){ .seq = seq, .wall = wall, .stanza = bytes_ref(stanza) };
}

static void forget_past(struct room *r)
{
	for (unsigned i = 0; i < r->past_count; i++)
		(void)bytes_unref(room_past(r, i)->stanza);
	r->past_count = r->past_first = 0;
	r->has_past = false;
}

void room_forget(struct room *r, int64_t seq)
{
	for (unsigned i = 0; i < r->past_count; i++) {
		if (room_past(r, i)->seq == seq) {
			forget_past(r); /* read again for the next who enters */
			return;
		}
	}
}

/* ---- the store ---- */

static const struct str config_key = STR_INIT("config"), subject_key = STR_INIT("subject"),
			floor_key = STR_INIT("floor"), pictures_key = STR_INIT("pictures");

/* The directory (XEP-0045 6.3) is the service's, in the store alone. */
static void store_listing(struct dispatch *d, const struct room *r, bool is_listed)
{
	struct jid jid = d->entity->jid;

	if (is_listed)
		txn_put(dispatch_txn(d), jid.domain, ROOM_DIRECTORY_SPACE, jid.full,
			room_listing_encode(&r->config, jid.node, d->arena));
	else
		txn_delete(dispatch_txn(d), jid.domain, ROOM_DIRECTORY_SPACE, jid.full);
}

void room_store_config(struct dispatch *d, struct room *r)
{
	store_listing(d, r, r->config.is_public);
	txn_put(dispatch_txn(d), d->entity->jid.full, ROOM_SPACE, config_key,
		room_config_encode(&r->config, d->arena));
}

static void forget_gone(struct dispatch *d, struct room *r)
{
	struct str jid = room_members_forget(&r->members, d->arena);

	if (!jid.ptr)
		return;
	txn_delete(dispatch_txn(d), d->entity->jid.full, ROOM_MEMBER_SPACE, jid);
	txn_put(dispatch_txn(d), d->entity->jid.full, ROOM_SPACE, floor_key,
		arena_printf(d->arena, "%lld", (long long)r->members.floor));
}

void room_store_card_hashes(struct dispatch *d, struct room *r, struct str hashes)
{
	free_str(&r->card_hashes);
	if (hashes.len) {
		r->card_hashes = dup(hashes);
		txn_put(dispatch_txn(d), d->entity->jid.full, ROOM_SPACE, pictures_key, hashes);
	} else {
		txn_delete(dispatch_txn(d), d->entity->jid.full, ROOM_SPACE, pictures_key);
	}
}

void room_store_member(struct dispatch *d, struct room *r, struct str jid)
{
	const struct room_member *m = room_members_find(&r->members, jid);

	if (!m)
		m = map_get(&r->members.gone, jid);
	if (m)
		txn_put(dispatch_txn(d), d->entity->jid.full, ROOM_MEMBER_SPACE, jid,
			room_member_encode(m, d->arena));
	else
		txn_delete(dispatch_txn(d), d->entity->jid.full, ROOM_MEMBER_SPACE, jid);
	forget_gone(d, r);
}

void room_store_subject(struct dispatch *d, struct room *r)
{
	struct str value = arena_printf(d->arena, "%lld %.*s", (long long)r->subject_wall,
					STR_ARG(bytes_str(r->subject)));

	txn_put(dispatch_txn(d), d->entity->jid.full, ROOM_SPACE, subject_key, value);
}

/* What the store knows of it. */
static void init_state(struct room *r)
{
	room_members_init(&r->members);
	room_hats_init(&r->hats);
	room_tokens_init(&r->tokens);
	room_pins_init(&r->pins);
	r->is_ending = false;
	r->told_version = 0;
	room_config_init(&r->config);
}

static void forget_hearers(struct room *r)
{
	size_t at = 0;
	char *bare;

	while ((bare = map_next(&r->hearers, &at)))
		mem_free(map_remove(&r->hearers, str_from(bare)));
}

static void forget_state(struct room *r)
{
	forget_past(r);
	r->subject = bytes_unref(r->subject);
	room_members_done(&r->members);
	room_hats_done(&r->hats);
	room_tokens_done(&r->tokens);
	room_pins_done(&r->pins);
	room_config_done(&r->config);
	free_str(&r->card_hashes);
	r->accounts = member_list_unref(r->accounts);
	r->guests = member_list_unref(r->guests);
	forget_hearers(r);
}

void room_unstore(struct dispatch *d, struct room *r)
{
	txn_delete(dispatch_txn(d), d->entity->jid.full, ROOM_SPACE, STR_NONE);
	txn_delete(dispatch_txn(d), d->entity->jid.full, ROOM_MEMBER_SPACE, STR_NONE);
	txn_delete(dispatch_txn(d), d->entity->jid.full, ROOM_HAT_SPACE, STR_NONE);
	txn_delete(dispatch_txn(d), d->entity->jid.full, ROOM_TOKEN_SPACE, STR_NONE);
	txn_delete(dispatch_txn(d), d->entity->jid.full, ROOM_WEARER_SPACE, STR_NONE);
	txn_delete(dispatch_txn(d), d->entity->jid.full, ROOM_PIN_SPACE, STR_NONE);
	txn_delete(dispatch_txn(d), d->entity->jid.full, ROOM_CARD_SPACE, STR_NONE);
	txn_delete(dispatch_txn(d), d->entity->jid.full, PUSH_HEARER_SPACE, STR_NONE);
	store_listing(d, r, false);
	drop_requests(r);
	forget_state(r);
	init_state(r);
	r->exists = r->is_locked = false;
}

static void load_subject(struct room *r, struct str value)
{
	struct str wall;

	if (!str_split(&value, ' ', &wall) || str_to_i64(wall, &r->subject_wall) || !value.len)
		return;
	r->subject = bytes_new(value);
}

static bool load_row(struct room *r, const struct keyval_row *row)
{
	if (str_eq(row->space, ROOM_MEMBER_SPACE))
		return room_member_decode(&r->members, row->key, row->value) == OK;
	if (str_eq(row->space, ROOM_TOKEN_SPACE))
		return room_token_decode(&r->tokens, row->key, row->value) == OK;
	if (str_eq(row->space, ROOM_PIN_SPACE))
		return room_pin_decode(&r->pins, row->key, row->value) == OK;
	if (str_eq(row->space, ROOM_WEARER_SPACE))
		return room_wearer_decode(&r->hats, row->key, row->value) == OK;
	if (!str_eq(row->space, ROOM_SPACE))
		return true;
	if (str_eq(row->key, config_key)) {
		room_config_decode(&r->config, row->value);
		r->exists = true;
	} else if (str_eq(row->key, subject_key)) {
		load_subject(r, row->value);
	} else if (str_eq(row->key, STR("ending"))) {
		r->is_ending = true;
	} else if (str_eq(row->key, pictures_key)) {
		r->card_hashes = dup(row->value);
	} else if (str_eq(row->key, floor_key)) {
		return str_to_i64(row->value, &r->members.floor) == OK;
	}
	return true;
}

static void on_load(struct entity *e, const struct keyval_row *rows)
{
	struct room *r = e->kept;

	e->kept = NULL;
	if (!r) {
		r = mem_zalloc(1, sizeof(*r));
		r->entity = e;
		map_init(&r->occupants);
		map_init(&r->sessions);
		map_init(&r->requests);
		map_init(&r->spoken);
		map_init(&r->hearers);
		list_init(&r->shown);
	}
	room_forget_everybody(r); /* who sees addresses may be another question now */
	*(struct room **)entity_slot(e, entity_offset) = r;
	init_state(r);
	for (const struct keyval_row *row = rows; row; row = row->next) {
		if (str_eq(row->space, ROOM_HAT_SPACE) &&
		    room_hat_decode(&r->hats, row->key, row->value))
			log_error(&e->log, "a hat of a room cannot be read",
				  F_STR("uri", row->key));
	}
	for (; rows; rows = rows->next) {
		if (!load_row(r, rows))
			log_error(&e->log, "a row of a room cannot be read",
				  F_STR("space", rows->space), F_STR("key", rows->key));
	}
	r->told_version = r->members.version;
}

static void free_all(struct room *r)
{
	struct occupant *o;
	size_t at = 0;

	while ((o = map_next(&r->occupants, &at))) {
		list_each (link, &o->sessions) {
			struct room_session *s = list_entry(link, struct room_session, link);

			list_remove(link);
			free_str(&s->jid.full);
			mem_free(s);
		}
		occupant_free(r, o);
	}
	map_done(&r->occupants);
	map_done(&r->sessions);
	drop_requests(r);
	map_done(&r->requests);
	map_done(&r->spoken);
	map_done(&r->hearers);
	room_forget_everybody(r);
	mem_free(r);
}

static void on_unload(struct entity *e)
{
	struct room *r = room_of(e);

	if (!r)
		return;
	forget_state(r);
	r->exists = false;
	if (e->is_reloading)
		e->kept = r; /* who is in it stays in it */
	else
		free_all(r);
}

static const struct str spaces[] = { STR_INIT("room"),       STR_INIT("room-member"),
				     STR_INIT("room-hat"),   STR_INIT("room-wearer"),
				     STR_INIT("room-token"), STR_INIT("room-pin"),
				     { .ptr = NULL } };

static const struct conf_key keys[] = {
	{ "rooms.domain", CONF_STR, "\"\"", 0, 0,
	  "Where the rooms are; empty: conference. in front of the domain." },
	{ "rooms.open", CONF_BOOL, "true", 0, 0, "Whether every user may open rooms." },
	{ "rooms.large", CONF_INT, "1000", 1, 1000000,
	  "With more occupants a room does not tell everybody of everybody: who enters is shown to the "
	  "others when he speaks first, or moderates." },
	{ "rooms.large_window", CONF_INT, "100", 1, 10000,
	  "Occupants of such a room that are shown to one who enters: those who spoke last, and all "
	  "moderators." },
	{ "limits.room_occupants", CONF_INT, "20000", 2, 100000,
	  "Occupants of one room, whatever its owner allows." },
	{ "limits.room_members", CONF_INT, "100000", 10, 10000000,
	  "Members, admins, owners and outcasts of one room." },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "Rooms", .keys = keys };

const struct feature room_feature = {
	.name = "room",
	.spec = "XEP-0421 1.0.0",
	.test = "rooms/message.talk",
	.conf = &table,
	.spaces = spaces,
	.entity_state = sizeof(struct room *),
	.entity_offset = &entity_offset,
	.on_load = on_load,
	.on_unload = on_unload,
};
