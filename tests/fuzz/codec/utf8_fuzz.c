/* SPDX-License-Identifier: Apache-2.0 */
/* The whole-string checks agree with the walk by code points, and encoding undoes decoding. */
#include "base/arena.h"
#include "codec/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = str_make((const char *)data, size), rest = s;
	struct sbuf again scoped(sbuf_done) = SBUF(size + 1);
	bool is_xml = true;
	uint32_t cp;

	while (utf8_next(&rest, &cp)) {
		is_xml = is_xml && utf8_is_xml_char(cp);
		must(utf8_add(&again, cp) == OK);
	}
	must(utf8_is_valid(s) == (rest.len == 0));
	must(utf8_is_xml(s) == (rest.len == 0 && is_xml));
	must(str_eq(sbuf_str(&again), str_sub(s, 0, s.len - rest.len)));
	return 0;
}
