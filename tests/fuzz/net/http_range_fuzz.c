/* SPDX-License-Identifier: Apache-2.0 */
/* Range, dates and tags from peers: what is given out lies inside the file, and dates are read as
 * they are written. The first byte is the file's size. */
#include "net/http_range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_make((const char *)data + 1, size ? size - 1 : 0);
	uint64_t length, first, last;
	char buf[HTTP_DATE_LEN + 1];
	usec_t wall;

	if (!size)
		return 0;
	length = data[0];
	if (http_range_read(text, length, &first, &last) == HTTP_RANGE_PART)
		must(first <= last && last < length);
	if (http_date_read(text, &wall) == OK)
		must(str_eq(http_date_write(wall, buf), text));
	(void)http_tag_is_among(text, STR("\"a\""), size & 1);
	return 0;
}
