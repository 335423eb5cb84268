/* SPDX-License-Identifier: Apache-2.0 */
/* Accept-Encoding from peers: what is picked is there, and the same words in two fields are the
 * same list. The first byte says which forms there are. */
#include "net/http_coding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct str name = STR("Accept-Encoding");
	struct str text = str_make((const char *)data + 1, size ? size - 1 : 0), rest = text, first;
	struct http_head one = { .fields = { { name, text } }, .count = 1 };
	struct http_head two = { .count = 0 };
	enum http_coding coding;
	unsigned has;

	if (!size)
		return 0;
	has = data[0] % HTTP_CODING_BIT(HTTP_CODINGS) | HTTP_CODING_BIT(HTTP_CODING_NONE);
	coding = http_coding_pick(&one, has);
	must(has & HTTP_CODING_BIT(coding));
	if (!str_split(&rest, ',', &first) || !str_is_set(rest))
		return 0;
	two.fields[two.count++] = (struct http_field){ name, first };
	two.fields[two.count++] = (struct http_field){ name, rest };
	must(http_coding_pick(&two, has) == coding);
	return 0;
}
