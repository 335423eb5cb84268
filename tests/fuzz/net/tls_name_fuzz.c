/* SPDX-License-Identifier: Apache-2.0 */
/* Names of certificates: a match without a wildcard is equality, one with it covers one whole label
 * (RFC 9525, 6.3). Input: the presented name, a line end, the host. */
#include "net/tls_peer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str host = str_make((const char *)data, size), presented;
	ptrdiff_t dot;

	if (!str_split(&host, '\n', &presented) || !tls_name_matches(presented, host))
		return 0;
	must(!str_is_empty(host));
	if (str_eq_nocase(presented, host))
		return 0;
	dot = str_index(host, '.');
	must(presented.ptr[0] == '*' && dot > 0);
	must(str_eq_nocase(str_from_at(presented, 1), str_from_at(host, (size_t)dot)));
	return 0;
}
