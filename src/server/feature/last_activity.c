/* SPDX-License-Identifier: Apache-2.0 */
/* Last activity (XEP-0012). When an account was last here is as private as its presence. The XEP
 * wants <forbidden/> for those who may not know; they get the answer that nobody's account gives,
 * so that it does not tell who exists (RFC 6121 8.5.1, XEP-0030 8). */
#include "server/feature/last_activity.h"

#include "base/mem.h"
#include "codec/utf8.h"
#include "server/route/roster_view.h"
#include "xmpp/ns.h"

enum { LAST_STATUS_MAX = 1024 /* bytes of a status text that are kept */ };

#define LAST_SPACE STR("last")

/* Of an entity. */
struct last {
	usec_t wall_left;  /* 0: not known */
	struct str status; /* owned: of the last unavailable presence; without pointer: none */
};

static size_t entity_offset;

static struct last *last_of(const struct entity *e)
{
	return entity_slot(e, entity_offset);
}

static void set_status(struct last *last, struct str status)
{
	mem_free((void *)(uintptr_t)last->status.ptr);
	last->status = status.len ? str_make(str_dup(status), status.len) : STR_NONE;
}

/* Cut between two characters. */
static struct str cut(struct str s)
{
	if (s.len <= LAST_STATUS_MAX)
		return s;
	s.len = LAST_STATUS_MAX;
	while (s.len && !utf8_is_valid(s))
		s.len--;
	return s;
}

/* ---- the store: one row, "<wall usec> <status>" ---- */

static void on_load(struct entity *e, const struct keyval_row *rows)
{
	for (; rows; rows = rows->next) {
		struct str rest = rows->value, number;
		int64_t wall;

		if (!str_eq(rows->space, LAST_SPACE) || !str_split(&rest, ' ', &number) ||
		    str_to_i64(number, &wall))
			continue;
		last_of(e)->wall_left = wall;
		set_status(last_of(e), rest);
	}
}

static void on_unload(struct entity *e)
{
	set_status(last_of(e), STR_NONE);
}

static void on_close(struct dispatch *d, struct resource *r)
{
	struct entity *e = d->entity;
	struct last *last = last_of(e);
	struct str value;

	if (e->resources.count > 1 || e->state != ENTITY_READY || e->is_deleted)
		return;
	(void)r; /* the last one */
	last->wall_left = wall_now();
	value = arena_printf(d->arena, "%lld %.*s", (long long)last->wall_left,
			     STR_ARG(last->status));
	txn_put(dispatch_txn(d), e->jid.full, LAST_SPACE, STR("left"), value);
}

/* ---- status texts ---- */

static enum verdict on_presence(struct dispatch *d)
{
	if (jid_is_set(d->stanza.to))
		return PASS;
	if (d->stanza.type == PRESENCE_UNAVAILABLE)
		set_status(last_of(d->entity),
			   cut(xml_child_text(d->stanza.el, NS_CLIENT, STR("status"), d->arena)));
	else if (d->stanza.type == PRESENCE_AVAILABLE)
		set_status(last_of(d->entity), STR_NONE);
	return PASS;
}

/* ---- answers ---- */

static enum verdict answer(struct dispatch *d, usec_t since, struct str status)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);
	struct xml *query = xml_add_new(d->arena, reply, NS_LAST, STR("query"));
	long long seconds = since > 0 ? since / USEC_PER_SEC : 0; /* clocks may be set back */

	xml_set(d->arena, query, STR("seconds"), arena_printf(d->arena, "%lld", seconds));
	if (status.len)
		xml_add_text(d->arena, query, arena_dup(d->arena, status));
	return dispatch_reply(d, reply);
}

static enum verdict on_domain(struct dispatch *d)
{
	return answer(d, clock_now() - d->home->started, STR_NONE);
}

/* When the last of them became invisible; 0: one is seen, or there is none. XEP-0186 3.1. */
static usec_t hidden_since(const struct entity *e)
{
	usec_t since = 0;

	resource_each(r, &e->resources)
	{
		if (!r->is_invisible)
			return 0;
		since = r->wall_hidden > since ? r->wall_hidden : since;
	}
	return since;
}

static enum verdict on_account(struct dispatch *d)
{
	const struct last *last = last_of(d->entity);
	usec_t hidden = d->target == TARGET_SELF ? 0 : hidden_since(d->entity);

	if (d->target != TARGET_SELF && !roster_may_see(d->entity, d->stanza.from))
		return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	if (hidden)
		return answer(d, wall_now() - hidden, last->status);
	if (d->entity->resources.count)
		return answer(d, 0, STR_NONE);
	if (!last->wall_left)
		return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
	return answer(d, wall_now() - last->wall_left, last->status);
}

/* Section 4: a client is not asked by those who may not see its presence. The answer is the one for
 * a resource that is not there. */
static enum verdict guard_client(struct dispatch *d)
{
	const struct xml *payload = stanza_payload(&d->stanza);

	if (d->stanza.type != IQ_GET || !jid_is_full(d->stanza.to) || !payload ||
	    !xml_is(payload, NS_LAST, STR("query")) || roster_may_see(d->entity, d->stanza.from))
		return PASS;
	return dispatch_error(d, COND_SERVICE_UNAVAILABLE);
}

static const struct iq_handler iq[] = {
	{ STR_INIT("jabber:iq:last"), STR_INIT("query"), IQ_GET, TARGET_DOMAIN | TARGET_SERVER,
	  on_domain },
	{ STR_INIT("jabber:iq:last"), STR_INIT("query"), IQ_GET, TARGET_SELF | TARGET_OTHER,
	  on_account },
	{ .run = NULL },
};

static const struct hook hooks[] = {
	{ STANZA_IQ, WAY_IN, PHASE_GUARD, guard_client },
	{ STANZA_PRESENCE, WAY_OUT, PHASE_STAMP, on_presence },
	{ .run = NULL },
};

static const struct str spaces[] = { STR_INIT("last"), { .ptr = NULL } };
static const struct str vars[] = { STR_INIT("jabber:iq:last"), { .ptr = NULL } };

const struct feature feature_last_activity = {
	.name = "last_activity",
	.spec = "XEP-0012 2.0",
	.test = "im/version-time-last.talk",
	.disco_domain = vars,
	.disco_account = vars,
	.iq = iq,
	.hooks = hooks,
	.spaces = spaces,
	.entity_state = sizeof(struct last),
	.entity_offset = &entity_offset,
	.on_load = on_load,
	.on_unload = on_unload,
	.on_close = on_close,
};
