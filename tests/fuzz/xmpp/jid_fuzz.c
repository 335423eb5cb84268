/* SPDX-License-Identifier: Apache-2.0 */
/* A JID that is accepted is stable: it parses to itself, in place, its parts make it up, and each
 * part prepares to itself. */
#include "xmpp/jid.h"

#include <stdlib.h>

static void demand(bool is_fine)
{
	if (!is_fine)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = str_make((const char *)data, size), part;
	struct arena a;
	struct jid j, again, bare;

	arena_init(&a, MIB);
	if (jid_parse(&a, s, &j) == OK) {
		demand(j.domain.len > 0 && j.full.len <= 3 * JID_PART_MAX + 2);
		demand(j.node.len <= JID_PART_MAX && j.domain.len <= JID_PART_MAX &&
		       j.resource.len <= JID_PART_MAX);
		demand(jid_parse(&a, j.full, &again) == OK && again.full.ptr == j.full.ptr &&
		       jid_eq(j, again));
		demand(str_eq(j.node, again.node) && str_eq(j.domain, again.domain) &&
		       str_eq(j.resource, again.resource));
		demand(jid_eq(j, jid_make(&a, j.node, j.domain, j.resource)));
		demand(jid_parse(&a, jid_bare_str(j), &bare) == OK && jid_bare_eq(bare, j) &&
		       !jid_is_full(bare));
	}
	if (jid_prep_node(&a, s, &part) == OK)
		demand(jid_parse(&a, ARENA_JOIN(&a, part, STR("@x")), &j) == OK &&
		       str_eq(j.node, part));
	if (jid_prep_resource(&a, s, &part) == OK)
		demand(jid_parse(&a, ARENA_JOIN(&a, STR("x/"), part), &j) == OK &&
		       str_eq(j.resource, part));
	if (jid_prep_domain(&a, s, &part) == OK)
		demand(jid_parse(&a, part, &j) == OK && str_eq(j.domain, part) &&
		       str_eq(j.full, part));
	arena_done(&a);
	return 0;
}
