/* SPDX-License-Identifier: Apache-2.0 */
/* Any element as a query of an archive: what is read keeps its promises, what is refused is not
 * touched. */
#include "xep/mam.h"

#include "xml/build.h"

#include <stdlib.h>

static const struct xml_limits limits = {
	.stanza_bytes = 64 * 1024, .depth = 64, .attrs = 64, .name_bytes = 256, .children = 4096
};
static const struct xml_scope scope = { .default_ns = STR_INIT("urn:xmpp:mam:2") };

static void demand(bool is_fine)
{
	if (!is_fine)
		abort();
}

static void check(const struct mam_query *q)
{
	demand(q->id.len <= MAM_QUERY_ID_MAX);
	demand(q->id_count <= MAM_IDS_MAX && (q->ids != NULL) == (q->id_count != 0));
	demand(!q->rsm.has_index);
	demand(q->has_start || q->wall_start == 0);
	demand(q->has_end || q->wall_end == 0);
	demand(!jid_is_set(q->with) || q->with.domain.len);
	for (size_t i = 0; i < q->id_count; i++)
		demand(q->ids[i].len == 0 || q->ids[i].ptr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mam_query q = { .id_count = 12345 };
	enum condition why = COND_GONE;
	struct xml *x;
	struct arena a;

	arena_init(&a, 4 * MIB);
	if (xml_parse(&a, str_make((const char *)data, size), &scope, &limits, &x) ==
	    XML_FAULT_NONE) {
		if (mam_query_read(x, &a, &q, &why))
			check(&q);
		else
			demand(q.id_count == 12345 && why != COND_GONE);
	}
	arena_done(&a);
	return 0;
}
