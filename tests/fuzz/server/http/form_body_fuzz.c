/* SPDX-License-Identifier: Apache-2.0 */
/* What an HTML form sends: a value is UTF-8 without NUL, no longer than what came; the first line
 * is the name that is looked for. */
#include "server/http/form_body.h"

#include "codec/utf8.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = str_make((const char *)data, size < FORM_BODY_MAX ? size : FORM_BODY_MAX);
	struct arena a scoped(arena_done) = { 0 };
	struct str name, value;

	arena_init(&a, 4 * FORM_BODY_MAX);
	if (!str_split(&rest, '\n', &name))
		return 0;
	value = form_body_value(&a, rest, name);
	if (!str_is_set(value))
		return 0;
	must(value.len <= rest.len && utf8_is_valid(value) && str_index(value, '\0') < 0);
	return 0;
}
