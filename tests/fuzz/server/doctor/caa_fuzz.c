/* SPDX-License-Identifier: Apache-2.0 */
/* CAA records: whatever stands in one, another that names nobody else never widens who may issue.
 * Input: a record. */
#include "server/doctor/caa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct caa c = { .authority = STR("ca.example"),
			 .account = STR("https://ca.example/1"),
			 .challenge = STR("any") };
	bool before;

	caa_read(&c, str_make((const char *)data, size));
	must(!c.is_allowed || c.is_restricted);
	before = caa_permits(&c);
	caa_read(&c, STR("\0\5issue;"));
	must(!caa_permits(&c) || (before && c.is_allowed));
	return 0;
}
