/* SPDX-License-Identifier: Apache-2.0 */
/* What can be decoded has one form only; what was encoded can be decoded. For base 16 too. */
#include "codec/base64.h"
#include "codec/hex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = str_make((const char *)data, size), back;
	struct sbuf text scoped(sbuf_done) = SBUF(4 * size + 8);
	struct arena a scoped(arena_done);

	arena_init(&a, 16 * size + KIB);
	if (base64_decode(&a, s, &back) == OK) {
		must(base64_encode(&text, back) == OK);
		must(str_eq(sbuf_str(&text), s));
	}
	sbuf_reset(&text);
	must(base64_encode(&text, s) == OK);
	must(base64_decode(&a, sbuf_str(&text), &back) == OK && str_eq(back, s));
	sbuf_reset(&text);
	if (hex_decode(&a, s, &back) == OK) {
		must(hex_encode(&text, back) == OK);
		must(str_eq_nocase(sbuf_str(&text), s));
	}
	sbuf_reset(&text);
	must(hex_encode(&text, s) == OK);
	must(hex_decode(&a, sbuf_str(&text), &back) == OK && str_eq(back, s));
	return 0;
}
