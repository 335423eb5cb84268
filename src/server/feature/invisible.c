/* SPDX-License-Identifier: Apache-2.0 */
/* The invisible command (XEP-0186). What others learn of a resource asks resource_is_seen; it is
 * forgotten with the session. */
#include "server/feature/invisible.h"

#include "server/route/presence_view.h"
#include "server/route/roster_view.h"

#define INVISIBLE STR_INIT("urn:xmpp:invisible:1")

static struct xml *gone(struct dispatch *d, const struct resource *r, struct str to)
{
	return presence_new(d->arena, STR("unavailable"), arena_dup(d->arena, r->jid.full), to);
}

/* Contacts that do not see presence, but were shown it (RFC 6121 4.6). What is no contact, such as
 * a room that was entered, is spoken to on purpose, and stays. */
static void hide_from_shown(struct dispatch *d, const struct resource *r)
{
	for (size_t i = 0; i < r->directed_count; i++) {
		struct jid to;

		if (jid_parse(d->arena, arena_dup(d->arena, r->directed[i]), &to) == OK &&
		    roster_find(d->entity->roster, jid_bare_str(to)) &&
		    !roster_may_see(d->entity, to))
			dispatch_route(d, gone(d, r, to.full));
	}
}

/* 3.1 */
static enum verdict on_invisible(struct dispatch *d)
{
	struct str probe = xml_attr(stanza_payload(&d->stanza), STR("probe"));
	struct resource *r = d->resource;

	if (!r)
		return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	if (resource_is_seen(r)) {
		hide_from_shown(d, r);
		presence_broadcast(d, r, gone(d, r, STR_NONE));
	}
	if (!r->is_invisible)
		r->wall_hidden = wall_now();
	r->is_invisible = true;
	r->may_probe = str_eq(probe, STR("true")) || str_eq(probe, STR("1"));
	return dispatch_result(d);
}

/* 3.2: as before the first presence, which the client sends next. */
static enum verdict on_visible(struct dispatch *d)
{
	struct resource *r = d->resource;

	if (!r)
		return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	if (r->is_invisible) {
		r->is_invisible = r->is_available = r->had_presence = false;
		r->presence = bytes_unref(r->presence);
	}
	return dispatch_result(d);
}

static const struct iq_handler iq[] = {
	{ INVISIBLE, STR_INIT("invisible"), IQ_SET, TARGET_SELF, on_invisible },
	{ INVISIBLE, STR_INIT("visible"), IQ_SET, TARGET_SELF, on_visible },
	{ .run = NULL },
};

static const struct str vars[] = { INVISIBLE, { .ptr = NULL } };

const struct feature feature_invisible = {
	.name = "invisible",
	.spec = "XEP-0186 0.14.0",
	.test = "im/invisible.talk",
	.disco_domain = vars,
	.iq = iq,
};
