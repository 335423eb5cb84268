/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that others publish, see block_nodes.h. On the entity's loop. */
#include "server/feature/block_nodes.h"

#include "server/route/banned.h"
#include "server/route/block_feed.h"
#include "server/route/service.h"

static const struct conf_key keys[] = {
	{ "block.nodes", CONF_LIST, "[ ]", 0, 0,
	  "Lists of blocked addresses that others publish (XEP-0060): \"xmpp:SERVICE?;node=NODE\", "
	  "or the service alone, whose node is then muc_bans_sha256." },
	{ "block.refresh", CONF_DURATION, "\"6h\"", USEC_PER_SEC, 30 * USEC_PER_DAY,
	  "How often they are read as a whole; what changes meanwhile is told by their service." },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "Published block lists", .keys = keys };

static enum verdict on_event(struct dispatch *d)
{
	return block_feed_event(d) ? DONE : PASS;
}

static enum verdict on_answer(struct dispatch *d)
{
	return block_feed_answer(d) ? DONE : PASS;
}

static void on_service(struct home *h, const struct service *s)
{
	if (s)
		block_feed_wake(h, s->domain);
}

static const struct hook hooks[] = {
	{ STANZA_MESSAGE, WAY_SERVER, PHASE_STAMP, on_event },
	{ STANZA_MESSAGE, WAY_IN, PHASE_GUARD, banned_guard_heard },
	{ STANZA_PRESENCE, WAY_IN, PHASE_GUARD, banned_guard_heard },
	{ STANZA_IQ, WAY_IN, PHASE_GUARD, banned_guard_heard },
	{ .run = NULL },
};

const struct feature feature_block_nodes = {
	.name = "block_nodes",
	.spec = "XEP-0060 1.30.0",
	.test = "component/block-nodes.talk",
	.conf = &table,
	.hooks = hooks,
	.on_answer = on_answer,
	.on_service = on_service,
};
