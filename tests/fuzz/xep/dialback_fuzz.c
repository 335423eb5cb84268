/* SPDX-License-Identifier: Apache-2.0 */
/* Any element as one of dialback: what is accepted is within its limits, is written as it was read,
 * and no key but ours is ours. */
#include "xep/dialback.h"

#include "xml/build.h"
#include "xmpp/ns.h"

#include <stdlib.h>

static const struct xml_limits limits = {
	.stanza_bytes = 64 * 1024, .depth = 16, .attrs = 32, .name_bytes = 256, .children = 200
};
static const struct xml_scope scope = {
	.default_ns = STR_INIT("jabber:client"),
	.prefixes = { { STR_INIT("db"), STR_INIT("jabber:server:dialback") } },
	.prefix_count = 1,
};

static void demand(bool is_fine)
{
	if (!is_fine)
		abort();
}

static bool is_same(const struct dialback *one, const struct dialback *other)
{
	return one->kind == other->kind && one->type == other->type &&
	       str_eq(one->from, other->from) && str_eq(one->to, other->to) &&
	       str_eq(one->id, other->id) && str_eq(one->key, other->key);
}

static void check(struct arena *a, const struct dialback *d)
{
	struct sbuf out scoped(sbuf_done) = SBUF(64 * KIB);
	struct dialback again;
	struct xml *x;

	demand(d->from.len && d->to.len && d->id.len <= DIALBACK_ID_MAX);
	demand(d->key.len <= DIALBACK_KEY_MAX && (d->type == DIALBACK_REQUEST) == (d->key.len > 0));
	demand(!dialback_key_is(STR("secret"), d->to, d->from, d->id, d->key));
	if (d->type == DIALBACK_ERROR && !d->error.len)
		return; /* we write none without a condition */
	demand(dialback_write(&out, d) == OK);
	demand(xml_parse(a, sbuf_str(&out), &scope, &limits, &x) == XML_FAULT_NONE);
	demand(dialback_is(x) && dialback_read(a, x, &again) == OK && is_same(d, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dialback d;
	struct xml *x;
	struct arena a;

	arena_init(&a, 16 * MIB);
	if (xml_parse(&a, str_make((const char *)data, size), &scope, &limits, &x) ==
		    XML_FAULT_NONE &&
	    dialback_is(x) && dialback_read(&a, x, &d) == OK)
		check(&a, &d);
	arena_done(&a);
	return 0;
}
