/* SPDX-License-Identifier: Apache-2.0 */
/* Mutual contacts, see befriend.h. Each side is a commit of its own: after a crash between them one
 * side is a contact without the other, which the next presence probe tells it. */
#include "server/route/befriend.h"

#include "base/mem.h"
#include "server/route/errand.h"
#include "server/route/presence_view.h"
#include "server/route/roster_push.h"
#include "server/route/roster_view.h"

struct friends {
	struct home *home;
	bool is_second;
	enum err err; /* of the first */
	void (*fn)(void *arg, enum err err);
	void *arg;
	struct str one, other; /* owned */
};

bool befriend_one(struct dispatch *d, struct str other)
{
	struct roster_item *item;

	if (!roster_has_room(d->entity, other))
		return false;
	item = roster_get(d->entity->roster, other);
	roster_set_flags(d->entity->roster, item, ROSTER_TO | ROSTER_FROM | ROSTER_LISTED);
	roster_changed(d, item, false, true);
	return true;
}

static void act(struct dispatch *d, void *arg)
{
	const struct friends *f = arg;

	if (!befriend_one(d, f->is_second ? f->one : f->other))
		log_warn(&d->entity->log, "the roster is full: no contact by invitation");
}

static void done(void *arg, enum err err)
{
	struct friends *f = arg;

	if (!f->is_second) {
		f->is_second = true;
		f->err = err;
		errand_run(f->home, f->other, act, done, f);
		return;
	}
	f->fn(f->arg, f->err ? f->err : err);
	mem_free((void *)(uintptr_t)f->one.ptr);
	mem_free((void *)(uintptr_t)f->other.ptr);
	mem_free(f);
}

void befriend(struct home *h, struct str one, struct str other, void (*fn)(void *arg, enum err err),
	      void *arg)
{
	struct friends *f = mem_zalloc(1, sizeof(*f));

	f->home = h;
	f->fn = fn;
	f->arg = arg;
	f->one = str_make(str_dup(one), one.len);
	f->other = str_make(str_dup(other), other.len);
	errand_run(h, f->one, act, done, f);
}

void befriend_accept(struct dispatch *d, struct str contact, bool asks_back)
{
	struct entity *e = d->entity;
	struct roster_item *item = roster_get(e->roster, contact);
	struct subscription_change in = subscription_in(item->flags | ROSTER_APPROVED, SUBSCRIBE);
	unsigned flags = in.flags;

	dispatch_route(d, presence_new(d->arena, STR("subscribed"), e->jid.full, contact));
	if (in.is_shown)
		presence_show_all(d, contact, false);
	if (asks_back && !(in.flags & ROSTER_TO)) {
		dispatch_route(d, presence_new(d->arena, STR("subscribe"), e->jid.full, contact));
		flags = subscription_out(in.flags, SUBSCRIBE).flags;
	}
	roster_set_flags(e->roster, item, flags);
	roster_changed(d, item, false, true);
}
