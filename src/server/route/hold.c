/* SPDX-License-Identifier: Apache-2.0 */
/* Stanzas that wait with older messages, see hold.h. */
#include "server/route/hold.h"

#include "server/route/entity.h"
#include "server/route/held_queue.h"
#include "server/route/recipients.h"
#include "xmpp/stanza_text.h"

static struct held_queue *queue_of(struct resource *r)
{
	const struct conf *conf = r->entity->home->conf;

	if (!r->held)
		r->held = held_queue_new((size_t)conf_int(conf, "limits.held_stanzas"),
					 conf_size(conf, "limits.output_bytes") / 2);
	return r->held;
}

/* Of a stanza as it is written. */
struct sender {
	struct str full, bare, domain;
};

static struct sender sender_of(const struct bytes *bytes)
{
	struct sender s = { .full = stanza_text_from(bytes_str(bytes)) };
	ptrdiff_t slash = str_index(s.full, '/'), at;

	s.bare = slash < 0 ? s.full : str_sub(s.full, 0, (size_t)slash);
	at = str_index(s.bare, '@');
	s.domain = at < 0 ? s.bare : str_from_at(s.bare, (size_t)at + 1);
	return s;
}

static uint64_t hash(const struct resource *r, struct str address)
{
	return siphash(r->entity->home->place_key, address);
}

/* The archive of a user has nothing of rooms but what is noted here when it comes. */
static bool is_room(const struct resource *r, const struct sender *s)
{
	const struct realm *realm = home_realm(r->entity->home, s->domain);

	return realm && !realm->has_accounts;
}

/* What is not stored. */
static bool must_wait(struct resource *r, const struct effect *effect, const struct sender *s)
{
	if (!effect->may_wait)
		return false;
	if (!recipients_takes(r)) { /* the older messages do not come, either */
		hold_release(r);
		return false;
	}
	return !(stanza_text_is_iq(bytes_str(effect->bytes)) || is_room(r, s)) ||
	       held_queue_knows(queue_of(r), hash(r, s->bare));
}

bool hold_back(struct resource *r, const struct effect *effect)
{
	struct sender s;

	if (!r->held_from || (effect->seq && effect->seq < r->held_from))
		return false;
	s = sender_of(effect->bytes);
	if (!effect->seq && !must_wait(r, effect, &s))
		return false;
	held_queue_note(queue_of(r), hash(r, s.bare));
	if (!effect->seq &&
	    !held_queue_add(r->held, effect->bytes, r->entity->outbox.newest, hash(r, s.full)) &&
	    r->ops->overrun)
		r->ops->overrun(r);
	return true;
}

struct bytes *hold_first(const struct resource *r, int64_t below)
{
	return r->held ? held_queue_first(r->held, below) : NULL;
}

void hold_drop_first(struct resource *r)
{
	held_queue_drop_first(r->held);
}

void hold_release(struct resource *r)
{
	struct bytes *bytes;

	while ((bytes = hold_first(r, INT64_MAX))) {
		bytes_ref(bytes);
		hold_drop_first(r);
		r->ops->deliver(r, bytes, 0);
		(void)bytes_unref(bytes);
	}
}

void hold_end(struct resource *r)
{
	r->held_from = 0;
	held_queue_free(&r->held);
}
