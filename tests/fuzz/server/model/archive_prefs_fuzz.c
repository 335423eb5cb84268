/* SPDX-License-Identifier: Apache-2.0 */
/* What the store holds of archiving preferences: whatever is accepted is written back as it was. */
#include "server/model/archive_prefs.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped(arena_done) = { 0 };
	struct str value = str_make((const char *)data, size);
	struct archive_prefs *p = NULL, *again = NULL;

	arena_init(&a, 16 * MIB);
	if (archive_prefs_decode(value, &p) == OK) {
		must(archive_prefs_decode(archive_prefs_encode(&p->prefs, &a), &again) == OK);
		must(p->prefs.by_default == again->prefs.by_default);
		must(p->prefs.always_count == again->prefs.always_count);
		must(p->prefs.never_count == again->prefs.never_count);
		for (size_t i = 0; i < p->prefs.never_count; i++)
			must(str_eq(p->prefs.never[i], again->prefs.never[i]));
	}
	archive_prefs_free(&p);
	archive_prefs_free(&again);
	return 0;
}
