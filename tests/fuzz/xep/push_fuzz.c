/* SPDX-License-Identifier: Apache-2.0 */
/* Any element as a request of XEP-0357: what is accepted is within its limits, and can be published
 * with. */
#include "xep/push.h"

#include "codec/url.h"
#include "xml/build.h"
#include "xml/write.h"
#include "xmpp/ns.h"

#include <stdlib.h>

static const struct xml_limits limits = {
	.stanza_bytes = 64 * 1024, .depth = 64, .attrs = 64, .name_bytes = 256, .children = 4096
};
static const struct xml_scope scope = { .default_ns = STR_INIT("urn:xmpp:push:0") };

static void demand(bool is_fine)
{
	if (!is_fine)
		abort();
}

static void check(struct arena *a, const struct push_enable *e)
{
	struct push_address address = { .from = STR("romeo@localhost"),
					.to = e->jid.full,
					.id = STR("x"),
					.node = e->node,
					.form = e->form,
					.has_priority = e->has_priority };
	struct push_summary summary = { .messages = 1, .body = STR("b"), .is_urgent = true };
	struct sbuf out scoped(sbuf_done) = SBUF(256 * KIB);

	demand(e->web.endpoint.len <= URL_MAX && !e->web.key.len == !e->web.auth.len);
	demand(!e->web.key.len ||
	       (e->web.key.len == PUSH_WEB_KEY && e->web.auth.len == PUSH_WEB_AUTH));
	demand(jid_is_set(e->jid) && e->node.len <= PUSH_NODE_MAX);
	demand(xml_write(&out, push_publish_new(a, &address, &summary), NS_CLIENT) == OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct push_disable disable;
	struct push_enable enable;
	struct push_fault fault;
	struct xml *x;
	struct arena a;

	arena_init(&a, 16 * MIB);
	if (xml_parse(&a, str_make((const char *)data, size), &scope, &limits, &x) ==
	    XML_FAULT_NONE) {
		if (push_enable_read(x, &a, &enable, &fault))
			check(&a, &enable);
		if (push_disable_read(x, &a, &disable, &fault))
			demand(jid_is_set(disable.jid));
		(void)push_withdrawn(x, (struct jid){ .domain = STR("x"), .full = STR("x") }, &a);
	}
	arena_done(&a);
	return 0;
}
