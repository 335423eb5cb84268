/* SPDX-License-Identifier: Apache-2.0 */
/* TLSA records: what can be used is one of the known forms, and nothing else is. Input: a record.
 */
#include "net/dane.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rdata = str_make((const char *)data, size), body = str_from_at(rdata, 3);
	struct dane d = { .count = 0 };

	for (int i = 0; i < DANE_MAX; i++) {
		if (dane_add(&d, rdata) != OK) {
			must(d.count == 0);
			return 0;
		}
	}
	must(dane_add(&d, rdata) == ERR_TOO_BIG && d.count == DANE_MAX);
	must(d.records[0].usage <= DANE_EE && d.records[0].selector <= DANE_KEY);
	/* Full data is what it is compared with. */
	if (d.records[0].matching == DANE_FULL)
		must(dane_matches(&d.records[0], body, body));
	return 0;
}
