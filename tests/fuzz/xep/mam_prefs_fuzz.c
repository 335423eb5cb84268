/* SPDX-License-Identifier: Apache-2.0 */
/* Any element as archiving preferences: what is read can be written, and read again as the same. */
#include "xep/mam_prefs.h"

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

static void check(struct arena *a, const struct mam_prefs *p)
{
	struct mam_prefs again;
	enum condition why;

	demand(p->always_count + p->never_count <= MAM_PREFS_JIDS_MAX);
	demand(mam_prefs_read(mam_prefs_new(a, p), a, &again, &why));
	demand(again.by_default == p->by_default && again.always_count == p->always_count &&
	       again.never_count == p->never_count);
	for (size_t i = 0; i < p->always_count; i++)
		demand(str_eq(again.always[i], p->always[i]));
	for (size_t i = 0; i < p->never_count; i++)
		demand(str_eq(again.never[i], p->never[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mam_prefs p;
	enum condition why;
	struct xml *x;
	struct arena a;

	arena_init(&a, 16 * MIB);
	if (xml_parse(&a, str_make((const char *)data, size), &scope, &limits, &x) ==
		    XML_FAULT_NONE &&
	    mam_prefs_read(x, &a, &p, &why))
		check(&a, &p);
	arena_done(&a);
	return 0;
}
