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

static uint64_t sender_of(const struct resource *r, const struct bytes *bytes)
{
	return siphash(r->entity->home->place_key, stanza_text_from(bytes_str(bytes)));
}

/* What is not stored. */
static bool must_wait(struct resource *r, const struct effect *effect, uint64_t sender)
{
	if (!effect->may_wait)
		return false;
	if (!recipients_takes(r)) { /* the older messages do not come, either */
		hold_release(r);
		return false;
	}
	return !stanza_text_is_iq(bytes_str(effect->bytes)) ||
	       held_queue_knows(queue_of(r), sender);
}

bool hold_back(struct resource *r, const struct effect *effect)
{
	uint64_t sender;

	if (!r->held_from || (effect->seq && effect->seq < r->held_from))
		return false;
	sender = sender_of(r, effect->bytes);
	if (!effect->seq && !must_wait(r, effect, sender))
		return false;
	held_queue_note(queue_of(r), sender);
	if (!effect->seq &&
	    !held_queue_add(r->held, effect->bytes, r->entity->outbox.newest, sender) &&
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
