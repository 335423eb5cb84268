/* SPDX-License-Identifier: Apache-2.0 */
/* SRV records: what is read is a host name that may stand in a question and in a log. Input: a
 * record. */
#include "resolve/srv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct srv rows[3] = { { .priority = 1 }, { .priority = 1 } };
	size_t len;

	if (srv_parse(str_make((const char *)data, size), &rows[2]))
		return 0;
	len = strlen(rows[2].target);
	must(len <= SRV_TARGET_MAX && len + 2 + 6 == size + (len == 0));
	for (size_t i = 0; i < len; i++) {
		char c = rows[2].target[i];

		must((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
		     c == '.');
	}
	srv_order(rows, 3);
	must(rows[0].priority <= rows[1].priority && rows[1].priority <= rows[2].priority);
	return 0;
}
