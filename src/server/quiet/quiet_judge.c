/* SPDX-License-Identifier: Apache-2.0 */
/* Who is a stranger, see quiet_judge.h. What the account has in memory is asked first; then, once
 * in a while for the same person, the store: who was accepted, to whom the account has written, who
 * wants to be found by others, and who shares a room. */
#include "server/quiet/quiet_judge.h"

#include "server/model/directory.h"
#include "server/model/inbox.h"
#include "server/route/stranger.h"
#include "xmpp/ns.h"

enum { SHARED_ROOMS_MAX = 500 /* rooms of an account that are looked at */ };

static bool has_chosen(const struct entity *e)
{
	return e->quiet && e->quiet->is_set;
}

bool quiet_is_on(const struct entity *e)
{
	const struct conf *conf = e->home->conf;

	return has_chosen(e) ? e->quiet->is_on
			     : conf_bool(conf, "quiet.default") || conf_bool(conf, "quiet.others");
}

static bool is_on_for(const struct entity *e, struct jid who)
{
	if (has_chosen(e) || conf_bool(e->home->conf, "quiet.default"))
		return quiet_is_on(e);
	return conf_bool(e->home->conf, "quiet.others") && stranger_is_remote(e->home, who);
}

/* ---- what is judged at all ---- */

/* A room of ours tells the truth about who invites, or (from an address inside of the room) that it
 * must not tell: then the room itself is judged. All else that it says is for members. */
static bool who_invites(const struct dispatch *d, struct jid *ret_who)
{
	const struct xml *x = xml_child(d->stanza.el, NS_MUC_USER, STR("x"));
	struct str from = xml_attr(xml_child(x, NS_MUC_USER, STR("invite")), STR("from"));

	return from.len && jid_parse(d->arena, from, ret_who) == OK;
}

static bool who_writes(const struct dispatch *d, struct jid *ret_who)
{
	const struct realm *realm = home_realm(d->home, d->stanza.from.domain);

	if (d->stanza.type == MESSAGE_ERROR || d->stanza.type == MESSAGE_GROUPCHAT ||
	    stranger_is_told(&d->stanza))
		return false;
	if (realm && !realm->has_accounts)
		return who_invites(d, ret_who);
	*ret_who = d->stanza.from;
	return true;
}

bool quiet_who(const struct dispatch *d, struct jid *ret_who)
{
	struct jid who = d->stanza.from;
	bool is_judged = d->stanza.kind == STANZA_MESSAGE
				 ? who_writes(d, &who)
				 : d->stanza.type == PRESENCE_SUBSCRIBE ||
					   d->stanza.type == PRESENCE_AVAILABLE;

	if (!is_judged || !jid_is_set(who))
		return false;
	*ret_who = jid_bare(who);
	return true;
}

/* ---- what is known in memory ---- */

static uint64_t hash_of(const struct entity *e, struct str jid)
{
	struct siphash_key key = { e->home->id_key[0], e->home->id_key[1] };
	uint64_t hash = siphash(key, jid);

	return hash ? hash : 1;
}

void quiet_trust(const struct entity *e, struct str bare)
{
	if (e->quiet)
		quiet_remember(e->quiet, hash_of(e, bare), clock_now(), false);
}

/* ---- what is looked up ---- */

enum step { ACCEPTED, WRITTEN_TO, LISTED, MY_ROOMS, SHARED_ROOM, STEPS };

struct look {
	enum step step;
	struct jid who;
	bool is_local;
	struct str *rooms;
	unsigned room_count;
};

static void read_next(struct dispatch *d);

/* Whether the account belongs to the room that speaks. */
static bool note_rooms(struct dispatch *d, struct look *l, const struct store_answer *answer)
{
	l->rooms = arena_alloc(d->arena, SHARED_ROOMS_MAX * sizeof(*l->rooms));
	for (const struct keyval_row *row = answer->rows; row && l->room_count < SHARED_ROOMS_MAX;
	     row = row->next) {
		if (str_eq(row->key, l->who.full))
			return true;
		l->rooms[l->room_count++] = arena_dup(d->arena, row->key);
	}
	return false;
}

/* Much was said between the two where the archive was not read to its end. */
static bool was_written_to(const struct store_answer *answer)
{
	return answer->messages || !answer->is_complete;
}

/* Who cannot be looked up is treated as if there were no box: nothing is lost. */
static void on_answer(void *arg, struct store_answer *answer)
{
	struct dispatch *d = arg;
	struct look *l = d->wait_arg;
	bool is_known = answer->err && answer->err != ERR_NOT_FOUND;

	if (!answer->err && l->step == MY_ROOMS)
		is_known = note_rooms(d, l, answer);
	else if (!answer->err)
		is_known = l->step == WRITTEN_TO ? was_written_to(answer) : answer->rows != NULL;
	l->step++;
	if (!is_known && l->step < STEPS) {
		read_next(d);
		return;
	}
	d->is_quiet = !is_known;
	if (d->entity->quiet && !answer->err)
		quiet_remember(d->entity->quiet, hash_of(d->entity, l->who.full), clock_now(),
			       d->is_quiet);
	dispatch_resume(d);
}

static bool is_asked(const struct dispatch *d, const struct look *l)
{
	switch (l->step) {
	case LISTED:
		return l->is_local && conf_bool(d->home->conf, "quiet.trust_listed");
	case SHARED_ROOM:
		return l->is_local && l->room_count > 0;
	default:
		return true;
	}
}

static struct store_request request_of(const struct dispatch *d, const struct look *l)
{
	struct store_request r = { .kind = READ_KEYVAL, .owner = d->entity->jid.full };

	switch (l->step) {
	case WRITTEN_TO:
		r.kind = READ_ARCHIVE;
		r.archive = (struct archive_query){
			.with = l->who.full, .flags_any = ARCHIVE_OUT, .max = 1, .is_backward = true
		};
		break;
	case LISTED:
		r.owner = d->home->domain;
		r.space = DIRECTORY_SPACE;
		r.key = l->who.full;
		break;
	case MY_ROOMS:
		r.space = MEMBERSHIP_SPACE;
		r.max = SHARED_ROOMS_MAX;
		break;
	case SHARED_ROOM:
		r.owner = l->who.full;
		r.space = MEMBERSHIP_SPACE;
		r.keys = l->rooms;
		r.key_count = l->room_count;
		break;
	default:
		r.space = QUIET_KNOWN_SPACE;
		r.key = l->who.full;
		break;
	}
	return r;
}

static void read_next(struct dispatch *d)
{
	struct look *l = d->wait_arg;
	struct store_answer none = { .err = ERR_NOT_FOUND };
	struct store_request request = request_of(d, l);

	if (is_asked(d, l))
		store_read(d->home->store, &request, on_answer, d);
	else
		on_answer(d, &none);
}

static enum verdict look_up(struct dispatch *d, struct jid who)
{
	struct look *l = arena_new(d->arena, struct look);
	enum verdict v = dispatch_wait(d, NULL);

	l->who = who;
	l->is_local = str_eq(who.domain, d->home->domain);
	d->wait_arg = l;
	read_next(d);
	return v;
}

enum verdict quiet_judge(struct dispatch *d)
{
	struct entity *e = d->entity;
	const struct quiet_item *item;
	struct jid who;
	bool is_on;

	if (d->is_released || (!quiet_is_on(e) && !e->quiet) || !quiet_who(d, &who) ||
	    stranger_is_near(e, who))
		return PASS;
	is_on = is_on_for(e, who);
	item = quiet_find(e->quiet, who.full);
	if (item) { /* messages do not overtake those that are there */
		d->is_quiet = d->stanza.kind == STANZA_MESSAGE ||
			      (is_on && item->state != QUIET_ACCEPTED);
		return PASS;
	}
	if (!is_on || quiet_recall(e->quiet, hash_of(e, who.full), clock_now(), &d->is_quiet))
		return PASS;
	if (!e->quiet)
		e->quiet = quiet_new();
	return look_up(d, who);
}
